"""What `chainrule compare` found, as a table in 80 columns and as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chainrule.comparing import (
    METHODS,
    SCORES,
    TIMES,
    Figures,
    Problem,
    Score,
    Standing,
    standings,
    winners,
)
from chainrule.reports import plain
from chainrule.reports.words import UNDEFINED

if TYPE_CHECKING:
    from rich.table import Table


def print_comparison(problem: Problem, found: Sequence[Figures], lacking: Sequence[str]) -> None:
    """Print the methods by their scores, then what failed and what is not installed.

    Parameters
    ----------
    problem : Problem
    found : sequence of Figures
    lacking : sequence of str
        The methods that are not installed.
    """
    from rich.console import Console

    n_splits, n_rows = len(problem.splits), len(problem.splits[0].test)
    over = "" if n_splits == 1 else f", mean ± standard deviation over {n_splits} splits"
    print(f"On {n_rows} test rows{over}\n")
    Console(highlight=False, markup=False).print(_grid(problem, found))
    print()
    for one in found:
        if one.error:
            print(plain(f"{METHODS[one.key].name} failed: {one.error}"))
    print("* best of its column; seconds are those of the fit")
    if n_splits == 1:
        print("of one split: small differences may be chance; --repeats 5 shows how large that is")
    if lacking:
        names = ", ".join(METHODS[key].name for key in lacking)
        print(f"not installed: {names}; {how_to_install(lacking)}")


def how_to_install(keys: Sequence[str]) -> str:
    """Return the command that installs the libraries of some methods."""
    return f"pip install {' '.join(METHODS[key].package for key in keys)}"


def as_data(
    name: str, problem: Problem, found: Sequence[Figures], lacking: Sequence[str]
) -> dict[str, Any]:
    """Return the comparison as plain types that JSON knows; methods in the order of the table.

    Parameters
    ----------
    name : str
        Of the table.
    problem : Problem
    found : sequence of Figures
    lacking : sequence of str
    """
    placed = standings(problem.task, found)
    return {
        "table": name,
        "target": problem.target,
        "task": problem.task,
        "seed": problem.seed,
        "splits": [
            {"train": len(split.train), "test": len(split.test)} for split in problem.splits
        ],
        "methods": [
            {"name": METHODS[one.figures.key].name, **vars(one.figures), "mean": one.means,
             "standard_deviation": one.spreads}
            for one in placed
        ],
        "best": {column: sorted(keys) for column, keys in winners(problem.task, placed).items()},
        "not_installed": list(lacking),
        "notes": [str(note) for note in problem.notes],
    }  # fmt: skip


def _grid(problem: Problem, found: Sequence[Figures]) -> Table:
    """Lay the figures out in columns, each beside its spread where there are several splits."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    columns = {**SCORES[problem.task], **TIMES}
    placed = standings(problem.task, found)
    best = winners(problem.task, placed)
    spread = {name for name in columns if any(one.spreads[name] is not None for one in placed)}
    spread -= set(TIMES)
    grid = Table("", box=SIMPLE_HEAD, show_edge=False, padding=0, header_style="")  # 80 columns
    for name, score in columns.items():
        grid.add_column(score.label, justify="right", no_wrap=True)
        if name in spread:
            grid.add_column("", no_wrap=True)
    for one in placed:
        cells = list[str]()
        for name, score in columns.items():
            cells.append(_said(one.means[name], score, one.figures.key in best[name]))
            cells.extend([_spread(one, name, score)] * (name in spread))
        grid.add_row(METHODS[one.figures.key].name, *cells)
    return grid


def _said(mean: float | None, score: Score, is_best: bool) -> str:
    """Return a figure with a mark, or room for one: the figures stand below each other."""
    return f"{UNDEFINED if mean is None else score.say(mean)}{'*' if is_best else ' '}"


def _spread(one: Standing, name: str, score: Score) -> str:
    mean, spread = one.means[name], one.spreads[name]
    return "" if mean is None or spread is None else f"±{spread_beside(score.say(mean), spread)}"


def spread_beside(mean: str, spread: float) -> str:
    """Return a spread with as many decimals as its mean has, but for a fourth.

    Examples
    --------
    >>> spread_beside("0.5228", 0.0165), spread_beside("21.6%", 0.004), spread_beside("1,012", 3e3)
    ('0.017', '0.4%', '3,000')
    """
    if "e" in mean:
        return f"{spread:.1e}"
    sign = "%" if mean.endswith("%") else ""
    decimals = min(3, len(mean.rstrip("%").partition(".")[2]))
    return f"{100 * spread if sign else spread:,.{decimals}f}{sign}"
