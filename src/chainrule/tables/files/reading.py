"""From a file to a table, whatever kind of file it is."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from chainrule.tables.errors import TableError
from chainrule.tables.files.decoding import canonical_encoding
from chainrule.tables.files.delimited import read_delimited
from chainrule.tables.files.file_types import file_type, opened, peek, text_encoding
from chainrule.tables.files.layouts import Choices
from chainrule.tables.files.typed_files import read_typed
from chainrule.tables.table import Table


def read_table(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    comment: str | None = None,
    header: int | None = None,
    skip: Collection[int] = (),
    sheet: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Table:
    """Read a CSV, TSV, Parquet, Arrow or Excel file; text and Parquet gzipped or not.

    Parameters
    ----------
    path : Path
        The file. Its first bytes tell what it is; its name tells only that ``.tsv`` and
        ``.tab`` are parted by tabs.
    encoding : str, optional
        Of a text file. By default UTF-8, or what a byte order mark says.
    delimiter : str, optional
        One character; by default the one of comma, semicolon, tab, bar and some rarer ones that
        gives all rows the same number of fields.
    quote : str, optional
        The character around fields; by default ``"``, or found out; "none" for none.
    comment : str, optional
        What lines begin with that are no rows.
    header : int, optional
        The line of the column names; 0 says that there is none.
    skip : collection of int
        Lines of a text file to leave out.
    sheet : str, optional
        Of an Excel workbook; by default the first.
    progress : callable, optional
        Told how many bytes of a text file were read, block by block.

    Returns
    -------
    Table
        With at least one column and one row.

    Raises
    ------
    TableError
        If the file is missing, unreadable, damaged, empty or not a table.
    """
    path = Path(path)
    with opened(path) as stream:
        kind = file_type(path.name, stream, encoding and canonical_encoding(encoding))
        if kind != "text":
            found = read_typed(path.name, kind, stream, sheet=sheet)
            return replace(found.table, index=found.index_names, format={"type": kind})
        if sheet is not None:
            raise TableError(f"{path.name} is a text file and has no sheets; leave out --sheet")
        head = peek(stream)
        known = canonical_encoding(encoding) if encoding else text_encoding(head) or "utf-8"
        choices = Choices(
            delimiter=delimiter,
            quote=quote,
            comment=comment or None,
            header=header,
            skip=frozenset(skip),
        )
        return read_delimited(
            path.name, stream, known, choices, tabs=_is_named_tsv(path), progress=progress
        )


def _is_named_tsv(path: Path) -> bool:
    plain = path.with_suffix("") if path.suffix.lower() in (".gz", ".gzip") else path
    return plain.suffix.lower() in (".tsv", ".tab")
