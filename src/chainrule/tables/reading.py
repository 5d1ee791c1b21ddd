"""From a file to a table, whatever kind of file it is."""

from __future__ import annotations

from pathlib import Path

from chainrule.tables.delimited import read_delimited
from chainrule.tables.opening import content, is_parquet, opened, peek, require_text
from chainrule.tables.parquet import read_parquet
from chainrule.tables.table import Table
from chainrule.tables.texts import canonical_encoding


def read_table(path: Path, *, encoding: str = "utf-8", delimiter: str | None = None) -> Table:
    """Read a CSV, TSV or Parquet file, gzipped or not.

    Parameters
    ----------
    path : Path
        The file. Its first bytes tell what it is; its name tells only that ``.tsv`` and
        ``.tab`` are parted by tabs.
    encoding : str
        Of a text file. UTF-8 may begin with a byte order mark.
    delimiter : str, optional
        One character; by default the one of comma, semicolon, tab and bar that splits the
        header into most fields.

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
        head = peek(stream)
        if is_parquet(head):
            return read_parquet(path.name, content(stream))
        encoding = canonical_encoding(encoding)
        require_text(path.name, head, encoding)
        return read_delimited(path.name, stream, encoding, delimiter or _delimiter_of(path))


def _delimiter_of(path: Path) -> str | None:
    plain = path.with_suffix("") if path.suffix.lower() in (".gz", ".gzip") else path
    return "\t" if plain.suffix.lower() in (".tsv", ".tab") else None
