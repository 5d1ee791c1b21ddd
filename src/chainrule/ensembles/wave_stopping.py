"""End a training whose learning rate comes in waves when a whole wave has brought nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np

from chainrule.schedules import CosLog
from chainrule.training import EarlyStopping, Run


class WaveStopping(AbstractContextManager["WaveStopping"]):
    """A callback that keeps the best epoch, and ends the run after a wave without a better one.

    The loss on the held-out rows goes up while the learning rate is high, and down with it: only
    where a wave ends the epochs can be compared.

    Parameters
    ----------
    schedule : CosLog
    epochs : int
        Of the plan.
    """

    def __init__(self, schedule: CosLog, epochs: int) -> None:
        self._best = EarlyStopping(patience=epochs)
        self._ends = [int(end) for end in np.ceil(schedule.ends(epochs))]

    def __enter__(self) -> WaveStopping:
        self._best.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._best.__exit__(*exception)

    def __call__(self, run: Run) -> bool:
        """Look at the last epoch; return True where a wave ends that had no better one."""
        self._best(run)
        before = [end for end in self._ends if end < run.epoch]
        if run.epoch not in self._ends or not before or run.epoch == run.epochs:
            return False
        if run.state.best.epoch > before[-1]:
            return False
        run.history.stopped = (
            f"the epochs {before[-1] + 1} to {run.epoch}, a wave of the learning rate, were no "
            f"better than epoch {run.state.best.epoch}"
        )
        return True
