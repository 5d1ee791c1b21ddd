"""`chainrule predict`: a model's answers for the rows of a new table, or of standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from chainrule.cli import options
from chainrule.cli.errors import BadInputError, speaking, writing
from chainrule.cli.options import in_range
from chainrule.cli.predict_stream import predict_stream, standard_output
from chainrule.cli.tables import Reading
from chainrule.files import require_writable, whole_file
from chainrule.models import TableModel
from chainrule.ranges import require_inner_share
from chainrule.reports import plain
from chainrule.saving import load

_STREAM = "Standard input"
_STREAM_HELP = "reads CSV or JSON lines from standard input and answers as they come."


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="From 'chainrule train --out'.")],
    table: Annotated[
        Path, typer.Argument(metavar="TABLE", help=f"{options.TABLE_HELP} - {_STREAM_HELP}")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Where to write; standard output by default."),
    ] = None,
    interval: Annotated[
        float | None,
        typer.Option(
            callback=in_range(require_inner_share),
            metavar="SHARE",
            help='Writes the columns "from" and "to" too, between which a number lies with this '
            "probability, such as 0.9.",
        ),
    ] = None,
    strict: options.Strict = False,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    quote: options.Quote = None,
    comment: options.Comment = None,
    header: options.Header = None,
    skip: options.Skip = None,
    sheet: options.Sheet = None,
    form: Annotated[
        Literal["csv", "jsonl"] | None,
        typer.Option(
            "--format",
            help="Of the rows of -; JSON lines by default if they begin with {.",
            rich_help_panel=_STREAM,
        ),
    ] = None,
    to: Annotated[
        Literal["csv", "jsonl"] | None,
        typer.Option(
            help="Format of the answers to -; the rows' by default.", rich_help_panel=_STREAM
        ),
    ] = None,
    on_error: Annotated[
        Literal["stop", "skip"] | None,
        typer.Option(
            help="Whether a bad row of - ends the work, which is the default, or is answered by a "
            'JSON line {"error": …}.',
            rich_help_panel=_STREAM,
        ),
    ] = None,
) -> None:
    """Predict the target for every row of TABLE, in its order.

    Writes the column "prediction" and, for classes, the probability of each.
    """
    is_stream = str(table) == "-"
    if not is_stream and (form or to or on_error):
        raise BadInputError("--format, --to and --on-error go with -; leave them out for a file")
    if out is not None:
        with writing(out):
            if any(out.resolve() == given.resolve() for given in (model, table)):
                raise BadInputError(f"{out} is one of the files to read; give --out another name")
            require_writable(out)
    loaded = load(model, "table model")
    if interval is not None:
        _require_intervals(loaded, interval)
    reading = Reading(delimiter, encoding, quote, comment, header, skip, sheet)
    if is_stream:
        predict_stream(
            loaded,
            reading,
            out,
            strict=strict,
            interval=interval,
            form=form,
            to=to,
            skip_errors=on_error == "skip",
        )
        return
    rows = reading.table(table)
    predictions = loaded.predict(rows.for_one_use(), strict=strict, interval=interval)
    for note in (*rows.notes, *predictions.notes):
        print(plain(f"note: {note}"), file=sys.stderr)
    if out is None:
        write = standard_output()
        with speaking():
            write(predictions.frame.write_csv().encode())
        return
    with writing(out), whole_file(out) as file:
        file.write(predictions.frame.write_csv().encode())
    print(f"{predictions.frame.height} predictions written to {out}", file=sys.stderr)


def _require_intervals(model: TableModel, interval: float) -> None:
    """Refuse a model that knows no intervals before its rows are read.

    Raises
    ------
    BadInputError
    """
    try:
        model.half_width(interval)
    except ValueError as error:
        raise BadInputError(f"--interval: {error}") from None
