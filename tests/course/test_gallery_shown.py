"""The gallery in a terminal, as pictures, as a page, as data and as a command."""

from __future__ import annotations

import io
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from chainrule.cli import app as command
from chainrule.course.gallery import ENTRIES, Setting, chosen, train
from chainrule.course.gallery.charts import LossAxis, blocks, curve, in_ascii, spark
from chainrule.course.gallery.pictures import as_png, draw_pair, draw_sheet
from chainrule.course.gallery.report import gallery_report
from chainrule.course.gallery.terminal import print_all, print_pair
from chainrule.course.gallery.verdicts import KINDS

SMALL = Setting(samples=60, epochs=4, learning_rate=0.05)
NAN = float("nan")
INF = float("inf")
KEYS = ("db-sum", "sign", "returns-nothing", "loss-sign", "constant-weights")


@pytest.fixture(scope="module")
def right():
    return train([], SMALL)


@pytest.fixture(scope="module")
def runs():
    return [train(chosen([key]), SMALL) for key in KEYS]


# Charts -------------------------------------------------------------------------------------------


def test_a_curve_goes_from_upper_left_to_lower_right():
    lines = curve([1.0, 0.5, 0.0], LossAxis.of([1.0, 0.5, 0.0]), 8, 4)
    assert len({len(line) for line in lines}) == 1
    drawn = [[place for place, mark in enumerate(line[7:]) if mark != " "] for line in lines[:4]]
    assert [row[0] for row in drawn] == sorted(row[0] for row in drawn)
    assert drawn[0][0] == 0
    assert drawn[3][-1] == 7
    assert lines[0].startswith("     1┤")
    assert lines[3].startswith("     0┤")
    assert lines[-1] == "       1epoch 3"  # as wide as it is


def test_losses_that_are_not_finite_are_crosses_at_their_epoch():
    lines = curve([0.5, NAN, INF], LossAxis.of([0.5, NAN, INF]), 5, 2)
    assert lines[2].endswith("└──×─×")
    empty = curve([NAN, NAN], LossAxis.of([NAN, NAN]), 5, 2)
    assert empty[0].strip() == "1┤"


@pytest.mark.parametrize(("losses", "wanted"), [
    ([0.7, 0.1], (0.0, 0.7, False)),
    ([-0.7, -0.1], (-0.7, 0.0, False)),
    ([600.0, 0.1], (0.1, 600.0, True)),
    ([1e9, 1e-9], (1e3, 1e9, True)),
    ([0.0, 0.0], (0.0, 1.0, False)),
    ([NAN], (0.0, 1.0, False)),
])  # fmt: skip
def test_the_axis_fits_the_losses(losses, wanted):
    scale = LossAxis.of(losses)
    assert (pytest.approx(scale.low), pytest.approx(scale.high), scale.log) == wanted
    assert scale.height(scale.high) == pytest.approx(1)
    assert scale.height(scale.low) == pytest.approx(0)


def test_half_blocks_say_which_half_is_answered_with_1():
    answers = np.array([[0.9, 0.1, 0.9, 0.1, NAN], [0.9, 0.9, 0.1, 0.1, 0.3]])
    assert blocks(answers) == ["█▄▀ ?"]
    assert in_ascii("█▄▀ ?└┤×") == '#," ?+|x'


def test_a_spark_shows_each_epoch_or_as_many_as_there_is_room_for():
    assert spark([1.0, 0.5, 0.0, NAN], 4) == "█▅▁×"
    assert len(spark(list(np.linspace(1, 0, 50)), 10)) == 10


# Terminal -----------------------------------------------------------------------------------------


def shown(show, *args, **console):
    file = io.StringIO()
    show(*args, Console(file=file, width=80, **console))
    return file.getvalue()


def test_a_mistake_in_a_terminal_without_colour(right, runs):
    told = shown(print_pair, SMALL, right, runs[0])
    assert "\x1b" not in told
    assert max(map(len, told.splitlines())) <= 80
    assert "db is one number, the sum of dz" in told
    assert "code   d_biases = np.sum(dz)" in told
    assert f"right: accuracy {right.accuracy:.3f}" in told
    assert f"{right.losses[-1]:.3f}" in told
    assert "filled: answered with 1" in told
    assert "█" in told


def test_only_the_key_of_a_mistake_is_bold(right, in_batches):
    told = shown(print_pair, SMALL, right, in_batches, force_terminal=True, color_system="standard")
    first, second = told.splitlines()[:2]  # its title takes two lines
    assert first.startswith("\x1b[1mn-by-n-averaged  \x1b[0mloss and daⁿ")
    assert "\x1b" not in second


def test_a_mistake_in_a_terminal_with_colour(right, runs):
    told = shown(print_pair, SMALL, right, runs[0], force_terminal=True, color_system="truecolor")
    assert "38;2;0;74;117" in told  # a point of the inner circle
    assert "answered with 1" in told
    quiet = shown(print_pair, SMALL, right, runs[0], force_terminal=True, no_color=True)
    assert "38;2" not in quiet
    assert "filled: answered with 1" in quiet


def test_nan_and_errors_in_a_terminal(right, runs):
    fast = Setting(samples=60, epochs=4, learning_rate=0.5)
    nan = train(chosen(["z-times-1-minus-z"]), fast)
    assert not np.isfinite(nan.losses).any()
    told = shown(print_pair, fast, train([], fast), nan)
    assert "NaN" in told
    assert "every answer ŷ is NaN" in told
    assert "×" in told
    told = shown(print_pair, SMALL, right, runs[2])
    assert "in epoch 1, sample 1, `backward` of layer 2" in told
    assert "TypeError" in told
    assert "It does not run to its end" in told


def test_a_terminal_that_knows_no_blocks(right, runs):
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    console = Console(file=file, width=80)
    print_pair(SMALL, right, runs[0], console)
    print_all(SMALL, right, runs, console)
    file.flush()
    told = file.buffer.getvalue().decode("ascii")
    assert "#####" in told
    assert "|" in told
    chart = told[told.index("loss by epoch") : told.index("filled")]
    assert "?" not in chart


@pytest.fixture(scope="module")
def in_batches():
    return train(chosen(["n-by-n-averaged"]), SMALL)


def test_a_set_up_of_its_own_is_said_and_drawn_beside_its_own_right_network(right, in_batches):
    its_right = in_batches.right
    assert its_right.losses != right.losses
    told = shown(print_pair, SMALL, right, in_batches)
    assert max(map(len, told.splitlines())) <= 80
    assert in_batches.set_up.words in " ".join(told.split())
    assert f"right: accuracy {its_right.accuracy:.3f}" in told
    assert f"{its_right.losses[-1]:.3f}" in told
    told = shown(print_all, SMALL, right, [in_batches])
    assert max(map(len, told.splitlines())) <= 80
    assert f"n-by-n-averaged: {in_batches.set_up.words}" in " ".join(told.split())
    losses, *_ = draw_pair(SMALL, right, in_batches).axes
    np.testing.assert_array_equal(losses.lines[0].get_ydata(), its_right.losses)
    assert "(mini-batches)" in losses.get_title()
    sheet = draw_sheet(SMALL, right, [in_batches])
    np.testing.assert_array_equal(sheet.axes[0].lines[0].get_ydata(), its_right.losses)
    text = gallery_report(SMALL, right, [in_batches])
    assert in_batches.set_up.words in text
    assert f"the accuracy\n    {its_right.accuracy:.3f}" in text
    assert text.count(f'<td class="n">{its_right.losses[-1]:.3f}</td>') >= 1


def test_all_mistakes_in_a_terminal(right, runs):
    told = shown(print_all, SMALL, right, runs)
    assert max(map(len, told.splitlines())) <= 80
    for key in KEYS:
        assert key in told
    assert "Of 5 mistakes" in told
    assert "1 stop with an error" in " ".join(told.split())


# Pictures and the page ----------------------------------------------------------------------------


def test_a_picture_shows_both_losses_and_both_planes(right, runs):
    figure = draw_pair(SMALL, right, runs[0])
    losses, one, other = figure.axes
    drawn = [line.get_ydata() for line in losses.lines]
    np.testing.assert_array_equal(drawn[0], right.losses)
    np.testing.assert_array_equal(drawn[1], runs[0].losses)
    assert one.get_title() == f"right: accuracy {right.accuracy:.3f}"
    assert other.get_title() == f"with the mistake: accuracy {runs[0].accuracy:.3f}"
    X, y = (part[:160] for part in SMALL.new_points)
    wrong = (right.answers(X) > 0.5) != (y[:, 0] > 0.5)
    np.testing.assert_array_equal(one.collections[-1].get_offsets(), X[wrong])
    content = as_png(figure)
    assert content.startswith(b"\x89PNG")
    assert as_png(draw_pair(SMALL, right, runs[0])) == content


def test_a_sheet_has_a_tile_for_each_mistake_by_its_quantity(right, runs):
    figure = draw_sheet(SMALL, right, runs, columns=2)
    words = [text.get_text() for text in figure.texts]
    for key in KEYS:
        assert any(word.startswith(f"{key}\n") for word in words)
    assert any("TypeError" in word for word in words)
    assert len(figure.axes) == 2 * (len(KEYS) - 1)
    places = [axes.get_position() for axes in figure.axes]
    assert all(0 <= p.x0 < p.x1 <= 1 and 0 <= p.y0 < p.y1 <= 1 for p in places)
    apart = [
        p.x1 <= q.x0 or q.x1 <= p.x0 or p.y1 <= q.y0 or q.y1 <= p.y0
        for p in places for q in places if p is not q
    ]  # fmt: skip
    assert all(apart)


def test_all_words_of_a_sheet_are_within_it(right, in_batches):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = draw_sheet(Setting(), right, [in_batches])
    renderer = FigureCanvasAgg(figure).get_renderer()
    for text in figure.texts:
        box = text.get_window_extent(renderer)
        assert 0 <= box.x0 < box.x1 <= figure.bbox.x1, text.get_text()


def test_pictures_say_what_to_install(right, runs, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'chainrule\[plot\]'"):
        draw_pair(SMALL, right, runs[0])


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "br", "img", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else_and_can_be_read_aloud(right, runs):
    text = gallery_report(SMALL, right, runs)
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert "script" not in reader.tags
    assert not [value for name, value in reader.attributes if name in ("src", "href")
                and not value.startswith("#")]  # fmt: skip
    ids = [value for name, value in reader.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    named = {value for name, value in reader.attributes if name == "aria-labelledby"}
    assert named <= set(ids)
    assert reader.tags.count("svg") == len(KEYS) - 1  # one of them stops
    assert text.count("<title>") + text.count('<title id="') == 1 + len(KEYS) - 1
    assert "self.biases" in gallery_report(
        SMALL, right, [train(chosen(["b-never-updated"]), SMALL)]
    )
    assert "TypeError: unsupported operand" in text
    assert "sample 1, <code>backward</code> of layer 2:" in text
    assert "`" not in text
    assert gallery_report(SMALL, right, runs) == text


# The command --------------------------------------------------------------------------------------


def run(*arguments):
    return command.run(["course", "gallery", *arguments])


QUICK = ("--samples", "20", "--epochs", "2")


def test_the_list(capsys):
    assert run() == 0
    told = capsys.readouterr().out
    assert all(key in told for key in ENTRIES)
    assert "daⁿ = (ŷ − y) / (ŷ(1 − ŷ))" in told
    run("--json")
    listed = json.loads(capsys.readouterr().out)
    assert [one["key"] for one in listed if one["spoils"] == "η"] == ["learning-rate-changed"]
    assert len(listed) == len(ENTRIES)


def test_one_and_two_mistakes(capsys, tmp_path):
    png, html = tmp_path / "a.png", tmp_path / "a.html"
    run("db-sum", "sign", *QUICK, "--png", str(png), "--html", str(html))
    told = capsys.readouterr().out
    assert "db is one number" in told
    assert "y − ŷ in place of ŷ − y" in told
    assert png.read_bytes().startswith(b"\x89PNG")
    assert "db-sum and sign" in html.read_text(encoding="utf-8")


def test_all_of_them_as_data(capsys):
    assert run("--all", *QUICK, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["runs"]) == told["counts"]["mistakes"] == len(ENTRIES)
    by_key = {one["mistakes"][0]["key"]: one for one in told["runs"]}
    assert by_key["outer-transposed"]["kind"] == "stops"
    assert by_key["outer-transposed"]["error"].startswith("ValueError")
    assert by_key["loss-sign"]["losses"] == [-loss for loss in told["right"]["losses"]]
    assert told["setting"]["samples"] == 20
    assert by_key["sign"]["set_up"] is by_key["sign"]["right"] is None
    assert "mini-batches of 20" in by_key["n-by-n-averaged"]["set_up"]
    assert by_key["n-by-n-averaged"]["right"]["losses"] != told["right"]["losses"]
    assert by_key["log-of-zero"]["right"]["accuracy"] == by_key["log-of-zero"]["accuracy"]
    kinds = [one["kind"] for one in told["runs"]]
    assert kinds.count("stops") == told["counts"]["stops"] > 5


@pytest.mark.parametrize(("arguments", "told"), [
    (["sgn"], "did you mean 'sign'"),
    (["sign", "brackets"], "both change `da` in fit"),
    (["sign", "--all"], "leave sign out"),
    (["--png", "x.png"], "a picture of what"),
    (["sign", "--activation", "rleu"], "did you mean 'relu'"),
    (["sign", "--learning-rate", "0"], "above 0"),
    (["sign", "--png", "no/such/folder/x.png"], "cannot write"),
    (["returns-dz", "--samples", "2", "--png", "{}/x.png", "returns-nothing"], "both change"),
    (["returns-nothing", "--samples", "2", "--png", "{}/x.png"], "it stops in epoch 1, sample 1"),
])  # fmt: skip
def test_what_cannot_be_done_is_one_line_and_changes_no_file(arguments, told, tmp_path, capsys):
    assert run(*(argument.format(tmp_path) for argument in arguments)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert told in said.err
    assert list(tmp_path.iterdir()) == []


# The guide ----------------------------------------------------------------------------------------

GUIDE = Path(__file__).parents[2] / "docs" / "gallery.md"


def test_the_guide_s_figures_are_of_these_mistakes():
    """They are measured by `chainrule course gallery --all --json`, with the picture."""
    guide = GUIDE.read_text(encoding="utf-8")
    assert int(re.search(r"of all (\d+) mistakes", guide)[1]) == len(ENTRIES), "measure again"
    kinds = dict(re.findall(r"^\| ([a-z, NI]+\w) \| (\d+) \|$", guide, re.MULTILINE))
    assert set(kinds) <= set(KINDS.values())
    assert sum(map(int, kinds.values())) == len(ENTRIES)
    assert (GUIDE.parent / "images" / "gallery.png").is_file()


def test_the_guide_s_commands_and_code_run(capsys):
    guide = GUIDE.read_text(encoding="utf-8")
    commands = re.findall(r"^chainrule course gallery ?([^#\n]*)", guide, re.MULTILINE)
    keys = {word for line in commands for word in line.split("--")[0].split()}
    assert keys <= set(ENTRIES)
    assert len(keys) > 3
    exec(re.search(r"```python\n(.*?)```", guide, re.DOTALL)[1], {})
    assert capsys.readouterr().out.startswith("The printed loss")
