"""The commands under one name, and how they end."""

from __future__ import annotations

import sys
from io import TextIOWrapper

import typer
from typer.exceptions import TyperException

from chainrule import __version__
from chainrule.cli import course, predict, trace, train
from chainrule.cli.errors import BAD_INPUT, INTERRUPTED, BadInputError
from chainrule.divergence import DivergenceError
from chainrule.models import ModelFileError
from chainrule.tables import TableError

app = typer.Typer(
    help="Multilayer perceptrons by hand: train one on circles, on your table, and predict.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(train.train)
app.command()(predict.predict)
app.command()(trace.trace)
app.add_typer(course.app, name="course")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"chainrule {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Take the options that stand before a command; print the help where there is none."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the process by default.

    Returns
    -------
    int
        0, 2 after bad input, 130 after Ctrl-C.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # an arrow never costs a trained model
    try:
        code = app(arguments, prog_name="chainrule", standalone_mode=False) or 0
    except TyperException as error:
        known = ("train", "predict", "trace", "course")
        command = " ".join(["chainrule", *(a for a in arguments[:1] if a in known)])
        return _refuse(f"{error.format_message()} (see '{command} --help')")
    except (BadInputError, DivergenceError, ModelFileError, TableError) as error:
        return _refuse(str(error))
    except MemoryError as error:
        return _refuse(f"too little memory: {error or 'choose a smaller network or table'}")
    if code == INTERRUPTED:
        print("chainrule: interrupted", file=sys.stderr)
    return code


def _refuse(message: str) -> int:
    print(f"chainrule: {' '.join(message.split())}", file=sys.stderr)
    return BAD_INPUT
