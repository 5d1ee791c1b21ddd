"""How figures and names are said."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.reports import results, scores, words
from chainrule.reports.plots import classes


@pytest.mark.parametrize("module", [words, scores, results, classes])
def test_examples_in_docstrings(module):
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.5, "50.0%"),
        (0.9996, "99.96%"),
        (0.0004, "0.04%"),
        (1e-9, "0.0000%"),
        (None, "–"),
    ],
)
def test_shares(share, said):
    assert words.percent(share) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (0.001, "0.001000"),
        (9.9996, "10.000"),
        (123.456, "123.5"),
        (1e12, "1.000e+12"),
        (-2.5, "−2.500"),
        (float("nan"), "–"),
        (None, "–"),
    ],
)
def test_numbers(value, said):
    assert words.number(value) == said


@given(st.text())
def test_a_users_text_is_one_harmless_line(text):
    line = words.plain(text)
    assert "\x1b" not in line
    assert len(line.splitlines()) <= 1
    assert line.encode().decode() == line


def test_what_turns_round_a_line_is_taken_out():
    assert words.plain("a\u202eb\ud800c\x00") == "a�b�c�"


@given(st.text(), st.integers(2, 30))
def test_shortened_is_short(text, length):
    assert len(words.shortened(text, length)) <= length
