"""Tell the header from the rows below and the titles above.

A name is told from a value by what stands below: a word above numbers is a name, a number within
their range is a value.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from chainrule.tables.files.dialects import Record
from chainrule.tables.kinds.missing import MissingWords

_PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[0-9]+")
_BRACKETED = re.compile(r"\[.*\]|\(.*\)|<.*>|\{.*\}|-+")  # units
_YEARS = range(1850, 2101)
_MOST_CELLS = 40_000  # that are looked at
_FEWEST_ROWS = 10  # fewer words may be repeated by chance
_FEWEST_NUMBERS = 8  # of fewer numbers the range says little
_NEARLY_ALL = 0.9
_MARGIN = 0.25  # of the range
_MOST_TITLES = 20  # records above the header


@dataclass(frozen=True)
class _Column:
    """A column's name and its values, words for missing left out of both."""

    name: str
    values: list[str]

    @property
    def numbers(self) -> list[float]:
        """The values as numbers; [] unless nearly all are."""
        texts = [value for value in self.values if _PLAIN_NUMBER.fullmatch(value)]
        if not texts or len(texts) < _NEARLY_ALL * len(self.values):
            return []
        return [_number(text) for text in texts]

    @property
    def is_named_by_a_number(self) -> bool:
        return _PLAIN_NUMBER.fullmatch(self.name) is not None

    @property
    def is_word_above_numbers(self) -> bool:
        """Whether the name is for certain no value."""
        named = bool(self.name) and not self.is_named_by_a_number
        return named and bool(self.numbers)

    @property
    def is_word_above_others(self) -> bool:
        """Whether nearly all values have digits and the name none, or few values repeat."""
        if not self.name or any(map(str.isdigit, self.name)) or len(self.values) < _FEWEST_ROWS:
            return False
        with_digits = sum(any(map(str.isdigit, value)) for value in self.values)
        if with_digits >= _NEARLY_ALL * len(self.values):
            return True
        return self.name not in self.values and 3 * len(set(self.values)) <= len(self.values)

    @property
    def name_is_in_range(self) -> bool:
        """Whether the name is a number among the values below it."""
        numbers = self.numbers
        if not numbers:
            return False
        if len(numbers) < _FEWEST_NUMBERS:
            return True
        lowest, highest = min(numbers), max(numbers)
        margin = _MARGIN * (highest - lowest)  # where rows are sorted, the first is the lowest
        return lowest - margin <= _number(self.name) <= highest + margin

    @property
    def word_may_be_a_value(self) -> bool:
        """Whether a word, or nothing, stands below again, or texts of the same shape do."""
        if not self.name or self.name in self.values:
            return True
        if not any(map(str.isdigit, self.name)):
            return False
        coarse = self.name[0].isdigit()  # 5-Jan-2024
        shapes = {_shape(value, coarse) for value in self.values}
        return len(shapes) <= 3 and _shape(self.name, coarse) in shapes


def is_data(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Say whether a first line looks like the rows below it: no header.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence of str
        Each as long as the header.

    Examples
    --------
    >>> is_data(["5.1", "a"], [["4.9", "a"], ["5.3", "b"]])
    True
    >>> is_data(["country", "1990", "2000"], [["NL", "1", "2"], ["FR", "3", "4"]])
    False
    """
    if not rows:
        return False
    columns = _columns(header, rows)
    numbers = [column for column in columns if column.is_named_by_a_number]
    words = [column for column in columns if not column.is_named_by_a_number]
    are_values = all(column.word_may_be_a_value for column in words)
    if not numbers:
        shaped = any(map(str.isdigit, "".join(header))) and are_values
        return (shaped and _differ_in_shape(words)) or _stand_below(header, rows)
    names = [column.name for column in numbers]
    if len(set(names)) < len(names):
        return True
    if _are_names(numbers):
        return False
    fitting = [column for column in numbers if column.name_is_in_range]
    if any(column.is_word_above_numbers for column in words):
        decimals = [column for column in fitting if not _WHOLE.fullmatch(column.name)]
        return len(decimals) >= max(2, len(header) / 2)
    return len(fitting) == len(numbers) or len(fitting) > len(columns) / 2


def names_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Say whether a line is a header for certain: a word in it stands above numbers.

    Or all its words are unlike what stands below.

    Examples
    --------
    >>> names_columns(["size", "kind"], [["1", "a"], ["2", "b"]])
    True
    """
    columns = _columns(header, rows)
    return any(column.is_word_above_numbers for column in columns) or (
        len(columns) > 1 and all(column.is_word_above_others for column in columns if column.values)
    )


def place_of_header(records: Sequence[Record], width: int) -> int:
    """Return which record is the header: the first, but where titles stand above one.

    Parameters
    ----------
    records : sequence of (int, list of str)
        Lines and fields, from the first that is no comment.
    width : int
        How many fields most records have.
    """
    top = records[0][1]
    n_top = len(_filled(top))
    is_whole = len(top) == width and n_top >= max(width - 1, 2)
    if width < 2 or (is_whole and not _stands_apart(records)):
        return 0
    for at, (_, fields) in enumerate(records[1 : _MOST_TITLES + 1], start=1):
        n_filled = len(_filled(fields))
        fewest = max(2, len(fields) - 1, n_top if is_whole else n_top + 1)
        if width - len(fields) not in (0, 1) or n_filled < fewest:
            continue
        rows = _rows(records, at, width)
        if any(map(_PLAIN_NUMBER.fullmatch, _filled(fields))) or len(rows) < 2:
            return 0
        if all(map(_BRACKETED.fullmatch, _filled(fields))):
            return 0
        if names_columns(fields, rows):
            return at
        return at if not is_whole and _are_titles(records, at, rows) else 0
    return 0


def may_be_title(records: Sequence[Record], width: int) -> bool:
    """Say whether the first record has one field of many, and the next may be a header.

    Parameters
    ----------
    records : sequence of (int, list of str)
    width : int
        How many fields most records have.
    """
    if width < 3 or len(records) < 3 or len(_filled(records[0][1])) != 1:
        return False
    fields = records[1][1]
    filled = _filled(fields)
    if len(filled) < width - 1 or any(map(_PLAIN_NUMBER.fullmatch, filled)):
        return False
    rows = _rows(records, 1, width)
    return len(set(filled)) == len(filled) and bool(rows) and not is_data(fields, rows)


def are_row_names(first: Sequence[str], n_header: int) -> bool:
    """Say whether first fields name their rows: all differ, and there is more than one name."""
    if n_header > 1:
        return len(set(first)) == len(first)
    return [value.strip() for value in first] == [str(n + 1) for n in range(len(first))]


def count_up(names: Sequence[str]) -> bool:
    """Say whether names are whole numbers in even steps.

    Examples
    --------
    >>> count_up(["0", "1", "2"]), count_up(["2", "1"])
    (True, False)
    """
    if not all(_WHOLE.fullmatch(name) for name in names):
        return False
    steps = {int(after) - int(before) for before, after in itertools.pairwise(names)}
    return len(steps) == 1 and min(steps) > 0


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[_Column]:
    some = [header, *rows[: max(20, _MOST_CELLS // max(1, len(header)))]]
    texts = pl.Series([cell.strip(" \ufeff") for row in some for cell in row], dtype=pl.String)
    filled = texts.set(MissingWords().mask(texts, among_values=True), "").to_list()
    by_column = (filled[place :: len(header)] for place in range(len(header)))
    return [_Column(name, list(filter(None, values))) for name, *values in by_column]


def _are_names(columns: list[_Column]) -> bool:
    """Say whether numbers name columns: pixels 0, 1, 2, …, years, what is not found below."""
    names = [column.name for column in columns]
    if count_up(names):
        found = all(column.name in column.values for column in columns)
        numbered = [str(n) for n in range(len(names))], [str(n + 1) for n in range(len(names))]
        if len(names) > 3 or (names in numbered and not found):
            return True
    return all(_is_year(name) for name in names) and not all(
        _is_year(value) for column in columns for value in column.values
    )


def _stand_below(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Say whether each name is a value of its column: a file of categories without a header."""
    if len(rows) < _FEWEST_ROWS or len(header) < 2:
        return False
    columns = _columns(header, rows)
    if any(column.name not in column.values for column in columns):
        return False
    if any(len(set(c.values)) > max(2, len(c.values) // 3) for c in columns):
        return False
    # All rows equal to the header are its repetitions, not data.
    names = [name.strip() for name in header]
    stripped = ([value.strip() for value in row] for row in rows)
    return any(row != names and _agree(row, names) for row in stripped)


def _agree(row: Sequence[str], names: Sequence[str]) -> bool:
    return any(value == name for value, name in zip(row, names, strict=False))


def _differ_in_shape(words: list[_Column]) -> bool:
    """Say whether a word with digits is unlike a name: 2024-01-05, id7 above id8."""
    return any(
        any(map(str.isdigit, column.name)) and column.name not in column.values for column in words
    )


def _stands_apart(records: Sequence[Record]) -> bool:
    """Say whether blank lines part the first record from the others, and only that."""
    lines = [line for line, _ in records[:_MOST_TITLES]]
    gaps = [after - before > 1 for before, after in itertools.pairwise(lines)]
    multiline = any("\n" in field for field in records[0][1])
    return len(gaps) > 2 and gaps[0] and not multiline and not any(gaps[1:])


def _are_titles(records: Sequence[Record], at: int, rows: Sequence[Sequence[str]]) -> bool:
    """Say whether the records above one are titles, though it has no word above numbers."""
    fields = records[at][1]
    if any(len(_filled(above)) > 1 for _, above in records[:at]) or is_data(fields, rows):
        return False
    return len(records[0][1]) == 1 and not are_row_names([row[0] for row in (fields, *rows)], 1)


def _rows(records: Sequence[Record], at: int, width: int) -> list[list[str]]:
    """Return the rows below a record, without a field that it leaves out at an end."""
    rows = [fields for _, fields in records[at + 1 :] if len(fields) == width]
    if len(records[at][1]) == width:
        return rows
    trailing = not any(row[-1].strip() for row in rows)
    return [row[:-1] if trailing else row[1:] for row in rows]


def _filled(fields: Sequence[str]) -> list[str]:
    return [field.strip() for field in fields if field.strip(" \t\ufeff")]


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _is_year(text: str) -> bool:
    return _WHOLE.fullmatch(text) is not None and int(text) in _YEARS


def _shape(text: str, coarse: bool) -> str:
    """Return a text with 0 for each run of digits, and a for one of letters if it is coarse."""
    digits = re.sub(r"[0-9]+", "0", text)
    return re.sub(r"[A-Za-z]+", "a", digits) if coarse else digits
