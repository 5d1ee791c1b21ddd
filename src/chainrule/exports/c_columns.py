"""A table's columns in C: the constants a caller fills a row with, and the features they become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chainrule.exports.c_words import Names, comment, table
from chainrule.exports.forward_pass import Features
from chainrule.scale import Scale
from chainrule.tables import Columns
from chainrule.tables.features import (
    LAST_PLACE,
    CategoryColumn,
    DateColumn,
    FeatureColumn,
    NumberColumn,
)
from chainrule.tables.kinds.kind import Boolean

_STANDARDISED = """\
/* (x / 2^exponent - mean) / deviation; what is missing becomes the mean, 0. */
static inline double {p}_standardised(double x, int exponent, double mean, double deviation)
{{
    const double z = (ldexp(x, -exponent) - mean) / deviation;
    return isnan(z) ? 0.0 : z > 1e6 ? 1e6 : z < -1e6 ? -1e6 : z;
}}
"""

_DATES = """\
/* Seconds since 1970-01-01 UTC, within the years 1 to 9999. */
static inline double {p}_within_years(double x)
{{
    return x < -62135596800.0 ? -62135596800.0 : x > 253402300799.0 ? 253402300799.0 : x;
}}

/* Which part of the year is over, from 0 up to 1, and of the week, which begins on Monday. */
static inline void {p}_calendar(double seconds, double *of_year, double *of_week)
{{
    const long day = (long)floor(seconds / 86400.0); /* since 1970-01-01 */
    const long shifted = day + 719468;               /* since 0000-03-01 */
    const long era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const long of_era = shifted - era * 146097;
    const long march_year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const long since_march = of_era - (365 * march_year + march_year / 4 - march_year / 100);
    const long year = march_year + era * 400 + (since_march >= 306);
    const int leaps = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const long of_days = since_march >= 306 ? since_march - 306 : since_march + 59 + leaps;
    *of_year = (double)of_days / (365.0 + leaps);
    *of_week = (double)(((day + 3) % 7 + 7) % 7) / 7.0;
}}
"""

_PLACE = """\
/* The place of x among knots, which lie evenly from -sqrt(3) to sqrt(3), or at the nearest end. */
static inline double {p}_place(double x, const double *knots, int n_knots)
{{
    const double end = {end!r};
    int i = 0;
    if (!(x > knots[0])) return -end;
    if (!(x < knots[n_knots - 1])) return end;
    while (x >= knots[i + 1]) i++;
    x = i + (x - knots[i]) / (knots[i + 1] - knots[i]);
    return end * (2.0 * x / (n_knots - 1) - 1.0);
}}
"""
_TURN = 6.283185307179586


@dataclass(frozen=True)
class Field:
    """A column beside its constant: the place of its number in a row."""

    column: FeatureColumn
    constant: str
    place: int


def fields_of(columns: Columns, names: Names) -> list[Field]:
    """Return each column with a name for its place."""
    return [
        Field(column, names.constant(column.name, otherwise=f"COLUMN_{place + 1}"), place)
        for place, column in enumerate(columns.features)
    ]


def field_constants(fields: list[Field]) -> Iterator[str]:
    """Yield the lines of the constants that are the places in a row."""
    yield "/* The places of a row's numbers. */"
    yield "enum {"
    for field in fields:
        yield f"    {field.constant} = {field.place}, /* {_about(field.column)} */"
    yield "};"


def named_constants(inputs: Features, names: Names) -> Iterator[str]:
    """Yield the lines of the constants of plain features that have names."""
    yield "/* The places of a row's numbers. */"
    yield "enum {"
    for place, name in enumerate(inputs.names):
        constant = names.constant(name, otherwise=f"FEATURE_{place + 1}")
        yield f"    {constant} = {place}, /* {comment(name)} */"
    yield "};"


def _about(column: FeatureColumn) -> str:
    match column:
        case CategoryColumn():
            what = "a category: one of the constants below"
        case DateColumn():
            what = "a moment: seconds since 1970-01-01 UTC"
        case NumberColumn(kind=Boolean()):
            what = "0 or 1"
        case _:
            what = "a number"
    return f"{comment(column.name)}: {what}"


def level_constants(fields: list[Field], names: Names) -> Iterator[str]:
    """Yield the lines of the constants of every category."""
    for field in fields:
        if isinstance(field.column, CategoryColumn):
            yield f"/* The categories of {comment(field.column.name)}. */"
            yield "enum {"
            yield from _levels(field.column, names, f"COLUMN_{field.place + 1}")
            yield "};"


def _levels(column: CategoryColumn, names: Names, otherwise: str) -> Iterator[str]:
    for code, level in enumerate(column.levels):
        fallback = f"{otherwise}_LEVEL_{code + 1}"
        constant = names.constant(column.name, level, otherwise=fallback)
        yield f"    {constant} = {code}, /* {comment(level)} */"
    what = "any other" if column.has_other else "any other, taken as missing"
    constant = names.constant(column.name, "OTHER", otherwise=f"{otherwise}_OTHER")
    yield f"    {constant} = {len(column.levels)} /* {what} */"


def encoding(fields: list[Field], columns: Columns, prefix: str) -> Iterator[str]:
    """Yield the lines of the functions that make features of a row."""
    if any(not isinstance(field.column, CategoryColumn) for field in fields):
        yield from _STANDARDISED.format(p=prefix).splitlines()
        yield ""
    if any(isinstance(field.column, NumberColumn) and field.column.knots for field in fields):
        yield from _PLACE.format(p=prefix, end=LAST_PLACE).splitlines()
        yield ""
    has_dates = any(isinstance(field.column, DateColumn) for field in fields)
    if has_dates:
        yield from _DATES.format(p=prefix).splitlines()
        yield ""
    yield f"static inline void {prefix}_encode(const double *row, {prefix}_real *features)"
    yield "{"
    yield "    double x;"
    if any(isinstance(field.column, CategoryColumn) for field in fields):
        yield "    int i;"
    if has_dates:
        yield "    double of_year, of_week;"
    first = 0
    for field in fields:
        yield ""
        yield f"    x = row[{field.constant}];"
        yield from _features(field.column, columns, prefix, first)
        first += len(field.column.feature_names)
    yield "}"


def _features(column: FeatureColumn, columns: Columns, p: str, first: int) -> Iterator[str]:
    match column:
        case NumberColumn():
            return _number(column, columns, p, first)
        case CategoryColumn():
            return _category(column, p, first)
        case DateColumn():
            return _date(column, p, first)


def _number(column: NumberColumn, columns: Columns, p: str, first: int) -> Iterator[str]:
    for number in columns.words.numbers:
        yield f"    if (x == {float(number)!r}) x = NAN; /* declared missing */"
    if column.scale.varies:
        yield f"    features[{first}] = ({p}_real){_standardised(column.scale, p, 'x')};"
        first += 1
    if column.knots:
        yield from _place(column, p, first)
        first += 1
    if column.has_missing:
        yield f"    features[{first}] = isnan(x) ? 1 : 0;"


def _place(column: NumberColumn, p: str, feature: int) -> Iterator[str]:
    """Yield the lines of the place among knots; what is missing lies where the mean does."""
    n_knots = len(column.knots)
    yield "    {"
    yield f"        static const double knots[1][{n_knots}] = {{"
    yield from (f"    {line}" for line in table([column.knots], ""))
    yield "        };"
    yield f"        const double known = isnan(x) ? {column.mean!r} : x;"
    yield f"        features[{feature}] = ({p}_real){p}_place(known, knots[0], {n_knots});"
    yield "    }"


def _standardised(scale: Scale, p: str, x: str) -> str:
    return f"{p}_standardised({x}, {scale.exponent}, {scale.mean!r}, {scale.deviation!r})"


def _category(column: CategoryColumn, p: str, first: int) -> Iterator[str]:
    n_levels, count = len(column.levels), len(column.feature_names)
    yield f"    for (i = {first}; i < {first + count}; i++) features[i] = 0;"
    known = f"x >= 0 && x < {n_levels}"
    if column.has_missing:
        yield f"    if ({known}) features[{first} + (int)x] = 1;"
        if column.has_other:
            yield f"    else features[isnan(x) ? {first + n_levels + 1} : {first + n_levels}] = 1;"
        else:
            yield f"    else features[{first + n_levels}] = 1;"
    else:
        yield f"    if ({known}) features[{first} + (int)x] = 1;"
        if column.has_other:
            yield f"    else if (!isnan(x)) features[{first + n_levels}] = 1;"


def _date(column: DateColumn, p: str, first: int) -> Iterator[str]:
    yield "    of_year = of_week = NAN;"
    yield f"    if (!isnan(x)) {{ x = {p}_within_years(x); {p}_calendar(x, &of_year, &of_week); }}"
    if column.scale.varies:
        yield f"    features[{first}] = ({p}_real){_standardised(column.scale, p, 'x / 86400.0')};"
        first += 1
    turns = ["of_year", "of_week"]
    if column.has_time:
        turns.append("(x / 86400.0 - floor(x / 86400.0))")
    for turn in turns:
        for wave in ("sin", "cos"):
            angle = f"{_TURN} * {turn}"
            yield f"    features[{first}] = isnan(x) ? 0 : ({p}_real){wave}({angle});"
            first += 1
    if column.has_missing:
        yield f"    features[{first}] = isnan(x) ? 1 : 0;"
