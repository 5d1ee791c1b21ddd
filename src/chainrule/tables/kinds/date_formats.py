"""The formats of dates and times: a table, and how each row's parts count to a moment.

Whoever adds a format adds a row: a pattern with a group for each part, and the expression that
makes days since 1970 of the groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

_DAY_LONG = 86_400_000_000  # microseconds

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


def _any_of(words: Iterable[str]) -> str:
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

    def read(self, texts: pl.Series) -> pl.Series:
        """Return microseconds since 1970 in UTC, null where a text is no date of this format."""
        pattern = self.pattern
        if not texts.str.contains("^[^0-9]").any():
            pattern = pattern.replace(_WEEKDAY, "")  # half the work
        moment = self.days().cast(pl.Int64) * _DAY_LONG
        if self.time:
            moment = moment + _microseconds_of_day() - _offset()
        parts = texts.str.extract_groups(pattern).struct.unnest()
        return parts.select(moment.alias(texts.name)).to_series()


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
