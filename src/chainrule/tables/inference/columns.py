"""Which kind each column is, decided over the whole table and said where it is in doubt."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from chainrule.catalog import nearest
from chainrule.tables.errors import TableError, quote
from chainrule.tables.inference.absent import (
    Places,
    about_kept,
    about_missing,
    perhaps_missing,
    places_of,
)
from chainrule.tables.inference.doubts import (
    about_codes,
    about_far_dates,
    about_numbers,
    about_read,
    about_unread,
)
from chainrule.tables.inference.index_columns import index_columns
from chainrule.tables.kinds.dates import Date, date_candidates
from chainrule.tables.kinds.kind import (
    Boolean,
    Category,
    Kind,
    boolean_candidates,
    cast,
    distinct,
    is_text,
    require_finite,
)
from chainrule.tables.kinds.missing import MissingWords
from chainrule.tables.kinds.numbers import Number, number_candidates
from chainrule.tables.names import clean_name
from chainrule.tables.notes import Note
from chainrule.tables.table import Table

_GLANCE = 200  # values that a kind must fit before it is tried on all
_FEW = 20  # different names; more than half of the rows are no names of groups


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
    missing : mapping of str to tuple of int
        The words that were taken as missing: how often each stands there, and its first row.
    kept : mapping of str to tuple of int
        The names that may stand for a missing value.
    typed : polars.Series or None
        The column as its kind reads it, where it was read to find the kind.
    """

    kind: Kind
    notes: tuple[Note, ...] = ()
    missing: Places = field(default_factory=dict)
    kept: Places = field(default_factory=dict)
    typed: pl.Series | None = None


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
        One for one use loses all columns that are features.
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
    features = [column for column in table.columns if column != target]
    if not features:
        raise TableError(f"{table.name} has no column beside {quote(target)}; give some features")
    given = _given(table, features, categories, kinds or {}, target)
    left_out = _left_out(table, features, given)
    kept = [name for name in table.columns if name not in left_out]
    table.let_go(left_out)
    names = [name for name in kept if name != target]
    read = table.each(names, lambda name: _read(table, name, given.get(name), words))
    inferred = {name: found for name, (found, _) in zip(names, read, strict=True)}
    typed = {name: values for name, (_, values) in zip(names, read, strict=True)}
    notes = [note for found in inferred.values() for note in found.notes]
    notes.extend(about_missing(table, {name: found.missing for name, found in inferred.items()}))
    notes.extend(about_kept(table, {name: found.kept for name, found in inferred.items()}))
    return Typed(
        table.of(table.frame[name] if name == target else typed[name] for name in kept),
        target,
        {name: found.kind for name, found in inferred.items()},
        tuple(notes),
        words,
        left_out,
    )


def _given(
    table: Table,
    features: list[str],
    categories: Collection[str],
    kinds: Mapping[str, Kind],
    target: str | None,
) -> dict[str, Kind]:
    """Return the kinds that a person gave, each of a column that is a feature."""
    given: dict[str, Kind] = {clean_name(name): Category() for name in categories}
    given |= {clean_name(name): kind for name, kind in kinds.items() if name != target}
    for name in given:
        if name not in features:
            hint = nearest(name, features) or "; give names of feature columns"
            raise TableError(f"{table.name} has no feature column {quote(name)}{hint}")
    return given


def _left_out(table: Table, features: list[str], given: Collection[str]) -> dict[str, str]:
    """Return the index columns and why they are no features; none if nothing else is left."""
    index = {
        name: reason
        for name, reason in index_columns(table).items()
        if name in features and name not in given
    }
    return {} if len(index) == len(features) else index


def _read(
    table: Table, column: str, given: Kind | None, words: MissingWords
) -> tuple[InferredKind, pl.Series]:
    """Return the kind of a feature column, and the values as that kind reads the texts."""
    if given is not None:
        return InferredKind(given), cast(table, column, given, words)
    found = infer_kind(table, column, words)
    typed = _typed(table, column, found, words)
    notes = found.notes
    if isinstance(found.kind, Number):
        notes = (*notes, *about_numbers(table, table.frame[column], typed))
    elif isinstance(found.kind, Date):
        notes = (*notes, *about_far_dates(table, table.frame[column], typed))
    return replace(found, notes=notes, typed=None), typed.rechunk()


def _typed(table: Table, column: str, found: InferredKind, words: MissingWords) -> pl.Series:
    if found.typed is None:
        return cast(table, column, found.kind, words)
    require_finite(table, column, found.typed)
    return found.typed


def infer_kind(table: Table, column: str, words: MissingWords | None = None) -> InferredKind:
    """Return the kind of one column, and what the user should be told about the choice."""
    words = words or MissingWords()
    values = table.frame[column]
    if is_text(values):
        return _kind_of_texts(table, values, words)
    if values.dtype == pl.Boolean:
        return InferredKind(Boolean())
    if values.dtype in (pl.Date, pl.Datetime):
        return InferredKind(Date())
    return InferredKind(Number(binary=_is_binary(words.without(values).cast(pl.Float64))))


def _is_binary(numbers: pl.Series) -> bool:
    filled = numbers.drop_nulls()
    return len(filled) > 0 and bool(filled.is_in([0.0, 1.0]).all())


def _kind_of_texts(table: Table, values: pl.Series, words: MissingWords) -> InferredKind:
    """Return the kind of texts: plain numbers, as nearly all are, or whatever else reads them."""
    texts = values if values.dtype == pl.String else distinct(values)
    numbers = Number().read(texts)
    rest = texts.filter(numbers.is_null() & texts.is_not_null())
    n_filled = len(texts) - texts.null_count()
    if len(rest) == n_filled or not _are_absent(rest, words):
        return _kind_of_others(table, values, texts.drop_nulls(), words)
    if words.numbers:
        numbers = numbers.set(words.mask(texts, among_values=True), None)
    kind = Number(binary=_is_binary(numbers))
    whole = texts.filter(numbers.floor() == numbers)
    return InferredKind(
        kind,
        (*about_codes(table, values, whole), *about_read(table, kind, values, texts.drop_nulls())),
        _places(values, rest, words),
        typed=numbers if values.dtype == pl.String else None,
    )


def _are_absent(rest: pl.Series, words: MissingWords) -> bool:
    """Say whether all texts that are no plain numbers are words for missing."""
    few = (rest.head(_GLANCE), rest.unique())
    return all(words.mask(some, among_values=True).all() for some in few)


def _kind_of_others(
    table: Table, values: pl.Series, texts: pl.Series, words: MissingWords
) -> InferredKind:
    """Return the kind of texts that are not all plain numbers and words for missing."""
    absent = words.mask(texts, among_values=True)
    filled = texts.filter(~absent)
    kind = next((kind for kind in _candidates(filled) if _fits(kind, filled)), None)
    if kind is None:
        return _names(table, values, filled, texts.filter(absent), words)
    codes = about_codes(table, values, filled) if isinstance(kind, Number) else ()
    notes = (*codes, *about_read(table, kind, values, filled))
    return InferredKind(kind, notes, _places(values, texts.filter(absent), words))


def _names(
    table: Table, values: pl.Series, filled: pl.Series, absent: pl.Series, words: MissingWords
) -> InferredKind:
    """Return a category's kind, with notes on why the texts are no numbers or dates.

    `absent` are those that would be missing among values, and some are missing everywhere.
    """
    notes = tuple(about_unread(table, values, filled, words)) if len(filled) else ()
    absent = absent.unique(maintain_order=True)
    sure = words.mask(absent)
    names = pl.concat([filled, absent.filter(~sure)])
    kept: Places = {}
    if names.n_unique() <= max(_FEW, len(values) / 2):
        kept = places_of(values, pl.Series(perhaps_missing(names, words), dtype=pl.String))
    return InferredKind(Category(), notes, _places(values, absent.filter(sure), words), kept)


def _candidates(filled: pl.Series) -> Iterator[Kind]:
    yield from boolean_candidates(filled)
    yield from number_candidates(filled)
    yield from date_candidates(filled)


def _fits(kind: Kind, filled: pl.Series) -> bool:
    return not kind.read(filled.head(_GLANCE)).has_nulls() and not kind.read(filled).has_nulls()


def _places(values: pl.Series, absent: pl.Series, words: MissingWords) -> Places:
    usual = set(absent.unique()) - set(
        words.added
    )  # of what a person declared nothing need be said
    return places_of(values, pl.Series(sorted(usual), dtype=pl.String))
