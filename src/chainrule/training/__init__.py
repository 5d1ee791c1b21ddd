"""The training loop, its history and its callbacks."""

from chainrule.training.best import Best
from chainrule.training.callbacks import Callback, ProgressBar, Run, print_loss
from chainrule.training.decay import ScheduledDecay
from chainrule.training.history import History
from chainrule.training.loop import Metric, Plan, Samples, train
from chainrule.training.side_by_side import PlannedRun, train_side_by_side
from chainrule.training.state import RunState
from chainrule.training.stopping import EarlyStopping

__all__ = [
    "Best",
    "Callback",
    "EarlyStopping",
    "History",
    "Metric",
    "Plan",
    "PlannedRun",
    "ProgressBar",
    "Run",
    "RunState",
    "Samples",
    "ScheduledDecay",
    "print_loss",
    "train",
    "train_side_by_side",
]
