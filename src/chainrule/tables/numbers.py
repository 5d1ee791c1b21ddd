"""Numbers as people write them in tables."""

from __future__ import annotations

import polars as pl

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_INFINITY = r"(?i)^[+-]?inf(inity)?$"
_COMMA = r"^[+-]?[0-9]*,[0-9]+([eE][+-]?[0-9]+)?$"
_WHOLE = r"^[+-]?[0-9]+$"
_THOUSANDS = r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$"


def parse_numbers(texts: pl.Series, *, comma: bool = False) -> pl.Series:
    """Return texts as floats, with null for what is no decimal number.

    Infinities are numbers here, for their own message. ``1_000``, ``0x1F`` and ``1,000`` are
    no numbers; with `comma`, ``3,14`` is one.
    """
    plain = texts.str.replace(",", ".", literal=True) if comma else texts
    fits = plain.str.contains(_NUMBER) | plain.str.contains(_INFINITY)
    return plain.set(~fits, None).cast(pl.Float64, strict=False)


def has_decimal_commas(texts: pl.Series) -> bool:
    """Say whether the texts are numbers with a comma before the decimals.

    One value must be no thousand: ``999`` and ``1,234`` may be read either way, and wrongly by
    a factor of thousand.
    """
    filled = texts.drop_nulls()
    commas = filled.str.contains(_COMMA)
    if not commas.any() or not (commas | filled.str.contains(_WHOLE)).all():
        return False
    return not filled.filter(commas).str.contains(_THOUSANDS).all()
