"""Methods on the same rows of a table: how each is fed, scored and placed, and how one fails."""

import dataclasses
import datetime
import multiprocessing
import os

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import OrdinalEncoder
from threadpoolctl import threadpool_limits

from chainrule.comparing import (
    METHODS,
    Figures,
    compare,
    feeding,
    methods,
    problem_of,
    running,
    standings,
    winners,
)
from chainrule.tables import load_example, read_table


@pytest.fixture(autouse=True)
def one_thread():
    """Leave the other cores alone: OpenMP's threads wait by turning in circles."""
    with threadpool_limits(1):
        yield


def mixed(n=120, seed=0):
    """Return columns of every kind with missing values; the class follows from the first two."""
    rng = np.random.default_rng(seed)
    width, colour = rng.normal(size=n), rng.choice(["red", "white", None], n).tolist()
    return pl.DataFrame(
        {
            "width": np.where(rng.random(n) < 0.1, np.nan, width),
            "colour": colour,
            "wild": rng.choice([True, False, None], n).tolist(),
            "seen": np.datetime64("2024-01-01") + rng.integers(0, 700, n),
            "always": ["x"] * n,
            "number": 3 * width + pl.Series(colour).eq("red").fill_null(False).to_numpy(),
            "kind": np.where(
                width + pl.Series(colour).eq("red").fill_null(False).to_numpy() > 0.5,
                "rosa",
                "alba",
            ),
        },
        schema_overrides={"wild": pl.Boolean},
    ).with_columns(pl.col("width").fill_nan(None))


@pytest.fixture
def problem(tmp_path):
    """Return a function that poses a target of the mixed table."""

    def make(target, other, **options):
        mixed().drop(other).write_csv(tmp_path / "t.csv")
        return problem_of(read_table(tmp_path / "t.csv"), target, **options)

    return make


def test_all_methods_get_the_same_columns_whose_types_say_their_kinds(problem):
    posed = problem("kind", "number", repeats=2)
    kinds = dict(posed.frame.schema)
    assert list(kinds) == ["width", "colour", "wild", "seen"]
    assert kinds["colour"] == pl.Enum(["red", "white"])
    assert kinds["wild"] == pl.Boolean
    assert [str(note) for note in posed.notes if "always" in note]
    assert posed.classes == ("alba", "rosa")
    first, second = posed.splits
    assert set(first.train) | set(first.test) == set(range(120))
    assert set(first.test) != set(second.test)
    assert len(first.test) == 24


def test_the_matrix_has_codes_by_frequency_and_nan_for_missing_and_unseen():
    levels = pl.Enum(["a", "b", "c"])
    learnt = pl.DataFrame(
        {"c": pl.Series(["b", "b", "a", None], dtype=levels), "t": [True, None, False, True]}
    )
    later = pl.DataFrame({"c": pl.Series(["a", "c", None], dtype=levels), "t": [None, True, False]})
    np.testing.assert_array_equal(
        feeding.numbering(learnt)(later), [[1, np.nan], [np.nan, 1], [np.nan, 0]]
    )
    assert feeding.are_categories(learnt) == [True, False]


def test_dates_are_numbers_for_others():
    frame = pl.DataFrame({"d": [datetime.datetime(1970, 2, 1, 12)]})
    plain = feeding.plain_columns(frame)
    assert plain.row(0) == (31.5, 32.0, 7.0, 0.5)


def test_the_frame_of_pandas_has_its_categories():
    pytest.importorskip("pandas", reason="the frame is one of pandas")
    frame = pl.DataFrame({"c": pl.Series(["b", None], dtype=pl.Enum(["a", "b"])), "x": [1.0, None]})
    got = feeding.as_pandas(frame)
    assert list(got.select_dtypes("category")) == ["c"]
    assert got["c"].tolist()[0] == "b"
    assert got["c"].isna().tolist() == got["x"].isna().tolist() == [False, True]


def test_boosting_answers_as_one_that_is_fitted_by_hand(problem):
    posed = problem("kind", "number")
    split, colours = posed.splits[0], posed.frame["colour"].cast(pl.String).to_numpy()
    colour = OrdinalEncoder().fit_transform(colours[:, np.newaxis].astype(object))
    moments = posed.frame["seen"].dt
    X = np.column_stack(
        [
            posed.frame["width"].to_numpy(),
            np.where(posed.frame["colour"].is_null(), np.nan, colour[:, 0]),
            posed.frame["wild"].cast(pl.Float64).to_numpy(),
            moments.epoch("d"), moments.ordinal_day(), moments.weekday(), np.zeros(120),
        ]
    ).astype(float)  # fmt: skip
    model = HistGradientBoostingClassifier(categorical_features=[1], random_state=0)
    p = model.fit(X[split.train], posed.y[split.train]).predict_proba(X[split.test])
    found = running.measured("boosting", posed)
    assert found.error == ""
    assert found.scores["log_loss"] == pytest.approx([log_loss(posed.y[split.test], p)])
    assert found.scores["auc"] == pytest.approx([roc_auc_score(posed.y[split.test], p[:, 1])])
    assert found.scores["error"] == pytest.approx([np.mean(p.argmax(1) != posed.y[split.test])])


@pytest.mark.parametrize("key", METHODS)
@pytest.mark.parametrize(("target", "other"), [("kind", "number"), ("number", "kind")])
def test_every_method_that_is_installed_learns_a_mixed_table(problem, key, target, other):
    if not methods.is_installed(METHODS[key]):
        pytest.skip(f"{METHODS[key].name} is not installed")
    posed = problem(target, other)
    found, baseline = running.measured(key, posed), running.measured("baseline", posed)
    assert found.error == ""
    first = next(iter(found.scores))
    assert found.scores[first][0] < baseline.scores[first][0] or key == "baseline"
    assert found.seconds[0] >= 0
    assert found.version


def test_a_class_that_no_row_to_learn_from_has_gets_no_probability():
    posed = problem_of(*load_example("wine"))
    train = posed.splits[0].train
    split = dataclasses.replace(posed.splits[0], train=train[posed.y[train] != 1])
    found = running.measured("boosting", dataclasses.replace(posed, splits=(split,)))
    assert found.error == ""
    assert found.scores["error"][0] >= np.mean(posed.y[split.test] == 1) - 1e-9


def test_more_levels_than_boosting_takes_are_one_level():
    n = 600
    names = pl.Series([f"level {i}" for i in range(n)])
    frame = pl.DataFrame({"c": names.cast(pl.Enum(names)), "x": np.arange(n) % 2.0})
    learning = methods.Learning(frame, np.arange(n) % 2, False, 0)
    answers = METHODS["boosting"].fit(learning)(frame)
    np.testing.assert_array_equal(answers.argmax(axis=1), np.arange(n) % 2)


def fails(learning):
    raise RuntimeError("not today,\n  nor tomorrow")


def test_a_method_that_raises_is_a_row_with_its_error(problem, monkeypatch):
    monkeypatch.setitem(METHODS, "mlp", dataclasses.replace(METHODS["mlp"], fit=fails))
    found = running.measured("mlp", problem("kind", "number"))
    assert found == Figures("mlp", error="RuntimeError: not today, nor tomorrow")


def test_each_method_has_a_process_of_its_own_and_its_death_ends_nothing(problem, monkeypatch):
    posed = problem("kind", "number")
    (found,) = compare(posed, ["baseline"])
    assert found.scores == running.measured("baseline", posed).scores
    monkeypatch.setattr(running.multiprocessing, "get_context", lambda _: _ExitsWith(7))
    (dead,) = compare(posed, ["baseline"])
    assert dead.error == "its process ended with exit code 7"


class _ExitsWith:
    """A context of multiprocessing whose processes end at once."""

    def __init__(self, code):
        self._context, self._code = multiprocessing.context.SpawnContext(), code
        self.Pipe = self._context.Pipe

    def Process(self, target, args, daemon):
        return self._context.Process(target=os._exit, args=(self._code,), daemon=daemon)


def test_the_best_come_first_and_equal_figures_share_the_mark():
    found = [
        Figures("mlp", scores={"rmse": [3.00001], "r2": [0.5]}, seconds=[1.0], cpu_seconds=[9.0]),
        Figures("catboost", error="ValueError: no"),
        Figures("boosting", scores={"rmse": [3.0], "r2": [0.4]}, seconds=[2.0], cpu_seconds=[2.0]),
        Figures("baseline", scores={"rmse": [5.0], "r2": [0.0]}, seconds=[0.0], cpu_seconds=[0.0]),
    ]
    placed = standings("regression", found)
    assert [one.figures.key for one in placed] == ["boosting", "mlp", "baseline", "catboost"]
    assert winners("regression", placed) == {
        "rmse": {"boosting", "mlp"},
        "r2": {"mlp"},
        "seconds": {"mlp"},
        "cpu_seconds": {"boosting"},
    }


def test_means_and_standard_deviations_over_splits():
    one = Figures("mlp", scores={"log_loss": [1.0, 2.0], "error": [0.1, 0.3], "auc": [None, 0.5]})
    (placed,) = standings("classification", [one])
    assert placed.means["log_loss"] == 1.5
    assert placed.spreads["error"] == pytest.approx(np.std([0.1, 0.3], ddof=1))
    assert (placed.means["auc"], placed.spreads["auc"]) == (0.5, None)
    assert placed.means["seconds"] is None
