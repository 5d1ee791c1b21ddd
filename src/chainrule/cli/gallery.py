"""`chainrule course gallery`: what a mistake does to a right network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chainrule.activations import ACTIVATIONS
from chainrule.cli.errors import BadInputError, speaking, writing
from chainrule.files import require_writable, whole_file

if TYPE_CHECKING:
    from chainrule.course.gallery import Setting, TrainingRun

_NETWORKS = "Both networks"
_OUTPUT = "What is written"


def gallery(
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY [KEY]]",
            help="One mistake to switch on, or two; the list of all without any.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Switch on one mistake after the other.")] = (
        False
    ),
    activation: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=f"Of the hidden layers: {', '.join(ACTIVATIONS)}.",
            rich_help_panel=_NETWORKS,
        ),
    ] = "relu",
    epochs: Annotated[int, typer.Option(min=1, rich_help_panel=_NETWORKS)] = 10,
    learning_rate: Annotated[float, typer.Option(rich_help_panel=_NETWORKS)] = 0.01,
    samples: Annotated[
        int, typer.Option(min=1, help="Points of the circles.", rich_help_panel=_NETWORKS)
    ] = 1000,
    noise: Annotated[
        float, typer.Option(help="Of the circles' points.", rich_help_panel=_NETWORKS)
    ] = 0.05,
    seed: Annotated[
        int,
        typer.Option(
            min=0,
            max=2**32 - 1,
            help="Of points, weights and orders; both networks have the same.",
            rich_help_panel=_NETWORKS,
        ),
    ] = 10,
    png: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="A picture.", rich_help_panel=_OUTPUT)
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="One self-contained page.", rich_help_panel=_OUTPUT),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the figures, for machines.", rich_help_panel=_OUTPUT),
    ] = False,
) -> None:
    """Switch a mistake on in a right network and watch its losses and its answers.

    Two 2-6-6-1 networks with the same first weights learn the points of two circles in the same
    order, by the page's code; one has the mistake. Without KEY the mistakes are listed.
    """
    wanted = _wanted(keys or [], every=every)
    if not wanted:
        _require_nothing_to_write(png, html)
        _list(as_json=as_json)
        return
    setting = _setting(activation, epochs, learning_rate, noise, samples, seed)
    for path in filter(None, (png, html)):
        with writing(path):
            require_writable(path)
    right, runs = _trained(setting, wanted)
    _write(setting, right, runs, png, html)
    with speaking():
        _show(setting, right, runs, as_json=as_json)


def _wanted(keys: list[str], *, every: bool) -> list[Any]:
    """Return which mistakes are switched on in each of the runs."""
    from chainrule.course.gallery import by_quantity, chosen

    if every and keys:
        raise BadInputError(f"--all is every mistake; leave {' '.join(keys)} out, or --all")
    if every:
        return [(one,) for group in by_quantity().values() for one in group]
    try:
        return [chosen(keys)] if keys else []
    except ValueError as error:
        raise BadInputError(f"{error}") from None


def _require_nothing_to_write(*paths: Path | None) -> None:
    if any(paths):
        raise BadInputError("a picture of what? give a KEY of the list, or --all")


def _list(*, as_json: bool) -> None:
    from rich.console import Console

    from chainrule.course.gallery.records import listed
    from chainrule.course.gallery.terminal import print_list

    with speaking():
        if as_json:
            print(json.dumps(listed(), ensure_ascii=False))
        else:
            print_list(Console())


def _setting(*values: Any) -> Setting:
    from chainrule.course.gallery import Setting

    try:
        return Setting(*values)
    except ValueError as error:
        raise BadInputError(f"{error}") from None


def _trained(setting: Setting, wanted: list[Any]) -> tuple[TrainingRun, list[TrainingRun]]:
    """Train the right network and the others, with a bar on standard error while it lasts."""
    from rich.console import Console
    from rich.progress import track

    from chainrule.course.gallery import train

    right = train((), setting)
    console = Console(stderr=True)
    shown = track(
        wanted, "training", console=console, transient=True, disable=not console.is_terminal
    )
    return right, [train(mistakes, setting) for mistakes in shown]


def _write(
    setting: Setting,
    right: TrainingRun,
    runs: list[TrainingRun],
    png: Path | None,
    html: Path | None,
) -> None:
    from chainrule.course.gallery.pictures import as_png, draw_pair, draw_sheet
    from chainrule.course.gallery.report import gallery_report

    if png is not None and len(runs) == 1 and runs[0].error:
        raise BadInputError(
            f"there is no picture of {runs[0].mistakes[0].key}: it stops in {runs[0].where}; leave "
            "--png out to read why"
        )
    if png is not None:
        one = len(runs) == 1
        figure = draw_pair(setting, right, runs[0]) if one else draw_sheet(setting, right, runs)
        with writing(png), whole_file(png) as file:
            file.write(as_png(figure, 130 if one else 100))
    if html is not None:
        with writing(html), whole_file(html) as file:
            file.write(gallery_report(setting, right, runs).encode())


def _show(setting: Setting, right: TrainingRun, runs: list[TrainingRun], *, as_json: bool) -> None:
    from rich.console import Console

    from chainrule.course.gallery.records import recorded
    from chainrule.course.gallery.terminal import print_all, print_pair

    if as_json:
        print(json.dumps(recorded(setting, right, runs), allow_nan=False, ensure_ascii=False))
    elif len(runs) == 1:
        print_pair(setting, right, runs[0], Console())
    else:
        print_all(setting, right, runs, Console())
