"""Fit an ensemble: members on different folds, each at its best epoch, checked on held-out rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.engines import Task, get_engine
from chainrule.ensembles.calibration import temperature_of
from chainrule.ensembles.ensemble import Ensemble
from chainrule.ensembles.folds import folds_of
from chainrule.ensembles.inputs import FeatureRoles, NetworkInputs, learn_inputs
from chainrule.ensembles.recipe import Recipe
from chainrule.ensembles.wave_stopping import WaveStopping
from chainrule.layers import Layer
from chainrule.losses import Loss
from chainrule.optimizers import AdamW
from chainrule.perceptron import Perceptron
from chainrule.schedules import CosLog
from chainrule.training import History, Plan, RunState, Samples
from chainrule.training.side_by_side import PlannedRun, train_side_by_side


@dataclass(frozen=True, eq=False)
class FittedEnsemble:
    """An ensemble with what its held-out rows say of it.

    Attributes
    ----------
    ensemble : Ensemble
    held_out : array of shape (n, n_outputs)
        For each row of training z of the member that did not see it.
    held_out_by : array of int of shape (n,)
        The place of that member.
    histories : sequence of History
        One for each member.
    loss, baseline_loss : float
        The mean loss of the held-out rows, and that of one answer for all rows.
    temperature : float
        By which z of a single network would have the least loss on the rows that it held out: above
        1 it is too sure. What the networks answer together is less sure by itself.
    """

    ensemble: Ensemble
    held_out: Array
    held_out_by: NDArray[np.intp]
    histories: Sequence[History]
    loss: float
    baseline_loss: float
    temperature: float

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
    sample_weight: Array | None = None,
    n_threads: int | None = None,
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
    sample_weight : array of shape (n,), optional
    n_threads : int, optional
        Cores for all members together; the bits do not depend on it.

    Raises
    ------
    DivergenceError
        If a loss or weight is not finite any more.
    """
    rng = np.random.default_rng(seed)
    folds = folds_of(x, recipe.members, rng, classes)
    inputs = learn_inputs(x, roles)
    rows = inputs.of_rows(x)
    samples = Samples(rows, y.astype(rows.dtype), sample_weight)
    members = [
        _member(inputs, samples, loss, recipe, held_out=folds == number, seed=int(own_seed))
        for number, own_seed in enumerate(rng.integers(2**63, size=int(folds.max()) + 1))
    ]
    histories = train_side_by_side([member.run for member in members], n_threads)
    held_out = np.empty_like(samples.y)
    for member in members:
        held_out[member.held_out] = member.network.predict(rows[member.held_out])
    best = loss.best_constant(samples.y.T, sample_weight)
    constant = np.zeros(y.shape[1]) if best is None else best[:, 0].astype(np.float64)
    networks = [member.network for member in members]
    ensemble = Ensemble(inputs, networks, loss, constant)
    return _judged(ensemble, held_out, folds, samples, histories)


class _Member(NamedTuple):
    """A network of an ensemble, the rows that it holds out, and its run."""

    network: Perceptron
    held_out: NDArray[np.bool_]
    run: PlannedRun


def _member(
    inputs: NetworkInputs,
    samples: Samples,
    loss: Loss,
    recipe: Recipe,
    *,
    held_out: NDArray[np.bool_],
    seed: int,
) -> _Member:
    """Return a new network and the plan of its training on the rows that are not held out."""
    rng = np.random.default_rng(seed)
    x, y, sample_weight = samples
    network = new_network(inputs, y.shape[1], recipe, rng, x.dtype)
    state, schedule = RunState(rng), CosLog()
    kept = np.flatnonzero(~held_out)
    if not len(kept):  # all rows are one: there is nothing else to learn from
        kept = np.arange(len(y))
    n_hidden = len(recipe.hidden)
    task = Task(
        x,
        y,
        loss,
        AdamW(beta_2=recipe.beta_2, weight_decay=recipe.weight_decay),
        recipe.rows_of_a_batch(len(kept)),
        sample_weight=sample_weight,
        dropout=(0.0,) * (len(network.layers) - n_hidden) + (recipe.dropout,) * n_hidden,
        seed=state.seed_of_dropout(),
        rows=kept,
    )
    weights = None if sample_weight is None else sample_weight[held_out]
    plan = Plan(
        epochs=recipe.epochs,
        learning_rate=recipe.learning_rate,
        schedule=schedule,
        engine=get_engine("compiled"),
        validation=Samples(x[held_out], y[held_out], weights),
        callbacks=[WaveStopping(schedule, recipe.epochs)],
    )
    return _Member(network, held_out, PlannedRun(network.layers, task, plan, state))


def new_network(
    inputs: NetworkInputs, n_outputs: int, recipe: Recipe, rng: Any, dtype: Any
) -> Perceptron:
    """Return a network of the recipe with its first weights.

    Parameters
    ----------
    inputs : NetworkInputs
    n_outputs : int
    recipe : Recipe
    rng : numpy.random.Generator
    dtype : dtype
    """
    embedding = inputs.embedding(rng, recipe, dtype)
    layers: list[Layer] = [] if embedding is None else [embedding]
    width = len(inputs.features) if embedding is None else embedding.n_neurons
    for n_neurons in recipe.hidden:
        layers.append(
            Layer(
                *(width, n_neurons, recipe.activation),
                initializer="he_normal",
                rng=rng,
                dtype=dtype,
            )
        )
        width = n_neurons
    last = Layer(width, n_outputs, "identity", initializer="lecun_normal", rng=rng, dtype=dtype)
    return Perceptron([*layers, last])


def _judged(
    ensemble: Ensemble,
    held_out: Array,
    folds: NDArray[np.intp],
    samples: Samples,
    histories: Sequence[History],
) -> FittedEnsemble:
    """Say how good the members are on held-out rows; where one answer for all is better, give it.

    Parameters
    ----------
    ensemble : Ensemble
    held_out : array of shape (n, n_outputs)
        z of each row, of the member that held it out.
    folds : array of int of shape (n,)
        The place of that member.
    samples : Samples
    histories : sequence of History
    """
    loss = ensemble.loss

    def mean_loss(z: Array) -> float:
        losses = loss.value(z.T.astype(np.float64), samples.y.T)
        return float(np.average(losses, weights=samples.sample_weight))

    found = mean_loss(held_out)
    baseline = mean_loss(np.broadcast_to(ensemble.constant, held_out.shape))
    return FittedEnsemble(
        ensemble if found < baseline else replace(ensemble, networks=()),
        held_out,
        folds,
        histories,
        loss=found,
        baseline_loss=baseline,
        temperature=1.0 if loss.is_of_raw_output else temperature_of(held_out, samples.y, loss),
    )
