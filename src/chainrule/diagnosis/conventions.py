"""The names and forms in which people write a layer, as tables; `docs/conventions.md` shows them.

Names are compared without case and underscores.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

NAMES: Mapping[str, tuple[str, ...]] = {
    "weights": ("weights", "W", "weight", "kernel", "weight_matrix", "ws"),
    "biases": ("biases", "b", "bias", "bias_vector", "bs"),
    "d_weights": (
        "d_weights", "dW", "grad_w", "grad_weights", "weights_grad", "weight_grad", "w_grad",
        "weights_gradient", "weight_gradient", "nabla_w", "delta_w", "d_weight", "grad_weight",
        "gradients_w", "dL_dW", "dC_dW", "dE_dW", "dkernel", "grad_kernel", "kernel_grad", "gW",
    ),
    "d_biases": (
        "d_biases", "db", "grad_b", "grad_biases", "biases_grad", "bias_grad", "b_grad",
        "biases_gradient", "bias_gradient", "nabla_b", "delta_b", "d_bias", "grad_bias",
        "gradients_b", "dL_db", "dC_db", "dE_db", "gb",
    ),
    "da_prev": (
        "da_prev", "dinputs", "d_input", "dx", "grad_input", "grad_inputs", "input_grad",
        "input_gradient", "grad_x", "d_x", "dA_prev", "prev_delta", "dL_dx", "back",
    ),
    "a": ("output", "a", "outputs", "activations", "out", "activated", "result", "y", "value"),
    "forward": (
        "forward", "forward_pass", "forward_propagation", "forward_prop", "forward_propagate",
        "feedforward", "fprop", "propagate", "fwd", "call", "__call__", "activate", "output",
        "compute", "predict",
    ),
    "backward": (
        "backward", "backward_pass", "backward_propagation", "backward_prop", "backprop",
        "backpropagate", "backpropagation", "bprop", "back_pass", "back", "backwards", "bwd",
        "propagate_back", "propagate_backward", "gradient", "grad",
    ),
    "step": (
        "update", "step", "update_params", "update_parameters", "update_weights", "apply",
        "apply_gradients", "apply_grads", "apply_gradient", "optimize", "gradient_descent",
        "learn", "descend", "sgd_step",
    ),
    "zero": ("zero_grad", "zero_gradients", "zero_grads", "reset_gradients", "clear_gradients",
             "reset_grads", "clear_grads"),
    "fit": ("fit", "train", "learn", "train_network", "training", "sgd"),
}  # fmt: skip
"""What each thing is called, the likeliest name first."""

ARGUMENTS: Mapping[str, str] = {
    "learning rate": r"lr|learningrate|rate|eta|alpha|stepsize|lrate|learnrate|gamma",
    "n_inputs": r"nin|nx|fanin|in|ins|i|.*input.*|.*infeatures.*|.*indim.*|.*prev.*|insize|nfrom"
    r"|dimin|sizein|.*infeat.*",
    "n_neurons": r"nout|fanout|out|outs|o|.*output.*|.*outfeat.*|.*outdim.*|.*neurons?|.*units?"
    r"|.*nodes?|.*hidden.*|outsize|size|width|nto|dimout|sizeout|ny",
    "activation": r"act.*|.*activ.*|f|fn|func.*|nonlin.*|.*function|kind|type|squash.*",
    "derivative": r".*prime.*|.*deriv.*|df|dact.*|actgrad|.*grad.*|dfn|dfunc",
    "inputs": r"x|input|inputs|inp|aprev|xin|ain|prevactivation|aprevious|layerinput",
    "dz": r"dz|delta|deltas|localgrad.*|d|dl?dz",
    "target minus output": r"err|error|errors|e|residuals?|loss|outputerror",
}
"""What an argument is by its name (a regular expression of the plain name)."""


def plain(name: str) -> str:
    """Return a name without case and underscores.

    Examples
    --------
    >>> plain("Learning_Rate")
    'learningrate'
    """
    return name.replace("_", "").lower()


def is_called(name: str, thing: str) -> bool:
    """Say whether a name is one for a thing.

    Examples
    --------
    >>> is_called("dWeights", "d_weights"), is_called("W", "biases")
    (True, False)
    """
    return plain(name) in {plain(known) for known in NAMES[thing]}


def first_called(names: Iterable[str], thing: str) -> str:
    """Return the likeliest of some names for a thing; "" if none is one."""
    own = {plain(name): name for name in names}
    return next((own[plain(known)] for known in NAMES[thing] if plain(known) in own), "")


def is_argument(name: str, what: str) -> bool:
    """Say whether an argument's name tells that it is this.

    Examples
    --------
    >>> is_argument("learning_rate", "learning rate"), is_argument("da", "learning rate")
    (True, False)
    """
    return re.fullmatch(ARGUMENTS[what], plain(name)) is not None
