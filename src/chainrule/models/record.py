"""The record of a training, for the model's file, its card and `chainrule info`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chainrule.models.settings import Settings
from chainrule.training import History


@dataclass(frozen=True, eq=False)
class TrainingRecord:
    """The record of a training on a table.

    Attributes
    ----------
    settings : Settings
    rows : mapping of str to int
        How many there were of each split: "train", "validation", "test".
    history : History
        The figures of each epoch, how the training ended, and the epoch of the weights.
    scores, baseline : mapping of str to float or None
        Of the model on the test rows, and of an answer that is always the same; empty where nobody
        has looked. None is a score that these rows do not define.
    """

    settings: Settings
    rows: Mapping[str, int]
    history: History
    scores: Mapping[str, float | None] = field(default_factory=dict)
    baseline: Mapping[str, float | None] = field(default_factory=dict)
