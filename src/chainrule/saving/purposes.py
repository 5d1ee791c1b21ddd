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
    network : Perceptron
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
    history : History, optional
    scores, baseline : mapping of str to float or None
        On rows that training did not see.
    """

    network: Perceptron
    predicts: str
    output: str
    inputs: Sequence[Input] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    classes: Sequence[Any] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    history: History | None = None
    scores: Mapping[str, float | None] = field(default_factory=dict)
    baseline: Mapping[str, float | None] = field(default_factory=dict)

    def training(self) -> dict[str, Any]:
        """Return how the training went; empty where nothing is known."""
        history = self.history
        if history is None:
            return {}
        return {
            "epochs": len(history),
            "weights_of_epoch": history.weights_epoch,
            "stopped": history.stopped,
            "interrupted": history.interrupted,
            "last_epoch": dict(history.rows[-1]) if history.rows else {},
        }

    def record(self) -> dict[str, str]:
        """Return rows, training and settings in words."""
        said = {"rows": _listed(self.rows)} if self.rows else {}
        training = self.training()
        if training:
            said |= {
                "epochs": str(training["epochs"]),
                "ended": training["stopped"] or "not recorded",
                "weights": f"of epoch {training['weights_of_epoch']}",
                "last epoch": _listed(training["last_epoch"]),
            }
        return said | ({"settings": _listed(self.settings)} if self.settings else {})


def _listed(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {figure(value)}" for name, value in facts.items())


def figure(value: Any) -> str:
    """Return a number of a record in words."""
    if value is None:
        return "not defined"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
