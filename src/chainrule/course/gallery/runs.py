"""Train a right network, and the same network with a mistake, on the page's circles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.activations import get_activation, sigmoid
from chainrule.arrays import Array
from chainrule.course.gallery.set_ups import AS_ON_THE_PAGE, SET_UPS, SetUp
from chainrule.course.gallery.watched import (
    Watch,
    as_a_learner_sees_it,
    failing_layer,
    numpy_drawing_from,
)
from chainrule.datasets import make_circles
from chainrule.diagnosis.book import ONE_SAMPLE, Mistake
from chainrule.diagnosis.page_code import page_class
from chainrule.ranges import require_not_negative, require_positive

SIZES = (2, 6, 6, 1)
EDGE = 1.5
"""Predictions are made on the square from −EDGE to EDGE."""

_N_NEW = 1000


@dataclass(frozen=True)
class Setting:
    """The options shared by both networks.

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
        """Test points, seen by neither network."""
        return make_circles(_N_NEW, noise=self.noise, rng=np.random.default_rng([self.seed, 0]))


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """The result of a training.

    Attributes
    ----------
    mistakes : tuple of Mistake
        Empty for the right network.
    losses : tuple of float
        As printed, but not rounded.
    layers : sequence of layers
    accuracy : float, optional
        On new points; None where an exception ended the training.
    error : str
        The exception that ended the training, as a learner would see it.
    where : str
        The epoch, sample and layer of the exception.
    not_finite : tuple of (epoch, sample), optional
        The place of the first NaN or infinite loss.
    set_up : SetUp
        The differences from the page.
    right : TrainingRun, optional
        The right network's run in the set-up; None for the page's own set-up.
    """

    mistakes: tuple[Mistake, ...]
    losses: tuple[float, ...]
    layers: Sequence[Any]
    accuracy: float | None
    error: str = ""
    where: str = ""
    not_finite: tuple[int, int] | None = None
    set_up: SetUp = AS_ON_THE_PAGE
    right: TrainingRun | None = None

    def beside(self, right: TrainingRun) -> TrainingRun:
        """Return the right network's run to compare with, in the same set-up."""
        return self.right or right

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the mistakes."""
        return tuple(mistake.key for mistake in self.mistakes)

    @property
    def printed(self) -> tuple[float, ...]:
        """The losses in the three digits printed by the page."""
        return tuple(float(f"{loss:.3f}") for loss in self.losses)

    @cached_property
    def theta(self) -> Array:
        """All final weights and biases."""
        return np.concatenate(
            [np.ravel(a) for one in self.layers for a in (one.weights, one.biases)]
        )

    def answers(self, points: Array) -> Array:
        """Return ŷ for points, one per row."""
        return answers(self.layers, points)

    def on_grid(self, n: int) -> Array:
        """Return ŷ on n × n points of the square, the top row first."""
        middles = EDGE * (2 * np.arange(n) + 1 - n) / n
        x, y = np.meshgrid(middles, middles[::-1])
        return self.answers(np.column_stack([x.ravel(), y.ravel()])).reshape(n, n)


def answers(layers: Sequence[Any], points: Array) -> Array:
    """Return ŷ for points, one per row, in a single forward pass."""
    a = points.T
    with np.errstate(all="ignore"):
        for layer in layers:
            a = layer.activation(layer.weights @ a + layer.biases)
    return a[0]


def train(mistakes: Sequence[Mistake], setting: Setting) -> TrainingRun:
    """Train a network with the given mistakes; without any, the right network.

    Initial weights and the order of the samples depend on the setting alone. Where a mistake needs
    another set-up, the right network is trained in the same set-up, too.

    Examples
    --------
    >>> run = train([], Setting(epochs=2, samples=100))
    >>> run.printed
    (0.732, 0.712)
    """
    baseline = mistakes[0].baseline if mistakes else ONE_SAMPLE
    run = _trained(mistakes, setting, baseline)
    if baseline == ONE_SAMPLE:
        return run
    return replace(run, right=_trained((), setting, baseline))


def _trained(mistakes: Sequence[Mistake], setting: Setting, baseline: str) -> TrainingRun:
    set_up = SET_UPS[baseline]
    rng = np.random.RandomState(setting.seed)  # as the page: points, then layers
    X, y = make_circles(setting.samples, noise=setting.noise, rng=rng)
    X[0] *= set_up.farther
    layers = _layers(mistakes, setting, baseline, rng)
    watch = Watch(setting.seed)
    model = watch.perceptron_class(mistakes, baseline)(layers)
    error, where = "", ""
    try:
        with np.errstate(all="ignore"):
            rate = setting.learning_rate * set_up.faster
            model.fit(X, y, setting.epochs, rate, set_up.batch_size)
    except Exception as stopped:  # as the learner would see
        error = as_a_learner_sees_it(stopped, layers, SIZES)
        where = _where(stopped, layers, watch.at, set_up.unit)
    return TrainingRun(
        tuple(mistakes),
        tuple(watch.losses),
        layers,
        accuracy=None if error else _accuracy(layers, *setting.new_points),
        error=error,
        where=where,
        not_finite=watch.not_finite,
        set_up=set_up,
    )


def _layers(mistakes: Sequence[Mistake], setting: Setting, baseline: str, rng: Any) -> list[Any]:
    make = page_class("Layer", mistakes, baseline, np=numpy_drawing_from(rng))
    hidden = get_activation(setting.activation)
    shapes = list(pairwise(SIZES))
    return [
        make(before, after, hidden if number < len(shapes) else sigmoid)
        for number, (before, after) in enumerate(shapes, 1)
    ]


def _where(error: Exception, layers: Sequence[Any], at: tuple[int, int], unit: str) -> str:
    where = f"epoch {at[0]}, {unit} {at[1]}"
    failing = failing_layer(error, layers)
    return f"{where}, `{failing[1]}` of layer {failing[0]}" if failing else where


def _accuracy(layers: Sequence[Any], points: Array, labels: Array) -> float:
    said = answers(layers, points)
    return float(np.mean(((said > 0.5) == (labels[:, 0] > 0.5)) & ~np.isnan(said)))
