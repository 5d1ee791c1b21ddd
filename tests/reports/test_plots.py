"""Plots: what they hold, at the edges too, and the SVG they become."""

import re
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest

from chainrule.reports import classification_result
from chainrule.reports.plots import classes, numbers, plots
from chainrule.reports.plots.canvas import as_svg, house_style, new_figure
from chainrule.reports.plots.training import loss_curves

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def ids(svg):
    return re.findall(r'\bid="([^"]+)"', svg)


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ([1.0, 0.5, 0.2], "linear"),
        ([1.0, 0.1, 0.001], "log"),
        ([1.0, 0.1, 0.00001], "log"),
        ([1.0, 0.1, 0.0], "linear"),
        ([1.0, -0.1, -5.0], "linear"),
        ([0.7, 0.7, 0.7], "linear"),
        ([0.0, 0.0], "linear"),
        ([0.3], "linear"),
        ([float("nan")], "linear"),
        (list(np.geomspace(1, 1e-8, 200)), "log"),
    ],
)
def test_loss_curves(losses, scale):
    figure = loss_curves({"loss": losses}, best_epoch=1)
    assert figure.axes[0].get_yscale() == scale
    assert "training" in texts(as_svg(figure, "loss"))


def test_both_losses_and_the_kept_epoch_are_drawn():
    history = {"loss": [3.0, 2.0, 1.0], "validation_loss": [3.5, 2.5, 2.75]}
    axes = loss_curves(history, best_epoch=2).axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["training", "validation", "kept: epoch 2"]
    (mark,) = [line for line in axes.lines if line.get_label() == "kept: epoch 2"]
    assert (list(mark.get_xdata()), list(mark.get_ydata())) == ([2], [2.5])


@pytest.mark.parametrize("best_epoch", [None, 0, 7])
def test_no_epoch_is_marked_that_was_not_run(best_epoch):
    svg = as_svg(loss_curves({"loss": [2.0, 1.0]}, best_epoch), "loss")
    assert not any("kept" in text for text in texts(svg))


@pytest.mark.parametrize(
    ("k", "count", "shown"), [(2, 3, "3\n100%"), (12, 3, "3"), (30, 999, "999"), (60, 9, None)]
)
def test_cells_say_what_there_is_room_for(k, count, shown):
    figure = classes.confusion_matrix(np.eye(k, dtype=int) * count, [f"c{i}" for i in range(k)])
    cells = {text.get_text() for text in figure.axes[0].texts}
    assert cells == ({shown} if shown else set())
    assert len(figure.axes[0].patches) == k  # empty cells cost nothing
    assert len(figure.axes[0].get_xticks()) <= 30


def test_a_class_without_rows_has_an_empty_row():
    svg = as_svg(classes.confusion_matrix(np.array([[2, 1], [0, 0]]), ["a", "b"]), "confusion")
    assert "66.7%" in texts(svg)


def test_names_are_drawn_as_they_are():
    names = ["$a$ and $", "<b>&", "漢字", "x" * 99, "a\nb\x00"]
    svg = as_svg(classes.confusion_matrix(np.eye(5, dtype=int), names), "confusion")
    assert {"$a$ and $", "<b>&", "漢字", "x" * 13 + "…", "a b�"} <= set(texts(svg))


def test_roc_curve_passes_the_points_worked_by_hand():
    figure = classes.roc_curve(np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.6, 0.9]), "yes")
    (curve,) = [line for line in figure.axes[0].lines if line.get_label() == "network"]
    points = set(zip(curve.get_xdata(), curve.get_ydata(), strict=True))
    assert points == {(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)}


def test_calibration_by_hand():
    probability = np.array([0.02, 0.04, 0.95, 1.0])
    said, seen, errors = classes._by_bin(probability, np.array([False, True, True, True]))
    assert said == pytest.approx([0.03, 0.975])
    assert seen == [0.5, 1.0]
    assert errors.shape == (2, 2)
    assert (errors >= 0).all()


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("happened", [False, True])
def test_calibration_of_rows_all_alike(probability, happened):
    figure = classes.calibration(np.full(2, probability), np.full(2, happened), "probability")
    assert "observed share" in texts(as_svg(figure, "calibration"))


@pytest.mark.parametrize(("share", "n"), [(0.0, 1), (1.0, 1), (0.3, 7), (0.5, 10**6)])
def test_wilson_holds_the_share(share, n):
    low, high = classes.wilson(share, n)
    assert -1e-12 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1 + 1e-12


@pytest.mark.parametrize(
    ("true", "predicted"),
    [
        ([1.0, 2.0], [1.5, 1.5]),
        ([1.0, 1.0], [1.0, 1.0]),
        ([0.0], [0.0]),
        ([1e12, -1e12, 3.0], [0.0, 1.0, 2.0]),
    ],
)
@pytest.mark.parametrize("draw", [numbers.predicted_against_true, numbers.residuals])
def test_plots_of_numbers_at_the_edges(draw, true, predicted):
    svg = as_svg(draw(np.array(true), np.array(predicted)), "numbers")
    assert svg.count("<use") >= len(true)


def test_residuals_are_true_minus_predicted():
    axes = numbers.residuals(np.array([1.0, 5.0]), np.array([2.0, 3.0])).axes[0]
    np.testing.assert_allclose(axes.lines[-1].get_xydata(), [[2, -1], [3, 2]])


def test_many_rows_are_thinned_evenly():
    shown = numbers.shown_rows(100_001)
    assert len(shown) == numbers.MOST_POINTS
    assert (shown[0], shown[-1]) == (0, 100_000)
    assert numbers.shown_rows(3).tolist() == [0, 1, 2]


def test_svg_is_the_same_again_and_stands_alone():
    def draw():
        return as_svg(loss_curves({"loss": [2.0, 1.0]}, 1), "Loss <by> epoch")

    svg = draw()
    assert svg == draw()
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    title = root.find(f"{SVG}title")
    assert title.text == "Loss <by> epoch"
    assert root.get("aria-labelledby") == title.get("id")
    assert svg.count("http") == 1  # the namespace
    assert root.find(f".//{SVG}style") is None
    assert root.find(f".//{SVG}metadata") is None


def test_svg_refers_to_its_own_ids_alone():
    svg = as_svg(loss_curves({"loss": [2.0, 1.0]}, 1), "loss")
    other = as_svg(loss_curves({"loss": [2.0, 1.0]}, 1), "another loss")
    referred = re.findall(r'(?:href="|url\()#([^")]+)', svg)
    assert referred
    assert set(referred) <= set(ids(svg))
    assert len(set(ids(svg))) == len(ids(svg))
    assert not set(ids(svg)) & set(ids(other))


def test_users_settings_neither_matter_nor_change():
    with mpl.rc_context({"font.size": 30, "axes.grid": False}):
        before = dict(mpl.rcParams)
        svg = as_svg(loss_curves({"loss": [2.0, 1.0]}, 1), "loss")
        assert dict(mpl.rcParams) == before
    assert svg == as_svg(loss_curves({"loss": [2.0, 1.0]}, 1), "loss")


def test_every_colour_can_be_changed_by_the_page():
    with house_style():
        figure, _ = new_figure()
    colours = re.findall(r"(?<!, )#[0-9a-f]{6}\b", as_svg(figure, "empty"))
    assert colours == []


def headings(report):
    return [plot.heading for plot in plots(report)]


def test_plots_of_two_classes(make_report, classified):
    assert headings(make_report(classified(2))) == [
        "Loss by epoch", "Confusion matrix", "ROC curve of ‘class 1’", "Calibration",
    ]  # fmt: skip


def test_no_roc_curve_of_a_single_class(make_report):
    result = classification_result(
        np.array([0, 1]), np.array([0, 0]), np.array([[0.7, 0.3], [0.2, 0.8]]), ["a", "b"]
    )
    assert headings(make_report(result)) == ["Loss by epoch", "Confusion matrix", "Calibration"]


def test_plots_of_many_classes_have_the_wide_one_last(make_report, classified):
    assert headings(make_report(classified(20))) == [
        "Loss by epoch", "Calibration", "Confusion matrix",
    ]  # fmt: skip


def test_plots_of_numbers_without_epochs(make_report, regressed):
    drawn = plots(make_report(regressed(2500), history={}, best_epoch=None))
    assert [plot.heading for plot in drawn] == ["Predicted against true", "Residuals"]
    assert drawn[0].caption.endswith("2,000 of 2,500 rows are drawn.")
