r"""Names and texts without what cannot be seen: stray blanks, zero-width characters, other forms.

Two names that look the same are the same: a decomposed ``é`` from a Mac, a ``\u200b`` pasted
from a web page and a line break in a spreadsheet's header are all cleaned here, once.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

import polars as pl

from chainrule.tables.errors import TableError, enumerate_names
from chainrule.tables.notes import Note


def _characters(*ranges: tuple[int, int]) -> str:
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


_CONTROLS = _characters((0x00, 0x1F), (0x7F, 0x9F))
_ZERO_WIDTH = "\u00ad\u034f\u061c\u180e\ufeff" + _characters(
    (0x200B, 0x200F),  # zero-width blanks and joiners, marks of direction
    (0x202A, 0x202E),  # embeddings of direction
    (0x2060, 0x206F),  # word joiner, isolates of direction
    (0xFFF9, 0xFFFB),  # annotations
)
_BLANKS = " \u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + _characters(
    (0x2000, 0x200A)
)  # and those among the control characters
ASCII_EDGES = _characters((0x00, 0x20), (0x7F, 0x7F))
_EDGES = _CONTROLS + _ZERO_WIDTH + _BLANKS
_INVISIBLE = {ord(c): None for c in _CONTROLS + _ZERO_WIDTH if not c.isspace()}


def clean_name(name: str) -> str:
    r"""Return a column's name as it is seen: composed, on one line, without invisible characters.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        In Unicode's composed form (NFC), with one blank for every run of white space.

    Examples
    --------
    >>> clean_name(" net\u00a0\n price\u200b ")
    'net price'
    """
    visible = name.translate(_INVISIBLE)
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def are_ascii(texts: pl.Series) -> bool:
    """Say whether all characters of all texts are ASCII's."""
    return bool(texts.str.len_bytes().sum() == texts.str.len_chars().sum())


def clean_texts(texts: pl.Series) -> pl.Series:
    r"""Return cells without white space and invisible characters at their edges.

    Parameters
    ----------
    texts : polars.Series of String

    Returns
    -------
    polars.Series of String
        In Unicode's composed form (NFC); what stands inside a text stays as it is.

    Examples
    --------
    >>> clean_texts(pl.Series([" a  b ", "e\u0301t\u00e9\u200b"])).to_list()
    ['a  b', 'été']
    """
    if are_ascii(texts):  # nothing to compose
        return texts.str.strip_chars(ASCII_EDGES)
    stripped = texts.str.strip_chars(_EDGES)
    # No character below U+0300 has another form; composing is slow.
    composable = stripped.str.contains(r"[^\x{0}-\x{2ff}]").fill_null(False).arg_true()
    if composable.is_empty():
        return stripped
    return stripped.scatter(composable, stripped.gather(composable).str.normalize("NFC"))


def column_names(file: str, raw: list[str]) -> tuple[list[str], list[Note]]:
    r"""Return a clean name for each column, and what a person should know about them.

    Parameters
    ----------
    file : str
        The file's name, for messages.
    raw : list of str
        The names as the file has them; an empty one is called by its number.

    Raises
    ------
    TableError
        If two columns have the same name, also where one of them has invisible characters.

    Examples
    --------
    >>> column_names("t.csv", ["size", "", "kind\u200b"])[0]
    ['size', 'column 2', 'kind']
    """
    cleaned = [clean_name(name) for name in raw]
    names = [name or f"column {number}" for number, name in enumerate(cleaned, 1)]
    _require_different(file, names, raw)
    return names, [*_unnamed(names, cleaned), *_changed(names, cleaned, raw), *_alike(names)]


def _require_different(file: str, names: list[str], raw: list[str]) -> None:
    spellings = defaultdict(list)
    for name, spelling in zip(names, raw, strict=True):
        spellings[name].append(spelling.strip())
    twice = {name: found for name, found in spellings.items() if len(found) > 1}
    if not twice:
        return
    unlike = next((found for found in twice.values() if len({*found, ""}) > 2), None)
    difference = (
        f" ({' and '.join(map(_escaped, dict.fromkeys(unlike)))} differ only in characters"
        " that cannot be seen)"
        if unlike
        else ""
    )
    raise TableError(
        f"{file} has more than one column named {enumerate_names(list(twice))}{difference}; "
        "give each column a name of its own"
    )


def _unnamed(names: list[str], cleaned: list[str]) -> Iterable[Note]:
    called = [name for name, given in zip(names, cleaned, strict=True) if not given]
    if called:
        yield Note(
            f"columns without a name are called {enumerate_names(called)}",
            column=called[0] if len(called) == 1 else None,
        )


def _changed(names: list[str], cleaned: list[str], raw: list[str]) -> Iterable[Note]:
    changed = [
        (name, spelling)
        for name, given, spelling in zip(names, cleaned, raw, strict=True)
        if given not in ("", spelling.strip())
    ]
    for name, spelling in changed[:3]:
        yield Note(
            f"the column named {_escaped(spelling.strip())} in the file is called {name!r}",
            column=name,
        )
    if changed[3:]:
        yield Note(f"{len(changed) - 3} more names of columns are cleaned in the same way")


def _alike(names: list[str]) -> Iterable[Note]:
    folded = defaultdict(list)
    for name in names:
        folded[name.casefold()].append(name)
    for alike in folded.values():
        if len(alike) > 1:
            yield Note(f"columns whose names differ only in case: {enumerate_names(alike)}")


def _escaped(name: str) -> str:
    r"""Return `name` in quotes, with escapes for what cannot be seen: ``'e\u0301'``."""
    return "".join(
        character if _is_seen(character) else f"\\u{ord(character):04x}"
        for character in repr(name if len(name) <= 40 else name[:39] + "…")
    )


def _is_seen(character: str) -> bool:
    return not unicodedata.combining(character) and (
        character == " " or not (character.isspace() or ord(character) in _INVISIBLE)
    )
