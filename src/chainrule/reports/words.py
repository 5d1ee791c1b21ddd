"""Figures and names in words, the same for the HTML report and the terminal."""

from __future__ import annotations

import math
import unicodedata

UNDEFINED = "–"
"""Stands for a figure that the rows do not define."""

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn round the words that follow them, up to the end of a page's or terminal's line."""


def percent(share: float | None) -> str:
    """Return a share in percent; a part never rounds to 100 %, nor a positive share to 0 %.

    Examples
    --------
    >>> percent(0.94737), percent(0.99996), percent(1.0), percent(None)
    ('94.7%', '99.996%', '100%', '–')
    """
    if share is None:
        return UNDEFINED
    if share in (0.0, 1.0):
        return f"{100 * share:.0f}%"
    hundredths = 100 * share
    digits = next((d for d in (1, 2, 3) if 0 < round(hundredths, d) < 100), 4)
    return f"{hundredths:.{digits}f}%"


def number(value: float | None) -> str:
    """Say a number to four figures, without an exponent where that is readable.

    Examples
    --------
    >>> number(41.2345), number(1234567.8), number(-0.5), number(2.5e-7)
    ('41.23', '1,234,568', '−0.5000', '2.500e-07')
    """
    if value is None or not math.isfinite(value):
        return UNDEFINED
    return _number(value).replace("-", "−", 1) if value < 0 else _number(value)


def four_decimals(value: float | None) -> str:
    """Say a number near 1 to four decimals.

    Examples
    --------
    >>> four_decimals(0.51234567), four_decimals(-2.0), four_decimals(None)
    ('0.5123', '−2.0000', '–')
    """
    return UNDEFINED if value is None else f"{value:.4f}".replace("-", "−")


def _number(value: float) -> str:
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if not -4 <= magnitude < 9:
        return f"{value:.3e}"
    return f"{value:,.{max(0, 3 - magnitude)}f}"


def finite(value: float) -> float | None:
    """Return None for NaN and the infinities, which JSON does not know."""
    return float(value) if math.isfinite(value) else None


def count(rows: int) -> str:
    """Say how many: ``12,345``."""
    return f"{rows:,}"


def plain(text: str) -> str:
    r"""Return a user's text on one line, without control characters.

    Examples
    --------
    >>> plain("two\n lines"), plain("red\x1b[31m")
    ('two lines', 'red�[31m')
    """
    return "".join(map(_harmless, " ".join(text.split())))


def _harmless(character: str) -> str:
    steers = character in _BIDI or unicodedata.category(character) in {"Cc", "Cs", "Cn"}
    return "�" if steers else character


def shortened(text: str, length: int) -> str:
    """Return a user's text on one line of at most `length` characters.

    Examples
    --------
    >>> shortened("versicolor", 6)
    'versi…'
    """
    line = plain(text)
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
