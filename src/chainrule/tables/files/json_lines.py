"""JSON lines as they come: one object a line, read into tables without waiting for the rest."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from chainrule.tables.errors import TableError, quote
from chainrule.tables.files.decoding import Text
from chainrule.tables.from_python import Row, table_of_rows
from chainrule.tables.names import clean_name
from chainrule.tables.parts import in_parts
from chainrule.tables.table import Table

_LONGEST = 2**24  # characters of a line
_NOUNS: dict[type, str] = {list: "an array", str: "a text", bool: "a truth", type(None): "null"}

_Numbered: TypeAlias = tuple[int, Row]
"""A row and the number of its line."""


def json_blocks(name: str, text: Text, wanted: Collection[str]) -> Iterator[Table | TableError]:
    """Yield the rows of JSON lines as they come, in tables.

    Parameters
    ----------
    name : str
        For messages.
    text : Text
    wanted : collection of str
        The columns that are looked at.

    Yields
    ------
    Table
        Of the rows whose lines are there. The first row that has all wanted columns names the
        columns: a key that a later one lacks is a missing value there. Rows before it are
        tables of their own, which lack columns.
    TableError
        In place of a line that is no row; the lines behind it can be read nevertheless.
    """
    known: list[str] = []
    for block in _blocks(name, text):
        if isinstance(block, TableError):
            yield block
            continue
        begin = 0
        while begin < len(block) and not known:
            _, row = block[begin]
            if {*wanted} <= set(map(clean_name, row)):
                known = list(row)
            yield from in_parts(partial(_table, name, wanted, ()), block[begin : begin + 1])
            begin += 1
        if begin < len(block):
            yield from in_parts(partial(_table, name, wanted, known), block[begin:])


def _table(
    name: str, wanted: Collection[str], known: Collection[str], rows: list[_Numbered]
) -> Table:
    places = np.array([line for line, _ in rows], dtype=np.int64)
    only = [row for _, row in rows]
    return table_of_rows(only, wanted, known=known, name=name, places=places, unit="line")


def _blocks(name: str, text: Text) -> Iterator[list[_Numbered] | TableError]:
    """Yield the rows of all lines that are there, and an error for a line that is none."""
    while True:
        text.fill_to(1)
        end = len(text.buffer) if text.ended else text.buffer.rfind("\n", text.at) + 1
        if end <= text.at:
            if text.ended:
                return
            if len(text.buffer) - text.at > _LONGEST:
                raise TableError(
                    f"{name}, line {text.line} is longer than {_LONGEST:,} characters; "
                    "give one row a line"
                )
            text.fill()
            continue
        first = text.line
        rows: list[_Numbered] = []
        for number, line in enumerate(text.take(end).split("\n"), first):
            if not line or line.isspace():
                continue
            try:
                rows.append((number, _row(f"{name}, line {number}", line)))
            except TableError as error:
                if rows:
                    yield rows
                yield error
                rows = []
        if rows:
            yield rows


def _row(where: str, line: str) -> Row:
    """Return the object that a line holds."""
    try:
        row = _DECODER.decode(line)
    except json.JSONDecodeError as error:
        raise TableError(
            f"{where} is no JSON ({error.msg}, character {error.pos + 1}); "
            'give one whole object a line: {"age": 41, "city": "Bern"}'
        ) from None
    except (ValueError, RecursionError) as error:
        raise TableError(f"{where}: {error}") from None
    if not isinstance(row, dict):
        noun = _NOUNS.get(type(row), "a number")
        raise TableError(
            f"{where}: {quote(line.strip())} is {noun}, no object; "
            'give a value for each column: {"age": 41, "city": "Bern"}'
        )
    return row


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's members, each name once."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"more than one value for {quote(twice)}; give one for each column")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)
