import datetime as dt

import polars as pl
import pytest

from chainrule.tables import TableError, infer
from chainrule.tables.kinds.kind import Boolean, Category, Date, Number, cast


def kind_and_notes(table, values, **options):
    typed = infer(table(x=values, y=["a"] * len(values)), target="y", **options)
    return typed.kinds["x"], typed.notes


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2.5", "+3", "1e-3", ".5", "5.", "1E+5", None], Number()),
        (["1", "2", "none", "-", "."], Number()),
        (["1_000", "2"], Number(thousands="_")),
        (["0x1F", "2"], Category()),
        (["1", "2", "x"], Category()),
        (["True", "false", None], Boolean()),
        (["YES", "no", "-"], Boolean()),
        (["t", "F"], Boolean()),
        (["y", "n", "y"], Boolean()),
        (["y", "n", "f"], Category()),
        (["y"] * 200 + ["f"], Category()),
        (["1"] * 200 + ["f"], Category()),
        (["red", "none"], Category()),
        (["none", "-"], Category()),
        (["2024-01-31", "2024-1-1 10:00", "2024-01-01T10:00:59.5Z"], Date("iso")),
        (["2024/01/31", None], Date("y/m/d")),
        (["31.12.2024", "1.1.2024"], Date("d.m.y")),
        (["12/31/2024", "1/1/2024"], Date("m/d/y")),
        (["31/12/2024", "1/1/2024"], Date("d/m/y")),
    ],
)
def test_kinds_of_texts(table, values, kind):
    found, notes = kind_and_notes(table, values)
    assert found == kind
    assert kind != Category() or all(note.column == "x" for note in notes)


def test_kinds_of_typed_columns(table):
    columns = {"b": [True], "i": [1], "f": [0.5], "d": [dt.date(2024, 1, 1)], "y": [1]}
    typed = infer(table(**columns), target="y")
    assert typed.kinds == {
        "b": Boolean(), "i": Number(binary=True), "f": Number(), "d": Date(),
    }  # fmt: skip
    assert typed.table.frame.row(0) == (1.0, 1.0, 0.5, dt.datetime(2024, 1, 1), 1)


def test_columns_named_as_categories(table):
    values = ["1", "02", "none", None]
    typed = infer(table(x=values, y=values), target="y", categories=["x"])
    assert typed.kinds == {"x": Category()}
    assert typed.table.frame["x"].to_list() == values


@pytest.mark.parametrize("name", ["post_cod", "target"])
def test_unknown_categories(table, name):
    with pytest.raises(TableError, match=f"no feature column '{name}'"):
        infer(table(post_code=[1], target=[1]), target="target", categories=[name])


def test_no_features(table):
    with pytest.raises(TableError, match="has no column beside 'y'"):
        infer(table(y=["1"]), target="y")


def test_both_orders_of_day_and_month(table):
    kind, (note,) = kind_and_notes(table, ["1/2/2024", "3/4/2024"])
    assert kind == Date("m/d/y")
    assert note.startswith("column 'x': its dates are read as month/day/year, though day/month")


def test_nearly_numbers(table):
    kind, notes = kind_and_notes(table, [*map(str, range(30)), "n.n.", None, "-"])
    note = next(note for note in notes if "n.n." in note)
    assert kind == Category()
    assert "'n.n.' (line 32) is none where 97 % of the values are each a number" in note
    assert "--missing n.n. treats it as missing" in note
    assert (note.column, note.line) == ("x", 32)


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (["3,14", "-2,5", ",5", "1,5e3", None], [3.14, -2.5, 0.5, 1500.0, None]),
        (["3,5", "4"], [3.5, 4.0]),
        (["1,234", "5,67"], [1.234, 5.67]),
    ],
)
def test_decimal_commas(table, values, numbers):
    typed = infer(table(x=values, y=values), target="y")
    assert typed.kinds["x"] == Number(comma=True)
    assert typed.table.frame["x"].to_list() == numbers
    assert typed.notes == ("column 'x': the comma in its numbers is read as a decimal point",)


QUANTITIES = [
    ["31/12/2024", "12/31/2024"],
    ["2024-02-01", "2024/01/01"],
    ["1,100", "1,159"],
    ["1,234", "999"],
    ["12:30:00", "1:45"],
    ["1:00 PM", "2:30 am"],
    ["5 kg", "6 g"],
    ["5k", "6M"],
    ["<0.1", "0.2", ">3"],
    ["10-20", "20-30"],
    ["$5", "€6"],
    ["0x1F", "0xA0"],
    ["3h 5m", "12h"],
    ["5 ft 11 in", "6 ft"],
    ["52°31'12\"N", "13°24'E"],
    ["1·5", "2·25"],
    ["١٢٫٥", "٣٫٧"],
    ["½", "1 ¼"],
    ["1.5×10³", "2×10⁴"],
    ["2^10", "2^12"],
]


@pytest.mark.parametrize("values", QUANTITIES, ids=lambda values: values[0])
def test_quantities_that_are_not_understood_are_named(table, values):
    kind, notes = kind_and_notes(table, values)
    assert kind == Category()
    assert any(
        "column 'x' is taken as" in note or "column 'x': is taken as" in note for note in notes
    )
    assert any(repr(value) in notes[0] for value in values)


UNDERSTOOD = [
    (["$5.00", "$12.50"], [5.0, 12.5]),
    (["5 %", "7 %"], [5.0, 7.0]),
    (["€ 5", "€ 6"], [5.0, 6.0]),
    (["1,234,567.5", "1.5"], [1234567.5, 1.5]),
    (["1'234.50", "12"], [1234.5, 12.0]),
    (["CHF 12.50", "CHF 3.50"], [12.5, 3.5]),
    (["12.5 kg", "3 kg"], [12.5, 3.0]),
    (["1.5D+03", "2"], [1500.0, 2.0]),
]


@pytest.mark.parametrize(("values", "numbers"), UNDERSTOOD, ids=lambda values: values[0])
def test_numbers_that_one_rule_reads_are_said(table, values, numbers):
    typed = infer(table(x=values, y=values), target="y")
    assert typed.table.frame["x"].to_list() == numbers
    assert [note.column for note in typed.notes] == ["x"]


@pytest.mark.parametrize(
    "values",
    [
        ["010 12", "011 13", "ab"],
        ["B-1", "B-2"],
        ["3rd", "4th"],
        ["12 Main St", "7 High St", "5 Low Rd"],
    ],
)
def test_names_with_digits_are_names(table, values):
    assert kind_and_notes(table, values) == (Category(), ())


@pytest.mark.parametrize("values", [["1,234", "999"], ["1,234,567", "1,5"]])
def test_commas_that_may_part_thousands(table, values):
    assert kind_and_notes(table, values)[0] == Category()


@pytest.mark.parametrize("value", ["inf", "-Infinity", "1e999", float("inf"), float("-inf")])
def test_infinities(table, value):
    finite = "1" if isinstance(value, str) else 1.0
    with pytest.raises(TableError) as caught:
        infer(table(x=[finite, None, value], y=["a"] * 3), target="y")
    assert str(caught.value) == (
        f"data.csv, line 4, column 'x': '{value}' is infinite or too large; "
        "leave the cell empty for missing, or remove the row"
    )


def test_infinity_as_a_word_among_others(table):
    assert kind_and_notes(table, ["inf", "sup"])[0] == Category()


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([True, None], Boolean(), [1.0, None]),
        ([0, 1], Boolean(), [0.0, 1.0]),
        ([True, False], Number(), [1.0, 0.0]),
        ([1, 2], Category(), ["1", "2"]),
        ([1.0, 2.5, None, 1.5], Category(), ["1", "2.5", None, "1.5"]),
        ([True], Category(), ["true"]),
        (["4", "4,5", "4.5"], Number(comma=True), [4.0, 4.5, 4.5]),
        (["-", "x"], Category(), ["-", "x"]),
        ([None, "none"], Date(), [None, None]),
    ],
)
def test_later_tables_may_be_typed_otherwise(table, values, kind, expected):
    assert cast(table(x=values), "x", kind).to_list() == expected


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (["1", "a\nb"], Number(), r"line 3, column 'x': 'a\nb' is not a number"),
        (["3,5"], Number(), "'3,5' is not a number"),
        (["maybe"], Boolean(), "'maybe' is not true or false"),
        ([2], Boolean(), "'2' is not true or false"),
        ([5.5], Date(), "'5.5' is not a date like 2024-12-31"),
        (["12/31/2024"], Date("d/m/y"), "'12/31/2024' is not a date like 31/12/2024"),
        ([dt.date(2024, 1, 1)], Number(), "'2024-01-01' is not a number"),
        ([float("nan")], Number(), "'nan' is not a number"),
        (["x" * 99], Number(), f"'{'x' * 39}…' is not a number"),
    ],
)
def test_values_that_do_not_fit(table, values, kind, message):
    with pytest.raises(TableError) as caught:
        cast(table(x=values), "x", kind)
    assert message in str(caught.value)
    assert "correct it or leave the cell empty" in str(caught.value)


def test_time_zones_of_typed_columns(table):
    zone = dt.timezone(dt.timedelta(hours=2))
    moments = pl.Series([dt.datetime(2024, 1, 1, tzinfo=zone)]).dt.convert_time_zone("Asia/Tokyo")
    assert cast(table(x=moments), "x", Date()).to_list() == [dt.datetime(2023, 12, 31, 22)]
