import datetime as dt
import io
import sys
import zipfile

import polars as pl
import pytest

from chainrule.tables import TableError
from chainrule.tables.files.workbooks import read_sheet

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl writes the workbooks of these tests")
pytest.importorskip("fastexcel", reason="fastexcel reads workbooks: pip install 'chainrule[excel]'")

DAY, NOON = dt.datetime(2024, 1, 2), dt.datetime(2024, 1, 2, 12)


def workbook(*sheets, hidden=()):
    """Return a workbook of sheets, each a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"S{number}")
        sheet.sheet_state = "hidden" if number in hidden else "visible"
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(*sheets, sheet=None, hidden=()):
    return read_sheet("t.xlsx", workbook(*sheets, hidden=hidden), sheet)


def column(*values):
    """Return a column of a sheet as it is read, beside a full one."""
    table = read([["x", "n"], *([value, 1] for value in values)])
    assert table.columns == ["x", "n"]
    return table.frame["x"]


def test_a_plain_sheet():
    table = read([["size", "kind"], [1.5, "a"], [2, " b "], [None, None], [3, None]])
    assert table.name == "t.xlsx"
    assert table.frame.to_dict(as_series=False) == {
        "size": [1.5, 2.0, 3.0],
        "kind": ["a", "b", None],
    }
    assert table.places.tolist() == [2, 3, 5]
    assert table.where(2) == "row 5"
    assert table.notes == (
        "left out 1 blank row around or within the table, whose names stand in row 1 and whose "
        "first column is A",
    )


TYPES = {
    "numbers": ([1.5, 2, None], pl.Float64, [1.5, 2.0, None]),
    "whole numbers": ([1.0, 2, None], pl.Int64, [1, 2, None]),
    "large numbers": ([1e300, 2.0**53], pl.Float64, [1e300, 2.0**53]),
    "booleans": ([True, False, None], pl.Boolean, [True, False, None]),
    "texts": (["a", "1", None], pl.String, ["a", "1", None]),
    "days": ([DAY, dt.date(2024, 1, 3)], pl.Date, [DAY.date(), dt.date(2024, 1, 3)]),
    "moments": ([DAY, NOON, None], pl.Datetime("ms"), [DAY, NOON, None]),
    "times": ([dt.time(1), dt.time(2, 0, 30)], pl.Float64, [3600.0, 7230.0]),
    "durations": ([dt.timedelta(hours=30), None], pl.Float64, [108_000.0, None]),
    "nothing": ([None, None], pl.String, [None, None]),
    "numbers and a text": ([1.5, 2.0, "n/a", None], pl.String, ["1.5", "2", "n/a", None]),
    "a late text": ([*range(3000), "x"], pl.String, [*map(str, range(3000)), "x"]),
    "digits of a float": ([0.1 + 0.2, "x"], pl.String, ["0.3", "x"]),
    "booleans and numbers": ([True, 2, 0.5], pl.String, ["true", "2", "0.5"]),
    "booleans and texts": ([True, "maybe"], pl.String, ["true", "maybe"]),
    "dates and a text": ([DAY, NOON, "soon"], pl.String,
                         ["2024-01-02", "2024-01-02 12:00:00", "soon"]),
    "dates and numbers": ([DAY, 5, 5.5], pl.String, ["2024-01-02", "5", "5.5"]),
    "times and a text": ([dt.time(1, 2), "x"], pl.String, ["01:02:00", "x"]),
    "durations and dates": ([dt.timedelta(hours=30), DAY], pl.String, None),
    "blanks and numbers": (["  ", 1], pl.Int64, [None, 1]),
}  # fmt: skip


@pytest.mark.parametrize("case", TYPES)
def test_types_of_columns(case):
    cells, dtype, wanted = TYPES[case]
    found = column(*cells)
    assert found.dtype == dtype
    assert found.is_null().to_list() == [cell in (None, "  ") for cell in cells]
    assert wanted is None or found.to_list() == wanted


def test_two_mixed_columns():
    rows = [[dt.timedelta(hours=30), dt.timedelta(hours=31), 1], [DAY, DAY, 2]]
    table = read([["a", "b", "c"], *rows])
    assert table.frame.dtypes == [pl.String, pl.String, pl.Int64]


def test_names_that_are_no_texts():
    names = [2024, 1.5, DAY, True, " a\nb ", None]
    table = read([names, [1, 2, 3, 4, 5, 6]])
    assert table.columns == ["2024", "1.5", "2024-01-02", "true", "a b", "column 6"]


def test_blank_rows_and_columns_around_the_table():
    rows = [[], [], [None, "a", None, "b"], [], [None, 1, None, 2], [], [None, 3, None, 4]]
    table = read(rows)
    assert table.frame.to_dict(as_series=False) == {"a": [1, 3], "b": [2, 4]}
    assert table.places.tolist() == [5, 7]
    assert table.notes == (
        "left out 4 blank rows and 2 blank columns around or within the table, whose names stand "
        "in row 3 and whose first column is B",
    )


def test_a_column_that_begins_late():
    table = read([["a", None, "c"], [1], [2], [3, 5, 6]])
    assert table.frame.to_dict(as_series=False) == {
        "a": [1, 2, 3], "column 2": [None, None, 5], "c": [None, None, 6]
    }  # fmt: skip


def test_a_column_only_of_a_title():
    table = read([["Sales 2024"], [], [None, "a", "b"], [None, 1, "x"], [None, 2, "y"]])
    assert table.frame.to_dict(as_series=False) == {"a": [1, 2], "b": ["x", "y"]}
    assert table.places.tolist() == [4, 5]
    assert table.notes[0] == "row 1 stands above the header and is left out: 'Sales 2024'"
    assert table.notes[0].line == 1


def test_titles_above_the_table():
    table = read([["Sales"], ["by month"], ["a", "b", "c"], [1, 2, 3]])
    assert table.columns == ["a", "b", "c"]
    assert len(table.notes) == 2


@pytest.mark.parametrize("rows", [[["a"], [1], [2]], [["a", None], [1, "x"]], [["a"], [], [1]]])
def test_a_lone_name_that_is_no_title(rows):
    assert read(rows).columns[0] == "a"


def test_sheets():
    first, second = [["a"], [1]], [["b"], [2]]
    table = read(first, second, first)
    assert table.columns == ["a"]
    assert table.notes == ("read the sheet 'S1'; others, for --sheet NAME: 'S2', 'S3'",)
    table = read(first, second, sheet="S2")
    assert (table.columns, table.notes) == (["b"], ())
    assert read(first, second, hidden=[1]).columns == ["b"]
    assert read(first, second, hidden=[1], sheet="S1").columns == ["a"]


BAD = {
    "no such sheet": ([["a"], [1]], "s1", "t.xlsx has no sheet 's1'; did you mean 'S1'? sheets:"),
    "another": ([["a"], [1]], "zzz", "t.xlsx has no sheet 'zzz'; sheets: 'S1', 'S2'"),
    "empty": ([], None, "t.xlsx: the sheet 'S1' is empty; give --sheet NAME of 'S2'"),
    "blank": ([["  "], [None]], None, "the sheet 'S1' is empty"),
    "no rows": ([["a", "b"]], None, "t.xlsx has a header but no rows; give at least one row"),
    "a title alone": ([["a"], [], ["b"]], None, None),
    "twice": ([["a", "a"], [1, 2]], None, "t.xlsx has more than one column named 'a'"),
}


@pytest.mark.parametrize("case", BAD)
def test_unusable_sheets(case):
    rows, sheet, message = BAD[case]
    if message is None:
        assert read(rows).n_rows == 1
        return
    with pytest.raises(TableError) as caught:
        read(rows, [["x"], [1]], sheet=sheet)
    assert message in str(caught.value)


def test_an_empty_workbook():
    with pytest.raises(TableError, match="the sheet 'S1' is empty; fill it"):
        read([])


def with_cells(xml_of):
    """Return a workbook whose first sheet's XML is changed."""
    source = zipfile.ZipFile(io.BytesIO(workbook([["a", "b"], [1, 2], [3, 4], [5, 6]])))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as changed:
        for entry in source.namelist():
            raw = source.read(entry)
            changed.writestr(entry, xml_of(raw) if entry.endswith("sheet1.xml") else raw)
    return file.getvalue()


def test_errors_of_excel_do_not_vanish_in_silence():
    def change(xml):
        assert b'<c r="A3" t="n"><v>3</v></c>' in xml
        return xml.replace(
            b'<c r="A3" t="n"><v>3</v></c>', b'<c r="A3" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        ).replace(b'<c r="A4" t="n"><v>5</v></c>', b'<c r="A4" t="e"><v>#N/A</v></c>')

    table = read_sheet("t.xlsx", with_cells(change))
    assert table.frame.to_dict(as_series=False) == {"a": [1, None, None], "b": [2, 4, 6]}
    (note,) = table.notes
    assert note == (
        "column 'a': 2 cells with an error of Excel, such as #DIV/0! in row 3, taken as missing"
    )
    assert (note.column, note.line) == ("a", 3)


def test_formulas_that_nobody_computed():
    table = read([["a", "b"], [1, "=A2*2"], [2, "=A3*2"]])
    assert table.frame["b"].to_list() == [None, None]
    (note,) = table.notes
    assert note == (
        "column 'b': 2 formulas without a computed value, taken as missing; open the workbook in "
        "Excel or LibreOffice and save it"
    )
    assert note.column == "b"


def test_computed_formulas_need_no_note():
    def change(xml):
        return xml.replace(b"<v>4</v>", b"<f>2*2</f><v>4</v>")

    assert read_sheet("t.xlsx", with_cells(change)).notes == ()


def test_errors_are_found_chunk_by_chunk(monkeypatch):
    monkeypatch.setattr("chainrule.tables.files.sheet_cells._CHUNK", 50)
    table = read([["a", "b"], *([1, "=A2*2"] for _ in range(20))])
    assert "column 'b': 20 formulas" in table.notes[0]


def test_a_sheet_whose_name_is_escaped():
    book = openpyxl.Workbook()
    book.active.title = "R&D <1> é"
    for row in ["a", "b"], [1, "=A2"]:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    assert "1 formula without" in read_sheet("t.xlsx", file.getvalue()).notes[0]


OPEN_DOCUMENT = """<office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="S1">
<table:table-row><table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>d</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="float" office:value="1.5"><text:p>1.5</text:p>
</table:table-cell>
<table:table-cell office:value-type="date" office:date-value="2024-01-02"><text:p>2</text:p>
</table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


MANIFEST = """<manifest:manifest
 xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>"""


def test_an_open_document():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", OPEN_DOCUMENT.replace("\n", ""))
    table = read_sheet("t.ods", file.getvalue())
    assert table.frame.row(0, named=True) == {"a": 1.5, "d": dt.date(2024, 1, 2)}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" + b"x" * 99, b"\xd0\xcf\x11\xe0" * 999])
def test_damaged_workbooks(content):
    with pytest.raises(TableError, match=r"t.xlsx is a damaged Excel workbook, or has a password"):
        read_sheet("t.xlsx", content)


def test_workbooks_cut_off():
    whole = workbook([["a"], [1]])
    for end in range(1, len(whole) - 1, 97):
        with pytest.raises(TableError, match="damaged"):
            read_sheet("t.xlsx", whole[:end])


def test_without_the_reader(monkeypatch):
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    with pytest.raises(TableError, match=r"pip install 'chainrule\[excel\]', or save the sheet"):
        read_sheet("t.xlsx", b"")


def test_columns_beyond_z():
    table = read([[None] * 27 + ["a", "b"], [None] * 27 + [1, "=1"]])
    assert "first column is AB" in table.notes[0]
    assert table.notes[1].column == "b"
