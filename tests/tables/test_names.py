import unicodedata

import polars as pl
import pytest

from chainrule.tables import TableError
from chainrule.tables.names import clean_name, clean_texts, column_names

CLEAN = {
    "kind": "kind",
    "  kind\t": "kind",
    "net  price": "net price",
    "net\r\nprice": "net price",
    "net\u00a0price": "net price",
    "net\u2009\u3000price": "net price",
    "kind\u200b": "kind",
    "\ufeffkind": "kind",
    "ki\u00adnd": "kind",
    "\u202akind\u202c": "kind",
    "\u200fkind\u2069": "kind",
    "ki\x00nd\x7f\x9f": "kind",
    "a\x1fb": "a b",
    "e\u0301tat": "état",
    "\u212b": "Å",
    "": "",
    "\u200b": "",
    " \u200b ": "",
    "a \u200b b": "a b",
    "ß": "ß",
    "名前": "名前",
}


@pytest.mark.parametrize("name", CLEAN)
def test_clean_name(name):
    assert clean_name(name) == CLEAN[name]
    assert clean_name(CLEAN[name]) == CLEAN[name]


def test_clean_texts_strips_edges_and_keeps_the_inside():
    texts = pl.Series(
        "t", [" a  b\n", "a\u00a0b\u00a0", "\ufeffx", "x\u200by\u200b ", "e\u0301", None]
    )
    assert clean_texts(texts).to_list() == ["a  b", "a\u00a0b", "x", "x\u200by", "é", None]
    assert clean_texts(texts).name == "t"


@pytest.mark.parametrize("texts", [[], [None], ["a", None], [" a ", "\x00b\x7f"], ["", "\u200b"]])
def test_clean_texts_of_few(texts):
    series = pl.Series(texts, dtype=pl.String)
    wanted = [text and text.strip(" \x00\x7f\u200b") for text in texts]
    assert clean_texts(series).to_list() == wanted


def test_every_blank_of_unicode_is_stripped():
    blanks = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
    assert clean_texts(pl.Series([f"{blanks}a{blanks}"])).to_list() == ["a"]
    assert clean_texts(pl.Series([f"{blanks}é{blanks}"])).to_list() == ["é"]
    assert clean_name(f"{blanks}a{blanks}b") == "a b"


def test_names_that_need_no_note():
    assert column_names("t.csv", ["a", " b ", "c\t"]) == (["a", "b", "c"], [])


def test_nameless_columns_are_called_by_number():
    names, notes = column_names("t.csv", ["a", "", " ", "\u200b"])
    assert names == ["a", "column 2", "column 3", "column 4"]
    assert notes == ["columns without a name are called 'column 2', 'column 3', 'column 4'"]


def test_a_changed_name_is_noted_with_escapes():
    names, (first, second, third) = column_names("t.csv", ["kind\u200b", "e\u0301tat", "a\n b"])
    assert names == ["kind", "état", "a b"]
    assert first == r"the column named 'kind\u200b' in the file is called 'kind'"
    assert first.column == "kind"
    assert second == r"the column named 'e\u0301tat' in the file is called 'état'"
    assert third == r"the column named 'a\n b' in the file is called 'a b'"


def test_many_changed_names():
    names, notes = column_names("t.csv", [f"a{i}\u200b" for i in range(9)])
    assert names == [f"a{i}" for i in range(9)]
    assert len(notes) == 4
    assert notes[3] == "6 more names of columns are cleaned in the same way"


def test_names_that_differ_only_in_case_stay_with_a_note():
    names, notes = column_names("t.csv", ["Age", "age", "b"])
    assert names == ["Age", "age", "b"]
    assert notes == ["columns whose names differ only in case: 'Age', 'age'"]


TWICE = {
    "plain": (["a", "b", "a ", "b"], "t.csv has more than one column named 'a', 'b'; give each"),
    "invisible": (
        ["kind", "kind\u200b"],
        r"named 'kind' ('kind' and 'kind\u200b' differ only in characters that cannot be seen);",
    ),
    "another form": (
        ["état", unicodedata.normalize("NFD", "état")],
        r"named 'état' ('état' and 'e\u0301tat' differ only in characters that cannot be seen);",
    ),
    "a hard blank": (["a b", "a\u00a0b"], r"('a b' and 'a\xa0b' differ only in"),
    "called by number": (["column 2", ""], "more than one column named 'column 2';"),
}


@pytest.mark.parametrize("case", TWICE)
def test_the_same_name_twice(case):
    raw, message = TWICE[case]
    with pytest.raises(TableError) as caught:
        column_names("t.csv", raw)
    assert message in str(caught.value)
