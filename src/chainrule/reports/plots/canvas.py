"""One palette and one style for the plots, and figures as inline SVG.

The colours leave here as CSS variables with the palette's colour as fallback, so that a page
can give its own for the dark; text stays text, in the page's font.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NETWORK = "#0072b2"  # blue and vermilion of Okabe and Ito stay apart for every colour vision
OTHER = "#d55e00"
INK = "#33373d"
QUIET = "#8a9099"
GRID = "#e3e6ea"
ON_NETWORK = "#fffffe"  # text on full NETWORK; not quite white, so that it has its own name

_VARIABLES = {
    NETWORK: "--plot-network",
    OTHER: "--plot-other",
    INK: "--plot-ink",
    QUIET: "--plot-quiet",
    GRID: "--plot-grid",
    ON_NETWORK: "--plot-on-network",
}

_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "chainrule",
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so the layout is the same everywhere
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,  # a class may be called "$5"
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in this style, whatever the user's own matplotlib settings are."""
    from matplotlib import style

    with style.context(["default", _STYLE]):
        yield


def new_figure(width: float = 4.6, height: float = 3.4) -> tuple[Figure, Axes]:
    """Return a figure of so many inches and its axes, in the style of the house."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def as_svg(figure: Figure, title: str) -> str:
    """Return a figure as an SVG element to stand inside a page.

    The same figure and title give the same text; the ids in it are those of no other figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    title : str
        What a screen reader says.
    """
    drawn = _drawn(figure)
    prefix = "p" + hashlib.sha256((title + drawn).encode()).hexdigest()[:8]
    root = ElementTree.fromstring(drawn)
    for element in root.iter():
        _make_part_of_page(element, prefix)
    _remove(root, "metadata")
    _remove(root, "defs[style]")  # its CSS would reach the whole page
    _describe(root, title, prefix)
    return ElementTree.tostring(root, encoding="unicode")


def _drawn(figure: Figure) -> str:
    file = io.StringIO()
    with house_style(), warnings.catch_warnings():
        # the page's own font will have the glyphs that the layout's font lacks
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue()


def _make_part_of_page(element: ElementTree.Element, prefix: str) -> None:
    element.tag = _local(element.tag)
    if element.tag == "g":
        element.attrib.pop("id", None)  # nothing refers to a group
    for name in list(element.attrib):
        value = element.attrib.pop(name)
        element.set(_local(name), _in_page(_local(name), value, prefix))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _in_page(attribute: str, value: str, prefix: str) -> str:
    if attribute == "id":
        return f"{prefix}-{value}"
    if attribute == "href":
        return value.replace("#", f"#{prefix}-", 1)
    if attribute == "clip-path":
        return value.replace("url(#", f"url(#{prefix}-", 1)
    if attribute == "style":
        return _with_variables(value)
    return value


def _with_variables(style: str) -> str:
    for colour, variable in _VARIABLES.items():
        style = style.replace(colour, f"var({variable}, {colour})")
    return style.replace("'DejaVu Sans'", "var(--sans, sans-serif)")


def _remove(root: ElementTree.Element, path: str) -> None:
    for found in root.findall(path):
        root.remove(found)


def _describe(root: ElementTree.Element, title: str, prefix: str) -> None:
    root.attrib = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-labelledby": f"{prefix}-title",
        "style": "stroke-linejoin: round; stroke-linecap: butt",
    }
    words = ElementTree.Element("title", {"id": f"{prefix}-title"})
    words.text = title
    root.insert(0, words)
