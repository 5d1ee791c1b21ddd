"""The learner's own code as an engine of the playground."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array, Rows
from chainrule.course.sandbox import Limits
from chainrule.engines import EpochResult, Task, TrainingState
from chainrule.engines.reference import predict
from chainrule.layers import Layer, joined
from chainrule.losses import Loss
from chainrule.play.lessons.learner_process import LearnerError, LearnerRun, start_training

__all__ = ["LearnerEngine", "LearnerError", "LearnerTrainer"]


class LearnerEngine:
    """An engine whose epochs are those of a learner's `Layer` and `Perceptron`.

    Loss, optimizer, penalty and dropout are what the learner's code has; of the task it gets the
    rows, the labels, the batch size and the learning rate.

    Parameters
    ----------
    chapter : str, optional
        The name of the chapter that the code is of.
    code : str
        The learner's file.
    limits : Limits, optional
        The time is that of an epoch.

    Raises
    ------
    LearnerError
        If there is no code.
    """

    name = "learner"

    def __init__(
        self, chapter: str | None = None, code: str | None = None, limits: Limits | None = None
    ) -> None:
        if not (code and code.strip()):
            raise LearnerError("there is no code: write a Layer with a backward first")
        self.chapter, self.code, self.limits = chapter, code, limits

    def start(self, layers: Sequence[Layer], task: Task, state: TrainingState, /) -> LearnerTrainer:
        """Get ready to train the layers in place."""
        return LearnerTrainer(self, layers, task, state)

    def predict(self, layers: Sequence[Layer], x: Rows, /) -> Array:
        """Return the last layer's z by the formulas, whatever the learner's `forward` does."""
        return predict(layers, x)

    def output(self, layers: Sequence[Layer], x: Any, loss: Loss | None, /) -> Array | None:
        """Return None: this engine has no unchecked path; check x and call `predict`."""
        return None


class LearnerTrainer:
    """A training that the learner's code does in a process of its own.

    Where weights or the learning rate were changed between two epochs, the process starts anew.
    """

    leaves_a_core = False

    def __init__(
        self, engine: LearnerEngine, layers: Sequence[Layer], task: Task, state: TrainingState
    ) -> None:
        self._engine, self._layers, self._task, self._state = engine, layers, task, state
        self._run: LearnerRun | None = None
        self._rate = nan
        self._theta: Array = np.empty(0)

    def run_epoch(self, order: NDArray[np.integer[Any]], learning_rates: Array, /) -> EpochResult:
        """Train for one epoch; the learner's own code chooses the order of the rows.

        Raises
        ------
        LearnerError
            If the learner's code raised, did not end in time, or left other shapes.
        """
        rate = float(learning_rates[0])
        if rate != self._rate or not np.array_equal(joined(self._layers), self._theta):
            self._start(rate)
        assert self._run is not None
        try:
            told = next(self._run)
        except StopIteration:
            raise LearnerError("the process of your code ended") from None
        for layer, (weights, biases) in zip(self._layers, told.weights, strict=True):
            _require_shape("weights", layer.weights, weights)
            _require_shape("biases", layer.biases, biases)
            layer.weights[:], layer.biases[:] = weights, biases
        self._theta = joined(self._layers)
        self._state.t += len(learning_rates)
        return EpochResult(told.loss, nan)

    def _start(self, rate: float) -> None:
        self.close()
        layers = [
            (
                layer.weights.shape[1],
                layer.weights.shape[0],
                str(getattr(layer.activation, "name", "")),
                layer.weights,
                layer.biases,
            )
            for layer in self._layers
        ]
        x = self._task.x if isinstance(self._task.x, np.ndarray) else self._task.x.toarray()
        self._run = start_training(
            self._engine.code or "",
            layers,
            x,
            self._task.y,
            learning_rate=rate,
            batch_size=self._task.batch_size,
            seed=self._state.t,
            limits=self._engine.limits,
        )
        self._rate = rate

    def close(self) -> None:
        """End the process."""
        run, self._run = self._run, None
        self._rate = nan
        if run is not None:
            run.stop()


def _require_shape(name: str, ours: Array, theirs: Array) -> None:
    if ours.shape != theirs.shape:
        raise LearnerError(f"your code made {name} of the shape {theirs.shape}, not {ours.shape}")
