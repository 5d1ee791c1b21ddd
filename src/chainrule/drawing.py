"""A network as a picture, a column of neurons for each layer: SVG, or text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_MOST_SHOWN = 7  # neurons of a layer; of a larger one the first and the last few
_STEP, _GAP, _RADIUS = 22, 110, 7
_HEAD, _FOOT = 14, 34


def network_svg(sizes: Sequence[int], names: Sequence[str]) -> str:
    """Return the drawing.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, hidden neurons, outputs.
    names : sequence of str
        One for each of them, written below.

    Examples
    --------
    >>> svg = network_svg([2, 30, 1], ["inputs", "relu", "softmax"])
    >>> svg.count("<circle"), ">30<" in svg
    (9, True)
    """
    columns = [_places(size) for size in sizes]
    height = _HEAD + _STEP * max(map(len, columns)) + _FOOT
    width = _GAP * len(sizes)
    middle = _HEAD + (height - _HEAD - _FOOT) / 2
    dots = [
        [
            (_GAP * (i + 0.5), middle + _STEP * (j - (len(column) - 1) / 2))
            for j in range(len(column))
        ]
        for i, column in enumerate(columns)
    ]
    lines = [
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'
        for left, right, here, there in zip(dots, dots[1:], columns, columns[1:], strict=False)
        for (x1, y1), a in zip(left, here, strict=True)
        for (x2, y2), b in zip(right, there, strict=True)
        if a and b
    ]
    marks = [
        f'<circle cx="{x:g}" cy="{y:g}" r="{_RADIUS}"/>'
        if neuron
        else f'<text x="{x:g}" y="{y + 4:g}">⋮</text>'
        for places, column in zip(dots, columns, strict=True)
        for (x, y), neuron in zip(places, column, strict=True)
    ]
    words = [
        f'<text x="{_GAP * (i + 0.5):g}" y="{height - 18:g}">{size}</text>'
        f'<text x="{_GAP * (i + 0.5):g}" y="{height - 4:g}">{escape(name)}</text>'
        for i, (size, name) in enumerate(zip(sizes, names, strict=True))
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:g}" role="img" '
        f'aria-label="{"-".join(map(str, sizes))}" font-family="sans-serif" font-size="12" '
        'text-anchor="middle">'
        f'<g stroke="currentColor" stroke-opacity="0.25">{"".join(lines)}</g>'
        f'<g fill="#e8833a">{"".join(mark for mark in marks if mark.startswith("<circle"))}</g>'
        f'<g fill="currentColor">{"".join(mark for mark in marks if mark.startswith("<text"))}'
        f"{''.join(words)}</g></svg>"
    )


def network_text(sizes: Sequence[int], names: Sequence[str]) -> str:
    """Return the drawing of `network_svg` in characters, without the lines between neurons.

    Parameters
    ----------
    sizes : sequence of int
    names : sequence of str

    Examples
    --------
    >>> print(network_text([2, 30, 1], ["inputs", "relu", "sigmoid"]))
                  ●
                  ●
        ●         ●
        ●         ⋮         ●
                  ●
                  ●
                  ●
        2         30        1
      inputs     relu    sigmoid
    """
    columns = [_places(size) for size in sizes]
    height = max(map(len, columns))
    width = max(10, *(len(name) + 2 for name in names))
    marks = []
    for column in columns:
        above = (height - len(column)) // 2
        dots = ["●" if neuron else "⋮" for neuron in column]
        marks.append([""] * above + dots + [""] * (height - len(column) - above))
    rows = [*zip(*marks, strict=True), list(map(str, sizes)), names]
    return "\n".join("".join(cell.center(width) for cell in row).rstrip() for row in rows)


def _places(size: int) -> list[bool]:
    """Return what stands in a column: True for a neuron, False for those left out."""
    if size <= _MOST_SHOWN:
        return [True] * size
    before, after = _MOST_SHOWN // 2, _MOST_SHOWN // 2
    return [True] * before + [False] + [True] * after
