"""A finished run as data: what the page, the terminal and `--json` all say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.reports.results import Comparison, Result
from chainrule.reports.sections import Section
from chainrule.reports.words import finite


@dataclass(frozen=True, eq=False)
class Report:
    """Everything that is said about a run.

    Attributes
    ----------
    version : str
        Of chainrule.
    title : str
        For example ``"adult.csv → income"``.
    target : str
        The column that was predicted.
    result : ClassificationResult or RegressionResult
        What the test rows say.
    splits : mapping of str to int
        Rows of ``"train"``, ``"validation"`` and ``"test"``.
    history : mapping of str to sequence of float
        ``"loss"``, ``"validation_loss"`` and so on: a figure for each epoch.
    best_epoch : int or None
        The epoch, from 1, whose weights the network has; 0 for the initial weights.
    facts : mapping of str to str
        Label and text, in the order to be shown.
    notes : sequence of str
        What the user should know about the data.
    sections : sequence of Section
        What else there is to say of the model.
    """

    version: str
    title: str
    target: str
    result: Result
    splits: Mapping[str, int]
    history: Mapping[str, Sequence[float]]
    best_epoch: int | None
    facts: Mapping[str, str]
    notes: Sequence[str] = ()
    sections: Sequence[Section] = ()

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return self.result.task

    @property
    def n_epochs(self) -> int:
        """How many whole epochs were run."""
        return len(next(iter(self.history.values()), ()))

    @property
    def curves(self) -> Mapping[str, Sequence[float]]:
        """The history without its counting column."""
        return {name: values for name, values in self.history.items() if name != "epoch"}

    @property
    def epochs(self) -> list[tuple[float, ...]]:
        """The figures of the curves, epoch by epoch."""
        return list(zip(*self.curves.values(), strict=True))

    def verdict(self) -> str:
        """Say in a sentence how good the network is, and how good one gets without it."""
        return self.result.verdict()

    def comparison(self) -> list[Comparison]:
        """Return each score beside the baseline's, in words."""
        return self.result.comparison()

    def as_json(self) -> dict[str, Any]:
        """Return all but the single test rows as plain types that JSON knows."""
        return {
            "chainrule": self.version,
            "title": self.title,
            "task": self.task,
            "target": self.target,
            "verdict": self.verdict(),
            "test": self.result.scores.as_json(),
            "baseline": self.result.baseline.as_json(),
            "splits": {name: int(rows) for name, rows in self.splits.items()},
            "facts": dict(self.facts),
            "notes": list(self.notes),
            **{section.key: section.data for section in self.sections},
            "best_epoch": self.best_epoch,
            "history": {
                name: [finite(value) for value in values] for name, values in self.curves.items()
            },
        }
