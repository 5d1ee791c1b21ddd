"""The page's code with mistakes in it, made of the book's lines, compiled and run.

Two ways: a whole class with a mistake in it, for the gallery and for the tests; and part by part,
for the diagnosis, which asks what each part would have computed.
"""

from __future__ import annotations

import linecache
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import count
from types import CodeType
from typing import Any

import numpy as np

from chainrule.diagnosis.book import ONE_SAMPLE, PIECES, Mistake, Piece, lines_of

_NUMBERS = count(1)


def source(
    piece: Piece, lines: Mapping[str, str], order: Sequence[str] = (), baseline: str = ONE_SAMPLE
) -> str:
    """Return the text of a function with these lines in place of the right ones.

    Parameters
    ----------
    piece : Piece
    lines : mapping of str to str
        By part; "" leaves a part out.
    order : sequence of str
        The parts in another order than the piece's own.
    baseline : str
        Of the other parts.
    """
    body = "\n".join(f"{{{part}}}" for part in order) if order else piece.body
    written = {**piece.right(baseline), **lines}
    text = []
    for line in body.splitlines():
        part = line.strip()[1:-1]
        if line.strip() == f"{{{part}}}" and part in written:
            indent = line[: len(line) - len(line.lstrip())]
            text += [indent + one for one in written[part].splitlines()]
        else:
            text.append(line.replace("{{", "{").replace("}}", "}"))
    return f"{piece.head}\n{textwrap.indent(chr(10).join(text) or 'pass', '    ')}"


def page_class(
    name: str, mistakes: Sequence[Mistake] = (), baseline: str = ONE_SAMPLE, **names: Any
) -> type:
    """Return the page's `Layer` or `Perceptron` with mistakes in it.

    Its lines can be found, as if it stood in a file: an error tells its line.

    Parameters
    ----------
    name : {"Layer", "Perceptron"}
    mistakes : sequence of Mistake
        Those of the other class are left out.
    baseline : str
    **names
        Further names that the code finds, or others in place of `np`.

    Examples
    --------
    >>> from chainrule.diagnosis.book import get_mistake
    >>> layer = page_class("Layer", [get_mistake("Layer.backward", "no-derivative")])
    >>> layer(2, 1, np.tanh).forward([0.5, 1.0]).shape
    (1, 1)
    """
    methods = [
        _method(piece, [one for one in mistakes if one.where == piece.name], baseline)
        for piece in PIECES.values()
        if piece.name.startswith(f"{name}.")
    ]
    text = f"class {name}:\n" + textwrap.indent("\n\n".join(_FIXED.get(name, []) + methods), "    ")
    file = f"<{name.lower()} {next(_NUMBERS)}>"
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    at_hand = {"np": np, "__name__": f"page_code.{file[1:-1].replace(' ', '_')}", **names}
    exec(compile(text, file, "exec"), at_hand)
    return at_hand[name]


_FIXED = {
    "Perceptron": [
        "def __init__(self, layers):\n    self.layers = layers",
        "def forward(self, inputs):\n    for layer in self.layers:\n"
        "        inputs = layer.forward(inputs)\n    return inputs",
    ]
}


def _method(piece: Piece, mistakes: Sequence[Mistake], baseline: str) -> str:
    order = next((mistake.order for mistake in mistakes if mistake.order), ())
    return source(piece, lines_of(mistakes), order, baseline)


# Part by part ---------------------------------------------------------------------------------


@cache
def _compiled(lines: str) -> CodeType:
    return compile(lines, "<part>", "exec")


@cache
def _returned(lines: str) -> CodeType | None:
    """Return the expression of a `return` line; None if there is no such line."""
    expression = lines.removeprefix("return").strip()
    return compile(expression, "<part>", "eval") if expression else None


def run_part(lines: str, names: dict[str, Any]) -> None:
    """Run the lines of a part; what they assign is in `names` afterwards."""
    exec(_compiled(lines), names)


def returned_by(lines: str, names: dict[str, Any]) -> Any:
    """Return what a `return` line gives, or None without one."""
    expression = _returned(lines)
    return None if expression is None else eval(expression, names)


# A whole function -----------------------------------------------------------------------------


def function(name: str, lines: Mapping[str, str] | None = None) -> Callable[..., Any]:
    """Return a function of the book, made once, with these lines in place of the right ones.

    Another function that it calls is the book's right one.

    Examples
    --------
    >>> from chainrule.diagnosis.book import get_mistake
    >>> wrong = get_mistake("average_loss", "not-averaged")
    >>> y_hats, y = np.array([0.5, 0.5]), np.array([0, 1])
    >>> average, total = function("average_loss"), function("average_loss", wrong.lines)
    >>> float(total(y_hats, y) / average(y_hats, y))
    2.0
    """
    return _made(source(PIECES[name], lines or {}))


@cache
def _made(text: str) -> Callable[..., Any]:
    own, *called = re.findall(r"(?<![.\w])(\w+)\(", text)
    names: dict[str, Any] = {name: function(name) for name in called if name in PIECES}
    names["np"] = np
    exec(compile(text, "<page>", "exec"), names)
    made: Callable[..., Any] = names[own]
    return made
