import datetime as dt
import gzip
import io
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from chainrule.tables import TableError
from chainrule.tables.files.file_types import file_type, opened
from chainrule.tables.files.typed_files import read_typed

WRITTEN = Path(__file__).parent / "written_by_pyarrow"

WRITERS = {
    "parquet": pl.DataFrame.write_parquet,
    "arrow": pl.DataFrame.write_ipc,
    "arrow stream": pl.DataFrame.write_ipc_stream,
}


def read_path(path, **options):
    with opened(path) as stream:
        return read_typed(path.name, file_type(path.name, stream), stream, **options)


def content(columns, kind="parquet"):
    file = io.BytesIO()
    WRITERS[kind](pl.DataFrame(columns), file)
    return file.getvalue()


def read(columns, kind="parquet"):
    return read_typed("t.bin", kind, io.BytesIO(content(columns, kind))).table


@pytest.mark.parametrize("kind", WRITERS)
def test_types_become_plain(kind):
    utc = dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC)
    table = read({
        "whole": pl.Series([1, None], dtype=pl.Int8),
        "unsigned": pl.Series([2**64 - 1, None], dtype=pl.UInt64),
        "huge": pl.Series([2**70, None], dtype=pl.Int128),
        "real": [1.5, float("nan")],
        "half": pl.Series([0.25, None], dtype=pl.Float16),
        "money": [Decimal("2.25"), None],
        "flag": [True, None],
        "category": pl.Series([" a", None], dtype=pl.Categorical),
        "enum": pl.Series(["b", None], dtype=pl.Enum(["b"])),
        "lasted": [dt.timedelta(minutes=1, microseconds=500_000), None],
        "short": pl.Series([1], dtype=pl.Duration("ns")).extend_constant(None, 1),
        "time": [dt.time(0, 1, 2), None],
        "day": [dt.date(2024, 1, 2), None],
        "moment": [utc, None],
        "nothing": [None, None],
    }, kind)  # fmt: skip
    assert table.frame.row(0, named=True) == {
        "whole": 1, "unsigned": 2**64 - 1, "huge": 2.0**70, "real": 1.5, "half": 0.25,
        "money": 2.25, "flag": True, "category": "a", "enum": "b", "lasted": 60.5, "short": 1e-9,
        "time": pytest.approx(62.0), "day": dt.date(2024, 1, 2), "moment": utc, "nothing": None,
    }  # fmt: skip
    assert set(table.frame.row(1)) == {None}
    assert table.frame.schema["whole"] == pl.Int8
    assert table.frame.schema["nothing"] == pl.String
    assert (table.where(1), table.lines) == ("row 2", None)
    assert table.notes == ()


def test_no_word_is_missing_yet_and_no_index_is_left_out():
    table = read({"__index_level_0__": [0, 1], "a": ["NA", " ? "], "b": ["", None]})
    assert table.columns == ["__index_level_0__", "a", "b"]
    assert table.frame["a"].to_list() == ["NA", "?"]
    assert table.frame["b"].to_list() == ["", None]


def test_names_and_texts_are_cleaned():
    table = read({"kind\u200b": ["e\u0301 "], "": [1], " a ": [2]})
    assert table.columns == ["kind", "column 2", "a"]
    assert table.frame["kind"].to_list() == ["é"]
    assert [note.column for note in table.notes] == ["column 2", "kind"]
    with pytest.raises(TableError, match=r"t\.bin has more .* 'kind' \('kind\\u200b'"):
        read({"kind\u200b": [1], "kind": [2]})


def test_nested_and_binary_columns_are_left_out():
    table = read({"a": [1], "list": [[1]], "bytes": [b"\xff\0"], "struct": [{"b": 1}]})
    assert table.columns == ["a"]
    (note,) = table.notes
    assert note == "left out, as their values are nested or binary: 'list', 'bytes', 'struct'"
    assert note.column is None
    assert read({"a": [1], "list": [[1]]}).notes[0].column == "list"


def test_only_nested_columns():
    with pytest.raises(TableError, match="only nested or binary columns; give plain values"):
        read({"list": [[1]]})


def test_binary_columns_of_texts():
    table = read({"a": [b" x", "é".encode(), None], "b": [b"\x01", b"y", b"z"], "c": [b""] * 3})
    assert table.frame.to_dict(as_series=False) == {"a": ["x", "é", None], "c": [""] * 3}
    assert table.notes == (
        "left out, as their values are nested or binary: 'b'",
        "binary columns that hold UTF-8 are read as texts: 'a', 'c'",
    )
    assert read({"a": pl.Series([None], dtype=pl.Binary), "b": [1]}).columns == ["b"]


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(("columns", "lack"), [({}, "columns"), ({"a": []}, "rows")])
def test_nothing_in_it(columns, lack, kind):
    with pytest.raises(TableError, match=f"has no {lack}"):
        read(columns, kind)


SPOKEN = {"parquet": "Parquet", "arrow": "Arrow", "arrow stream": "Arrow"}


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_cut_off(kind):
    whole = content({"a": [1, 2, 3], "b": ["x", "y", "z"]}, kind)
    for end in range(9, len(whole) - 1, 7):
        with pytest.raises(TableError, match=f"t.bin is damaged {SPOKEN[kind]}.*get a whole copy"):
            read_typed("t.bin", kind, io.BytesIO(whole[:end]))


def test_a_stream_cut_off():
    whole = content({"a": [1, 2, 3], "b": ["x", "y", "z"]}, "arrow stream")
    for end in range(9, len(whole) - 24, 7):
        with pytest.raises(TableError, match=r"damaged Arrow|has no rows"):
            read_typed("t.bin", "arrow stream", io.BytesIO(whole[:end]))
    table = read_typed("t.bin", "arrow stream", io.BytesIO(whole[:-8])).table
    assert table.notes == ("the Arrow stream has no mark of its end; rows may be missing",)


def test_gzipped(tmp_path):
    path = tmp_path / "t.gz"
    packed = gzip.compress(content({"a": [1, 2]}))
    path.write_bytes(packed)
    assert read_path(path).table.frame["a"].to_list() == [1, 2]
    path.write_bytes(packed[:-9])
    with pytest.raises(TableError, match="is a damaged gzip file"):
        read_path(path)


DATES = [pl.Date, pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("us", "Europe/Berlin")]


@pytest.mark.parametrize("dtype", DATES)
def test_dates_beyond_any_calendar_are_missing(dtype):
    farthest = 2**30 if dtype == pl.Date else 2**62
    days = pl.Series("d", [0, farthest, -farthest, None]).cast(dtype)
    table = read({"d": days})
    first, *rest = table.frame["d"].to_list()
    assert first is not None
    assert rest == [None, None, None]
    (note,) = table.notes
    assert note.startswith("column 'd': 2 dates beyond the years 1 to 9999, such as ")
    assert note.endswith(" in row 2, are taken as missing")
    assert (note.column, note.line) == ("d", 2)


def test_nanoseconds_have_no_far_dates():
    table = read({"d": pl.Series([0, 2**62, -(2**62)]).cast(pl.Datetime("ns"))})
    assert table.frame["d"].null_count() == 0
    assert table.notes == ()


@pytest.mark.parametrize("unit", ["ms", "us"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York", "Pacific/Auckland"])
def test_the_last_and_the_first_day_are_kept(unit, zone):
    kept = ["0001-01-01 00:00:00", "9999-12-31 00:00:00", "9999-12-31 23:59:59"]
    moments = pl.Series("d", kept).str.to_datetime(time_unit=unit).dt.replace_time_zone(zone)
    table = read({"d": moments})
    wall = table.frame["d"].dt.replace_time_zone(None).dt.strftime("%Y-%m-%d %H:%M:%S")
    assert wall.to_list() == kept
    assert table.notes == ()


def test_one_step_beyond_the_calendar():
    days = pl.Series("d", [2_932_896, 2_932_897, -719_162, -719_163], dtype=pl.Int32)
    table = read({"d": days.cast(pl.Date)})
    assert table.frame["d"].to_list() == [dt.date(9999, 12, 31), None, dt.date(1, 1, 1), None]
    assert table.notes == (
        "column 'd': 2 dates beyond the years 1 to 9999, such as 10000-01-01 in row 2, are taken "
        "as missing",
    )
    seconds = pl.Series("s", [253_402_300_799_999_999, 253_402_300_800_000_000])
    table = read({"s": seconds.cast(pl.Datetime("us", "UTC"))})
    assert table.frame["s"].is_null().to_list() == [False, True]
    assert "1 date beyond" in table.notes[0]
    assert "is taken as missing" in table.notes[0]


def test_the_index_of_pandas_is_told():
    metadata = {"index_columns": ["id ", "gone", {"kind": "range"}], "columns": []}
    file = io.BytesIO()
    frame = pl.DataFrame({"a": [1], "id ": [5]})
    frame.write_parquet(file, metadata={"pandas": json.dumps(metadata)})
    found = read_typed("t.bin", "parquet", io.BytesIO(file.getvalue()))
    assert found.index_names == ("id",)
    assert found.table.columns == ["a", "id"]


@pytest.mark.parametrize("metadata", ["", "{", "[]", "3", '{"index_columns": 3}', "{}"])
def test_metadata_that_are_not_pandas(metadata):
    file = io.BytesIO()
    pl.DataFrame({"a": [1]}).write_parquet(file, metadata={"pandas": metadata})
    assert read_typed("t.bin", "parquet", io.BytesIO(file.getvalue())).index_names == ()


@pytest.mark.parametrize("file", ["index.parquet", "index.feather", "index.arrows"])
def test_what_pandas_wrote(file):
    found = read_path(WRITTEN / file)
    assert found.index_names == ("id",)
    assert found.table.frame.to_dict(as_series=False) == {
        "a": [1, 2],
        "p": [648, 649],  # months since 1970
        "id": [5, 3],
    }
    assert found.table.notes == (
        "read as the plain values that their own types are stored in: 'p'",
    )


@pytest.mark.parametrize("file", ["half.parquet", "half_split.parquet"])
def test_half_floats(file):
    table = read_path(WRITTEN / file).table
    np.testing.assert_array_equal(table.frame["x"].to_numpy(), np.arange(4) / 4)
    assert table.frame.schema["x"] == pl.Float64


def test_stamps_of_96_bits():
    table = read_path(WRITTEN / "int96.parquet").table
    moments = [dt.datetime(9999, 12, 31), dt.datetime(2024, 1, 2, 3, 4, 5), None]
    assert table.frame["t"].to_list() == moments
    assert table.notes == ()


def test_types_of_a_library():
    table = read_path(WRITTEN / "types.parquet").table
    assert table.frame.to_dict(as_series=False) == {"s": ["a", "é"], "j": ["{}", "[]"]}
    assert table.notes == (
        "left out, as their values are nested or binary: 'u'",
        "binary columns that hold UTF-8 are read as texts: 's'",
    )


def test_the_first_version_of_feather(tmp_path):
    path = tmp_path / "t.feather"
    path.write_bytes(b"FEA1\0\0\0\0\1\0\0\0FEA1")
    with pytest.raises(TableError, match=r"Feather file of version 1, which only pyarrow reads"):
        read_path(path)


def test_thousands_of_columns():
    table = read({f"c{i}": [i] for i in range(2001)})
    assert table.frame.row(0) == tuple(range(2001))


def test_one_name_for_two_columns():
    with pytest.raises(TableError, match=r"twice\.parquet: column with name 'a' .*; give each col"):
        read_path(WRITTEN / "twice.parquet")
