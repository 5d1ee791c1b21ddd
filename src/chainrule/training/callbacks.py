"""What can look at a run after each epoch, and end it.

A callback is anything that can be called with the `Run`; the run ends when it returns True.
One that is also a context manager is entered when the run starts and left when it ends, however
it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from chainrule.arrays import Array
from chainrule.catalog import look_up
from chainrule.layers import Layer, joined
from chainrule.training.history import History

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


@dataclass
class Run:
    """A training run as its callbacks see it, after an epoch.

    Attributes
    ----------
    layers : sequence of Layer
    history : History
        With the row of the epoch that has just ended as its last one.
    epochs : int
        How many were asked for.
    """

    layers: Sequence[Layer]
    history: History
    epochs: int

    @property
    def theta(self) -> Array:
        """The network's parameters as one vector; copy it to keep it."""
        return joined(self.layers)

    @property
    def epoch(self) -> int:
        """The number of epochs that are over."""
        return len(self.history)


Callback: TypeAlias = Callable[[Run], Any]


def print_loss(run: Run) -> None:
    """Print the epoch's average loss, in the page's words."""
    print(f"Loss at epoch {run.epoch}: {run.history.rows[-1]['loss']:.3f}", flush=True)  # noqa: T201


@dataclass
class EarlyStopping:
    """End the run when a column of the history stops improving; restore the best weights.

    The best weights are restored however the run ends.

    Parameters
    ----------
    monitor : str, default "validation_loss"
        A column of the history.
    patience : int, default 10
        How many epochs without an improvement end the run.
    min_delta : float, default 0
        A change counts as an improvement when it is larger than this.
    mode : {"min", "max"}, optional
        Which direction is better; needed unless the column is a loss.

    Raises
    ------
    ValueError
        If a parameter is out of range, or (during the run) the history has no such column.

    Examples
    --------
    >>> EarlyStopping("validation_accuracy", mode="max", patience=5).mode
    'max'
    """

    monitor: str = "validation_loss"
    patience: int = 10
    min_delta: float = 0.0
    mode: Literal["min", "max"] | None = None
    _run: Run | None = field(default=None, init=False, repr=False)
    _best: float = field(default=np.inf, init=False, repr=False)
    _best_epoch: int = field(default=0, init=False, repr=False)
    _best_theta: Array | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ValueError(f"patience must be at least 1 epoch, got {self.patience!r}")
        if not self.min_delta >= 0:
            raise ValueError(f"min_delta must be at least 0, got {self.min_delta!r}")
        if self.mode is None and self.monitor.endswith("loss"):
            self.mode = "min"
        if self.mode not in ("min", "max"):
            raise ValueError(
                f"mode must be 'min' or 'max' to say which {self.monitor!r} is better, "
                f"got {self.mode!r}"
            )

    def __enter__(self) -> EarlyStopping:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._run is not None and self._best_theta is not None:
            self._run.theta[:] = self._best_theta
            self._run.history.weights_epoch = self._best_epoch
        self._run = self._best_theta = None

    def __call__(self, run: Run) -> bool:
        """Look at the last epoch; return True when patience has run out."""
        self._run = run
        value = look_up(run.history.rows[-1], self.monitor, "column of the history")
        value = value if self.mode == "min" else -value
        value = np.inf if np.isnan(value) else value  # every comparison with NaN is False
        if self._best_theta is None or value < self._best - self.min_delta:
            self._best, self._best_epoch = value, run.epoch
            self._best_theta = run.theta.copy()
        if run.epoch - self._best_epoch < self.patience:
            return False
        run.history.stopped = (
            f"{self.monitor} has not improved for {self.patience} epochs since epoch "
            f"{self._best_epoch}"
        )
        return True


class ProgressBar:
    """Show the epochs, the losses and the time left on a terminal or in a notebook.

    Needs rich (``pip install 'chainrule[cli]'``), in a notebook ipywidgets too. Shows nothing
    elsewhere.

    Parameters
    ----------
    console : rich.console.Console, optional
        Standard error by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> ProgressBar:
        from rich import progress
        from rich.console import Console

        console = self._console or Console(stderr=True)
        self._task = None
        self._progress = progress.Progress(
            progress.TextColumn("epoch {task.completed}/{task.total}"),
            progress.BarColumn(bar_width=24),
            progress.TextColumn("{task.description}"),
            progress.TextColumn("left"),
            progress.TimeRemainingColumn(compact=True),
            console=console,
            disable=not (console.is_terminal or console.is_jupyter),
            transient=True,
        )
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, run: Run) -> None:
        """Move the bar on by the epoch that has just ended."""
        if self._progress is None:
            raise RuntimeError("ProgressBar is a callback: pass it to fit, which opens it")
        if self._task is None:
            self._task = self._progress.add_task("", total=run.epochs)
        row = run.history.rows[-1]
        losses = [f"loss {row['loss']:.4f}"]
        if "validation_loss" in row:
            losses.append(f"validation {row['validation_loss']:.4f}")
        self._progress.update(self._task, completed=run.epoch, description=" · ".join(losses))
