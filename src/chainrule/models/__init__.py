"""Models for tables: one network, or an ensemble; made from settings and trained."""

from chainrule.models.blocks import BlockPredictor
from chainrule.models.fitting import Trained, fit
from chainrule.models.predictors import LoneNetwork, Predictor, n_parameters, shape_in_words
from chainrule.models.preparing import FLOAT, PreparedTable, prepare
from chainrule.models.record import TrainingRecord
from chainrule.models.settings import EnsembleSettings, Settings
from chainrule.models.tabular import Predictions, TableModel, class_probabilities

__all__ = [
    "FLOAT",
    "BlockPredictor",
    "EnsembleSettings",
    "LoneNetwork",
    "Predictions",
    "Predictor",
    "PreparedTable",
    "Settings",
    "TableModel",
    "Trained",
    "TrainingRecord",
    "class_probabilities",
    "fit",
    "n_parameters",
    "prepare",
    "shape_in_words",
]
