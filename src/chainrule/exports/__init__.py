"""Models as C, NumPy and ONNX, and weights to and from other libraries.

Names are loaded when they are first asked for: skl2onnx's converter needs no polars.
"""

from typing import TYPE_CHECKING

from chainrule.lazy import lazy_names

if TYPE_CHECKING:
    from chainrule.exports.c_words import identifier as identifier
    from chainrule.exports.errors import ExportError as ExportError
    from chainrule.exports.formats import FORMATS as FORMATS
    from chainrule.exports.formats import Exported as Exported
    from chainrule.exports.formats import export as export
    from chainrule.exports.formats import to_c as to_c
    from chainrule.exports.formats import to_numpy as to_numpy
    from chainrule.exports.formats import to_onnx as to_onnx
    from chainrule.exports.skl2onnx_converter import (
        register_with_skl2onnx as register_with_skl2onnx,
    )
    from chainrule.exports.skl2onnx_tabular import (
        register_tabular_with_skl2onnx as register_tabular_with_skl2onnx,
    )
    from chainrule.exports.weights import from_keras as from_keras
    from chainrule.exports.weights import from_sklearn as from_sklearn
    from chainrule.exports.weights import from_torch as from_torch
    from chainrule.exports.weights import to_keras as to_keras
    from chainrule.exports.weights import to_sklearn as to_sklearn
    from chainrule.exports.weights import to_torch as to_torch

_HOMES = {
    "chainrule.exports.c_words": "identifier",
    "chainrule.exports.formats": "FORMATS Exported export to_c to_numpy to_onnx",
    "chainrule.exports.errors": "ExportError",
    "chainrule.exports.skl2onnx_converter": "register_with_skl2onnx",
    "chainrule.exports.skl2onnx_tabular": "register_tabular_with_skl2onnx",
    "chainrule.exports.weights": "from_keras from_sklearn from_torch to_keras to_sklearn to_torch",
}
_HOME_OF, __getattr__, __dir__ = lazy_names(__name__, _HOMES)

__all__ = [*_HOME_OF]  # noqa: PLE0604  # the names are strings
