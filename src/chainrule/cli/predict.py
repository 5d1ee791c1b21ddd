"""`chainrule predict`: a model's answers for the rows of a new table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from chainrule.cli import options
from chainrule.cli.errors import BadInputError, speaking, writing
from chainrule.cli.tables import Reading
from chainrule.files import require_writable, whole_file
from chainrule.reports import plain
from chainrule.saving import load


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="From 'chainrule train --out'.")],
    table: Annotated[Path, typer.Argument(metavar="TABLE", help=options.TABLE_HELP)],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Where to write; standard output by default."),
    ] = None,
    strict: options.Strict = False,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    quote: options.Quote = None,
    comment: options.Comment = None,
    header: options.Header = None,
    skip: options.Skip = None,
    sheet: options.Sheet = None,
) -> None:
    """Predict the target for every row of TABLE, in its order.

    Writes the column "prediction" and, for classes, the probability of each.
    """
    if out is not None:
        with writing(out):
            if any(out.resolve() == given.resolve() for given in (model, table)):
                raise BadInputError(f"{out} is one of the files to read; give --out another name")
            require_writable(out)
    loaded = load(model, "table model")
    rows = Reading(delimiter, encoding, quote, comment, header, skip, sheet).table(table)
    predictions = loaded.predict(rows.for_one_use(), strict=strict)
    for note in (*rows.notes, *predictions.notes):
        print(plain(f"note: {note}"), file=sys.stderr)
    if out is None:
        _to_standard_output(predictions.frame.write_csv().encode())
        return
    with writing(out), whole_file(out) as file:
        file.write(predictions.frame.write_csv().encode())
    print(f"{predictions.frame.height} predictions written to {out}", file=sys.stderr)


def _to_standard_output(content: bytes) -> None:
    """Write UTF-8 whatever the terminal's encoding is: this is a file for a program."""
    if sys.stdout is None:
        raise BadInputError("standard output is closed; give --out FILE")
    with speaking():
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:  # a notebook's or a test's stand-in holds text
            sys.stdout.write(content.decode())
        else:
            buffer.write(content)
