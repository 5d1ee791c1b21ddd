"""The page's classes with mistakes, and an observer of `fit` that changes no number."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from chainrule.diagnosis.book import PIECES, Mistake, lines_of
from chainrule.diagnosis.failures import Failure
from chainrule.diagnosis.page_code import page_class
from chainrule.diagnosis.shapes import retold, usual_shapes


def numpy_drawing_from(source: Any) -> Any:
    """Return a stand-in for `np` whose random numbers come from a given source."""
    return SimpleNamespace(**{**vars(np), "random": source})


class Watch:
    """Observes a fit: losses that are not rounded, and the current epoch and sample.

    Parameters
    ----------
    seed : int
        Each epoch has a generator of its own: extra draws in one epoch leave later orders alone.

    Attributes
    ----------
    losses : list of float
        As printed, but not rounded.
    at : tuple of int
        The current epoch and sample, or batch, from 1.
    not_finite : tuple of int, optional
        The epoch and sample of the first NaN or infinite loss.
    """

    def __init__(self, seed: int) -> None:
        self.losses: list[float] = []
        self.at = (0, 0)
        self.not_finite: tuple[int, int] | None = None
        self._seed, self._numpy = seed, numpy_drawing_from(None)

    def perceptron_class(self, mistakes: Sequence[Mistake], baseline: str) -> type:
        """Return the page's `Perceptron` with mistakes, silent and reporting to the watch.

        Parameters
        ----------
        mistakes : sequence of Mistake
        baseline : str
        """
        fit = PIECES["Perceptron.fit"]
        own = [mistake for mistake in mistakes if mistake.where == fit.name]
        lines = {**fit.right(baseline), **lines_of(own)}
        told = {
            "reset": f"watch.begin_epoch(epoch + 1)\n{lines['reset']}",
            "y_hat": f"watch.begin_sample()\n{lines['y_hat']}",
            "loss": f"{lines['loss']}\nwatch.see_sum(loss)",
            "average": f"{lines['average']}\nwatch.see_average(average_loss)",
        }
        telling = Mistake("watched", "", "", "", fit.name, told)
        return page_class(
            "Perceptron", [*own, telling], baseline, np=self._numpy, watch=self, print=_in_silence
        )

    def begin_epoch(self, number: int) -> None:
        """Start an epoch with a random generator of its own."""
        self.at = (number, 0)
        self._numpy.random = np.random.default_rng([self._seed, number])

    def begin_sample(self) -> None:
        """Count a sample."""
        epoch, place = self.at
        self.at = (epoch, place + 1)

    def see_sum(self, loss: Any) -> None:
        """Note the first place where the running sum of losses is not finite."""
        if self.not_finite is None and not np.isfinite(loss).all():
            self.not_finite = self.at

    def see_average(self, loss: Any) -> None:
        """Keep an epoch's average loss."""
        self.losses.append(float(loss))


def _in_silence(line: str) -> None:
    """Print nothing."""


def failing_layer(error: BaseException, layers: Sequence[Any]) -> tuple[int, str] | None:
    """Return the number (from 1) and the method of the layer that raised, if any."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        own = frame.f_locals.get("self")
        for number, layer in enumerate(layers, 1):
            if own is layer:
                return number, frame.f_code.co_name
    return None


def as_a_learner_sees_it(error: Exception, layers: Sequence[Any], sizes: Sequence[int]) -> str:
    """Return an exception's message, with an explanation in the layer's formulas.

    Parameters
    ----------
    error : Exception
    layers : sequence of layers
    sizes : sequence of int
        Inputs and neurons of each layer, since the weights may have lost their shape.
    """
    said = f"{type(error).__name__}: {error}"
    failing = failing_layer(error, layers)
    if failing is None:
        return said
    number, _ = failing
    n_samples = layers[number - 1].inputs.shape[1]
    usual = usual_shapes(sizes[number - 1], sizes[number], n_samples)
    told = retold(Failure.of(error), usual)
    return said if told == said else f"{said}\n({told})"
