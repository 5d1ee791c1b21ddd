import datetime as dt
import gzip
import io
from decimal import Decimal

import polars as pl
import pytest

from chainrule.tables import TableError, read_table, recognise, recognise_target


def test_types_become_plain(read_parquet):
    utc = dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC)
    table = read_parquet({
        "whole": pl.Series([1, None], dtype=pl.Int8),
        "real": [1.5, float("nan")],
        "money": [Decimal("2.25"), None],
        "flag": [True, None],
        "category": pl.Series([" a", "NA"], dtype=pl.Categorical),
        "enum": pl.Series(["b", None], dtype=pl.Enum(["b"])),
        "lasted": [dt.timedelta(minutes=1, microseconds=500_000), None],
        "time": [dt.time(0, 1, 2), None],
        "day": [dt.date(2024, 1, 2), None],
        "moment": [utc, None],
        "nothing": [None, None],
    })  # fmt: skip
    assert table.frame.row(0, named=True) == {
        "whole": 1, "real": 1.5, "money": 2.25, "flag": True, "category": "a", "enum": "b",
        "lasted": 60.5, "time": pytest.approx(62.0), "day": dt.date(2024, 1, 2), "moment": utc,
        "nothing": None,
    }  # fmt: skip
    assert set(table.frame.row(1)) == {None}
    assert table.frame.schema["whole"] == pl.Int8
    assert table.frame.schema["nothing"] == pl.String
    assert (table.where(1), table.lines) == ("row 2", None)


def test_nested_and_binary_columns_are_left_out(read_parquet):
    table = read_parquet({"a": [1], "list": [[1]], "bytes": [b"x"], "struct": [{"b": 1}]})
    assert table.columns == ["a"]
    assert table.notes == (
        "left out, as their values are nested or binary: 'list', 'bytes', 'struct'",
    )


def test_only_nested_columns(read_parquet):
    with pytest.raises(TableError, match="only nested or binary columns; give plain values"):
        read_parquet({"list": [[1]]})


def test_the_index_of_a_data_frame_is_left_out(read_parquet):
    assert read_parquet({"__index_level_0__": [4, 2], "a": [1, 1]}).columns == ["a"]
    assert read_parquet({"__index_level_0__": [0.5, 2.5], "a": [1, 1]}).frame.width == 2


@pytest.mark.parametrize(("columns", "lack"), [({}, "columns"), ({"a": []}, "rows")])
def test_nothing_in_it(read_parquet, columns, lack):
    with pytest.raises(TableError, match=f"has no {lack}"):
        read_parquet(columns)


def _parquet():
    file = io.BytesIO()
    pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]}).write_parquet(file)
    return file.getvalue()


@pytest.mark.parametrize("name", ["data.parquet.gz", "data.csv"])
def test_known_by_its_bytes(read, name):
    assert read(_parquet(), name).frame.to_dict(as_series=False)["a"] == [1, 2, 3]


def test_cut_off(tmp_path):
    whole = _parquet()
    path = tmp_path / "data.parquet"
    for end in range(5, len(whole) - 1, 7):
        path.write_bytes(whole[:end])
        with pytest.raises(TableError, match="is damaged Parquet"):
            read_table(path)


def test_gzipped_and_cut_off(tmp_path):
    path = tmp_path / "data.parquet.gz"
    path.write_bytes(gzip.compress(_parquet())[:-9])
    with pytest.raises(TableError, match="is a damaged gzip file"):
        read_table(path)


def test_a_text_column_named_like_the_magic_bytes(read):
    assert read("PAR1,PAR2\n1,2\n").columns == ["PAR1", "PAR2"]
    assert read("PAR1\n1\n").columns == ["PAR1"]


@pytest.mark.parametrize(
    "dtype", [pl.Date, pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("ns")]
)
def test_dates_beyond_any_calendar_are_missing(tmp_path, dtype):
    farthest = 2**30 if dtype == pl.Date else 2**62
    days = pl.Series("d", [0, farthest, -farthest, None]).cast(dtype)
    pl.DataFrame([days, pl.Series("y", [1, 2, 3, 4])]).write_parquet(tmp_path / "far.parquet")
    typed = recognise(read_table(tmp_path / "far.parquet"), target="y")
    first, *rest = typed.table.frame["d"].to_list()
    assert first is not None
    assert dtype == pl.Datetime("ns") or rest == [None, None, None]


def test_a_nested_target_is_named_as_left_out(tmp_path):
    frame = pl.DataFrame({"a": [1, 2], "t": [[1], [2]]})
    frame.write_parquet(tmp_path / "nested.parquet")
    table = read_table(tmp_path / "nested.parquet")
    with pytest.raises(TableError, match=r"no column 't' \(left out, as their values are nested"):
        recognise_target(table, "t")
