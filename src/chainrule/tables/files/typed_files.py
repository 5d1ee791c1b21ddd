"""Parquet, Arrow and Excel files: their columns have types, of which a network can use some."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from chainrule.tables.errors import TableError
from chainrule.tables.files.plain_columns import plain_columns
from chainrule.tables.files.workbooks import read_sheet
from chainrule.tables.names import clean_name, column_names
from chainrule.tables.notes import Note
from chainrule.tables.table import Table


@dataclass(frozen=True, eq=False)
class TypedFile:
    """A table from a file whose columns have types.

    Attributes
    ----------
    table : Table
    index_names : tuple of str
        The columns that pandas wrote as the index of its frame; they are still in the table.
    """

    table: Table
    index_names: tuple[str, ...] = ()


def read_typed(
    name: str, kind: str, stream: io.BufferedIOBase, *, sheet: str | None = None
) -> TypedFile:
    """Read a file whose columns have types.

    Parameters
    ----------
    name : str
        The file's name, for messages.
    kind : {"parquet", "arrow", "arrow stream", "feather 1", "excel"}
        What `file_type` says.
    stream : binary file
    sheet : str, optional
        The sheet of an Excel workbook; by default the first.

    Returns
    -------
    TypedFile
        Its columns are of the types of `plain_columns`, with the names of `column_names`. No
        word stands for a missing value yet, and no column is left out but nested and binary ones.

    Raises
    ------
    TableError
        If the file is damaged, has no rows or columns, or a package is missing that reads it.
    """
    if kind == "excel":
        return TypedFile(read_sheet(name, stream.read(), sheet))
    if kind == "feather 1":
        raise TableError(
            f"{name} is a Feather file of version 1, which only pyarrow reads; write it anew: "
            "pandas.read_feather(…).to_parquet(…)"
        )
    spoken, read, pandas_metadata = _READERS[kind]
    content = stream.read()
    try:
        frame = read(io.BytesIO(content))
        metadata = pandas_metadata(content)
    except pl.exceptions.DuplicateError as error:
        raise TableError(
            f"{name}: {str(error).partition(chr(10))[0]}; give each column a name of its own"
        ) from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        reason = str(error).strip().partition("\n")[0][:120]
        raise TableError(
            f"{name} is damaged {spoken} ({reason}); get a whole copy, or write it anew with "
            "plain columns, each with a name of its own"
        ) from None
    if frame.width == 0 or frame.height == 0:
        missing = "columns" if frame.width == 0 else "rows"
        raise TableError(f"{name} has no {missing}; give a table with a target and some rows")
    table = table_of_frame(name, frame)
    if kind == "arrow stream" and not content.endswith(_END_OF_STREAM):
        table = table.with_notes(
            Note("the Arrow stream has no mark of its end; rows may be missing")
        )
    names = [clean_name(index) for index in _index_columns(metadata)]
    return TypedFile(table, tuple(index for index in names if index in table.columns))


def table_of_frame(name: str, frame: pl.DataFrame) -> Table:
    """Return a frame's columns as a table of plain ones.

    Parameters
    ----------
    name : str
        For messages.
    frame : polars.DataFrame

    Raises
    ------
    TableError
        If two columns have the same name, or none is of a type that can be used.
    """
    names, notes = column_names(name, frame.columns)
    frame = frame.rename(dict(zip(frame.columns, names, strict=True)))
    places = np.arange(1, frame.height + 1, dtype=np.int64)
    plain, changes = plain_columns(frame, places)
    if plain.width == 0:
        raise TableError(f"{name} has only nested or binary columns; give plain values")
    return Table(name, plain, places, "row", (*notes, *changes))


def _index_columns(metadata: str) -> list[str]:
    """Return the columns that pandas' metadata call the index; other indices are not stored."""
    try:
        columns = json.loads(metadata)["index_columns"]
        return [column for column in columns if isinstance(column, str)]
    except (ValueError, KeyError, TypeError):
        return []


def _parquet_metadata(content: bytes) -> str:
    return pl.read_parquet_metadata(io.BytesIO(content)).get("pandas", "")


_END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_KEY = b"\x06\x00\x00\x00pandas\x00"


def _arrow_metadata(content: bytes) -> str:
    """Return pandas' words from the schema, of which polars does not tell.

    Flatbuffers write a string as its length in four bytes and then its bytes.
    """
    begin = content.find(b'{"index_columns"', 0, 2**22)
    if begin < 4 or _KEY not in content[: 2**22]:
        return ""
    length = int.from_bytes(content[begin - 4 : begin], "little")
    return content[begin : begin + length].decode("utf-8", "replace")


def _read_parquet(file: io.BytesIO) -> pl.DataFrame:
    return pl.read_parquet(file)


def _read_stream(file: io.BytesIO) -> pl.DataFrame:
    return pl.read_ipc_stream(file)


def _read_arrow(file: io.BytesIO) -> pl.DataFrame:
    return pl.read_ipc(file)


_Reader = Callable[[io.BytesIO], pl.DataFrame]
_READERS: dict[str, tuple[str, _Reader, Callable[[bytes], str]]] = {
    "parquet": ("Parquet", _read_parquet, _parquet_metadata),
    "arrow": ("Arrow (Feather)", _read_arrow, _arrow_metadata),
    "arrow stream": ("Arrow (a stream)", _read_stream, _arrow_metadata),
}
