"""The gallery's figures: one mistake beside the right network, or all mistakes on a sheet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from chainrule.course.gallery.entries import QUANTITIES, group_by_quantity
from chainrule.course.gallery.panels import TINT, draw_answers, draw_losses
from chainrule.course.gallery.runs import Setting, TrainingRun
from chainrule.course.gallery.verdicts import IN_SHORT, verdict
from chainrule.reports.plots.canvas import INK, NETWORK, OTHER, QUIET, house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 8  # of the sheet
_TILE_WIDTH, _TILE_HEIGHT, _GAP, _HEADING, _TOP = 2.4, 1.3, 0.14, 0.26, 0.8  # inches


def as_png(figure: Figure, dots_per_inch: int = 130) -> bytes:
    """Return a figure as the bytes of a PNG file; equal figures give equal bytes."""
    file = io.BytesIO()
    with house_style():
        figure.savefig(file, format="png", dpi=dots_per_inch, metadata={"Software": None})
    return file.getvalue()


def draw_pair(setting: Setting, right: TrainingRun, run: TrainingRun) -> Figure:
    """Draw losses by epoch and predictions on the plane, for both networks.

    Parameters
    ----------
    setting : Setting
    right, run : TrainingRun
        Without and with mistakes; both trainings reached their end.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    figure = _new_figure(9.2, 3.5)
    right = run.beside(right)
    with house_style():
        places = ((0.065, 0.37), (0.465, 0.255), (0.735, 0.255))  # left, width
        axes = [figure.add_axes((left, 0.2, width, 0.69)) for left, width in places]
        draw_losses(axes[0], right, run)
        axes[0].set_xlabel("epoch")
        axes[0].set_title(f"average loss: {_keys(run)}", fontsize=9, color=INK)
        axes[0].legend(loc="best")
        for plane, name, of in zip(
            axes[1:], ("right", "with the mistake"), (right, run), strict=True
        ):
            draw_answers(plane, setting, of)
            plane.set_title(f"{name}: accuracy {of.accuracy:.3f}", fontsize=9, color=INK)
        _explain(figure)
    return figure


def _new_figure(width: float, height: float) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("pictures need matplotlib: pip install 'chainrule[plot]'") from error
    return Figure(figsize=(width, height), dpi=100)


def _explain(figure: Figure) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    def dot(label: str, marker: str, colour: str, face: str) -> Line2D:
        return Line2D([], [], linestyle="", marker=marker, markersize=5, markeredgecolor=colour,
                      markerfacecolor=face, label=label)  # fmt: skip

    figure.legend(
        handles=[
            Patch(facecolor=NETWORK, alpha=TINT, label="answered with 1"),
            dot("inner circle (1)", "o", NETWORK, NETWORK),
            dot("outer circle (0)", "o", QUIET, "none"),
            dot("answered wrongly", "x", OTHER, OTHER),
        ],
        loc="lower right", ncols=4, fontsize=8, handletextpad=0.4, columnspacing=1.2,
    )  # fmt: skip


def draw_small(setting: Setting, right: TrainingRun, run: TrainingRun) -> Figure:
    """Draw both losses and the predictions with the mistake, for a report of many mistakes."""
    figure = _new_figure(3.9, 1.75)
    with house_style():
        _draw_tile(figure, (0.0, 0.0, 3.9, 1.72), setting, right, run)
    return figure


class _Place(NamedTuple):
    """A tile's place: column and row from the upper left, and a heading above the tile."""

    column: int
    row: int
    run: TrainingRun
    heading: str


def draw_sheet(
    setting: Setting, right: TrainingRun, runs: Sequence[TrainingRun], columns: int = _COLUMNS
) -> Figure:
    """Draw all mistakes as small multiples, by the quantity made wrong first.

    Parameters
    ----------
    setting : Setting
    right : TrainingRun
    runs : sequence of TrainingRun
        One for each mistake.
    columns : int
        Tiles in a row.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    places = _places(runs, columns)
    bottoms = _bottoms(places)
    width, height = columns * _TILE_WIDTH + 0.2, bottoms[-1] + 0.1
    figure = _new_figure(width, height)
    with house_style():
        _head(figure, setting, height)
        for place in places:
            x, y = 0.1 + place.column * _TILE_WIDTH, height - bottoms[place.row]
            if place.heading:
                figure.text((x + 0.08) / width, (y + _TILE_HEIGHT + 0.2) / height, place.heading,
                            fontsize=10, fontweight="bold", color=INK)  # fmt: skip
            box = (x, y, _TILE_WIDTH, _TILE_HEIGHT + 0.08)
            _draw_tile(figure, box, setting, right, place.run, keys=True)
    return figure


def _places(runs: Sequence[TrainingRun], columns: int) -> list[_Place]:
    """Arrange the groups of tiles; a group that fits follows the last in its row."""
    places: list[_Place] = []
    column, row = 0, 0
    for quantity, members in group_by_quantity(runs, lambda run: run.mistakes[0]).items():
        if column and column + len(members) > columns:
            column, row = 0, row + 1
        for number, run in enumerate(members):
            if column == columns:
                column, row = 0, row + 1
            places.append(_Place(column, row, run, "" if number else QUANTITIES[quantity]))
            column += 1
    return places


def _bottoms(places: Sequence[_Place]) -> list[float]:
    """Return each row's distance from the top to its lower edge; headings add height."""
    bottoms, y = [], _TOP
    for row in range(places[-1].row + 1):
        headed = any(place.heading for place in places if place.row == row)
        y += _TILE_HEIGHT + _GAP + _HEADING * headed
        bottoms.append(y)
    return bottoms


def _head(figure: Figure, setting: Setting, height: float) -> None:
    x = 0.18 / figure.get_figwidth()
    figure.text(x, 1 - 0.32 / height, "What each mistake does to a right network", fontsize=15,
                fontweight="bold", color=INK)  # fmt: skip
    figure.text(
        x, 1 - 0.6 / height,
        f"{setting}.  Dashed grey: the right network's loss; vermilion: with the mistake.  Blue: "
        "answered with 1; filled dots: inner circle; hollow: outer; crosses: answered wrongly.  "
        "Bold: it looks right.  In brackets: what both have besides.", fontsize=9, color=INK,
    )  # fmt: skip


def _draw_tile(
    figure: Figure,
    box: tuple[float, float, float, float],
    setting: Setting,
    right: TrainingRun,
    run: TrainingRun,
    *,
    keys: bool = False,
) -> None:
    """Draw a tile into a box of left, bottom, width and height in inches."""
    left, bottom, width, height = box
    size = figure.get_size_inches()

    def inches(x: float, y: float, w: float, h: float) -> tuple[float, float, float, float]:
        return (left + x) / size[0], (bottom + y) / size[1], w / size[0], h / size[1]

    words = _in_short(run, right)
    title = "\n".join([*([_keys(run)] if keys else []), words])
    x, y, *_ = inches(0.1, height - 0.08, 0, 0)
    bold = "bold" if verdict(run, right).looks_right else "normal"
    figure.text(x, y, title, fontsize=7 if keys else 8, va="top", color=INK, fontweight=bold)
    if run.error:
        told = f"{run.error.split(':')[0]}\n" + run.where.replace(", `", "\n`")
        x, y, *_ = inches(0.1, height - 0.5, 0, 0)
        figure.text(x, y, told, fontsize=7, va="top", color=OTHER)
        return
    side = height - (0.52 if keys else 0.45)
    losses = figure.add_axes(inches(0.42, 0.16, width - side - 0.62, side))
    draw_losses(losses, run.beside(right), run, small=True)
    losses.tick_params(labelsize=6 if keys else 7, length=2, pad=1.5)
    draw_answers(
        figure.add_axes(inches(width - side - 0.1, 0.16, side, side)), setting, run, small=True
    )


def _keys(run: TrainingRun) -> str:
    keys = " + ".join(run.keys)
    return f"{keys} ({run.set_up.name})" if run.set_up.name else keys


def _in_short(run: TrainingRun, right: TrainingRun) -> str:
    judged = verdict(run, right)
    words = IN_SHORT[judged.kind].removeprefix("the ")
    if run.error:
        return words
    return f"{words}, accuracy {run.accuracy:.2f}" + (": looks right" * judged.looks_right)
