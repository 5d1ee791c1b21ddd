"""The network, the task and the generator of a run, made of the settings of the playground."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.dropout import rates
from chainrule.engines import Task
from chainrule.layers import Layer
from chainrule.losses import get_loss
from chainrule.optimizers import get_optimizer
from chainrule.penalties import Penalty
from chainrule.perceptron import Perceptron
from chainrule.play.playground.data import Points, held_out
from chainrule.play.playground.state import State

LINK_IN_LOSS = ("softmax_cross_entropy",)


@dataclass(frozen=True, eq=False)
class Beginning:
    """A run before its first step.

    Attributes
    ----------
    network : Perceptron
    task : Task
        Of the points that are not held out.
    rng : numpy.random.Generator
        It has drawn the weights and the seed of the dropout; the orders are next.
    held_out : array of bool of shape (n,)
    x_held_out, y_held_out : arrays of shape (n_held_out, …)
    """

    network: Perceptron
    task: Task
    rng: np.random.Generator
    held_out: NDArray[np.bool_]
    x_held_out: Array
    y_held_out: Array


def begin(state: State, points: Points) -> Beginning:
    """Draw the network as `Perceptron` and `Perceptron.fit` do with one generator.

    Parameters
    ----------
    state : State
        Its loss suits the points.
    points : Points
    """
    loss = str(state.loss)
    rng = np.random.default_rng(state.seed)
    network = Perceptron(make_layers(state, points, rng))
    mask = held_out(len(points.y), state)
    y = points.targets(loss)
    kept = np.ascontiguousarray(points.x[~mask])
    task = Task(
        kept,
        np.ascontiguousarray(y[~mask]),
        loss=get_loss(loss).after(network.layers[-1].activation),
        optimizer=get_optimizer(state.optimizer),
        batch_size=min(state.batch_size, len(kept)),
        penalty=Penalty(l1=state.l1, l2=state.l2),
        dropout=rates(state.dropout if state.layers else 0.0, len(network.layers)),
    )
    if task.dropout:
        task = replace(task, seed=int.from_bytes(rng.bytes(8), "little"))
    return Beginning(network, task, rng, mask, points.x[mask], y[mask])


def make_layers(state: State, points: Points, rng: np.random.Generator) -> list[Layer]:
    """Return the hidden layers and the last one, their weights drawn in this order."""
    loss = str(state.loss)
    widths = [points.x.shape[1], *(layer.neurons for layer in state.layers), points.n_outputs(loss)]
    activations = [layer.activation for layer in state.layers]
    activations.append(last_activation(points.kind, loss))
    return [
        Layer(before, after, activation, initializer=state.initializer or "uniform", rng=rng)
        for (before, after), activation in zip(pairwise(widths), activations, strict=True)
    ]


def last_activation(kind: str, loss: str) -> str:
    """Return the last layer's activation.

    Examples
    --------
    >>> last_activation("binary", "binary_cross_entropy"), last_activation("number", "huber")
    ('sigmoid', 'identity')
    """
    return "identity" if kind == "number" or loss in LINK_IN_LOSS else "sigmoid"
