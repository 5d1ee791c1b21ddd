"""A table read as a command's options say, with a progress bar where reading takes long."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chainrule.catalog import nearest
from chainrule.cli.errors import BadInputError
from chainrule.tables import (
    Choices,
    Kind,
    MissingWords,
    Table,
    clean_name,
    kind_named,
    load_example,
    missing_words,
    read_table,
)

_LONG = 50_000_000  # bytes; a smaller file is read before a bar would be seen


@dataclass(frozen=True)
class Reading:
    """How a file is to be read, as the options say it.

    Attributes
    ----------
    delimiter, encoding, quote, comment, header, sheet : str or None
        None is found out.
    skip : list of str or None
        Lines and ranges of lines: "7", "3-5".
    """

    delimiter: str | None = None
    encoding: str | None = None
    quote: str | None = None
    comment: str | None = None
    header: str | None = None
    skip: list[str] | None = None
    sheet: str | None = None

    def table(self, path: Path) -> Table:
        """Read the file.

        Raises
        ------
        BadInputError
            If an option cannot be understood.
        TableError
            If the file cannot be read as a table.
        """
        header = _header(self.header)
        skip = _lines(self.skip or [])
        with _progress(path) as told:
            return read_table(
                path,
                encoding=self.encoding,
                delimiter=self.delimiter,
                quote=self.quote,
                comment=self.comment,
                header=header,
                skip=skip,
                sheet=self.sheet,
                progress=told,
            )

    @property
    def choices(self) -> Choices:
        """What the options say of a text whose header is the first line."""
        return Choices(
            delimiter=self.delimiter,
            quote=self.quote,
            comment=self.comment or None,
            skip=frozenset(_lines(self.skip or [])),
        )

    @property
    def given(self) -> dict[str, object]:
        """The options that were given, by name."""
        return {name: value for name, value in vars(self).items() if value}


def _header(text: str | None) -> int | None:
    if text is None:
        return None
    if text.lower() == "none":
        return 0
    if not re.fullmatch(r"[1-9][0-9]*", text):
        raise BadInputError(
            f"--header {text!r} is no line; give the number of the line with the columns' names, "
            "or none"
        )
    return int(text)


def _lines(ranges: list[str]) -> list[int]:
    numbers = list[int]()
    for text in (part for given in ranges for part in given.split(",")):
        found = re.fullmatch(r"\s*([0-9]+)(?:-([0-9]+))?\s*", text)
        if found is None:
            raise BadInputError(
                f"--skip {text!r} is no line; give a number, or a range such as 3-5"
            )
        first, last = int(found[1]), int(found[2] or found[1])
        numbers.extend(range(first, last + 1))
    return numbers


@contextmanager
def _progress(path: Path) -> Iterator[Callable[[int], None] | None]:
    """Draw a bar on a terminal while a large file is read."""
    size = path.stat().st_size if path.is_file() else 0
    if size < _LONG or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("reading {task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        job = bar.add_task(path.name, total=None if path.suffix == ".gz" else size)
        yield lambda n_bytes: bar.advance(job, n_bytes)


def table_and_target(
    reading: Reading, path: Path | None, example: str | None, target: str | None
) -> tuple[Table, str]:
    """Return the table of a file or an example, and the name of the column to be predicted.

    Parameters
    ----------
    reading : Reading
    path : Path or None
    example : str or None
    target : str or None
        An example has one of its own.

    Raises
    ------
    BadInputError
        If there is not one of the two, or a file without a target.
    """
    if path is None and example is None:
        raise BadInputError("which table? give a file, or --example NAME")
    if path is None:
        rows, usual_target = load_example(str(example))
        return rows, clean_name(target or usual_target)
    if example is not None:
        raise BadInputError(f"{path} and --example {example}: give one of them")
    rows = reading.table(path)
    if target is None:
        raise BadInputError(
            f"which column is to be predicted? add --target COLUMN; columns of {rows.name}: "
            f"{', '.join(rows.columns)}"
        )
    return rows, clean_name(target)


def kinds_of(given: list[str] | None) -> dict[str, Kind]:
    """Return the kinds that ``--kind COLUMN=KIND`` gives to columns."""
    kinds = dict[str, Kind]()
    for text in given or []:
        name, equals, kind = text.rpartition("=")
        if not equals or not name:
            raise BadInputError(f"--kind {text!r}: give COLUMN=KIND, such as --kind zip=category")
        kinds[clean_name(name)] = kind_named(kind.strip())
    return kinds


def words_of(missing: list[str] | None, not_missing: list[str] | None) -> MissingWords:
    """Return the words for missing, as ``--missing`` and ``--not-missing`` change them."""
    try:
        return missing_words(missing or [], not_missing or [])
    except ValueError as error:
        raise BadInputError(str(error)) from None


def without(rows: Table, names: list[str], target: str | None) -> Table:
    """Leave out the columns that ``--drop`` names."""
    names = [clean_name(name) for name in names]
    for name in names:
        if name == target:
            raise BadInputError(f"--drop {name!r} is the column to predict; give others")
        if name not in rows.columns:
            hint = nearest(name, rows.columns) or ";"
            raise BadInputError(
                f"--drop {name!r} is no feature column{hint} columns of {rows.name}: "
                f"{', '.join(rows.columns)}"
            )
    return rows.drop(names)
