"""Which kind each column is, decided over the whole table and said where it is in doubt."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from chainrule.catalog import nearest
from chainrule.tables.date_kind import Date, date_candidates, impossible
from chainrule.tables.errors import TableError, count, enumerate_names, quote
from chainrule.tables.index_columns import counts_rows, index_columns
from chainrule.tables.kinds import (
    Boolean,
    Category,
    Kind,
    boolean_candidates,
    by_dictionary,
    cast,
    distinct,
    is_text,
    read_as,
)
from chainrule.tables.missing import MissingWords
from chainrule.tables.names import clean_name
from chainrule.tables.notes import Note
from chainrule.tables.number_kind import Number, ambiguous, number_candidates
from chainrule.tables.table import Table

_GLANCE = 200  # values that a kind must fit before it is tried on all
_MOST = 0.5  # of the values fit a kind: what keeps the others from it is said
_NEARLY_ALL = 0.9
_LIKE_QUANTITY = (
    r"(?i)^[^0-9a-z]*([a-z]{1,4}\.?\s)?[<>~≈±]?[0-9]+[0-9.,:/'’\s\u2212-]*"
    r"([^0-9a-z]{0,4}|\s*[a-zµ°%²³/]{1,6}\.?|-[a-z]{3}-[0-9]+|[x×][0-9]+|\s*[a-z]{1,6}[0-9²³]?)$"
)
_ORDINAL = r"(?i)^[0-9]+(st|nd|rd|th)$"
_NO_WORD = re.compile(r"[^\w]+|0000.*")
_FAR = 2_900_000  # days since 1970: the year 9910, which stands for "no end"


@dataclass(frozen=True, eq=False)
class Typed:
    """A table whose columns are read.

    Attributes
    ----------
    table : Table
        Feature columns as floats, texts or datetimes; the target as it was.
    target : str or None
    kinds : dict of str to Kind
        Of each feature column, in the order of the table.
    notes : tuple of Note
        What was in doubt and how it was decided.
    words : MissingWords
        By which missing values were told.
    left_out : dict of str to str
        Columns that are no features, whatever they hold, and why.
    """

    table: Table
    target: str | None
    kinds: dict[str, Kind]
    notes: tuple[Note, ...]
    words: MissingWords = field(default_factory=MissingWords)
    left_out: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class InferredKind:
    """The kind of one column.

    Attributes
    ----------
    kind : Kind
    notes : tuple of Note
    missing : dict of str to tuple of int
        The words that were taken as missing: how often each stands there, and its first row.
    """

    kind: Kind
    notes: tuple[Note, ...] = ()
    missing: dict[str, tuple[int, int]] = field(default_factory=dict)


def infer(
    table: Table,
    *,
    target: str | None,
    categories: Collection[str] = (),
    kinds: Mapping[str, Kind] | None = None,
    words: MissingWords | None = None,
) -> Typed:
    """Decide the kind of each feature column over the whole table, and read it.

    Parameters
    ----------
    table : Table
    target : str or None
        The column that is no feature.
    categories : collection of str
        Columns of numbers that are names: codes, postcodes.
    kinds : mapping of str to Kind, optional
        Of columns whose kind is not to be inferred.
    words : MissingWords, optional

    Raises
    ------
    TableError
        If there is no feature column, a name in `categories` or `kinds` is none, or a value is
        infinite or not of the kind that was given for its column.
    """
    words = words or MissingWords()
    given = {clean_name(name): Category() for name in categories} | {
        clean_name(name): kind for name, kind in (kinds or {}).items() if name != target
    }
    features = [column for column in table.columns if column != target]
    if not features:
        raise TableError(f"{table.name} has no column beside {quote(target)}; give some features")
    for name in given:
        if name not in features:
            hint = nearest(name, features) or "; give names of feature columns"
            raise TableError(f"{table.name} has no feature column {quote(name)}{hint}")
    left_out = {
        name: reason
        for name, reason in index_columns(table).items()
        if name not in given and name != target
    }
    if set(left_out) == set(features):
        left_out = {}
    table = table.drop(left_out)
    inferred = dict[str, InferredKind]()
    notes = list[Note]()
    for name in [name for name in features if name not in left_out]:
        found = InferredKind(given[name]) if name in given else infer_kind(table, name, words)
        inferred[name] = found
        notes.extend(found.notes)
        if name not in given and isinstance(found.kind, Number) and counts_rows(table.frame[name]):
            notes.append(
                Note(
                    f"column {quote(name)} counts the rows in order; --drop {quote(name)} "
                    "leaves it out",
                    column=name,
                )
            )
        # In place of the texts, column by column: both together may be too much.
        table = table.with_columns([cast(table, name, found.kind, words)])
    notes.extend(about_missing(table, {name: found.missing for name, found in inferred.items()}))
    return Typed(
        table,
        target,
        {name: found.kind for name, found in inferred.items()},
        tuple(notes),
        words,
        left_out,
    )


def infer_kind(table: Table, column: str, words: MissingWords | None = None) -> InferredKind:
    """Return the kind of one column, and what the user should be told about the choice."""
    words = words or MissingWords()
    values = table.frame[column]
    if is_text(values):
        return _kind_of_texts(table, values, words)
    if values.dtype == pl.Boolean:
        return InferredKind(Boolean())
    if values.dtype in (pl.Date, pl.Datetime):
        return InferredKind(Date(), tuple(_about_far_dates(table, values)))
    return InferredKind(Number(binary=_is_binary(words.without(values).cast(pl.Float64))))


def _is_binary(numbers: pl.Series) -> bool:
    filled = numbers.drop_nulls()
    return len(filled) > 0 and bool(filled.is_in([0.0, 1.0]).all())


def _kind_of_texts(table: Table, values: pl.Series, words: MissingWords) -> InferredKind:
    texts = distinct(values)
    numbers = Number().read(texts)
    rest = texts.filter(numbers.is_null())  # words for missing are looked for here alone
    absent = words.mask(rest, among_values=True)
    rest_filled = rest.filter(~absent)
    if rest_filled.is_empty() and len(rest) < len(texts):
        if words.numbers:
            numbers = numbers.set(words.mask(texts, among_values=True), None)
        kind: Kind = Number(binary=_is_binary(numbers))
        notes = tuple(_about_exponents(table, values, texts))
        return InferredKind(kind, notes, _found(values, rest.filter(absent), words))
    filled = texts if len(rest) < len(texts) else rest
    filled = filled.filter(~words.mask(filled, among_values=True))
    if filled.is_empty():
        return InferredKind(Category(), (), _found(values, rest.filter(absent), words))
    chosen = next((kind for kind in _candidates(filled) if _fits(kind, filled)), None)
    if chosen is None:
        everywhere = rest.filter(words.mask(rest))
        notes = (*_nearly(table, values, filled, words), *_about_kept(table, values, rest, words))
        return InferredKind(Category(), notes, _found(values, everywhere, words))
    notes = tuple(_remarks(table, chosen, values, filled))
    return InferredKind(chosen, notes, _found(values, rest.filter(absent), words))


def _about_exponents(table: Table, values: pl.Series, texts: pl.Series) -> Iterator[Note]:
    if texts.str.contains(r"[0-9.][dD][+-]?[0-9]").any():
        yield _about(table, values.name, "the D in its numbers is read as that of an exponent")


def _candidates(filled: pl.Series) -> Iterator[Kind]:
    yield from boolean_candidates(filled)
    yield from number_candidates(filled)
    yield from date_candidates(filled)


def _fits(kind: Kind, filled: pl.Series) -> bool:
    return not kind.read(filled.head(_GLANCE)).has_nulls() and not kind.read(filled).has_nulls()


def _found(values: pl.Series, texts: pl.Series, words: MissingWords) -> dict[str, tuple[int, int]]:
    """Return how often each of these words stands in the column, and its first row."""
    present = {*texts, *words.added}
    rows = {word: _rows_of(values, word) for word in sorted(present)}
    return {word: (len(where), int(where[0])) for word, where in rows.items() if len(where)}


def _rows_of(values: pl.Series, text: str) -> pl.Series:
    return by_dictionary(values, lambda texts: texts == text).fill_null(False).arg_true()


def _remarks(table: Table, kind: Kind, values: pl.Series, filled: pl.Series) -> Iterator[Note]:
    remark = None
    if isinstance(kind, Number):
        remark = kind.remark()
    elif isinstance(kind, Date):
        remark = kind.remark(filled)
    if remark:
        yield _about(table, values.name, remark)
    if isinstance(kind, Date):
        yield from _about_far_dates(table, values, kind)


def _about(table: Table, column: str, remark: str, row: int | None = None) -> Note:
    said = remark.replace("{column}", option_value(column))
    line = None if row is None else int(table.places[row])
    return Note(f"column {quote(column)}: {said}", column=column, line=line)


def option_value(text: str) -> str:
    """Return a text as it is typed in a shell: quoted where it must be."""
    return text if re.fullmatch(r"[\w.+%@:,/-]+", text) else "'" + text.replace("'", "'\\''") + "'"


def _about_far_dates(table: Table, values: pl.Series, kind: Date | None = None) -> Iterator[Note]:
    """Say where a date far away stands for "no end": it hides the differences of all others."""
    read = (kind or Date()).read
    moments = by_dictionary(values, read) if is_text(values) else read(values)
    days = moments.dt.timestamp("ms") // 86_400_000
    far = (days >= _FAR).fill_null(False)
    if not far.any() or far.sum() == len(days.drop_nulls()):
        return
    row = int(far.arg_true()[0])
    text = str(values[row])
    yield Note(
        f"column {quote(values.name)}: {quote(text)} ({table.where(row)}) is a date so far away that "
        f"it may stand for none; --missing {option_value(text)} treats it as missing",
        column=values.name,
        line=int(table.places[row]),
    )


def _nearly(
    table: Table, values: pl.Series, filled: pl.Series, words: MissingWords
) -> Iterator[Note]:
    """Say which value keeps a column of numbers or dates from being one."""
    column = values.name
    if doubt := ambiguous(filled):
        yield _about(table, column, f"is taken as names: {doubt}")
        return
    kind = _kind_of_most(filled)
    if kind is not None:
        typed, unfit = read_as(values, kind, words)
        n_fit = len(typed) - typed.null_count()
        rows = unfit.arg_true()
        if len(rows) and n_fit >= _MOST * (n_fit + len(rows)):
            yield _about_unfit(table, values, kind, rows, n_fit / (n_fit + len(rows)))
            return
    like = by_dictionary(filled, lambda texts: texts.str.contains(_LIKE_QUANTITY))
    ordinal = by_dictionary(filled, lambda texts: texts.str.contains(_ORDINAL))
    if like.sum() > _NEARLY_ALL * len(filled) and not ordinal.all():
        row = int(
            by_dictionary(values, lambda texts: texts == filled[0]).fill_null(False).arg_true()[0]
        )
        yield Note(
            f"column {quote(column)} is taken as names: {quote(filled[0])} "
            f"({table.where(row)}) is neither a plain number nor a date as in the other "
            "rows, nor does one rule read them all; write numbers as 1234.5 and dates as 2024-12-31 "
            "to have them understood",
            column=column,
            line=int(table.places[row]),
        )


def _about_unfit(
    table: Table, values: pl.Series, kind: Kind, rows: pl.Series, share: float
) -> Note:
    unfit = values.gather(rows).cast(pl.String)
    row = int(rows[0])
    wrong = unfit[0]
    others = unfit.n_unique() - 1
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
    """Return the kind of number or date that fits most of the texts, None if none fits half."""
    sample = filled.gather_every(max(1, len(filled) // 1000)).head(1000)
    bad = impossible(sample)
    probes = sample.filter(~bad) if not bad.all() else sample
    step = max(1, len(probes) // 12)
    tried = list[Kind]([Number()])
    for text in probes.gather_every(step).head(12):
        one = pl.Series([text])
        kinds: list[Kind] = [*number_candidates(one), *date_candidates(one)]
        for kind in kinds:
            if kind not in tried:
                tried.append(kind)
    for kind in date_candidates(probes):
        if kind not in tried:
            tried.append(kind)
    fits = [
        (len(sample) - kind.read(sample).null_count(), -order) for order, kind in enumerate(tried)
    ]
    best, order = max(fits)
    return tried[-order] if best >= _MOST * len(sample) else None


def _about_kept(
    table: Table, values: pl.Series, rest: pl.Series, words: MissingWords
) -> Iterator[Note]:
    """Say which marks are taken as categories though they often stand for a missing value."""
    weak = rest.filter(words.mask(rest, among_values=True) & ~words.mask(rest))
    marks = [word for word in weak.unique(maintain_order=True) if _NO_WORD.fullmatch(word)]
    if marks:
        row = int(_rows_of(values, marks[0])[0])
        yield Note(
            f"column {quote(values.name)}: {enumerate_names(marks)} ({table.where(row)}) is taken as "
            f"a category; --missing {option_value(marks[0])} treats it as missing",
            column=values.name,
            line=int(table.places[row]),
        )


def about_missing(
    table: Table, found: Mapping[str, Mapping[str, tuple[int, int]]]
) -> Iterator[Note]:
    """Say which words were taken as missing, in which columns, and how to keep them.

    Parameters
    ----------
    table : Table
    found : mapping of str to mapping
        By column and word, how often it stands there, and its first row.
    """
    by_word = defaultdict[str, list[tuple[str, int, int]]](list)
    for column, words in found.items():
        for word, (times, row) in words.items():
            by_word[word].append((column, times, row))
    for word, places in by_word.items():
        column, _, _ = places[0]
        row = min(row for _, _, row in places)
        total = sum(times for _, times, _ in places)
        where = (
            f"column {enumerate_names([column])}"
            if len(places) == 1
            else (
                f"{len(places)} columns ({enumerate_names([column for column, _, _ in places], 3)})"
            )
        )
        yield Note(
            f"{quote(word)} is taken as missing in {where}, {count(total, 'value')}, first in "
            f"{table.where(row)}; --not-missing {option_value(word)} keeps it as a value",
            column=column if len(places) == 1 else None,
            line=int(table.places[row]),
        )
