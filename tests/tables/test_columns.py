import datetime as dt
import math

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule.tables import Columns, Table, TableError, infer, learn


def fit(table, rows=None, **options):
    typed = infer(table, target="y", **options)
    return learn(typed, np.arange(table.n_rows) if rows is None else np.asarray(rows)), typed


def feature(columns, encoded, name):
    return encoded.values[:, columns.feature_names.index(name)].tolist()


def test_numbers_as_scikit_learn_standardises_them(table):
    values = [1.0, 2.0, 4.0, 100.0]
    data = table(x=[str(v) for v in values], y=list("abab"))
    columns, typed = fit(data, [0, 1, 2])
    scaler = StandardScaler().fit(np.array(values[:3])[:, None])
    encoded = columns.encode(typed.table)
    assert encoded.values[:, 0] == pytest.approx(scaler.transform(np.array(values)[:, None])[:, 0])
    assert encoded.notes == ()
    assert (columns.encode(data).values == encoded.values).all()
    assert columns.feature_names == ["x"]


def test_missing_numbers_become_the_mean_and_are_marked(table):
    data = table(x=["1", None, "3", "-"], z=["1", "2", "3", None], y=list("abab"))
    columns, _ = fit(data, [0, 1, 2])
    assert columns.feature_names == ["x", "x is missing", "z"]
    encoded = columns.encode(data)
    assert feature(columns, encoded, "x") == [-1.0, 0.0, 1.0, 0.0]
    assert feature(columns, encoded, "x is missing") == [0.0, 1.0, 0.0, 1.0]
    assert encoded.values[3, 2] == 0.0


def test_booleans_are_standardised_numbers(table):
    columns, typed = fit(table(x=["Yes", "no", "no", "no"], y=list("abab")))
    deviation = math.sqrt(0.25 * 0.75)
    expected = [0.75 / deviation] + [-0.25 / deviation] * 3
    assert columns.encode(typed.table).values[:, 0].tolist() == pytest.approx(expected)


def test_one_number_and_missing_ones_are_one_feature(table):
    columns, typed = fit(
        table(x=["yes", None], n=["7", None], d=["2024-01-01", None], y=["a", "b"])
    )
    names = columns.feature_names
    assert names[:3] == ["x=yes", "x is missing", "n is missing"]  # "no" would be new
    assert "d: days" not in names
    assert np.isfinite(columns.encode(typed.table).values).all()


def test_categories_as_scikit_learn_encodes_them(table):
    values = ["red", "blue", "red", "none", "green"]
    columns, typed = fit(table(x=values, y=["a"] * 5))
    expected = OneHotEncoder(sparse_output=False).fit_transform(np.array(values)[:, None])
    assert columns.feature_names == ["x=blue", "x=green", "x=none", "x=red"]
    assert (columns.encode(typed.table).values == expected).all()


def test_two_levels_are_two_features(table):
    columns, typed = fit(table(x=["m", "w"], y=["a", "b"]))
    assert columns.encode(typed.table).values.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_missing_is_a_level_if_training_saw_it(table):
    data = table(x=["m", None, "w"], y=list("aba"))
    columns, _ = fit(data)
    assert columns.feature_names == ["x=m", "x=w", "x is missing"]
    assert columns.encode(data).values.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    columns, _ = fit(data, [0, 2])
    encoded = columns.encode(data)
    assert encoded.values.tolist() == [[1, 0], [0, 0], [0, 1]]
    assert encoded.notes == (
        "column 'x': 1 missing value, though none when it was trained; "
        "taken as none of its categories",
    )


@pytest.mark.parametrize("values", [["1", "2", None], ["2024-01-01", "2024-02-01", None]])
def test_values_missing_for_the_first_time_are_said(table, values):
    data = table(x=values, y=list("aba"))
    columns, _ = fit(data, [0, 1])
    encoded = columns.encode(data)
    assert encoded.values[2, 0] == 0.0
    assert encoded.notes == (
        "column 'x': 1 missing value, though none when it was trained; taken as the mean",
    )


def test_rare_levels_are_pooled(table):
    levels = [f"L{i:02}" for i in range(60)]
    values = levels * 2 + levels[:1] * 9 + levels[55:] + [None]
    data = table(x=values, y=["a"] * len(values))
    columns, _ = fit(data)
    kept = levels[:45] + levels[55:]  # five are more frequent, then by name
    assert columns.feature_names == [f"x={v}" for v in kept] + ["x: other", "x is missing"]
    encoded = columns.encode(table(x=["L50", "new", None, "L59"], y=["a"] * 4))
    assert encoded.values.argmax(axis=1).tolist() == [50, 50, 51, 49]
    assert encoded.values.sum(axis=1).tolist() == [1.0] * 4
    assert encoded.notes == ()


@pytest.mark.parametrize(
    ("n_levels", "n_rows", "stays"),
    [(20, 25, True), (21, 40, False), (30, 60, True), (31, 60, False)],
)
def test_identifiers_are_left_out(table, n_levels, n_rows, stays):
    names = [f"n{i % n_levels}" for i in range(n_rows)]
    columns, _ = fit(table(x=names, z=list(range(n_rows)), y=["a"] * n_rows))
    assert ("x" not in columns.left_out) == stays
    if not stays:
        assert columns.notes == (
            "left out, nearly every value different (identifiers or free text): 'x'",
        )


def test_unseen_categories(table):
    columns, _ = fit(table(x=["a", "b"], m=["c", None], y=["a", "b"]))
    new = table(x=["a", "zz", "zz"], m=["d", "c", None])
    with pytest.raises(TableError) as caught:
        columns.encode(new, strict=True)
    assert str(caught.value) == (
        "data.csv, line 3, column 'x': 'zz' is none of the categories seen in training "
        "('a', 'b'); without --strict they are treated as missing"
    )
    encoded = columns.encode(new)
    assert encoded.values.tolist() == [[1, 0, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert encoded.notes == (
        "3 values not seen in training are treated as missing (column 'x': 'zz' (2); "
        "column 'm': 'd' (1)); --strict refuses them",
    )
    assert encoded.unseen.tolist() == [True, True, True]


def test_dates_against_datetime(table):
    moments = [
        dt.datetime(2024, 3, 1, 6),
        dt.datetime(2023, 12, 31),
        dt.datetime(1960, 7, 4, 23, 30),
    ]
    data = table(x=[m.isoformat() for m in moments] + [None], y=list("abab"))
    columns, typed = fit(data)
    assert columns.feature_names == [
        "x: days", "x: day of year sin", "x: day of year cos", "x: weekday sin", "x: weekday cos",
        "x: time of day sin", "x: time of day cos", "x is missing",
    ]  # fmt: skip
    values = columns.encode(typed.table).values
    seconds = np.array([(m - dt.datetime(1970, 1, 1)).total_seconds() for m in moments])
    assert values[:3, 0] == pytest.approx((seconds - seconds.mean()) / seconds.std())
    for row, m in zip(values, moments, strict=False):
        length = 366 if m.year % 4 == 0 else 365
        turns = [
            (m.timetuple().tm_yday - 1) / length,
            m.weekday() / 7,
            (m.hour + m.minute / 60) / 24,
        ]
        around = [wave(2 * math.pi * turn) for turn in turns for wave in (math.sin, math.cos)]
        assert row[1:7] == pytest.approx(around, abs=1e-12)
    assert values[3].tolist() == [0.0] * 7 + [1.0]


def test_dates_without_a_time_part(table):
    columns, typed = fit(table(x=["2024-01-01", "2024-05-02T00:00Z"], y=["a", "b"]))
    assert len(columns.feature_names) == 5
    assert columns.encode(typed.table).values[:, 0].tolist() == [-1.0, 1.0]


def test_columns_that_tell_nothing_in_the_training_rows(table):
    data = table(
        a=[None, "x", None], b=["1", "2", "1"], c=["k", "m", "k"], d=[1, 2, 3], y=list("abc")
    )
    columns, _ = fit(data, [0, 2])
    assert columns.left_out == {"a": "no values", "b": "one value only", "c": "one value only"}
    assert columns.notes == ("left out, no values: 'a'", "left out, one value only: 'b', 'c'")
    with pytest.raises(TableError, match="no column to learn 'y' from: left out, no values: 'a'"):
        fit(data.drop(["d"]), [0, 2])


def test_missing_and_extra_columns(table):
    columns, _ = fit(table(age=[1, 2], size=[1, 2], same=[1, 1], y=["a", "b"]))
    encoded = columns.encode(table(extra=[1], size=[2], age=[1]))
    assert encoded.notes == ("ignored, not in training: 'extra'",)
    assert encoded.values.tolist() == [[-1.0, 1.0]]
    with pytest.raises(TableError, match="lacks the columns 'age', 'size'; did you mean 'Age'"):
        columns.encode(table(Age=[1]))
    with pytest.raises(TableError, match="lacks the column 'age'; add what the model was trained"):
        columns.encode(table(size=[1]))


def test_values_far_from_training_are_held_back(table):
    columns, _ = fit(table(x=[0.0, 1.0], d=["2024-01-01", "2024-01-02"], y=["a", "b"]))
    values = columns.encode(table(x=[1.7e308, -1.7e308], d=["0001-01-01", "9999-12-31"])).values
    assert values[:, 0].tolist() == [1e6, -1e6]
    assert np.abs(values).max() <= 1e7


def test_a_model_file_with_a_wrong_part_is_refused(table):
    columns, _ = fit(table(x=[1, 2], y=["a", "b"]))
    text = msgspec.json.encode(columns)
    for wrong, right in [
        (b'"x"', b"5"),
        (b'"number"', b'"text"'),
        (b'"exponent":2', b'"exponent":9999'),
    ]:
        assert wrong in text
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(text.replace(wrong, right), type=Columns)


FLOATS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.none() | st.sampled_from("abcde")
DATES = st.none() | st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31))


def written(value):
    return None if value is None else repr(value)


@st.composite
def tables(draw):
    n_rows = draw(st.integers(2, 12))
    column = lambda values: draw(st.lists(values, min_size=n_rows, max_size=n_rows))  # noqa: E731
    frame = pl.DataFrame({
        "number": pl.Series(column(FLOATS), dtype=pl.Float64),
        "text": pl.Series(column(FLOATS.map(written)), dtype=pl.String),
        "boolean": pl.Series(column(st.none() | st.booleans()), dtype=pl.Boolean),
        "category": pl.Series(column(NAMES), dtype=pl.String),
        "date": pl.Series(column(DATES), dtype=pl.Datetime("us")),
        "y": ["a"] * n_rows,
    })  # fmt: skip
    return Table("t", frame, np.arange(n_rows) + 1, "row")


@settings(max_examples=25, deadline=None)
@given(train=tables(), later=tables())
def test_any_finite_table_becomes_finite_numbers(train, later):
    typed = infer(train, target="y")
    rows = np.arange(train.n_rows // 2 + 1)
    features = typed.table.frame[rows].drop("y")
    assume(any(column.n_unique() > 1 for column in features))
    columns = learn(typed, rows)
    again = msgspec.json.decode(msgspec.json.encode(columns), type=Columns)
    assert again == columns
    for table in (typed.table, train, later):
        encoded = columns.encode(table, strict=False)
        assert encoded.values.shape == (table.n_rows, len(columns.feature_names))
        assert np.isfinite(encoded.values).all()
        assert (again.encode(table, strict=False).values == encoded.values).all()
