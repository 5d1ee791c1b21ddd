"""scikit-learn's initial weights and biases, drawn in its order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.activations import Elementwise
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
    """
    draw = glorot(2.0 if "sigmoid" in activations else 6.0)
    return Perceptron(
        [
            Layer(n_inputs, n_neurons, activation, initializer=draw, rng=rng, dtype=dtype)
            for (n_inputs, n_neurons), activation in zip(
                pairwise(sizes), [*activations, "identity"], strict=True
            )
        ]
    )
