"""The mutation gallery: train a right network with a mistake in it, and compare."""

from chainrule.course.gallery.entries import ENTRIES, by_quantity, chosen, shown
from chainrule.course.gallery.runs import Setting, TrainingRun, train
from chainrule.course.gallery.verdicts import LossVerdict, verdict

__all__ = [
    "ENTRIES",
    "LossVerdict",
    "Setting",
    "TrainingRun",
    "by_quantity",
    "chosen",
    "shown",
    "train",
    "verdict",
]
