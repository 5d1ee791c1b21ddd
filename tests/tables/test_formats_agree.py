"""The same frame is read alike from every format: the same kinds, features, classes, numbers."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.tables import infer, infer_target, learn, read_table

FORMATS = {
    "t.csv": lambda frame, path: frame.write_csv(path),
    "t.tsv": lambda frame, path: frame.write_csv(path, separator="\t"),
    "t.arrow": lambda frame, path: frame.write_ipc(path),
    "t.parquet": lambda frame, path: frame.write_parquet(path),
}
N_ROWS = 40

numbers = st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda number: round(number, 3))
names = st.sampled_from(["red", "blue", "Grün", "a,b", 'say "x"', "None", "NA", "", "-", "7b"])
days = st.dates(dt.date(1900, 1, 2), dt.date(2100, 1, 1))
moments = st.datetimes(dt.datetime(1900, 1, 2), dt.datetime(2100, 1, 1))
COLUMNS = {
    "number": (numbers, pl.Float64),
    "whole": (st.integers(-(10**6), 10**6), pl.Int64),
    "few": (st.integers(0, 4), pl.Int8),
    "flag": (st.booleans(), pl.Boolean),
    "name": (names, pl.String),
    "word": (st.sampled_from(["yes", "No", "YES", "no", "?"]), pl.String),
    "day": (days, pl.Date),
    "moment": (moments, pl.Datetime("us")),
    "price": (st.integers(0, 10**6).map(lambda cents: f"{cents / 100:.2f}"), pl.Decimal(12, 2)),
}


@st.composite
def frames(draw):
    columns = {}
    for name, (values, dtype) in COLUMNS.items():
        cells = draw(st.lists(values, min_size=5, max_size=5))
        share = draw(st.sampled_from([0, 0, 3, 10]))
        column = [cells[(7 * row + row // 5) % 5] for row in range(N_ROWS)]
        column = [None if share and row % share == 1 else cell for row, cell in enumerate(column)]
        columns[name] = pl.Series(name, column, strict=False).cast(dtype)
    kinds = st.sampled_from([["a", "b"], ["yes", "no"], [True, False], [0, 1], ["x", "NA", "y"]])
    classes = draw(kinds)
    columns["varied"] = pl.Series("varied", [row % 7 / 4 for row in range(N_ROWS)])
    columns["kind"] = pl.Series("kind", [classes[row % len(classes)] for row in range(N_ROWS)])
    return pl.DataFrame(columns)


@settings(max_examples=3)
@given(frame=frames())
def test_one_frame_in_four_formats(tmp_path_factory, frame):
    assert_read_alike(frame, tmp_path_factory.mktemp("formats"))


@pytest.mark.slow
@settings(max_examples=15)
@given(frame=frames())
def test_many_frames_in_four_formats(tmp_path_factory, frame):
    assert_read_alike(frame, tmp_path_factory.mktemp("formats"))


def assert_read_alike(frame, folder):
    read = []
    for name, write in FORMATS.items():
        write(frame, folder / name)
        table = read_table(folder / name)
        answers = infer_target(table, "kind")
        rows = table if answers.rows is None else table.take(answers.rows)
        typed = infer(rows, target="kind")
        columns = learn(typed, np.arange(rows.n_rows))
        read.append((answers, typed, columns, columns.encode(rows)))
    first, *others = read
    for other in others:
        assert other[1].kinds == first[1].kinds
        assert other[1].left_out == first[1].left_out
        assert other[2].feature_names == first[2].feature_names
        np.testing.assert_allclose(other[3].values, first[3].values, atol=1e-9)
        assert other[0].classes == first[0].classes
        assert (other[0].labels == first[0].labels).all()


@pytest.mark.parametrize("name", FORMATS)
def test_far_dates_and_big_numbers(tmp_path, name):
    day = [
        dt.date(9999, 12, 31) if row % 3 else dt.date(2024, 1, 1 + row % 28) for row in range(60)
    ]
    frame = pl.DataFrame({
        "valid_to": day, "code": [2**53 + row % 3 for row in range(60)], "y": ["a", "b"] * 30,
    })  # fmt: skip
    FORMATS[name](frame, tmp_path / name)
    table = read_table(tmp_path / name)
    assert infer_target(table, "code").classes == [str(2**53 + code) for code in range(3)]
    typed = infer(table, target="y", categories=["code"])
    assert typed.table.frame["valid_to"].null_count() == 0
    assert typed.table.frame["code"].n_unique() == 3
    assert any("9999-12-31" in note and "--missing 9999-12-31" in note for note in typed.notes)
