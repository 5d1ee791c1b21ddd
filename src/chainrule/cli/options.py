"""The options' texts and the checks that turn a wrong value into one clear line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from chainrule.activations import ACTIVATIONS
from chainrule.catalog import look_up
from chainrule.comparing import METHODS
from chainrule.optimizers import OPTIMIZERS
from chainrule.ranges import require_inner_share, require_not_negative, require_positive
from chainrule.tables import EXAMPLES

_MODEL = "One plain network"
_ENSEMBLE = "The training"
_TABLE = "The table"
_FILE = "The file"
_OUTPUT = "What is written"
_COMPARISON = "The comparison"


TABLE_HELP = "CSV, TSV, Parquet, Arrow or Excel; gzipped or not."


def _name_in(table: Mapping[str, Any], kind: str) -> Callable[[str], str]:
    def parse(name: str) -> str:
        try:
            look_up(table, name, kind)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        return name

    return parse


def _layers(text: str) -> tuple[int, ...]:
    if text.strip().lower() == "none":
        return ()
    try:
        sizes = tuple(int(part) for part in text.split(","))
    except ValueError:
        sizes = (0,)
    if min(sizes) < 1:
        raise typer.BadParameter(
            f"{text!r} is not a list of layer sizes such as 64,64; 'none' is a linear model"
        )
    return sizes


def in_range(require: Callable[[str, float], None]) -> Callable[..., float | None]:
    """Return the callback that holds an option to a range of `chainrule.ranges`."""

    def check(number: float | None) -> float | None:
        if number is not None:
            try:
                require("it", number)
            except ValueError as error:
                raise typer.BadParameter(str(error)) from None
        return number

    return check


Data = Annotated[
    Path | None,
    typer.Argument(metavar="TABLE", help=TABLE_HELP, show_default=False),
]
Target = Annotated[
    str | None,
    typer.Option("--target", "-t", help="The column to predict.", rich_help_panel=_TABLE),
]
Example = Annotated[
    Any,
    typer.Option(
        parser=_name_in(EXAMPLES, "example"),
        metavar="NAME",
        help=f"A table that scikit-learn ships: {', '.join(EXAMPLES)}.",
        rich_help_panel=_TABLE,
    ),
]
TaskName = Annotated[
    Literal["auto", "classification", "regression"],
    typer.Option("--task", help="What the target poses.", rich_help_panel=_TABLE),
]
Category = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        help="A column of numbers that are names, such as codes. Can be given again.",
        rich_help_panel=_TABLE,
    ),
]
Drop = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN", help="A column to leave out. Can be given again.", rich_help_panel=_TABLE
    ),
]
TestSize = Annotated[
    float,
    typer.Option(
        callback=in_range(require_inner_share),
        help="Share of the rows for the final test.",
        rich_help_panel=_TABLE,
    ),
]
ValidationSize = Annotated[
    float | None,
    typer.Option(
        callback=in_range(require_inner_share),
        help="Share of the rows that decide when to stop, default 0.2.",
        rich_help_panel=_MODEL,
    ),
]
Quick = Annotated[
    bool,
    typer.Option(
        "--quick",
        help="One plain network in place of an ensemble; so does each option below.",
        rich_help_panel=_MODEL,
    ),
]
MaxTime = Annotated[
    float | None,
    typer.Option(
        callback=in_range(require_positive),
        metavar="SECONDS",
        help="For the training of an ensemble: fewer epochs, then fewer networks.",
        rich_help_panel=_ENSEMBLE,
    ),
]
Kind = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN=KIND",
        help="How a column is to be read: number, category, boolean, decimal-comma, d/m/y, …; "
        "a wrong KIND lists them all. Can be given again.",
        rich_help_panel=_TABLE,
    ),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WORD",
        help="A word or number that stands for a missing value. Can be given again.",
        rich_help_panel=_TABLE,
    ),
]
NotMissing = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WORD",
        help="A value, though it is usually a word for missing: NA. Can be given again.",
        rich_help_panel=_TABLE,
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="Refuse categories that training did not see.", rich_help_panel=_TABLE
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        help="Between the fields of a text file; found out by default.", rich_help_panel=_FILE
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        help="Of a text file; by default UTF-8, or what a byte order mark says.",
        rich_help_panel=_FILE,
    ),
]
Quote = Annotated[
    str | None,
    typer.Option(
        metavar="CHARACTER",
        help="Around fields of a text file; found out by default; 'none' for none.",
        rich_help_panel=_FILE,
    ),
]
Comment = Annotated[
    str | None,
    typer.Option(
        metavar="MARK", help="What lines begin with that are no rows.", rich_help_panel=_FILE
    ),
]
Header = Annotated[
    str | None,
    typer.Option(
        metavar="LINE",
        help="The line with the columns' names; 'none' where there is none: then they are "
        "'column 1', 'column 2', …",
        rich_help_panel=_FILE,
    ),
]
Skip = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LINES",
        help="Lines of a text file to leave out, such as 7 or 3-5. Can be given again.",
        rich_help_panel=_FILE,
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Of an Excel workbook; the first by default.", rich_help_panel=_FILE
    ),
]
Hidden = Annotated[
    Any,
    typer.Option(
        parser=_layers,
        metavar="SIZES",
        help="Neurons of each hidden layer, default 64,64; 'none' is a linear model.",
        rich_help_panel=_MODEL,
    ),
]
ActivationName = Annotated[
    Any,
    typer.Option(
        parser=_name_in(ACTIVATIONS, "activation"),
        metavar="NAME",
        help=f"Of the hidden layers, default relu: {', '.join(ACTIVATIONS)}.",
        rich_help_panel=_MODEL,
    ),
]
OptimizerName = Annotated[
    Any,
    typer.Option(
        parser=_name_in(OPTIMIZERS, "optimizer"),
        metavar="NAME",
        help=f"Default adamw: {', '.join(OPTIMIZERS)}.",
        rich_help_panel=_MODEL,
    ),
]
LearningRate = Annotated[
    float | None,
    typer.Option(
        callback=in_range(require_positive), help="Default 0.001.", rich_help_panel=_MODEL
    ),
]
WeightDecay = Annotated[
    float | None,
    typer.Option(
        callback=in_range(require_not_negative),
        help="For adamw, default 0.2.",
        rich_help_panel=_MODEL,
    ),
]
Epochs = Annotated[
    int | None, typer.Option(min=1, help="At most; default 200.", rich_help_panel=_MODEL)
]
BatchSize = Annotated[
    int | None, typer.Option(min=1, help="Rows per step, default 32.", rich_help_panel=_MODEL)
]
Patience = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Stop after more epochs than this without a better validation loss, default 20.",
        rich_help_panel=_MODEL,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=2**32 - 1,
        help="Of the split, the weights and the order; default 10.",
        rich_help_panel=_ENSEMBLE,
    ),
]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.html", help="One self-contained page with plots.", rich_help_panel=_OUTPUT
    ),
]
ModelFile = Annotated[
    Path | None,
    typer.Option(
        metavar="MODEL", help="The model, for 'chainrule predict'.", rich_help_panel=_OUTPUT
    ),
]
CheckpointFolder = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Write a checkpoint every minute; a killed run goes on with --resume.",
        rich_help_panel=_OUTPUT,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume", help="Go on from the last checkpoint, if there is one.", rich_help_panel=_OUTPUT
    ),
]
Methods = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help=f"Some of {', '.join(METHODS)}; by default all that are installed.",
        rich_help_panel=_COMPARISON,
    ),
]
Repeats = Annotated[
    int,
    typer.Option(min=1, help="Splits of the rows, each with a seed.", rich_help_panel=_COMPARISON),
]
ComparisonSeed = Annotated[
    int,
    typer.Option(
        "--seed",
        min=0,
        max=2**31 - 1,
        help="Of the first split and of every method; later splits have the next ones.",
        rich_help_panel=_COMPARISON,
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print the report as JSON, for machines.", rich_help_panel=_OUTPUT),
]
