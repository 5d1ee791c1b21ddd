"""One training that can be paused, stepped and looked at: epochs at full speed, steps by hand.

A whole epoch is the compiled engine's. A step of a sample or a batch, and the rest of its epoch, is
the reference engine's, on the same weights, memory and order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from math import nan
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.divergence import DivergenceError
from chainrule.engines import Engine, EpochResult, Task, Trainer, TrainingState, get_engine
from chainrule.engines.reference import predict
from chainrule.layers import Layer
from chainrule.play.playground.data import Points
from chainrule.play.playground.memory import CurvePoint, Curves, Memory, Remembered
from chainrule.play.playground.networks import begin
from chainrule.play.playground.state import State

_EVALUATION_SHARE = 0.03  # of the training's time
_EVALUATION_ALLOWANCE = 0.02  # seconds that need not be saved first


class Run:
    """A training of the playground's network.

    Parameters
    ----------
    state : State
        Its loss suits the points.
    points : Points
    engine : Engine, optional
        Of whole epochs, in place of the compiled one.

    Attributes
    ----------
    epoch : int
        Whole epochs that are over.
    position : int
        Rows of the next epoch that have been visited already.
    stopped : str
        Why the last training ended, in a sentence.
    memory : Memory
    curves : Curves
    edited : bool
        Whether a weight was set by hand, an epoch went by in steps, or another engine trained.
    rates : list of tuple of int and float
        Learning rates, each with the number of whole epochs before its first.
    """

    def __init__(self, state: State, points: Points, engine: Engine | None = None) -> None:
        self.state, self.points = state, points
        self._engine = engine  # the compiled one is loaded when it is first needed
        self._begin()

    def _begin(self) -> None:
        self._beginning = begin(self.state, self.points)
        self.network, self.task = self._beginning.network, self._beginning.task
        self.held_out = self._beginning.held_out
        self.theta = self.network.theta
        self._training = TrainingState.fresh(self.task, self.theta)
        self._trainer: Trainer | None = None
        self._sums = [0.0, 0.0]  # of the losses and rows of a begun epoch
        self.epoch = self.position = 0
        self.stopped, self.loss = "", nan
        self.edited = self._engine is not None
        self.memory = Memory()
        self.rates = [(0, self.state.learning_rate)]
        self._evaluating = self._spent = 0.0
        self._snapshot = _Snapshot(self._training, self.theta)
        self._set_rate(self.state.learning_rate)
        self.loss = self._mean(predict(self.network.layers, self.task.x), self.task.y)
        first = Remembered(0, self.theta, self.loss)
        self.memory.add(*first)
        self.curves = Curves(self.figures(first))

    @property
    def step(self) -> int:
        """Steps of the optimizer so far."""
        return self._training.t

    def reset(self) -> None:
        """Draw the weights anew from the seed and forget the training."""
        self.close()
        self._begin()

    def close(self) -> None:
        """Release the engine's threads and buffers."""
        trainer, self._trainer = self._trainer, None
        if trainer is not None:
            trainer.close()

    def prepare(self) -> Trainer:
        """Return the engine's trainer, compiled once."""
        if self._trainer is None:
            engine = self._engine or get_engine("compiled")
            self._trainer = engine.start(self.network.layers, self.task, self._training)
        return self._trainer

    def use(self, engine: Engine | None) -> None:
        """Train the following whole epochs with another engine; None is the compiled one."""
        self.close()
        self.edited = self.edited or self.epoch > 0 or engine is not None
        self._engine = engine

    def set_rate(self, learning_rate: float, state: State) -> None:
        """Change the learning rate of the following steps; the weights stay."""
        self.state = state
        self._set_rate(learning_rate)
        self.rates = [one for one in self.rates if one[0] != self.epoch]
        self.rates.append((self.epoch, learning_rate))

    def _set_rate(self, learning_rate: float) -> None:
        steps = -(-len(self.task.y) // self.task.batch_size)
        self._rates = np.full(steps, learning_rate)

    def set_weight(self, layer: int, row: int, column: int | None, value: float) -> None:
        """Set one weight, or the bias of a row where the column is None.

        Raises
        ------
        ValueError
            If there is no such weight.
        """
        layers = self.network.layers
        if not 1 <= layer <= len(layers):
            raise ValueError(f"there is no layer {layer}; they are counted from 1 to {len(layers)}")
        table = layers[layer - 1].biases if column is None else layers[layer - 1].weights
        place = (row, 0 if column is None else column)
        if not all(i < n for i, n in zip(place, table.shape, strict=True)):
            name = "b" if column is None else "W"
            raise ValueError(f"{name} of layer {layer} has the shape {table.shape}, not {place}")
        table[place] = value
        self.edited = True
        self.loss = self._mean(predict(layers, self.task.x), self.task.y)

    def run_epoch(self) -> None:
        """Train to the end of an epoch; `stopped` says so if numbers are not finite any more."""
        started = time.perf_counter()
        if self.position:
            self.run_part("epoch")
        elif self._guarded(self._whole_epoch):
            self._end_epoch()
        self._spent += time.perf_counter() - started

    def _whole_epoch(self) -> None:
        trainer = self.prepare()
        self._training.order = self._beginning.rng.permutation(self._training.order)
        self.loss = trainer.run_epoch(self._training.order, self._rates).loss
        if self._engine is not None and not np.isfinite(self.theta).all():  # a learner's
            raise DivergenceError(len(self.network.layers), "loss")

    def run_part(self, unit: Literal["sample", "batch", "epoch"]) -> None:
        """Train on one sample or batch, or to the end of a begun epoch."""
        self.edited = True
        if self._guarded(lambda: self._part(unit)) and self.position == len(self.task.y):
            self.loss = self._sums[0] / self._sums[1]
            self.position, self._sums = 0, [0.0, 0.0]
            self._end_epoch()

    def _part(self, unit: str) -> None:
        training, n = self._training, len(self.task.y)
        if not self.position:
            training.order = self._beginning.rng.permutation(training.order)
        size = 1 if unit == "sample" else self.task.batch_size
        end = n if unit == "epoch" else min(n, self.position + size)
        rows = training.order[self.position : end]
        result = self._reference(replace(self.task, batch_size=size), rows)
        self._sums[0] += result.loss * len(rows)
        self._sums[1] += len(rows)
        self.position = end
        self.loss = self._sums[0] / self._sums[1]

    def _reference(self, task: Task, rows: NDArray[np.integer[Any]]) -> EpochResult:
        trainer = get_engine("reference").start(self.network.layers, task, self._training)
        rates = np.full(-(-len(rows) // task.batch_size), self.state.learning_rate)
        return trainer.run_epoch(rows, rates)

    def _guarded(self, train: Callable[[], None]) -> bool:
        """Train, or go back to the weights before and say why; return whether all is well."""
        before = self._snapshot
        before.take()
        kept = self.epoch, self.position, list(self._sums), self.loss
        try:
            train()
        except DivergenceError as error:
            error.epoch, error.weights_epoch = self.epoch + 1, self.epoch
            self.stopped = str(error)
            before.restore()
            self.epoch, self.position, self._sums, self.loss = kept
            return False
        self.stopped = ""
        return True

    def _end_epoch(self) -> None:
        self.epoch += 1
        self.memory.add(self.epoch, self.theta, self.loss)
        if self._evaluating <= _EVALUATION_ALLOWANCE + _EVALUATION_SHARE * self._spent:
            self.evaluate()

    def evaluate(self) -> None:
        """Add the current epoch to the curves, if it is not there."""
        if self.curves.last.epoch < self.epoch:
            started = time.perf_counter()
            self.curves.add(self.figures(Remembered(self.epoch, self.theta, self.loss)))
            self._evaluating += time.perf_counter() - started

    def figures(self, of: Remembered) -> CurvePoint:
        """Return the figures of the network with an epoch's weights; NaN where there is none."""
        layers = _with_weights(self.network.layers, of.theta)
        held, x, y = self._beginning, self.task.x, self.task.y
        z = predict(layers, held.x_held_out) if len(held.x_held_out) else None
        return CurvePoint(
            of.epoch,
            of.loss,
            nan if z is None else self._mean(z, held.y_held_out),
            self._accuracy(predict(layers, x), y),
            nan if z is None else self._accuracy(z, held.y_held_out),
        )

    def _mean(self, z: Array, y: Array) -> float:
        with np.errstate(all="ignore"):
            return float(self.task.loss.value(z.T, y.T).mean())

    def _accuracy(self, z: Array, y: Array) -> float:
        if self.points.kind == "number":
            return nan
        if z.shape[1] > 1:
            return float((z.argmax(axis=1) == y.argmax(axis=1)).mean())
        return float(((z > 0) == (y > 0.5)).mean())


def _with_weights(layers: Sequence[Layer], theta: Array) -> list[Layer]:
    """Return layers like these that share the memory of θ."""
    copies, start = [copy(layer) for layer in layers], 0
    for layer in copies:
        size = layer.theta.size
        layer.theta = theta[start : start + size]
        start += size
    return copies


class _Snapshot:
    """The weights and the optimizer's memory before an epoch, and the way back."""

    def __init__(self, training: TrainingState, theta: Array) -> None:
        self._training, self._now = training, theta
        self._theta, self._slots = theta.copy(), training.slots.copy()

    def take(self) -> None:
        np.copyto(self._theta, self._now)
        np.copyto(self._slots, self._training.slots)
        self._t, self._order = self._training.t, self._training.order

    def restore(self) -> None:
        self._now[:] = self._theta
        self._training.slots[:] = self._slots
        self._training.t, self._training.order = self._t, self._order
