"""Networks for tables: made from settings and trained."""

from chainrule.models.blocks import BlockPredictor
from chainrule.models.fitting import FLOAT, PreparedTable, fit, prepare
from chainrule.models.record import TrainingRecord
from chainrule.models.settings import Settings
from chainrule.models.tabular import Predictions, TableModel, class_probabilities

__all__ = [
    "FLOAT",
    "BlockPredictor",
    "Predictions",
    "PreparedTable",
    "Settings",
    "TableModel",
    "TrainingRecord",
    "class_probabilities",
    "fit",
    "prepare",
]
