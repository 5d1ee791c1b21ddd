"""Model cards: a page in Markdown on a model, for its users.

After Mitchell et al. 2019, "Model Cards for Model Reporting"; what no file can know is left to the
author, as a line to be filled in.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from chainrule.reports import plain
from chainrule.saving.describing import Description
from chainrule.saving.purposes import figure

_READ_TABLE = "from chainrule.tables import read_table"
_MOST = 40  # of a list, and of a cell's names
_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_|<>[]#"})


def card(model: Description, drawing: str) -> str:
    """Return a model card in Markdown.

    Parameters
    ----------
    model : Description
    drawing : str
        The name of the file with the network as SVG, beside the card.
    """
    parts = (
        [f"# {_text(model.file)}", *_summary(model, drawing)],
        ["## Inputs", *_inputs(model)],
        ["## Output", *_output(model)],
        ["## Training", *_training(model)],
        ["## Scores", *_scores(model)],
        ["## Limits", *_limits(model)],
        ["## How to use it", *_use(model)],
    )
    return "\n\n".join(line for part in parts for line in part) + "\n"


def _text(words: object) -> str:
    """Return a user's words on one line, escaped for Markdown."""
    return plain(str(words)).translate(_SPECIAL)


def _bullets(facts: Mapping[str, object]) -> str:
    return "\n".join(f"- {_text(name)}: {_text(value)}" for name, value in facts.items())


def _grid(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows[:_MOST]]
    text = "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)
    more = len(rows) - _MOST
    return f"{text}\n\nand {more} more." if more > 0 else text


def _cell(value: object) -> str:
    return "---" if value == "---" else _text(value)


def _listed(values: list[Any]) -> str:
    shown = ", ".join(_text(value) for value in values[:_MOST])
    more = len(values) - _MOST
    return f"{shown} and {more} more" if more > 0 else shown


def _summary(model: Description, drawing: str) -> Iterator[str]:
    predicts = _text(model.purpose.predicts)
    several = len(model.purpose.networks) != 1
    what = "An ensemble of multilayer perceptrons" if several else "A multilayer perceptron"
    yield f"{what} ({_text(model.title)}) that predicts {predicts}."
    yield f"![The network]({_address(drawing)})"
    made = ", ".join(f"{name} {version}" for name, version in model.written_with.items())
    facts = _bullets(
        {
            "Layers": model.shape,
            "Functions": ", ".join(model.functions) or "none",
            "Parameters": f"{model.n_parameters} of {model.dtype or 'no type'}",
            "File": f"format {model.stored.format}, written by {model.stored.written_by}",
            "Made with": made or "not recorded",
        }
    )
    yield facts + "\n- Author, licence, intended use: *to be filled in*"


def _address(name: str) -> str:
    from urllib.parse import quote

    return quote(name)


def _inputs(model: Description) -> Iterator[str]:
    inputs = model.purpose.inputs
    if not inputs:
        yield f"{model.purpose.n_inputs} numbers a row; their names are not recorded."
        return
    yield _grid(
        ("column", "kind", "becomes"),
        [(each.name, each.kind, _became(each.features)) for each in inputs],
    )
    if model.purpose.left_out:
        yield "Columns that were in the training table and are no inputs:"
        yield _bullets(model.purpose.left_out)


def _became(features: tuple[str, ...]) -> str:
    more = len(features) - 5
    return ", ".join(features[:5]) + (f" and {more} more" if more > 0 else "")


def _output(model: Description) -> Iterator[str]:
    yield f"{_text(model.purpose.predicts)}."
    if model.purpose.classes is not None:
        yield f"Classes: {_listed(list(model.purpose.classes))}."


def _training(model: Description) -> Iterator[str]:
    yield _bullets(model.purpose.record()) or "Not recorded."


def _scores(model: Description) -> Iterator[str]:
    scores, baseline = model.purpose.scores, model.purpose.baseline
    if not scores:
        yield "Not recorded: *to be filled in, with the rows they were taken on*."
        return
    yield "On the test rows, beside an answer that is always the same:"
    yield _grid(
        ("score", "model", "baseline"),
        [(name, figure(x), figure(baseline.get(name))) for name, x in scores.items()],
    )


def _limits(model: Description) -> Iterator[str]:
    yield (
        "- The model knows rows like those it was trained on; for others its answers are guesses.\n"
        "- Its probabilities, where it has any, are as good as the scores on new rows say.\n"
        "- Known failures, groups of people concerned: *to be filled in*"
    )


def _use(model: Description) -> Iterator[str]:
    load = f"model = chainrule.load({plain(model.file)!r})"
    purpose = model.purpose
    n_columns = len(purpose.inputs) + len(purpose.left_out) or purpose.n_inputs
    lines = ["import chainrule", "", load, f"model.predict(X)  # X has {n_columns} columns"]
    if model.kind == "table model":
        file = shlex.quote(plain(model.file))
        yield f"```sh\nchainrule predict {file} new.csv --out predictions.csv\n```"
        lines[:1] = ["from pathlib import Path", "", "import chainrule", _READ_TABLE]
        lines[-1:] = ['model.predict(read_table(Path("new.csv"))).frame']
    yield "\n".join(["```python", *lines, "```"])
    yield "Loading runs no code. `chainrule info` prints what stands here, from the file itself."
