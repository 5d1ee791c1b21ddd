"""`save` and `load`: one file for each model, whatever kind of model it is.

What a model becomes is up to its kind (`kinds`); what a file is, to `chainrule.tensor_files`.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any, NamedTuple

from chainrule.catalog import look_up
from chainrule.checkpoints.folder import KIND as CHECKPOINT
from chainrule.saving.errors import ModelFileError
from chainrule.saving.kinds import KINDS, kind_of
from chainrule.tensor_files import Stored, TensorFileError, Tensors, read_tensors, write_tensors

_REMEDY = "models are written by chainrule.save and by 'chainrule train … --out FILE'"

_BAD = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a description that contradicts itself, or the tensors, may end in."""

_MOST_ITEMS = 2**17  # of a description: decoded, an item takes up to about 250 bytes
_BYTES_AN_ITEM = 250


class Opened(NamedTuple):
    """A model beside the description in its file.

    Attributes
    ----------
    stored : Stored
        Without tensors: the model has them.
    description : object
    model : object
        Of one of the classes that `save` takes.
    """

    stored: Stored
    description: Any
    model: Any


def save(model: Any, path: str | os.PathLike[str]) -> None:
    """Write a model to a file, whole or not at all; the file holds numbers and words and no code.

    Parameters
    ----------
    model : Perceptron, a fitted estimator, or the model of `chainrule train`
        An estimator is an MLPClassifier, MLPRegressor, TabularClassifier or TabularRegressor.
    path : str or path

    Raises
    ------
    OSError
        If the file cannot be written; one that was there before is untouched.
    ValueError
        If the model is not fitted, or a part of it is code: a function or a generator.
    TypeError
        If it is another kind of object.

    Examples
    --------
    >>> import tempfile
    >>> from chainrule import Layer, Perceptron
    >>> path = Path(tempfile.mkdtemp(), "network")
    >>> save(Perceptron([Layer(2, 1, "tanh", rng=0)]), path)
    >>> load(path)
    Perceptron([Layer(2, 1, tanh)])
    """
    import msgspec

    kind = kind_of(model)
    home: Any = importlib.import_module(KINDS[kind].home)
    description, tensors = home.taken_apart(model)
    try:
        text = msgspec.json.encode(description)
    except (OverflowError, UnicodeEncodeError) as error:
        raise ValueError(f"the model cannot be saved: {error}") from error
    _require_few_items(text, tensors)
    write_tensors(Path(path), kind, text, tensors)


def load(path: str | os.PathLike[str], kind: str | None = None) -> Any:
    """Read a model that `save` or ``chainrule train --out`` wrote; no code in the file is run.

    Parameters
    ----------
    path : str or path
    kind : {"network", "estimator", "tabular estimator", "table model"}, optional
        The only kind to accept.

    Returns
    -------
    Perceptron, estimator or TableModel
        With the bits that were saved: the same predictions. The seconds of the history, and what a
        fit that goes on exactly needs (the optimizer's memory, the generator, the rows held out),
        are not in the file.

    Raises
    ------
    ModelFileError
        If the file is missing, is no model or another kind of model, is damaged, or is from a
        newer version.
    ValueError
        If `kind` is the name of no kind.
    """
    return open_model(path, kind).model


def open_model(path: str | os.PathLike[str], kind: str | None = None) -> Opened:
    """Read a model with its description; as `load`."""
    import msgspec

    path = Path(path)
    try:
        stored = read_tensors(path, "model", _REMEDY)
    except TensorFileError as error:
        raise ModelFileError(str(error)) from None
    _require_kind(path, stored.kind, kind)
    home: Any = importlib.import_module(KINDS[stored.kind].home)
    tensors = dict(stored.tensors)
    stored = stored._replace(tensors={})  # each is let go as the model has a copy
    try:
        _require_few_items(stored.description, tensors)
        description = msgspec.json.decode(stored.description, type=home.Description)
        model = home.built(description, tensors)
        if tensors:
            raise ValueError(f"nothing is known of the tensor {min(tensors)!r}")
    except _BAD as error:
        raise ModelFileError(f"{path} is damaged: {_said(error)}") from None
    return Opened(stored, description, model)


def _require_kind(path: Path, found: str, wanted: str | None) -> None:
    if found == CHECKPOINT:
        raise ModelFileError(
            f"{path} holds a checkpoint, a training that can go on, and no model; save the model "
            "once it is trained"
        )
    if found not in KINDS:
        known = ", ".join(KINDS)
        raise ModelFileError(
            f"{path} holds a {found[:40]!r}, which is no model that this version knows; "
            f"known: {known}; {_REMEDY}"
        )
    if wanted is not None and look_up(KINDS, wanted, "kind of model") != KINDS[found]:
        raise ModelFileError(
            f"{path} holds {KINDS[found].article}, but this takes "
            f"{KINDS[wanted].article}; in Python chainrule.load reads the file"
        )


def _require_few_items(text: bytes, tensors: Tensors) -> None:
    """Bound what decoding a description may allocate: its items, by the size of the file."""
    size = len(text) + sum(array.nbytes for array in tensors.values())
    items = sum(text.count(mark) for mark in (b",", b"[", b"{"))
    if items > _MOST_ITEMS + size // _BYTES_AN_ITEM:
        raise ValueError(f"the description has {items} items, far more than its model has numbers")


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, KeyError):
        text = f"it lacks {text}"
    return text[:500] or type(error).__name__
