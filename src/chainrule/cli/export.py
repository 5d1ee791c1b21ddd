"""`chainrule export`: a model as C, as a Python file for NumPy, or as ONNX."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from chainrule.cli.errors import BadInputError, writing
from chainrule.exports import FORMATS, identifier
from chainrule.exports import export as exported
from chainrule.files import require_writable, whole_file
from chainrule.saving import load


def export(
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL", help="From 'chainrule train --out' or chainrule.save."),
    ],
    to: Annotated[str, typer.Option(metavar="|".join(FORMATS), help="The format.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write.")],
    precision: Annotated[
        Literal["float", "double"] | None,
        typer.Option(help="Of the arithmetic; the model's own by default."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="With which names in C begin; the file's by default."),
    ] = None,
    zipmap: Annotated[
        bool, typer.Option(help="In ONNX: probabilities as a dict for each row, not as an array.")
    ] = True,
) -> None:
    """Write MODEL in another format, with its columns, and check its answers.

    The exported model is run on sample rows. Where its answers are not the library's, nothing is
    written.
    """
    if to not in FORMATS:
        raise BadInputError(f"--to {to!r} is no format; known: {', '.join(FORMATS)}")
    with writing(out):
        if out.resolve() == model.resolve():
            raise BadInputError(f"{out} is the model itself; give --out another name")
        require_writable(out)
    loaded = load(model)
    name = name or identifier(out.stem) or "model"
    done = exported(loaded, to, name=name, precision=precision, zipmap=zipmap)
    with writing(out), whole_file(out) as file:
        file.write(done.content)
    print(f"{out} written; {done.checked}", file=sys.stderr)
