"""Dates and times as people and programs write them: a table of formats, and which one fits.

A text gives up its parts to a regular expression, and the parts are counted to microseconds
since 1970 in whole columns. No format that reads a plain number is ever guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

import msgspec
import polars as pl

_GLANCE = 300  # values that a format must read before it is worth trying on all

_MONTH_NAMES = (
    "jan january januar jänner janvier janv enero ene gennaio gen janeiro januari",
    "feb february februar feber février févr fév fevrier fev febrero febbraio fevereiro februari",
    "mar march märz mär maerz mrz mars marzo março marco maart mrt",
    "apr april avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "jun june juni juin junio giugno giu junho",
    "jul july juli juillet juil julio luglio lug julho",
    "aug august août aoû aout agosto ago augustus",
    "sep sept september septembre septiembre settembre set setembro",
    "oct october oktober okt octobre octubre ottobre ott outubro out",
    "nov november novembre noviembre novembro",
    "dec december dezember dez décembre déc decembre diciembre dic dicembre dezembro",
)
_MONTH_OF_NAME = {
    name: month for month, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()
}
_WEEKDAYS = (
    "mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday "
    "sun sunday mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag so sonntag "
    "lun lundi mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche"
)


def _any_of(words: Iterator[str] | list[str] | dict[str, int]) -> str:
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


# Parts of the day. Only the number of digits is asked here; what it may be is asked of the number,
# so that 2024-13-01 is known for a date that does not exist.
_YEAR, _YY = "(?P<year>[0-9]{4})", "(?P<year>[0-9]{2})"
_NEAR = "(?P<year>1[5-9][0-9]{2}|2[01][0-9]{2})"  # of part numbers, 4711-12, few look like years
_MONTH, _DAY = "(?P<month>[0-9]{1,2})", "(?P<day>[0-9]{1,2})"
_MONTH_NAME = rf"(?P<month>{_any_of(_MONTH_OF_NAME)})\.?"
_WEEKDAY = rf"(?:{_any_of(_WEEKDAYS.split())}\.?,?\s+)?"

# Parts of the time of day.
_OFFSET = r"[+\-\x{2212}](?:[01][0-9]|2[0-3])(?::?[0-5][0-9](?::?[0-5][0-9])?)?"
_ZONE = (
    rf"(?:\s*(?P<zone>(?:utc|gmt)?{_OFFSET}|z|utc|gmt|ut)"
    r"(?:\s*\[[^\]]*\]|\s*\([^)]*\)|\s+[a-z]{3,5})?)?"  # the zone's name after its offset
)


def _time(before: str, colon: str = ":") -> str:
    """Return the pattern of an optional time of day after the separators `before`."""
    second = (
        rf"(?:{colon}(?P<second>[0-9]{{2}})"
        r"(?:[.,](?P<fraction>[0-9]{1,12})|:(?P<millisecond>[0-9]{3}))?)?"
    )
    clock = rf"(?P<hour>[0-9]{{1,2}}){colon}(?P<minute>[0-9]{{2}}){second}"
    return rf"(?:{before}{clock}(?:\s*(?P<half>[ap])\.?\s?m\.?)?{_ZONE})?"


_USUAL_TIME = _time(r"(?:\s*[t_]\s*|,?\s+(?:at\s+)?)")
_NAMED_TIME = _time(r"(?:\s*[t_:]\s*|,?\s+(?:at\s+)?)", "[:.]")  # Apache's colon, Oracle's points
_DB2_TIME = _time("-", r"[:.]")
_COMPACT_TIME = _time(r"[t_\s]?", ":?")


def _integer(part: str) -> pl.Expr:
    return pl.col(part).cast(pl.Int64, strict=False)


def _between(value: pl.Expr, low: int, high: int) -> pl.Expr:
    return pl.when(value.is_between(low, high)).then(value)


def _year() -> pl.Expr:
    """Return the year, of two digits in 1969 to 2068 as POSIX has it."""
    year = _integer("year")
    short = pl.when(year < 69).then(year + 2000).otherwise(year + 1900)
    year = pl.when(pl.col("year").str.len_bytes() == 2).then(short).otherwise(year)
    return _between(year, 1, 9999)


def _days(first: pl.Expr, later: pl.Expr, period: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Return days since 1970 of `first` and `later` days more, where `period` stays the same."""
    days = first.cast(pl.Int32) + later
    return pl.when(period(days.cast(pl.Int32).cast(pl.Date)) == period(first)).then(days)


def _day_of_month(month: pl.Expr, day: pl.Expr | None = None) -> pl.Expr:
    first = pl.date(_year(), _between(month, 1, 12), 1)
    if day is None:
        return first.cast(pl.Int32)
    within = day.is_between(1, first.dt.days_in_month())
    return pl.when(within).then(first.cast(pl.Int32) + day - 1)


def _numbered_month() -> pl.Expr:
    return _day_of_month(_integer("month"), _integer("day"))


def _named(months: str = "month") -> pl.Expr:
    names = pl.col(months).str.to_lowercase()
    return names.replace_strict(_MONTH_OF_NAME, default=None, return_dtype=pl.Int64)


def _named_month() -> pl.Expr:
    return _day_of_month(_named(), _integer("day"))


def _first_of_month() -> pl.Expr:
    return _day_of_month(_integer("month"))


def _first_of_named_month() -> pl.Expr:
    return _day_of_month(_named())


def _first_of_quarter() -> pl.Expr:
    return _day_of_month(3 * _between(_integer("quarter"), 1, 4) - 2)


def _day_of_week() -> pl.Expr:
    fourth = pl.date(_year(), 1, 4)  # is always in week 1
    monday = fourth.cast(pl.Int32) - (fourth.dt.weekday().cast(pl.Int32) - 1)
    day = _between(_integer("weekday").fill_null(1), 1, 7)
    days = monday + 7 * (_between(_integer("week"), 1, 53) - 1) + day - 1
    in_year = days.cast(pl.Int32).cast(pl.Date).dt.iso_year() == _year()
    return pl.when(in_year).then(days)


def _day_of_year() -> pl.Expr:
    days = pl.date(_year(), 1, 1).cast(pl.Int32) + _between(_integer("ordinal"), 1, 366) - 1
    in_year = days.cast(pl.Int32).cast(pl.Date).dt.year() == _year()
    return pl.when(in_year).then(days)


@dataclass(frozen=True)
class DateFormat:
    """A way to write the day, and the time of day that may follow.

    Attributes
    ----------
    spelling : str
        The last day of 2024 in this format.
    day : str
        The pattern of the day, with a group for each part.
    days : callable
        Returns the expression that makes days since 1970 of those groups.
    time : str
        The pattern of the optional time of day.
    guessed : str or None
        What the pattern must be for the format to be guessed, where others write that too: part
        numbers, versions, numbers. None if `day` and `time` are clear enough.
    words : str
        The order of the parts in words, if another format differs only in that order.
    rivals : tuple of str
        The names of those other formats.
    """

    spelling: str
    day: str
    days: Callable[[], pl.Expr] = _numbered_month
    time: str = _USUAL_TIME
    guessed: str | None = None
    words: str = ""
    rivals: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """The pattern of a whole text."""
        day, _, rest = self.day.partition("{time}")  # ctime has the year behind the time
        return rf"(?i)^{_WEEKDAY}{day}{self.time}{rest}$"

    @property
    def shape(self) -> str:
        """The pattern of a text that lets this format be guessed."""
        return self.guessed or self.pattern


_MON_D = rf"{_MONTH_NAME}[-/\s]*{_DAY}(?:st|nd|rd|th)?"

DATE_FORMATS = {
    "iso": DateFormat("2024-12-31", rf"{_YEAR}-{_MONTH}-{_DAY}"),
    "y/m/d": DateFormat("2024/12/31", rf"{_YEAR}/{_MONTH}/{_DAY}"),
    "d.m.y": DateFormat("31.12.2024", rf"{_DAY}\.\s?{_MONTH}\.\s?{_YEAR}"),
    "m/d/y": DateFormat(
        "12/31/2024", rf"{_MONTH}/{_DAY}/{_YEAR}", words="month/day/year", rivals=("d/m/y",)
    ),
    "d/m/y": DateFormat(
        "31/12/2024", rf"{_DAY}/{_MONTH}/{_YEAR}", words="day/month/year", rivals=("m/d/y",)
    ),
    "y.m.d": DateFormat("2024.12.31", rf"{_YEAR}\.\s?{_MONTH}\.\s?{_DAY}\.?"),
    "m-d-y": DateFormat(
        "12-31-2024", rf"{_MONTH}-{_DAY}-{_YEAR}", words="month-day-year", rivals=("d-m-y",)
    ),
    "d-m-y": DateFormat(
        "31-12-2024", rf"{_DAY}-{_MONTH}-{_YEAR}", words="day-month-year", rivals=("m-d-y",)
    ),
    "m/d/yy": DateFormat(
        "12/31/24", rf"{_MONTH}/{_DAY}/{_YY}", words="month/day/year", rivals=("d/m/yy", "yy/m/d")
    ),
    "d/m/yy": DateFormat(
        "31/12/24", rf"{_DAY}/{_MONTH}/{_YY}", words="day/month/year", rivals=("m/d/yy", "yy/m/d")
    ),
    "yy/m/d": DateFormat(
        "24/12/31", rf"{_YY}/{_MONTH}/{_DAY}", words="year/month/day", rivals=("m/d/yy", "d/m/yy")
    ),
    "d.m.yy": DateFormat(
        "31.12.24",
        rf"{_DAY}\.{_MONTH}\.{_YY}",
        guessed=rf"(?i)^{_WEEKDAY}[0-9]{{2}}\.[0-9]{{2}}\.[0-9]{{2}}{_USUAL_TIME}$",
    ),
    "d-mon-y": DateFormat(
        "31-Dec-2024",
        rf"{_DAY}(?:\.|st|nd|rd|th|er)?[-/\s]*(?:de\s+)?{_MONTH_NAME}[-/\s.,]*(?:de\s+)?"
        "(?P<year>[0-9]{4}|[0-9]{2})",
        _named_month,
        _NAMED_TIME,
    ),
    "mon-d-y": DateFormat(
        "Dec 31, 2024", rf"{_MON_D}(?:,\s*|[-/\s]+){_YEAR}", _named_month, _NAMED_TIME
    ),
    "y-mon-d": DateFormat(
        "2024-Dec-31",
        rf"{_YEAR}[-/\s.]*{_MONTH_NAME}[-/\s]*{_DAY}",
        _named_month,
        _NAMED_TIME,
    ),
    "ctime": DateFormat(
        "Tue Dec 31 00:00:00 2024", rf"{_MON_D}{{time}}\s+{_YEAR}", _named_month, _time(r"\s+")
    ),
    "db2": DateFormat(
        "2024-12-31-00.00.00.000000", rf"{_YEAR}-{_MONTH}-{_DAY}", time=_DB2_TIME
    ),
    "yyyymmdd": DateFormat(
        "20241231",
        "(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        time=_COMPACT_TIME.replace("{1,2}", "{2}", 1),
        guessed=rf"(?i)^[0-9]{{8}}(?:[t_\s][0-9]{{2}}:?[0-9]{{2}}(?::?[0-9]{{2}}(?:[.,][0-9]+)?)?"
        rf"|[0-9]{{4}}(?:[0-9]{{2}}(?:[.,][0-9]+)?)?z){_ZONE}$",
    ),
    "y年m月d日": DateFormat(
        "2024年12月31日", rf"{_YEAR}[年년]\s?{_MONTH}[月월]\s?{_DAY}[日일]", time=_time(r"\s*")
    ),
    "y-m": DateFormat(
        "2024-12", rf"{_YEAR}-(?P<month>[0-9]{{2}})", _first_of_month, "",
        guessed=rf"^{_NEAR}-[0-9]{{2}}$",
    ),
    "m/y": DateFormat(
        "12/2024", rf"{_MONTH}/{_YEAR}", _first_of_month, "", guessed=rf"^[0-9]{{1,2}}/{_NEAR}$"
    ),
    "mon-y": DateFormat("Dec 2024", rf"{_MONTH_NAME}[-/\s,]*{_YEAR}", _first_of_named_month, ""),
    "y-week": DateFormat(
        "2025-W01-2",
        rf"{_YEAR}-?W(?P<week>[0-9]{{2}})(?:-?(?P<weekday>[0-9]))?",
        _day_of_week,
    ),
    "y-quarter": DateFormat(
        "2024-Q4", rf"{_YEAR}[-/\s]?Q(?P<quarter>[0-9])", _first_of_quarter, ""
    ),
    "quarter-y": DateFormat(
        "Q4 2024", rf"Q(?P<quarter>[0-9])[-/\s]?{_YEAR}", _first_of_quarter, ""
    ),
    "y-day": DateFormat(
        "2024-366",
        rf"{_YEAR}-(?P<ordinal>[0-9]{{3}})",
        _day_of_year,
        guessed=rf"(?i)^{_NEAR}-[0-3][0-9]{{2}}{_USUAL_TIME}$",
    ),
}  # fmt: skip

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
    for name, row in DATE_FORMATS.items():
        if glance.str.contains(row.shape).all() and _reads(name, glance):
            yield Date(name)


def impossible(texts: pl.Series) -> pl.Series:
    """Say which texts have the shape of a date, and are none in any format.

    Examples
    --------
    >>> impossible(pl.Series(["2024-02-30", "2024-02-29", "31/02/2024", "a"])).to_list()
    [True, False, True, False]
    """
    open_ = texts.is_not_null() & texts.is_null()  # shaped like a date, and not read as yet
    for row in DATE_FORMATS.values():
        open_ |= texts.str.contains(row.shape).fill_null(False)
    for name in DATE_FORMATS:
        rows = open_.arg_true()
        if not len(rows):
            break
        open_[rows] = Date(name).read(texts[rows]).is_null()
    return open_.alias(texts.name)


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
        moments[left] = _by_groups(texts[left], DATE_FORMATS[name])
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


def _by_groups(texts: pl.Series, row: DateFormat) -> pl.Series:
    parts = texts.str.extract_groups(row.pattern).struct.unnest()
    moment = row.days().cast(pl.Int64) * _DAY_LONG
    if row.time:
        moment = moment + _microseconds_of_day() - _offset()
    return _within_years(parts.select(moment.alias(texts.name)).to_series().cast(pl.Datetime("us")))


def _microseconds_of_day() -> pl.Expr:
    """Return the time of day: 0 where there is none, null where there is no such time."""
    hour, minute = _integer("hour"), _integer("minute").fill_null(0)
    second = _integer("second").fill_null(0)
    fraction = pl.coalesce("fraction", "millisecond").str.pad_end(6, "0").str.slice(0, 6)
    micros = fraction.cast(pl.Int64).fill_null(0)
    after = (minute * 60 + second) * 1_000_000 + micros
    half = pl.col("half").str.to_lowercase()
    on_dial = _between(hour, 1, 12) % 12 + pl.when(half == "p").then(12).otherwise(0)
    hour = pl.when(half.is_null()).then(hour).otherwise(on_dial)
    known = (minute < 60) & (second <= 60) & ((hour < 24) | ((hour == 24) & (after == 0)))
    time = pl.when(known).then(hour * 3_600_000_000 + after)
    return pl.when(pl.col("hour").is_null()).then(0).otherwise(time)


def _offset() -> pl.Expr:
    """Return how far the clock was ahead of UTC in microseconds; 0 for ``Z`` and for no offset."""
    zone = pl.col("zone").str.replace_all("[a-zA-Z:]", "").str.replace("\u2212", "-")
    hours, minutes, seconds = (
        zone.str.slice(start, 2).cast(pl.Int64, strict=False).fill_null(0) for start in (1, 3, 5)
    )
    ahead = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000
    return pl.when(zone.str.starts_with("-")).then(-ahead).otherwise(ahead)


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
