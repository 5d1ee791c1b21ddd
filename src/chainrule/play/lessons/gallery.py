"""The gallery of mistakes for the page: lines beside the right ones, curve beside the right one."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import asdict
from difflib import SequenceMatcher
from functools import cache
from itertools import zip_longest
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from chainrule.course.gallery import ENTRIES, Setting, TrainingRun, train, verdict
from chainrule.course.gallery.entries import QUANTITIES
from chainrule.course.gallery.records import recorded
from chainrule.diagnosis.book import ONE_SAMPLE, PIECES, ROWS, Mistake, lines_of
from chainrule.diagnosis.page_code import source
from chainrule.play.lessons.passages import chapter_of
from chainrule.play.lessons.statements import formula_html

SETTING = Setting()
"""What all networks of the page are trained with."""


def routes() -> list[BaseRoute]:
    """Return the routes of the gallery."""
    return [Route("/api/gallery", _list), Route("/api/gallery/{key:path}", _show)]


async def _list(request: Request) -> Response:
    return JSONResponse(await to_thread.run_sync(listed))


async def _show(request: Request) -> Response:
    key = request.path_params["key"]
    if key not in mistakes():
        return JSONResponse({"error": f"the gallery has no mistake {key!r}"}, 404)
    return JSONResponse(await to_thread.run_sync(record, key))


@cache
def mistakes() -> dict[str, Mistake]:
    """Return all mistakes that have lines to show, by key.

    Those that can be trained come first; a mistake of another piece of code has the name of the
    piece in its key.

    Examples
    --------
    >>> mistakes()["updated-too-early"].quantity
    'da_prev'
    >>> mistakes()["accuracy:percent"].title
    'this is in percent; a share lies between 0 and 1'
    """
    found = dict(ENTRIES)
    for row in ROWS:
        if row.where in _TRAINED or row.where not in PIECES or "{" in row.title:
            continue
        if row.lines or row.both or row.order:
            found.setdefault(f"{row.where}:{row.key}", row)
    return found


_TRAINED = {mistake.where for mistake in ENTRIES.values()}


def listed() -> dict[str, Any]:
    """Return the quantities with their formulas, and all mistakes in short."""
    rows = [_short(key, mistake) for key, mistake in mistakes().items()]
    named = list(dict.fromkeys([*QUANTITIES, *(row["quantity"] for row in rows)]))
    quantities = [
        {"symbol": symbol, "formula": QUANTITIES.get(symbol, ""),
         "count": sum(row["quantity"] == symbol for row in rows)}
        for symbol in named
    ]  # fmt: skip
    return {"setting": str(SETTING), "quantities": quantities, "mistakes": rows}


def _short(key: str, mistake: Mistake) -> dict[str, Any]:
    return {
        "key": key,
        "title": mistake.title,
        "quantity": mistake.quantity,
        "right": mistake.right,
        "mathml": formula_html(mistake.right),
        "where": mistake.where,
        "chapter": chapter_of(mistake),
        "trained": key in ENTRIES,
    }


_LOCK = threading.Lock()  # one training at a time: the others wait for what they may then share


def record(key: str) -> dict[str, Any]:
    """Return all that the page shows of a mistake.

    Parameters
    ----------
    key : str
        Of `mistakes`.

    Returns
    -------
    dict
        With lines (pairs of wrong and right), curve (losses, right, sentence) or None, code, a
        file with the mistake for the learner's engine, and playground, the fragment of a link.
    """
    mistake = mistakes()[key]
    with _LOCK:
        curve = _curve(key) if key in ENTRIES else None
    trainable = key in ENTRIES and mistake.baseline == ONE_SAMPLE
    return {
        **_short(key, mistake),
        "lines": list(_beside(mistake)),
        "curve": curve,
        "code": _file(mistake) if trainable else None,
        "state": state() if trainable else None,
        "playground": fragment(state()) if trainable else None,
    }


def _texts(mistake: Mistake) -> tuple[list[str], list[str]]:
    piece = PIECES[mistake.where]
    wrong = source(piece, lines_of([mistake]), mistake.order, mistake.baseline)
    return wrong.splitlines(), source(piece, {}, (), mistake.baseline).splitlines()


def _beside(mistake: Mistake) -> Iterator[dict[str, Any]]:
    """Yield the lines with the mistake beside the right ones; None where there is no such line."""
    wrong, right = _texts(mistake)
    for kind, a, b, c, d in SequenceMatcher(None, wrong, right, autojunk=False).get_opcodes():
        for one, other in zip_longest(wrong[a:b], right[c:d]):
            yield {"wrong": one, "right": other, "same": kind == "equal"}


@cache
def _right_run() -> TrainingRun:
    return train((), SETTING)


@cache
def _curve(key: str) -> dict[str, Any]:
    run, right = train((ENTRIES[key],), SETTING), _right_run()
    told = recorded(SETTING, right, [run])
    of_run, beside = told["runs"][0], told["runs"][0]["right"] or told["right"]
    return {
        "losses": of_run["losses"],
        "right": beside["losses"],
        "accuracy": of_run["accuracy"],
        "right_accuracy": beside["accuracy"],
        "error": of_run["error"],
        "where": of_run["where"],
        "set_up": of_run["set_up"],
        **asdict(verdict(run, right)),
    }


_MAIN = """
if __name__ == "__main__":
    np.random.seed(10)
    X, y = make_circles(1000)
    model = Perceptron([Layer(2, 6, relu), Layer(6, 6, relu), Layer(6, 1, sigmoid)])
    model.fit(X, y, epochs=10, learning_rate=0.01)
"""
_FORWARD = """    def __init__(self, layers):
        self.layers = layers

    def forward(self, inputs):
        for layer in self.layers:
            inputs = layer.forward(inputs)
        return inputs
"""


def _file(mistake: Mistake) -> str:
    """Return a whole file, as of the chapter on training, with the mistake in it."""
    methods = []
    for piece in PIECES.values():
        own = piece.name == mistake.where
        lines, order = (lines_of([mistake]), mistake.order) if own else ({}, ())
        methods.append((piece.name, source(piece, lines, order)))
    return (
        f'"""{mistake.title}."""\n\nimport numpy as np\n\n'
        "from chainrule import make_circles, relu, sigmoid\n\n\n"
        f"class Layer:\n{_of(methods, 'Layer.')}\n\n"
        f"class Perceptron:\n{_FORWARD}\n{_of(methods, 'Perceptron.')}\n{_MAIN}"
    )


def _of(methods: list[tuple[str, str]], prefix: str) -> str:
    texts = [text for name, text in methods if name.startswith(prefix)]
    indented = ["\n".join(f"    {line}" if line else "" for line in t.splitlines()) for t in texts]
    return "\n\n".join(indented) + "\n"


def state() -> dict[str, Any]:
    """Return the playground's state for a mistake: the page's circles and network."""
    return {
        "data": {"name": "circles", "n": SETTING.samples, "noise": SETTING.noise},
        "layers": [{"neurons": 6, "activation": SETTING.activation}] * 2,
        "learning_rate": SETTING.learning_rate,
        "batch_size": 1,
        "optimizer": "sgd",
        "seed": SETTING.seed,
    }


def fragment(of: dict[str, Any]) -> str:
    """Return a state as the fragment of the playground's address.

    Parameters
    ----------
    of : dict
    """
    text = json.dumps(of, separators=(",", ":")).encode()
    return "#" + base64.urlsafe_b64encode(text).decode().rstrip("=")
