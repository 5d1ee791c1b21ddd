"""Files of arrays with a description: safetensors, sealed by a digest. Reading one runs no code.

The header of a safetensors file has room for text; ours holds a description as JSON, and a SHA-256
digest of it and of all arrays: safetensors itself does not notice a flipped bit in a number. Models
and checkpoints are such files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.files import whole_file
from chainrule.version import __version__

FORMAT = 3
"""The newest file format that can be read; every file is written in it.

2 added the words for missing, classes that are words of truth, and marks in and around numbers.
3 adds networks, estimators, training records and checkpoints: `kind`.
"""

_SHORT = 3 * 2**20  # bytes that any file's header may have: read, it takes up to 17 times as many
_MOST_TEXTS = 2**18  # of the header outside of the description: names of tensors and the like

Tensors = Mapping[str, NDArray[Any]]


class TensorFileError(ValueError):
    """A file cannot be read; the message is one line."""


class Stored(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    kind : str
        What is described: "table model", "checkpoint", …
    format : int
    written_by : str
    description : bytes
        JSON.
    tensors : mapping of str to array
    """

    kind: str
    format: int
    written_by: str
    description: bytes
    tensors: Tensors


def write_tensors(path: Path, kind: str, description: bytes, tensors: Tensors) -> None:
    """Write a file, whole or not at all.

    Parameters
    ----------
    path : Path
    kind : str
    description : bytes
        JSON.
    tensors : mapping of str to array

    Raises
    ------
    OSError
        If the file cannot be written; one that was there before is untouched.
    ValueError
        If the description is too long to be read again.
    """
    import msgspec
    from safetensors.numpy import save

    tensors = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    envelope = {
        "format": FORMAT,
        "kind": kind,
        "written_by": f"chainrule {__version__}",
        "sha256": _digest(description, tensors),
        "description": msgspec.Raw(description),
    }
    with whole_file(path) as file:
        content = save(dict(tensors), {"chainrule": msgspec.json.encode(envelope).decode()})
        length = int.from_bytes(content[:8], "little")
        if length > _longest_header(len(content)):
            raise ValueError(
                f"a description of {len(description)} bytes in a file of {len(content)} is too "
                "long to be read again"
            )
        file.write(content)


def _longest_header(size: int) -> int:
    """Return how many bytes of a file may be its header, which grows with the inputs' names."""
    return _SHORT + size // 8


def read_tensors(path: Path, what: str, remedy: str) -> Stored:
    """Read a file that `write_tensors` wrote.

    Parameters
    ----------
    path : Path
    what : str
        What the file should be, for the messages: "model".
    remedy : str
        Where such files come from.

    Raises
    ------
    TensorFileError
        If the file is missing, is another one, is damaged, or is from a newer version.
    """
    text, tensors = _read(path, what, remedy)
    envelope = _decoded(path, text)
    number, description = envelope.format, bytes(envelope.description)
    if number > FORMAT:
        raise TensorFileError(
            f"{path} was written by {envelope.written_by} (format {number}); this version, "
            f"{__version__}, reads formats up to {FORMAT}: upgrade chainrule"
        )
    if envelope.sha256 != _digest(description, tensors):
        raise TensorFileError(f"{path} is damaged: its digest does not match its content")
    return Stored(envelope.kind, number, envelope.written_by, description, tensors)


def _decoded(path: Path, text: str) -> Any:
    """Return the part of a header that every version can read, with the description unread."""
    import msgspec

    fields = [("format", int), ("written_by", str), ("sha256", str), ("description", msgspec.Raw)]
    envelope = msgspec.defstruct("Envelope", [*fields, ("kind", str, "table model")])
    try:
        return msgspec.json.decode(text, type=envelope)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        said = " ".join(str(error).split())
        raise TensorFileError(f"{path} is damaged: {said}") from None


def _digest(description: bytes, tensors: Tensors) -> str:
    digest = hashlib.sha256(description)
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tensors[name].shape}".encode())
        digest.update(np.ascontiguousarray(tensors[name]).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _read(path: Path, what: str, remedy: str) -> tuple[str, Tensors]:
    """Return our text in the header, and the arrays."""
    from safetensors import SafetensorError, safe_open

    no_such_file = TensorFileError(f"{path} is not a {what} file, or is damaged; {remedy}")
    try:
        if not _has_readable_header(path):
            raise no_such_file
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, TypeError, AttributeError, ValueError):
        raise no_such_file from None  # the last three: a dtype or so many axes as NumPy lacks
    except OSError as error:
        raise TensorFileError(f"cannot read the {what} {path}: {error.strerror or error}") from None
    if "chainrule" not in metadata:
        raise TensorFileError(f"{path} is a safetensors file, but not a chainrule {what}")
    return metadata["chainrule"], tensors


def _has_readable_header(path: Path) -> bool:
    """Say whether the header is short enough to be read, and holds no flood of names.

    `safe_open` reads headers of up to 100 MB into many times as much memory, waits for a pipe, and
    words a missing file poorly.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        return False
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > _longest_header(path.stat().st_size):
            return False
        header = file.read(length).replace(b"\\\\", b"")  # now no quote is escaped but by one \\
    quotes = header.count(b'"') - header.count(b'\\"')
    return quotes <= 2 * _MOST_TEXTS
