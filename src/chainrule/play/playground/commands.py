"""The commands of a page, one strict struct each; the field "do" tells them apart.

Layers are counted from 1, as in the formulas; rows, columns and points from 0.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from chainrule.play.playground.state import State

Index: TypeAlias = Annotated[int, Meta(ge=0, le=10_000_000)]
Epoch: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Number: TypeAlias = Annotated[float, Meta(ge=-1e9, le=1e9)]
Name: TypeAlias = Annotated[str, Meta(max_length=500)]
Unit: TypeAlias = Literal["sample", "batch", "epoch"]

MOST_TEXT = 2_000_000
_MOST_DRAWN = 5000


class _Command(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag=str.lower
):
    """The parent of all commands."""


class Configure(_Command, frozen=True):
    """Build data and network anew; a change of the learning rate alone keeps the weights."""

    state: State


class Play(_Command, frozen=True):
    """Train until further notice."""


class Pause(_Command, frozen=True):
    """Stop after the current epoch."""


class Step(_Command, frozen=True):
    """Train on a sample, a batch or to the end of an epoch."""

    unit: Unit = "epoch"


class Until(_Command, frozen=True):
    """Train until an epoch is over or the loss is at most a number."""

    epoch: Epoch | None = None
    loss: Annotated[float, Meta(ge=0.0, le=1e9)] | None = None


class Reset(_Command, frozen=True):
    """Draw the weights anew from the seed."""


class Scrub(_Command, frozen=True):
    """Show an earlier epoch; None is the newest."""

    epoch: Epoch | None = None


class Weight(_Command, frozen=True):
    """Set one weight, or the bias of a row where the column is None."""

    layer: Annotated[int, Meta(ge=1, le=7)]
    row: Index
    value: Number
    column: Index | None = None


class Point(_Command, frozen=True):
    """Choose the point of the chain-rule panel; without x and row the panel ends."""

    x: Annotated[tuple[Number, ...], Meta(min_length=2, max_length=64)] | None = None
    y: Annotated[tuple[Number, ...], Meta(min_length=1, max_length=16)] | None = None
    row: Index | None = None


Drawn: TypeAlias = tuple[Number, Number, Number | Annotated[str, Meta(max_length=100)]]


class Draw(_Command, frozen=True):
    """Train on points drawn by hand, each with a class or a number."""

    points: Annotated[tuple[Drawn, ...], Meta(max_length=_MOST_DRAWN)]


class Upload(_Command, frozen=True):
    """Train on a table, written as text; by default the last column is the target."""

    text: Annotated[str, Meta(max_length=MOST_TEXT)]
    name: Name = "table.csv"
    target: Name | None = None
    axes: tuple[Name, Name] | Literal["pca"] | None = None


class Export(_Command, frozen=True):
    """Ask for Python code, weights or data."""

    what: Literal["python", "weights", "data"]


class Keep(_Command, frozen=True):
    """Keep the current run as run A for comparison."""


class Forget(_Command, frozen=True):
    """Drop run A."""


class Engine(_Command, frozen=True):
    """Choose the engine: chainrule's, or the learner's own code."""

    name: Literal["chainrule", "learner"]
    chapter: Annotated[str, Meta(max_length=100)] | None = None
    code: Annotated[str, Meta(max_length=200_000)] | None = None


class Ack(_Command, frozen=True):
    """Acknowledge a frame; the next frame may leave."""

    frame: Index


Command: TypeAlias = (
    Configure | Play | Pause | Step | Until | Reset | Scrub | Weight | Point | Draw | Upload
    | Export | Keep | Forget | Engine | Ack
)  # fmt: skip

_DECODER: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


class CommandError(ValueError):
    """A message is no command.

    Attributes
    ----------
    command : str
        The message's "do", or "" where it has none.
    """

    def __init__(self, message: str, command: str = "") -> None:
        super().__init__(message)
        self.command = command


class _Named(msgspec.Struct):
    do: str = ""


def read_command(text: str) -> Command:
    """Read a command from a message.

    Raises
    ------
    CommandError
        If the message is no command, or a value is beyond its limits.

    Examples
    --------
    >>> read_command('{"do": "step", "unit": "batch"}')
    Step(unit='batch')
    """
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise CommandError(_said(error), _name_of(text)) from None


def _said(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the message is nested too deeply"
    if isinstance(error, UnicodeError):
        return "the message is no valid text"
    return str(error)


def _name_of(text: str) -> str:
    try:
        return msgspec.json.decode(text, type=_Named).do[:50]
    except (ValueError, RecursionError):
        return ""
