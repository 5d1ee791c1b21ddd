"""The report in a terminal."""

import io
import subprocess
import sys

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from chainrule.reports import classification_result, print_report


def printed(report, width=80, **options):
    file = io.StringIO()
    print_report(report, Console(file=file, width=width, **options))
    return file.getvalue()


def test_classes(make_report, classified):
    text = printed(make_report(classified(3)))
    words = " ".join(text.split())
    assert "83.3% of 6 test rows are classified rightly" in words
    assert "Accuracy 83.3% 33.3% better" in words
    assert "true \\ predicted class 0 class 1 class 2" in words
    assert "class 0 1 1 · class 1 · 2 · class 2 · · 2" in words
    assert "• the column 'id' is left out" in words
    assert "\x1b" not in text


def test_numbers(make_report, regressed):
    words = " ".join(printed(make_report(regressed(), notes=[])).split())
    assert "Mean absolute error 1.000" in words
    assert "predicted" not in words
    assert "•" not in words


def test_what_is_no_better_is_said(make_report):
    codes, shares = np.array([0, 0, 1]), np.array([[0.9, 0.1]] * 3)
    report = make_report(classification_result(codes, codes, shares, ["a", "b"]))
    assert "Accuracy 66.7% 66.7% not better" in " ".join(printed(report).split())


@pytest.mark.parametrize("k", [2, 3, 6, 12, 13, 40])
@pytest.mark.parametrize("name", ["{}", "rather long {}", "漢字の列 {}", "x" * 99 + "{}"])
def test_lines_fit(make_report, classified, k, name):
    names = [name.format(place) for place in range(k)]
    text = printed(make_report(classified(k, names), notes=["x" * 200, "word " * 50]))
    assert max(map(cell_len, text.splitlines())) <= 80


def test_long_names_get_letters(make_report, classified):
    names = [f"quite a long class {place}" for place in range(5)]
    lines = printed(make_report(classified(5, names))).splitlines()
    assert any(line.split() == ["true", "\\", "predicted", *"abcde"] for line in lines)
    assert any("class 4 e" in " ".join(line.split()) for line in lines)


def test_a_matrix_without_room_is_left_out(make_report, classified):
    assert "predicted" not in printed(make_report(classified(12)), width=50)
    assert "predicted" not in printed(make_report(classified(13)))


def test_users_words_are_neither_markup_nor_control(make_report, classified):
    names = ["[red]r[/red]", "[/]", ":smile:"]
    report = make_report(classified(3, names), notes=["[link=x]y\x1b[31m", "[/nothing]"])
    text = printed(report, color_system="truecolor", force_terminal=True)
    for words in (*names, "[link=x]y�[31m", "[/nothing]"):
        assert words in text
    assert "\x1b[31m" not in text


def test_colour_says_nothing_alone(make_report, classified, monkeypatch):
    report = make_report(classified(3))
    coloured = printed(report, color_system="truecolor", force_terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    uncoloured = printed(report, color_system="truecolor", force_terminal=True)
    assert "\x1b[1;32m" in coloured
    assert "32m" not in uncoloured


def test_the_room_is_entered_quickly():
    heavy = ["sklearn", "matplotlib", "jinja2", "rich"]
    code = f"import sys, chainrule.reports; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
