"""Fit an ensemble: members on different folds, each at its best epoch, checked on held-out rows."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.checkpoints import Checkpoints, checkpoints_given
from chainrule.ensembles.budgets import members_at_once, within_time
from chainrule.ensembles.calibration import temperature_of
from chainrule.ensembles.ensemble import Ensemble
from chainrule.ensembles.folds import folds_of
from chainrule.ensembles.inputs import FeatureRoles, learn_inputs
from chainrule.ensembles.kept import KeptMembers
from chainrule.ensembles.members import Member, Members
from chainrule.ensembles.progress import MembersBar
from chainrule.ensembles.recipe import Recipe
from chainrule.losses import Loss
from chainrule.perceptron import Perceptron
from chainrule.ranges import require_positive
from chainrule.row_by_row import predict_row_by_row
from chainrule.schedules import CosLog
from chainrule.training import History, Samples
from chainrule.training.side_by_side import train_side_by_side


@dataclass(frozen=True, eq=False)
class FittedEnsemble:
    """An ensemble with its members' outputs and losses on held-out rows.

    Attributes
    ----------
    ensemble : Ensemble
    held_out : array of shape (n, n_outputs)
        For each row of training z of the member that did not see it; NaN where that member was
        not trained, for want of time.
    held_out_by : array of int of shape (n,)
        The place of that member; -1 where it was not trained.
    histories : sequence of History
        One for each member.
    loss, baseline_loss : float
        The mean loss of the held-out rows, and that of one answer for all rows.
    temperature : float
        By which z of a single network would have the least loss on the rows that it held out: above
        1 it is too sure. What the networks answer together is less sure by itself.
    interrupted : bool
        Whether Ctrl-C ended the training; members that had hardly begun are left out.
    """

    ensemble: Ensemble
    held_out: Array
    held_out_by: NDArray[np.intp]
    histories: Sequence[History]
    loss: float
    baseline_loss: float
    temperature: float
    interrupted: bool = False

    @property
    def is_baseline(self) -> bool:
        """Whether the networks were worse than one answer for all rows, which took their place."""
        return not self.ensemble.networks


def fit_ensemble(
    x: Array,
    y: Array,
    loss: Loss,
    roles: FeatureRoles,
    recipe: Recipe,
    *,
    seed: int,
    classes: NDArray[Any] | None = None,
    folds: NDArray[np.intp] | None = None,
    sample_weight: Array | None = None,
    n_threads: int | None = None,
    max_time: float | None = None,
    max_memory: float | None = None,
    checkpoint: str | os.PathLike[str] | Checkpoints | None = None,
    resume: bool = False,
    shows_progress: bool = False,
) -> FittedEnsemble:
    """Fit an ensemble to encoded rows.

    Parameters
    ----------
    x : array of shape (n, n_features)
        float32 or float64, finite.
    y : array of shape (n, n_outputs)
        As the loss takes it.
    loss : Loss
    roles : FeatureRoles
        What the features are.
    recipe : Recipe
    seed : int
        Of the folds, the initial weights, the orders and the dropout.
    classes : array of shape (n,), optional
        Of whose shares every fold has the same.
    folds : array of int of shape (n,), optional
        From `folds_of`, where the rows have been encoded by them; there is a member for each.
    sample_weight : array of shape (n,), optional
    n_threads : int, optional
        Cores for all members together; the bits do not depend on it.
    max_time : float, optional
        Seconds. The first batches are measured; where the recipe would take longer, there are
        fewer epochs, at least 8, then fewer members, then fewer rows for each. The bits then
        depend on the measurement.
    max_memory : float, optional
        Bytes beside the table: fewer members are prepared at once. The bits do not depend on it.
    checkpoint : path-like or Checkpoints, optional
        A folder, in which each member has one for its checkpoints.
    resume : bool
        Whether to go on from the checkpoints that are there.
    shows_progress : bool
        Whether to show a bar on a terminal.

    Raises
    ------
    CheckpointError
        If the training cannot go on from the checkpoints.
    DivergenceError
        If a loss or weight is not finite any more.
    KeyboardInterrupt
        If Ctrl-C comes before any member has learned something.
    MemoryError
        If `max_memory` is too little for one member.
    ValueError
        If a budget is not above 0, or `max_time` is given with `checkpoint`.
    """
    began = time.monotonic()
    kept = _kept(checkpoint, resume, max_time)
    for name, budget in (("max_time", max_time), ("max_memory", max_memory)):
        if budget is not None:
            require_positive(name, budget)
    rng = np.random.default_rng(seed)
    if folds is None:
        folds = folds_of(x, recipe.members, rng, classes)
    inputs, recipe = learn_inputs(x, roles), recipe.for_rows(len(x))
    rows = inputs.of_rows(x)
    samples = Samples(rows, y.astype(rows.dtype), sample_weight)
    seeds = rng.integers(2**63, size=int(folds.max()) + 1)
    members, n = Members(inputs, samples, loss, recipe, folds, seeds), len(seeds)
    at_once = members_at_once(members, max_memory, n_threads)
    if max_time is not None:
        members, n = within_time(members, began + max_time, n_threads)
    with MembersBar(n) if shows_progress else nullcontext() as bar:
        if bar is not None:
            members = replace(members, callbacks=[*members.callbacks, bar.epoch_is_over])
        groups = [range(first, min(first + at_once, n)) for first in range(0, n, at_once)]
        trained = list(_trained(members, groups, kept, n_threads))
    best = loss.best_constant(samples.y.T, sample_weight)
    constant = np.zeros(y.shape[1]) if best is None else best[:, 0].astype(np.float64)
    baseline = Ensemble(inputs, (), loss, constant)
    fitted = _judged(_used(trained, members.recipe), baseline, samples)
    return replace(fitted, interrupted=any(member.history.interrupted for member in trained))


def _kept(checkpoint: Any, resume: bool, max_time: float | None) -> KeptMembers | None:
    given = checkpoints_given(checkpoint)
    if given is None:
        if resume:
            raise ValueError("resume=True goes on from a checkpoint; give checkpoint= its folder")
        return None
    if max_time is not None:
        raise ValueError(
            "max_time depends on how fast the machine is just then, so that no later run goes on "
            "to the same bits; leave out max_time, or checkpoint"
        )
    return KeptMembers(given, resume)


@dataclass(frozen=True, eq=False)
class _Trained:
    """A trained member, with its raw outputs z for the rows that it held out."""

    network: Perceptron
    held_out: NDArray[np.bool_]
    z: Array
    history: History


def _trained(
    members: Members,
    groups: Sequence[range],
    kept: KeptMembers | None,
    n_threads: int | None,
) -> Iterator[_Trained]:
    """Train the members, a group at a time; after Ctrl-C no other group begins."""
    for group in groups:
        made = [members.member(number) for number in group]
        runs = [
            member.run if kept is None else kept.run_of(members, number, member)
            for number, member in zip(group, made, strict=True)
        ]
        histories = train_side_by_side(runs, n_threads)
        yield from map(_answering, made, histories)
        if any(history.interrupted for history in histories):
            return


def _answering(member: Member, history: History) -> _Trained:
    validation = member.run.plan.validation
    assert validation is not None
    z = predict_row_by_row(member.network.predict, validation.x)
    return _Trained(member.network, member.held_out, z, history)


def _used(trained: list[_Trained], recipe: Recipe) -> list[_Trained]:
    """Leave out the members that Ctrl-C or the time ended in their first two waves, if others are.

    Raises
    ------
    KeyboardInterrupt
        If none has an epoch.
    """
    longest = max(len(member.history) for member in trained)
    if not longest:
        raise KeyboardInterrupt
    enough = min(longest, int(np.ceil(CosLog().ends(recipe.epochs)[1])))
    return [member for member in trained if len(member.history) >= enough]


def _judged(members: Sequence[_Trained], baseline: Ensemble, samples: Samples) -> FittedEnsemble:
    """Say how good the members are on held-out rows; where one answer for all is better, give it.

    Parameters
    ----------
    members : sequence of _Trained
    baseline : Ensemble
        Without networks.
    samples : Samples
    """
    held_out = np.full_like(samples.y, np.nan)
    held_out_by = np.full(len(held_out), -1)
    for place, member in enumerate(members):
        held_out[member.held_out], held_out_by[member.held_out] = member.z, place
    answered = held_out_by >= 0
    z, y = held_out[answered], samples.y[answered]
    weights = None if samples.sample_weight is None else samples.sample_weight[answered]
    loss = baseline.loss

    def mean_loss(z: Array) -> float:
        losses = loss.value(z.T.astype(np.float64), y.T)
        return float(np.average(losses, weights=weights))

    found, without = mean_loss(z), mean_loss(np.broadcast_to(baseline.constant, z.shape))
    networks = [member.network for member in members]
    return FittedEnsemble(
        replace(baseline, networks=networks) if found < without else baseline,
        held_out,
        held_out_by,
        [member.history for member in members],
        loss=found,
        baseline_loss=without,
        temperature=1.0 if loss.is_of_raw_output else temperature_of(z, y, loss),
    )
