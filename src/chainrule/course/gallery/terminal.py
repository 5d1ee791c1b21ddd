"""The gallery in a terminal: 80 columns wide, and complete without colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.course.gallery.charts import LossAxis, blocks, curve, in_ascii, spark
from chainrule.course.gallery.entries import QUANTITIES, by_quantity, group_by_quantity, shown
from chainrule.course.gallery.pixels import coloured_map, legend
from chainrule.course.gallery.runs import Setting, TrainingRun
from chainrule.course.gallery.verdicts import IN_SHORT, KINDS, counts, verdict
from chainrule.diagnosis.book import Mistake

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_WIDTH, _HEIGHT = 30, 9  # of a curve; a map is as wide, and half as high in lines
_PANEL = _WIDTH + 9


def print_list(console: Console) -> None:
    """Print all mistakes, by the quantity made wrong first."""
    longest = max(len(one.key) for group in by_quantity().values() for one in group)
    for quantity, mistakes in by_quantity().items():
        console.print(_text(f"\n{QUANTITIES[quantity]}", "bold"))
        for one in mistakes:
            _hanging(console, f"  {one.key:<{longest}}  ", one.title)
    _hanging(console, "\n", "chainrule course gallery KEY switches one on, KEY KEY two of them.")


def _hanging(console: Console, head: str, words: str, style: str = "") -> None:
    """Print text with a hanging indent behind a heading."""
    from textwrap import wrap

    from rich.text import Text

    indent = " " * len(head.lstrip("\n"))
    lines = wrap(words, max(min(console.width, 100) - len(indent), 30)) or [""]
    console.print(Text.assemble((head, "bold"), (lines[0], style)))
    for line in lines[1:]:
        console.print(_text(indent + line, style))


def print_pair(setting: Setting, right: TrainingRun, run: TrainingRun, console: Console) -> None:
    """Print the mistakes, both loss curves, both maps of predictions, and the verdict.

    Parameters
    ----------
    setting : Setting
    right, run : TrainingRun
        Without and with mistakes.
    console : rich.console.Console
    """
    for mistake in run.mistakes:
        _print_mistake(mistake, console)
    right = run.beside(right)
    console.print(_text(f"\n{setting}", "dim"))
    if run.set_up.words:
        _hanging(console, "", run.set_up.words, "dim")
    console.print()
    if run.error:
        _hanging(console, "stops   ", f"in {run.where}")
        for line in run.error.splitlines():
            _hanging(console, "        ", line)
    else:
        _print_curves(right, run, console)
        _print_maps(setting, right, run, console)
    console.print()
    _hanging(console, "", verdict(run, right).sentence, "bold")


def print_all(
    setting: Setting, right: TrainingRun, runs: Sequence[TrainingRun], console: Console
) -> None:
    """Print a line for each mistake, and the number of mistakes shown by printed losses.

    Parameters
    ----------
    setting : Setting
    right : TrainingRun
    runs : sequence of TrainingRun
        One for each mistake.
    console : rich.console.Console
    """
    console.print(_text(f"{setting}", "dim"))
    _print_line("right", right, "the loss falls", console)
    for quantity, members in group_by_quantity(runs, lambda run: run.mistakes[0]).items():
        console.print(_text(f"\n{QUANTITIES[quantity]}", "bold"))
        for run in members:
            judged = verdict(run, right)
            words = IN_SHORT[judged.kind] + (": looks right" * judged.looks_right)
            _print_line(run.mistakes[0].key, run, words, console)
    _print_set_ups(runs, console)
    _print_counts(right, runs, console)


def _print_set_ups(runs: Sequence[TrainingRun], console: Console) -> None:
    for words in dict.fromkeys(run.set_up.words for run in runs if run.set_up.words):
        keys = ", ".join(run.mistakes[0].key for run in runs if run.set_up.words == words)
        console.print()
        _hanging(console, "", f"{keys}: {words}", "dim")


def _print_line(key: str, run: TrainingRun, words: str, console: Console) -> None:
    accuracy = "" if run.accuracy is None else f"{run.accuracy:.3f}"
    line = f"  {key:<28}{spark(run.losses, 10) if run.losses else '':<11}{accuracy:<7}{words}"
    console.print(_text(line if _has_blocks(console) else in_ascii(line)))


def _print_counts(right: TrainingRun, runs: Sequence[TrainingRun], console: Console) -> None:
    numbers = counts(verdict(run, right) for run in runs)
    kinds = "; ".join(f"{numbers[kind]} {words}" for kind, words in KINDS.items() if numbers[kind])
    console.print()
    _hanging(
        console, "",
        f"Of {numbers['mistakes']} mistakes, {kinds}. {numbers['looks right']} look right by their "
        "printed losses: these never rise, end lower, and the network answers well.", "bold",
    )  # fmt: skip


def _has_blocks(console: Console) -> bool:
    return console.options.encoding.startswith("utf")


def _print_mistake(mistake: Mistake, console: Console) -> None:
    _hanging(console, f"{mistake.key}  ", mistake.title)
    _hanging(console, "  right  ", mistake.right)
    for number, line in enumerate(shown(mistake).splitlines()):
        console.print(_text(f"{'' if number else '  code':<9}{line}"))


def _print_curves(right: TrainingRun, run: TrainingRun, console: Console) -> None:
    scale = LossAxis.of([*right.losses, *run.losses])
    axis = "  (logarithmic)" if scale.log else ""
    _beside(
        [_text(f"right: loss by epoch{axis}", "bold"),
         *map(_text, curve(right.losses, scale, _WIDTH, _HEIGHT))],
        [_text(f"with the mistake{axis}", "bold"),
         *map(_text, curve(run.losses, scale, _WIDTH, _HEIGHT))],
        console,
    )  # fmt: skip
    console.print()
    _print_numbers(right, run, console)


def _print_numbers(right: TrainingRun, run: TrainingRun, console: Console) -> None:
    """Print the losses in the page's format, for as many epochs as fit."""
    n = len(run.losses)
    texts = {name: [f"{loss:.3f}".replace("nan", "NaN") for loss in one.losses]
             for name, one in (("right", right), ("mistake", run))}  # fmt: skip
    width = 2 + max(len(text) for row in texts.values() for text in row)
    room = (min(console.width, 80) - 7) // width
    epochs = np.unique(np.linspace(0, n - 1, min(n, room)).round().astype(int)).tolist()
    console.print(_text("epoch  " + "".join(f"{epoch + 1:>{width}}" for epoch in epochs), "dim"))
    for name, row in texts.items():
        console.print(_text(f"{name:<7}" + "".join(f"{row[epoch]:>{width}}" for epoch in epochs)))
    console.print()


def _print_maps(setting: Setting, right: TrainingRun, run: TrainingRun, console: Console) -> None:
    coloured = console.color_system is not None and not console.no_color
    panels = []
    for name, one in (("right", right), ("with the mistake", run)):
        head = _text(f"{name}: accuracy {one.accuracy:.3f}", "bold")
        panels.append([head, *_map(setting, one, coloured=coloured)])
    _beside(panels[0], panels[1], console)
    if coloured:
        console.print(legend())
    else:
        _hanging(console, "", "filled: answered with 1, the inner circle; blank: 0, the outer one")


def _map(setting: Setting, run: TrainingRun, *, coloured: bool) -> list[Text]:
    grid = run.on_grid(_WIDTH)
    margin = " " * 7
    if np.isnan(grid).all():
        return [_text(margin + "every answer ŷ is NaN")]
    if not coloured:
        return [_text(margin[1:] + line) for line in _framed(blocks(grid))]
    return [_text(margin) + line for line in coloured_map(setting, run, grid)]


def _framed(lines: list[str]) -> list[str]:
    edge = "─" * len(lines[0])
    return [f"┌{edge}┐", *(f"│{line}│" for line in lines), f"└{edge}┘"]


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(words, style, no_wrap=True)


def _beside(left: list[Text], right: list[Text], console: Console) -> None:
    from rich.text import Text

    for number in range(max(len(left), len(right))):
        one, other = (side[number] if number < len(side) else Text() for side in (left, right))
        one.pad_right(max(_PANEL - len(one), 0))
        line = one + other
        console.print(line if _has_blocks(console) else Text(in_ascii(line.plain)), soft_wrap=True)
