"""A right network and the same network with a mistake in it, trained on the page's circles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.activations import get_activation, sigmoid
from chainrule.arrays import Array
from chainrule.course.gallery.exhibits import Exhibit
from chainrule.course.gallery.lines import RIGHT_LINES
from chainrule.course.gallery.ruled import (
    RuledLayer,
    RuledPerceptron,
    Trouble,
    layer_class,
    perceptron_class,
)
from chainrule.course.gallery.set_ups import ONE_BY_ONE, SetUp
from chainrule.datasets import make_circles
from chainrule.diagnosis.failures import Failure
from chainrule.diagnosis.shapes import retold
from chainrule.ranges import require_not_negative, require_positive

SIZES = (2, 6, 6, 1)
EDGE = 1.5
"""Answers are asked for on the square from −EDGE to EDGE."""

_N_NEW = 1000


@dataclass(frozen=True)
class Setting:
    """What both networks have in common.

    Parameters
    ----------
    activation : str
        Of the hidden layers; the last is a sigmoid.
    epochs, samples, seed : int
    learning_rate : float
    noise : float
        Of the circles' points.
    """

    activation: str = "relu"
    epochs: int = 10
    learning_rate: float = 0.01
    noise: float = 0.05
    samples: int = 1000
    seed: int = 10

    def __post_init__(self) -> None:
        get_activation(self.activation)
        require_positive("learning_rate", self.learning_rate)
        require_not_negative("noise", self.noise)
        for name in ("epochs", "samples"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")

    def __str__(self) -> str:
        return (
            f"{'-'.join(map(str, SIZES))}, {self.activation}, learning rate "
            f"{self.learning_rate:g}, {self.samples} points of two circles, seed {self.seed}"
        )

    @cached_property
    def new_points(self) -> tuple[Array, Array]:
        """Points that neither network has seen."""
        return make_circles(_N_NEW, noise=self.noise, rng=np.random.default_rng([self.seed, 0]))


@dataclass(frozen=True, eq=False)
class Run:
    """How a training went.

    Attributes
    ----------
    exhibits : tuple of Exhibit
        None for the right network.
    losses : tuple of float
        As printed, before they are rounded.
    layers : sequence of RuledLayer
    accuracy : float, optional
        On points not seen; None where the training did not come to its end.
    error : str
        What ended it, as a learner would see it.
    where : str
        At which epoch, sample and layer that was.
    not_finite : tuple of (epoch, sample), optional
        Where the loss was NaN or infinite for the first time.
    set_up : SetUp
        What was other than on the page.
    right : Run, optional
        The right network in that set-up; without it, it is as on the page.
    """

    exhibits: tuple[Exhibit, ...]
    losses: tuple[float, ...]
    layers: Sequence[RuledLayer]
    accuracy: float | None
    error: str = ""
    where: str = ""
    not_finite: tuple[int, int] | None = None
    set_up: SetUp = ONE_BY_ONE
    right: Run | None = None

    def beside(self, right: Run) -> Run:
        """Return the right network to compare with: that of the same set-up."""
        return self.right or right

    @property
    def printed(self) -> tuple[float, ...]:
        """The losses with the three digits that the page prints."""
        return tuple(float(f"{loss:.3f}") for loss in self.losses)

    @cached_property
    def theta(self) -> Array:
        """All weights and biases, as they are in the end."""
        return np.concatenate(
            [np.ravel(a) for one in self.layers for a in (one.weights, one.biases)]
        )

    def answers(self, points: Array) -> Array:
        """Return ŷ for points, one in each row."""
        return answers(self.layers, points)

    def on_grid(self, n: int) -> Array:
        """Return ŷ on n × n points of the square, the uppermost row first."""
        middles = EDGE * (2 * np.arange(n) + 1 - n) / n
        x, y = np.meshgrid(middles, middles[::-1])
        return self.answers(np.column_stack([x.ravel(), y.ravel()])).reshape(n, n)


def answers(layers: Sequence[RuledLayer], points: Array) -> Array:
    """Send points forward all at once; it is the layers' own formula, a column for each point."""
    a = points.T
    with np.errstate(all="ignore"):
        for layer in layers:
            a = layer.activation(layer.weights @ a + layer.biases)
    return a[0]


def train(exhibits: Sequence[Exhibit], setting: Setting) -> Run:
    """Train a network with these mistakes in it; with none it is the right one.

    Initial weights and the order of the samples depend on the setting alone. Where a mistake needs
    another set-up, the right network is trained in it, too.

    Examples
    --------
    >>> run = train([], Setting(epochs=2, samples=100))
    >>> run.printed
    (0.732, 0.712)
    """
    set_up = exhibits[0].set_up if exhibits else ONE_BY_ONE
    run = _trained(exhibits, setting, set_up)
    if set_up is ONE_BY_ONE:
        return run
    return replace(run, right=_trained((), setting, set_up))


def _trained(exhibits: Sequence[Exhibit], setting: Setting, set_up: SetUp) -> Run:
    rng = np.random.RandomState(setting.seed)  # as the page: points, then layers
    X, y = make_circles(setting.samples, noise=setting.noise, rng=rng)
    X[0] *= set_up.farther
    layers = _layers(exhibits, setting, set_up, rng)
    model = perceptron_class(_merged(set_up.fit, *(one.fit for one in exhibits)))(
        layers, partial(_generator, setting.seed), _in_silence, set_up.batch_size
    )
    error = None
    try:
        with np.errstate(all="ignore"):
            model.fit(X, y, setting.epochs, setting.learning_rate * set_up.faster)
    except Exception as stopped:  # whatever the learner would see
        error = stopped
    return Run(
        tuple(exhibits),
        tuple(model.losses),
        layers,
        accuracy=None if error else _accuracy(layers, *setting.new_points),
        error=_retold(layers, exhibits, error) if error else "",
        where=_where(model, set_up.unit) if error else "",
        not_finite=model.not_finite,
        set_up=set_up,
    )


def _merged(*rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return all rules by their names, the later for the earlier."""
    return {name: rule for one in rules for name, rule in one.items()}


def _layers(
    exhibits: Sequence[Exhibit], setting: Setting, set_up: SetUp, rng: Any
) -> list[RuledLayer]:
    make = layer_class(
        _merged(set_up.layer, *(one.layer for one in exhibits)),
        next((one.constant for one in exhibits if one.constant is not None), None),
        _merged(set_up.forward, *(one.forward for one in exhibits)),
    )
    hidden = get_activation(setting.activation)
    shapes = list(pairwise(SIZES))
    return [
        make(before, after, hidden if number < len(shapes) else sigmoid, rng)
        for number, (before, after) in enumerate(shapes, 1)
    ]


def _generator(seed: int, epoch: int) -> np.random.Generator:
    return np.random.default_rng([seed, epoch])


def _in_silence(line: str) -> None:
    """Print nothing."""


def _accuracy(layers: Sequence[RuledLayer], points: Array, labels: Array) -> float:
    said = answers(layers, points)
    return float(np.mean(((said > 0.5) == (labels[:, 0] > 0.5)) & ~np.isnan(said)))


def _where(model: RuledPerceptron, unit: str) -> str:
    epoch, place = model.at
    for number, layer in enumerate(model.layers, 1):
        if layer.trouble is not None:
            way = "forward" if layer.trouble.quantity == "z" else "backward"
            return f"epoch {epoch}, {unit} {place}, `{way}` of layer {number}"
    return f"epoch {epoch}, {unit} {place}"


def _retold(layers: Sequence[RuledLayer], exhibits: Sequence[Exhibit], error: Exception) -> str:
    trouble = next((layer.trouble for layer in layers if layer.trouble is not None), None)
    said = f"{type(error).__name__}: {error}"
    if trouble is None:
        return said
    line = _line(trouble, exhibits)
    shapes = {name: shape for name, shape in trouble.shapes.items() if _is_in(name, line)}
    told = retold(Failure(error, line, 0, shapes), trouble.usual)
    return said if told == said else f"{said}\n({told})"


def _is_in(name: str, line: str) -> bool:
    return re.search(rf"\b{name}\b", line.partition("=")[2]) is not None


def _line(trouble: Trouble, exhibits: Sequence[Exhibit]) -> str:
    """Return the line of the learner's code in which it happened."""
    part = {"slope": "dz"}.get(trouble.quantity, trouble.quantity)
    wrong = [one.lines[part] for one in exhibits if part in one.lines]
    line = (wrong or [RIGHT_LINES[part]])[0]
    return line.replace("-=", f"= self.{'weights' if part == 'W' else 'biases'} -", 1)
