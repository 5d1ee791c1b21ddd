"""The tabular estimators: scikit-learn's checks, tables as they come, what never falls over."""

import pickle
import warnings
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

from chainrule import TabularClassifier, TabularRegressor
from chainrule.ensembles import fit_ensemble

_NOT_EQUIVALENT = {
    "check_sample_weight_equivalence_on_dense_data": (
        "folds and batches are of rows: a row of weight 2 is in one of them, two rows are in two"
    )
}


@parametrize_with_checks(
    [TabularClassifier(n_members=2), TabularRegressor(n_members=2)],
    expected_failed_checks=lambda estimator: _NOT_EQUIVALENT,
)
def test_scikit_learns_checks(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # random targets: the baseline is given
        check(estimator)


def table(n=240, seed=0):
    """Return a frame of every kind of column, a number and a class that depend on it."""
    rng = np.random.default_rng(seed)
    number = rng.normal(size=n)
    city = rng.choice(["Bern", "Chur", "Genf"], n)
    paid = rng.random(n) < 0.5
    day = np.datetime64("2024-01-01") + rng.integers(0, 300, n)
    y = number + 2.0 * (city == "Chur") - 1.5 * paid
    columns = {
        "number": [None if i % 7 == 0 else float(v) for i, v in enumerate(number)],
        "city": [None if i % 11 == 0 else str(v) for i, v in enumerate(city)],
        "paid": paid,
        "day": day,
    }
    return pl.DataFrame(columns), y, np.where(y > 0.5, "high", "low")


def pandas():
    return pytest.importorskip("pandas", reason="frames of pandas need it")


def test_a_frame_as_it_comes():
    frame, y, classes = table()
    regressor = TabularRegressor(random_state=0).fit(frame, y)
    assert regressor.score(frame, y) > 0.75
    classifier = TabularClassifier(random_state=0).fit(frame, classes)
    assert classifier.classes_.tolist() == ["high", "low"]
    assert classifier.score(frame, classes) > 0.85
    assert [column.name for column in classifier.columns_.features] == frame.columns


def test_frames_of_polars_and_pandas_are_the_same():
    frame, y, _ = table()
    of_pandas = pandas().DataFrame({name: frame[name].to_numpy() for name in frame.columns})
    one, other = (
        TabularRegressor(n_members=2, random_state=0).fit(given, y).predict(given)
        for given in (frame, of_pandas)
    )
    np.testing.assert_array_equal(one, other)


def test_an_array_of_objects_as_it_comes():
    frame, y, _ = table()
    mixed = np.array(frame.select("number", "city").rows(), dtype=object)
    assert TabularRegressor(n_members=2, random_state=0).fit(mixed, y).score(mixed, y) > 0.5


@pytest.mark.parametrize("made", ["pandas", "polars"])
def test_categories_of_a_frame_stay_categories(made):
    codes = np.random.default_rng(0).integers(0, 12, 200)
    y = np.array([3.0, -1, 4, 1, -5, 9, 2, 6, -5, 3, 5, -8])[codes]
    if made == "pandas":
        frame = pandas().DataFrame({"code": pandas().Categorical(codes)})
    else:
        frame = pl.DataFrame({"code": codes.astype(str)}).cast(pl.Categorical)
    model = TabularRegressor(n_members=2, random_state=0).fit(frame, y)
    assert model.columns_.features[0].kind.noun == "a category"
    assert model.score(frame, y) > 0.9


@pytest.mark.parametrize("kind", [TabularRegressor, TabularClassifier])
def test_a_category_of_many_levels(kind):
    rng = np.random.default_rng(0)
    level = rng.integers(0, 200, 1000)
    effect = rng.normal(size=200)[level]
    frame = pl.DataFrame({"level": [f"L{i}" for i in level], "x": rng.normal(size=1000)})
    y = effect if kind is TabularRegressor else np.where(effect > 0, "up", "down")
    model = kind(n_members=2, random_state=0).fit(frame[:800], y[:800])
    assert model.score(frame[800:], y[800:]) > 0.8
    odd = pl.DataFrame({"level": ["never seen", None], "x": [0.0, 0.0]})
    assert len(model.predict(odd)) == 2


def test_levels_that_training_did_not_see():
    frame, y, _ = table()
    model = TabularRegressor(n_members=2, random_state=0).fit(frame, y)
    new = frame.with_columns(city=pl.lit("Basel"))
    assert np.isfinite(model.predict(new)).all()


def test_columns_in_another_order_are_refused_as_by_scikit_learn():
    frame, y, _ = table()
    frame = frame.select("number", "paid")
    model = TabularRegressor(n_members=2, random_state=0).fit(frame, y)
    with pytest.raises(ValueError, match="same order as they were in fit"):
        model.predict(frame.select(frame.columns[::-1]))


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_the_same_seed_gives_the_same_bits(n_threads):
    frame, _, classes = table()
    models = [
        TabularClassifier(n_members=3, random_state=5, n_threads=n).fit(frame, classes)
        for n in (n_threads, None)
    ]
    one, other = (model.predict_proba(frame) for model in models)
    np.testing.assert_array_equal(one, other)


def test_pickles_and_clones():
    frame, y, _ = table()
    model = TabularRegressor(n_members=2, random_state=0).fit(frame, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))
    np.testing.assert_array_equal(clone(model).fit(frame, y).predict(frame), model.predict(frame))


def test_a_search_over_its_parameters():
    frame, y, _ = table(120)
    search = GridSearchCV(TabularRegressor(random_state=0), {"n_members": [1, 2]}, cv=2)
    assert search.fit(frame, y).best_params_["n_members"] in {1, 2}


# Intervals ---------------------------------------------------------------------------------


def test_intervals_cover_rows_that_training_did_not_see():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1400, 2))
    y = x[:, 0] - x[:, 1] ** 2 + rng.normal(size=1400)
    model = TabularRegressor(n_members=4, random_state=0).fit(x[:700], y[:700])
    for coverage in (0.5, 0.9):
        low, high = model.predict_interval(x[700:], coverage=coverage).T
        covered = np.mean((low <= y[700:]) & (y[700:] <= high))
        assert coverage - 0.06 < covered < coverage + 0.06
    with pytest.raises(ValueError, match="coverage"):
        model.predict_interval(x, coverage=1.0)


# It never falls over -----------------------------------------------------------------------


def noisy(n=700, d=4, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, d))
    return z, np.sin(2 * z[:, 0]) + z[:, 1] * z[:, 2] + 0.1 * rng.normal(size=n)


def error(x, y, **options):
    """Return the root mean square error on the last 200 rows, of the target's deviation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the baseline may be better
        model = TabularRegressor(n_members=3, random_state=0, **options).fit(x[:-200], y[:-200])
    return np.sqrt(np.mean((model.predict(x[-200:]) - y[-200:]) ** 2)) / np.std(y[-200:])


@pytest.mark.parametrize(
    "stretch",
    [
        lambda z: np.exp(6 * z),
        lambda z: np.sign(z) * np.abs(z) ** 9,
        lambda z: 1e12 + z,
        lambda z: 1e-200 * z,
        lambda z: 1e200 * z,
    ],
    ids=["lognormal", "ninth power", "far from 0", "tiny", "huge"],
)
def test_numbers_on_any_scale(stretch):
    z, y = noisy()
    plain = error(z, y)
    assert plain < 0.75
    assert error(stretch(z), y) < 1.3 * plain  # within a bin its place is all that is left


@pytest.mark.parametrize(("factor", "shift"), [(1e9, 3e9), (1e-9, 0.0), (1.0, 1e6)])
def test_targets_on_any_scale(factor, shift):
    z, y = noisy()
    assert error(z, factor * y + shift) == pytest.approx(error(z, y), rel=0.05)


def test_one_rare_class():
    z, y = noisy()
    classes = np.where(y > 0, 1, 0)
    classes[3] = 2
    model = TabularClassifier(n_members=3, random_state=0).fit(z[:500], classes[:500])
    probabilities = model.predict_proba(z[500:])
    assert probabilities.shape == (200, 3)
    assert log_loss(classes[500:], probabilities, labels=[0, 1, 2]) < 0.65


def test_nearly_everything_is_missing():
    z, y = noisy()
    z[np.random.default_rng(1).random(z.shape) < 0.9] = np.nan
    assert error(z, y) < 1.1


def test_more_columns_than_rows():
    z, y = noisy(300)
    wide = np.hstack([z, np.random.default_rng(2).normal(size=(300, 400))])
    assert error(wide, y) < 1.15


def test_a_shifted_table_gives_answers_that_training_knew():
    z, y = noisy()
    model = TabularRegressor(n_members=2, random_state=0).fit(z, y)
    far = model.predict(z + 1e6)
    assert far.min() >= y.min()
    assert far.max() <= y.max()


def test_rows_that_stand_there_many_times():
    z, y = noisy()
    classes = (y > 0).astype(int)
    which = np.random.default_rng(3).integers(0, 100, 500)
    model = TabularClassifier(n_members=3, random_state=0).fit(z[which], classes[which])
    assert log_loss(classes[500:], model.predict_proba(z[500:])) < 0.9


def test_where_one_answer_for_all_rows_is_better_it_is_given_and_said(monkeypatch):
    def fit_without_success(*arguments, **options):
        fitted = fit_ensemble(*arguments, **options)
        return replace(fitted, ensemble=replace(fitted.ensemble, networks=()), loss=0.9)

    monkeypatch.setattr("chainrule.tabular.base.fit_ensemble", fit_without_success)
    z, classes = noisy(60)[0], np.repeat([0, 1], [42, 18])
    with pytest.warns(
        UserWarning, match=r"no better than one answer for all rows \(loss 0.9 against"
    ):
        model = TabularClassifier(n_members=1, random_state=1).fit(z, classes)
    np.testing.assert_allclose(model.predict_proba(z)[:, 1], 0.3, atol=1e-6)


# Bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.ones((4, 2)), [0, 1, 0, 1], "one value only"),
        ([[1.0], [2.0]], [1, 1], "one class alone, .*1"),
        ([[1.0], [2.0]], [1, 2, 3], "inconsistent numbers of samples"),
        ([[np.inf], [2.0]], [1, 2], "infinity"),
        (pl.DataFrame({"a": [np.inf, 2.0]}), [1, 2], "inf"),
        (pl.DataFrame({"a": []}), [], "0 sample"),
    ],
)
def test_what_cannot_be_learnt_from(x, y, message):
    with pytest.raises(ValueError, match=message):
        TabularClassifier(n_members=2).fit(x, y)


def test_two_columns_of_one_name():
    twice = pandas().DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    with pytest.raises(ValueError, match="'a'"):
        TabularClassifier(n_members=2).fit(twice, [1, 2])


def test_members_are_counted():
    with pytest.raises(ValueError, match="n_members must be at least 1"):
        TabularRegressor(n_members=0).fit([[1.0], [2.0]], [1, 2])
