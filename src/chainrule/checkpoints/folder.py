"""A folder of checkpoints: how often files are written, which stay, which can be used."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from chainrule.checkpoints.errors import CheckpointError, CheckpointWarning
from chainrule.checkpoints.identity import Identity, require_same
from chainrule.files import require_writable
from chainrule.ranges import require_positive
from chainrule.tensor_files import FORMAT, TensorFileError, Tensors, read_tensors, write_tensors
from chainrule.warning import warn

KIND = "checkpoint"
"""The kind of these files, among those of `tensor_files`."""

_REMEDY = "checkpoints are written by fit(checkpoint=…)"

MALFORMED = (ValueError, TypeError, LookupError, AttributeError, OverflowError)
"""The exceptions of decoding a malformed file."""


@dataclass(frozen=True)
class Checkpoints:
    """Where and when a run writes checkpoints.

    A checkpoint is written at the end of the first epoch after every `every_seconds`, of every
    `every_epochs`-th epoch, and of the run.

    Parameters
    ----------
    folder : path-like
        Made if it is missing. One run has it for itself.
    every_seconds : float, default 60
        Above 0.
    every_epochs : int, optional
        At least 1.
    keep : int, default 2
        How many of the last ones stay, at least 1; beside them stays the one of the epoch with
        the lowest loss, on the validation rows if there are any.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> Checkpoints("run", every_epochs=10).keep
    2
    """

    folder: str | os.PathLike[str]
    every_seconds: float = 60.0
    every_epochs: int | None = None
    keep: int = 2

    def __post_init__(self) -> None:
        require_positive("every_seconds", self.every_seconds)
        for name in ("every_epochs", "keep"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or int(value) != value or value < 1):
                raise ValueError(f"{name} is a whole number of at least 1, got {value!r}")


def checkpoints_given(given: Any) -> Checkpoints | None:
    """Return what the argument `checkpoint` of a fit asks for.

    Raises
    ------
    TypeError
        If it is neither a folder nor `Checkpoints`.
    """
    if given is None or isinstance(given, Checkpoints):
        return given
    if isinstance(given, str | os.PathLike):
        return Checkpoints(given)
    raise TypeError(f"checkpoint is a folder or chainrule.Checkpoints(folder, …), got {given!r}")


class Kept(NamedTuple):
    """The content of a checkpoint.

    Attributes
    ----------
    path : Path
    content : dict
        As it was given to `Folder.write`.
    tensors : mapping of str to array
    """

    path: Path
    content: dict[str, Any]
    tensors: Tensors


class Folder:
    """The checkpoints of one run.

    Parameters
    ----------
    given : Checkpoints
    prefix : str
        With which the files' names begin: "epoch" gives epoch-000012.safetensors.
    identity : Identity
        Of the run.
    resumes : bool
        Whether the run may go on from what is there.

    Raises
    ------
    CheckpointError
        If the folder has checkpoints, but the run is not to go on from them; if it cannot be
        written.
    """

    def __init__(
        self, given: Checkpoints, prefix: str, identity: Identity, *, resumes: bool
    ) -> None:
        self.path, self._prefix, self._identity = Path(given.folder), prefix, dict(identity)
        self._require_writable()
        there = sorted(self.path.glob("*-*.safetensors"))
        if there and not resumes:
            raise CheckpointError(
                f"{self.path} has checkpoints of a run, the last one {there[-1].name}; resume, to "
                "go on from it, or give another folder"
            )

    def _require_writable(self) -> None:
        """Find out before the run whether files can be written, and make the folder."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            require_writable(self.path / self._prefix)
        except OSError as error:
            raise CheckpointError(
                f"cannot write checkpoints into {self.path}: {error.strerror or error}; give a "
                "folder that can be written"
            ) from None

    def file(self, number: int) -> Path:
        """Return the path of a checkpoint."""
        return self.path / f"{self._prefix}-{number:06d}.safetensors"

    def files(self) -> list[Path]:
        """Return the paths of all checkpoints, by number."""
        return sorted(self.path.glob(f"{self._prefix}-[0-9]*.safetensors"), key=number_of)

    def write(self, number: int, content: dict[str, Any], tensors: Tensors) -> bool:
        """Write a checkpoint, whole or not at all; where that fails, warn and return False."""
        import msgspec

        path = self.file(number)
        description = msgspec.json.encode({"identity": self._identity, "content": content})
        try:
            write_tensors(path, KIND, description, tensors)
        except (OSError, ValueError) as error:  # no room on the disk, or in the header
            cause = getattr(error, "strerror", None) or error
            warn(
                f"cannot write the checkpoint {path}: {cause}; the run goes on with the one before",
                CheckpointWarning,
            )
            return False
        return True

    def keep_last(self, n: int, *, also: int) -> None:
        """Delete all but the last n checkpoints, and one of a number, and what a kill left half."""
        for path in [*self.files()[:-n], *self.path.glob(f".{self._prefix}-*.part")]:
            if path != self.file(also):
                path.unlink(missing_ok=True)

    def read(self, path: Path) -> Kept:
        """Read a checkpoint.

        Raises
        ------
        TensorFileError
            If it is damaged.
        CheckpointError
            If it is of another run, or of another version.
        """
        import msgspec

        stored = read_tensors(path, KIND, _REMEDY)
        if stored.format != FORMAT or stored.kind != KIND:
            raise CheckpointError(
                f"{path} is a {stored.kind} of format {stored.format}, written by "
                f"{stored.written_by}; this version goes on from checkpoints of format {FORMAT}"
            )
        described = msgspec.json.decode(stored.description)
        if not isinstance(described, dict) or described.keys() != {"identity", "content"}:
            raise TensorFileError(f"{path} is damaged: it describes no checkpoint")
        require_same(described["identity"], self._identity, self.path)
        return Kept(path, described["content"], stored.tensors)

    def usable(self, paths: list[Path], use: Callable[[Kept], Any]) -> Iterator[Any]:
        """Read checkpoints in the given order; warn of damaged files and set them aside.

        Parameters
        ----------
        paths : list of Path
        use : callable
            ``use(kept)`` returns what is wanted of a checkpoint; a ValueError, TypeError or
            KeyError says that it is damaged.

        Yields
        ------
        object
            What `use` returned; None for a damaged one.
        """
        for path in paths:
            try:
                yield use(self.read(path))
            except CheckpointError:
                raise
            except MALFORMED as error:
                aside = path.with_name(f"{path.name}.damaged")
                path.replace(aside)
                told = (
                    str(error)
                    if isinstance(error, TensorFileError)
                    else f"{path} is damaged: {error!r}"
                )
                warn(
                    f"{told}; it is kept as {aside.name}, and the run goes on from the one before",
                    CheckpointWarning,
                )
                yield None


def number_of(path: Path) -> int:
    """Return the number in the name of a checkpoint."""
    digits = path.name.removesuffix(".safetensors").rpartition("-")[2]
    return int(digits) if digits.isdecimal() else -1
