"""`chainrule predict`: a model's answers for the rows of a new table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from chainrule.cli.errors import BadInputError, speaking, writing
from chainrule.cli.options import Delimiter, Encoding
from chainrule.files import require_writable, whole_file
from chainrule.models import load_model
from chainrule.reports import plain
from chainrule.tables import read_table


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="From 'chainrule train --out'.")],
    table: Annotated[
        Path, typer.Argument(metavar="TABLE", help="CSV, TSV or Parquet, gzipped or not.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Where to write; standard output by default."),
    ] = None,
    allow_new_categories: Annotated[
        bool,
        typer.Option(
            "--allow-new-categories",
            help="Treat categories that training did not see as missing.",
        ),
    ] = False,
    delimiter: Delimiter = None,
    encoding: Encoding = "utf-8",
) -> None:
    """Predict the target for every row of TABLE, in its order.

    Writes the column "prediction" and, for classes, the probability of each.
    """
    if out is not None:
        with writing(out):
            if any(out.resolve() == given.resolve() for given in (model, table)):
                raise BadInputError(f"{out} is one of the files to read; give --out another name")
            require_writable(out)
    loaded = load_model(model)
    rows = read_table(table, encoding=encoding, delimiter=delimiter)
    predictions = loaded.predict(rows, allow_new_categories=allow_new_categories)
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
