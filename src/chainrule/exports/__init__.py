"""Models as C, NumPy and ONNX, and weights to and from other libraries."""

from chainrule.exports.c_words import identifier
from chainrule.exports.formats import FORMATS, Exported, export, to_c, to_numpy, to_onnx
from chainrule.exports.forward_pass import ExportError

__all__ = [
    "FORMATS",
    "ExportError",
    "Exported",
    "export",
    "identifier",
    "to_c",
    "to_numpy",
    "to_onnx",
]
