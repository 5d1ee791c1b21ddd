"""A model predicts rows as programs have them: as those of the same rows in a file."""

import csv
import datetime
import decimal
import math
import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.served import ROW, served_model

from chainrule.tables import Table, TableError, read_table

MODEL = served_model()
ONE = MODEL.predict(ROW).frame


def predicted(rows):
    return MODEL.predict(rows).frame


def with_value(column, value):
    return {**ROW, column: value}


def test_one_row_has_one_answer():
    assert ONE.columns == ["prediction", *(f"probability of {c}" for c in "abc")]
    assert ONE.height == 1
    assert sum(ONE.row(0)[1:]) == pytest.approx(1)


@pytest.mark.parametrize(
    "rows",
    [
        [ROW],
        (ROW,),
        {name: [value] for name, value in ROW.items()},
        {name: np.array([value]) for name, value in ROW.items()},
        {name: pl.Series([value]) for name, value in ROW.items()},
        pl.DataFrame([ROW]),
        pl.LazyFrame([ROW]),
        dict(reversed(ROW.items())),
        {unicodedata.normalize("NFD", f" {name}\u200b"): value for name, value in ROW.items()},
    ],
    ids=["list", "tuple", "columns", "arrays", "series", "frame", "lazy", "order", "names"],
)
def test_every_form_of_a_row_has_the_same_answer(rows):
    assert predicted(rows).equals(ONE)


class Stream:
    """A frame of some other library."""

    def __arrow_c_stream__(self, requested_schema=None):
        return pl.DataFrame([ROW]).__arrow_c_stream__(requested_schema)


def test_whatever_is_an_arrow_stream_is_taken():
    assert predicted(Stream()).equals(ONE)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("size", v) for v in (np.float32(1.5), np.float64(1.5), np.longdouble(1.5))),
        *(("size", v) for v in (decimal.Decimal("1.5"), "1.5", " 1.5\u00a0", np.str_("1.5"))),
        *(("price", v) for v in (12345.5, "12345.5", decimal.Decimal("12345.50"))),
        *(("zip", v) for v in (2.0, "2", "2.0", np.int8(2), np.uint64(2), decimal.Decimal(2))),
        *(("ok", v) for v in (1, 1.0, "yes", "TRUE", np.True_)),
        *(("day", v) for v in ("2021-01-03", datetime.datetime(2021, 1, 3))),
        *(("day", np.datetime64("2021-01-03", unit)) for unit in ("D", "s", "ns")),
        ("day", datetime.datetime(2021, 1, 3, tzinfo=datetime.UTC)),
        ("day", datetime.datetime.fromisoformat("2021-01-03T05:30+05:30")),
    ],
)
def test_a_value_is_the_same_in_every_type(column, value):
    assert predicted(with_value(column, value)).equals(ONE)
    assert predicted([with_value(column, value), ROW]).equals(pl.concat([ONE, ONE]))


@pytest.mark.parametrize("value", [None, math.nan, "", " ", "NA", np.float32("nan")])
@pytest.mark.parametrize("column", ROW)
def test_what_is_missing_is_missing_in_every_column(column, value):
    missing = MODEL.predict([with_value(column, value), ROW])
    rest = {name: v for name, v in ROW.items() if name != column}
    assert missing.frame.equals(predicted([rest, ROW]))
    assert any(column in note and "1 missing value" in note for note in missing.notes)


def test_no_date_of_numpy_is_missing():
    none = with_value("day", np.datetime64("NaT"))
    assert predicted(none).equals(predicted(with_value("day", None)))


def test_durations_and_times_are_seconds():
    for value in (datetime.timedelta(seconds=1.5), np.timedelta64(1500, "ms")):
        assert predicted(with_value("size", value)).equals(ONE)
    time = datetime.time(0, 0, 1, 500_000)
    assert predicted(with_value("size", time)).equals(ONE)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([ROW, with_value("size", "x")], "row 2, column 'size': 'x' is not a number"),
        ([ROW, with_value("size", [1])], "row 2, column 'size': '[1]' is a list"),
        (with_value("size", {"a": 1}), "column 'size': \"{'a': 1}\" is an object"),
        (with_value("size", b"1"), "is of the type bytes"),
        (with_value("size", 1j), "is of the type complex"),
        (with_value("size", math.inf), "'inf' is infinite"),
        (with_value("size", -(10**400)), "'-inf' is infinite"),
        ([ROW, with_value("size", "1e999")], "row 2, column 'size': '1e999' is infinite"),
        ([with_value("day", 5), ROW], "row 1, column 'day': '5' is not a date"),
        (with_value("ok", 2), "column 'ok': '2' is not true or false"),
        ([ROW, with_value("city", "a\ud800")], r"row 2, column 'city': 'a\ud800' holds half"),
        ([ROW, 5], "row 2: '5' is no row"),
        ({}, "lacks the columns 'size', 'price'"),
        ([{"size": 1}], "lacks the columns 'price'"),
        ({"a": [1], "b": [1, 2]}, "columns of 1 and 2 values"),
        ({**ROW, "size ": 3}, "more than one value for 'size'"),
        (pl.DataFrame({"size": [1], "size ": [2]}), "more than one column named 'size'"),
    ],
)
def test_a_bad_row_is_said_with_its_place(rows, said):
    with pytest.raises(TableError) as caught:
        MODEL.predict(rows)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rows", ["abc", 5, None, iter([ROW]), np.zeros((2, 2))])
def test_what_is_no_rows_is_a_type_error(rows):
    with pytest.raises(TypeError, match="a list of dictionaries"):
        MODEL.predict(rows)


def test_further_columns_are_ignored_whatever_they_hold():
    found = MODEL.predict([{**ROW, "more": [1]}, {**ROW, "other": object()}])
    assert found.notes == ("ignored, not in training: 'more', 'other'",)
    assert found.frame.equals(pl.concat([ONE, ONE]))


def test_no_rows_have_no_answers():
    for rows in ([], pl.DataFrame([ROW]).clear(), {name: [] for name in ROW}):
        assert predicted(rows).schema == ONE.schema
        assert predicted(rows).height == 0


def test_large_integers_are_not_rounded():
    found = MODEL.predict([with_value("zip", 10**30), with_value("zip", 2**63)])
    assert "'1000000000000000000000000000000' (1), '9223372036854775808' (1)" in found.notes[0]
    assert predicted(with_value("size", 2**70)).equals(predicted(with_value("size", 2.0**70)))


def test_a_frame_that_is_given_stays_as_it_is():
    frame = pl.DataFrame([{f" {name}": value for name, value in ROW.items()}])
    before = frame.clone()
    assert predicted(frame).equals(ONE)
    assert frame.equals(before)
    assert frame.columns == before.columns


def test_strict_refuses_what_training_did_not_see():
    with pytest.raises(TableError, match="row 2, column 'city': 'Rom' is none of the categories"):
        MODEL.predict([ROW, with_value("city", "Rom")], strict=True)


def test_a_table_says_its_own_notes_itself():
    table = Table("t", pl.DataFrame([ROW]), np.array([1]), "row", ("read so",))
    assert MODEL.predict(table).notes == ()


def test_frames_of_pandas():
    pandas = pytest.importorskip("pandas", reason="its frames need pandas")
    frame = pandas.DataFrame(
        [ROW, with_value("ok", pandas.NA), with_value("city", None)], [7, 7, 8]
    )
    rows = [ROW, with_value("ok", None), with_value("city", None)]
    assert predicted(frame).equals(predicted(rows))
    frame["city"] = frame["city"].astype("category")
    frame["size"] = frame["size"].astype("Float64")
    frame["day"] = pandas.to_datetime(frame["day"])
    frame["zip"] = frame["zip"].astype("Int64")
    frame[5] = [object()] * 3
    found = MODEL.predict(frame)
    assert found.frame.equals(predicted(rows))
    assert "ignored, not in training: '5'" in found.notes
    frame["day"] = [pandas.NaT, *frame["day"][1:]]
    assert predicted(frame)[1:].equals(predicted(rows)[1:])
    assert predicted(with_value("day", pandas.NaT)).equals(predicted(with_value("day", None)))
    assert predicted({name: frame[name] for name in ROW}).height == 3


LETTERS = st.text(alphabet="abBnr XYZ01é,;'\"µ\u200b-", max_size=6)
CELLS = st.fixed_dictionaries(
    {
        "size": st.none() | st.floats(allow_nan=False, width=64, max_value=1e300, min_value=-1e300)
        | st.integers(-(2**80), 2**80) | st.sampled_from(["1.25", "1e3", " 7", "n/a"]),
        "price": st.none() | st.integers(0, 10**9).map("{:,}".format) | st.floats(0, 1e9),
        "city": st.none() | LETTERS | st.sampled_from(["Bern", "Köln", "01234", "NA"]),
        "zip": st.none() | st.integers(0, 10**30) | st.sampled_from(["1", "2.0", "3"]),
        "ok": st.none() | st.booleans() | st.sampled_from(["yes", "No", "1"]),
        "day": st.none() | st.dates() | st.dates().map(str)
        | st.datetimes(timezones=st.none() | st.just(datetime.UTC)),
        "café": st.sampled_from(["x", "y", "z"]),
    }
)  # fmt: skip


def written(path, rows):
    """Write rows as Python writes them into a file, and read the file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(ROW))
        writer.writeheader()
        writer.writerows(rows)
    return read_table(path, delimiter=",", quote='"', header=1)


@given(rows=st.lists(CELLS, min_size=1, max_size=20))
def test_rows_have_the_bits_of_the_same_rows_in_a_file(tmp_path_factory, rows):
    table = written(tmp_path_factory.mktemp("csv") / "rows.csv", rows)
    wanted = MODEL.predict(table)
    found = MODEL.predict(rows)
    assert found.frame.equals(wanted.frame)
    assert found.notes == wanted.notes
    assert pl.concat(map(predicted, rows[:3])).equals(wanted.frame[:3])


@pytest.mark.parametrize("n", [1, 2, 7, 15, 16, 17, 40])
def test_a_rows_bits_do_not_depend_on_the_rows_beside_it(n):
    rng = np.random.default_rng(n)
    x = rng.normal(size=(1000, len(MODEL.columns.feature_names))).astype(np.float32)
    whole = MODEL.outputs(x)
    assert np.array_equal(MODEL.outputs(x[500 : 500 + n]), whole[500 : 500 + n])
