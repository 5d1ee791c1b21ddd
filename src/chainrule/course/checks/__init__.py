"""The table of all checks: one for each step of each chapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from chainrule.course.checks import (
    batch_fit,
    batch_layer,
    evaluating,
    forward,
    layer,
    loss,
    minibatches,
    neuron,
    splitting,
    training,
)
from chainrule.course.checks.learner import Learner
from chainrule.diagnosis import Finding

Check = Callable[[Learner], Iterator[Finding | str]]
"""Yields findings (mistakes) and texts (remarks that are no mistakes)."""

CHECKS: Mapping[str, Mapping[str, Check]] = {
    "neuron": {
        "sigmoid": neuron.check_sigmoid,
        "sigmoid-derivative": neuron.check_sigmoid_derivative,
        "relu": neuron.check_relu,
        "relu-derivative": neuron.check_relu_derivative,
        "neuron": neuron.check_neuron,
    },
    "layer": {
        "weights": layer.check_weights,
        "biases": layer.check_biases,
        "activation": layer.check_activation,
        "perceptron": layer.check_perceptron_layers,
        "build": layer.check_build,
    },
    "forward": {
        "layer": forward.check_layer_forward,
        "kept": forward.check_kept_arrays,
        "perceptron": forward.check_perceptron_forward,
    },
    "loss": {
        "loss": loss.check_loss,
        "d_loss": loss.check_d_loss,
        "average": loss.check_average,
    },
    "training": {
        "backward": training.check_backward,
        "fit": training.check_fit,
        "together": training.check_together,
    },
    "evaluating": {
        "split": splitting.check_split,
        "predict": evaluating.check_predict,
        "accuracy": evaluating.check_accuracy,
    },
    "minibatches": {
        "batches": minibatches.check_batches,
        "backward": batch_layer.check_batch_backward,
        "fit": batch_fit.check_batch_fit,
    },
}
