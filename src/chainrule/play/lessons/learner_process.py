"""A training by a learner's own `Layer` and `Perceptron`, in the sandbox, epoch by epoch."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainrule.arrays import Array
from chainrule.course.process import Reader, end_child
from chainrule.course.sandbox import Limits, start_child

_PRINTED = 20_000
_MOST_POINTS = 5000
_MOST_RUNS = 4
_DAY = 86_400


class LearnerError(Exception):
    """The learner's code cannot train; the message is a sentence for the page."""


@dataclass(frozen=True, eq=False)
class LearnerEpoch:
    """The network after an epoch of the learner's code.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    loss : float
        Binary cross-entropy of all rows with the weights after the epoch.
    weights : tuple of (W, b)
        Layer by layer, with shapes (n_neurons, n_inputs) and (n_neurons, 1).
    """

    epoch: int
    loss: float
    weights: tuple[tuple[Array, Array], ...]

    @property
    def theta(self) -> Array:
        """All parameters as the library orders them: layer by layer W row by row, then b."""
        return np.concatenate([np.ravel(part) for layer in self.weights for part in layer])


_FREE = threading.BoundedSemaphore(_MOST_RUNS)


def start_training(
    code: str,
    layers: Sequence[tuple[int, int, str, ArrayLike, ArrayLike]],
    x: ArrayLike,
    y: ArrayLike,
    *,
    learning_rate: float = 0.01,
    batch_size: int = 32,
    epochs: int = 1_000_000,
    seed: int = 0,
    limits: Limits | None = None,
) -> LearnerRun:
    """Start a training by a learner's `Layer` and `Perceptron`; at most four run at once.

    Parameters
    ----------
    code : str
        The learner's file.
    layers : sequence of (n_inputs, n_neurons, activation, W, b)
        The last has one neuron with a sigmoid.
    x : array of shape (n, n_inputs)
    y : array of shape (n,) or (n, 1)
        Zeros and ones.
    learning_rate : float
    batch_size : int
        For a `fit` that takes it.
    epochs, seed : int
    limits : Limits, optional
        The time is that of an epoch.

    Returns
    -------
    LearnerRun
        An iterator over the epochs; some are computed ahead.

    Raises
    ------
    LearnerError
        If such a network or data cannot be given to the learner's code.

    Examples
    --------
    >>> from chainrule.course.chapters import get_chapter
    >>> code = get_chapter("training").solution
    >>> layers = [(2, 1, "sigmoid", [[0.5, -0.5]], [0.0])]
    >>> x, y = [[0.0, 1.0], [1.0, 0.0]], [0, 1]
    >>> with start_training(code, layers, x, y, learning_rate=0.5) as run:
    ...     [round(next(run).loss, 3) for _ in range(2)]
    [0.403, 0.349]
    """
    rows, labels = np.asarray(x, float), np.asarray(y, float).reshape(-1)
    _require_learnable(layers, rows, labels)
    if not _FREE.acquire(blocking=False):
        raise LearnerError(f"{_MOST_RUNS} trainings with own code run already; stop one first")
    request = {
        "task": "train",
        "layers": [list(layer[:3]) for layer in layers],
        "weights": [[np.asarray(part, float).tolist() for part in layer[3:]] for layer in layers],
        "x": rows.tolist(),
        "y": labels.tolist(),
        "learning_rate": learning_rate,
        "batch_size": batch_size,
        "epochs": epochs,
        "seed": seed,
        "processor_seconds": _DAY,
    }
    try:
        return LearnerRun(code, request, limits or Limits(), _FREE.release)
    except BaseException:
        _FREE.release()
        raise


def _require_learnable(layers: Sequence[Any], rows: Array, labels: Array) -> None:
    if not layers or layers[-1][1] != 1 or layers[-1][2] != "sigmoid":
        raise LearnerError("your code learns one output with a sigmoid: choose data of two classes")
    if rows.ndim != 2 or rows.shape[1] != layers[0][0] or len(rows) != len(labels):
        raise LearnerError(f"the rows have the shape {rows.shape}, which the layers do not take")
    if not 1 <= len(rows) <= _MOST_POINTS:
        raise LearnerError(f"your code can be given 1 to {_MOST_POINTS} rows, not {len(rows)}")
    if not np.isin(labels, (0, 1)).all():
        raise LearnerError("your code learns labels 0 and 1: choose data of two classes")


class LearnerRun(Iterator[LearnerEpoch]):
    """A training by the learner's code; `stop` ends it at any time, from any thread.

    Attributes
    ----------
    way : str
        ``"Perceptron.fit"``, or ``"Layer.backward"`` where the file has no fit of its own.
    """

    def __init__(self, code: str, request: dict[str, Any], limits: Limits, free: Any) -> None:
        self.way = ""
        self._token, self._ended, self._free = secrets.token_hex(16), threading.Event(), free
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="chainrule-")
        file = Path(self._folder.name) / "own_code.py"
        file.write_text(code, encoding="utf-8")
        self._seconds = limits.seconds
        self._process = start_child({**request, "token": self._token}, file, limits)
        assert self._process.stdout
        assert self._process.stderr
        self._lines, self._printed = self._process.stdout, Reader(self._process.stderr, _PRINTED)

    def __enter__(self) -> LearnerRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __next__(self) -> LearnerEpoch:
        """Wait for the next epoch.

        Raises
        ------
        StopIteration
            After the last epoch, or after `stop`.
        LearnerError
            If the learner's code raised, or did not end an epoch in time.
        """
        rest: list[str] = []
        while not self._ended.is_set():
            line = self._read()
            if not line:
                break
            if not line.startswith(self._token):
                rest.append(line)
                continue
            told = json.loads(line[len(self._token) :])
            if "ready" in told:
                self.way = str(told["ready"])
            elif "epoch" in told:
                return _epoch(told)
            elif "trouble" in told:
                self.stop()
                raise LearnerError(_sentence(told["trouble"]))
            elif "end" in told:
                self.stop()
        was_stopped = self._ended.is_set()
        self.stop()
        if was_stopped:
            raise StopIteration
        raise LearnerError(_why_ended("".join(rest), self._seconds))

    def _read(self) -> str:
        try:
            return self._lines.readline().decode("utf-8", errors="replace")
        except (OSError, ValueError):  # closed by `stop` in another thread
            return ""

    def stop(self) -> None:
        """End the process; a second call does nothing."""
        with self._lock:
            if self._ended.is_set():
                return
            self._ended.set()
        self._process.kill()  # first, so that another thread's reading ends
        end_child(self._process, self._printed)
        with contextlib.suppress(OSError):
            self._folder.cleanup()
        self._free()

    @property
    def printed(self) -> str:
        """The beginning of what the learner's code printed."""
        return bytes(self._printed.kept).decode("utf-8", errors="replace")


def _epoch(told: dict[str, Any]) -> LearnerEpoch:
    weights = tuple(
        (np.array(weights, float), np.array(biases, float).reshape(-1, 1))
        for weights, biases in told["weights"]
    )
    return LearnerEpoch(int(told["epoch"]), float(told["loss"]), weights)


def _sentence(trouble: dict[str, str]) -> str:
    seen = [trouble.get("evidence", ""), trouble.get("line", "")]
    return ": ".join([trouble["title"], *filter(None, seen)])


def _why_ended(rest: str, seconds: float) -> str:
    if "Timeout (" in rest:
        found = re.search(r'own_code\.py", line (\d+)', rest)
        at = f"; it was at line {found[1]}" if found else ""
        return f"an epoch of your code had not ended after {seconds:g} s{at}"
    return "the process of your code ended before the training was over"
