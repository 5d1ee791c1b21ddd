"""Checkpoints of a run in epochs: written after epochs and at the end, read when it goes on."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.checkpoints.errors import CheckpointError
from chainrule.checkpoints.folder import MALFORMED, Checkpoints, Folder, Kept
from chainrule.checkpoints.identity import Identity
from chainrule.checkpoints.plain_data import as_data, from_data
from chainrule.engines import Task
from chainrule.layers import Layer, joined
from chainrule.training import History, Plan, Run, RunState, train
from chainrule.training.history import CALLBACK_ASKED
from chainrule.training.orders import generator_state, set_generator_state

_NOT_KEPT = {"rng", "rate", "optimizer"}
"""Of the memory: by their state alone, or known by what the run was given."""


class _Read(NamedTuple):
    """A checkpoint as it was read: the memory, by the names of its fields, and θ."""

    path: Path
    memory: dict[str, Any]
    weights: Array
    over: bool
    lowest: tuple[float, int]


def _read(kept: Kept) -> _Read:
    memory, lowest = from_data(kept.content["state"], kept.tensors), kept.content["lowest"]
    if not isinstance(memory, dict):
        raise TypeError("the memory has no fields")
    over, lowest = kept.content["over"] is True, (float.fromhex(lowest[0]), int(lowest[1]))
    return _Read(kept.path, memory, kept.tensors["theta"], over, lowest)


def _are_all(split: Any, n: int) -> bool:
    """Say whether two arrays have each of n rows once."""
    try:
        rows = np.concatenate(split)
        return len(split) == 2 and bool(np.array_equal(np.sort(rows), np.arange(n)))
    except MALFORMED:
        return False


class KeptRun:
    """The checkpoints of a run; a callback of it, the last one.

    Parameters
    ----------
    given : Checkpoints
    identity : Identity
    resumes : bool
        Whether to go on from the last checkpoint, if there is one.

    Attributes
    ----------
    is_over : bool
        Whether the run that was read had come to its end before its last epoch.

    Raises
    ------
    CheckpointError
        If the run cannot go on from what is in the folder.
    """

    def __init__(self, given: Checkpoints, identity: Identity, *, resumes: bool) -> None:
        self._given = given
        self._folder = Folder(given, "epoch", identity, resumes=resumes)
        self._last: _Read | None = self._newest() if resumes else None
        self._lowest: tuple[float, int] | None = None
        self._written = time.monotonic()
        self.is_over = False

    def _newest(self) -> _Read | None:
        files = self._folder.files()
        for read in self._folder.usable(files[::-1], _read):
            if read is not None:
                return read
        if files:
            raise CheckpointError(
                f"none of the checkpoints in {self._folder.path} can be used; to begin anew, give "
                "another folder"
            )
        return None

    def split(self, n: int) -> Any:
        """Return the rows to train on and to validate on, of n, if a checkpoint says them.

        Raises
        ------
        CheckpointError
            If they are not all the rows.
        """
        if self._last is None:
            return None
        split = self._last.memory.get("split")
        if split is not None and not _are_all(split, n):
            raise CheckpointError(f"{self._last.path} is not of such a run: rows are missing")
        return split

    def resume(self, state: RunState, theta: Array) -> None:
        """Have the memory and the weights of the last checkpoint, if there is one.

        Parameters
        ----------
        state : RunState
            Ready for the run's first step; changed in place.
        theta : array
            Of the network; changed in place.

        Raises
        ------
        CheckpointError
            If it cannot be that of such a run.
        """
        if self._last is None:
            return
        read, self._last = self._last, None
        memory = read.memory
        try:
            _require_fitting(memory, read.weights, state, theta)
            rate = None if state.rate is None else float(memory["rate"])
            set_generator_state(state.rng, memory["rng"])
        except MALFORMED as error:
            raise CheckpointError(f"{read.path} is not of such a run: {error}") from None
        for name in _kept_names(state):
            setattr(state, name, memory[name])
        if state.rate is not None:
            state.rate.now = rate
        theta[:] = read.weights
        self.is_over, self._lowest = read.over, read.lowest

    def __call__(self, run: Run) -> None:
        """Write a checkpoint if it is time, unless the run has just been ended."""
        every = self._given.every_epochs
        waited = time.monotonic() - self._written >= self._given.every_seconds
        if (waited or (every and run.epoch % every == 0)) and not run.history.stopped:
            self._write(run.state, run.theta, over=False)

    def train(self, layers: Sequence[Layer], task: Task, plan: Plan, state: RunState) -> History:
        """Train the layers in place as `chainrule.training.train` does, with checkpoints.

        Of a run that early stopping has ended before, nothing is left to do.
        """
        if not self.is_over:
            train(layers, task, replace(plan, callbacks=[*plan.callbacks, self]), state)
            self.finish(state, joined(layers), plan.epochs)
        return state.history

    def finish(self, state: RunState, theta: Array, epochs: int) -> None:
        """Write the checkpoint of the end of a run of at most so many epochs."""
        history = state.history
        on = history.interrupted or history.stopped == CALLBACK_ASKED or len(history) >= epochs
        self._write(state, theta, over=not on)

    def _write(self, state: RunState, theta: Array, *, over: bool) -> None:
        epoch = len(state.history)
        figure = _figure(state.history)
        if self._lowest is None or figure < self._lowest[0]:
            self._lowest = figure, epoch
        arrays: dict[str, Any] = {}
        memory = {name: getattr(state, name) for name in _kept_names(state)}
        memory["rng"] = generator_state(state.rng)
        memory["rate"] = None if state.rate is None else float(state.rate.now)
        content = {
            "state": as_data(memory, arrays),
            "over": over,
            "lowest": [self._lowest[0].hex(), self._lowest[1]],
        }
        if self._folder.write(epoch, content, {**arrays, "theta": theta}):
            self._folder.keep_last(self._given.keep, also=self._lowest[1])
        self._written = time.monotonic()


def _kept_names(state: RunState) -> list[str]:
    """Return the names of the memory's fields that a checkpoint holds as they are."""
    return [each.name for each in fields(state) if each.name not in _NOT_KEPT]


def _figure(history: History) -> float:
    row: Mapping[str, float] = history.rows[-1] if history.rows else {}
    figure = float(row.get("validation_loss", row.get("loss", np.inf)))
    return np.inf if np.isnan(figure) else figure


def _require_fitting(memory: Any, weights: Any, state: RunState, theta: Array) -> None:
    """Look whether arrays and types are those of a run: they are trusted from then on.

    Raises
    ------
    ValueError
        If they are not.
    """
    steps, history = memory["state"], memory["history"]
    assert state.state is not None
    best, replaced = memory["best"].theta, memory["replaced"] or ()
    for name, array, like in (
        ("the weights", weights, theta),
        *(("weights of an epoch", each, theta) for each in (best, *replaced) if each is not None),
        ("the optimizer's memory", steps.slots, state.state.slots),
        ("the order", steps.order, state.state.order),
    ):
        if array.shape != like.shape or array.dtype != like.dtype:
            raise ValueError(
                f"{name} have shape {array.shape} and dtype {array.dtype}, not {like.shape} and "
                f"{like.dtype}"
            )
    if not np.array_equal(np.sort(steps.order), np.sort(state.state.order)):
        raise ValueError("the order is no order of the rows")
    if not np.isfinite(weights).all() or steps.t < 0:
        raise ValueError("a weight is not finite, or the number of steps is negative")
    if not all(isinstance(row, dict) and {"epoch", "loss"} <= row.keys() for row in history.rows):
        raise ValueError("the history has an epoch without a loss")
    for name in _kept_names(state):
        before, now = getattr(state, name), memory[name]
        if not isinstance(now, int | tuple | None if before is None else type(before)):
            raise ValueError(f"{name} is {now!r}")
