"""Dates and times as people write them in tables."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

_TIME = (
    r"(?:[T ]+(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
    r"(?::(?P<second>[0-5][0-9])(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"\s*(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)


@dataclass(frozen=True)
class DateFormat:
    """A way to write the day; a time of day may follow each."""

    spelling: str
    pattern: str  # with the groups year, month and day


_YEAR, _MONTH, _DAY = r"(?P<year>[0-9]{4})", r"(?P<month>[0-9]{1,2})", r"(?P<day>[0-9]{1,2})"

DATE_FORMATS = {
    "iso": DateFormat("2024-12-31", rf"^{_YEAR}-{_MONTH}-{_DAY}"),
    "y/m/d": DateFormat("2024/12/31", rf"^{_YEAR}/{_MONTH}/{_DAY}"),
    "d.m.y": DateFormat("31.12.2024", rf"^{_DAY}\.{_MONTH}\.{_YEAR}"),
    "m/d/y": DateFormat("12/31/2024", rf"^{_MONTH}/{_DAY}/{_YEAR}"),
    "d/m/y": DateFormat("31/12/2024", rf"^{_DAY}/{_MONTH}/{_YEAR}"),
}


def parse_dates(texts: pl.Series, name: str) -> pl.Series:
    """Return texts as datetimes in UTC, with null for what is no date of this format.

    Parameters
    ----------
    texts : polars.Series of str
    name : str
        A key of `DATE_FORMATS`.
    """
    parts = texts.str.extract_groups(DATE_FORMATS[name].pattern + _TIME).struct.unnest()
    day = pl.concat_str(["year", "month", "day"], separator="-").str.to_date(
        "%Y-%m-%d", strict=False
    )
    moment = day.cast(pl.Datetime("us")) + _time_of_day() - _offset()
    return parts.select(moment.alias(texts.name)).to_series()


def _number(part: str) -> pl.Expr:
    return pl.col(part).cast(pl.Int64).fill_null(0)


def _time_of_day() -> pl.Expr:
    microseconds = pl.col("fraction").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    return pl.duration(
        hours=_number("hour"),
        minutes=_number("minute"),
        seconds=_number("second"),
        microseconds=microseconds.fill_null(0),
    )


def _offset() -> pl.Expr:
    """Return how far the clock was ahead of UTC; nothing for ``Z`` and for no offset."""
    digits = pl.col("offset").str.replace("Z", "+0000").str.replace(":", "", literal=True)
    hours = digits.str.slice(1, 2).cast(pl.Int64).fill_null(0)
    minutes = digits.str.slice(3, 2).cast(pl.Int64).fill_null(0)
    sign = pl.when(digits.str.starts_with("-")).then(-1).otherwise(1)
    return pl.duration(hours=sign * hours, minutes=sign * minutes)


def in_utc(values: pl.Series) -> pl.Series:
    """Return dates or datetimes of a typed column as datetimes in UTC without a time zone."""
    if getattr(values.dtype, "time_zone", None) is not None:
        values = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return values.cast(pl.Datetime("us"))
