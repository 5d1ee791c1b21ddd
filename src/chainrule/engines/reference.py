"""One epoch in NumPy: what the formulas say, in their symbols. Written to be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.divergence import require_finite_step
from chainrule.engines.epoch import Epoch, EpochResult
from chainrule.layers import Gradients, Layer, joined
from chainrule.losses import Loss


def run_epoch(layers: Sequence[Layer], epoch: Epoch) -> EpochResult:
    """Train the layers in place for one epoch.

    Parameters
    ----------
    layers : sequence of Layer
    epoch : Epoch

    Returns
    -------
    EpochResult

    Raises
    ------
    DivergenceError
        As soon as a number is not finite.
    """
    theta = joined(layers)
    total_loss = total_square = 0.0
    steps = zip(_batches(epoch), epoch.learning_rates.tolist(), strict=True)
    with np.errstate(all="ignore"):  # what is not finite is found below, and named
        for step, (rows, learning_rate) in enumerate(steps, start=1):
            x, y = epoch.x[rows].T, epoch.y[rows].T
            values, gradients = backpropagate(layers, epoch.loss, x, y)
            grad = flat(gradients)
            epoch.optimizer.step(theta, grad, epoch.state, epoch.t + step, learning_rate)
            if not (np.isfinite(values.sum()) and np.isfinite(theta.sum())):
                require_finite_step(layers, values, gradients)
            total_loss += float(values.sum())
            total_square += float(grad @ grad)
        return EpochResult(
            loss=total_loss / len(epoch.order), gradient_norm=float(np.sqrt(total_square / step))
        )


def _batches(epoch: Epoch) -> Iterator[NDArray[np.integer[Any]]]:
    for start in range(0, len(epoch.order), epoch.batch_size):
        yield epoch.order[start : start + epoch.batch_size]


def backpropagate(
    layers: Sequence[Layer], loss: Loss, x: Array, y: Array
) -> tuple[Array, list[Gradients]]:
    """Go forward, take the loss, and go back through the layers by the chain rule.

    Parameters
    ----------
    layers : sequence of Layer
    loss : Loss
        Of the last layer's z.
    x : array of shape (n_features, m)
    y : array of shape (n_outputs, m)

    Returns
    -------
    values : array of shape (m,)
        The loss of each sample.
    gradients : list of Gradients
        Of the mean loss, one for each layer, in the layers' order.
    """
    a = x
    for layer in layers:
        a = layer.forward(a)
    z = layers[-1].outputs
    values = loss.value(z, y)
    dz = loss.dz(z, y) / values.size  # the mean over the samples: the only 1/m there is
    gradients = [layers[-1].gradients_from_dz(dz)]
    for layer in reversed(layers[:-1]):
        gradients.append(layer.gradients(gradients[-1].da_prev))
    return values, gradients[::-1]


def flat(gradients: Sequence[Gradients]) -> Array:
    """Return the gradients as one vector in the order of θ: dW, db, layer by layer."""
    parts = (part.ravel() for g in gradients for part in (g.d_weights, g.d_biases))
    return np.concatenate(list(parts))


_ROWS_AT_ONCE = 8192  # keeps the activations of a large table out of main memory


def predict(layers: Sequence[Layer], x: Array) -> Array:
    """Compute the last layer's z without touching what `forward` keeps for `backward`.

    Parameters
    ----------
    layers : sequence of Layer
    x : array of shape (n, n_features)

    Returns
    -------
    array of shape (n, n_outputs)
    """
    with np.errstate(all="ignore"):
        chunks = (x[start : start + _ROWS_AT_ONCE] for start in range(0, len(x), _ROWS_AT_ONCE))
        return np.concatenate([_raw_output(layers, chunk.T).T for chunk in chunks])


def _raw_output(layers: Sequence[Layer], a: Array) -> Array:
    *hidden, output = layers
    for layer in hidden:
        a = layer.activation(layer.weights @ a + layer.biases)
    return output.weights @ a + output.biases
