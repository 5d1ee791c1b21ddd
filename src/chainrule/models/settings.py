"""What a person may choose about a network for a table, and the network these choices make."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from chainrule.layers import Layer
from chainrule.optimizers import AdamW, Optimizer, get_optimizer
from chainrule.perceptron import Perceptron

_INITIALIZERS = {"selu": "lecun_normal", "sigmoid": "glorot_uniform", "tanh": "glorot_uniform"}
"""Which initial weights keep the signal's size under an activation; he_uniform for the others."""


@dataclass(frozen=True)
class Settings:
    """How to build and train a network.

    Attributes
    ----------
    hidden : tuple of int
        Neurons of each hidden layer; () is a linear model.
    activation : str
        Of the hidden layers.
    optimizer : str
    learning_rate : float
    weight_decay : float
        For adamw alone.
    epochs : int
        At most.
    batch_size : int
    patience : int
        Epochs without a better validation loss that end the training.
    seed : int
        Of the split, the initial weights and the orders.
    """

    hidden: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    optimizer: str = "adamw"
    learning_rate: float = 0.001
    weight_decay: float = 0.2
    epochs: int = 200
    batch_size: int = 32
    patience: int = 20
    seed: int = 10

    def network(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> Perceptron:
        """Return a network with fresh weights whose output is the raw z."""
        initializer = _INITIALIZERS.get(self.activation, "he_uniform")
        sizes = (n_inputs, *self.hidden)
        hidden = [
            Layer(before, after, self.activation, initializer=initializer, rng=rng)
            for before, after in pairwise(sizes)
        ]
        output = Layer(sizes[-1], n_outputs, "identity", initializer="glorot_uniform", rng=rng)
        return Perceptron([*hidden, output])

    def make_optimizer(self) -> Optimizer:
        """Return the optimizer with its weight decay, if it has one."""
        if self.optimizer == "adamw":
            return AdamW(weight_decay=self.weight_decay)
        return get_optimizer(self.optimizer)
