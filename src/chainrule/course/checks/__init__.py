"""The checks of each chapter, one for each step."""

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
"""Yields what is wrong, and as text what is worth knowing."""

CHECKS: Mapping[str, Mapping[str, Check]] = {
    "neuron": {
        "sigmoid": neuron.look_at_sigmoid,
        "sigmoid-derivative": neuron.look_at_sigmoid_derivative,
        "relu": neuron.look_at_relu,
        "relu-derivative": neuron.look_at_relu_derivative,
        "neuron": neuron.look_at_neuron,
    },
    "layer": {
        "weights": layer.look_at_weights,
        "biases": layer.look_at_biases,
        "activation": layer.look_at_activation,
        "perceptron": layer.look_at_perceptron,
        "build": layer.look_at_build,
    },
    "forward": {
        "layer": forward.look_at_layer,
        "kept": forward.look_at_what_is_kept,
        "perceptron": forward.look_at_perceptron,
    },
    "loss": {
        "loss": loss.look_at_loss,
        "d_loss": loss.look_at_d_loss,
        "average": loss.look_at_average,
    },
    "training": {
        "backward": training.look_at_backward,
        "fit": training.look_at_fit,
        "together": training.look_at_both,
    },
    "evaluating": {
        "split": splitting.look_at_split,
        "predict": evaluating.look_at_predict,
        "accuracy": evaluating.look_at_accuracy,
    },
    "minibatches": {
        "batches": minibatches.look_at_batches,
        "backward": batch_layer.look_at_backward,
        "fit": batch_fit.look_at_fit,
    },
}
