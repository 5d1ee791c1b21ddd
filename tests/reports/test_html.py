"""The page: whole, well formed, harmless, and the same again."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from chainrule.reports import write_html
from chainrule.reports.html import render_html

HOSTILE = "<script>alert('1')</script>\"><img src=x onerror=alert(2)>{{ 7 * 7 }}$x$"
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """The elements of a page; every one that is opened has to be closed in turn."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.words = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def outline(html):
    parsed = Outline()
    parsed.feed(html)
    parsed.close()
    assert parsed.open == []
    return parsed


@pytest.fixture(scope="module", params=["two classes", "three classes", "many classes", "numbers"])
def report(request, make_report, classified, regressed):
    results = {
        "two classes": lambda: classified(2),
        "three classes": lambda: classified(3),
        "many classes": lambda: classified(15),
        "numbers": lambda: regressed(20),
    }
    return make_report(results[request.param]())


@pytest.fixture(scope="module")
def html(report):
    return render_html(report)


def test_page_is_well_formed(html):
    page = outline(html)
    names = [attributes["id"] for _, attributes in page.seen if "id" in attributes]
    assert len(names) == len(set(names))
    assert ("html", {"lang": "en"}) in page.seen
    tags = [tag for tag, _ in page.seen]
    assert tags.count("h1") == 1
    assert tags.count("table") == tags.count("caption")
    assert all("scope" in attributes for tag, attributes in page.seen if tag == "th")
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        assert ElementTree.fromstring(svg).find("{*}title").text


def test_page_asks_for_nothing(html):
    assert set(re.findall(r"https?:[^\"'<> ]+", html)) == {"http://www.w3.org/2000/svg"}
    tags = {tag for tag, _ in outline(html).seen}
    assert not tags & {"script", "link", "img", "iframe", "object", "base"}
    assert "@import" not in html
    assert all(link.startswith("#") for link in re.findall(r"url\((.*?)\)", html))


def test_page_says_what_the_report_says(report, html):
    text = outline(html).text
    assert report.verdict() in text
    for row in report.comparison():
        assert f"{row.label} {row.meaning}" in text
        assert f"{row.network} {row.baseline}" in text
    assert "4 → 8 → 3, relu" in text
    assert "the column 'id' is left out" in text
    assert "The weights of epoch 2 were kept." in text
    assert "Made by chainrule 1.2.3." in text


def test_same_report_same_bytes(report, tmp_path):
    write_html(report, tmp_path / "one.html")
    write_html(report, tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.html", "two.html"]


def test_users_words_stay_words(make_report, classified):
    report = make_report(
        classified(3, [HOSTILE, "\x1b[31m", "b"]),
        title=HOSTILE,
        target=HOSTILE,
        notes=[HOSTILE],
        facts={HOSTILE: HOSTILE},
        history={"loss": [1.0], HOSTILE: [2.0]},
        version=HOSTILE,
    )
    html = render_html(report)
    page = outline(html)
    assert not {tag for tag, _ in page.seen} & {"script", "img"}
    assert HOSTILE in page.text
    assert "\x1b" not in html
    assert "49" not in re.findall(r">(\d+)<", html)


def test_confusion_table_is_for_few_classes(make_report, classified):
    assert "Test rows by true class" in render_html(make_report(classified(12)))
    assert "Test rows by true class" not in render_html(make_report(classified(13)))


def test_what_was_not_run_is_not_shown(make_report, regressed):
    html = render_html(make_report(regressed(), history={}, best_epoch=None, notes=[], facts={}))
    assert "Every epoch" not in html
    assert "About the data" not in html


def test_initial_weights_are_no_epoch(make_report, regressed):
    assert "were kept" not in render_html(make_report(regressed(), best_epoch=0))


def test_baseline_that_is_no_worse_is_said(make_report, regressed):
    result = regressed()
    better = type(result)(result.baseline, result.scores, result.true, result.predicted)
    text = outline(render_html(make_report(better))).text
    assert "so the network is no better than that" in text
    assert "not better" in text


def test_a_page_that_fails_leaves_the_old_one(make_report, classified, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    ragged = make_report(classified(2), history={"loss": [1.0], "seconds": [1.0, 2.0]})
    with pytest.raises(ValueError, match="zip"):
        write_html(ragged, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_missing_is_an_error(make_report, regressed, tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        write_html(make_report(regressed()), tmp_path / "nowhere" / "report.html")


def test_float32_rows_do_as_well(make_report, classified, regressed):
    classes, values = classified(3), regressed(5)
    single = type(classes)(
        classes.scores, classes.baseline, classes.true, classes.probabilities.astype(np.float32)
    )
    numbers = type(values)(
        values.scores, values.baseline, values.true.astype(np.float32),
        values.predicted.astype(np.float32),
    )  # fmt: skip
    assert all(outline(render_html(make_report(result))).text for result in (single, numbers))


def test_template_and_style_lie_beside_the_code():
    from chainrule.reports import html

    room = Path(html.__file__).parent
    assert {"report.html", "report.css"} <= {path.name for path in room.iterdir()}
