import datetime as dt
import email.utils
import re

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.tables.kinds.date_formats import DATE_FORMATS
from chainrule.tables.kinds.dates import (
    ZERO_DATES,
    Date,
    date_candidates,
    date_spellings,
    impossible,
)

DAY = dt.datetime(2024, 1, 5)
TEN = dt.datetime(2024, 1, 5, 10)


def read(name, texts):
    return Date(name).read(pl.Series("x", texts, dtype=pl.String)).to_list()


def candidates(texts):
    return [kind.format for kind in date_candidates(pl.Series("x", texts, dtype=pl.String))]


PUBLIC = [
    ("2024-01-05", DAY),  # ISO 8601, SQL
    ("2024-1-5", DAY),
    ("2024-01-05T10:00:00", TEN),
    ("2024-01-05T10:00", TEN),
    ("2024-01-05t10:00:00z", TEN),  # RFC 3339
    ("2024-01-05_10:00:00", TEN),
    ("2024-01-05T10:00:00,5Z", TEN.replace(microsecond=500_000)),
    ("2024-01-05T10:00:00.123456789Z", TEN.replace(microsecond=123_456)),  # nanoseconds
    ("2024-01-05 10:00:00+00", TEN),  # Postgres
    ("2024-01-05 10:00:00.5+01", TEN.replace(hour=9, microsecond=500_000)),
    ("2024-01-05 10:00:00+05:53:28", dt.datetime(2024, 1, 5, 4, 6, 32)),
    ("2024-01-05 10:00:00 UTC", TEN),  # BigQuery, R
    ("2024-01-05 10:00:00.000000 UTC", TEN),
    ("2024-01-05 10:00:00.000 -0800", TEN.replace(hour=18)),  # Snowflake
    ("2024-01-05 10:00:00.0000000 +00:00", TEN),  # SQL Server
    ("2024-01-05 10:00:00 +0000", TEN),  # Ruby
    ("2024-01-05 10:00:00 +0000 UTC", TEN),  # Go
    ("2024-01-05 11:00:00 +0100 CET", TEN),
    ("2024-01-05T11:00+01:00[Europe/Berlin]", TEN),  # Java
    ("2024-01-05T10:00:00Z[UTC]", TEN),
    ("2024-01-05T10:00:00\u221201:00", TEN.replace(hour=11)),
    ("2016-12-31T23:59:60Z", dt.datetime(2017, 1, 1)),
    ("2024-01-04 24:00:00", DAY),
    ("2024-01-04T24:00", DAY),
    ("2024-01-05-10.00.00.000000", TEN),  # DB2
    ("2024/01/05 10:00", TEN),
    ("2024.01.05", DAY),
    ("2024. 1. 5.", DAY),  # Korea
    ("2024\u5e741\u67085\u65e5", DAY),
    ("2024\ub144 1\uc6d4 5\uc77c 10:00", TEN),
    ("05.01.2024", DAY),  # Germany, Switzerland, SAP
    ("5.1.2024 10:00", TEN),
    ("5. 1. 2024", DAY),
    ("05.01.24", DAY),
    ("Fr 05.01.2024", DAY),
    ("05-JAN-24", DAY),  # Oracle
    ("05-JAN-24 10.00.00.000000 AM", TEN),
    ("05-JAN-24 11.00.00.000000000 AM +01:00", TEN),
    ("05JAN2024:10:00:00", TEN),  # SAS
    ("05Jan2024", DAY),
    ("05-Jan-2024 10:00:00", TEN),  # MATLAB
    ("5 Jan 2024", DAY),
    ("5 January 2024", DAY),
    ("5th January 2024", DAY),
    ("5. Januar 2024", DAY),
    ("5 janv. 2024", DAY),
    ("1er f\u00e9vrier 2024", dt.datetime(2024, 2, 1)),
    ("5 de enero de 2024", DAY),
    ("Friday, 5 January 2024", DAY),
    ("Jan 5, 2024", DAY),
    ("January 5th, 2024", DAY),
    ("Friday, January 5, 2024 at 10:00\u202fAM", TEN),  # macOS
    ("Jan  5 2024 10:00AM", TEN),  # SQL Server
    ("Jan  5 2024 10:00:00:000AM", TEN),
    ("2024-Jan-05", DAY),
    ("05/Jan/2024:10:00:00 +0000", TEN),  # Apache
    ("Fri, 05 Jan 2024 10:00:00 +0000", TEN),  # RFC 2822
    ("Fri, 05 Jan 2024 10:00:00 GMT", TEN),  # HTTP
    ("Fri, 5 Jan 2024 11:00:00 +0100 (CET)", TEN),
    ("Friday, 05-Jan-24 10:00:00 UTC", TEN),  # RFC 850
    ("Fri Jan  5 10:00:00 2024", TEN),  # C
    ("Fri Jan 05 10:00:00 UTC 2024", TEN),  # Java, Unix
    ("Fri Jan 05 10:00:00 +0000 2024", TEN),  # Twitter
    ("Fri Jan 05 2024 11:00:00 GMT+0100 (Central European Standard Time)", TEN),  # JavaScript
    ("20240105T100000Z", TEN),
    ("20240105T1000", TEN),
    ("20240105T100000.5+0100", dt.datetime(2024, 1, 5, 9, 0, 0, 500_000)),
    ("20240105100000Z", TEN),  # LDAP
    ("20240105 10:00:00", TEN),
    ("20240105 100000", TEN),
    ("2024-02", dt.datetime(2024, 2, 1)),
    ("02/2024", dt.datetime(2024, 2, 1)),
    ("Feb 2024", dt.datetime(2024, 2, 1)),
    ("2024-W05", dt.datetime(2024, 1, 29)),
    ("2024-W05-3", dt.datetime(2024, 1, 31)),
    ("2024W053", dt.datetime(2024, 1, 31)),
    ("2024-Q2", dt.datetime(2024, 4, 1)),
    ("2024Q4", dt.datetime(2024, 10, 1)),
    ("Q3 2024", dt.datetime(2024, 7, 1)),
    ("2024-032", dt.datetime(2024, 2, 1)),
    ("2024-366", dt.datetime(2024, 12, 31)),
    ("0001-01-01", dt.datetime(1, 1, 1)),
    ("9999-12-31", dt.datetime(9999, 12, 31)),
    ("31/01/2024", dt.datetime(2024, 1, 31)),  # France, Great Britain, India
    ("1/31/2024", dt.datetime(2024, 1, 31)),  # US
    ("1/31/2024, 1:05:00 PM", dt.datetime(2024, 1, 31, 13, 5)),
    ("1/31/2024 12:00:00 AM", dt.datetime(2024, 1, 31)),
    ("1/31/2024 12:30 p.m.", dt.datetime(2024, 1, 31, 12, 30)),
    ("01-31-2024", dt.datetime(2024, 1, 31)),
    ("31-01-2024", dt.datetime(2024, 1, 31)),
    ("1/31/24 13:05", dt.datetime(2024, 1, 31, 13, 5)),
    ("31/1/69", dt.datetime(1969, 1, 31)),
    ("31/1/68", dt.datetime(2068, 1, 31)),
    ("99/12/31", dt.datetime(1999, 12, 31)),
]


@pytest.mark.parametrize(("text", "moment"), PUBLIC, ids=lambda value: str(value)[:30])
def test_public_spellings(text, moment):
    (name, *_) = candidates([text])
    assert read(name, [text]) == [moment]
    assert not impossible(pl.Series([text]))[0]


@pytest.mark.parametrize(
    "text",
    ["20240105", "2024", "20240105100000", "1.5", "1704445200", "-2024", "5", "1e5", "20240105.5"],
)
def test_numbers_are_no_dates(text):
    assert candidates([text]) == []
    assert not impossible(pl.Series([text]))[0]


@given(st.from_regex(r"\A[+-]?([0-9]{1,16}(\.[0-9]{0,4})?|\.[0-9]+)([eEdD][+-]?[0-9]{1,3})?\Z"))
def test_a_number_is_never_a_date(text):
    assert candidates([text]) == []
    assert not impossible(pl.Series([text]))[0]


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "10:00", "2024-01-05 10", "24-01-05", "4711-12", "5012-100", "1.2.10", "1.2.3",
        "192.168.1.1", "3/4", "2024-01-05 10:00:00 CET", "Jan 5", "Jan 5 10:00:00", "5-Jan",
        "Jan-24", "MAR-5", "B-2024-01-05", "2024-01-05x", "2024-01-05\n", "2024-01-05T", "Q1",
        "2024-01-05 to 2024-01-06", "12345-01-01", "2024-001-05", "12-34-567", "2024-Mai",
        "5 Foo 2024", "2024-01-05T10:00:00+1", "\u0662\u0660\u0662\u0664-01-05",
    ],
)  # fmt: skip
def test_no_dates(text):
    assert candidates([text]) == []
    assert not impossible(pl.Series([text]))[0]


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30", "2023-02-29", "0000-00-00", "2024-13-01", "2024-13-01 08:00", "31/02/2024",
        "2024-01-00", "0000-01-01", "2024-01-05 24:00:01", "2024-01-05 25:00", "2024-01-05 10:60",
        "2024-01-05T10:00:61Z", "1/31/2024 13:00 PM", "1/31/2024 0:30 AM", "30-FEB-24",
        "Feb 30, 2024", "2024-W54", "2023-W53", "2024-W05-8", "2024-Q5", "2023-366", "2024-000",
        "2024-13", "13/2024", "00/00/0000", "00.00.0000", "20240230T100000Z", "1900-02-29",
        "2100-02-29", "32.01.2024",
    ],
)  # fmt: skip
def test_impossible_dates(text):
    assert candidates([text]) == []
    assert impossible(pl.Series("x", [text, None, "2024-01-05"])).to_list() == [True, False, False]


@pytest.mark.parametrize(
    "text",
    ["0000-00-00", "0000-00-00 00:00:00", "0000-00-00T00:00:00", "0000-00-00T00:00:00Z",
     "0000-00-00 00:00:00.000000", "0000/00/00", "00/00/0000", "00.00.0000", "00-00-0000",
     "00/00/00", "1/0/1900", "01/00/1900", "00.01.1900", "1900-01-00", "1/0/1900 00:00"],
)  # fmt: skip
def test_zero_dates(text):
    assert re.fullmatch(ZERO_DATES, text)
    assert pl.Series([text]).str.contains(ZERO_DATES).all()
    assert candidates([text]) == []


@pytest.mark.parametrize(
    "text",
    ["0", "00000000", "0000", "2024-01-05", "2000-10-10", "01/01/1900", "1900-01-01", "00:00:00",
     "0001-01-01", "0000-00-01", "10.01.1900", "1/10/1900"],
)  # fmt: skip
def test_dates_that_are_not_zero(text):
    assert not re.fullmatch(ZERO_DATES, text)
    assert not pl.Series([text]).str.contains(ZERO_DATES).any()


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["1/2/2024", "3/4/2024"], ["m/d/y", "d/m/y"]),
        (["1/2/2024", "13/4/2024"], ["d/m/y"]),
        (["1/2/2024", "3/14/2024"], ["m/d/y"]),
        (["31/12/2024", "12/31/2024"], []),
        (["01-02-2024"], ["m-d-y", "d-m-y"]),
        (["01/02/03"], ["m/d/yy", "d/m/yy", "yy/m/d"]),
        (["2024-01-05", "2024-01-05 10:00", "2024-01-05T10:00:00.5Z"], ["iso"]),
        (["2024-02-01", "2024/01/01"], []),
        (["5.1.24"], []),
        ([], []),
    ],
    ids=str,
)
def test_candidates(texts, names):
    assert candidates(texts) == names


def test_only_a_glance_is_taken():
    assert candidates([*["1/2/2024"] * 1000, "31/12/2024"]) == ["m/d/y", "d/m/y"]


def test_formats_that_are_only_given_by_name():
    assert read("yyyymmdd", ["20240105", "20240105100000", "20241305", "2024"]) == [
        DAY, TEN, None, None
    ]  # fmt: skip
    assert read("d.m.yy", ["5.1.24"]) == [DAY]
    assert read("y-m", ["1234-05"]) == [dt.datetime(1234, 5, 1)]


@pytest.mark.parametrize(
    ("name", "texts", "remark"),
    [
        ("m/d/y", ["1/2/2024"], ("month/day/year", "day/month/year", "d/m/y")),
        ("d/m/y", ["1/2/2024"], ("day/month/year", "month/day/year", "m/d/y")),
        ("m-d-y", ["01-02-2024 10:00"], ("month-day-year", "day-month-year", "d-m-y")),
        ("m/d/yy", ["1/2/24"], ("month/day/year", "day/month/year", "d/m/yy")),
        ("d/m/yy", ["24/1/05"], ("day/month/year", "year/month/day", "yy/m/d")),
    ],
)
def test_another_order_fits_as_well(name, texts, remark):
    this, other, spelling = remark
    assert Date(name).remark(pl.Series(texts)) == (
        f"its dates are read as {this}, though {other} fits as well; "
        f"--kind {{column}}={spelling} reads them so"
    )


@pytest.mark.parametrize(
    ("name", "texts"),
    [("m/d/y", ["1/2/2024", "1/31/2024"]), ("iso", ["2024-01-05"]), ("m/d/y", ["5/5/2024"]),
     ("m/d/y", [*["1/2/2024"] * 1000, "1/31/2024"])],
)  # fmt: skip
def test_no_other_order_fits(name, texts):
    assert Date(name).remark(pl.Series(texts)) is None


def test_model_files():
    assert msgspec.json.decode('{"type":"date","format":"d.m.y"}', type=Date) == Date("d.m.y")
    assert msgspec.json.decode('{"type":"date"}', type=Date) == Date("iso")
    with pytest.raises(ValueError, match="unknown date format 'y'; known: "):
        Date("y")
    assert {"iso", "y/m/d", "d.m.y", "m/d/y", "d/m/y"} <= set(date_spellings)
    assert date_spellings["m-d-y"] == Date("m-d-y")


def test_typed_columns():
    days = pl.Series("x", [dt.date(2024, 1, 5), None, dt.date(9999, 12, 31), dt.date(1, 1, 1)])
    moments = [DAY, None, dt.datetime(9999, 12, 31), dt.datetime(1, 1, 1)]
    assert Date("d.m.y").read(days).to_list() == moments
    for unit in ("ms", "us"):
        assert Date().read(days.cast(pl.Datetime(unit))).to_list() == moments
    zoned = pl.Series([TEN]).dt.replace_time_zone("Asia/Tokyo")
    assert Date().read(zoned).to_list() == [dt.datetime(2024, 1, 5, 1)]
    for other in ([5.5], [True], [dt.timedelta(1)], [dt.time(10)]):
        read = Date().read(pl.Series("x", other))
        assert (read.dtype, read.to_list()) == (pl.Datetime("us"), [None])


def test_years_alike_in_texts_and_typed_columns():
    far = pl.Series([3_000_000, -800_000, 2_932_896, 2_932_897, -719_163], dtype=pl.Int32)
    last = dt.datetime.max
    expected = [None, None, dt.datetime(9999, 12, 31), last, dt.datetime(1, 1, 1, 0, 0)]
    assert Date().read(far.cast(pl.Date)).to_list() == expected
    assert read("iso", ["9999-12-31T23:00:00-05:00", "0001-01-01T00:00:00+05:00"]) == [
        last, dt.datetime(1, 1, 1)
    ]  # fmt: skip
    assert read("iso", ["9999-12-31 24:00:00"]) == [last]


MOMENTS = st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30))
WRITTEN = {
    "iso": "%Y-%m-%d", "y/m/d": "%Y/%m/%d", "d.m.y": "%d.%m.%Y", "m/d/y": "%m/%d/%Y",
    "d/m/y": "%d/%m/%Y", "y.m.d": "%Y.%m.%d", "m-d-y": "%m-%d-%Y", "d-m-y": "%d-%m-%Y",
    "m/d/yy": "%m/%d/%y", "d/m/yy": "%d/%m/%y", "yy/m/d": "%y/%m/%d", "d.m.yy": "%d.%m.%y",
    "d-mon-y": "%d-%b-%Y", "mon-d-y": "%B %d, %Y", "y-mon-d": "%Y-%b-%d",
    "ctime": "%a %b %d{time} %Y", "db2": "%Y-%m-%d-{db2}", "yyyymmdd": "%Y%m%d",
    "y\u5e74m\u6708d\u65e5": "%Y\u5e74%m\u6708%d\u65e5",
    "y-m": "%Y-%m", "m/y": "%m/%Y", "mon-y": "%b %Y", "y-week": "%G-W%V-%u", "y-quarter": None,
    "quarter-y": None, "y-day": "%Y-%j",
}  # fmt: skip
TIMES = ["", " %H:%M", "T%H:%M:%S", "t%H:%M:%S.%f", "_%H:%M:%S,%f", "  %H:%M:%S.%f", " %I:%M %p",
         " %I:%M:%S.%f%p", ", %I:%M:%S\u202f%p"]  # fmt: skip
PARTS = {"%M": "minute", "%S": "second", "%f": "microsecond"}


def written(moment, directives):
    """Write a moment as strftime does, with four digits of the year on every system."""
    iso = f"{moment.isocalendar().year:04}"
    return moment.strftime(directives.replace("%Y", f"{moment.year:04}").replace("%G", iso))


def what_is_written(moment, time):
    """Return the moment without the parts that are not written."""
    if not time:
        return moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment.replace(**{part: 0 for code, part in PARTS.items() if code not in time})


def offset(minutes, style):
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return {
        "colon": f"{sign}{hours:02}:{rest:02}",
        "digits": f"{sign}{hours:02}{rest:02}",
        "blank": f" {sign}{hours:02}{rest:02}",
        "seconds": f"{sign}{hours:02}:{rest:02}:00",
        "java": f"{sign}{hours:02}:{rest:02}[Asia/Kolkata]",
        "go": f" {sign}{hours:02}{rest:02} IST",
    }[style]


def test_every_format_is_written():
    assert set(WRITTEN) == set(DATE_FORMATS)


@given(MOMENTS, st.data())
def test_moments_are_read_back_in_every_format(moment, data):
    name = data.draw(st.sampled_from([name for name in WRITTEN if WRITTEN[name]]))
    row = DATE_FORMATS[name]
    if "yy" in name and name != "yyyymmdd":
        moment = moment.replace(year=1969 + moment.year % 100, day=min(moment.day, 28))
    directives = WRITTEN[name]
    if not row.time:
        month = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        assert read(name, [written(month, directives)]) == [month]
        return
    if name == "db2":
        text = written(moment, directives.replace("{db2}", "%H.%M.%S.%f"))
        assert read(name, [text]) == [moment]
        return
    if name == "ctime":
        times = [" %H:%M:%S", " %H:%M:%S.%f"]
    elif name == "yyyymmdd":
        times = ["", "T%H%M", "%H%M%S", "T%H%M%S.%f", " %H:%M:%S"]
    else:
        times = TIMES
    if name == "y\u5e74m\u6708d\u65e5":
        times = ["", "%H:%M", " %H:%M:%S.%f"]
    time = data.draw(st.sampled_from(times))
    expected = what_is_written(moment, time)
    minutes = data.draw(st.integers(-14 * 60, 14 * 60))
    style = data.draw(st.sampled_from(["colon", "digits", "blank", "seconds", "java", "go", None]))
    zone = ""
    if time and "%p" not in time:
        zone = data.draw(st.sampled_from(["", "Z", "z", " UTC", " GMT", "+00"]))
        if style and not zone:
            zone = offset(minutes, style)
            expected -= dt.timedelta(minutes=minutes)
    time += zone
    pattern = directives.replace("{time}", time) if "{time}" in directives else directives + time
    text = written(moment, pattern)
    assert read(name, [text]) == [expected], text
    assert read(name, [text.upper()]) == [expected], text
    assert not impossible(pl.Series([text]))[0]


@pytest.mark.parametrize("year", [1, 1900, 1999, 2000, 2004, 2020, 2024, 2026, 9999])
def test_every_day_of_a_year_as_datetime_has_it(year):
    days = [dt.date(year, 1, 1) + dt.timedelta(n) for n in range(365)]
    moments = [dt.datetime(day.year, day.month, day.day) for day in days]
    assert read("iso", [day.isoformat() for day in days]) == moments
    assert read("y-day", [f"{year:04}-{n:03}" for n in range(1, 366)]) == moments
    weeks = [day.isocalendar() for day in days if 1 <= day.isocalendar().year <= 9999]
    texts = [f"{week.year:04}-W{week.week:02}-{week.weekday}" for week in weeks]
    assert read("y-week", texts) == [
        dt.datetime.combine(dt.date.fromisocalendar(*week), dt.time()) for week in weeks
    ]


@given(st.integers(0, 10000), st.integers(0, 99), st.integers(0, 99))
def test_days_that_exist(year, month, day):
    text = f"{year:04}-{month:02}-{day:02}"
    try:
        expected = dt.datetime.fromisoformat(text)
    except ValueError:
        expected = None
    assert read("iso", [text]) == [expected]
    assert impossible(pl.Series([text]))[0] == (expected is None and year < 10000)


@given(MOMENTS, st.integers(-23 * 60, 23 * 60), st.sampled_from("T "), st.sampled_from(
    ["minutes", "seconds", "milliseconds", "microseconds"]))  # fmt: skip
def test_iso_as_datetime_reads_it(moment, minutes, separator, precision):
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    text = moment.replace(tzinfo=zone).isoformat(separator, precision)
    expected = dt.datetime.fromisoformat(text).astimezone(dt.UTC).replace(tzinfo=None)
    assert read("iso", [text]) == [expected]


@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)), st.integers(-720, 840))
def test_rfc_2822_as_the_email_package_reads_it(moment, minutes):
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    text = email.utils.format_datetime(moment.replace(tzinfo=zone))
    judge = email.utils.parsedate_to_datetime(text)
    if judge.tzinfo is not None:
        judge = judge.astimezone(dt.UTC).replace(tzinfo=None)
    assert candidates([text]) == ["d-mon-y"]
    assert read("d-mon-y", [text]) == [judge]


@settings(max_examples=40)
@given(st.data())
def test_long_columns_are_read_like_short_ones(data):
    """Polars reads the usual shapes of a long column: with the same outcome."""
    names = ["iso", "y/m/d", "y.m.d", "d.m.y", "m/d/y", "d/m/y", "m-d-y", "d-m-y", "d-mon-y"]
    name = data.draw(st.sampled_from(names))
    day = data.draw(st.sampled_from([WRITTEN[name], "%d/%b/%Y"] if name == "d-mon-y" else
                                    [WRITTEN[name]]))  # fmt: skip
    times = ["", " %H:%M", "T%H:%M", " %H:%M:%S", "T%H:%M:%S", "T%H:%M:%S.%f", " %H:%M:%S.%f",
             "T%H:%M:%SZ", "T%H:%M:%S.%fZ", " %H:%M:%S UTC", " %H:%M:%S+01", "T%H:%M:%S-05:30",
             " %H:%M:%S.%f +0100", "T%H:%M:60", " 24:00:00", " 25:00", " %I:%M %p"]  # fmt: skip
    moments = data.draw(st.lists(MOMENTS, min_size=1, max_size=8))
    some = [written(moment, day + data.draw(st.sampled_from(times))) for moment in moments]
    some += [written(moments[0], day).replace("0", "9"), written(moments[0], day), "x", None]
    some += ["0000-01-01", "2024-02-30", "2024-2-3", "31.12.2024", "29-Mai-2024", "29/mai/2024"]
    many = some * (12_000 // len(some)) + [some[0]] * 12_000
    short = read(name, some)
    assert read(name, many) == short * (12_000 // len(some)) + [short[0]] * 12_000


@given(st.text("0123456789-/.:TZ WQJan+,", max_size=20), st.sampled_from(list(DATE_FORMATS)))
def test_any_text_is_a_date_or_none(text, name):
    (moment,) = read(name, [text])
    assert moment is None or dt.datetime.min <= moment <= dt.datetime.max
    candidates([text])
    impossible(pl.Series([text]))


@pytest.mark.parametrize("name", DATE_FORMATS)
def test_the_spelling_is_read(name):
    (moment,) = read(name, [DATE_FORMATS[name].spelling])
    assert dt.datetime(2024, 10, 1) <= moment <= dt.datetime(2024, 12, 31)
    assert Date(name).noun == f"a date like {DATE_FORMATS[name].spelling}"
