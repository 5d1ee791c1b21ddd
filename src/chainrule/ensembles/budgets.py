"""Budgets of an ensemble's fit: seconds of time, and bytes of memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from chainrule.engines.cores import available_cores
from chainrule.ensembles.members import Members
from chainrule.ensembles.recipe import Recipe
from chainrule.training import Callback, Run
from chainrule.training.side_by_side import train_side_by_side

_FEWEST_EPOCHS = 8
"""Fewer epochs are worth less than fewer members."""

_FOR_THE_RUNS = 0.9  # of the time: answers for held-out rows, and what a measurement misses
_LEAST_SECONDS = 1.0  # for the runs, whatever the measurement took: machine code may have been made
_MEASURED_BATCHES, _MEASURED_EPOCHS = 24, 3
_VECTORS_OF_A_RUN = 6  # as long as θ: θ, its gradient, AdamW's two, the best epoch's, the last's


class Affordable(NamedTuple):
    """What there is time for.

    Attributes
    ----------
    epochs, members : int
    share : float
        Of its rows, those that each member learns from.
    """

    epochs: int
    members: int
    share: float


def affordable(epochs_of_a_core: float, cores: int, recipe: Recipe, members: int) -> Affordable:
    """Return which epochs and members there is time for: fewer epochs first, then fewer members.

    Parameters
    ----------
    epochs_of_a_core : float
        How many epochs a core has time for.
    cores : int
    recipe : Recipe
    members : int

    Examples
    --------
    >>> affordable(1000.0, 2, Recipe(epochs=64), 8)
    Affordable(epochs=64, members=8, share=1.0)
    >>> affordable(100.0, 2, Recipe(epochs=64), 8)
    Affordable(epochs=25, members=8, share=1.0)
    >>> affordable(20.0, 2, Recipe(epochs=64), 8)
    Affordable(epochs=8, members=4, share=1.0)
    >>> affordable(4.0, 2, Recipe(epochs=64), 8)
    Affordable(epochs=8, members=2, share=0.5)
    """
    at_once = min(cores, members)
    least = min(_FEWEST_EPOCHS, recipe.epochs)
    epochs = int(epochs_of_a_core / -(-members // at_once))
    if epochs >= least:
        return Affordable(min(epochs, recipe.epochs), members, 1.0)
    one_after_another = int(epochs_of_a_core / least)
    if one_after_another:
        return Affordable(least, min(members, one_after_another * at_once), 1.0)
    return Affordable(least, at_once, max(epochs_of_a_core, 0.0) / least)


def within_time(members: Members, deadline: float, n_threads: int | None) -> tuple[Members, int]:
    """Return members whose training ends by a deadline, and how many of them are to be trained.

    Parameters
    ----------
    members : Members
    deadline : float
        As of `time.monotonic`.
    n_threads : int, optional
    """
    cores = available_cores() if n_threads is None else n_threads
    seconds = _seconds_of_an_epoch(members, min(cores, len(members.seeds)), n_threads)
    deadline = max(deadline, time.monotonic() + _LEAST_SECONDS)
    left = _FOR_THE_RUNS * (deadline - time.monotonic())
    found = affordable(left / seconds, cores, members.recipe, len(members.seeds))
    recipe = replace(_with_its_batch(members), epochs=found.epochs)
    callbacks: list[Callback] = [*members.callbacks, Deadline(deadline)]
    kept = replace(members, recipe=recipe, share=found.share, callbacks=callbacks)
    return kept, found.members


def _learned_from(members: Members) -> int:
    """Return how many rows the member with the largest fold learns from."""
    return max(1, len(members.folds) - int(np.bincount(members.folds).max()))


def _with_its_batch(members: Members) -> Recipe:
    """Return a recipe whose batches stay those of the whole training with fewer epochs or rows."""
    size = members.recipe.rows_of_a_batch(_learned_from(members))
    return replace(members.recipe, batch_size=size, least_steps=0)


def _seconds_of_an_epoch(members: Members, at_once: int, n_threads: int | None) -> float:
    """Measure some batches of networks side by side that are then forgotten."""
    recipe, learned_from = _with_its_batch(members), _learned_from(members)
    share = min(1.0, _MEASURED_BATCHES * recipe.batch_size / learned_from)
    measured = replace(members, recipe=recipe, share=share, callbacks=())
    runs = []
    for number in range(at_once):
        run = measured.member(number).run
        runs.append(replace(run, plan=replace(run.plan, epochs=_MEASURED_EPOCHS, callbacks=())))
    histories = train_side_by_side(runs, n_threads)
    scale = learned_from / max(1, int(learned_from * share))
    # the first epoch may have made machine code
    return max(min(history["seconds"][1:], default=1.0) for history in histories) * scale


@dataclass(frozen=True)
class Deadline:
    """A callback that ends a run at the first end of an epoch after a time.

    Parameters
    ----------
    time : float
        As of `time.monotonic`.
    """

    time: float

    def __call__(self, run: Run) -> bool:
        """Return True once the time is over."""
        over = time.monotonic() > self.time
        if over and not run.history.stopped:
            run.history.stopped = f"the time was over after {run.epoch} of {run.epochs} epochs"
        return over


def members_at_once(members: Members, max_memory: float | None, n_threads: int | None) -> int:
    """Return how many members may be prepared and trained at once.

    Parameters
    ----------
    members : Members
    max_memory : float, optional
        Bytes.
    n_threads : int, optional

    Raises
    ------
    MemoryError
        If not even one is within the bytes.
    """
    if max_memory is None:
        return len(members.seeds)
    x, y, _ = members.samples
    run = members.member(0).run
    theta = sum(layer.theta.nbytes for layer in run.layers)
    widths = sum(layer.n_inputs + layer.n_neurons for layer in run.layers)
    workspace = 4 * run.task.batch_size * widths * x.itemsize
    held_out = 2 * (x.nbytes + y.nbytes) // len(members.seeds)  # kept for an epoch's loss, answered
    of_all = x.nbytes + y.nbytes + theta * len(members.seeds)
    of_one = held_out + _VECTORS_OF_A_RUN * theta + workspace
    n = int((max_memory - of_all) // of_one)
    if n < 1:
        raise MemoryError(
            f"the ensemble needs about {(of_all + of_one) / 1e6:.0f} MB beside the table, but "
            f"max_memory allows {max_memory / 1e6:.0f} MB; allow more, or give fewer rows"
        )
    cores = available_cores() if n_threads is None else n_threads
    return min(n - n % cores or n, len(members.seeds))
