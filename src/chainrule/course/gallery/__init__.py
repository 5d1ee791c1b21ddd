"""The mutation gallery: switch a mistake on in a right network and watch what it does."""

from chainrule.course.gallery.exhibits import EXHIBITS, Exhibit, by_quantity, chosen
from chainrule.course.gallery.runs import Run, Setting, train
from chainrule.course.gallery.verdicts import Verdict, verdict

__all__ = [
    "EXHIBITS",
    "Exhibit",
    "Run",
    "Setting",
    "Verdict",
    "by_quantity",
    "chosen",
    "train",
    "verdict",
]
