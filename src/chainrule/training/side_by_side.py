"""Several networks trained side by side: a small one alone gains little from a second core.

A step of a small network is over before a second core has been told of it. Two networks on a core
each have nothing to tell each other, so that they take half the time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial

from chainrule.engines import Task
from chainrule.engines.cores import available_cores, share_of_cores
from chainrule.layers import Layer
from chainrule.training.callbacks import Callback, Run
from chainrule.training.history import History
from chainrule.training.loop import Plan, train
from chainrule.training.state import RunState

_SECONDS_TO_HEAR = 0.2  # within which a thread that waits for others hears Ctrl-C on Windows too


@dataclass(frozen=True, eq=False)
class PlannedRun:
    """A run for `train_side_by_side`: the arguments of `train`.

    Attributes
    ----------
    layers : sequence of Layer
    task : Task
        Several may have the same x and y and differ in `rows`: nothing is copied.
    plan : Plan
        An engine with a number of threads of its own keeps it. Callbacks are called on the
        thread of their run.
    state : RunState
        With a generator of its own.
    keeps_memory : bool
    trained_by : callable, optional
        ``trained_by(layers, task, plan, state) -> History`` in place of `train`, as
        `chainrule.checkpoints.KeptRun.train` is.
    """

    layers: Sequence[Layer]
    task: Task
    plan: Plan
    state: RunState
    keeps_memory: bool = False
    trained_by: Callable[[Sequence[Layer], Task, Plan, RunState], History] | None = None

    def train(self, callback: Callback) -> History:
        """Do the run, with one more callback."""
        plan = replace(self.plan, callbacks=[*self.plan.callbacks, callback])
        how = self.trained_by or partial(train, keeps_memory=self.keeps_memory)
        return how(self.layers, self.task, plan, self.state)


def train_side_by_side(runs: Iterable[PlannedRun], n_threads: int | None = None) -> list[History]:
    """Train several networks in place, as many at once as there are cores.

    A run has the bits that it has alone. Where the runs are fewer than the cores, the first ones
    have several cores each; a run keeps the cores that it began with.

    Parameters
    ----------
    runs : iterable of PlannedRun
    n_threads : int, optional
        The cores for all runs together; by default those that the process may use.

    Returns
    -------
    list of History
        In the order of the runs. Ctrl-C ends every run at the end of the epoch that it is in, as
        the histories say; runs that have not begun have a history without epochs. A second Ctrl-C
        does not wait for that.

    Raises
    ------
    ValueError
        If two runs share what each has to have for itself, or `n_threads` is below 1.
    Exception
        What one of the runs raised; the others have ended with their last whole epoch.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule.engines import get_engine
    >>> from chainrule.losses import get_loss
    >>> from chainrule.optimizers import SGD
    >>> from chainrule.schedules import Constant
    >>> x, y = np.array([[0.0], [1.0], [2.0]]), np.array([[0.0], [1.0], [2.0]])
    >>> loss, plan = get_loss("squared_error"), Plan(5, 0.1, Constant(), get_engine("compiled"))
    >>> folds = [np.array([0, 1]), np.array([1, 2])]
    >>> runs = [
    ...     PlannedRun(
    ...         [Layer(1, 1, "identity", rng=seed)],
    ...         Task(x, y, loss, SGD(), batch_size=2, rows=rows),
    ...         plan,
    ...         RunState(seed),
    ...     )
    ...     for seed, rows in enumerate(folds)
    ... ]
    >>> [len(history) for history in train_side_by_side(runs)]
    [5, 5]
    """
    runs = list(runs)
    _require_apart(runs)
    cores = available_cores() if n_threads is None else n_threads
    if cores < 1:
        raise ValueError(f"n_threads must be at least 1, got {n_threads!r}")
    if not runs:
        return []
    first, *others = enumerate(_shares(cores, len(runs)))
    queue = _Queue(runs, len(others) + 1)
    with ThreadPoolExecutor(max(1, len(others)), thread_name_prefix="chainrule-run") as pool:
        try:
            futures = [pool.submit(queue.work, *each) for each in others]
            queue.work(*first)
            _wait_for(futures)
        except KeyboardInterrupt:
            queue.interrupted = True  # and the pool waits for its threads
    return queue.histories()


def _shares(cores: int, runs: int) -> list[int]:
    """Return how many cores each of the runs at once has: all cores, as evenly as they go.

    Examples
    --------
    >>> _shares(4, 8), _shares(4, 3)
    ([1, 1, 1, 1], [2, 1, 1])
    """
    at_once = min(cores, runs)
    return [cores // at_once + (i < cores % at_once) for i in range(at_once)]


@dataclass(eq=False)
class _Queue:
    """The runs, and a callback that ends all of them after an interruption or an error."""

    runs: list[PlannedRun]
    next: int
    interrupted: bool = False
    error: BaseException | None = None
    _done: dict[int, History] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, number: int, cores: int) -> None:
        """Do this run and then others on so many cores, until none is left or all are to end."""
        with share_of_cores(cores):
            while number < len(self.runs) and not (self.interrupted or self.error):
                self._do(number)
                with self._lock:
                    number, self.next = self.next, self.next + 1

    def _do(self, number: int) -> None:
        try:
            history = self.runs[number].train(self)
        except KeyboardInterrupt:
            self.interrupted = True
        except BaseException as error:
            error.add_note(f"Run {number} of those side by side, counted from 0.")
            with self._lock:
                self.error = self.error or error
        else:
            self._done[number] = history
            self.interrupted = self.interrupted or history.interrupted

    def __call__(self, run: Run) -> bool:
        """End a run after its epoch if another run has failed, or Ctrl-C has come."""
        if self.interrupted:
            raise KeyboardInterrupt
        if self.error is not None:
            run.history.stopped = f"a run beside this one ended: {self.error}"
        return self.error is not None

    def histories(self) -> list[History]:
        """Return the runs' histories, or raise the error that ended them."""
        if self.error is not None:
            raise self.error
        for number, run in enumerate(self.runs):
            if number not in self._done:
                run.state.history.interrupt(run.plan.epochs)
        return [run.state.history for run in self.runs]


def _wait_for(futures: Sequence[Future[None]]) -> None:
    while wait(futures, _SECONDS_TO_HEAR).not_done:
        pass
    for future in futures:
        future.result()


def _require_apart(runs: Sequence[PlannedRun]) -> None:
    """Raise ValueError if two of the runs would change the same object."""
    for what, owned in (
        ("layers", [run.layers for run in runs]),
        ("a state", [[run.state] for run in runs]),
        (
            "a generator, as RunState(seed) has it,",
            [[run.state.rng] for run in runs if run.plan.shuffle],
        ),
        ("callbacks that are entered", [list(_entered(run.plan)) for run in runs]),
    ):
        known: dict[Hashable, int] = {}
        for number, things in enumerate(owned):
            for thing in things:
                if known.setdefault(id(thing), number) != number:
                    raise ValueError(
                        f"each run beside others needs {what} of its own, but runs "
                        f"{known[id(thing)]} and {number} share what they have"
                    )


def _entered(plan: Plan) -> Iterable[object]:
    return (each for each in plan.callbacks if isinstance(each, AbstractContextManager))
