"""`chainrule predict MODEL -`: answers for the rows of standard input, written as they come."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from chainrule.cli.errors import BadInputError, speaking, writing
from chainrule.cli.tables import Reading
from chainrule.files import whole_file
from chainrule.models import BlockPredictor, TableModel
from chainrule.reports import plain
from chainrule.tables import TableError, rows_from_stream
from chainrule.tables.files.streams import Format

NAME = "standard input"


def predict_stream(
    model: TableModel,
    reading: Reading,
    out: Path | None,
    *,
    strict: bool,
    interval: float | None = None,
    form: Format | None,
    to: Format | None,
    skip_errors: bool,
) -> None:
    """Predict the rows of standard input.

    Parameters
    ----------
    model : TableModel
    reading : Reading
    out : Path or None
        A file that is written whole or not at all; None is standard output, row by row.
    strict, interval
        As of `TableModel.predict`.
    form, to : {"csv", "jsonl"} or None
        Of the rows and of the answers; None is found out, or the same.
    skip_errors : bool
        Whether a row that is refused is answered by what is wrong with it.

    Raises
    ------
    BadInputError
        If standard input or output is closed, or options do not go together.
    TableError
        At the first row that is refused.
    """
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise BadInputError("standard input is closed; give a file's name in place of -")
    if reading.header is not None or reading.sheet is not None:
        raise BadInputError("--header and --sheet go with a file; of - the header comes first")
    form, blocks = rows_from_stream(
        NAME,
        stream,
        model.columns.wanted,
        form=form,
        encoding=reading.encoding,
        choices=reading.choices,
    )
    to = to or form
    if skip_errors and to == "csv":
        raise BadInputError("--on-error skip writes errors as JSON lines; give --to jsonl")
    predictor = BlockPredictor(model, strict=strict, interval=interval)
    texts = _written(predictor.predict(blocks), to, skip_errors=skip_errors)
    if out is None:
        write = standard_output()
        done = False
        with speaking():
            for text in texts:
                write(text)
            done = True
        if not done:  # nobody reads on
            return
    else:
        with writing(out), whole_file(out) as file:
            file.writelines(texts)
    for note in (*predictor.notes, *predictor.findings.notes):
        print(plain(f"note: {note}"), file=sys.stderr)


def _written(
    answers: Iterator[pl.DataFrame | TableError], to: Format, *, skip_errors: bool
) -> Iterator[bytes]:
    """Yield the answers as text; CSV begins with a header."""
    is_first = True
    for answer in answers:
        if isinstance(answer, TableError):
            if not skip_errors:
                raise answer
            yield json.dumps({"error": str(answer)}, ensure_ascii=False).encode() + b"\n"
        elif to == "jsonl":
            yield answer.write_ndjson().encode()
        else:
            yield answer.write_csv(include_header=is_first).encode()
            is_first = False


def standard_output() -> Callable[[bytes], None]:
    """Return what writes UTF-8 to standard output at once, whatever the terminal's encoding is."""
    if sys.stdout is None:
        raise BadInputError("standard output is closed; give --out FILE")
    stream = sys.stdout
    buffer = getattr(stream, "buffer", None)

    def write(content: bytes) -> None:
        if buffer is None:  # a notebook's or a test's stand-in holds text
            stream.write(content.decode())
        else:
            buffer.write(content)
        stream.flush()

    return write
