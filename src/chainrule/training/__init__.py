"""The training loop, its history and its callbacks."""

from chainrule.training.callbacks import Callback, EarlyStopping, ProgressBar, Run, print_loss
from chainrule.training.history import History
from chainrule.training.loop import Metric, Plan, Samples, train

__all__ = [
    "Callback",
    "EarlyStopping",
    "History",
    "Metric",
    "Plan",
    "ProgressBar",
    "Run",
    "Samples",
    "print_loss",
    "train",
]
