"""An ensemble: several networks on the same inputs, whose answers are averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.ensembles.inputs import NetworkInputs
from chainrule.losses import Loss
from chainrule.perceptron import Perceptron
from chainrule.row_by_row import predict_row_by_row


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Several networks whose answers are averaged.

    Parameters
    ----------
    inputs : NetworkInputs
    networks : sequence of Perceptron
        Their last layers have no activation: what they give is z. Without any, every row has the
        raw output `constant`.
    loss : Loss
        Its link turns z into answers.
    constant : array of shape (n_outputs,)
        The raw output, the same for all rows, of the least loss in training: the baseline.
    """

    inputs: NetworkInputs
    networks: Sequence[Perceptron]
    loss: Loss
    constant: Array

    network = None
    """No network takes the encoded rows as they are: see `chainrule.models.Predictor`."""

    @property
    def n_inputs(self) -> int:
        """How many features an encoded row has."""
        return self.inputs.n_features

    @property
    def n_outputs(self) -> int:
        """How many numbers the answer for a row has."""
        return len(self.constant)

    @property
    def dtype(self) -> Any:
        """The type of the inputs and the weights."""
        return self.inputs.low.dtype

    def raw_outputs(self, x: Array) -> Array:
        """Return z of every network.

        Parameters
        ----------
        x : array of shape (n, n_features)
            Encoded rows.

        Returns
        -------
        array of shape (n_networks, n, n_outputs)
            Without networks the constant, as if of one.
        """
        if not self.networks:
            return np.broadcast_to(self.constant, (1, len(x), len(self.constant)))
        inputs = self.inputs.of_rows(x)
        return np.stack([predict_row_by_row(network.predict, inputs) for network in self.networks])

    def predict(self, x: Array) -> Array:
        """Return ŷ for encoded rows: the mean of what the networks answer.

        Parameters
        ----------
        x : array of shape (n, n_features)

        Returns
        -------
        array of shape (n, n_outputs)
        """
        return self.answers(self.raw_outputs(x))

    def answers(self, raw_outputs: Array) -> Array:
        """Return ŷ, of shape (n, n_outputs), for the raw outputs of every network.

        Parameters
        ----------
        raw_outputs : array of shape (n_networks, n, n_outputs)
        """
        answers = [self.loss.link(z.T.astype(np.float64)).T for z in raw_outputs]
        mean: Array = np.mean(answers, axis=0)
        return mean
