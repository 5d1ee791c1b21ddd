"""The row numbers that tools write beside a table's columns are no feature.

Where the rows are sorted by class, such a column gives the answer away.
"""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.tables.kinds import is_text
from chainrule.tables.number_kind import Number
from chainrule.tables.table import Table

REASON = "an index that a tool wrote (--kind COLUMN=number keeps it)"

_ALWAYS = re.compile(r"__index_level_[0-9]+__")
_NAMELESS = re.compile(r"Unnamed: ?[0-9]+(_level_[0-9]+)?(\.[0-9]+)*|\.\.\.[0-9]+|")
_USUAL = re.compile(
    r"index|index_?[0-9]*|level_[0-9]+|x(\.[0-9]+)?|v1|_c0|c0|f0|row[ _.]?(id|index|idx|names?|num|number|nr|no\.?)s?"
    r"|rows?|rn|rid|obs|observation|_n|n[or°]\.?|#|s\.? ?no\.?|sl\.? ?no\.?|sr\.? ?no\.?|serial|id|_id|idx|num",
    re.IGNORECASE,
)
_FEWEST = 10  # rows; fewer numbers may be in order by chance
_WHOLE = r"^(0|[1-9][0-9]*)(\.0+)?$"


def index_columns(table: Table) -> dict[str, str]:
    """Return which columns number or name the rows, and why they are no feature.

    Parameters
    ----------
    table : Table

    Returns
    -------
    dict of str to str
        The columns that the file or a tool's usual name marks as an index, wherever they stand. A
        usual name such as ``index`` or ``id`` counts only where the column counts the rows in
        order.
    """
    if table.frame.width < 2:
        return {}
    return {name: REASON for name in table.columns if _is_index(table, name)}


def _is_index(table: Table, name: str) -> bool:
    if name in table.index or _ALWAYS.fullmatch(name):
        return True
    values = table.frame[name]
    if name in table.unnamed or _NAMELESS.fullmatch(name):
        return _numbers_rows(values)
    return bool(_USUAL.fullmatch(name)) and counts_rows(values)


def counts_rows(values: pl.Series) -> bool:
    """Say whether the values are 0, 1, 2, … or 1, 2, 3, … in the order of the rows."""
    numbers = _whole_numbers(values)
    if numbers is None or len(numbers) < _FEWEST:
        return False
    return numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all())


def _numbers_rows(values: pl.Series) -> bool:
    """Say whether whole numbers are an index: nearly all different, or counted anew for each part."""
    numbers = _whole_numbers(values)
    if numbers is None:
        return False
    if len(np.unique(numbers)) > 0.9 * len(numbers):
        return True
    steps = np.diff(numbers)
    restarts = (numbers[1:] <= 1) & (numbers[1:] == numbers[0])
    return bool(numbers[0] in (0, 1) and ((steps == 1) | restarts).all())


def _whole_numbers(values: pl.Series) -> NDArray[np.float64] | None:
    if values.has_nulls() or not len(values):
        return None
    if is_text(values):
        head = values.head(50).cast(pl.String)
        if not head.str.contains(_WHOLE).all():
            return None
        texts = values.cast(pl.String)
        if not texts.str.contains(_WHOLE).all():
            return None
        return Number().read(texts).to_numpy()
    if not values.dtype.is_numeric():
        return None
    numbers = values.cast(pl.Float64).to_numpy()
    return numbers if bool((np.floor(numbers) == numbers).all() and (numbers >= 0).all()) else None
