"""Multilayer perceptrons by hand: every number can be seen and checked.

Names are loaded when they are first asked for, so that ``import chainrule`` costs nothing.
"""

from __future__ import annotations

import importlib
from functools import partial
from typing import TYPE_CHECKING

from chainrule.after_imports import after_imports
from chainrule.lazy import lazy_names
from chainrule.version import __version__

if TYPE_CHECKING:
    from chainrule.activations import Activation as Activation
    from chainrule.activations import cos as cos
    from chainrule.activations import elu as elu
    from chainrule.activations import gelu as gelu
    from chainrule.activations import identity as identity
    from chainrule.activations import leaky_relu as leaky_relu
    from chainrule.activations import mish as mish
    from chainrule.activations import ramp as ramp
    from chainrule.activations import relu as relu
    from chainrule.activations import selu as selu
    from chainrule.activations import sigmoid as sigmoid
    from chainrule.activations import silu as silu
    from chainrule.activations import softplus as softplus
    from chainrule.activations import tanh as tanh
    from chainrule.checkpoints import Checkpoints as Checkpoints
    from chainrule.datasets import make_circles as make_circles
    from chainrule.diagnosis import diagnose as diagnose
    from chainrule.divergence import DivergenceError as DivergenceError
    from chainrule.estimators import LossCurveDisplay as LossCurveDisplay
    from chainrule.estimators import MLPClassifier as MLPClassifier
    from chainrule.estimators import MLPRegressor as MLPRegressor
    from chainrule.gradients import check_gradients as check_gradients
    from chainrule.grouped import GroupedLayer as GroupedLayer
    from chainrule.grouped import Through as Through
    from chainrule.layers import Gradients as Gradients
    from chainrule.layers import Layer as Layer
    from chainrule.losses import Loss as Loss
    from chainrule.perceptron import Perceptron as Perceptron
    from chainrule.saving import ModelFileError as ModelFileError
    from chainrule.saving import load as load
    from chainrule.saving import save as save
    from chainrule.tabular import TabularClassifier as TabularClassifier
    from chainrule.tabular import TabularRegressor as TabularRegressor
    from chainrule.tracing import trace as trace
    from chainrule.training import EarlyStopping as EarlyStopping
    from chainrule.training import History as History
    from chainrule.training import ProgressBar as ProgressBar

_HOMES = {
    "chainrule.activations": (
        "Activation cos elu gelu identity leaky_relu mish ramp relu selu sigmoid silu softplus tanh"
    ),
    "chainrule.checkpoints": "Checkpoints",
    "chainrule.datasets": "make_circles",
    "chainrule.divergence": "DivergenceError",
    "chainrule.estimators": "LossCurveDisplay MLPClassifier MLPRegressor",
    "chainrule.diagnosis": "diagnose",
    "chainrule.gradients": "check_gradients",
    "chainrule.saving": "ModelFileError load save",
    "chainrule.tabular": "TabularClassifier TabularRegressor",
    "chainrule.tracing": "trace",
    "chainrule.grouped": "GroupedLayer Through",
    "chainrule.layers": "Gradients Layer",
    "chainrule.losses": "Loss",
    "chainrule.perceptron": "Perceptron",
    "chainrule.training": "EarlyStopping History ProgressBar",
}
_HOME_OF, __getattr__, __dir__ = lazy_names(__name__, _HOMES)

__all__ = ["__version__", *_HOME_OF]  # noqa: PLE0604  # the names are strings


def _register(register: str) -> None:
    try:
        getattr(importlib.import_module("chainrule.exports"), register)()
    except Exception as error:  # which must not keep skl2onnx from being imported
        from chainrule.warning import warn

        warn(f"this skl2onnx cannot convert chainrule's estimators, a newer one may: {error}")


def _register_with_skl2onnx() -> None:
    """Register the estimators that are imported now, and the others when they are."""
    for estimators, register in (
        ("chainrule.estimators", "register_with_skl2onnx"),
        ("chainrule.tabular", "register_tabular_with_skl2onnx"),
    ):
        after_imports((estimators,), partial(_register, register))


after_imports(("skl2onnx",), _register_with_skl2onnx)
