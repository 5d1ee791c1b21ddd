import datetime as dt
import math
import re

import msgspec
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.tables.kinds.numbers import Number, ambiguous, number_candidates, number_spellings
from chainrule.tables.kinds.units import unit_of

NBSP, THIN, NARROW = "\u00a0", "\u2009", "\u202f"


def chosen(texts):
    """Return the only candidate for these texts, None if there is none."""
    candidates = list(number_candidates(pl.Series("x", texts, dtype=pl.String)))
    assert len(candidates) <= 1
    return candidates[0] if candidates else None


def read(kind, texts):
    return kind.read(pl.Series("x", texts, dtype=pl.String)).to_list()


PLAIN = re.compile(
    r"([+-]?)([0-9]+\.?[0-9]*|\.[0-9]+)([eEdD][+-]?[0-9]+)?|([+-]?)(inf|infinity)", re.IGNORECASE
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1), ("+1", 1), ("-1.50", -1.5), (".5", 0.5), ("5.", 5), ("1e3", 1e3), ("1E-2", 0.01),
        ("1.234D+03", 1234), ("2.5d-1", 0.25), ("1e999", math.inf), ("inf", math.inf),
        ("-Infinity", -math.inf), ("+INF", math.inf), ("\u22125", -5), ("\u22121.5e3", -1500),
        ("(5)", -5), ("(1234.50)", -1234.5), ("5-", -5), ("12.50-", -12.5), ("00012", 12),
        ("9007199254740993", 2.0**53), ("0.1", 0.1),
    ],
)  # fmt: skip
def test_plain_numbers(text, number):
    assert read(Number(), [text]) == [number]


@pytest.mark.parametrize(
    "text",
    ["", "nan", "NaN", "-nan", "1_000", "0x1F", "1,000", "3,5", "1 000", "1e", "e5", ".", "-",
     "+-1", "--1", "1.2.3", "true", "5%", "$5", "12:30", "2024-01-05", "(-5)", "-5-", "()",
     "infinit", "1e5.5", "\u0661", "\uff11", "NA", "((5))", "1f", "0b1", "\u221e"],
)  # fmt: skip
def test_no_plain_numbers(text):
    assert read(Number(), [text]) == [None]


@given(st.lists(st.text("0123456789+-.eEdD,_xinfaty ", max_size=8)))
def test_plain_numbers_are_those_of_the_grammar(texts):
    texts = [text.strip() for text in texts if not re.search(r"[0-9.]-$", text)]
    numbers = read(Number(), texts)
    for text, number in zip(texts, numbers, strict=True):
        fits = PLAIN.fullmatch(text) is not None
        assert (number is not None) == fits, text
        if fits:
            assert number == float(text.lower().replace("d", "e"))


@given(st.floats(allow_nan=False), st.sampled_from(["{!r}", "{:+}", "{:.17e}", "{:E}"]))
def test_floats_are_read_to_the_last_bit(number, write):
    text = write.format(number)
    assert read(Number(), [text]) == [float(text)]


def test_typed_columns():
    read = Number().read
    assert read(pl.Series([True, None, False])).to_list() == [1.0, None, 0.0]
    assert read(pl.Series([1, 2, None])).to_list() == [1.0, 2.0, None]
    assert read(pl.Series([1.5, float("nan"), float("inf")])).to_list() == [1.5, None, math.inf]
    assert read(pl.Series([dt.date(2024, 1, 1)])).to_list() == [None]
    assert Number(suffix="%").read(pl.Series([5])).to_list() == [5.0]
    assert read(pl.Series("x", [], dtype=pl.String)).dtype == pl.Float64
    assert read(pl.Series("x", [None], dtype=pl.String)).to_list() == [None]


def test_the_series_that_is_read_stays_as_it_was():
    texts = pl.Series("x", ["1", "5-", "a"])
    assert Number().read(texts).name == "x"
    assert texts.to_list() == ["1", "5-", "a"]


PUBLIC = [
    # spellings, numbers, the rule
    (["1,234.50", "999.00"], [1234.5, 999], Number(thousands=",")),  # US, Excel
    (["1,234,567", "1,234"], [1234567, 1234], Number(thousands=",")),
    (["1,234", "1.5"], [1234, 1.5], Number(thousands=",")),
    (["12,34,567.89", "1,234", "123"], [1234567.89, 1234, 123], Number(thousands=",")),  # India
    (["(1,234.50)", "3.00"], [-1234.5, 3], Number(thousands=",")),  # accounts
    (["1.234,50-", "3,00"], [-1234.5, 3], Number(thousands=".", comma=True)),  # SAP
    (["1.234,50", "-3,00"], [1234.5, -3], Number(thousands=".", comma=True)),  # Germany
    (["1.234.567", "12"], [1234567, 12], Number(thousands=".", comma=True)),
    ([f"1{NARROW}234,50", f"1{NBSP}234,5"], [1234.5, 1234.5], Number(thousands=" ", comma=True)),
    (["1 234 567", "12 345"], [1234567, 12345], Number(thousands=" ")),
    ([f"1{THIN}234.5", "2.5"], [1234.5, 2.5], Number(thousands=" ")),
    (["1'234.50", "12.00"], [1234.5, 12], Number(thousands="'")),  # Switzerland
    (["1\u2019234\u2019567", "12"], [1234567, 12], Number(thousands="'")),
    (["1'234,50", "12"], [1234.5, 12], Number(thousands="'", comma=True)),  # Austria
    (["1_000_000", "10"], [1e6, 10], Number(thousands="_")),  # Python, Rust
    (["3,14", "-2,5", ",5", "1,5e3", "4"], [3.14, -2.5, 0.5, 1500, 4], Number(comma=True)),
    (["0,123", "1,234"], [0.123, 1.234], Number(comma=True)),
    (["12,34"], [12.34], Number(comma=True)),
    (["\u22123,5"], [-3.5], Number(comma=True)),
    (["$5.00", "$12.50", "-$1.25", "$-1", "($2.00)"], [5, 12.5, -1.25, -1, -2], Number(prefix="$")),
    (["$85,000", "$900"], [85000, 900], Number(prefix="$", thousands=",")),
    (["$.50"], [0.5], Number(prefix="$")),
    (["Rs.1,00,000", "Rs. 500"], [100000, 500], Number(prefix="Rs.", thousands=",")),
    (["\u20b91,00,000.00"], [100000], Number(prefix="\u20b9", thousands=",")),
    (["R$ 1.234,56", "R$ 10,00"], [1234.56, 10], Number(prefix="R$", thousands=".", comma=True)),
    (["CHF 12.50", "CHF 1'000.00"], [12.5, 1000], Number(prefix="CHF", thousands="'")),
    (["12,50 \u20ac", f"3,00{NBSP}\u20ac"], [12.5, 3], Number(suffix="\u20ac", comma=True)),
    (["5.00- EUR", "3.00 EUR"], [-5, 3], Number(suffix="EUR")),
    (["CHF 5.-", "CHF 7.50", "CHF 9.\u2014"], [5, 7.5, 9], Number(prefix="CHF")),
    (["5,-- \u20ac", "-7,- \u20ac", "1,50 \u20ac"], [5, -7, 1.5],
     Number(suffix="\u20ac", comma=True)),
    (["5 %", "7.5%", "-1 %"], [5, 7.5, -1], Number(suffix="%")),
    (["12.5 kg", "3kg"], [12.5, 3], Number(suffix="kg")),
    (["12.5\u00a0m\u00b2", "3 m\u00b2"], [12.5, 3], Number(suffix="m\u00b2")),
    (["120 km/h", "80 km/h"], [120, 80], Number(suffix="km/h")),
    (["1.234 kg", "5 kg"], [1.234, 5], Number(suffix="kg")),
    (["0.5mg", "1.5e-3mg"], [0.5, 0.0015], Number(suffix="mg")),
    (["3 stars", "5 stars"], [3, 5], Number(suffix="stars")),
    (["$5.00 USD"], [5], Number(prefix="$", suffix="USD")),
    (["1,234.50 kWh", "3 kWh"], [1234.5, 3], Number(suffix="kWh", thousands=",")),
    (["1", "2.5"], [1, 2.5], Number()),
    (["5-", "3"], [-5, 3], Number()),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "numbers", "kind"), PUBLIC, ids=lambda value: str(value)[:40])
def test_one_rule_reads_the_whole_column(texts, numbers, kind):
    assert chosen(texts) == kind
    assert read(kind, texts) == numbers
    assert chosen(texts[::-1]) == kind
    assert ambiguous(pl.Series(texts)) is None


@pytest.mark.parametrize(
    "texts",
    [
        ["5 kg", "3 lb"], ["5 %", "7"], ["$5", "\u20ac5"], ["5k", "3M"],  # no one rule
        ["1,5", "1.5"], ["1,234,567", "1,5"], ["1.234.567", "1.5"], ["1'234", "1 234"],
        ["1,23,4", "5"], ["1,2345.6"], ["1.234,567.8"], ["1234,567.8"], ["12,34.5"],
        ["B-1", "B-2"], ["3rd", "4th"], ["ID 5", "ID 6"], ["#5", "#6"], ["R5", "R6"],  # names
        ["010 12", "011 13"], ["101A", "102A"], ["5-door", "3-door"], ["v1", "v2"], ["Q1", "Q2"],
        ["007 kg"], ["044 123 45 67"], ["5e", "6e"], ["x 5"], ["5 6"],
        ["10 AM", "11 AM"], ["10:00", "11:30"], ["1:00 PM"], ["5 Jan"], ["2024-W05"],  # times
        ["2024-Q2", "2023-Q2"], ["2024 Q2"], ["2024-01-05"], ["01/02/2024"], ["31.12.2024"],
        ["1.2.3"], ["192.168.1.1"], ["1/2", "3/4"], ["18-25", "26-35"], ["65+"], ["<5", ">6"],
        ["inf", "sup"], ["a"], ["kg"], ["%"], [""], ["1,", "a"], ["5 2024 kg"],
    ],
    ids=str,
)  # fmt: skip
def test_no_rule(texts):
    assert chosen(texts) is None
    assert ambiguous(pl.Series(texts)) is None


@pytest.mark.parametrize(
    ("texts", "example", "names"),
    [
        (["1,234", "999"], "1,234", ["decimal-comma", "thousands-comma"]),
        (["999", "-1,234"], "-1,234", ["decimal-comma", "thousands-comma"]),
        (["1,100", "1,159"], "1,100", ["decimal-comma", "thousands-comma"]),
        (["1,234", "1.234"], "1,234", ["thousands-comma", "thousands-point"]),
        (["\u20ac 1,234"], "\u20ac 1,234", ["decimal-comma", "thousands-comma"]),
        (["1.234 \u20ac", "5 \u20ac"], "1.234 \u20ac", ["number", "thousands-point"]),
        (["1,234 kg"], "1,234 kg", ["decimal-comma", "thousands-comma"]),
    ],
    ids=str,
)
def test_thousands_or_decimals(texts, example, names):
    assert chosen(texts) is None
    first, second = names
    assert ambiguous(pl.Series(texts)) == (
        f"its values like {example!r} are thousands or decimals; "
        f"--kind {{column}}={first} or --kind {{column}}={second} decides"
    )
    filled = pl.Series(texts)
    values = [number_spellings[name].with_unit_of(filled).read(filled) for name in names]
    assert not values[0].has_nulls()
    assert not values[1].has_nulls()
    assert not values[0].equals(values[1])


def test_evidence_may_come_late():
    many = ["1"] * 1000
    assert chosen([*many, "3,5"]) == Number(comma=True)
    assert chosen([*many, "1,234"]) is None
    assert chosen([*many, "5 %"]) is None
    assert chosen([*["1,234"] * 1000, "1,5"]) == Number(comma=True)
    assert chosen([*["1,234"] * 1000, "1,234.5"]) == Number(thousands=",")
    assert chosen([*many, "a"]) is None


def test_nothing_to_read():
    assert chosen([]) is None
    assert ambiguous(pl.Series([], dtype=pl.String)) is None
    assert Number().with_unit_of(pl.Series([], dtype=pl.String)) == Number()
    assert Number().with_unit_of(pl.Series(["a"])) == Number()


def test_an_imported_point_among_decimal_commas():
    assert read(Number(comma=True), ["4,5", "4.5", "0.125", "1.234", "12.25"]) == [
        4.5, 4.5, 0.125, None, 12.25
    ]  # fmt: skip


def test_words_of_truth_where_training_held_0_and_1():
    assert chosen(["0", "1", "1.0"]) == Number(binary=True)
    assert chosen(["1"]) == Number(binary=True)
    assert chosen(["0", "1", "2"]) == Number()
    words = ["true", "No", "T", "f", "YES", "n", "on", "OFF", "False", "y", "1", "2", "maybe"]
    assert read(Number(binary=True), words) == [1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1, 2, None]
    assert read(Number(), ["true"]) == [None]


@pytest.mark.parametrize(
    ("kind", "noun", "remark"),
    [
        (Number(), "a number", None),
        (Number(binary=True), "a number", None),
        (
            Number(comma=True),
            "a number like 1234,5",
            "the comma in its numbers is read as a decimal point",
        ),
        (
            Number(prefix="CHF", thousands="'"),
            "a number like CHF 1'234.5",
            "its numbers are read without 'CHF'; "
            "the apostrophes in its numbers are read as marks between thousands",
        ),
        (
            Number(suffix="%"),
            "a number like 1234.5 %",
            "its numbers are read as percent: '5 %' is 5",
        ),
        (Number(prefix="$"), "a number like $1234.5", "its numbers are read without '$'"),
        (
            Number(prefix="$", suffix="each"),
            "a number like $1234.5 each",
            "its numbers are read without '$' and 'each'",
        ),
        (
            Number(thousands=NARROW, comma=True),
            f"a number like 1{NARROW}234,5",
            "the comma in its numbers is read as a decimal point; "
            "the blanks in its numbers are read as marks between thousands",
        ),
    ],
)
def test_what_is_said_of_a_rule(kind, noun, remark):
    assert kind.noun == noun
    assert kind.remark() == remark


def test_model_files():
    assert msgspec.json.decode('{"type":"number","comma":true}', type=Number) == Number(comma=True)
    assert msgspec.json.decode('{"type":"number"}', type=Number) == Number()
    kind = Number(prefix="CHF", thousands="\u2019", binary=False)
    assert msgspec.json.decode(msgspec.json.encode(kind), type=Number) == kind
    with pytest.raises(msgspec.ValidationError, match="unknown mark between thousands 'x'"):
        msgspec.json.decode('{"type":"number","thousands":"x"}', type=Number)


def test_marks_that_are_refused():
    with pytest.raises(ValueError, match="unknown mark between thousands ';'; known: \"'\", ' '"):
        Number(thousands=";")
    with pytest.raises(ValueError, match=r"'\.' stands either between thousands or for decimals"):
        Number(thousands=".")
    with pytest.raises(ValueError, match="',' stands either"):
        Number(thousands=",", comma=True)


def grouped(whole, thousands, indian):
    """Write digits in groups: slowly, but as a person would."""
    groups = [whole[-3:]]
    rest, size = whole[:-3], 2 if indian else 3
    while rest:
        groups.append(rest[-size:])
        rest = rest[:-size]
    return thousands.join(reversed(groups))


MARKS = {"": [""], ",": [","], ".": ["."], "'": "'\u2019\u02bc", " ": f" {NBSP}{THIN}{NARROW}",
         "_": ["_"]}  # fmt: skip
UNITS = ["", "$", "CHF", "kg", "%", "m\u00b2", "km/h", "USD", "net a.b", "\u20ac"]
MINUSES = [
    "-{p}{n}{s}",
    "{p}-{n}{s}",
    "{p}\u2212{n}{s}",
    "({p}{n}{s})",
    "{p}({n}){s}",
    "{p}{n}- {s}",
]


@given(st.data())
def test_written_numbers_are_read_back(data):
    name = data.draw(st.sampled_from(list(number_spellings)))
    rule = number_spellings[name]
    blank = data.draw(st.sampled_from(["", " ", NBSP]))
    prefix, suffix = (data.draw(st.sampled_from(UNITS)) for _ in range(2))
    kind = msgspec.structs.replace(rule, prefix=prefix, suffix=suffix)
    number = abs(data.draw(st.decimals(-(10**9), 10**9, places=2, allow_nan=False)))
    whole, decimals = f"{number:.2f}".split(".")
    mark = data.draw(st.sampled_from(list(MARKS[rule.thousands])))
    indian = rule.thousands == "," and data.draw(st.booleans())
    written = grouped(whole, mark, indian) if mark else whole
    written += ("," if rule.comma else ".") + decimals
    parts = {
        "p": prefix + blank if prefix else "",
        "n": written,
        "s": blank + suffix if suffix else "",
    }
    negative = data.draw(st.booleans())
    sign = data.draw(st.sampled_from(MINUSES)) if negative else "{p}{n}{s}"
    text = sign.format(**parts).strip()
    assert read(kind, [text]) == [-float(number) if negative else float(number)]


@given(st.lists(st.integers(-(10**7), 10**7), min_size=1), st.sampled_from(",'_ "))
def test_grouped_whole_numbers_are_read_back_or_in_doubt(numbers, mark):
    texts = [f"{number:,}".replace(",", mark) for number in numbers]
    kind = chosen(texts)
    if kind is None:
        assert mark == ","
        assert ambiguous(pl.Series(texts)) is not None
    else:
        assert read(kind, texts) == numbers


@given(st.text(), st.sampled_from(list(number_spellings)))
def test_any_text_is_a_number_or_none(text, name):
    for kind in (number_spellings[name], Number(prefix="CHF", suffix="a.b*", thousands="'")):
        (number,) = read(kind, [text])
        assert (
            number is None
            or any(character.isdigit() for character in text)
            or "inf" in (text.lower())
        )
    chosen([text])
    unit_of(text)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("5", ("", "")), ("-5", ("", "")), ("CHF 5.-", ("CHF", "")), ("\u20ac5", ("\u20ac", "")),
        ("5 \u00b0C", ("", "\u00b0C")), ("180cm", ("", "cm")), ("5 ft2", ("", "ft2")),
        ("12.5 mmol/L", ("", "mmol/L")), ("5Foo", None), ("A$5", ("A$", "")),
        ("kr. 5", ("kr.", "")), ("5 year olds", ("", "year olds")), ("a5", None), ("", None),
        ("-", None), ("5/7", None), ("5 p.m.", None), ("6'", ("", "'")),
    ],
)  # fmt: skip
def test_units(text, unit):
    assert unit_of(text) == unit
