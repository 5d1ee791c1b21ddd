import contextlib
import csv
import gzip
import io
import sys

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainrule.tables import TableError, read_table
from chainrule.tables.files.delimited import _CHUNK
from chainrule.tables.names import clean_texts

LIMIT = csv.field_size_limit()


def columns(table):
    return table.frame.to_dict(as_series=False)


def test_reads_texts_stripped_with_empty_ones_as_null(read):
    table = read('name , size\n Ann ,"1"\nNA, 2 \nB,\n"?",NaN\n" ",-\n')
    assert columns(table) == {
        "name": ["Ann", "NA", "B", "?", None],
        "size": ["1", "2", None, "NaN", "-"],
    }
    assert table.notes == ()
    assert table.name == "data.csv"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["data.csv", "data.csv.gz", "data"])
def test_finds_the_delimiter(read, delimiter, name):
    table = read(f"a{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n", name)
    assert columns(table) == {"a": ["1"], "b": ["2"], "c": ["3"]}


def test_takes_the_delimiter_that_splits_the_header_most(read):
    assert read('a;b;"c,d,e,f"\n1;2,5;3\n').columns == ["a", "b", "c,d,e,f"]


@pytest.mark.parametrize("name", ["data.tsv", "data.TAB", "data.tsv.gz"])
def test_tsv_is_parted_by_tabs_even_where_commas_are_more(read, name):
    assert read("a,b,c\td\n1\t2\n", name).columns == ["a,b,c", "d"]


@pytest.mark.parametrize("spelling", ["\t", "\\t", "tab"])
def test_given_delimiter(read, spelling):
    assert read("a,b\tc\n1\t2\n", delimiter=spelling).columns == ["a,b", "c"]
    assert read("a,b\tc\n1,2\n", "x.tsv", delimiter=",").columns == ["a", "b c"]


def test_gzip_is_known_by_its_bytes(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert read_table(path).columns == ["a", "b"]


def test_gzip_extension_of_plain_text(tmp_path):
    path = tmp_path / "data.csv.gz"
    path.write_bytes(b"a,b\n1,2\n")
    assert read_table(path).columns == ["a", "b"]


def test_gzip_of_several_members(tmp_path):
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n"))
    assert columns(read_table(path)) == {"a": ["1", "3"], "b": ["2", "4"]}


def test_byte_order_mark(read):
    assert read(b"\xef\xbb\xbfa,b\n1,2\n").columns == ["a", "b"]


def test_encodings(read):
    assert columns(read("a\nü\n".encode("latin-1"), encoding="Latin1")) == {"a": ["ü"]}
    assert columns(read("a\nü\n".encode("utf-16"), encoding="UTF-16")) == {"a": ["ü"]}


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"]
)
def test_byte_order_marks_and_zeros_tell_the_encoding(read, encoding):
    assert columns(read("a,b\nü,1\n名,2\n".encode(encoding)))["a"] == ["ü", "名"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_numbers_with_quoted_line_ends_and_blank_lines(read, end):
    lines = ["", "a,b", '1,"x', "", 'y"', "", "   ", "2,z", '"3', '",w']
    table = read(end.join(lines) + end)
    assert list(table.lines) == [3, 8, 9]
    assert table.where(1) == "line 8"
    assert columns(table)["b"] == ["x\n\ny", "z", "w"]


def test_one_column_with_quoted_blanks_which_are_rows(read):
    table = read('a\n\n1\n""\n"  "\n  \n2')
    assert columns(table) == {"a": ["1", None, None, "2"]}
    assert list(table.lines) == [3, 4, 5, 7]


def test_long_fields_and_the_limit_of_the_csv_module(read):
    assert columns(read(f"a\n{'x' * 200_000}\n")) == {"a": ["x" * 200_000]}
    assert csv.field_size_limit() == LIMIT


def test_more_rows_than_a_chunk_holds(read, monkeypatch):
    monkeypatch.setattr("chainrule.tables.files.delimited._CHUNK", 6)
    table = read("a,b\n" + "".join(f"{i},{-i}\n" for i in range(1000)))
    assert columns(table)["a"] == [str(i) for i in range(1000)]
    assert list(table.lines) == list(range(2, 1002))
    assert _CHUNK > 6


def test_take_and_drop_keep_the_lines(read):
    table = read("a,b\n1,2\n3,4\n5,6\n").take([2, 0]).drop(["b"])
    assert columns(table) == {"a": ["5", "1"]}
    assert [table.where(0), table.where(1)] == ["line 4", "line 2"]


def test_columns_without_a_name_are_called_by_number(read):
    table = read(",a,\n0,x,1\n0,x,\n")
    assert table.columns == ["column 1", "a", "column 3"]
    assert table.unnamed == ("column 1", "column 3")
    assert table.notes == ("columns without a name are called 'column 1', 'column 3'",)


BAD = {
    "empty": (b"", "is empty (0 bytes)"),
    "blank": (b"\n \n\n", "data.csv has only blank lines; give a header and rows"),
    "header only": (b"a,b\n\n", "data.csv has a header but no rows; give at least one row"),
    "too many": (
        b'a,b\n"x\ny",1\n1,2,3\n',
        "data.csv, line 4: 3 fields where the header has 2; quote a field that holds ',',"
        " mend the line, leave it out with --skip 4, or give the right --delimiter",
    ),
    "too few": (b"a,b\n1,2\n\n3\n", "data.csv, line 4: 1 field where the header has 2;"),
    "twice": (b"a, b,a ,b\n1,2,3,4\n", "data.csv has more than one column named 'a', 'b'; give"),
    "open quote": (
        b'a,b\n1,2\n3,"x\n4,5\n',
        "data.csv, line 3: a quote that begins here is never closed; close it,",
    ),
    "text after quote": (b'a,b\n1,2\n3,"x"y\n', "data.csv, line 3: text follows a closing quote"),
    "nul in head": (b"a,b\n1,\0\n", "data.csv holds NUL bytes, so it is no text;"),
    "nul later": (b"a,b\n" + b"1,2\n" * 3000 + b"\0,1\n", "data.csv, line 3002 holds a NUL byte;"),
    "latin-1": (
        "a,b\n1,2\n3,café\n".encode("latin-1"),
        "data.csv is not UTF-8: byte 0xe9 in line 3; a file of Windows, as Excel writes it, is "
        "read with --encoding cp1252,",
    ),
    "xlsx": (b"PK\x03\x04\x14", "data.csv is a damaged zip archive or Excel workbook; get a"),
    "pdf": (b"%PDF-1.7\n", "data.csv is a PDF document, not a table;"),
    "damaged parquet": (b"PAR1\x15\x04\x15\x00", "data.csv is damaged Parquet ("),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_files(read, case):
    content, message = BAD[case]
    with pytest.raises(TableError) as caught:
        read(content)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert csv.field_size_limit() == LIMIT


def test_a_quote_never_closed_in_a_large_file_is_found_early(read, monkeypatch):
    monkeypatch.setattr("chainrule.tables.files.delimited._LONGEST_FIELD", 1000)
    with pytest.raises(TableError, match="line 2: a quote that begins here is never closed"):
        read('a,b\n1,"x\n' + "3,4\n" * 1000)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("rows", [1, 2047, 2048, 2500, 20_000])
def test_the_line_of_an_undecodable_byte(read, rows, end):
    content = end.join([b"a,b"] + [b"1,2"] * rows + [b"3,\xff", b"4,5"])
    with pytest.raises(TableError, match=f"byte 0xff in line {rows + 2};"):
        read(content)


def test_undecodable_in_another_encoding(read):
    with pytest.raises(TableError, match=r"not ascii: byte 0xc3 in line 2; give the file's own"):
        read("a\né\n", encoding="ascii")
    with pytest.raises(TableError, match=r"not UTF-16: .* --encoding"):
        read(b"a,b\n1,2\n", encoding="utf-16")


@pytest.mark.parametrize(
    ("encoding", "hint"), [("utf9", "did you mean 'utf-8'"), ("hex", "common"), ("a\0", "common")]
)
def test_unknown_encoding(read, encoding, hint):
    with pytest.raises(TableError, match="unknown encoding") as caught:
        read("a\n1\n", encoding=encoding)
    assert hint in str(caught.value)


@pytest.mark.parametrize("delimiter", ['"', "\n", ", ", ":;"])
def test_delimiters_that_are_none(read, delimiter):
    with pytest.raises(TableError, match=r"delimiter .* not allowed; give one character"):
        read("a,b\n1,2\n", delimiter=delimiter)


@pytest.mark.parametrize("cut", [-1, -5, -12])
def test_truncated_gzip(tmp_path, cut):
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n")[:cut])
    with pytest.raises(TableError, match="is a damaged gzip file"):
        read_table(path)


@pytest.mark.parametrize("byte", [-6, -8, 14])
def test_gzip_with_a_wrong_byte(tmp_path, byte):
    packed = bytearray(gzip.compress(b"a,b\n1,2\n" * 9))
    packed[byte] ^= 0xFF
    path = tmp_path / "data.csv.gz"
    path.write_bytes(packed)
    with pytest.raises(TableError, match="is a damaged gzip file"):
        read_table(path)


def test_missing_files(tmp_path):
    (tmp_path / "iris.csv").write_text("a\n1\n")
    with pytest.raises(TableError, match=r"irsi.csv: no such file; did you mean 'iris.csv'\?"):
        read_table(tmp_path / "irsi.csv")
    with pytest.raises(TableError, match=r"no such file; check the name"):
        read_table(tmp_path / "something.else")
    with pytest.raises(TableError, match=r"nor is there a folder"):
        read_table(tmp_path / "nowhere" / "iris.csv")
    with pytest.raises(TableError, match=r"is a folder; give a CSV"):
        read_table(tmp_path)


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
    with pytest.raises(TableError, match=message):
        read_table(tmp_path / "data.csv")


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
CELLS = st.one_of(
    TEXTS,
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["", "NA", 'say "x"', "a,b;c\td|e", "l1\nl2", "l1\r\nl2", "Zürich", "名前"]),
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), delimiter=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read_cell_by_cell(tmp_path, data, delimiter, end):
    n_columns = data.draw(st.integers(1, 4))
    rows = data.draw(st.lists(st.tuples(*[CELLS] * n_columns), min_size=1, max_size=8))
    names = [f"name {i}" for i in range(n_columns)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    begins = []
    for row in rows:
        begins.append(1 + len(_line_ends(text.getvalue())))
        writer.writerow(row)
    path = tmp_path / "data.csv"
    path.write_bytes(text.getvalue().encode())
    table = read_table(path, delimiter=delimiter)
    expected = [tuple(_cell(cell) for cell in row) for row in rows]
    assert table.columns == names
    assert table.frame.rows() == expected
    assert list(table.lines) == begins


def _line_ends(text):
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n") * [None]


def _cell(cell):
    plain = cell.replace("\r\n", "\n").replace("\r", "\n")
    return clean_texts(pl.Series([plain]))[0] or None


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=60))
def test_any_bytes_are_a_table_or_a_table_error(tmp_path, content):
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with contextlib.suppress(TableError):
        assert read_table(path).n_rows >= 1


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes there")
def test_reads_from_a_pipe(tmp_path):
    import os
    import threading

    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=("a,b\n1,2\n",))
    writer.start()
    assert read_table(path).columns == ["a", "b"]
    writer.join()


@pytest.mark.parametrize("width", [999, 1000, 1001, 2000, 2001])
def test_a_table_may_have_thousands_of_columns(tmp_path, width):
    path = tmp_path / "wide.csv"
    header = ",".join(f"c{i}" for i in range(width))
    path.write_text("\n".join([header, ",".join(map(str, range(width))), "x," * (width - 1) + "y"]))
    table = read_table(path)
    assert table.frame.shape == (2, width)
    assert table.frame.row(0) == tuple(map(str, range(width)))
    assert table.frame.row(1) == ("x",) * (width - 1) + ("y",)
