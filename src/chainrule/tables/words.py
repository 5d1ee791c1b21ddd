"""Which words stand for a missing value."""

from __future__ import annotations

import polars as pl

MISSING = frozenset(
    ["", "NA", "N/A", "n/a", "#N/A", "<NA>", "na", "NaN", "nan", "NAN", "-nan", "-NaN",
     "NULL", "null", "Null", "?"]
)  # fmt: skip
"""Missing wherever they stand."""

MISSING_AMONG_VALUES = frozenset(["None", "none", "NONE", "-", "--", "."])
"""Missing in a column of numbers, booleans or dates; elsewhere they may be a name of something:
``none`` is an answer to "which fence?", and a class that should not be lost."""


def without_missing_words(texts: pl.Series) -> pl.Series:
    """Return stripped texts with null for the words that are missing everywhere."""
    stripped = texts.str.strip_chars()
    return stripped.set(stripped.is_in(list(MISSING)), None)


def without_weak_words(texts: pl.Series) -> pl.Series:
    """Return texts with null for the words that are missing among values."""
    return texts.set(texts.is_in(list(MISSING_AMONG_VALUES)), None)
