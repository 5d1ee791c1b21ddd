"""The purpose of a model and the course of its training, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chainrule.perceptron import Perceptron
from chainrule.training import History


@dataclass(frozen=True)
class Input:
    """An input of a model.

    Attributes
    ----------
    name : str
        The column's.
    kind : str
        How its values are read, in words.
    features : tuple of str
        The network's inputs that the column becomes.
    """

    name: str
    kind: str
    features: tuple[str, ...]


@dataclass(frozen=True)
class Purpose:
    """What a model is for, and how it was trained.

    Attributes
    ----------
    networks : sequence of Perceptron
        One, or those of an ensemble, of one shape; none where every row gets the same answer.
    n_inputs : int
        Features of an encoded row.
    predicts : str
        The output, in a sentence.
    output : str
        The function of the raw output that makes the prediction.
    inputs : sequence of Input
        Empty where the inputs have no names.
    left_out : mapping of str to str
        Columns of the table that are no inputs, and why.
    classes : sequence, optional
        Of a classifier.
    settings : mapping of str to object
        What was chosen for the training.
    rows : mapping of str to int
        How many rows there were for what.
    histories : sequence of History
        Of each network; empty where they are not known.
    held_out : mapping of str to float
        What the rows say that each network of an ensemble held out.
    scores, baseline : mapping of str to float or None
        On rows that training did not see.
    """

    networks: Sequence[Perceptron]
    n_inputs: int
    predicts: str
    output: str
    inputs: Sequence[Input] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    classes: Sequence[Any] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    histories: Sequence[History] = ()
    held_out: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float | None] = field(default_factory=dict)
    baseline: Mapping[str, float | None] = field(default_factory=dict)

    def training(self) -> dict[str, Any]:
        """Return how the training went; empty where nothing is known."""
        if not self.histories:
            return {}
        first, *others = self.histories
        if others:
            return {
                "epochs": [len(history) for history in self.histories],
                "weights_of_epoch": [history.weights_epoch for history in self.histories],
                "held_out": dict(self.held_out),
            }
        return {
            "epochs": len(first),
            "weights_of_epoch": first.weights_epoch,
            "stopped": first.stopped,
            "interrupted": first.interrupted,
            "last_epoch": dict(first.rows[-1]) if first.rows else {},
        }

    def record(self) -> dict[str, str]:
        """Return rows, training and settings in words."""
        said = {"rows": _listed(self.rows)} if self.rows else {}
        said |= self._course()
        if self.held_out:
            said["held-out rows"] = _listed(self.held_out)
        return said | ({"settings": _listed(self.settings)} if self.settings else {})

    def _course(self) -> dict[str, str]:
        if not self.histories:
            return {}
        first, *others = self.histories
        if others:
            epochs = ", ".join(str(len(history)) for history in self.histories)
            weights = ", ".join(str(history.weights_epoch) for history in self.histories)
            return {"epochs": f"{epochs} of each network", "weights": f"of the epochs {weights}"}
        return {
            "epochs": str(len(first)),
            "ended": first.stopped or "not recorded",
            "weights": f"of epoch {first.weights_epoch}",
            "last epoch": _listed(first.rows[-1]) if first.rows else "none",
        }


def _listed(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {figure(value)}" for name, value in facts.items())


def figure(value: Any) -> str:
    """Return a number of a record in words."""
    if value is None:
        return "not defined"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
