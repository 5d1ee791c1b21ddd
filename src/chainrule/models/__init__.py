"""Networks for tables: made from settings, trained, saved, loaded."""

from chainrule.models.blocks import BlockPredictor
from chainrule.models.files import ModelFileError, load_model, save_model
from chainrule.models.fitting import FLOAT, PreparedTable, fit, prepare
from chainrule.models.settings import Settings
from chainrule.models.tabular import Predictions, TableModel, class_probabilities

__all__ = [
    "FLOAT",
    "BlockPredictor",
    "ModelFileError",
    "Predictions",
    "PreparedTable",
    "Settings",
    "TableModel",
    "class_probabilities",
    "fit",
    "load_model",
    "prepare",
    "save_model",
]
