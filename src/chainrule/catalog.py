"""Plug-ins are rows in a table, found by name; a wrong name gets the nearest right one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

Row = TypeVar("Row")


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant: ``"; did you mean 'mse'?"``, or nothing.

    Examples
    --------
    >>> nearest("sigmod", ["relu", "sigmoid"])
    "; did you mean 'sigmoid'?"
    >>> nearest("zzz", ["relu", "sigmoid"])
    ''
    """
    by_folded_name = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name.casefold(), by_folded_name, n=1)
    return f"; did you mean {by_folded_name[close[0]]!r}?" if close else ""


def look_up(table: Mapping[str, Row], name: str, kind: str) -> Row:
    """Return the row called `name`.

    Parameters
    ----------
    table : mapping of str to row
    name : str
    kind : str
        What the rows are, for the message: ``"loss"``.

    Raises
    ------
    ValueError
        If no row has that name; the message lists the known names and the nearest one.

    Examples
    --------
    >>> look_up({"relu": max}, "rellu", "activation")
    Traceback (most recent call last):
    ValueError: unknown activation 'rellu'; did you mean 'relu'? known: relu
    """
    if isinstance(name, str) and name in table:
        return table[name]
    hint = nearest(str(name), table) or ";"
    raise ValueError(f"unknown {kind} {name!r}{hint} known: {', '.join(table)}")
