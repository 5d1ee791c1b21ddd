"""The record of a training, for the model's file, its card and `chainrule info`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chainrule.training import History


@dataclass(frozen=True, eq=False)
class TrainingRecord:
    """The record of a training on a table.

    Attributes
    ----------
    settings : mapping of str to object
        What was chosen.
    rows : mapping of str to int
        How many there were of each split: "train", "validation", "test".
    histories : sequence of History
        Of each network: the figures of each epoch, how the training ended, the epoch of the
        weights.
    held_out : mapping of str to float
        What rows that each network of an ensemble held out say: "loss", "baseline loss" and
        "temperature", as of `chainrule.ensembles.FittedEnsemble`; empty of a lone network.
    interrupted : bool
        Whether Ctrl-C ended the training.
    scores, baseline : mapping of str to float or None
        Of the model on the test rows, and of an answer that is always the same; empty where nobody
        has looked. None is a score that these rows do not define.
    """

    settings: Mapping[str, Any]
    rows: Mapping[str, int]
    histories: Sequence[History]
    held_out: Mapping[str, float] = field(default_factory=dict)
    interrupted: bool = False
    scores: Mapping[str, float | None] = field(default_factory=dict)
    baseline: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def n_epochs(self) -> int:
        """How many whole epochs all networks had together."""
        return sum(map(len, self.histories))
