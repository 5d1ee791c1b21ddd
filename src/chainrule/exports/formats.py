"""The formats that a model can be exported to, and the way of an export: write, run, compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np

from chainrule.arrays import Array
from chainrule.catalog import look_up
from chainrule.exports.c_header import Sample, c_header, row_of_numbers
from chainrule.exports.checking import (
    answers_of_c,
    answers_of_numpy,
    answers_of_onnx,
    compiler,
    require_equal,
    tolerance,
)
from chainrule.exports.formulas import FORMULAS
from chainrule.exports.forward_pass import ForwardPass
from chainrule.exports.numpy_file import numpy_file
from chainrule.exports.onnx_model import feeds, onnx_model
from chainrule.exports.samples import sample_rows
from chainrule.exports.sources import Model, source_of
from chainrule.losses import Loss

Precision: TypeAlias = Literal["float", "double"]
PRECISIONS: dict[str, Any] = {"float": np.float32, "double": np.float64}
_N_ROWS = 200
_N_KEPT = 8  # for a header's own test


@dataclass(frozen=True)
class Exported:
    """A model in another format.

    Attributes
    ----------
    content : bytes
    checked : str
        What running it has shown, or why it was not run, in words.
    """

    content: bytes
    checked: str


@dataclass(frozen=True, eq=False)
class _Job:
    """What a format's writer is given."""

    forward_pass: ForwardPass
    name: str
    rows: list[dict[str, Any]]
    expected: Array
    tolerance: Callable[[Any], float]
    zipmap: bool

    @property
    def allowed(self) -> float:
        """By how much answers may differ."""
        return self.tolerance(self.forward_pass.dtype)


def export(
    model: Model,
    to: str,
    *,
    name: str = "model",
    precision: Precision | None = None,
    loss: str | Loss | None = None,
    zipmap: bool = True,
) -> Exported:
    """Write a model in another format, run it on sample rows, and compare the answers.

    Parameters
    ----------
    model : TableModel, TabularClassifier, TabularRegressor, MLPClassifier, MLPRegressor, \
Perceptron or Ensemble
        Of `chainrule.load`, or fitted.
    to : str
        A name of `FORMATS`.
    name : str
        What the exported thing calls itself.
    precision : {"float", "double"}, optional
        Of the arithmetic; that of the model by default.
    loss : str or Loss, optional
        Of a Perceptron: the loss of its training, as `Perceptron.predict` takes it.
    zipmap : bool
        For ONNX: whether the probabilities are a dict for each row, "output_probability", as
        skl2onnx has them; else an array, "probabilities".

    Raises
    ------
    ExportError
        If the model cannot be written so, or the answers differ.
    TypeError
        If it is no model.
    """
    write = look_up(FORMATS, to, "format")
    source = source_of(model, loss)
    forward_pass = source.forward_pass
    rows = sample_rows(forward_pass, _N_ROWS)
    dtype = forward_pass.dtype
    if precision is not None:
        dtype = np.dtype(look_up(PRECISIONS, precision, "precision"))
    allowed = partial(tolerance, forward_pass, source.encode(rows))
    forward_pass = forward_pass.as_type(dtype)
    return write(_Job(forward_pass, name, rows, source.answer(rows), allowed, zipmap))


def _to_c(job: _Job) -> Exported:
    numbers = np.array([row_of_numbers(job.forward_pass, row) for row in job.rows])
    sample = Sample(numbers[:_N_KEPT], job.expected[:_N_KEPT], 2 * job.allowed)
    text = c_header(job.forward_pass, job.name, sample)
    command = compiler()
    if command is None:
        checked = "not run: there is no C compiler here; its own test is in the header"
    else:
        got = answers_of_c(text, job.name, numbers.tolist(), command)
        checked = require_equal(got, job.expected, job.allowed, "the header")
    return Exported(text.encode("ascii"), checked)


def _to_numpy(job: _Job) -> Exported:
    text = numpy_file(job.forward_pass, job.name)
    got = answers_of_numpy(text, job.rows)
    return Exported(text.encode(), require_equal(got, job.expected, job.allowed, "the file"))


def _to_onnx(job: _Job) -> Exported:
    model = onnx_model(job.forward_pass, job.name, zipmap=job.zipmap)
    inputs = feeds(job.forward_pass, job.rows)
    plain = onnx_model(job.forward_pass, job.name, zipmap=False)
    got, where = answers_of_onnx(plain, inputs)
    in_float = any(FORMULAS[name].onnx_is_float for name in job.forward_pass.activations)
    allowed = job.tolerance(np.dtype(np.float32)) if in_float else job.allowed
    checked = require_equal(got, job.expected, allowed, f"the model in {where}")
    return Exported(model.SerializeToString(deterministic=True), checked)


FORMATS: dict[str, Callable[[_Job], Exported]] = {
    "onnx": _to_onnx,
    "c": _to_c,
    "numpy": _to_numpy,
}


def to_c(
    model: Model,
    *,
    name: str = "model",
    precision: Precision | None = None,
    loss: str | Loss | None = None,
) -> str:
    """Return the model as a header of C99, which was compiled and run where there is a compiler.

    Parameters
    ----------
    model, name, precision, loss
        As of `export`; the header's names begin with `name`.

    Raises
    ------
    ExportError, TypeError
        As by `export`.
    """
    return export(model, "c", name=name, precision=precision, loss=loss).content.decode()


def to_numpy(
    model: Model,
    *,
    name: str = "model",
    precision: Precision | None = None,
    loss: str | Loss | None = None,
) -> str:
    """Return the model as the text of a Python file that needs NumPy alone, and that was run.

    Parameters
    ----------
    model, name, precision, loss
        As of `export`.

    Raises
    ------
    ExportError, TypeError
        As by `export`.

    Examples
    --------
    >>> from chainrule import Layer, Perceptron
    >>> names = {}
    >>> exec(to_numpy(Perceptron([Layer(2, 1, "sigmoid", rng=0)])), names)
    >>> names["predict"]([[0.5, -0.5]]).shape
    (1, 1)
    """
    return export(model, "numpy", name=name, precision=precision, loss=loss).content.decode()


def to_onnx(
    model: Model,
    *,
    name: str = "model",
    precision: Precision | None = None,
    loss: str | Loss | None = None,
    zipmap: bool = True,
) -> Any:
    """Return the model as an onnx.ModelProto, which was run.

    Parameters
    ----------
    model, name, precision, loss, zipmap
        As of `export`.

    Raises
    ------
    ExportError, TypeError
        As by `export`.
    """
    content = export(
        model, "onnx", name=name, precision=precision, loss=loss, zipmap=zipmap
    ).content
    from onnx import load_from_string

    return load_from_string(content)
