import contextlib
import gzip
import io
import json
import pickle
import sqlite3
import tarfile
import time
import zipfile

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.tables import TableError
from chainrule.tables.files.file_types import HEAD, file_type, opened, peek, text_encoding


def type_of(content, name="t.csv", encoding=None):
    raw = content.encode() if isinstance(content, str) else content
    stream = io.BufferedReader(io.BytesIO(raw))
    found = file_type(name, stream, encoding)
    assert stream.read() == raw
    return found


def zipped(**entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)
    return file.getvalue()


def entries(*names):
    return zipped(**dict.fromkeys(names, "x"))


def tar():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("t.csv"), io.BytesIO())
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz():
    file = io.BytesIO()
    np.savez(file, x=[1.0])
    return file.getvalue()


def sqlite(tmp_path):
    path = tmp_path / "t.db"
    with sqlite3.connect(path) as database:
        database.execute("create table t (a)")
    database.close()
    return path.read_bytes()


def ole(entry):
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 6000 + entry.encode("utf-16-le")


OTHERS = {
    "page": ("<!DOCTYPE html>\n<html><head>", "t.csv is an HTML page, not a table; download the"),
    "page after blank lines": ("\ufeff\n\n  <html lang='en'>\n<body>", "an HTML page"),
    "page after a comment": ("<!-- saved, from -->\n<HTML>", "an HTML page"),
    "page, XHTML": ('<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C">', "an HTML page"),
    "page that begins with its head": ("<head><title>404</title>", "an HTML page"),
    "page that begins with a script": ("<script>var a = 1, b;</script>", "an HTML page"),
    "page that is a table": ("<table border=1><tr><td>a</td>", "an HTML page"),
    "page of an error": ("<h1>502 Bad Gateway</h1>", "an HTML page"),
    "page in UTF-16": ("<html><body>a</body>".encode("utf-16"), "an HTML page"),
    "page in UTF-16 without a mark": ("<html><body>a</body>".encode("utf-16-le"), "an HTML page"),
    "S3": (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code>',
        "t.csv is a storage server's error message (such as AccessDenied) as XML, not a table",
    ),
    "S3 without a prolog": ("<Error><Code>NoSuchKey</Code>", "a storage server's error message"),
    "XML": ('<?xml version="1.0"?><data><row/></data>', "an XML document"),
    "XML without a prolog": ("<data>\n  <row>1</row>", "an XML document"),
    "SVG": ('<svg xmlns="http://www.w3.org/2000/svg"><g/>', "an XML document"),
    "XML workbook": (
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook>',
        "an Excel workbook in the XML form of 2003",
    ),
    "404": ("404: Not Found", "a server's error message, not a table; download the file itself"),
    "forbidden": ("Forbidden\n", "a server's error message"),
    "JSON object": ('{"a": [1, 2]}', "a JSON document"),
    "JSON, cut": ('{\n "a": [' + "1, " * HEAD, "a JSON document"),
    "JSON array": ('[{"a": 1, "b": 2}]', "a JSON document"),
    "JSON array of rows": ('[["a", "b"],\n [1, 2], ' + '["c", 2], ' * HEAD, "a JSON document"),
    "JSON array, empty": ("[]", "a JSON document"),
    "JSON lines": ('{"a": 1}\n{"a": 2}\n', "JSON lines"),
    "JSON lines, arrays": ("[1, 2]\n[3, 4]\n[5, 6]\n", "JSON lines"),
    "notebook": (json.dumps({"cells": [], "nbformat": 4}, indent=1), "a Jupyter notebook"),
    "LFS": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "t.csv is a Git LFS pointer, not a table; run `git lfs pull`",
    ),
    "conflict": (
        "a,b\n1,2\n<<<<<<< HEAD\n3,4\n=======\n3,5\n>>>>>>> theirs\n",
        "marks of a merge conflict",
    ),
    "conflict in the header": ("<<<<<<< HEAD\na,b\n=======\na,c\n>>>>>>> theirs\n", "conflict"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
    "RTF": ("{\\rtf1\\ansi a, b}", "an RTF document"),
    "PostScript": ("%!PS-Adobe-3.0\n", "a PostScript document"),
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "an image (PNG)"),
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF", "an image (JPEG)"),
    "GIF": (b"GIF89a\x01\x00\x01\x00", "an image (GIF)"),
    "TIFF": (b"II*\x00\x08\0\0\0", "an image (TIFF)"),
    "TIFF, big end first": (b"MM\x00*\0\0\0\x08", "an image (TIFF)"),
    "zip": (entries("a.txt", "b/c.dat"), "a zip archive of 'a.txt', 'b/c.dat', not a table"),
    "zip of one table": (
        entries("data/t.csv"),
        "t.csv is a zip archive that holds 'data/t.csv', not a table; unpack it and give data/",
    ),
    "zip from a Mac": (entries("t.csv", "__MACOSX/._t.csv"), "a zip archive that holds 't.csv'"),
    "zip of many": (entries(*"abcdefgh"), "'a', 'b', 'c', 'd', 'e' and 3 more"),
    "zip of none": (zipped(), "a zip archive, not a table"),
    "zip, damaged": (entries("t.csv")[:-9], "is a damaged zip archive or Excel workbook; get a"),
    "Word": (entries("[Content_Types].xml", "word/document.xml"), "a Word document"),
    "PowerPoint": (entries("[Content_Types].xml", "ppt/presentation.xml"), "a PowerPoint pres"),
    "Numbers": (entries("Index/Document.iwa"), "an Apple Numbers or Pages document"),
    "LibreOffice Writer": (
        zipped(mimetype="application/vnd.oasis.opendocument.text"),
        "a LibreOffice document",
    ),
    "npz": (npz(), "an archive of NumPy arrays (.npz)"),
    "old Word": (ole("WordDocument"), "an old Word document"),
    "password": (ole("EncryptedPackage"), "an Office document with a password"),
    "tar": (tar(), "a tar archive"),
    "bzip2": (__import__("bz2").compress(b"a,b\n1,2\n"), "a bzip2 archive"),
    "bzip2 of nothing": (__import__("bz2").compress(b""), "a bzip2 archive"),
    "xz": (__import__("lzma").compress(b"a,b\n1,2\n"), "an xz archive"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04\x00", "a Zstandard archive"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4", "a 7z archive"),
    "rar": (b"Rar!\x1a\x07\x01\0", "a RAR archive"),
    "lz4": (b"\x04\x22\x4d\x18\x60", "an LZ4 archive"),
    "gzip in gzip": (gzip.compress(b"a"), "gzipped twice"),
    "zlib": (__import__("zlib").compress(b"a,b\n" * 99), "compressed data (zlib, joblib)"),
    "NumPy": (npy(np.arange(3)), "a NumPy array"),
    "HDF5": (b"\x89HDF\r\n\x1a\n\0", "an HDF5 or NetCDF file"),
    "NetCDF": (b"CDF\x01\0\0\0\0", "a NetCDF file"),
    "pickle": (pickle.dumps({"a": 1}), "a Python object (pickle)"),
    "old pickle": (pickle.dumps({"a": 1}, protocol=2), "a Python object (pickle)"),
    "R, RDS": (b"X\n\0\0\0\3\0\4\3\2", "an R object (RDS)"),
    "R, RData": (b"RDX3\nX\n\0\0\0\3", "an R workspace (RData)"),
    "SAS": (b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf", "a SAS file"),
    "SAS transport": (b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!", "a SAS transport file"),
    "SPSS": (b"$FL2@(#) SPSS DATA FILE\0", "an SPSS file"),
    "Stata": (b"<stata_dta><header><release>118</release>", "a Stata file"),
    "old Stata": (b"\x72\x02\x01\x00\x05\0", "a Stata file"),
    "Avro": (b"Obj\x01\x04\x14avro.codec", "an Avro file"),
    "ORC": (b"ORC\x0a\x0b\x12\x03\0", "an ORC file"),
    "MATLAB": (b"MATLAB 5.0 MAT-file, Platform: GLNXA64\0\1IM", "a MATLAB file"),
    "ELF": (b"\x7fELF\x02\x01\x01\0", "a program"),
    "exe": (b"MZ\x90\0\3\0\0\0", "a program"),
    "DuckDB": (b"\1\2\3\4\5\6\7\0DUCK\x40\0\0\0", "a DuckDB database"),
    "unknown": (b"\1\2\3\0\xff", "t.csv holds NUL bytes, so it is no text; give a CSV, TSV or"),
    "a NUL": (b"a,b\n1,\0\n", "holds NUL bytes"),
    "ARFF": (
        "% a comment\n\n@RELATION iris\n\n@ATTRIBUTE a NUMERIC\n@DATA\n1\n",
        "an ARFF file (Weka)",
    ),
    "svmlight": ("1 1:0.5 3:2\n-1 2:0.1\n", "an svmlight (LIBSVM) file"),
    "svmlight, ranking": ("3 qid:1 1:0.5 2:2 # x\n2 qid:1 1:-1e-3 9:1", "an svmlight (LIBSVM)"),
    "Matrix Market": ("%%MatrixMarket matrix coordinate real general\n3 3 1\n", "a Matrix Market"),
    "LaTeX": ("% table\n\\begin{tabular}{ll}\na & b \\\\\n", "a LaTeX document"),
    "shell script": ("#!/bin/sh\ncat a,b\n", "a script"),
    "Python script": ("import numpy as np\nimport polars as pl\n\nx = np.ones(3)\n", "a Python"),
    "Python script with a comment": (
        "# makes a, b\nfrom pathlib import Path\n\ndef main():\n    pass\n",
        "a Python script",
    ),
    "R script": ("# a\nlibrary(dplyr)\nx <- read.csv('a.csv')\n", "an R script"),
    "SQL dump": ("-- MySQL dump 10.13, for Linux\n--\n", "an SQL script"),
    "SQL": ("CREATE TABLE t (\n a int\n);\nINSERT INTO t VALUES (1);\n", "an SQL script"),
    "front matter": ("---\ntitle: a, b\n---\ntext\n", "front matter"),
    "Markdown": ("| a | b |\n|---|---:|\n| 1 | 2 |\n", "a table drawn with bars and dashes"),
    "psql": (" a | b \n---+---\n 1 | 2 \n", "a table drawn with bars and dashes"),
    "MySQL": ("+---+---+\n| a | b |\n+---+---+\n", "a table drawn with bars and dashes"),
    "e-mail": ("From: a@b.c\nTo: d@e.f\nSubject: table\n\na,b\n", "an e-mail"),
    "HTTP": ("HTTP/1.1 200 OK\nContent-Type: text/csv\n\na,b\n", "a server's answer"),
    "patch": ("diff --git a/t.csv b/t.csv\n--- a/t.csv\n+++ b/t.csv\n", "a patch"),
    "key": ("-----BEGIN RSA PRIVATE KEY-----\n", "a key or certificate"),
    "link": ("[InternetShortcut]\nURL=https://example.org\n", "a link to a web page"),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_no_table_is_named(case):
    content, message = OTHERS[case]
    with pytest.raises(TableError) as caught:
        type_of(content)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 200


def test_an_sqlite_database(tmp_path):
    with pytest.raises(TableError, match="an SQLite database, not a table; export"):
        type_of(sqlite(tmp_path))


TEXTS = [
    "a,b\n1,2\n",
    "a\n1\n",
    "\n\na,b\n1,2\n",
    "PAR1,PAR2\n1,2\n",
    "PAR1\n1\n",
    "PARE,b\n1,2\n",
    "BZh,b\n1,2\n",
    "BZh9,b\n1,2\n",
    "PK,b\n1,2\n",
    "PK\n1\n",
    "GIF89a,b\n1,2\n",
    "ORC,b\n1,2\n",
    "ORC\n1\n",
    "MZ\n1\n",
    "FEA1,b\n1,2\n",
    "ARROW1,b\n1,2\n",
    "RIFF,b\n1,2\n",
    "x^,b\n1,2\n",
    "x^\n1\n",
    "Obj,b\n1,2\n",
    "version,date\n1,2\n",
    "version https,b\n1,2\n",
    "version\n1\n",
    "{id},{name}\n1,a\n",
    '{"id"},b\n1,a\n',
    "{\n1\n",
    "[id],[name]\n1,a\n",
    "[1],[2]\n1,a\n",
    "[1]\n5\n6\n",
    "<5,>5\n1,2\n",
    "<5\n1\n",
    "<DATE>,<OPEN>,<HIGH>\n1,2,3\n",
    "<TITLE>;<BODY>\n1;2\n",
    "<title>\t<body>\n1\t2\n",
    "<date>\n1\n",
    "<html,kind\n1,a\n",
    "< a,b >\n1,2\n",
    "kind,page\na,<html><body></body></html>\n",
    "404,500\n1,2\n",
    "404 Not Found,b\n1,2\n",
    "@name,@id\n1,2\n",
    "@relation,b\n1,2\n",
    "@relation of,b\n1,2\n",
    "import,export\n1,2\n",
    "import cost\n1\n2\n",
    "import\n1\n",
    "from,to\na,b\n",
    "From,To\na,b\n",
    "From: city,To: city\na,b\n",
    "Date: d\n1\n2\n",
    "Date,Subject\n1,2\n",
    "library(s),b\n1,2\n",
    "x <- y,b\n1,2\n",
    "class,def\n1,2\n",
    "select,from\n1,2\n",
    "create table,b\n1,2\n",
    "#!,b\n1,2\n",
    "# a comment\na,b\n1,2\n",
    "% a comment\na,b\n1,2\n",
    "%PDF,b\n1,2\n",
    "%,b\n1,2\n",
    "\\begin,b\n1,2\n",
    "\\N,b\n1,2\n",
    "---,b\n1,2\n",
    "---\n1\n2\n",
    "a|b\n--|--\n1|2\n",
    "a|b\n-|-\n1|2\n",
    "a|b\n1|2\n",
    "|a|b|\n|1|2|\n",
    "+,-\n1,2\n",
    "1 1:0\n2 3:4\n",
    "5 10:30\n6 11:00\n",
    "5 10:30 9:30\n6 11:00 8:00\n",
    "1 2 3\n4 5 6\n",
    "HTTP/1.1,b\n1,2\n",
    "HTTP status,b\n200,2\n",
    "diff,b\n1,2\n",
    "--- a,b\n1,2\n",
    "a,b\n<<<<<<<,2\n>>>>>>>,3\n",
    "a,b\n=======,2\n",
    "ustar,b\n1,2\n",
    "RDX2,b\n1,2\n",
    "CDF,b\n1,2\n",
    "MATLAB,b\n1,2\n",
    "SQLite,b\n1,2\n",
    "r\x01,b\n1,2\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_table_may_begin_with_the_same_characters(text):
    assert type_of(text) == "text"
    assert type_of("\ufeff" + text) == "text"
    assert type_of(text.encode("utf-16")) == "text"


@pytest.mark.parametrize(
    "piece", ["<!-- -->", "<? ?>", "%\r\n", "%\n\n", "\n", "#\r\n", "---\n#\n", "<a ", "[[", "|---"]
)
def test_pieces_over_and_over_take_no_time(piece):
    begun = time.perf_counter()
    assert type_of((piece * HEAD)[:HEAD] + "x,y\n") == "text"
    assert time.perf_counter() - begun < 1.0


@given(st.binary(max_size=80) | st.text(max_size=80))
def test_any_bytes_have_a_type_or_are_refused(content):
    with contextlib.suppress(TableError):
        assert type_of(content) in {"text", "excel", *TYPED}


@given(
    st.sampled_from(["<", "{", "[", "%", "@", "#", "|", "+", "-", "import ", "PK", "\\"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40),
)
def test_a_header_of_two_names_is_text(begin, rest):
    rest = rest.replace("<", "").replace("{", "").replace("[", "")
    assert type_of(f"{begin}{rest},kind\n1,a\n") == "text"


@pytest.mark.parametrize("codec", ["cp1252", "cp1251", "shift_jis", "gb18030", "latin-1"])
def test_other_encodings_are_text(codec):
    text = {"cp1251": "Цена,б\n1,2\n", "shift_jis": "名前,b\n1,2\n", "gb18030": "名,b\n"}
    assert type_of(text.get(codec, "größe,b\n1,2\n").encode(codec)) == "text"


ENCODINGS = {
    "utf-8": None,
    "utf-8-sig": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-32": "utf-32",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-32-le": "utf-32-le",
    "utf-32-be": "utf-32-be",
}


@pytest.mark.parametrize("codec", ENCODINGS)
@pytest.mark.parametrize(
    "text",
    ["a,b\n1,2\n", "größe;kind\r\n1,5;a\r\n", "名前,年齢\r\n佐藤,31\r\n", "a\U0001f600,b\n1,2\n"],
)
def test_text_encoding(codec, text):
    raw = text.encode(codec)
    assert text_encoding(raw) == ENCODINGS[codec]
    assert type_of(raw) == "text"
    assert text_encoding((raw * 2000)[:HEAD]) == ENCODINGS[codec]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("cut", range(8))
def test_a_head_that_ends_within_a_character(codec, cut):
    raw = ("a\U0001f600" * 40).encode(codec)
    assert text_encoding(raw[: len(raw) - cut]) == codec


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_byte_order_marks_of_both_ends(mark):
    codec = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    assert text_encoding(mark + "a,b\n".encode(codec)) == "utf-16"


@pytest.mark.parametrize(
    "raw",
    [b"a,b\n1,\0\n", b"\0a,b\n1,2\n", b"a\0\0b,c\n1,2\n", b"\0\0\0\0", b"a,b\n1,2\0\0\n1,2\n"],
)
def test_a_nul_in_another_text_is_no_encoding(raw):
    assert text_encoding(raw) is None


def test_the_encoding_that_the_user_names_is_believed():
    raw = "名前名前名前名前名前,年齢年齢年齢年齢年齢\n".encode("utf-16-le")
    assert text_encoding(raw) is None
    assert type_of(raw, encoding="utf-16-le") == "text"
    assert type_of("a,b\n", encoding="no-such-encoding") == "text"


def frame():
    return pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})


def written(write):
    file = io.BytesIO()
    write(file)
    return file.getvalue()


TYPED = {
    "parquet": lambda: written(frame().write_parquet),
    "arrow": lambda: written(frame().write_ipc),
    "arrow stream": lambda: written(frame().write_ipc_stream),
    "feather 1": lambda: b"FEA1\0\0\0\0\1\0\0\0",
}


@pytest.mark.parametrize("kind", TYPED)
def test_typed_files(kind):
    assert type_of(TYPED[kind]()) == kind


def test_workbooks():
    assert type_of(entries("[Content_Types].xml", "xl/workbook.xml")) == "excel"
    assert type_of(entries("[Content_Types].xml", "xl/workbook.bin")) == "excel"
    ods = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "x"}
    assert type_of(zipped(**ods)) == "excel"
    assert type_of(ole("Workbook")) == "excel"


class _Pipe(io.BytesIO):
    def seekable(self):
        return False


def test_a_workbook_from_a_pipe():
    raw = entries("[Content_Types].xml", "xl/workbook.xml")
    assert file_type("t", io.BufferedReader(_Pipe(raw))) == "excel"
    assert file_type("t", io.BufferedReader(_Pipe(ole("WordDocument")))) == "excel"
    with pytest.raises(TableError, match="t is a zip archive, not a table"):
        file_type("t", io.BufferedReader(_Pipe(entries("a.txt"))))


@pytest.mark.parametrize("packed", [False, True])
def test_opened_and_peeked(tmp_path, packed):
    path = tmp_path / "t.csv"
    raw = b"a,b\n" + b"1,2\n" * 5000
    path.write_bytes(gzip.compress(raw) if packed else raw)
    with opened(path) as stream:
        assert peek(stream) == raw[:HEAD]
        assert file_type("t.csv", stream) == "text"
        assert stream.read() == raw


def test_a_gzipped_archive(tmp_path):
    path = tmp_path / "t.gz"
    path.write_bytes(gzip.compress(entries("t.csv")))
    with pytest.raises(TableError, match=r"a zip archive that holds 't\.csv'"), opened(path) as it:
        file_type("t.gz", it)
    path.write_bytes(gzip.compress(entries("xl/workbook.xml")))
    with opened(path) as stream:
        assert file_type("t.gz", stream) == "excel"


BAD = {
    "empty": (b"", r"is empty \(0 bytes\); give a file with a header and rows"),
    "gzip, cut": (gzip.compress(b"a,b\n1,2\n")[:-5], "is a damaged gzip file"),
}


@pytest.mark.parametrize("case", BAD)
def test_unusable_files(tmp_path, case):
    content, message = BAD[case]
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=message), opened(path) as stream:
        stream.read()


def test_missing_files(tmp_path):
    (tmp_path / "iris.csv").write_text("a\n1\n")
    for path, message in {
        "irsi.csv": r"irsi.csv: no such file; did you mean 'iris.csv'\?",
        "something.else": "no such file; check the name",
        "nowhere/iris.csv": "nor is there a folder",
        ".": "is a folder; give a CSV",
    }.items():
        with pytest.raises(TableError, match=message), opened(tmp_path / path):
            pass


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(13, "Permission denied"), "cannot be read: permission denied"),
        (OSError(5, "Input/output error"), "cannot be read: Input/output error"),
    ],
)
def test_unreadable_files(tmp_path, monkeypatch, error, message):
    def refuse(*_):
        raise error

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(TableError, match=message), opened(tmp_path / "t.csv"):
        pass
