"""`chainrule info`: what a model file holds, in the terminal, as JSON or as a model card."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.cli.errors import BadInputError, speaking, writing
from chainrule.files import require_writable, whole_file
from chainrule.reports import plain
from chainrule.saving.card import card as model_card
from chainrule.saving.describing import Description, describe
from chainrule.saving.purposes import figure

_MOST_CLASSES = 12


def info(
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL", help="From 'chainrule train --out' or chainrule.save."),
    ],
    card: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.md", help="Write a model card, and the network beside it as FILE.svg."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for machines.")] = (
        False
    ),
) -> None:
    """Describe MODEL: the network, the columns, the predictions and the training."""
    drawing = None if card is None else card.with_suffix(".svg")
    for output in filter(None, (card, drawing)):
        with writing(output):
            if output.resolve() == model.resolve():
                raise BadInputError(f"{output} is the model itself; give --card another name")
            if card == drawing:
                raise BadInputError("--card takes a name that ends in .md: the drawing is FILE.svg")
            require_writable(output)
    found = describe(model)
    if card is not None and drawing is not None:
        _write(found, card, drawing)
    with speaking():
        if as_json:
            print(json.dumps(found.as_dict(), ensure_ascii=False, allow_nan=False))
        elif card is None:
            _show(found)


def _write(found: Description, card: Path, drawing: Path) -> None:
    """Write the card and its drawing, both or none."""
    text = model_card(found, drawing.name)
    with writing(card), whole_file(drawing) as svg, whole_file(card) as page:
        svg.write(found.as_svg().encode())
        page.write(text.encode())
    print(f"model card written to {card}, drawing to {drawing}", file=sys.stderr)


def _show(found: Description) -> None:
    from rich.console import Console
    from rich.table import Table as Grid

    console = Console(highlight=False, markup=False)
    print(plain(f"{found.file}: {found.title}"))
    print(plain(f"predicts {found.purpose.predicts}"))
    of_a_type = f" of {found.dtype}" if found.dtype else ""
    print(f"network: {found.shape}, {found.n_parameters} parameters{of_a_type}\n")
    drawing = found.as_text_drawing()
    if max(map(len, drawing.splitlines())) <= console.width:
        print(drawing)
    grid = Grid(box=None, pad_edge=False, show_header=False)
    for name, value in _facts(found):
        grid.add_row(plain(name), plain(value))
    print()
    console.print(grid)
    if found.purpose.inputs:
        print()
        console.print(_inputs(found))


def _facts(found: Description) -> Iterator[tuple[str, str]]:
    purpose = found.purpose
    yield "file", f"format {found.stored.format}, written by {found.stored.written_by}"
    made = ", ".join(f"{name} {version}" for name, version in found.written_with.items())
    if made:
        yield "made with", made
    if purpose.classes is not None:
        more = len(purpose.classes) - _MOST_CLASSES
        shown = ", ".join(map(str, purpose.classes[:_MOST_CLASSES]))
        yield "classes", shown + (f" and {more} more" if more > 0 else "")
    yield from purpose.record().items()
    for name, score in purpose.scores.items():
        baseline = purpose.baseline.get(name)
        beside = "" if baseline is None else f" (baseline {figure(baseline)})"
        yield f"test {name.replace('_', ' ')}", figure(score) + beside
    for name, why in purpose.left_out.items():
        yield "left out", f"{name}: {why}"


def _inputs(found: Description) -> Any:
    from rich.table import Table as Grid

    grid = Grid("column", "kind", "becomes", box=None, pad_edge=False)
    for each in found.purpose.inputs:
        many = len(each.features)
        became = f"{many} inputs" if many > 1 else "an input" if many else "none"
        grid.add_row(plain(each.name), plain(each.kind), became)
    return grid
