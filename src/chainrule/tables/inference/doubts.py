"""Why a column is no numbers or dates, and what is odd in a column of numbers or dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import polars as pl

from chainrule.tables.errors import count, quote
from chainrule.tables.inference.absent import rows_of
from chainrule.tables.inference.index_columns import counts_rows, identifies_rows
from chainrule.tables.kinds.dates import Date, date_candidates, impossible
from chainrule.tables.kinds.kind import Boolean, Kind, is_text, read_as
from chainrule.tables.kinds.missing import MissingWords
from chainrule.tables.kinds.numbers import Number, ambiguous, number_candidates
from chainrule.tables.kinds.words_for_missing import FIRST_DAYS, SENTINELS
from chainrule.tables.notes import Note, option_value
from chainrule.tables.table import Table

_MOST = 0.5  # of the values fit a kind: what keeps the others from it is said
_NEARLY_ALL = 0.9
_FEW_WORDS, _MANY_NUMBERS = 3, 10  # different ones: such words among such numbers are no names
_LIKE_QUANTITY = "(?i)^(?:{})$".format(
    "|".join(
        (
            r"[^0-9a-z]*(?:[a-z]{1,4}\.?\s)?[<>~≈±]?[0-9]+[0-9.,:/'’\s\u2212-]*"
            r"(?:[^0-9a-z]{0,4}|\s*[a-zµ°%²³/]{1,6}\.?|-[a-z]{3}-[0-9]+|[x×][0-9]+|\s*[a-z]{1,6}[0-9²³]?)",
            r"[nsew]?\s?(?:[0-9]+[.,]?[0-9]*\s*(?:[a-z]{1,4}|[°'\"′″’”]{1,2})\.?\s*){1,4}"  # 3h 5m
            r"[nsew0-9]*",
            r"[+-]?\p{Nd}+(?:[.,·٫٬’\s]\p{Nd}+)*",  # of any script
            "0x[0-9a-f]+",
            r"[0-9]*\s?[½¼¾⅓⅔⅛⅜⅝⅞]",
            r"[0-9.,]+\s?(?:[x×*·]\s?)?(?:10)?\^?[-+−⁻]?[0-9⁰¹²³⁴⁵⁶⁷⁸⁹]+",
        )
    )
)
_RANGE = r"^[<>≤≥]|[0-9]\s?[-–]\s?[0-9]+$|[0-9]\+$"
_FEW_GROUPS, _AGAIN = 20, 5  # different ranges, and how often each comes
_ORDINAL = r"(?i)^[0-9]+(st|nd|rd|th)$"
_EPOCH = dt.date(1970, 1, 1).toordinal()
_LOOKED_AT = 10_000  # values, for what is a remark alone
_FAR = 2_900_000  # days since 1970: the year 9910, which stands for "no end"
_FIRST_DAYS = {dt.date.fromisoformat(day).toordinal() - _EPOCH for day in FIRST_DAYS}
_SENTINELS = {float(text) for text in SENTINELS}
_MOST_SENTINELS = 3  # that are looked for in one column
_FAR_OFF = 1.5  # spans of all other numbers
_SMALL_SENTINEL, _FEWEST_SMALL = 100, 3  # 99 is a number like others where it is rare


def about(table: Table, column: str, remark: str, row: int | None = None) -> Note:
    """Return a note on a column; ``{column}`` in the remark is its name in a shell."""
    said = remark.replace("{column}", option_value(column))
    line = None if row is None else int(table.places[row])
    return Note(f"column {quote(column)}: {said}", column=column, line=line)


def about_unread(
    table: Table, values: pl.Series, filled: pl.Series, words: MissingWords
) -> Iterator[Note]:
    """Say which value keeps a column of texts from being numbers, dates or booleans.

    Parameters
    ----------
    table : Table
    values : polars.Series
        The column.
    filled : polars.Series of str
        Its texts without nulls and words for missing.
    words : MissingWords
    """
    if doubt := ambiguous(filled):
        yield about(table, values.name, f"is taken as names: {doubt}")
        return
    kind = _kind_of_most(filled)
    if kind is not None:
        typed, unfit = read_as(values, kind, words)
        rows = unfit.arg_true()
        if len(rows) and _fits_most(typed, values.gather(rows), kind):
            yield _about_unfit(table, values, kind, rows)
            return
    yield from _about_quantities(table, values, filled)


def _about_quantities(table: Table, values: pl.Series, filled: pl.Series) -> Iterator[Note]:
    """Say that nearly all texts look like quantities, and no rule reads them."""
    for some in (_sample(filled), filled):
        if some.str.contains(_LIKE_QUANTITY).sum() <= _NEARLY_ALL * len(some):
            return
    if filled.str.contains(_ORDINAL).all() or _are_groups(values, filled):
        return
    row = int(rows_of(values, filled[0])[0])
    yield Note(
        f"column {quote(values.name)} is taken as names: {quote(filled[0])} ({table.where(row)}) "
        "is neither a plain number nor a date as in the other rows, and no rule reads them all; "
        "write numbers as 1234.5 and dates as 2024-12-31 to have them understood",
        column=values.name,
        line=int(table.places[row]),
    )


def _are_groups(values: pl.Series, filled: pl.Series) -> bool:
    """Say whether a few texts that come again and again are ranges: ``<=50K``, ``18-24``."""
    different = filled.unique()
    often = len(different) <= _FEW_GROUPS and len(values) >= _AGAIN * len(different)
    return often and bool(different.str.contains(_RANGE).any())


def _fits_most(typed: pl.Series, unfit: pl.Series, kind: Kind) -> bool:
    """Say whether the values that were read outweigh the others, in number or in variety."""
    n_fit = len(typed) - typed.null_count()
    share = n_fit / (n_fit + len(unfit))
    if isinstance(kind, Boolean):
        return share >= _NEARLY_ALL and typed.n_unique() > 2  # true, false and null
    varied = unfit.n_unique() <= _FEW_WORDS and typed.n_unique() >= _MANY_NUMBERS
    return share >= _MOST or varied


def _about_unfit(table: Table, values: pl.Series, kind: Kind, rows: pl.Series) -> Note:
    unfit = values.gather(rows).cast(pl.String)
    row, wrong, others = int(rows[0]), str(unfit[0]), unfit.n_unique() - 1
    filled = len(values) - values.null_count()
    share = (filled - len(rows)) / filled
    more = f" and {count(others, 'other value')}" if others else ""
    verb = "are none" if others else "is none"
    percent = f"{100 * share:.0f} %" if share < 0.995 else "over 99 %"
    what = "a number" if isinstance(kind, Number) and not kind.remark() else kind.noun
    remedy = f"--missing {option_value(wrong)} treats it as missing"
    if others:
        remedy = f"{remedy} (the option can be given again)"
    return Note(
        f"column {quote(values.name)} is taken as categories: {quote(wrong)} ({table.where(row)})"
        f"{more} {verb} where {percent} of the values are each {what}; {remedy}",
        column=values.name,
        line=int(table.places[row]),
    )


def _kind_of_most(filled: pl.Series) -> Kind | None:
    """Return the kind that fits most of the texts or of the different ones; None if none does."""
    sample = _sample(filled)
    different = _sample(filled, 20_000).unique(maintain_order=True).head(len(sample))
    for texts in (sample, different):
        fits = [
            (len(texts) - kind.read(texts).null_count(), -order, kind)
            for order, kind in enumerate(_tried(texts))
        ]
        best, _, kind = max(fits, key=lambda fit: fit[:2])
        if best >= _MOST * len(texts):
            return kind
    return None


def _sample(texts: pl.Series, n_texts: int = 1000) -> pl.Series:
    """Return some texts, evenly from the whole."""
    return texts.gather_every(max(1, len(texts) // n_texts)).head(n_texts)


def _tried(texts: pl.Series) -> list[Kind]:
    """Return the kinds that any of these texts may be of, plain numbers first."""
    bad = impossible(texts)
    probes = texts.filter(~bad) if not bad.all() else texts
    tried = list[Kind]([Number(), Boolean()])
    some = probes.gather_every(max(1, len(probes) // 12)).head(12)
    for text in some.unique(maintain_order=True):
        one = pl.Series([text])
        tried += [*number_candidates(one), *date_candidates(one)]
    tried += date_candidates(probes)
    return list(dict.fromkeys(tried))


def about_read(table: Table, kind: Kind, values: pl.Series, filled: pl.Series) -> Iterator[Note]:
    """Say how the texts of a column are read, where there is more than one way.

    Parameters
    ----------
    table : Table
    kind : Kind
    values : polars.Series
        The column.
    filled : polars.Series of str
        Its texts without nulls and words for missing.
    """
    remark = None
    if isinstance(kind, Number):
        remark = kind.remark()
        yield from _about_exponents(table, values, filled)
    elif isinstance(kind, Date):
        remark = kind.remark(filled)
    if remark:
        yield about(table, values.name, remark)


def _about_exponents(table: Table, values: pl.Series, filled: pl.Series) -> Iterator[Note]:
    if filled.head(_LOOKED_AT).str.contains(r"[0-9.][dD][+-]?[0-9]").any():
        yield about(table, values.name, "the D in its numbers is read as that of an exponent")


def about_codes(table: Table, values: pl.Series, whole: pl.Series) -> Iterator[Note]:
    """Say that numbers have zeros in front or look like ``12E3``, as postcodes and codes do.

    Parameters
    ----------
    table : Table
    values : polars.Series
        The column.
    whole : polars.Series of str
        Its texts, at least those of whole numbers.
    """
    begin = whole.filter(whole.str.starts_with("0") | whole.str.contains("E", literal=True))
    codes = begin.filter(begin.str.contains("^(?:0[0-9]+|[0-9]+E[0-9]+)$"))
    if codes.is_empty():
        return
    row = int(rows_of(values, codes[0])[0])
    yield about(
        table,
        values.name,
        f"{quote(codes[0])} ({table.where(row)}) is read as the number {float(codes[0]):.15g}; "
        "--kind {column}=category keeps it as it is written, as a code",
        row,
    )


def about_far_dates(table: Table, values: pl.Series, moments: pl.Series) -> Iterator[Note]:
    """Say where a date far away stands for none: it hides the differences of all others.

    Parameters
    ----------
    table : Table
    values : polars.Series
        The column as the file has it.
    moments : polars.Series of datetime
        The column as it is read.
    """
    days = (moments.dt.timestamp("ms") // 86_400_000).cast(pl.Float64)
    far = _far_days(days)
    if not far.any():
        return
    row = int(far.arg_true()[0])
    text = str(values[row])
    yield about(
        table,
        values.name,
        f"{quote(text)} ({table.where(row)}) is a date so far away that it may stand for none; "
        f"--missing {option_value(text)} treats it as missing",
        row,
    )


def _far_days(days: pl.Series) -> pl.Series:
    """Say which days are "no end", or a program's first day far before all others."""
    far = (days >= _FAR).fill_null(False)
    others = days.filter(~far).drop_nulls()
    if others.is_empty():
        return pl.zeros(0, dtype=pl.Boolean, eager=True)
    first = others.min()
    later = others.filter(others != first)
    if isinstance(first, float) and first in _FIRST_DAYS and _is_far(first, later):
        far |= (days == first).fill_null(False)
    return far


def about_numbers(table: Table, values: pl.Series, numbers: pl.Series) -> Iterator[Note]:
    """Say what is odd about the numbers of a feature.

    Parameters
    ----------
    table : Table
    values : polars.Series
        The column as the file has it.
    numbers : polars.Series of float
        The column as it is read.
    """
    yield from about_sentinels(table, values, numbers)
    name = values.name
    leaves_out = f"--drop {option_value(name)} leaves it out"
    if counts_rows(values):
        yield Note(f"column {quote(name)} counts the rows in order; {leaves_out}", column=name)
    elif identifies_rows(name, values):
        yield Note(
            f"column {quote(name)} holds a number of its own for each row, as identifiers do; "
            f"{leaves_out}",
            column=name,
        )


def about_sentinels(table: Table, values: pl.Series, numbers: pl.Series) -> Iterator[Note]:
    """Say which number stands far off all others, and is what programs write for missing."""
    rest = numbers.drop_nulls()
    for _ in range(_MOST_SENTINELS):
        found = next((end for end in (rest.min(), rest.max()) if end in _SENTINELS), None)
        if not isinstance(found, float):
            return
        others = rest.filter(rest != found)
        n_found = len(rest) - len(others)
        rare = abs(found) < _SMALL_SENTINEL and n_found < _FEWEST_SMALL
        if rare or not _is_far(found, others):
            return
        rest = others
        row = int((numbers == found).fill_null(False).arg_true()[0])
        text = str(values[row]) if is_text(values) else repr(found).removesuffix(".0")
        yield about(
            table,
            values.name,
            f"{quote(text)} ({count(n_found, 'value')}, first in {table.where(row)}) is far from "
            "all others and may stand for none; "
            f"--missing {option_value(text)} treats it as missing",
            row,
        )


def _is_far(number: float, others: pl.Series) -> bool:
    """Say whether a number is farther from the others than those are from each other."""
    if others.is_empty():
        return False
    low, high = float(others.min()), float(others.max())  # type: ignore[arg-type]
    return max(low - number, number - high) > _FAR_OFF * (high - low)
