"""Where a network comes from: drawn in scikit-learn's order, or from weights that are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.activations import Elementwise
from chainrule.arrays import Array
from chainrule.initializers import Float64, RandomSource
from chainrule.layers import Layer
from chainrule.perceptron import Perceptron

Draw = Callable[[RandomSource, int, int], tuple[Float64, Float64]]


def glorot(factor: float) -> Draw:
    """Return the initializer that draws weights, then biases, from uniform(−b, b).

    b = √(factor/(n_in + n_out)): Glorot & Bengio 2010, "Understanding the difficulty of training
    deep feedforward neural networks", eq. 16, has 6; scikit-learn takes 2 for sigmoids.
    """

    def draw(rng: RandomSource, n_inputs: int, n_neurons: int) -> tuple[Float64, Float64]:
        bound = np.sqrt(factor / (n_inputs + n_neurons))
        weights = rng.uniform(-bound, bound, (n_inputs, n_neurons)).T
        return weights, rng.uniform(-bound, bound, (n_neurons, 1))

    return draw


def new_network(
    sizes: Sequence[int],
    activations: Sequence[str | Elementwise],
    rng: RandomSource,
    dtype: np.dtype[Any],
    *,
    for_sigmoids: bool = False,
) -> Perceptron:
    """Return a network whose output is the raw z.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, hidden neurons, outputs.
    activations : sequence of str or Activation
        Of the hidden layers.
    rng : numpy.random.RandomState or Generator
    dtype : dtype
        float32 or float64.
    for_sigmoids : bool
        Whether the first weights are as small as scikit-learn has them for sigmoids.
    """
    draw = glorot(2.0 if for_sigmoids else 6.0)
    return Perceptron(
        [
            Layer(n_inputs, n_neurons, activation, initializer=draw, rng=rng, dtype=dtype)
            for (n_inputs, n_neurons), activation in zip(
                pairwise(sizes), [*activations, "identity"], strict=True
            )
        ]
    )


def network_of(
    coefs: Sequence[Array], intercepts: Sequence[Array], activations: Sequence[str | Elementwise]
) -> Perceptron:
    """Return the network of weights and biases in scikit-learn's shapes; it has copies of them.

    Parameters
    ----------
    coefs : sequence of arrays of shape (n_in, n_out)
    intercepts : sequence of arrays of shape (n_out,)
    activations : sequence of str or Activation
        Of the hidden layers.
    """
    sizes = [len(coefs[0]), *map(len, intercepts)]
    network = new_network(sizes, activations, np.random.RandomState(0), coefs[0].dtype)
    for layer, coef, intercept in zip(network.layers, coefs, intercepts, strict=True):
        layer.weights, layer.biases = coef.T, np.reshape(intercept, (-1, 1))
    return network


def assigned_weights(coefs: Any, intercepts: Any) -> tuple[list[Array], list[Array]]:
    """Return weights and biases that the user has assigned as arrays of one float type.

    Parameters
    ----------
    coefs, intercepts : list of array-likes
        As `coefs_` and `intercepts_`.

    Raises
    ------
    ValueError
        If they are no weights and biases of a network.
    """
    try:
        kind = np.asarray(coefs[0]).dtype
        dtype: Any = np.float32 if kind.newbyteorder("=") == np.float32 else np.float64
        W: list[Array] = [np.asarray(coef, dtype) for coef in coefs]
        b: list[Array] = [np.asarray(intercept, dtype).ravel() for intercept in intercepts]
    except (TypeError, ValueError, LookupError) as error:
        raise ValueError(
            f"coefs_ and intercepts_ are lists of arrays of numbers ({error})"
        ) from error
    shapes = [[array.shape for array in arrays] for arrays in (W, b)]
    sizes = [*(shape[0] for shape in shapes[0][:1] if shape), *(array.size for array in b)]
    if shapes != _shapes(sizes):
        raise ValueError(
            f"coefs_ have the shapes {shapes[0]} and intercepts_ {shapes[1]}; a layer has (n_in, "
            "n_out) and (n_out,), and its n_in is the n_out of the layer before"
        )
    return W, b


def _shapes(sizes: Sequence[int]) -> list[list[tuple[int, ...]]]:
    """Return the shapes of weights and of biases of a network."""
    return [list(pairwise(sizes)), [(size,) for size in sizes[1:]]]


def network_given(
    initial_weights: Any,
    sizes: Sequence[int],
    activations: Sequence[str | Elementwise],
    dtype: np.dtype[Any],
) -> Perceptron:
    """Return the network whose weights and biases the user gives.

    Parameters
    ----------
    initial_weights : pair of lists of arrays
    sizes, activations, dtype
        As of `new_network`.

    Raises
    ------
    ValueError
        If they are no such pair, of other shapes, or not finite.
    """
    try:
        coefs, intercepts = initial_weights
        with np.errstate(over="ignore"):  # what overflows float32 is named below
            coefs = [np.asarray(coef, dtype) for coef in coefs]
            intercepts = [np.asarray(intercept, dtype) for intercept in intercepts]
    except (TypeError, ValueError) as error:
        raise ValueError(
            "initial_weights is a pair of lists as coefs_ and intercepts_ are"
        ) from error
    shapes = [[array.shape for array in arrays] for arrays in (coefs, intercepts)]
    wanted = _shapes(sizes)
    if shapes != wanted:
        raise ValueError(
            f"initial_weights have the shapes {shapes[0]} and {shapes[1]}, but this network "
            f"needs {wanted[0]} and {wanted[1]}"
        )
    for name, arrays in (("weights", coefs), ("biases", intercepts)):
        for number, array in enumerate(arrays, start=1):
            if not np.isfinite(array).all():
                raise ValueError(f"initial_weights: the {name} of layer {number} are not finite")
    return network_of(coefs, intercepts, activations)
