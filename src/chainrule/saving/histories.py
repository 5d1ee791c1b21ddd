"""The history of a training as one tensor, with the names of its columns.

The seconds of the epochs are left out: a training with the same seed makes the same file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainrule.saving.networks import Arrays
from chainrule.training import History

_ROWS, _THERE = "rows", "there"
FIRST = "history."
"""The place of a lone history, or of the first."""


class HistoryDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of a history beside its figures.

    The figures are the tensor ``history.rows`` (n_epochs, n_columns); where some rows lack some
    columns, ``history.there`` says which they have. Of several histories the second is
    ``history.1.rows``, and so on.

    Attributes
    ----------
    columns : tuple of str
    whole : tuple of str
        The columns of whole numbers.
    stopped : str
    interrupted : bool
    weights_epoch : int
    """

    columns: tuple[str, ...]
    whole: tuple[str, ...]
    stopped: str
    interrupted: bool
    weights_epoch: int


def history_apart(
    history: History, place: str = FIRST
) -> tuple[HistoryDescription, dict[str, NDArray[Any]]]:
    """Return a history's description and its tensors, whose names begin with the place."""
    names = dict.fromkeys(name for row in history.rows for name in row)
    columns = tuple(name for name in names if name != "seconds")
    rows = [[row.get(name, 0.0) for name in columns] for row in history.rows]
    there = np.array([[name in row for name in columns] for row in history.rows], dtype=bool)
    tensors = {place + _ROWS: np.array(rows, dtype=np.float64).reshape(len(rows), len(columns))}
    if not there.all():
        tensors[place + _THERE] = there
    whole = tuple(
        name for name in columns if all(isinstance(row.get(name, 0), int) for row in history.rows)
    )
    description = HistoryDescription(
        columns=columns,
        whole=whole,
        stopped=history.stopped,
        interrupted=bool(history.interrupted),
        weights_epoch=int(history.weights_epoch),
    )
    return description, tensors


def history_built(description: HistoryDescription, tensors: Arrays, place: str = FIRST) -> History:
    """Return the history, and take its tensors out of the mapping.

    Raises
    ------
    KeyError, ValueError
        If they do not fit the description.
    """
    rows, columns = tensors.pop(place + _ROWS), description.columns
    if rows.ndim != 2 or rows.dtype != np.float64 or rows.shape[1] != len(columns):
        raise ValueError(
            f"a history of {len(columns)} columns is not of {rows.shape} and {rows.dtype}"
        )
    there = tensors.pop(place + _THERE, np.ones(rows.shape, dtype=bool))
    if there.shape != rows.shape or there.dtype != bool:
        raise ValueError(f"{place}{_THERE} has not the shape of {place}{_ROWS}")
    made = [int if name in description.whole else float for name in columns]
    return History(
        [
            {
                name: make(x)
                for name, make, x, known in zip(columns, made, row, has, strict=True)
                if known
            }
            for row, has in zip(rows, there, strict=True)
        ],
        description.stopped,
        description.interrupted,
        description.weights_epoch,
    )


def histories_apart(
    histories: Sequence[History],
) -> tuple[tuple[HistoryDescription, ...], dict[str, NDArray[Any]]]:
    """Return the descriptions of several histories and their tensors."""
    apart = [history_apart(history, _place(i)) for i, history in enumerate(histories)]
    tensors = {name: array for _, arrays in apart for name, array in arrays.items()}
    return tuple(description for description, _ in apart), tensors


def histories_built(descriptions: Sequence[HistoryDescription], tensors: Arrays) -> list[History]:
    """Return the histories, and take their tensors out of the mapping.

    Raises
    ------
    KeyError, ValueError
        As `history_built` does.
    """
    return [history_built(each, tensors, _place(i)) for i, each in enumerate(descriptions)]


def _place(number: int) -> str:
    return FIRST if number == 0 else f"{FIRST}{number}."
