"""A report as data, and the sentences that both faces share."""

import json

import numpy as np
import pytest

from chainrule.reports import classification_result, regression_result


def test_verdict_on_classes(make_report, classified):
    report = make_report(classified(3))
    assert report.verdict() == (
        "83.3% of 6 test rows are classified rightly; always answering ‘class 2’ gets 33.3%."
    )


def test_verdict_says_when_nothing_was_learnt():
    codes, shares = np.array([0, 0, 1]), np.array([[0.9, 0.1]] * 3)
    assert (
        classification_result(codes, codes, shares, ["a", "b"])
        .verdict()
        .endswith("always answering ‘a’ gets 66.7%, so the network is no better than that.")
    )


def test_verdict_on_numbers(make_report, regressed):
    assert make_report(regressed(3)).verdict() == (
        "The predictions for 3 test rows are off by 1.000 on average; "
        "always answering the training mean is 3.333 off."
    )


def test_comparison_of_classes(make_report, classified):
    rows = make_report(classified(2)).comparison()
    assert [row.label for row in rows] == ["Accuracy", "Balanced accuracy", "ROC AUC", "Log loss"]
    assert (rows[0].network, rows[0].baseline, rows[0].better) == ("75.0%", "50.0%", True)


def test_comparison_knows_which_end_is_good():
    true, away = np.array([1.0, 2.0, 3.0]), np.array([9.0, 9.0, 9.0])
    assert [row.better for row in regression_result(true, true, true).comparison()] == [True] * 3
    assert [row.better for row in regression_result(true, true, away).comparison()] == [False] * 3


def test_what_is_not_defined_is_not_compared():
    constant = np.array([1.0, 1.0])
    r2 = regression_result(constant, constant, constant).comparison()[-1]
    assert (r2.network, r2.baseline, r2.better) == ("–", "–", None)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_json(make_report, classified, regressed, task):
    result = {"classification": classified, "regression": regressed}[task](4)
    history = {"epoch": [1.0], "loss": [float("nan")]}
    report = make_report(result, history=history, splits={"train": np.int64(3), "test": 4})
    said = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert said["chainrule"] == "1.2.3"
    assert said["task"] == task
    assert said["history"] == {"loss": [None]}
    assert said["splits"] == {"train": 3, "test": 4}
    assert said["test"] == result.scores.as_json()
    assert said["baseline"] == result.baseline.as_json()
    assert said["verdict"] == report.verdict()


def test_json_has_no_single_rows(make_report, classified):
    assert "probabilities" not in json.dumps(make_report(classified(3)).as_json())


def test_epochs_are_the_history_turned(make_report, classified):
    report = make_report(
        classified(2), history={"epoch": [1, 2], "loss": [3, 4], "seconds": [5, 6]}
    )
    assert report.epochs == [(3, 5), (4, 6)]
    assert report.n_epochs == 2


def test_a_run_without_epochs(make_report, classified):
    report = make_report(classified(2), history={}, best_epoch=0)
    assert (report.n_epochs, report.epochs) == (0, [])
