"""Notes on words for missing: those taken as missing, and doubtful ones kept."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

import polars as pl

from chainrule.tables.errors import count, enumerate_names, quote
from chainrule.tables.kinds.kind import by_dictionary, is_text
from chainrule.tables.kinds.missing import MissingWords, is_mark
from chainrule.tables.kinds.words_for_missing import NO_NAMES
from chainrule.tables.notes import Note, option_value
from chainrule.tables.table import Table

Places = Mapping[str, tuple[int, int]]
"""By word, how often it stands in a column, and its first row."""

_SHOWN = 10  # words in one sentence
_NUMBER = re.compile(r"[+-]?[0-9.,]+(e[+-]?[0-9]+)?", re.IGNORECASE)
_NEGATION = re.compile(r"^(not|non|no|in|un|nicht|ikke|ej|не)[ _-]*")
_REMEDY = {
    "a category": "--missing {} treats {} as missing",
    "a class": "--missing {} leaves its rows out",
}
_SEVERAL = {"a category": "categories", "a class": "classes"}
_CODE = 2  # letters of a code: ND is North Dakota among CA and TX


def places_of(values: pl.Series, texts: pl.Series) -> dict[str, tuple[int, int]]:
    """Return how often each of these words stands in the column, and its first row."""
    rows = {word: rows_of(values, word) for word in sorted({*texts} - {""})}
    return {word: (len(where), int(where[0])) for word, where in rows.items() if len(where)}


def rows_of(values: pl.Series, text: str) -> pl.Series:
    """Return the rows of a column in which this text stands."""
    return by_dictionary(values, lambda texts: texts == text).fill_null(False).arg_true()


def perhaps_missing(filled: pl.Series, words: MissingWords) -> list[str]:
    """Return which of the names in a column may be none, but words for missing.

    Parameters
    ----------
    filled : polars.Series of str
        The names, without nulls and sure words for missing.
    words : MissingWords

    Examples
    --------
    >>> perhaps_missing(pl.Series(["none", "low", "high"]), MissingWords())
    ['none']
    >>> perhaps_missing(pl.Series(["ND", "CA", "TX"]), MissingWords())  # North Dakota
    []
    """
    names = filled.unique(maintain_order=True)
    weak = names.filter(words.mask(names, among_values=True) & ~names.is_in(list(words.kept)))
    others = names.filter(~names.is_in(list(weak)))
    sentinels = [name for name in others if name.lower() in NO_NAMES or _is_sentinel(name)]
    others_lower = {name.lower() for name in others}
    is_worded = not any(_NUMBER.fullmatch(name) for name in others if name not in sentinels)
    found = [
        word
        for word in weak
        if _NEGATION.sub("", word.lower()) not in others_lower - {word.lower()}
        and not _is_code_among(word, list(others))
    ]
    if others.is_empty() or is_mark(others).all():
        found = [word for word in found if not is_mark(pl.Series([word]))[0]]
    if is_worded and len(sentinels) < len(others):
        found += [word for word in sentinels if word not in words.kept]
    return found


def _is_sentinel(name: str) -> bool:
    return re.fullmatch(r"-?(9{2,}|8{3,}|7{3,})(\.0+|\.9+)?", name) is not None


def _is_code_among(word: str, others: list[str]) -> bool:
    """Say whether a word of two letters stands among other names of two letters."""
    if len(word) != _CODE or not word.isalpha():
        return False
    alike = [name for name in others if len(name) == _CODE and name.isupper() == word.isupper()]
    return len(alike) >= _CODE


def about_missing(table: Table, found: Mapping[str, Places]) -> Iterator[Note]:
    """Name the words taken as missing, their columns, and the option to keep them.

    Parameters
    ----------
    table : Table
    found : mapping of str to mapping
        By column and word, how often it stands there, and its first row.
    """
    for words, columns, line, total in _together(table, found):
        keeps = (
            f"--not-missing {option_value(words[0])} keeps it as a value"
            if len(words) == 1
            else "--not-missing WORD keeps a word as a value"
        )
        verb = "is" if len(words) == 1 else "are"
        yield Note(
            f"{enumerate_names(words, _SHOWN)} {verb} taken as missing in {_in(columns)}, "
            f"{count(total, 'value')}, first in {table.unit} {line}; {keeps}",
            column=columns[0] if len(columns) == 1 else None,
            line=line,
        )


def about_kept(
    table: Table, found: Mapping[str, Places], what: str = "a category"
) -> Iterator[Note]:
    """Name the categories that may mean missing, and the option to take them as missing.

    Parameters
    ----------
    table : Table
    found : mapping of str to mapping
        By column and word, how often it stands there, and its first row.
    what : {"a category", "a class"}
    """
    for words, columns, line, _ in _together(table, found):
        taken = f"is taken as {what}" if len(words) == 1 else f"are taken as {_SEVERAL[what]}"
        remedy = _REMEDY[what].format(
            *((option_value(words[0]), "it") if len(words) == 1 else ("WORD", "a word"))
        )
        yield Note(
            f"{_in(columns)}: {enumerate_names(words, _SHOWN)} ({table.unit} {line}) {taken}; "
            f"{remedy}",
            column=columns[0] if len(columns) == 1 else None,
            line=line,
        )


def about_unused(table: Table, words: MissingWords | None) -> Iterator[Note]:
    """Name the words of --missing and --not-missing that are in no column of a table.

    Parameters
    ----------
    table : Table
    words : MissingWords, optional
    """
    for option, given in (
        (("--missing", words.added), ("--not-missing", words.kept)) if words else ()
    ):
        unused = [word for word in given if not any(_holds(column, word) for column in table.frame)]
        if unused:
            verb = "is" if len(unused) == 1 else "are"
            yield Note(f"{option}: {enumerate_names(unused, _SHOWN)} {verb} in no column")


def _holds(values: pl.Series, word: str) -> bool:
    """Say whether a word, or the number or date it writes, is in a column."""
    if is_text(values):
        return len(rows_of(values, word)) > 0
    rest = MissingWords(added=(word,)).without(values)
    return rest.null_count() > values.null_count()


def _together(
    table: Table, found: Mapping[str, Places]
) -> Iterator[tuple[list[str], list[str], int, int]]:
    """Yield words that stand in the same columns, those columns, the first line, how often."""
    by_word = defaultdict[str, list[tuple[str, int, int]]](list)
    for column, own in found.items():
        for word, (times, row) in own.items():
            by_word[word].append((column, times, row))
    by_columns = defaultdict[tuple[str, ...], list[str]](list)
    for word, places in by_word.items():
        by_columns[tuple(column for column, _, _ in places)].append(word)
    for columns, words in by_columns.items():
        places = [place for word in words for place in by_word[word]]
        line = int(table.places[min(row for _, _, row in places)])
        yield words, list(columns), line, sum(times for _, times, _ in places)


def _in(columns: list[str]) -> str:
    if len(columns) == 1:
        return f"column {quote(columns[0])}"
    return f"{len(columns)} columns ({enumerate_names(columns, 3)})"
