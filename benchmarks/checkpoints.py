"""Checkpoints: what they cost a training, and how soon a run of a gigabyte goes on."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import Table
from chainrule.arrays import Array
from chainrule.checkpoints import Checkpoints
from chainrule.checkpoints.runs import KeptRun
from chainrule.layers import Layer
from chainrule.perceptron import Perceptron
from chainrule.training import Run

_SIZES = (784, 512, 512, 10)
_ROWS, _GIGABYTE_ROWS = 20_000, 320_000  # float32: 0.06 and 1.0 GB
_EPOCHS = 4
_OPTIONS = {"loss": "softmax_cross_entropy", "optimizer": "adam", "batch_size": 128, "rng": 0,
            "verbose": False}  # fmt: skip


def tables(rounds: int) -> tuple[list[Table], list[dict[str, Any]]]:
    """Measure both; return their tables and the numbers."""
    cost, starts = _cost(rounds), _starts(rounds)
    note = (
        f"{'-'.join(map(str, _SIZES))}, float32, adam, batches of 128, {_ROWS} rows; epochs with "
        "and without checkpoints in turn, medians. A checkpoint holds weights and Adam's memory; "
        "the share is that of one in the default 60 seconds."
    )
    rows = [[key, f"{value:.4g}"] for key, value in cost.items()]
    start_note = (
        f"{_GIGABYTE_ROWS} rows of 784, float32, 1.0 GB: seconds from the call of fit to its first "
        f"epoch; median, least and most of {rounds}. The fingerprint of the data is taken by both "
        "with checkpoints."
    )
    start_rows = [
        [name, *(f"{f(each):.2f}" for f in (statistics.median, min, max))]
        for name, each in starts.items()
    ]
    found = [{"cost": cost}, {"starts": starts}]
    return [
        Table("What checkpoints cost", ["what", "figure"], rows, note),
        Table("How soon a run starts", ["run", "seconds", "min", "max"], start_rows, start_note),
    ], found


def _data(n_rows: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    x = rng.random((n_rows, _SIZES[0]), np.float32)
    return x, np.eye(_SIZES[-1], dtype=np.float32)[rng.integers(0, _SIZES[-1], n_rows)]


def _network() -> Perceptron:
    activations = ["relu", "relu", "identity"]
    layers = zip(_SIZES[:-1], _SIZES[1:], activations, strict=True)
    return Perceptron([Layer(*each, rng=1, dtype=np.float32) for each in layers])


def _cost(rounds: int) -> dict[str, float]:
    x, y = _data(_ROWS)
    seconds: dict[str, list[float]] = {"without": [], "with": []}
    written: list[float] = []
    sizes: list[int] = []
    write = KeptRun._write

    def timed(*arguments: Any, **named: Any) -> None:
        begin = time.perf_counter()
        write(*arguments, **named)
        written.append(time.perf_counter() - begin)

    KeptRun._write = timed  # type: ignore[method-assign]
    try:
        for _ in range(rounds):
            for name, each in seconds.items():
                with tempfile.TemporaryDirectory() as folder:
                    given = None if name == "without" else Checkpoints(folder)
                    history = _network().fit(x, y, _EPOCHS, 0.001, checkpoint=given, **_OPTIONS)
                    each.extend(history["seconds"][1:])
                    sizes += [path.stat().st_size for path in Path(folder).iterdir()]
    finally:
        KeptRun._write = write  # type: ignore[method-assign]
    epoch = statistics.median(seconds["without"])
    one = statistics.median(written)
    return {
        "seconds of an epoch without checkpoints": epoch,
        "seconds of an epoch with checkpoints at their default interval": statistics.median(
            seconds["with"]
        ),
        "seconds of writing one": one,
        "megabytes of one": sizes[0] / 1e6,
        "share of the training's time, %": 100 * one / Checkpoints.every_seconds,
    }


class _FirstEpoch:
    """A callback that notes when the run is entered, and ends it after an epoch."""

    def __enter__(self) -> _FirstEpoch:
        self.began = time.perf_counter()
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def __call__(self, run: Run) -> bool:
        return True


def _starts(rounds: int) -> dict[str, list[float]]:
    x, y = _data(_GIGABYTE_ROWS)
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            for name, options in _runs(folder):
                first = _FirstEpoch()
                network = _network()
                begin = time.perf_counter()
                network.fit(x, y, 9, 0.001, callbacks=[first], **options, **_OPTIONS)
                found.setdefault(name, []).append(first.began - begin)
    return found


def _runs(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "fresh, without checkpoints", {}
    yield "fresh, with checkpoints", {"checkpoint": folder}
    yield "resumed", {"checkpoint": folder, "resume": True}
