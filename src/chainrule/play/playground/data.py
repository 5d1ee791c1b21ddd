"""The points of a training, and the plane of their picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.play.playground.data_sets import DATA_SETS, Float64, draw_points
from chainrule.play.playground.state import DataSettings, State

Kind: TypeAlias = Literal["binary", "classes", "number"]
MOST_CLASSES = 6


@dataclass(frozen=True, eq=False)
class Points:
    """Points with a class or a number each.

    Attributes
    ----------
    x : array of shape (n, n_inputs)
        What the network gets.
    y : array of shape (n,)
        The class of each point, counted from 0, or its number.
    kind : {"binary", "classes", "number"}
    classes : tuple of str
        Empty for numbers.
    axes : tuple of str
        The two axes of the picture.
    target : str
    columns : tuple of str
        Of an own table; else the inputs and the target.
    inputs : tuple of str
        The names of the network's inputs.
    basis : array of shape (2, n_inputs)
    origin : array of shape (n_inputs,)
        The inputs of the picture's point p are ``origin + p @ basis``.
    notes : tuple of str
        What is said of an own table.
    """

    x: Float64
    y: Float64
    kind: Kind
    classes: tuple[str, ...] = ()
    axes: tuple[str, str] = ("x1", "x2")
    target: str = "y"
    columns: tuple[str, ...] = ("x1", "x2", "y")
    inputs: tuple[str, ...] = ("x1", "x2")
    basis: Float64 = field(default_factory=lambda: np.eye(2))
    origin: Float64 = field(default_factory=lambda: np.zeros(2))
    notes: tuple[str, ...] = ()

    @property
    def shown(self) -> Float64:
        """The points on the picture's plane, of shape (n, 2)."""
        return (self.x - self.origin) @ self.basis.T

    def inputs_of(self, places: NDArray[Any]) -> NDArray[Any]:
        """Return the inputs of places on the picture's plane, (m, 2) → (m, n_inputs)."""
        return np.asarray(places @ self.basis + self.origin)

    @property
    def domain(self) -> tuple[float, float, float, float]:
        """The edges of the picture: left, right, bottom, top."""
        shown = self.shown
        low, high = shown.min(axis=0), shown.max(axis=0)
        margin = np.maximum(0.1 * (high - low), 0.05)
        (x0, y0), (x1, y1) = low - margin, high + margin
        return float(x0), float(x1), float(y0), float(y1)

    def targets(self, loss: str) -> Float64:
        """Return what the network learns under a loss, of shape (n, n_outputs)."""
        if self.kind == "number" or self.n_outputs(loss) == 1:
            return self.y[:, np.newaxis]
        return np.eye(len(self.classes))[self.y.astype(np.intp)]

    def n_outputs(self, loss: str) -> int:
        """Return the network's number of outputs under a loss."""
        if self.kind == "number":
            return 1
        binary = self.kind == "binary" and loss != "softmax_cross_entropy"
        return 1 if binary else len(self.classes)

    def about(self) -> dict[str, Any]:
        """Return the data event of the page."""
        return {
            "event": "data",
            "columns": list(self.columns),
            "target": self.target,
            "axes": list(self.axes),
            "inputs": list(self.inputs),
            "n": len(self.y),
            "classes": list(self.classes),
            "kind": self.kind,
            "notes": list(self.notes),
        }


def held_out(n: int, state: State) -> NDArray[np.bool_]:
    """Return which of n points are held out for validation."""
    mask = np.zeros(n, dtype=bool)
    count = min(round(n * state.validation), n - 1)
    mask[np.random.default_rng(state.data.seed).permutation(n)[:count]] = True
    return mask


def draw(settings: DataSettings) -> Points:
    """Draw a data set by its name.

    Raises
    ------
    ValueError
        If the data set is the page's own, which cannot be drawn here.
    """
    x, y = draw_points(
        settings.name,
        settings.n,
        noise=settings.noise,
        classes=settings.classes,
        seed=settings.seed,
    )
    task = DATA_SETS[settings.name].task
    if task == "number":
        return Points(x, y, "number")
    count = settings.classes if task == "several" else 2
    return Points(x, y, "binary" if count == 2 else "classes", tuple(map(str, range(count))))


def from_drawn(drawn: Sequence[tuple[float, float, float | str]]) -> Points:
    """Return points that were drawn by hand.

    Words and whole numbers below 6 are classes; any other number makes all of them numbers.

    Raises
    ------
    ValueError
        If there are too few points or classes.
    """
    if len(drawn) < 2:
        raise ValueError(f"draw at least 2 points, got {len(drawn)}")
    x = np.array([point[:2] for point in drawn], dtype=np.float64)
    answers = [point[2] for point in drawn]
    if any(isinstance(answer, str) for answer in answers):
        return _of_classes(x, [_word(answer) for answer in answers])
    numbers = np.array(answers, dtype=np.float64)
    if np.isin(numbers, range(MOST_CLASSES)).all():
        return _of_classes(x, [_word(answer) for answer in answers])
    if numbers.min() == numbers.max():
        raise ValueError("all drawn points have the same number; draw one with another number")
    return Points(x, numbers, "number")


def _word(answer: float | str) -> str:
    return answer if isinstance(answer, str) else f"{answer:g}"


def _of_classes(x: Float64, words: Sequence[str]) -> Points:
    classes, codes = np.unique(words, return_inverse=True)
    require_classes([str(one) for one in classes])
    kind: Kind = "binary" if len(classes) == 2 else "classes"
    return Points(x, codes.astype(np.float64), kind, tuple(str(one) for one in classes))


def require_classes(classes: Sequence[str]) -> None:
    """Raise ValueError unless there are from 2 to 6 classes."""
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise ValueError(
            f"give points of 2 to {MOST_CLASSES} classes, got {len(classes)}: "
            f"{', '.join(classes[:8])}"
        )
