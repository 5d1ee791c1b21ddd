"""A table for one use loses each column when it has been read; any other table loses none."""

import gc

import numpy as np
import polars as pl
import pytest

from chainrule.models import prepare
from chainrule.tables import TableError, infer, learn
from chainrule.tables.inference import columns as inference

ROWS = 40


@pytest.fixture
def data(table):
    """Return a table with an index, numbers with a gap, names, moments, codes and a target."""
    rng = np.random.default_rng(0)
    return table(
        __index_level_0__=[str(row) for row in range(ROWS)],
        size=["", *(f"{value:.3f}" for value in rng.normal(size=ROWS - 1))],
        colour=pl.Series(rng.choice(["red", "white", "NA"], ROWS), dtype=pl.Categorical()),
        day=[f"2024-02-{row % 28 + 1:02}" for row in range(ROWS)],
        code=[str(row % 5) for row in range(ROWS)],
        y=["a", "b"] * (ROWS // 2),
    )


def both(data):
    """Return a table for any use and one for one use, of the same columns."""
    return data, data.of(data.frame).for_one_use()


def encoded(table):
    typed = infer(table, target="y", categories=["code"])
    return typed, learn(typed, np.arange(0, ROWS, 2))


def test_kinds_notes_and_numbers_are_those_of_any_table(data):
    (typed, columns), (typed_once, columns_once) = map(encoded, both(data))
    assert typed_once.kinds == typed.kinds
    assert typed_once.notes == typed.notes
    assert typed_once.left_out == typed.left_out
    assert typed_once.table.frame.equals(typed.table.frame)
    assert columns_once == columns
    for any_use, one_use in (both(typed.table), both(data)):
        encode = columns.encode_typed if any_use is typed.table else columns.encode
        expected, found = encode(any_use), encode(one_use)
        assert found.values.tobytes() == expected.values.tobytes()
        assert found.notes == expected.notes
        assert found.unseen.tolist() == expected.unseen.tolist()


def test_features_go_and_the_target_and_the_places_stay(data):
    any_use, one_use = both(data)
    typed, columns = encoded(one_use)
    assert one_use.columns == ["y"]
    assert not typed.table.is_for_one_use
    assert one_use.n_rows == ROWS
    assert one_use.places.tolist() == any_use.places.tolist()
    columns.encode_typed(typed.table.for_one_use())
    assert typed.table.columns == ["y"]
    again = data.of(data.frame).for_one_use()
    columns.encode(again)
    assert again.columns == ["__index_level_0__", "y"]


def test_any_other_table_keeps_its_columns(data):
    before = data.frame.clone()
    typed, columns = encoded(data)
    columns.encode_typed(typed.table)
    columns.encode(data)
    data.take(np.arange(3))
    assert data.frame.equals(before)
    assert typed.table.columns == data.columns[1:]


def test_a_column_goes_before_the_next_is_read(data, monkeypatch):
    one_use = data.for_one_use()
    there = []

    def seen(table, column, *arguments):
        there.append(table.columns)
        return infer_kind(table, column, *arguments)

    infer_kind = inference.infer_kind
    monkeypatch.setattr(inference, "infer_kind", seen)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    infer(one_use, target="y")
    features = ["size", "colour", "day", "code"]
    assert there == [[*features[first:], "y"] for first in range(len(features))]


def test_the_numbers_of_a_column_are_held_once(data, monkeypatch):
    held = []

    def watched(*arguments):
        series = (found for found in gc.get_objects() if isinstance(found, pl.Series))
        held.append([found.dtype for found in series if found.name == "size"])
        return about_missing(*arguments)

    about_missing = inference.about_missing
    monkeypatch.setattr(inference, "about_missing", watched)
    infer(data.for_one_use(), target="y")
    assert held == [[pl.Float64]]


def test_rows_without_an_answer_leave_no_texts_behind(data):
    answers = ["a", "b", ""] * (ROWS // 3) + ["a"]
    any_use, one_use = both(data.of([*data.drop(["y"]).frame, pl.Series("y", answers)]))
    expected, found = prepare(any_use, "y"), prepare(one_use, "y")
    assert found.x.tobytes() == expected.x.tobytes()
    assert found.notes == expected.notes
    assert found.answers.table.columns == ["y"]
    assert any_use.columns == data.columns
    assert one_use.columns == []


def test_a_bad_value_is_named_as_in_any_table(data):
    _, columns = encoded(data)
    wide = data.of(data.frame.with_columns(size=pl.lit("wide")))
    for table in both(wide):
        with pytest.raises(TableError, match="line 2, column 'size': 'wide' is not a number"):
            columns.encode(table)
    blue = data.of(data.frame.with_columns(colour=pl.lit("blue")))
    for table in both(blue):
        with pytest.raises(TableError, match="line 2, column 'colour': 'blue' is none of the"):
            columns.encode(table, strict=True)
