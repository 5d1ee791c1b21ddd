"""The moment of a run that a frame shows: copied between epochs, drawn on another thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.play.playground.data import Points
from chainrule.play.playground.frames import pack
from chainrule.play.playground.memory import CurvePoint, Remembered, columns
from chainrule.play.playground.pictures import (
    BOUNDARY_SIZE,
    Blueprint,
    Float32,
    Grids,
    boundary,
    neurons,
    warnings,
)
from chainrule.play.playground.state import State


class Kept(NamedTuple):
    """Run A of a comparison: network, last weights and curves."""

    plan: Blueprint
    theta: Array
    curves: NDArray[np.float64]
    n_inputs: int


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that a frame and a panel need, in arrays of their own.

    Attributes
    ----------
    version : int
        Grows with every change of the run.
    epoch, step : int
    shown : Remembered
        The epoch that the pictures show.
    figures : CurvePoint
        Of the shown epoch, as far as known.
    """

    version: int
    state: State
    points: Points
    held_out: NDArray[np.bool_]
    plan: Blueprint
    epoch: int
    step: int
    playing: bool
    stopped: str
    speed: float
    shown: Remembered
    figures: CurvePoint
    curves: NDArray[np.float64]
    kept: Kept | None = None


@dataclass
class FrameMaker:
    """Make the frames of one page; remembers what need not be made or sent again."""

    number: int = 0
    _points: Points | None = None
    _state: State | None = None
    _grids: Grids | None = None
    _of_kept: tuple[Kept, Float32] | None = field(default=None)

    def make(self, shot: Snapshot) -> bytes:
        """Return the next frame as a binary message."""
        self.number += 1
        validation = (shot.state.validation, shot.state.data.seed)
        known = self._state and (self._state.validation, self._state.data.seed)
        is_new = self._points is not shot.points or known != validation
        if self._points is not shot.points or self._grids is None:
            self._grids, self._of_kept = Grids.of(shot.points), None
        self._points, self._state = shot.points, shot.state
        drawn = boundary(shot.plan, shot.shown.theta, self._grids)
        arrays: dict[str, NDArray[Any]] = {"theta": shot.shown.theta, "boundary": drawn}
        arrays |= neurons(shot.plan, shot.shown.theta, self._grids)
        arrays |= columns(shot.curves)
        if shot.kept is not None:
            arrays |= self._about_kept(shot.kept, shot.points, self._grids)
        if is_new:
            arrays |= _about_points(shot)
        return pack({"frame": self.number, **_header(shot, len(drawn))}, arrays)

    def _about_kept(self, kept: Kept, points: Points, grids: Grids) -> dict[str, NDArray[Any]]:
        table = columns(kept.curves)
        arrays: dict[str, NDArray[Any]] = {
            "epochs_a": table["epochs"],
            "loss_a": table["loss"],
            "validation_loss_a": table["validation_loss"],
        }
        if kept.n_inputs == points.x.shape[1]:
            if self._of_kept is None or self._of_kept[0] is not kept:
                self._of_kept = kept, boundary(kept.plan, kept.theta, grids)
            arrays["boundary_a"] = self._of_kept[1]
        return arrays


def _about_points(shot: Snapshot) -> dict[str, NDArray[Any]]:
    table = np.column_stack([shot.points.shown, shot.points.y])
    return {"points": table.astype(np.float32), "held_out": shot.held_out.astype(np.uint8)}


def _header(shot: Snapshot, n_outputs: int) -> dict[str, Any]:
    figures, kind = shot.figures, shot.points.kind
    if kind == "binary" and n_outputs > 1:
        kind = "classes"
    return {
        "version": shot.version,
        "epoch": shot.epoch,
        "step": shot.step,
        "playing": shot.playing,
        "shown_epoch": shot.shown.epoch,
        "loss": _finite(shot.shown.loss),
        "validation_loss": _finite(figures.validation_loss),
        "accuracy": _finite(figures.accuracy),
        "validation_accuracy": _finite(figures.validation_accuracy),
        "learning_rate": shot.state.learning_rate,
        "n_parameters": shot.shown.theta.size,
        "warnings": warnings(shot.plan, shot.shown.theta, shot.points.x),
        "speed": _finite(shot.speed),
        "domain": list(shot.points.domain),
        "boundary": {"size": BOUNDARY_SIZE, "outputs": n_outputs, "kind": kind},
        "history_from": 0,
        "stopped": shot.stopped,
    }


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None
