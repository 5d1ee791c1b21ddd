"""Cells of a sheet without a value to read: Excel's errors, and formulas that nobody computed.

The package that reads workbooks gives both as empty cells; the sheet's XML tells them apart.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator

from chainrule.tables.errors import count, quote
from chainrule.tables.notes import Note

_CHUNK = 2**22
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^>]*[^/>])>(?:(?!</(?:\w+:)?c>)[\s\S])*</(?:\w+:)?c>",
)
_PLACE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_ERROR = re.compile(rb'\bt="e"')
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]+)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")


def lost_cells(content: bytes, sheet: str, names: dict[str, str], first_row: int) -> list[Note]:
    """Return a note for each column of an .xlsx sheet with cells that have no value to read.

    Parameters
    ----------
    content : bytes
        The workbook; of other kinds than .xlsx nothing is told.
    sheet : str
    names : dict of str to str
        The name of the column with these letters.
    first_row : int
        The first row below the header, counted from 1.
    """
    errors: dict[str, list[tuple[int, str]]] = {}
    uncomputed: Counter[str] = Counter()
    for letters, row, error in _cells_without_value(content, sheet):
        if row < first_row or letters not in names:
            continue
        if error:
            errors.setdefault(names[letters], []).append((row, error))
        else:
            uncomputed[names[letters]] += 1
    return [_errors_note(name, found) for name, found in errors.items()] + [
        Note(
            f"column {quote(name)}: {count(n, 'formula')} without a computed value, taken as "
            "missing; open the workbook in Excel or LibreOffice and save it",
            column=name,
        )
        for name, n in uncomputed.items()
    ]


def _errors_note(name: str, found: list[tuple[int, str]]) -> Note:
    row, error = found[0]
    return Note(
        f"column {quote(name)}: {count(len(found), 'cell')} with an error of Excel, such as "
        f"{error} in row {row}, taken as missing",
        column=name,
        line=row,
    )


def _cells_without_value(content: bytes, sheet: str) -> Iterator[tuple[str, int, str]]:
    """Yield the column's letters, the row and the error, or no error, of each such cell."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entry = _entry(archive, sheet)
            if entry is None:
                return
            for cell in _cells(archive, entry):
                place = _PLACE.search(cell[1])
                value = _VALUE.search(cell[0])
                if place is None:
                    continue
                if _ERROR.search(cell[1]):
                    error = value[1].decode() if value else "#ERROR"
                    yield place[1].decode(), int(place[2]), error
                elif value is None and _FORMULA.search(cell[0]) and b't="str"' not in cell[1]:
                    yield place[1].decode(), int(place[2]), ""
    except (zipfile.BadZipFile, KeyError, OSError):
        return  # no .xlsx


def _cells(archive: zipfile.ZipFile, entry: str) -> Iterator[re.Match[bytes]]:
    """Yield the cells of a sheet that may have no value, chunk by chunk."""
    with archive.open(entry) as stream:
        rest = b""
        while chunk := stream.read(_CHUNK):
            block, mark, rest = (rest + chunk).rpartition(b"</row>")
            if b't="e"' in block or _FORMULA.search(block):
                yield from _CELL.finditer(block + mark)


def _entry(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the archive's entry with the cells of a sheet."""
    for match in _SHEET.finditer(archive.read("xl/workbook.xml")):
        if _attribute(match[0], b"name") == sheet:
            wanted = _attribute(match[0], rb"\w+:id")
            break
    else:
        return None
    for match in _RELATION.finditer(archive.read("xl/_rels/workbook.xml.rels")):
        if _attribute(match[0], b"Id") == wanted:
            target = _attribute(match[0], b"Target")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return None


def _attribute(tag: bytes, name: bytes) -> str:
    import html

    found = re.search(rb"\s" + name + rb"=\"([^\"]*)\"", tag)
    return html.unescape(found[1].decode("utf-8", "replace")) if found else ""
