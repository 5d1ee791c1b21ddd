"""The commands under one name, and their exit codes.

Only the command that is asked for is loaded: each has libraries of its own, and a learner's check
should not wait for those that read tables.
"""

from __future__ import annotations

import importlib
import sys
from io import TextIOWrapper

import typer
from typer.exceptions import TyperException

from chainrule.cli.errors import BAD_INPUT, INTERRUPTED, BadInputError
from chainrule.version import __version__

_COMMANDS = ("inspect", "train", "compare", "predict", "info", "export", "trace", "course", "play")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"chainrule {__version__}")
        raise typer.Exit


def _options(
    context: typer.Context,
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Take the options that stand before a command; print the help where there is none."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _application(arguments: list[str]) -> typer.Typer:
    """Return the requested command alone, or all commands where none is requested."""
    app = typer.Typer(
        help="Multilayer perceptrons by hand: train one on circles, on your table, and predict.",
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(_options)
    for name in _asked_for(arguments) or _COMMANDS:
        module = importlib.import_module(f"chainrule.cli.{name}")
        if name == "course":
            app.add_typer(module.app, name=name)
        else:
            app.command()(getattr(module, name))
    return app


def _asked_for(arguments: list[str]) -> list[str]:
    return [argument for argument in arguments[:1] if argument in _COMMANDS]


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
        app = _application(arguments)
        code = app(arguments, prog_name="chainrule", standalone_mode=False) or 0
    except TyperException as error:
        command = " ".join(["chainrule", *_asked_for(arguments)])
        return _refuse(f"{error.format_message()} (see '{command} --help')")
    except MemoryError as error:
        return _refuse(f"too little memory: {error or 'choose a smaller network or table'}")
    except Exception as error:
        if not isinstance(error, _bad_input()):
            raise
        return _refuse(str(error))
    if code == INTERRUPTED:
        print("chainrule: interrupted", file=sys.stderr)
    return code


def _bad_input() -> tuple[type[Exception], ...]:
    """Return the classes of errors that bad input causes, imported only when needed."""
    from chainrule.checkpoints import CheckpointError
    from chainrule.divergence import DivergenceError
    from chainrule.exports.errors import ExportError
    from chainrule.saving import ModelFileError
    from chainrule.tables import TableError

    return BadInputError, CheckpointError, DivergenceError, ExportError, ModelFileError, TableError


def _refuse(message: str) -> int:
    print(f"chainrule: {' '.join(message.split())}", file=sys.stderr)
    return BAD_INPUT
