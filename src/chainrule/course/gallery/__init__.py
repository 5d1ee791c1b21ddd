"""The mutation gallery: switch a mistake on in a right network and watch what it does."""

from chainrule.course.gallery.entries import ENTRIES, by_quantity, chosen, shown
from chainrule.course.gallery.runs import Run, Setting, train
from chainrule.course.gallery.verdicts import Verdict, verdict

EXHIBITS = ENTRIES  # the name it had

__all__ = [
    "ENTRIES",
    "Run",
    "Setting",
    "Verdict",
    "by_quantity",
    "chosen",
    "shown",
    "train",
    "verdict",
]
