"""What can look at a run after each epoch, and end it.

A callback is anything that can be called with the `Run`; the run ends when it returns True.
One that is also a context manager is entered when the run starts and left when it ends, however
it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from chainrule.arrays import Array
from chainrule.layers import Layer, joined
from chainrule.training.history import History
from chainrule.training.state import RunState

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
    state : RunState
        The run's memory, whose history this is.
    """

    layers: Sequence[Layer]
    history: History
    epochs: int
    state: RunState = field(default_factory=RunState)

    @property
    def theta(self) -> Array:
        """The network's parameters as a vector; a view, copy before keeping."""
        return joined(self.layers)

    @property
    def epoch(self) -> int:
        """The number of epochs that are over."""
        return len(self.history)


Callback: TypeAlias = Callable[[Run], Any]


def print_loss(run: Run) -> None:
    """Print the epoch's average loss, in the page's words."""
    print(f"Loss at epoch {run.epoch}: {run.history.rows[-1]['loss']:.3f}", flush=True)  # noqa: T201


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
