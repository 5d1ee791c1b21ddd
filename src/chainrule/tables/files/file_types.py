"""Files are known by their first bytes, not by their names: Parquet, Arrow, Excel, text, others.

A `.csv` that is really a web page, a half-copied archive, a file that is gone: each is told
apart here, before anything is parsed.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import cast

from chainrule.catalog import nearest
from chainrule.tables.errors import TableError, enumerate_names, quote
from chainrule.tables.files.other_texts import other_text

HEAD = 4096
"""How many bytes are looked at before a file is called text."""

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EXPORT = "export the table as CSV, TSV or Parquet"
_UNPACK = "unpack it and give the table in it"
_LOAD = "load it where it was made and save the table as CSV or Parquet"

# What begins with bytes that no text begins with: its name, and what to do.
_BINARIES = {
    b"BZh": ("a bzip2 archive", _UNPACK),  # and then _BZIP2
    b"\xfd7zXZ\x00": ("an xz archive", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("a Zstandard archive", _UNPACK),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", _UNPACK),
    b"Rar!\x1a\x07": ("a RAR archive", _UNPACK),
    b"\x04\x22\x4d\x18": ("an LZ4 archive", _UNPACK),
    b"\x1f\x9d": ("a compressed file (compress, .Z)", _UNPACK),
    b"\x1f\x8b": ("gzipped twice", "unpack it once"),
    b"%PDF-": ("a PDF document", "copy the table in it to a spreadsheet and save it as CSV"),
    b"\x89PNG\r\n\x1a\n": ("an image (PNG)", "give the table as CSV, TSV or Parquet"),
    b"\xff\xd8\xff": ("an image (JPEG)", "give the table as CSV, TSV or Parquet"),
    b"II*\x00": ("an image (TIFF)", "give the table as CSV, TSV or Parquet"),
    b"MM\x00*": ("an image (TIFF)", "give the table as CSV, TSV or Parquet"),
    b"\x93NUMPY": ("a NumPy array", "save it with numpy.savetxt or as Parquet, with names"),
    b"\x89HDF\r\n\x1a\n": ("an HDF5 or NetCDF file", _LOAD),
    b"CDF\x01": ("a NetCDF file", _LOAD),
    b"CDF\x02": ("a NetCDF file", _LOAD),
    b"CDF\x05": ("a NetCDF file", _LOAD),
    b"SQLite format 3\x00": ("an SQLite database", _EXPORT),
    b"\x00\x01\x00\x00Standard": ("an Access database", _EXPORT),
    b"Obj\x01": ("an Avro file", _LOAD),
    b"$FL2@(#)": ("an SPSS file", "save it as CSV, e.g. with pandas.read_spss"),
    b"$FL3@(#)": ("an SPSS file", "save it as CSV, e.g. with pandas.read_spss"),
    b"<stata_dta>": ("a Stata file", "save it as CSV, e.g. with pandas.read_stata"),
    b"\x00" * 12 + b"\xc2\xea\x81\x60": ("a SAS file", "save it as CSV, e.g. with pandas.read_sas"),
    b"HEADER RECORD*******": ("a SAS transport file", "save it as CSV, e.g. with pandas.read_sas"),
    b"MATLAB 5.0 MAT-file": ("a MATLAB file", _LOAD),
    b"MATLAB 7.3 MAT-file": ("a MATLAB file", _LOAD),
    b"X\n\x00\x00\x00": ("an R object (RDS)", "save it in R with write.csv"),
    b"RDX2\n": ("an R workspace (RData)", "save its table in R with write.csv"),
    b"RDX3\n": ("an R workspace (RData)", "save its table in R with write.csv"),
    b"RDA2\n": ("an R workspace (RData)", "save its table in R with write.csv"),
    b"RDA3\n": ("an R workspace (RData)", "save its table in R with write.csv"),
    b"PGDMP\x01": ("a PostgreSQL dump", _EXPORT),
    b"bplist00": ("a property list of Apple", "give a table"),
    b"\x00\x05\x16\x07": ("a file of macOS about another file", "give the file without '._'"),
    b"\x7fELF": ("a program", "give a table"),
    b"\xcf\xfa\xed\xfe": ("a program", "give a table"),
    b"\xca\xfe\xba\xbe": ("a program", "give a table"),
}
# What begins with letters, so that it is known only with control characters behind them.
_LETTERS = {
    b"GIF8": ("an image (GIF)", "give the table as CSV, TSV or Parquet"),
    b"RIFF": ("an image, sound or film (RIFF)", "give the table as CSV, TSV or Parquet"),
    b"ORC": ("an ORC file", _LOAD),
    b"MZ": ("a program", "give a table"),
    b"PARE": ("an encrypted Parquet file", "write it anew without encryption"),
}
_BZIP2 = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")  # the first block's mark, or that of no block
_STATA_RELEASES = range(102, 116)
_PICKLE_PROTOCOLS = range(2, 6)
_MARKS = {  # the longer mark first: UTF-32's begins with UTF-16's
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_OFFICE = {
    "word/": ("a Word document", "copy the table in it to a spreadsheet and save it as CSV"),
    "ppt/": ("a PowerPoint presentation", "copy the table in it to a spreadsheet"),
    "Index/": ("an Apple Numbers or Pages document", "export the table as CSV"),
}
_TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".parquet", ".arrow", ".feather", ".xlsx")
_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1c-\x1f]").search  # but for \x1a, DOS's end of a file
_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"


@contextlib.contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """Open `path` for reading bytes, unpacked if it is gzipped.

    Raises
    ------
    TableError
        If there is no such file, it cannot be read, or its gzip stream is damaged; also
        when that shows only later, inside the ``with`` block.
    """
    try:
        with path.open("rb") as packed:
            if not packed.peek(1):
                raise TableError(f"{path} is empty (0 bytes); give a file with a header and rows")
            if packed.peek(2)[:2] != _GZIP:
                yield packed
                return
            with gzip.GzipFile(fileobj=packed) as unpacked:
                yield io.BufferedReader(cast(io.RawIOBase, unpacked))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise TableError(f"{path} is a damaged gzip file ({reason}); get a whole copy") from None
    except FileNotFoundError:
        raise TableError(f"{path}: no such file{_neighbour(path)}") from None
    except IsADirectoryError:
        raise TableError(f"{path} is a folder; give a CSV, TSV or Parquet file in it") from None
    except PermissionError:
        raise TableError(f"{path} cannot be read: permission denied; ask its owner") from None
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror or error}") from None


def _neighbour(path: Path) -> str:
    """Say which file beside `path` was probably meant."""
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        return f"; nor is there a folder {quote(path.parent)} that can be read"
    return nearest(path.name, names) or "; check the name and the folder"


def peek(stream: io.BufferedReader) -> bytes:
    """Return up to `HEAD` first bytes and leave them in the stream."""
    return stream.peek(HEAD)[:HEAD]


def file_type(name: str, stream: io.BufferedReader, encoding: str | None = None) -> str:
    """Say what a file is; its bytes stay in the stream.

    Parameters
    ----------
    name : str
        The file's name, for messages.
    stream : io.BufferedReader
        At its beginning.
    encoding : str, optional
        The encoding that the user says a text has: NUL bytes may then be part of it.

    Returns
    -------
    {"parquet", "arrow", "arrow stream", "feather 1", "excel", "text"}

    Raises
    ------
    TableError
        If the file is something else, with what it is and what to do.
    """
    head = peek(stream)
    typed = _typed(head)
    if typed:
        return typed
    if head.startswith(_ZIP):
        return _packed_type(name, stream, head)
    if head.startswith(_OLE):
        return _old_office_type(name, stream)
    _refuse(name, _binary(head))
    guess = encoding if encoding and _is_wide(encoding) else text_encoding(head) or encoding
    if b"\0" in head and not (guess and _is_wide(guess)):
        raise TableError(
            f"{name} holds NUL bytes, so it is no text; "
            "give a CSV, TSV or Parquet file (or --encoding utf-16)"
        )
    other = other_text(_decoded(head, guess or "utf-8"))
    _refuse(name, (other.kind, other.remedy) if other else None)
    return "text"


def is_parquet(head: bytes) -> bool:
    r"""Say whether a file that begins like this is Parquet.

    A text file may begin with a column named ``PAR1``; Parquet goes on with a control byte.

    Examples
    --------
    >>> is_parquet(b"PAR1\x15\x04"), is_parquet(b"PAR1,kind\n")
    (True, False)
    """
    return head[:4] == b"PAR1" and head[4:5] < b" " and head[4:5] not in (b"", b"\t", b"\n", b"\r")


def text_encoding(head: bytes) -> str | None:
    r"""Return the encoding that a byte order mark or the pattern of NUL bytes tells.

    Parameters
    ----------
    head : bytes
        The first bytes of a text.

    Returns
    -------
    str or None
        ``"utf-8-sig"``, ``"utf-16"`` or ``"utf-32"`` with a mark; ``"utf-16-le"`` and the like
        without one; None where nothing tells.

    Examples
    --------
    >>> text_encoding("a,b\n".encode("utf-16-le")), text_encoding(b"a,b\n")
    ('utf-16-le', None)
    """
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    if b"\0" not in head:
        return None
    wide = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
    return next((encoding for encoding in wide if _fits(head, encoding)), None)


def _fits(head: bytes, encoding: str) -> bool:
    """Say whether the bytes are readable in this encoding, with many letters of ASCII.

    All tables have digits and delimiters; a lone NUL in another text gives letters of Asia alone.
    """
    width = 4 if "32" in encoding else 2
    try:
        text = head[: len(head) // width * width].decode(encoding)
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # else the last character is cut
            return False
        text = head[: error.start].decode(encoding)
    n_ascii = sum(character.isascii() for character in text)
    return n_ascii > max(1, 0.3 * len(text)) and not _CONTROL(text)


def _is_wide(encoding: str) -> bool:
    return encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32", "utf16", "utf32"))


def _decoded(head: bytes, encoding: str) -> str:
    try:
        return head.decode(encoding, "replace")
    except LookupError:  # an encoding that there is not is told where the text is read
        return head.decode("latin-1")


def _refuse(name: str, found: tuple[str, str] | None) -> None:
    if found:
        kind, remedy = found
        raise TableError(f"{name} is {kind}, not a table; {remedy}")


def _typed(head: bytes) -> str | None:
    if is_parquet(head):
        return "parquet"
    if head.startswith(b"ARROW1\x00\x00"):
        return "arrow"
    if head.startswith(b"FEA1") and b"\0" in head[4:]:
        return "feather 1"
    return "arrow stream" if _is_arrow_stream(head) else None


def _is_arrow_stream(head: bytes) -> bool:
    """Say whether a file begins with a mark and the length of a schema in whole words."""
    length = int.from_bytes(head[4:8], "little")
    return head[:4] == b"\xff\xff\xff\xff" and 0 < length < 2**28 and length % 8 == 0


def _binary(head: bytes) -> tuple[str, str] | None:
    """Name the binary format of a file by its first bytes, with a remedy; None for text."""
    for mark, found in _BINARIES.items():
        if head.startswith(mark) and (mark != b"BZh" or head[4:10] in _BZIP2):
            return found
    if (by_letters := _begins_with_letters(head)) is not None:
        return by_letters
    if head[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    if head[:1] == b"\x80" and len(head) > 1 and head[1] in _PICKLE_PROTOCOLS:
        maker = "joblib" if b"joblib" in head else "pickle"
        return f"a Python object ({maker})", "save its table with to_csv or to_parquet"
    if len(head) > 3 and head[0] in _STATA_RELEASES and head[1] in (1, 2) and head[2:4] == b"\1\0":
        return "a Stata file", "save it as CSV, e.g. with pandas.read_stata"
    return ("a DuckDB database", _EXPORT) if head[8:12] == b"DUCK" and b"\0" in head else None


def _begins_with_letters(head: bytes) -> tuple[str, str] | None:
    """Return the type of a binary file whose first bytes are letters, None for a text."""
    for mark, found in _LETTERS.items():
        if head.startswith(mark) and _has_controls(head):
            return found
    if head[:1] == b"x" and not head.isascii() and _is_zlib(head):
        return "compressed data (zlib, joblib)", _LOAD
    return None


def _is_zlib(head: bytes) -> bool:
    """Say whether zlib can unpack these bytes; a text may begin as its data does."""
    try:
        return bool(zlib.decompressobj().decompress(head))
    except zlib.error:
        return False


def _has_controls(head: bytes) -> bool:
    return _CONTROL(head.decode("latin-1")) is not None


def _packed_type(name: str, stream: io.BufferedReader, head: bytes) -> str:
    """Return "excel" for a zip archive that is a workbook; refuse others by their entries."""
    if not stream.seekable():  # a pipe: its first entries alone can be looked at
        excel = b"[Content_Types].xml" in head or b"xl/" in head or _SPREADSHEET in head
        entries = ["xl/workbook.xml"] if excel else []
    else:
        entries = _entries(name, stream)
    if "xl/workbook.xml" in entries or "xl/workbook.bin" in entries or _SPREADSHEET in head:
        return "excel"
    for folder, found in _OFFICE.items():
        if any(entry.startswith(folder) for entry in entries):
            _refuse(name, found)
    if b"application/vnd.oasis.opendocument" in head:
        _refuse(name, ("a LibreOffice document", "copy the table in it to a spreadsheet"))
    _refuse(name, _archive(entries))
    raise AssertionError("every archive is refused")


def _archive(entries: list[str]) -> tuple[str, str]:
    files = [
        entry for entry in entries if not entry.endswith("/") and not entry.startswith("__MACOSX/")
    ]
    if files and all(entry.endswith(".npy") for entry in files):
        return "an archive of NumPy arrays (.npz)", "save the table as CSV or Parquet, with names"
    tables = [entry for entry in files if PurePosixPath(entry).suffix.lower() in _TABLE_SUFFIXES]
    if len(files) == 1 and tables:
        return f"a zip archive that holds {quote(files[0])}", f"unpack it and give {tables[0]}"
    holds = f" of {enumerate_names(files, at_most=5)}" if files else ""
    return f"a zip archive{holds}", _UNPACK


def _entries(name: str, stream: io.BufferedReader) -> list[str]:
    try:
        with zipfile.ZipFile(stream) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise TableError(
            f"{name} is a damaged zip archive or Excel workbook; get a whole copy"
        ) from None
    finally:
        stream.seek(0)


def _old_office_type(name: str, stream: io.BufferedReader) -> str:
    """Return "excel" for an old workbook; refuse other documents by the names in them."""
    if not stream.seekable():
        return "excel"
    content = stream.read()
    stream.seek(0)
    for entry, kind in {
        "EncryptedPackage": "an Office document with a password",
        "WordDocument": "an old Word document",
        "PowerPoint Document": "an old PowerPoint presentation",
        "__properties_version1.0": "an Outlook message",
    }.items():
        if entry.encode("utf-16-le") in content and "Workbook".encode("utf-16-le") not in content:
            _refuse(name, (kind, "save the table in it as CSV, without a password"))
    return "excel"
