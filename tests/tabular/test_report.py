"""What an estimator says of its fit, on rows that the networks did not see."""

import copy
import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import log_loss

from chainrule import TabularClassifier, TabularRegressor, load, save


def table(n=240, seed=0):
    rng = np.random.default_rng(seed)
    rows = {
        "signal": rng.normal(size=n),
        "noise": rng.normal(size=n),
        "city": rng.choice([f"city {i}" for i in range(12)], n),
        "yes": rng.random(n) < 0.5,
        "day": np.datetime64("2024-01-01") + rng.integers(0, 300, n),
        "id": [f"name {i}" for i in range(n)],
        "always": [1] * n,
    }
    frame = pl.DataFrame(rows)
    return frame, rows["signal"] + (np.array(rows["city"]) == "city 3")


@pytest.fixture(scope="module")
def classified():
    X, score = table()
    y = np.array(["low", "middle", "high"])[np.digitize(score, [-0.5, 0.7])]
    return TabularClassifier(n_members=3, random_state=0).fit(X, y), X, y


@pytest.fixture(scope="module")
def regressed():
    X, score = table()
    return TabularRegressor(n_members=3, random_state=0).fit(X, 1e6 * score), X, 1e6 * score


@pytest.fixture(params=["classified", "regressed"])
def fitted(request):
    return request.getfixturevalue(request.param)


def test_the_column_that_matters_is_first_and_noise_matters_little(fitted):
    model, X, y = fitted
    found = {one.name: one for one in model.report(X, y).importance}
    assert next(iter(found)) == "signal"
    assert set(found) == {"signal", "noise", "city", "yes", "day"}
    assert found["signal"].mean > 5 * abs(found["noise"].mean)
    assert all(one.spread >= 0 for one in found.values())


def test_the_same_seed_says_the_same(fitted):
    model, X, y = fitted
    first, again, other = (model.report(X, y, repeats=2, seed=seed) for seed in (1, 1, 2))
    assert first.importance == again.importance
    assert first.importance != other.importance


def test_importance_is_that_of_permuting_the_columns_of_the_table(classified):
    # beside the loss of the table with one column permuted, as scikit-learn computes the loss
    model, X, y = classified
    fitted, column = model.fitted_, "city"
    rows = np.flatnonzero(fitted.held_out_by == 0)
    codes = np.searchsorted(model.classes_, y)[rows]

    def loss(frame):
        x = fitted.ensemble.inputs.of_rows(model._encoded(frame))
        p = np.exp(fitted.ensemble.networks[0].predict(x).astype(np.float64))
        return log_loss(codes, p / p.sum(axis=1, keepdims=True), labels=[0, 1, 2])

    from chainrule.ensembles import permutation_importance
    from chainrule.tabular.column_use import feature_blocks

    found = permutation_importance(
        fitted, model._encoded(X), model._targets(y), [feature_blocks(model.columns_)[column]],
        repeats=1, seed=3,
    )  # fmt: skip
    order = np.random.default_rng(3).permutation(len(rows))
    held_out = X[rows]
    permuted = held_out.with_columns(held_out[column][order])
    assert found[0, 0] == pytest.approx(loss(permuted) - loss(held_out), rel=1e-4, abs=1e-6)


def test_members_and_all_of_them_on_test_rows(classified):
    model, X, y = classified
    X_test, score = table(seed=1)
    y_test = np.array(["low", "middle", "high"])[np.digitize(score, [-0.5, 0.7])]
    report = model.report(X, y, test=(X_test, y_test), repeats=1)
    assert sum(one.n_rows for one in report.members) == 240
    assert report.test_loss == pytest.approx(
        log_loss(y_test, model.predict_proba(X_test)), rel=1e-4
    )
    mean = np.average(
        [one.loss for one in report.members], weights=[one.n_rows for one in report.members]
    )
    assert mean == pytest.approx(report.loss, rel=1e-5)
    assert "their mean answer" in str(report)
    assert 0 < report.calibration_error < 0.3


def test_what_each_column_became(classified):
    model, X, y = classified
    uses = {one.name: one for one in model.report(X, y, repeats=1).columns}
    assert (uses["signal"].kind, uses["signal"].n_levels) == ("number", 20)
    assert (uses["city"].n_levels, uses["city"].became) == (12, "learned vectors")
    assert uses["yes"].became == "0 or 1"
    assert uses["day"].became == "days, day of year, weekday"
    assert uses["always"].left_out == "one value only"
    assert "identifiers" in uses["id"].left_out
    assert sum(one.n_features for one in uses.values()) == len(model.columns_.feature_names)


def test_it_is_a_text_and_json(fitted):
    model, X, y = fitted
    report = model.report(X, y, repeats=1)
    said = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert set(said) >= {"importance", "members", "columns"}
    assert ("calibration" in said) == (report.calibration_error is not None)
    assert "temperature" in str(report).lower() or report.held_out is None


def test_a_fit_that_answers_with_the_baseline_is_reported_too(regressed):
    model, X, y = regressed
    model = copy.copy(model)
    baseline = replace(model.fitted_.ensemble, networks=())
    model.fitted_ = replace(model.fitted_, ensemble=baseline)
    report = model.report(X, y, test=(X, y))
    assert {one.mean for one in report.importance} == {0.0}
    assert report.test_loss == pytest.approx(0.5, rel=1e-4)  # half the variance
    assert [one.test_loss for one in report.members] == [None] * 3
    assert "–" in str(report)


@pytest.mark.parametrize(("rows", "words"), [(slice(0, 50), "fitted to 240 rows"),
                                             (slice(None, None, -1), "another order")])  # fmt: skip
def test_other_rows_are_refused(fitted, rows, words):
    model, X, y = fitted
    with pytest.raises(ValueError, match=words):
        model.report(X[rows], y[rows])


def test_classes_that_the_fit_did_not_have_are_refused(classified):
    model, X, y = classified
    with pytest.raises(ValueError, match=r"y has the class .*huge.*known: high, low, middle"):
        model.report(X, np.where(y == "low", "huge", y))
    with pytest.raises((ValueError, TypeError), match="repeats"):
        model.report(X, y, repeats=0)


def test_rows_with_means_of_the_target_are_those_of_the_fit():
    rng = np.random.default_rng(0)
    level = rng.integers(0, 90, 600)
    X = pl.DataFrame({"shop": [f"shop {i}" for i in level], "size": rng.normal(size=600)})
    y = np.sin(level) + 0.1 * rng.normal(size=600)
    model = TabularRegressor(n_members=2, random_state=None).fit(X, y)
    assert any("mean of the target" in name for name in model.columns_.feature_names)
    report = model.report(X, y, repeats=1)
    assert report.importance[0].name == "shop"
    assert report.columns[0].became.endswith("; the target's mean at each level")


def test_a_model_from_a_file_says_that_it_cannot_know(fitted, tmp_path):
    model, X, y = fitted
    save(model, tmp_path / "model")
    with pytest.raises(ValueError, match="before it is saved"):
        load(tmp_path / "model").report(X, y)
