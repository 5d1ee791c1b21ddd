"""The names and forms in which people write a layer, as tables; `docs/conventions.md` shows them.

Names are compared without case and underscores.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

NAMES: Mapping[str, tuple[str, ...]] = {
    "weights": ("weights", "W", "weight", "kernel", "weight_matrix", "ws"),
    "biases": ("biases", "b", "bias", "bias_vector", "bs"),
    "d_weights": (
        "d_weights", "dW", "grad_w", "grad_weights", "weights_grad", "weight_grad", "w_grad",
        "weights_gradient", "weight_gradient", "nabla_w", "delta_w", "d_weight", "grad_weight",
        "gradients_w", "dL_dW", "dC_dW", "dE_dW", "dkernel", "grad_kernel", "kernel_grad", "gW",
        "weights_error", "weight_error", "grads_w", "dws", "delta_weights",
    ),
    "d_biases": (
        "d_biases", "db", "grad_b", "grad_biases", "biases_grad", "bias_grad", "b_grad",
        "biases_gradient", "bias_gradient", "nabla_b", "delta_b", "d_bias", "grad_bias",
        "gradients_b", "dL_db", "dC_db", "dE_db", "gb",
        "bias_error", "grads_b", "dbs", "delta_biases", "delta_bias",
    ),
    "da_prev": (
        "da_prev", "dinputs", "d_input", "dx", "input_error", "dA", "dh", "grad_input",
        "grad_inputs", "input_grad",
        "input_gradient", "grad_x", "d_x", "prev_delta", "dL_dx", "back",
        "dvalues", "grad_in", "din",
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
    "derivative": (
        "derivative", "prime", "deriv", "gradient", "grad", "df", "derive", "activation_derivative",
        "activation_prime", "backward", "f_prime", "d", "diff",
    ),
    "build": (
        "build", "initialize", "init_weights", "init_params", "init_parameters", "initialise",
        "initialize_parameters", "initialize_weights", "initialise_weights", "setup", "set_up",
        "compile", "set_input_size", "set_input_shape", "init", "connect", "create_weights",
        "reset_parameters", "init_layer", "initialize_params", "init_weights_and_biases",
    ),
    "zero": ("zero_grad", "zero_gradients", "zero_grads", "reset_gradients", "clear_gradients",
             "reset_grads", "clear_grads"),
    "fit": ("fit", "train", "learn", "train_network", "training", "sgd"),
}  # fmt: skip
"""What each thing is called, the likeliest name first."""

LIKE: Mapping[str, str] = {
    "forward": r"(forward|fwd|feedforward|fprop|passforward).*",
    "backward": r"(backward|backprop|backpass|bwd|bprop|backpropag).*|back",
    "weights": r".*weights?|.*kernel|w\d?|theta|.*matrix",
    "biases": r".*bias(es)?|b\d?|offsets?|intercepts?",
}
"""What a name is like that is none of those, for want of one of them (misspelt, or longer)."""

ARGUMENTS: Mapping[str, str] = {
    "learning rate": r"lr|learningrate|rate|eta|alpha|stepsize|lrate|learnrate|gamma"
    r"|gradientstep|learning",
    "n_inputs": r"nin|nx|fanin|in|ins|i|.*input.*|.*infeatures.*|.*indim.*|.*prev.*|insize|nfrom"
    r"|dimin|sizein|.*infeat.*",
    "n_neurons": r"nout|fanout|out|outs|o|.*output.*|.*outfeat.*|.*outdim.*|.*neurons?|.*units?"
    r"|.*nodes?|.*hidden.*|outsize|size|width|nto|dimout|sizeout|ny",
    "activation": r"act.*|.*activ.*|f|fn|func.*|nonlin.*|.*function|kind|type|squash.*",
    "derivative": r".*prime.*|.*deriv.*|df|dact.*|actgrad|.*grad.*|dfn|dfunc",
    "inputs": r"x|inputs?|inp|aprev|xin|ain|.*prev.*act.*|aprevious|layerinputs?|inputdata|hprev"
    r"|previnputs?|inputvalues?|data",
    "z": r"zs?|pre_?act.*|zcurr|weightedsums?|netinput|logits?",
    "a": r"a|as|outputs?|activated|activations?|y|out",
    "cache": r".*cache.*|memory|mem|ctx|context|saved",
    "optimizer": r"opt|optim.*|.*solver",
    "samples": r"m|nsamples|batchsize|nexamples|samplecount",
    "training": r"(is|in)?train(ing)?(mode|flag|phase)?",
    "da": r"d[a-z]{0,2}|dl?da.*|dy|dout.*|.*grad.*|.*delta.*|.*err.*|upstream.*|dval.*|.*next.*"
    r"|.*loss.*|back.*|g|dc_?da|d.*values",
    "dz": r"dz|delta|deltas|localgrad.*|d|dl?dz",
    "target minus output": r"err|error|errors|e|residuals?|loss|outputerror",
}
"""What an argument is by its name (a regular expression of the plain name)."""

OPTIONS: Mapping[str, tuple[Any, ...]] = {
    r"seed|randomstate": (0,),
    r"rng|random|generator|randomgenerator": (
        np.random.default_rng(0), np.random.RandomState(0),
    ),
    r"(layer)?(name|label)": ("layer",),
    r"l1|l2|lambd?a?|reg.*|(weight)?decay|l2.*": (0.0,),
    r"momentum|beta\d?|mu": (0.0,),
    r"drop.*": (0.0,),
    r"keep.*": (1.0,),
    r"(use|has|with)?bias": (True,),
    r"(weights?)?init.*": ("random", "xavier", "he", "normal", "uniform", "glorot"),
    r"batch(size)?": (1,),
    r".*optim.*|opt|loss.*|cost.*": (None,),
    r"(layer)?(id|idx|index|number|num|no)|i": (0,),
    r"trainable": (True,),
    r"dtype": (float,),
    r"(is)?(last|output|final|first|hidden).*": (False,),
    r"std.*|scale|sigma|weightscale|initscale": (0.1,),
    r"low|min.*": (-1.0,),
    r"high|max.*": (1.0,),
}  # fmt: skip
"""What a constructor's other arguments may be given, by their plain names."""


def option(name: str) -> tuple[Any, ...]:
    """Return what an argument that is neither a size nor an activation may be given.

    Examples
    --------
    >>> option("weight_decay"), option("prev_layer")
    ((0.0,), ())
    """
    return next((values for like, values in OPTIONS.items() if re.fullmatch(like, plain(name))), ())


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


def called(names: Iterable[str], thing: str) -> str:
    """Return the likeliest of some names for a thing, or the shortest that is like one.

    Examples
    --------
    >>> called(["back_propogat", "fwd_prop"], "forward"), called(["run"], "forward")
    ('fwd_prop', '')
    """
    names = list(names)
    like = [name for name in names if re.fullmatch(LIKE.get(thing, "(?!)"), plain(name))]
    return first_called(names, thing) or min(like, key=len, default="")


def is_argument(name: str, what: str) -> bool:
    """Say whether an argument's name denotes a given role.

    Examples
    --------
    >>> is_argument("learning_rate", "learning rate"), is_argument("da", "learning rate")
    (True, False)
    """
    return re.fullmatch(ARGUMENTS[what], plain(name)) is not None
