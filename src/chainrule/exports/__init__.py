"""Models as C, NumPy and ONNX, and weights to and from other libraries."""

from chainrule.exports.c_words import identifier
from chainrule.exports.formats import FORMATS, Exported, export, to_c, to_numpy, to_onnx
from chainrule.exports.forward_pass import ExportError
from chainrule.exports.weights import (
    from_keras,
    from_sklearn,
    from_torch,
    to_keras,
    to_sklearn,
    to_torch,
)

__all__ = [
    "FORMATS",
    "ExportError",
    "Exported",
    "export",
    "from_keras",
    "from_sklearn",
    "from_torch",
    "identifier",
    "to_c",
    "to_keras",
    "to_numpy",
    "to_onnx",
    "to_sklearn",
    "to_torch",
]
