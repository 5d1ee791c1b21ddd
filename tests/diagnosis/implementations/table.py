"""The implementations of this folder: what each of them is, and what is wrong with it.

They are written as learners write them, in as many styles as we know. No file of them says whether
it is right; this table does, and `test_implementations.py` proves it by differences of its own.
"""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from diagnosis.implementations import driven

import chainrule


def load(name):
    """Return a module as if it were imported for the first time, with the same numbers always."""
    whole = f"diagnosis.implementations.{name}"
    sys.modules.pop(whole, None)
    states = random.getstate(), np.random.get_state()
    random.seed(0)
    np.random.seed(0)
    try:
        return importlib.import_module(whole)
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


@dataclass(frozen=True)
class Class:
    """How a layer's or an activation's class is used.

    Attributes
    ----------
    name : str
    made_with : tuple of callable
        Each takes the module and returns what is handed to the class after the two sizes.
    samples : {"columns", "rows", "flat"}
    batches : bool
        Whether it takes several samples at once.
    W, b : str
        Where the parameters are, with dots.
    forward : str
    output : str
        Where a is, if `forward` does not return it.
    backward : callable
        ``backward(layer, da, learning_rate)`` returns da_prev.
    gradients : tuple of str
        Where dW and db are, if they are kept.
    step : callable, optional
        ``step(layer, learning_rate)``, where `backward` does not move the parameters.
    begin : callable
        What is called with the layer before each pass.
    of : str
        Of what `da` is the derivative, if not of what `forward` gives.
    sign : int
        −1 if `da` is how much higher a should be.
    means : bool
        Whether dW and db are means over the samples.
    learning_rate : float, optional
        Of a layer that has its own.
    arrays : bool
        Whether the constructor is given W and b.
    phase : bool
        Whether `forward` is told that it is training.
    """

    name: str
    made_with: tuple[Callable[[Any], tuple[Any, ...]], ...] = (lambda module: (),)
    samples: str = "columns"
    batches: bool = True
    W: str = "weights"
    b: str = "biases"
    forward: str = "forward"
    output: str = ""
    backward: Callable[[Any, Any, float], Any] = lambda layer, da, rate: layer.backward(da, rate)
    gradients: tuple[str, ...] = ()
    step: Callable[[Any, float], Any] | None = None
    begin: Callable[[Any], Any] = lambda layer: None
    of: str = ""
    sign: int = 1
    means: bool = False
    learning_rate: float | None = None
    arrays: bool = False
    phase: bool = False


@dataclass(frozen=True)
class Row:
    """An implementation.

    Attributes
    ----------
    name : str
        Of its module.
    family : {"page", "inside", "apart", "kept", "network", "functions", "script", "other"}
    kind : {"layer", "activation", "page", "program"}
    verdict : {"right", "wrong"}
    keys : frozenset of str
        Of the known mistakes; "not-recognised" for another one, "unfinished" for none yet.
    how : Class or callable
        A program's takes the module.
    told : frozenset of str
        What `diagnose` says, where that is another thing: a right layer with chance in its
        `forward` cannot be judged, and the finding says so.
    remark : str
        What is said of a class that is right for one sample and wrong for several: no finding.
    """

    name: str
    family: str
    kind: str
    verdict: str
    keys: frozenset[str]
    how: Any
    told: frozenset[str] = frozenset()
    remark: str = ""

    def __str__(self):
        return f"{self.name}-{self.how.name}" if isinstance(self.how, Class) else self.name


def _row(kind, name, keys, how, told="", remark=""):
    family = name.split("_", 1)[0]
    verdict = "wrong" if keys else "right"
    known, said = frozenset(keys.split()), frozenset(told.split())
    return Row(name, family, kind, verdict, known, how, said, remark)


def _layer(module, name, keys="", told="", remark="", **use):
    return _row("layer", module, keys, Class(name, **use), told, remark)


def _activation(module, name, keys="", **use):
    return _row("activation", module, keys, Class(name, **use))


def _page(name, keys=""):
    f = chainrule.sigmoid, chainrule.tanh, chainrule.relu
    made_with = tuple((lambda module, g=g: (g,)) for g in f)
    return _row("page", name, keys, Class("Layer", made_with, batches=False))


def _program(name, keys=""):
    return _row("program", name, keys, getattr(driven, name))


def _named(*names):
    return tuple((lambda module, name=name: (name,)) for name in names)


def _alone(name="backward", flipped=False):
    """Return how a backward is called that has another name, or its arguments the other way."""
    if flipped:
        return lambda layer, da, rate: getattr(layer, name)(rate, da)
    return lambda layer, da, rate: getattr(layer, name)(da, rate)


def _kept(layer, da, rate):
    return layer.backward(da)


def _left(layer, da, rate):
    layer.backward(da)
    return layer.dinputs


def _three(layer, da, rate):
    da_prev, layer.dW, layer.db = layer.backward(da)
    return da_prev


def _zeroed(layer):
    for parameter in layer.parameters():
        parameter.grad[...] = 0


_OURS = (
    lambda module: (chainrule.sigmoid,),
    lambda module: (chainrule.tanh,),
    lambda module: (chainrule.relu,),
)
_UPDATE = lambda layer, rate: layer.update(rate)  # noqa: E731
_STEP = lambda layer, rate: layer.step(rate)  # noqa: E731
_TANH = (lambda module: (np.tanh, lambda z: 1 - np.tanh(z) ** 2),)

_PAGE = (
    _page("page_plain"),
    _page("page_outer"),
    _page("page_together", "updated-too-early db-sum"),
    _page("page_difference", "sigma-prime-lost"),
    _page("page_running_loss", "loss-not-reset"),
    _page("page_squares", "trained-by-squared-error"),
    _page("page_begun", "unfinished"),
)

_INSIDE = (
    _layer("inside_object", "NeuralLayer", b="bias", backward=_alone("backprop"),
           made_with=(lambda m: (m.Sigmoid(),), lambda m: (m.ReLU(),))),
    _layer("inside_names", "DenseLayer", "z-times-1-minus-z 1-minus-z-squared", W="W", b="b",
           samples="rows", made_with=_named("relu", "sigmoid", "tanh")),
    _layer("inside_class_given", "Layer", W="w", b="b", samples="flat", batches=False,
           forward="feedforward", backward=_alone("backpropagate"),
           made_with=(lambda m: (m.Tanh,), lambda m: (m.Logistic,))),
    _layer("inside_pair", "Layer", "W-not-transposed", W="w", b="b", batches=False,
           made_with=(lambda m: (m.logistic, m.logistic_prime), *_TANH)),
    _layer("inside_slope_of_a", "Layer", W="W", b="b",
           made_with=_named("sigmoid", "relu", "tanh")),
    _layer("inside_sigmoid", "SigmoidLayer", b="bias"),
    _layer("inside_sigmoid_rows", "Layer", "updated-too-early", samples="rows"),
    _layer("inside_relu_rows", "ReluLayer", "db-mean", W="W", b="b", samples="rows",
           backward=_kept, learning_rate=0.05),
    _layer("inside_relu_flat", "HiddenLayer", samples="flat", batches=False),
    _layer("inside_softmax", "SoftmaxLayer", samples="flat", batches=False),
    _layer("inside_softmax_slope", "OutputLayer", "softmax-elementwise", W="W", b="b"),
    _layer("inside_delta", "Layer", W="w", b="b", batches=False, of="z"),
    _layer("inside_error", "Layer", b="bias", batches=False, sign=-1),
    _layer("inside_tanh", "TanhLayer", "b-added", W="W", b="b"),
    _layer("inside_two_names", "Layer", "derivative-at-a no-learning-rate", b="bias",
           samples="rows", made_with=_named("relu", "sigmoid")),
    _layer("inside_decay", "Layer", "updated-too-early not-recognised", batches=False,
           made_with=_OURS),
    _layer("inside_call", "Neurons", "b-never-updated", W="W", b="b", forward="__call__",
           backward=_alone("back")),
    _layer("inside_outer", "Layer", "outer-transposed", W="w", b="b", samples="flat",
           batches=False),
    _layer("inside_params", "FullyConnected", W="params.W", b="params.b",
           backward=_alone(flipped=True),
           made_with=(lambda m: (), *_named("relu", "linear"))),
    _layer("inside_always", "Layer", "always-sigmoid", batches=False, made_with=_OURS),
    _layer("inside_delta_early", "Layer", "updated-too-early", W="W", b="b", of="z"),
    _layer("inside_relu_by_name", "Layer", "no-derivative", W="W", b="b", samples="rows",
           made_with=_named("relu")),
    _layer("inside_leaky", "LeakyLayer", b="bias", samples="rows", forward="forward_pass",
           backward=_alone("backward_pass")),
)  # fmt: skip

_ROWS = {"samples": "rows"}
_APART = (
    _layer("apart_tutorial", "Dense", b="bias", batches=False),
    _activation("apart_tutorial", "Activation", made_with=_TANH),
    _activation("apart_tutorial", "Tanh"),
    _layer("apart_early", "Dense", "updated-too-early", b="bias", batches=False),
    _activation("apart_early", "Sigmoid"),
    _layer("apart_row_vectors", "FCLayer", b="bias", **_ROWS, batches=False,
           forward="forward_propagation", backward=_alone("backward_propagation")),
    _activation("apart_row_vectors", "ActivationLayer", **_ROWS, forward="forward_propagation",
                backward=_alone("backward_propagation"),
                made_with=(lambda m: (m.tanh, m.tanh_prime),)),
    _layer("apart_at_a", "Linear", W="W", b="b", **_ROWS),
    _activation("apart_at_a", "Sigmoid", "derivative-at-a", **_ROWS),
    _layer("apart_callable", "Dense", W="kernel", b="bias", **_ROWS, forward="__call__",
           backward=_alone(flipped=True)),
    _activation("apart_callable", "ReLU", **_ROWS, forward="__call__",
                backward=_alone(flipped=True)),
    _activation("apart_callable", "LeakyReLU", **_ROWS, forward="__call__",
                backward=_alone(flipped=True)),
    _layer("apart_wrong_matrix", "FullyConnected", "dW-for-W", W="W", b="B", batches=False),
    _activation("apart_wrong_matrix", "Tanh"),
    _layer("apart_softmax", "Dense", batches=False),
    _activation("apart_softmax", "Softmax", batches=False),
    _layer("apart_softmax_slope", "Dense", "b-added", W="w", b="b", **_ROWS),
    _activation("apart_softmax_slope", "Softmax", "softmax-elementwise", **_ROWS),
    _layer("apart_full_step", "AffineLayer", "W-without-learning-rate", W="weight", b="bias",
           **_ROWS),
    _activation("apart_full_step", "TanhLayer", **_ROWS),
    _layer("apart_own_rate", "Dense", W="w", b="b", **_ROWS, backward=_kept, learning_rate=0.1),
    _activation("apart_own_rate", "ReLU", **_ROWS, backward=_kept),
    _layer("apart_mask_alone", "Dense", "db-sum"),
    _activation("apart_mask_alone", "ReLU", "not-recognised"),
    _layer("apart_float32", "Linear", W="weight", b="bias", **_ROWS),
    _activation("apart_float32", "Sigmoid", **_ROWS),
    _layer("apart_dataclass", "Dense", "W-overwritten", W="W", b="b", batches=False),
    _activation("apart_dataclass", "Sigmoid"),
    _layer("apart_begun", "Dense", "unfinished", b="bias", batches=False),
    _activation("apart_begun", "ReLU"),
    _layer("apart_running", "Dense", "dW-accumulates", W="W", b="b", **_ROWS),
    _activation("apart_running", "Tanh", **_ROWS),
    _layer("apart_by_name", "Dense", W="W", b="b", batches=False),
    _activation("apart_by_name", "Activation", "activation-for-derivative",
                made_with=_named("relu", "tanh", "sigmoid")),
    _layer("apart_mixed_means", "Dense", "dW-summed", b="bias", **_ROWS,
           remark="with several samples at once dW is their sum, db their mean"),
    _activation("apart_mixed_means", "Sigmoid", "z-times-1-minus-z", **_ROWS),
)  # fmt: skip

_KEPT = (
    _layer("kept_dinputs", "Dense", **_ROWS, output="output", backward=_left,
           gradients=("dweights", "dbiases")),
    _activation("kept_dinputs", "ReLU", **_ROWS, output="output", backward=_left),
    _layer("kept_dinputs_mean", "Layer_Dense", "db-mean", **_ROWS, backward=_kept,
           gradients=("dweights", "dbiases"), step=_UPDATE),
    _activation("kept_dinputs_mean", "Activation_Sigmoid", **_ROWS, backward=_kept),
    _layer("kept_grads_dict", "Affine", W="params.W", b="params.b", backward=_kept,
           gradients=("grads.W", "grads.b"), step=_UPDATE, means=True),
    _layer("kept_step_loop", "Linear", "never-updated", W="w", b="b", **_ROWS, backward=_kept,
           gradients=("grad_w", "grad_b"), step=_STEP),
    _layer("kept_zero_grad", "Linear", W="weight.data", b="bias.data", **_ROWS, backward=_kept,
           gradients=("weight.grad", "bias.grad"), begin=_zeroed),
    _layer("kept_momentum", "Layer", "da-for-dz not-recognised", W="W", b="b", backward=_kept,
           gradients=("dW", "db"), step=_UPDATE),
    _layer("kept_relu", "ReluDense", "dW-without-derivative", W="W", b="b", backward=_kept,
           gradients=("dW", "db"), step=_STEP),
    _program("kept_model", "db-summed"),
    _layer("kept_adam", "Dense", b="bias", **_ROWS, backward=_kept,
           gradients=("grad_weights", "grad_bias")),
    _layer("kept_untransposed", "Dense", "W-not-transposed", W="W", b="b", **_ROWS,
           backward=_kept, gradients=("gW", "gb"), step=_UPDATE),
    _layer("kept_tuple", "Linear", b="bias", **_ROWS, backward=_three, gradients=("dW", "db"),
           step=lambda layer, rate: layer.apply(layer.dW, layer.db, rate)),
    _layer("kept_phase", "DenseLayer", **_ROWS, phase=True, backward=_kept,
           made_with=(lambda m: ("he", 0.0),), gradients=("dweights", "dbiases")),
    _activation("kept_phase", "SiLU", **_ROWS, phase=True, backward=_kept),
    _activation("kept_phase", "Softplus", "not-recognised", **_ROWS,
                phase=True, backward=_kept),
    _layer("kept_given_arrays", "Affine", W="W", b="b", **_ROWS, backward=_kept, arrays=True,
           gradients=("dW", "db")),
    _layer("kept_called", "Dense", W="W", b="b", **_ROWS, forward="__call__", backward=_three,
           gradients=("dW", "db"), means=True),
    _activation("kept_called", "LeakyReLU", **_ROWS, forward="__call__", backward=_kept),
    _layer("kept_properties", "Linear", **_ROWS, forward="fwd_prop",
           backward=lambda layer, da, rate: layer.back_propogate(da),
           gradients=("dweights", "dbiases")),
    _layer("kept_begun", "Layer", "unfinished", W="W", b="b", batches=False, backward=_kept,
           gradients=("dW", "db"), step=_UPDATE),
)  # fmt: skip

_NETWORK = (
    _program("network_two_layers"),
    _program("network_error_first", "updated-too-early"),
    _program("network_nabla"),
    _program("network_nabla_short", "no-derivative"),
    _program("network_mini_batch"),
    _program("network_mini_batch_sum", "times-n"),
    _program("network_softmax"),
    _program("network_softmax_sum", "times-n"),
    _program("network_entropy", "sigma-prime-lost"),
    _program("network_slope_of_z", "z-times-1-minus-z"),
    _program("network_regressor"),
    _program("network_one_bias", "db-mean"),
    _program("network_clipped", "db-sum not-recognised"),
    _program("network_linear_hidden", "no-derivative"),
    _program("network_xor_flat"),
    _program("network_rate_forgotten", "b-without-learning-rate"),
)

_FUNCTIONS = (
    _program("functions_dicts"),
    _program("functions_dicts_mixed", "db-summed"),
    _program("functions_caches"),
    _program("functions_caches_da", "da-for-dz"),
    _program("functions_tuples"),
    _program("functions_tuples_sign", "sign"),
    _program("functions_affine"),
    _program("functions_affine_decay", "not-recognised"),
    _program("functions_list_of_dicts"),
    _program("functions_list_slopes", "derivative-at-a"),
    _program("functions_closures"),
    _program("functions_half_square", "two-missing"),
)

_SCRIPT = (
    _program("script_xor"),
    _program("script_xor_order", "updated-too-early"),
    _program("script_short"),
    _program("script_softmax", "times-n"),
    _program("script_samples", "no-derivative"),
    _program("script_curve"),
    _program("script_uphill", "added"),
)

_OTHER = (
    _program("other_neurons"),
    _program("other_lists", "updated-too-early"),
    _program("other_bias_column"),
    _program("other_bias_row", "not-recognised"),
    _layer("other_dropout", "DropoutLayer", told="forward-random", batches=False),
    _program("other_scalars"),
)

ROWS = (*_PAGE, *_INSIDE, *_APART, *_KEPT, *_NETWORK, *_FUNCTIONS, *_SCRIPT, *_OTHER)
