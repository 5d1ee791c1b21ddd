"""Sections of a report: as text, on the page and in JSON, harmless in each."""

import numpy as np
import pytest

from chainrule.reports import Heading, Section
from chainrule.reports.html import render_html
from chainrule.reports.plots import importance_plot
from chainrule.reports.scores import calibration_error

HOSTILE = "<script>alert('1')</script>{{ 7 * 7 }}$x$\x1b[31m"


@pytest.fixture
def section():
    return Section(
        "importance",
        "Importance",
        "Larger is more.",
        (Heading("Column", is_number=False), Heading("Loss grows by")),
        [("age", "0.1000"), (HOSTILE, "12.0000")],
        [{"name": "age", "mean": 0.1}],
        lambda: importance_plot(["age", HOSTILE], np.array([2.0, 0.5]), np.array([0.1, 0.2])),
    )


def test_the_page_has_the_table_and_the_picture(section, make_report, classified):
    html = render_html(make_report(classified(3), sections=[section]))
    assert '<h2 id="importance">Importance</h2>' in html
    assert '<td class="n">0.1000</td>' in html
    assert "<script" not in html
    assert "alert(" in html
    assert html.count("<svg") == 1 + render_html(make_report(classified(3))).count("<svg")
    assert html == render_html(make_report(classified(3), sections=[section]))


def test_json_has_the_data_under_the_key(section, make_report, classified):
    assert make_report(classified(3), sections=[section]).as_json()["importance"] == section.data


def test_the_text_has_aligned_columns(section):
    lines = section.as_text().splitlines()
    assert lines[0] == "Importance"
    assert [
        line.endswith(end)
        for line, end in zip(lines[2:5], ("by", "0.1000", "12.0000"), strict=True)
    ]
    assert len({len(line) for line in lines[2:5]}) == 1
    assert "\x1b" not in section.as_text()


def test_the_calibration_error_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]])
    # bin of 0.9: 1 of 2 right, 0.4 too sure; bin of 0.6: right, 0.4 too unsure
    assert calibration_error(np.array([0, 1, 1]), probabilities) == pytest.approx(0.4)
    assert calibration_error(np.array([0, 0, 0]), np.eye(3)[[0, 0, 0]]) == 0.0
