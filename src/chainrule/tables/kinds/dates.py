"""Dates and times as people and programs write them: which format reads a column, and how.

No format that reads a plain number is ever guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import product

import msgspec
import polars as pl

from chainrule.tables.kinds.date_formats import DATE_FORMATS

_GLANCE = 300  # values that a format must read before it is worth trying on all

ZERO_DATES = (
    r"^(?:0000([-/.])00[-/.]00|00[-/.]00[-/.](?:0000|00)"
    r"|0?[01]/00?/1900|00?/0?1/1900|00\.01\.1900|1900-01-00)"  # Excel's day 0
    r"(?:[Tt ]00:00(?::00(?:[.,]0+)?)?\s*(?:[Zz]|[+-]00:?00)?)?$"
)
"""The spellings that programs write for no date: MySQL's zero date, Excel's day 0."""

_LAST = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999 in microseconds since 1970
_FIRST = -62_135_596_800_000_000  # 0001-01-01
_DAY_LONG = 86_400_000_000


class Date(msgspec.Struct, frozen=True, tag="date"):
    """Dates or moments, written as the format of this name says.

    Examples
    --------
    >>> Date("d.m.y").read(pl.Series(["31.12.2024 10:30", "12/31/2024"])).to_list()
    [datetime.datetime(2024, 12, 31, 10, 30), None]
    """

    format: str = "iso"

    def __post_init__(self) -> None:
        if self.format not in DATE_FORMATS:
            raise ValueError(f"unknown date format {self.format!r}; known: {list(DATE_FORMATS)}")

    @property
    def noun(self) -> str:
        """What a value is, for messages."""
        return f"a date like {DATE_FORMATS[self.format].spelling}"

    def read(self, values: pl.Series) -> pl.Series:
        """Return the values as datetimes in UTC, null where they are none.

        A text without an offset is taken as UTC. Years are 1 to 9999; an offset that leads out
        of them leads to the first or the last moment in them.

        Parameters
        ----------
        values : polars.Series
            Texts without blanks around them, or a typed column.

        Returns
        -------
        polars.Series of datetime
            In microseconds, without a time zone.
        """
        if values.dtype == pl.String:
            return _parse(values, self.format)
        if values.dtype in (pl.Date, pl.Datetime):
            return _in_utc(values)
        return pl.Series(values.name, [None] * len(values), dtype=pl.Datetime("us"))

    def remark(self, filled: pl.Series) -> str | None:
        """Return what to tell where another order of the parts fits all values as well.

        Parameters
        ----------
        filled : polars.Series of str
            Without nulls; this kind reads all.

        Returns
        -------
        str or None
            With ``{column}`` in place of the column's name.
        """
        row = DATE_FORMATS[self.format]
        for name in row.rivals:
            if not _reads(name, filled.head(_GLANCE)):
                continue
            other = Date(name).read(filled)
            if not other.has_nulls() and not other.equals(self.read(filled)):
                return (
                    f"its dates are read as {row.words}, though {DATE_FORMATS[name].words} fits "
                    f"as well; --kind {{column}}={name} reads them so"
                )
        return None


date_spellings = {name: Date(name) for name in DATE_FORMATS}
"""The kind of each name that a person may give."""


def date_candidates(filled: pl.Series) -> Iterator[Date]:
    """Yield the formats that may read all these texts, best first.

    Parameters
    ----------
    filled : polars.Series of str
        Without nulls and words for missing values.

    Examples
    --------
    >>> [kind.format for kind in date_candidates(pl.Series(["1/2/2024", "3/4/2024"]))]
    ['m/d/y', 'd/m/y']
    >>> list(date_candidates(pl.Series(["20240105", "20240106"])))
    []
    """
    glance = filled.head(_GLANCE)
    if glance.is_empty() or not glance.str.contains("[0-9]").all():
        return
    for name in _of_shape(glance):
        if _reads(name, glance):
            yield Date(name)


def _of_shape(texts: pl.Series) -> list[str]:
    """Return the formats whose shape all these texts have."""
    text = pl.col("text").str
    shapes = (text.contains(row.shape).all().alias(name) for name, row in DATE_FORMATS.items())
    have = texts.to_frame("text").select(*shapes).row(0, named=True)
    return [name for name, has in have.items() if has]


def impossible(texts: pl.Series) -> pl.Series:
    """Say which texts have the shape of a date, and are none in any format.

    Examples
    --------
    >>> impossible(pl.Series(["2024-02-30", "2024-02-29", "31/02/2024", "a"])).to_list()
    [True, False, True, False]
    """
    none = pl.Series(texts.name, [False]).new_from_index(0, len(texts))
    left = texts.is_not_null().arg_true()
    for name, row in DATE_FORMATS.items():
        rows = left.filter(texts[left].str.contains(row.shape))
        if len(rows):
            none[rows] = Date(name).read(texts[rows]).is_null()
            left = left.filter(~left.is_in(rows) | none[left])
    return none


def _reads(name: str, texts: pl.Series) -> bool:
    return not Date(name).read(texts).has_nulls()


# Polars reads these itself, many times as fast as the groups and with the same outcome.
_FAST_DAYS = {
    "iso": ("%Y-%m-%d",),
    "y/m/d": ("%Y/%m/%d",),
    "y.m.d": ("%Y.%m.%d",),
    "d.m.y": ("%d.%m.%Y",),
    "m/d/y": ("%m/%d/%Y",),
    "d/m/y": ("%d/%m/%Y",),
    "m-d-y": ("%m-%d-%Y",),
    "d-m-y": ("%d-%m-%Y",),
    "d-mon-y": ("%d-%b-%Y", "%d/%b/%Y", "%d %b %Y"),
}
_FAST_TIMES = (
    "",
    *map("".join, product((" ", "T", ":"), ("%H:%M", "%H:%M:%S", "%H:%M:%S%.f"),
                          ("", "Z", " UTC", "%#z", " %#z"))),
)  # fmt: skip
_FAST_SHAPES = {
    "%Y": "[0-9]{4}",
    "%m": "[0-9]{2}",
    "%d": "[0-9]{2}",
    "%b": "[A-Za-z]{3}",
    "%H": "(?:[01][0-9]|2[0-3])",
    "%M": "[0-5][0-9]",
    "%S": "[0-5][0-9]",
    "%.f": r"\.[0-9]{1,9}",
    "%#z": "[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?",
}
_MANY = 10_000  # texts for which it pays to look for their shape
_MOST_SHAPES = 4  # that are looked for in one column


def _parse(texts: pl.Series, name: str) -> pl.Series:
    moments = pl.Series(texts.name, [None], dtype=pl.Datetime("us")).new_from_index(0, len(texts))
    left = texts.is_not_null().arg_true()
    for _ in range(_MOST_SHAPES):
        if len(left) < _MANY:
            break
        rest = texts[left]
        directives = _directives(name, rest[0])
        if directives is None:
            break
        fits = rest.str.contains(_shape(directives))
        moments[left.filter(fits)] = _strptime(rest.filter(fits), directives)
        left = left.filter(~fits)
    left = (moments.is_null() & texts.is_not_null()).arg_true()
    if len(left):
        moments[left] = _within_years(DATE_FORMATS[name].read(texts[left]).cast(pl.Datetime("us")))
    return moments


def _directives(name: str, text: str) -> str | None:
    """Return the directives that polars may read this text by, if any."""
    every = (day + time for day in _FAST_DAYS.get(name, ()) for time in _FAST_TIMES)
    return next((one for one in every if re.match(_shape(one), text)), None)


@cache
def _shape(directives: str) -> str:
    parts = re.split(r"(%\.f|%#z|%[a-zA-Z])", directives)
    return "^" + "".join(_FAST_SHAPES.get(part, re.escape(part)) for part in parts) + "$"


def _strptime(texts: pl.Series, directives: str) -> pl.Series:
    if "%H" in directives:
        moments = texts.str.to_datetime(directives, time_unit="us", strict=False, cache=False)
    else:
        moments = texts.str.to_date(directives, strict=False, cache=False)
    return _in_utc(moments)


def _in_utc(values: pl.Series) -> pl.Series:
    if getattr(values.dtype, "time_zone", None) is not None:
        values = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return _within_years(values.cast(pl.Datetime("us")))


def _within_years(moments: pl.Series) -> pl.Series:
    """Return null for moments outside the years 1 to 9999, but for a day, that an offset takes."""
    count = moments.cast(pl.Int64)
    if count.is_between(_FIRST, _LAST).fill_null(True).all():
        return moments
    near = count.is_between(_FIRST - _DAY_LONG, _LAST + _DAY_LONG)
    return count.set(~near, None).clip(_FIRST, _LAST).cast(pl.Datetime("us"))
