"""How a text file writes its table: the delimiter, the quotes, and where the header stands.

All is decided over a sample of many rows, never by the header alone: the right reading is the one
that gives every row the same number of fields.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from chainrule.tables.errors import TableError, count, quote
from chainrule.tables.notes import Note

SAMPLE = 2**18
"""How many characters are looked at to find the dialect."""

_DELIMITERS = (",", ";", "\t", "|")
_RARE_DELIMITERS = ("\x01", "\x1f", "^", "~", ":", " ")
_SPELLED = {"\\t": "\t", "tab": "\t", "space": " ", "blank": " ", "comma": ",", "semicolon": ";",
            "pipe": "|", "bar": "|", "\\x01": "\x01", "ctrl-a": "\x01"}  # fmt: skip
_SHOWN = {"\t": "tab", " ": "blanks", "\x01": "\\x01", "\x1f": "\\x1f"}
_SEP_LINE = re.compile(r'\s*"?\s*sep\s*=\s*(?P<mark>.|\\t|tab)\s*"?\s*[,;\t]*\s*', re.IGNORECASE)
_COMMENT = re.compile(r"\s*(#|%|//|!|;;|--\s)")
_MOST_LINES = 4000
_ENOUGH = 0.8  # of the rows must have the most frequent number of fields
_NUMBER = re.compile(
    r"[^0-9A-Za-z;|\t]{0,3}[+-]?[0-9][0-9.,:'’ /+-]*([eE][+-]?[0-9]+)?[^0-9;|\t,]{0,4}"
)
_PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[0-9]+")

Record = tuple[int, list[str]]
"""The line in which a record begins, and its fields."""


@dataclass(frozen=True)
class Dialect:
    """How fields are parted and quoted.

    Attributes
    ----------
    delimiter : str
        One character.
    quote : str
        One character, or "" where quotes are ordinary characters.
    backslash : bool
        Whether a backslash takes the next character as it is.
    blank_after_quote : bool
        Whether blanks may stand between a closing quote and the delimiter.
    """

    delimiter: str = ","
    quote: str = '"'
    backslash: bool = False
    blank_after_quote: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether fields are parted by one mark and quoted by double quotes, doubled inside."""
        return self.quote == '"' and not self.backslash and self.delimiter != " "

    def records(self, lines: Iterable[str], first_line: int) -> Iterator[Record]:
        """Yield the records that are no blank lines; errors are the csv module's.

        Parameters
        ----------
        lines : iterable of str
            With their ends.
        first_line : int
            The number of the first of them.
        """
        counted = _Counted(lines)
        reader = csv.reader(
            map(self._without_blanks, counted) if self.blank_after_quote else counted,
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar="\\" if self.backslash else None,
            skipinitialspace=True,
            strict=True,
        )
        begin = first_line
        try:
            for fields in reader:
                if len(fields) > 1 or counted.last.strip(" \t\n\ufeff"):
                    yield begin, fields
                begin = first_line + counted.delivered
        except csv.Error as error:
            raise UnparsableError(str(error), begin) from None

    def _without_blanks(self, line: str) -> str:
        mark = re.escape(self.delimiter)
        return re.sub(rf'"[ \t]+(?={mark}|\n|$)', '"', line)


class UnparsableError(ValueError):
    """A record's quotes are wrong; it begins in `line`."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


class _Counted:
    """Lines that are counted as they are given out."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.delivered, self.last = 0, ""

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.delivered += 1
            self.last = line
            yield line


@dataclass(frozen=True)
class Layout:
    """What stands above the rows.

    Attributes
    ----------
    dialect : Dialect
    names : tuple of str
        The header's fields as they are written; () where there is none.
    header_line : int
        0 where there is none.
    first_line : int
        The line behind the header.
    width : int
        How many fields each row has.
    row_names : bool
        Whether the first field is a name of the row that the header leaves out, as R writes it.
    comment : str
        What lines between the rows begin with that are comments; "" if there are none.
    notes : tuple of Note
    """

    dialect: Dialect
    names: tuple[str, ...]
    header_line: int
    first_line: int
    width: int
    row_names: bool = False
    comment: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Choices:
    """What a person says about a text file; None is found out.

    Attributes
    ----------
    delimiter, quote, comment : str or None
    header : int or None
        The line of the header; 0 says that there is none.
    skip : frozenset of int
        Lines to leave out.
    """

    delimiter: str | None = None
    quote: str | None = None
    comment: str | None = None
    header: int | None = None
    skip: frozenset[int] = frozenset()


def shown(delimiter: str) -> str:
    """Return a delimiter as a person names it: ``"tab"``, ``"','"``."""
    return _SHOWN.get(delimiter, repr(delimiter))


def character(option: str, text: str) -> str:
    """Return the one character that an option names, such as "tab".

    Raises
    ------
    TableError
        If it is none, or one that ends a line.
    """
    found = _SPELLED.get(text.lower(), text)
    if len(found) != 1 or found in "\r\n\0" or (option == "delimiter" and found == '"'):
        raise TableError(
            f"the {option} {quote(text)} is not allowed; "
            "give one character, such as ',' or ';', or tab"
        )
    return found


def find_layout(name: str, sample: str, choices: Choices, *, tabs: bool, whole: bool) -> Layout:
    """Find out how a text file writes its table.

    Parameters
    ----------
    name : str
        The file's.
    sample : str
        Its beginning.
    choices : Choices
    tabs : bool
        Whether the file's name says that tabs part the fields.
    whole : bool
        Whether the sample is the whole file.

    Raises
    ------
    TableError
        If no line can be the header.
    """
    lines = _lines(sample)
    if not whole and len(lines) > 1:
        lines = lines[:-1]  # cut off in the middle
    lines = lines[:_MOST_LINES]
    start, notes = 0, list[Note]()
    while start < len(lines) and not lines[start].strip():
        start += 1
    given = choices.delimiter and character("delimiter", choices.delimiter)
    if start < len(lines) and (named := _SEP_LINE.fullmatch(lines[start].strip("\n\ufeff"))):
        given = given or character("delimiter", named["mark"])
        notes.append(Note(f"line {start + 1} names the delimiter, {shown(given)}", line=start + 1))
        start += 1
    if choices.header:
        start = choices.header - 1
        if start >= len(lines):
            raise TableError(
                f"{name} has no line {choices.header} for a header near its beginning; "
                "give --header another number"
            )
    comments, start = _comments_above(lines, start, choices)
    body = [
        "" if number in choices.skip or _is_comment(line, choices.comment) else line.rstrip("\n")
        for number, line in enumerate(lines[start:], start + 1)
    ]
    if not any(line.strip() for line in body):
        if any(line.strip() for line in comments.values()):
            raise TableError(f"{name} has comment lines alone; give a header and rows")
        raise TableError(f"{name} has only blank lines; give a header and rows")
    dialect = _best_dialect(body, start + 1, given, choices, tabs)
    records = _parsed(dialect, body, start + 1)
    if not records:
        # The first record cannot be parsed: let the caller's strict reading say why.
        return Layout(dialect, (), 0, start + 1, 0, notes=tuple(notes))
    layout = _layout(name, dialect, records, comments, choices)
    comment = choices.comment or next(
        (found[1] for line in comments.values() if (found := _COMMENT.match(line))), ""
    )
    if layout.header_line not in comments and comments:
        notes.append(_about_comments(comments))
    return replace(layout, comment=comment, notes=(*notes, *layout.notes))


def _lines(text: str) -> list[str]:
    *ended, last = text.split("\n")
    return [line + "\n" for line in ended] + ([last] if last else [])


def _is_comment(line: str, mark: str | None) -> bool:
    return bool(mark) and line.lstrip().startswith(str(mark))


def _comments_above(lines: list[str], start: int, choices: Choices) -> tuple[dict[int, str], int]:
    """Return the comment lines above the header by number, and where the rest begins."""
    comments: dict[int, str] = {}
    if choices.header:
        return comments, start
    while start < len(lines):
        line = lines[start].strip("\n\ufeff")
        mark = _is_comment(line, choices.comment) if choices.comment else _COMMENT.match(line)
        if line.strip() and not mark and start + 1 not in choices.skip:
            break
        if line.strip() and mark:
            comments[start + 1] = line
        start += 1
    return comments, start


def _about_comments(comments: dict[int, str]) -> Note:
    first, last = min(comments), max(comments)
    where = (
        f"line {first} is a comment" if first == last else f"lines {first} to {last} are comments"
    )
    return Note(
        f"{where} ({quote(comments[first].strip())}): left out; "
        f"--header {first} takes line {first} as the header",
        line=first,
    )


def _best_dialect(
    body: list[str], first_line: int, given: str | None, choices: Choices, tabs: bool
) -> Dialect:
    """Return the dialect that gives most rows the same number of fields."""
    quotes = _quotes(body, choices)
    if given:
        common = [given]
        rare = []
    else:
        common = ["\t", *(mark for mark in _DELIMITERS if mark != "\t")] if tabs else [*_DELIMITERS]
        rare = [mark for mark in _RARE_DELIMITERS if any(mark in line for line in body[:5])]
    for marks in (common, rare):
        rated = []
        for order, (mark, mend) in enumerate(itertools.product(marks, quotes)):
            dialect = replace(mend, delimiter=mark)
            rating = _rating(dialect, body, first_line)
            if rating is not None:
                rated.append((*rating, -order, dialect))
        if marks is rare:
            rated = [found for found in rated if found[0] == 1.0 and found[3] > 1]
        if rated:
            best = max(rated, key=lambda found: found[:-1])
            return best[-1]
    return Dialect(given or ",", quotes[0].quote)


def _quotes(body: list[str], choices: Choices) -> list[Dialect]:
    """Return the ways to quote that are worth a try, the usual one first."""
    if choices.quote is not None:
        if choices.quote.lower() == "none":
            return [Dialect(quote="")]
        mark = character("quote", choices.quote)
        return [Dialect(quote=mark), Dialect(quote=mark, backslash=True)]
    ways = [Dialect()]
    text = "\n".join(body)
    if re.search(r'"[ \t]+[,;\t|\n]', text):
        ways.append(Dialect(blank_after_quote=True))
    if '\\"' in text or "\\\\" in text:
        ways.append(Dialect(backslash=True))
    first = next((line for line in body if line.strip()), "")
    if re.match(r"\s*'[^']*'\s*([,;\t|]|$)", first) and '"' not in first:
        ways.insert(0, Dialect(quote="'"))
    return ways


def _rating(
    dialect: Dialect, body: list[str], first_line: int
) -> tuple[float, float, int, int] | None:
    """Say how well a dialect fits: even rows, fields that look like values, fields, header's.

    None where it does not split the rows, or they have many numbers of fields.
    """
    complete = True
    widths = Counter[int]()
    clean = fields_seen = 0
    header = 0
    try:
        for _, fields in dialect.records((line + "\n" for line in body), first_line):
            widths[len(fields)] += 1
            if not header:
                header = len(fields)
                continue
            if fields_seen < 4000:
                fields_seen += len(fields)
                clean += sum(_looks_like_a_value(field, dialect.delimiter) for field in fields)
    except UnparsableError as error:
        complete = "unexpected end" in str(error) and bool(widths)
        if not widths:
            return None
    if not widths:
        return None
    data = widths.copy()
    if sum(widths.values()) > 1:
        data[header] -= 1
    width, times = max(data.items(), key=lambda pair: (pair[1], pair[0]))
    share = times / max(1, sum(data.values()))
    if width < 2 and header < 2:
        return None
    if share < _ENOUGH and width < 2:
        return None
    evenness = 1.0 if share == 1.0 else round(share, 2)
    if not complete:
        evenness /= 2
    if abs(header - width) > 1:
        evenness -= 0.2
    elif header != width:
        evenness -= 0.01
    quality = round(clean / fields_seen, 2) if fields_seen else 1.0
    return (evenness, quality, header, width)


def _looks_like_a_value(field: str, delimiter: str) -> bool:
    """Say whether a field is a number, or holds no other delimiter."""
    text = field.strip()
    if _NUMBER.fullmatch(text):
        return True
    return not any(mark in text for mark in _DELIMITERS if mark != delimiter)


def _parsed(dialect: Dialect, body: list[str], first_line: int) -> list[Record]:
    """Return the sample's records up to the first that cannot be parsed."""
    found: list[Record] = []
    try:
        found.extend(dialect.records((line + "\n" for line in body), first_line))
    except UnparsableError:
        pass
    return found


def _layout(
    name: str,
    dialect: Dialect,
    records: list[Record],
    comments: dict[int, str],
    choices: Choices,
) -> Layout:
    width, _ = Counter(len(fields) for _, fields in records[1:] or records).most_common(1)[0]
    if choices.header == 0:
        names = tuple(f"column {number}" for number in range(1, width + 1))
        return Layout(dialect, names, 0, records[0][0], width)
    line, header = records[0]
    behind = records[1][0] if len(records) > 1 else None
    first_line = line + 1 + sum(field.count("\n") for field in header)
    header = [field.strip(" \ufeff") for field in header]
    rows = [fields for _, fields in records[1:] if len(fields) == width]
    commented = _commented_header(dialect, comments, line, width)
    looks_like_data = choices.header is None and is_data(header, rows)
    if commented and looks_like_data:
        where, names = commented
        note = Note(f"line {where}, a comment, is taken as the header", line=where)
        return Layout(dialect, names, where, line, width, notes=(note,))
    if looks_like_data:
        raise TableError(
            f"{name} seems to have no header: its first line"
            f"{'' if line == 1 else f' (line {line})'}, {quote(dialect.delimiter.join(header))}, "
            "looks like the rows below; add a line with the columns' names, or give --header none "
            f"(or --header {line} if it is the header)"
        )
    plain = Layout(dialect, tuple(header), line, first_line, width)
    n = len(header)
    if width == n or not rows:
        return replace(plain, width=max(n, 1) if not rows else width)
    trailing_row = all(not fields[-1].strip() for fields in rows)
    if width == n + 1 and trailing_row:
        return replace(plain, names=(*header, ""))
    if width == n - 1 and not header[-1]:
        return replace(plain, names=tuple(header[:-1]))
    if width == n + 1 and _are_row_names([fields[0] for fields in rows], n):
        return replace(plain, names=("row name", *header), row_names=True)
    _refuse_header(name, dialect, line, header, behind, records, width)
    return replace(plain, width=n)


def _refuse_header(
    name: str,
    dialect: Dialect,
    line: int,
    header: list[str],
    behind: int | None,
    records: list[Record],
    width: int,
) -> None:
    """Raise if the first line is no header of the rows below it, and say what is meant instead."""
    n = len(header)
    even = [(where, fields) for where, fields in records[1:] if len(fields) == width]
    if len(even) < _ENOUGH * (len(records) - 1) or behind is None:
        return  # the rows differ among themselves: the first odd one is named
    where, fields = even[0]
    if width > n and where == behind and len(records) == 2:
        return
    if width == n + 1 and where == behind:
        raise TableError(
            f"{name}, line {where}: every row has {width} fields where the header has {n}; quote a "
            f"field that holds {dialect.delimiter!r}, give the right --delimiter, or name the column "
            "that the header leaves out"
        )
    if n < width and not is_data(fields, [row for _, row in even[1:]]) and len(even) > 1:
        raise TableError(
            f"{name}, line {line}: {quote(dialect.delimiter.join(header))} is no header of the rows "
            f"below, which have {count(width, 'field')}; if it is a title or a comment, give "
            f"--header {where} to take line {where} as the header"
        )


def _commented_header(
    dialect: Dialect, comments: dict[int, str], line: int, width: int
) -> tuple[int, tuple[str, ...]] | None:
    """Return the last comment above the rows if it holds as many names as they have fields."""
    if not comments:
        return None
    where = max(comments)
    text = _COMMENT.sub("", comments[where], count=1).strip()
    try:
        fields = next(iter(dialect.records([text], where)))[1]
    except (StopIteration, UnparsableError):
        return None
    return (where, tuple(field.strip() for field in fields)) if len(fields) == width else None


def is_data(header: list[str], rows: list[list[str]]) -> bool:
    """Say whether a first line looks like the rows below it: no header.

    All names are values of their columns: numbers above numbers, words that stand below again.
    Whole numbers in even steps are names, as of pixels or of years.
    """
    if not rows:
        return False
    numeric = [_PLAIN_NUMBER.fullmatch(field.strip()) is not None for field in header]
    if not any(numeric):
        return _stands_below(header, rows)
    if _counts_up(
        [field.strip() for field, is_number in zip(header, numeric, strict=True) if is_number]
    ):
        return False
    n_fit = n_numbers = 0
    for place, (field, is_number) in enumerate(zip(header, numeric, strict=True)):
        column = [row[place].strip() for row in rows if place < len(row)]
        filled = [value for value in column if value]
        if is_number:
            below = sum(_PLAIN_NUMBER.fullmatch(value) is not None for value in filled)
            fits = below >= 0.5 * len(filled)
            n_numbers += fits
        else:
            fits = not field.strip() or field.strip() in filled or _alike(field, filled)
        n_fit += fits
    return n_fit == len(header) or (n_numbers >= 2 and n_numbers >= 0.5 * len(header))


def _stands_below(header: list[str], rows: list[list[str]]) -> bool:
    """Say whether each name is a value of its column: a file of categories without a header."""
    if len(rows) < 10 or len(header) < 2:
        return False
    for place, field in enumerate(header):
        values = [row[place].strip() for row in rows if place < len(row)]
        if field.strip() not in values or len(set(values)) > max(2, len(values) // 3):
            return False
    # All rows equal to the header are its repetitions, not data.
    return any(
        [value.strip() for value in row] != [field.strip() for field in header]
        and any(value.strip() == field.strip() for value, field in zip(row, header, strict=False))
        for row in rows
    )


def _alike(field: str, filled: list[str]) -> bool:
    """Say whether a word is shaped as those below: digits where they have digits."""
    shapes = {re.sub(r"[0-9]", "0", re.sub(r"[A-Za-z]+", "a", value)) for value in filled[:200]}
    shape = re.sub(r"[0-9]", "0", re.sub(r"[A-Za-z]+", "a", field.strip()))
    return len(shapes) <= 3 and shape in shapes and any(map(str.isdigit, field))


def _counts_up(names: list[str]) -> bool:
    if not all(_WHOLE.fullmatch(name) for name in names) or len(names) < 2:
        return False
    steps = {int(after) - int(before) for before, after in itertools.pairwise(names)}
    return len(steps) == 1 and min(steps) > 0


def _are_row_names(first: list[str], n_header: int) -> bool:
    """Say whether these first fields name their rows: all differ, and there is more than one name."""
    distinct = len(set(first)) == len(first)
    if n_header > 1:
        return distinct
    return distinct and [value.strip() for value in first] == [
        str(number) for number in range(1, len(first) + 1)
    ]
