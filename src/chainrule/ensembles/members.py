"""The members of an ensemble: each a network, the fold that it holds out, and its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.engines import Task, get_engine
from chainrule.ensembles.inputs import NetworkInputs
from chainrule.ensembles.recipe import Recipe
from chainrule.ensembles.wave_stopping import WaveStopping
from chainrule.layers import Layer
from chainrule.losses import Loss
from chainrule.optimizers import AdamW
from chainrule.perceptron import Perceptron
from chainrule.schedules import CosLog
from chainrule.training import Callback, Plan, RunState, Samples
from chainrule.training.side_by_side import PlannedRun


class Member(NamedTuple):
    """A network of an ensemble, the rows that it holds out, and its run."""

    network: Perceptron
    held_out: NDArray[np.bool_]
    run: PlannedRun


@dataclass(frozen=True, eq=False)
class Members:
    """The members of an ensemble, each made when it is asked for.

    Attributes
    ----------
    inputs : NetworkInputs
    samples : Samples
        The inputs of all rows, and what is right for them.
    loss : Loss
    recipe : Recipe
    folds : array of int of shape (n,)
        Each row's.
    seeds : array of int
        One for each fold.
    callbacks : sequence of Callback
        Called after every epoch of each member, on the thread of its run.
    share : float
        Of its rows, those that a member learns from.
    """

    inputs: NetworkInputs
    samples: Samples
    loss: Loss
    recipe: Recipe
    folds: NDArray[np.intp]
    seeds: NDArray[np.int64]
    callbacks: Sequence[Callback] = ()
    share: float = 1.0

    def member(self, number: int) -> Member:
        """Return a new network and the plan of its training on the rows of the other folds."""
        held_out = self.folds == number
        rng = np.random.default_rng(self.seeds[number])
        x, y, weights = self.samples
        network = new_network(self.inputs, y.shape[1], self.recipe, rng, x.dtype)
        state, schedule = RunState(rng), CosLog()
        task = self._task(network, self._rows(held_out, number), state.seed_of_dropout())
        plan = Plan(
            epochs=self.recipe.epochs,
            learning_rate=self.recipe.learning_rate,
            schedule=schedule,
            engine=get_engine("compiled"),
            validation=Samples(
                x[held_out], y[held_out], None if weights is None else weights[held_out]
            ),
            callbacks=[WaveStopping(schedule, self.recipe.epochs), *self.callbacks],
        )
        return Member(network, held_out, PlannedRun(network.layers, task, plan, state))

    def _rows(self, held_out: NDArray[np.bool_], number: int) -> NDArray[np.intp]:
        """Return the rows that a member learns from."""
        rows = np.flatnonzero(~held_out)
        if not len(rows):  # all rows are one: there is nothing else to learn from
            return np.arange(len(held_out))
        if self.share == 1.0:
            return rows
        size = max(1, int(len(rows) * self.share))
        drawn = np.random.default_rng([int(self.seeds[number]), 1])
        return np.sort(drawn.permutation(rows)[:size])

    def _task(self, network: Perceptron, rows: NDArray[np.intp], seed: int) -> Task:
        recipe, n_hidden = self.recipe, len(self.recipe.hidden)
        return Task(
            self.samples.x,
            self.samples.y,
            self.loss,
            AdamW(beta_2=recipe.beta_2, weight_decay=recipe.weight_decay),
            recipe.rows_of_a_batch(len(rows)),
            sample_weight=self.samples.sample_weight,
            dropout=(0.0,) * (len(network.layers) - n_hidden) + (recipe.dropout,) * n_hidden,
            seed=seed,
            rows=rows,
        )


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
