"""Model files: networks, estimators and models for tables, saved without code and loaded."""

from chainrule.saving.errors import ModelFileError
from chainrule.saving.files import Opened, load, open_model, save

__all__ = ["ModelFileError", "Opened", "load", "open_model", "save"]
