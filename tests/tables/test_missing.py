import polars as pl
import pytest

from chainrule.tables.inference.absent import perhaps_missing
from chainrule.tables.kinds.kind import are_truths
from chainrule.tables.kinds.missing import MissingWords, missing_words
from chainrule.tables.kinds.truths import BOOLEAN_WORDS, VALUE_OF
from chainrule.tables.kinds.words_for_missing import AS_WRITTEN, IN_ANY_CASE, PERHAPS


def masks(*texts, **options):
    return MissingWords(**options).mask(pl.Series(texts, dtype=pl.String)).to_list()


def test_lists_do_not_overlap():
    assert not IN_ANY_CASE & PERHAPS
    assert (
        not {word.lower() for word in AS_WRITTEN - {"NaT", "nan", "NAN", "na", "NA"}} & IN_ANY_CASE
    )
    assert all(word == word.lower() for word in IN_ANY_CASE | PERHAPS)


def test_no_word_of_truth_is_missing_and_none_is_both():
    words = pl.Series([word for row in BOOLEAN_WORDS for side in row for word in side])
    assert not MissingWords().mask(words, among_values=True).any()
    assert not {w for no, _ in BOOLEAN_WORDS for w in no} & {
        w for _, yes in BOOLEAN_WORDS for w in yes
    }
    assert set(words) < set(VALUE_OF)


def test_letters_digits_and_numbers_are_never_missing():
    texts = [
        *"abcdefghijklmnopqrstuvwxyz0123456789",
        "10",
        "-1",
        "1.5",
        "1e5",
        "<5",
        "#5",
        "(5)",
        "Na",
    ]
    assert not MissingWords().mask(pl.Series(texts)).any()
    assert not MissingWords().mask(pl.Series(texts[:-1]), among_values=True).any()


def test_words_in_brackets_and_between_marks():
    assert all(masks("(null)", "[Unknown]", "<not set>", "{none}", "__NA__", "$null$", "'NULL'"))
    assert not any(masks("Unknown", "none", "na.", "(5)", "[a]", "'x'", None))


def test_long_texts_are_not_looked_at():
    assert masks("NA", "null" * 40, "x" * 1000 + "NA") == [True, False, False]


def test_words_of_a_person():
    assert masks("NA", "N/A", "zz", kept=("NA",), added=("zz",)) == [False, True, True]
    assert masks("-999", "-999.0", "-99", added=("-999",)) == [True, True, False]
    typed = MissingWords(added=("-999",)).without(pl.Series([1, -999]))
    assert typed.to_list() == [1, None]
    with pytest.raises(ValueError, match="'a' is given as missing and as not missing"):
        missing_words(["a"], ["a"])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["low", "high", "unknown"], ["unknown"]),
        (["known", "unknown"], []),
        (["+", "-"], []),
        (["+", "-", "neutral"], ["+", "-"]),
        (["red", "-999"], ["-999"]),
        (["1", "2", "-999"], []),
        (["CA", "TX", "ND"], []),
        (["California", "Texas", "ND"], ["ND"]),
        (["red", "9999-12-31", "inf"], ["9999-12-31", "inf"]),
    ],
)
def test_names_that_may_be_missing(names, expected):
    assert sorted(perhaps_missing(pl.Series(names), MissingWords())) == sorted(expected)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"yes", "no"}, True), ({"true", "yes", "false", "no", "0"}, True), ({"t", "f"}, True),
        ({"f", "n", "y"}, False), ({"1", "f"}, False), ({"n", "o"}, False), ({"yes"}, False),
        ({"0", "1"}, False), ({"true"}, True), ({"tak", "nein"}, False), ({"да", "нет"}, True),
        ({"1", "false"}, True), ({"yes", "no", "maybe"}, False),
    ],
)  # fmt: skip
def test_truths(words, expected):
    assert are_truths(words) is expected
