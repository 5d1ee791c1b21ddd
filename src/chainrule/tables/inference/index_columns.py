"""The row numbers that tools write beside a table's columns are no feature.

Where the rows are sorted by class, such a column gives the answer away.
"""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.tables.kinds.kind import is_text
from chainrule.tables.kinds.numbers import Number
from chainrule.tables.table import Table

REASON = "an index that a tool wrote (--kind COLUMN=number keeps it)"

_ALWAYS = re.compile(r"__index_level_[0-9]+__|__null_dask_index__|__index__")  # pandas, dask
_NAMELESS = re.compile(
    r"Unnamed: ?[0-9]+(_level_[0-9]+)?(\.[0-9]+)*"  # pandas
    r"|Unnamed_?[0-9]*|\.\.\.[0-9]+|__EMPTY(_[0-9]+)?|"  # R, SheetJS
)
_INDEX = re.compile(
    r"(old_?|df_?|orig(inal)?_?|pandas_?|__)?index(_?[0-9]+|__)?|level_[0-9]+|idx|"
    r"__index_level_[0-9]+__.*"
)
_ROW = re.compile(
    r"\$?row[ _.]?(id|index|idx|names?|num|number|nr|no\.?|count|counter|label)s?|_?rowid_?|rn"
    r"|rnum|rownames?|rec(ord)?[ _.]?(no|nr|num|number|id|index)\.?"
    r"|line[ _.]?(no|nr|num|number)\.?|obs[ _.]?(no|nr|num|number|id)\.?"
    r"|\$?case(num|no|nr|id|[ _](no|nr|num|number|id))\.?|_n_"
    r"|(s|sl|sr|ser|serial)\.? ?_?(no|nr|num|number)\.?|auto_?(number|increment|id)"
    r"|monotonically_increasing_id|(seq|sequence|instance|entry)([ _.]?(no|nr|num|number|id))\.?"
    r"|seq|sequence|object_?id(_[0-9]+)?|ogc_fid|o?fid_?|gid|oid_?|pk"
    r"|lfd\.? ?_?(nr|nummer)?\.?|laufende[ _]nummer|zeilen?(nr|nummer|index|[ _]?id)\.?|zeile"
    r"|(numéro|numero|n[o°º])[ _]?(de )?(ligne|fila|linea|linha|riga|ordre|orden|ordine)"
    r"|n[ro]\.?|n[°º]\.?|#|serial"
    r"|rij(nummer)?|radnummer|rivi|wiersz|lp\.?|řádek|poř\.?|sorszám|№( п/п)?|п/п|номер( строки)?"
    r"|序号|序號|編號|编号|行号|行番号|連番|通し番号|번호|순번|sıra( no)?",
    re.IGNORECASE,
)
_ID = re.compile(r"_?id|(column|field|var|col|v|_?c|f) ?_?[01]", re.IGNORECASE)
_FROM_R = re.compile(r"X(\.[0-9]+)?|X1")  # beside Y a coordinate, and so is x
_THING = re.compile(
    r"rows?|obs|observation|record|entry|case|sample|instance|item|line|key|uid|_n|num|number"
    r"|nummer|numéro|numero|número|example|image|subject|count(er)?|position|pos",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"(?i:.*[_ .-]|)(?i:id|key|uid|guid|code|nr|num)|.*[a-z](Id|ID|No|Nr)")
_FEWEST = 10  # rows; fewer numbers may be in order by chance
_MOST_MISSING = 0.1
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
        name such as ``id`` counts only where the column counts the rows in order.
    """
    if table.frame.width < 2:
        return {}
    return {name: REASON for name in table.columns if _is_index(table, name)}


def _is_index(table: Table, name: str) -> bool:
    if _ALWAYS.fullmatch(name):
        return True
    values = table.frame[name]
    if name in table.index or name in table.unnamed or _NAMELESS.fullmatch(name):
        return _numbers_rows(values) or _names_rows(values)
    if _INDEX.fullmatch(name.lower()) or _ROW.fullmatch(name):
        return _numbers_rows(values, _FEWEST)
    if _FROM_R.fullmatch(name) and "Y" not in table.columns:
        return _numbers_rows(values, _FEWEST)
    if _ID.fullmatch(name):
        return _counts_anew(values)
    named = _THING.fullmatch(name) or _IDENTIFIER.fullmatch(name)
    return named is not None and counts_rows(values)


def counts_rows(values: pl.Series) -> bool:
    """Say whether the values are 0, 1, 2, … or 1, 2, 3, … in the order of the rows."""
    for some in (values.head(_FEWEST), values):
        numbers = _whole_numbers(some)
        if numbers is None or len(numbers) < _FEWEST:
            return False
        if numbers[0] not in (0, 1) or not (np.diff(numbers) == 1).all():
            return False
    return True


def identifies_rows(name: str, values: pl.Series) -> bool:
    """Say whether a column is named as an identifier and holds another number in each row."""
    if _IDENTIFIER.fullmatch(name) is None and _THING.fullmatch(name) is None:
        return False
    numbers = _whole_numbers(values)
    return (
        numbers is not None and len(numbers) >= _FEWEST and len(np.unique(numbers)) == len(numbers)
    )


def _numbers_rows(values: pl.Series, fewest: int = 1) -> bool:
    """Say whether whole numbers are an index: nearly all different, or anew for each part."""
    numbers = _whole_numbers(values)
    if numbers is None or len(numbers) < fewest:
        return False
    return len(np.unique(numbers)) > 0.9 * len(numbers) or _counts(numbers)


def _counts_anew(values: pl.Series) -> bool:
    """Say whether the values count the rows in order, perhaps anew for each part."""
    numbers = _whole_numbers(values)
    return numbers is not None and len(numbers) >= _FEWEST and _counts(numbers)


def _counts(numbers: NDArray[np.float64]) -> bool:
    """Say whether numbers count from 0 or 1, and begin anew at most once in ten of them."""
    begins = (numbers[1:] == numbers[0]) & (numbers[1:] <= 1)
    steps = (np.diff(numbers) == 1) | begins
    return bool(numbers[0] in (0, 1) and steps.all() and begins.sum() < 0.1 * len(numbers))


def _names_rows(values: pl.Series) -> bool:
    """Say whether the values are texts, no two alike."""
    return is_text(values) and len(values) >= _FEWEST and bool(values.is_unique().all())


def _whole_numbers(values: pl.Series) -> NDArray[np.float64] | None:
    """Return the values that are not missing if all are whole numbers, else None."""
    if not len(values) or values.null_count() > _MOST_MISSING * len(values):
        return None
    filled = values.drop_nulls()
    if is_text(filled):
        for texts in (filled.head(50).cast(pl.String), filled.cast(pl.String)):
            if not texts.str.contains(_WHOLE).all():
                return None
        return Number().read(filled.cast(pl.String)).to_numpy()
    if not filled.dtype.is_numeric():
        return None
    numbers = filled.cast(pl.Float64).to_numpy()
    return numbers if bool((np.floor(numbers) == numbers).all() and (numbers >= 0).all()) else None
