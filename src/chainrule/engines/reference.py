"""Training in NumPy: what the formulas say, in their symbols. Written to be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule import dropout
from chainrule.arrays import Array, Rows, dense
from chainrule.divergence import require_finite_epoch, require_finite_step
from chainrule.engines.task import EpochResult, Task, TrainingState
from chainrule.layers import Gradients, Layer, joined
from chainrule.losses import Loss
from chainrule.penalties import Penalty

RowNumbers = NDArray[np.integer[Any]]

name = "reference"


def start(layers: Sequence[Layer], task: Task, state: TrainingState) -> Training:
    """Get ready to train the layers in place."""
    return Training(layers, task, state)


@dataclass(frozen=True)
class Training:
    """A training of the layers, in place."""

    layers: Sequence[Layer]
    task: Task
    state: TrainingState

    leaves_a_core = False  # NumPy's products may be on all of them

    def run_epoch(self, order: RowNumbers, learning_rates: Array) -> EpochResult:
        """Train the layers for one epoch.

        Parameters
        ----------
        order : array of int of shape (n_rows,)
            The rows in the order in which they are visited.
        learning_rates : array of shape (n_steps,)

        Returns
        -------
        EpochResult

        Raises
        ------
        DivergenceError
            As soon as a number is not finite.
        """
        theta = joined(self.layers)
        loss = weight = squares = 0.0
        steps = zip(_batches(order, self.task.batch_size), learning_rates.tolist(), strict=True)
        with np.errstate(all="ignore"):  # what is not finite is found in its step, and named
            for rows, learning_rate in steps:
                step = self._step(theta, rows, learning_rate)
                loss += step.loss * step.weight
                weight += step.weight
                squares += step.gradient_norm * step.gradient_norm
        require_finite_epoch(self.layers, self.task.penalty, loss)
        return EpochResult(loss / weight, float(np.sqrt(squares / len(learning_rates))))

    def _step(self, theta: Array, rows: RowNumbers, learning_rate: float) -> Step:
        task, state = self.task, self.state
        state.t += 1
        step = differentiate(self.layers, task, rows, state.t)
        grad = flat(self.layers, step.gradients)
        norm = step.gradient_norm if task.clip_norm < inf else 0.0
        if norm > task.clip_norm:
            grad *= task.clip_norm / norm
        task.optimizer.step(theta, grad, state.slots, state.t, learning_rate)
        if not np.isfinite(step.loss + norm + theta.sum()):
            require_finite_step(self.layers, step.values, step.gradients, step.penalties, norm)
        return step

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


def _batches(order: RowNumbers, batch_size: int) -> Iterator[RowNumbers]:
    for first in range(0, len(order), batch_size):
        yield order[first : first + batch_size]


class Step(NamedTuple):
    """What a batch says before θ moves.

    Attributes
    ----------
    values : array of shape (m,)
        The loss of each sample.
    gradients : list of Gradients
        Of `loss`, one for each layer, in the layers' order.
    penalties : list of float
        One for each layer; empty where nothing is penalised.
    gradient_norm : float
        ‖∂L/∂θ‖₂.
    loss : float
        The batch's mean, by weight, with the penalties.
    weight : float
        What the loss counts for in the epoch's: the number of samples in the batch, or the sum
        of their weights.
    """

    values: Array
    gradients: list[Gradients]
    penalties: list[float]
    gradient_norm: float
    loss: float
    weight: float


def differentiate(layers: Sequence[Layer], task: Task, rows: RowNumbers, t: int) -> Step:
    """Compute the loss of a batch and its gradient.

    Parameters
    ----------
    layers : sequence of Layer
    task : Task
    rows : array of int of shape (m,)
        The batch.
    t : int
        The step, counted from 1; it decides the dropout masks.
    """
    x, y = dense(task.x[rows]).T, task.y[rows].T
    weight, shares = _weigh(task, rows)
    masks = _masks(layers, task, len(rows), t)
    values, gradients = backpropagate(layers, task.loss, x, y, shares, masks=masks)
    penalties, gradients = _penalise(layers, gradients, task.penalty, task.penalty.scale(weight))
    grad = flat(layers, gradients).astype(np.float64, copy=False)
    return Step(
        values=values,
        gradients=gradients,
        penalties=penalties,
        gradient_norm=float(np.sqrt(grad @ grad)),
        loss=float((values * shares).sum()) + sum(penalties),
        weight=float(len(rows)) if task.loss_by_rows else weight,
    )


def _weigh(task: Task, rows: RowNumbers) -> tuple[float, Array]:
    """Return the batch's weight and each sample's share of it: wᵢ / Σw, the only 1/m there is."""
    if task.sample_weight is None:
        return float(len(rows)), np.full(len(rows), 1 / len(rows), task.y.dtype)
    weights = task.sample_weight[rows].astype(np.float64)
    weight = float(weights.sum())
    return weight, (weights / (weight or 1.0)).astype(task.y.dtype)  # no weight at all: 0 each


def _masks(layers: Sequence[Layer], task: Task, m: int, t: int) -> list[Array | float]:
    """Return what each layer's inputs are multiplied by; () of no dropout stays ()."""
    return [
        dropout.mask(task.seed, t, number, rate, (layer.n_inputs, m), layer.dtype) if rate else 1.0
        for number, (layer, rate) in enumerate(zip(layers, task.dropout, strict=False))
    ]


def _penalise(
    layers: Sequence[Layer], gradients: list[Gradients], penalty: Penalty, scale: float
) -> tuple[list[float], list[Gradients]]:
    """Return each layer's penalty, and the gradients of loss and penalty together."""
    if not penalty:
        return [], gradients
    return [scale * penalty.value(layer.learned_weights) for layer in layers], [
        g._replace(d_weights=g.d_weights + scale * penalty.gradient(layer.learned_weights))
        for layer, g in zip(layers, gradients, strict=True)
    ]


def backpropagate(
    layers: Sequence[Layer],
    loss: Loss,
    x: Array,
    y: Array,
    shares: Array,
    *,
    masks: Sequence[Array | float] = (),
) -> tuple[Array, list[Gradients]]:
    """Go forward, take the loss, and go back through the layers by the chain rule.

    Parameters
    ----------
    layers : sequence of Layer
    loss : Loss
        Of the last layer's z.
    x : array of shape (n_features, m)
    y : array of shape (n_outputs, m)
    shares : array of shape (m,)
        What each sample counts: 1/m each for the mean loss.
    masks : sequence of arrays of shape (n_inputs, m), optional
        What the inputs of each layer are multiplied by.

    Returns
    -------
    values : array of shape (m,)
        The loss of each sample.
    gradients : list of Gradients
        Of Σ sharesᵢ valuesᵢ, one for each layer, in the layers' order.
    """
    masks = masks or [1.0] * len(layers)
    a = x
    for layer, mask in zip(layers, masks, strict=True):
        a = layer.forward(a * mask)
    z = layers[-1].outputs
    values = loss.value(z, y)
    dz = loss.dz(z, y) * shares
    gradients = [layers[-1].gradients_from_dz(dz)]
    for layer, mask in zip(reversed(layers[:-1]), reversed(masks[1:]), strict=True):
        gradients.append(layer.gradients(gradients[-1].da_prev * mask))
    return values, gradients[::-1]


def flat(layers: Sequence[Layer], gradients: Sequence[Gradients]) -> Array:
    """Return the gradients as one vector in the order of θ: dW, db, layer by layer."""
    both = zip(layers, gradients, strict=True)
    return np.concatenate([layer.flat(g.d_weights, g.d_biases) for layer, g in both])


_ROWS_AT_ONCE = 8192  # keeps the activations of a large table out of main memory


def predict(layers: Sequence[Layer], x: Rows) -> Array:
    """Compute the last layer's z without touching what `forward` keeps for `backward`.

    Parameters
    ----------
    layers : sequence of Layer
    x : array or SciPy CSR matrix of shape (n, n_features)

    Returns
    -------
    array of shape (n, n_outputs)
    """
    starts = range(0, x.shape[0], _ROWS_AT_ONCE)
    with np.errstate(all="ignore"):
        chunks = (dense(x[first : first + _ROWS_AT_ONCE]) for first in starts)
        return np.concatenate([_raw_output(layers, chunk.T).T for chunk in chunks])


def _raw_output(layers: Sequence[Layer], a: Array) -> Array:
    *hidden, output = layers
    for layer in hidden:
        a = layer.activation(layer.raw_output(a))
    return output.raw_output(a)


def output(layers: Sequence[Layer], x: Any, loss: Loss | None = None) -> None:
    """Leave it to `predict`, once `x` is checked."""
