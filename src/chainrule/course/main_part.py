"""Run a learner's file with its main part, and draw what the network there has learnt."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.course.exceptions import WHOLE_FILE, explained
from chainrule.course.running import Tell, as_plain, load_module

_SIDE = 40  # predictions along each side of the picture
_MOST_POINTS = 400
_MARGIN = 0.2


def run_main(file: Path, tell: Tell) -> None:
    """Run a file as a script; report an error, or the boundary of the network named `model`.

    Parameters
    ----------
    file : Path
    tell : callable
        Called with one dict per message: begin, trouble or picture, end.
    """
    tell({"begin": ""})
    try:
        module = load_module(file, as_main=True)
    except BaseException as error:
        tell({"trouble": as_plain(explained(error, file.name, WHOLE_FILE))})
        return
    picture = _picture(vars(module))
    if picture is not None:
        tell({"picture": picture})
    tell({"end": True})


def _picture(names: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the network's ŷ on a grid around the data; None without network, data, or both."""
    points, labels = _array(names.get("X"), 2), _array(names.get("y"), 1)
    model = names.get("model")
    if points is None or not callable(getattr(model, "forward", None)):
        return None
    low, high = points.min(axis=0) - _MARGIN, points.max(axis=0) + _MARGIN
    try:
        values = _on_grid(model, low, high)
    except BaseException:  # the learner's forward may raise anything; the run itself was fine
        return None
    shown = slice(None, None, -(-len(points) // _MOST_POINTS))
    of_points = labels if labels is not None and len(labels) == len(points) else points[:, :1] * 0
    return {
        "domain": [float(low[0]), float(high[0]), float(low[1]), float(high[1])],
        "size": _SIDE,
        "values": [round(float(value), 4) for value in values],
        "points": np.round(np.column_stack([points, of_points])[shown], 3).tolist(),
    }


def _array(values: Any, columns: int) -> Array | None:
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "iufb" or not values.size:
        return None
    if values.ndim == 1:
        values = values[:, None]
    fits = values.ndim == 2 and values.shape[1] == columns and bool(np.isfinite(values).all())
    return values.astype(float) if fits else None


def _on_grid(model: Any, low: Array, high: Array) -> Array:
    """Return ŷ on the grid, row by row from the top: a NaN becomes one half."""
    x, y = (np.linspace(low[axis], high[axis], _SIDE) for axis in (0, 1))
    grid = [np.array([[one], [two]]) for two in y[::-1] for one in x]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = [float(np.ravel(model.forward(point))[0]) for point in grid]
    return np.nan_to_num(np.array(values), nan=0.5, posinf=1.0, neginf=0.0)
