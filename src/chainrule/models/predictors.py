"""What a model for tables has inside: one network, or an ensemble of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chainrule.arrays import Array
from chainrule.losses import Loss
from chainrule.perceptron import Perceptron
from chainrule.row_by_row import predict_row_by_row


class Predictor(Protocol):
    """The common interface of `LoneNetwork` and `chainrule.ensembles.Ensemble`."""

    @property
    def network(self) -> Perceptron | None:
        """The network that takes encoded rows as they are; None of an ensemble."""

    @property
    def networks(self) -> Sequence[Perceptron]:
        """All networks; none where every row gets the same answer."""

    @property
    def loss(self) -> Loss:
        """The loss whose link turns z into probabilities or standardised numbers."""

    @property
    def n_inputs(self) -> int:
        """How many features an encoded row has."""

    @property
    def n_outputs(self) -> int:
        """How many numbers the answer for a row has."""

    @property
    def dtype(self) -> Any:
        """The type of the inputs and the weights."""

    def predict(self, x: Array) -> Array:
        """Return ŷ, of shape (n, n_outputs), for encoded rows of shape (n, n_features).

        A row's ŷ has the same bits whatever rows stand beside it.
        """


@dataclass(frozen=True, eq=False)
class LoneNetwork:
    """One network with its loss.

    Parameters
    ----------
    network : Perceptron
        Its output is the raw z.
    loss : Loss
        Its link turns z into probabilities or standardised numbers.
    """

    network: Perceptron
    loss: Loss

    @property
    def networks(self) -> Sequence[Perceptron]:
        """The network alone."""
        return (self.network,)

    @property
    def n_inputs(self) -> int:
        """How many features an encoded row has."""
        return self.network.layers[0].n_inputs

    @property
    def n_outputs(self) -> int:
        """How many numbers the answer for a row has."""
        return self.network.layers[-1].n_neurons

    @property
    def dtype(self) -> Any:
        """The type of the inputs and the weights."""
        return self.network.theta.dtype

    def predict(self, x: Array) -> Array:
        """Return ŷ, of shape (n, n_outputs), for encoded rows of shape (n, n_features)."""
        return predict_row_by_row(lambda rows: self.network.predict(rows, loss=self.loss), x)


def shape_in_words(predictor: Predictor) -> str:
    """Say how many neurons each layer has: ``"8 networks of 30 → 64 → 64 → 1, relu"``.

    Parameters
    ----------
    predictor : LoneNetwork or Ensemble
    """
    if not predictor.networks:
        return "none: all rows get the same answer"
    layers = predictor.networks[0].layers
    sizes = [layers[0].n_inputs, *(layer.n_neurons for layer in layers)]
    hidden = f", {layers[-2].activation!r}" if len(layers) > 1 else ", linear"
    n = len(predictor.networks)
    return ("" if n == 1 else f"{n} networks of ") + " → ".join(map(str, sizes)) + hidden


def n_parameters(predictor: Predictor) -> int:
    """Return how many weights and biases all networks have together.

    Parameters
    ----------
    predictor : LoneNetwork or Ensemble
    """
    return sum(network.theta.size for network in predictor.networks)
