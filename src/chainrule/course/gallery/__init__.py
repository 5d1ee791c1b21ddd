"""The mutation gallery: switch a mistake on in a right network and watch what it does."""

from chainrule.course.gallery.entries import ENTRIES, by_quantity, chosen, shown
from chainrule.course.gallery.runs import Setting, TrainingRun, train
from chainrule.course.gallery.verdicts import LossVerdict, verdict

EXHIBITS = ENTRIES  # the name it had

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
