"""Whether an exported model answers as the library does, found out by running it.

What is asked for: the answers differ by no more than 1e-6 (in double by 1e-9), relative beyond 1.
A wide or deep network in float rounds more than that by itself. How much is measured, by its
answers in float beside those in double, and a few times this is allowed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.exports.errors import ExportError
from chainrule.exports.forward_pass import ForwardPass

_NEAR = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-9}
_ROUNDINGS = 8.0
_COMPILERS = ("cc", "gcc", "clang")
C_OPTIONS = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
_LONG = 600.0  # seconds


def tolerance(forward_pass: ForwardPass, features: Array, dtype: np.dtype[Any]) -> float:
    """Return by how much answers may differ, given the network's own rounding.

    Parameters
    ----------
    forward_pass : ForwardPass
        As the library computes it.
    features : array of shape (n_rows, n_features)
    dtype : dtype
        In which it is exported.
    """
    coarser = min(forward_pass.dtype, dtype, key=lambda one: one.itemsize)
    near = _NEAR[coarser]
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        rounded = forward_pass.as_type(coarser).answers(features)
        exact = forward_pass.as_type(np.float64).answers(features)
        rounding = distance(rounded, exact)
    if not np.isfinite(rounding):
        raise ExportError("the model's answers for sample rows are not finite; train it again")
    return near + _ROUNDINGS * rounding


def distance(got: Array, expected: Array) -> float:
    """Return the largest difference, relative where the expected number is beyond 1."""
    if got.shape != expected.shape:
        return np.inf
    far = np.abs(got.astype(np.float64) - expected) / np.maximum(1.0, np.abs(expected))
    return float(np.max(far, initial=0.0)) if not np.isnan(far).any() else np.inf


def require_equal(got: Array, expected: Array, allowed: float, what: str) -> str:
    """Return in words that the answers are the library's.

    Raises
    ------
    ExportError
        If they are not.
    """
    far = distance(got, expected)
    if not far <= allowed:
        raise ExportError(
            f"{what} answers {len(expected)} sample rows differently from the library, by up to "
            f"{far:.3g} where {allowed:.3g} is allowed; nothing was written: please report this"
        )
    return f"{what} gives the library's answers for {len(expected)} sample rows, within {far:.1g}"


def compiler() -> str | None:
    """Return a C compiler: the environment's CC, or the first on the PATH."""
    names = [name for name in (os.environ.get("CC", ""), *_COMPILERS) if name]
    return next((found for name in names if (found := shutil.which(name))), None)


def answers_of_c(text: str, name: str, rows: Sequence[Sequence[float]], command: str) -> Array:
    """Compile a header, run its own test, and return its answers.

    Parameters
    ----------
    text : str
        The header.
    name : str
        With which its names begin.
    rows : sequence of rows of numbers
    command : str
        The compiler.

    Raises
    ------
    ExportError
        If it does not compile, or its own test fails.
    """
    with tempfile.TemporaryDirectory(prefix="chainrule-") as folder:
        header, program = Path(folder, f"{name}.h"), Path(folder, "test")
        header.write_text(text, encoding="ascii")
        define = f"-D{name.upper()}_TEST_MAIN"
        _run([command, *C_OPTIONS, define, "-x", "c", str(header), "-o", str(program), "-lm"])
        _run([str(program)])
        given = "\n".join(" ".join(map(repr, row)) for row in rows)
        answers = _run([str(program), "-"], given)
    return np.array([line.split() for line in answers.splitlines()], dtype=np.float64)


def _run(command: list[str], given: str = "") -> str:
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, timeout=_LONG
    )
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())[:300]
        raise ExportError(f"{Path(command[0]).name} of the exported header failed: {said}")
    return done.stdout


def answers_of_numpy(text: str, rows: list[dict[str, Any]]) -> Array:
    """Run an exported Python file and return its outputs."""
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(text, "the exported file", "exec"), names)
    return np.asarray(names["outputs"](rows))


def answers_of_onnx(model: Any, given: dict[str, Array]) -> tuple[Array, str]:
    """Run an ONNX model, in ONNX Runtime where it is installed; say also in what.

    Parameters
    ----------
    model : onnx.ModelProto
        Without dicts of probabilities, if ONNX Runtime is not installed.
    given : dict of str to array
        Its inputs.
    """
    try:
        import onnxruntime
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        with np.errstate(all="ignore"):
            outputs = ReferenceEvaluator(model).run(None, given)
        return np.asarray(outputs[-1]), "onnx's reference (ONNX Runtime is not installed)"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    outputs = session.run(None, given)[-1]
    if isinstance(outputs, list):  # a dict for each row
        outputs = np.array([list(row.values()) for row in outputs])
    return np.asarray(outputs), f"ONNX Runtime {onnxruntime.__version__}"
