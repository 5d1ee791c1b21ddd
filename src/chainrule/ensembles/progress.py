"""One bar for the epochs of all members of an ensemble."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from chainrule.training import Run

if TYPE_CHECKING:
    from rich.console import Console


class MembersBar:
    """Show on a terminal or in a notebook how far the members of an ensemble are.

    Needs rich, as `chainrule.ProgressBar`. Shows nothing elsewhere.

    Parameters
    ----------
    n_members : int
    console : rich.console.Console, optional
        Standard error by default.
    """

    def __init__(self, n_members: int, console: Console | None = None) -> None:
        from rich import progress
        from rich.console import Console

        console = console or Console(stderr=True)
        self._n_members, self._lock = n_members, threading.Lock()
        self._epochs: dict[int, int] = {}
        self._progress = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(bar_width=24),
            progress.TaskProgressColumn(),
            progress.TextColumn("left"),
            progress.TimeRemainingColumn(compact=True),
            console=console,
            disable=not (console.is_terminal or console.is_jupyter),
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> MembersBar:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()

    def epoch_is_over(self, run: Run) -> None:
        """Move the bar on by an epoch of a member; a callback of each run."""
        ended = run.history.stopped or run.epoch == run.epochs
        with self._lock:
            self._epochs[id(run.state)] = run.epochs if ended else run.epoch
            done = sum(epochs == run.epochs for epochs in self._epochs.values())
            loss = run.history.rows[-1].get("validation_loss", run.history.rows[-1]["loss"])
            self._progress.update(
                self._task,
                total=self._n_members * run.epochs,
                completed=sum(self._epochs.values()),
                description=f"{done}/{self._n_members} networks · held-out loss {loss:.4f}",
            )
