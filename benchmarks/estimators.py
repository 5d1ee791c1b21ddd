"""Our estimators beside scikit-learn's: whole fits, a grid search, one row, and the test scores.

Both run in this process, in turns. The fits are the same, seed for seed, so the times are of the
same work; large tables get fewer epochs.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn import datasets, neural_network
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import chainrule
from benchmarks.cells import flop_of_training
from benchmarks.environment import come_to_rest
from benchmarks.results import short
from benchmarks.tables import Table

_SEEDS = 10
_LARGE_EPOCHS = 10
_CALLS = 300  # of predict, for one timing
FIT, ALL_FITS, SEARCH, ONE_ROW = 3.0, 8.0, 8.0, 3.0  # how much faster we mean to be
_TIME_COLUMNS = [
    "what", "scikit-learn, ms", "chainrule, ms", "ours is faster", "wanted", "in words",
    "GFLOP/s", "wanted would take",
]  # fmt: skip
_SCORE_COLUMNS = [
    "table", "scikit-learn", "chainrule", "standard error", "wanted, at least", "in words",
]  # fmt: skip


class Problem(NamedTuple):
    """A table, and the class that learns it."""

    name: str
    kind: str
    X: Any
    y: Any
    epochs: int = 200


def problems() -> list[Problem]:
    """Return the tables, standardized."""
    found = [
        Problem("digits", "MLPClassifier", *datasets.load_digits(return_X_y=True)),
        Problem("breast cancer", "MLPClassifier", *datasets.load_breast_cancer(return_X_y=True)),
        Problem("diabetes", "MLPRegressor", *datasets.load_diabetes(return_X_y=True)),
        Problem("20 000 × 50", "MLPClassifier", *_made(20_000, 50), _LARGE_EPOCHS),
        Problem("100 000 × 20", "MLPClassifier", *_made(100_000, 20), _LARGE_EPOCHS),
    ]
    return [one._replace(X=StandardScaler().fit_transform(one.X), y=_scaled(one)) for one in found]


def _made(rows: int, columns: int) -> tuple[Any, Any]:
    made = datasets.make_classification(rows, columns, n_informative=10, random_state=0)
    return made[0], made[1]


def _scaled(problem: Problem) -> Any:
    y = problem.y
    return (y - y.mean()) / y.std() if problem.kind == "MLPRegressor" else y


def tables(rounds: int) -> tuple[list[Table], list[dict[str, Any]]]:
    """Measure and return tables and numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the epochs are over
        fits = [*_fits(rounds), _search(), _one_row(rounds)]
        scores = list(_scores())
    fits.append(mean_of(fits))
    return [
        Table(
            "Our estimators beside scikit-learn's, float64",
            _TIME_COLUMNS,
            [time_row(found) for found in fits],
            f"Medians of {rounds} rounds in turns (the search: one). Large tables: "
            f"{_LARGE_EPOCHS} epochs; the others until they stop, 200 at most. GFLOP/s are of the "
            "matrix products: what ours does, and what it would have to do where it is as fast as "
            "wanted; the processor's peak is in the grid's table.",
        ),
        Table(
            "Test scores",
            _SCORE_COLUMNS,
            [score_row(found) for found in scores],
            f"Accuracy or R² on a quarter of the rows, mean over {_SEEDS} seeds of split and fit. "
            "Wanted: no more than a standard error of scikit-learn's mean below it.",
        ),
    ], [*fits, *scores]


def _pair(problem: Problem, **options: Any) -> list[Callable[[], Any]]:
    options = {"random_state": 0, "max_iter": problem.epochs} | options
    homes = (neural_network, chainrule)
    return [
        lambda home=home: getattr(home, problem.kind)(**options).fit(problem.X, problem.y)
        for home in homes
    ]


def _fits(rounds: int) -> Iterator[dict[str, Any]]:
    for problem in problems():
        for sizes in ((100,), (256, 256)):
            theirs, ours = _pair(problem, hidden_layer_sizes=sizes)
            flop = flop_of(ours(), len(problem.X))  # and machine code is made once
            name = f"fit {problem.name}, {'-'.join(map(str, sizes))}"
            yield _times(name, theirs, ours, rounds, wanted=FIT) | {"flop": flop}


def flop_of(fitted: Any, rows: int) -> int:
    """Return the operations of a fit's matrix products."""
    sizes = [len(fitted.coefs_[0]), *(coef.shape[1] for coef in fitted.coefs_)]
    return flop_of_training(sizes, rows * fitted.n_iter_)


def _times(
    what: str,
    theirs: Callable[[], Any],
    ours: Callable[[], Any],
    rounds: int,
    calls: int = 1,
    *,
    wanted: float,
) -> dict[str, Any]:
    """Time both in turns, each when the other's threads are at rest; milliseconds of a call."""
    seconds: list[list[float]] = [[], []]
    for _ in range(rounds):
        for taken, call in zip(seconds, (theirs, ours), strict=True):
            start = time.perf_counter()
            for _ in range(calls):
                call()
            taken.append((time.perf_counter() - start) / calls)
            come_to_rest()
    a, b = map(statistics.median, seconds)
    return {
        "what": what,
        "theirs": a * 1e3,
        "ours": b * 1e3,
        "ratio": a / b,
        "wanted": wanted,
        "rounds": seconds,
    }


def mean_of(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the geometric mean of the fits' ratios, as one more of what was found."""
    ratios = [one["ratio"] for one in found if one["what"].startswith("fit")]
    mean = statistics.geometric_mean(ratios)
    return {"what": "all fits, geometric mean", "ratio": mean, "wanted": ALL_FITS}


def _search() -> dict[str, Any]:
    """Return the times of a search of 48 fits by two processes."""
    digits = problems()[0]
    grid = {
        "mlpclassifier__alpha": [1e-5, 1e-3, 1e-1, 10.0],
        "mlpclassifier__hidden_layer_sizes": [(50,), (100,)],
        "mlpclassifier__activation": ["relu", "tanh"],
    }

    def search(home: Any) -> Callable[[], Any]:
        model = make_pipeline(StandardScaler(), home.MLPClassifier(random_state=0, max_iter=60))
        return lambda: GridSearchCV(model, grid, cv=3, n_jobs=2, refit=False).fit(
            digits.X, digits.y
        )

    calls = map(search, (neural_network, chainrule))
    return _times("GridSearchCV, 48 fits, n_jobs=2", *calls, 1, wanted=SEARCH)


def _one_row(rounds: int) -> dict[str, Any]:
    digits = problems()[0]
    theirs, ours = (fit() for fit in _pair(digits._replace(epochs=5)))
    row = digits.X[:1]
    calls = [lambda model=model: model.predict(row) for model in (theirs, ours)]
    return _times("predict, one row of digits", *calls, rounds, _CALLS, wanted=ONE_ROW)


def _scores() -> Iterator[dict[str, Any]]:
    for problem in problems():
        found: list[list[float]] = [[], []]
        for seed in range(_SEEDS):
            X, X_test, y, y_test = train_test_split(problem.X, problem.y, random_state=seed)
            for scores, fit in zip(
                found, _pair(problem._replace(X=X, y=y), random_state=seed), strict=True
            ):
                scores.append(float(fit().score(X_test, y_test)))
        means = [statistics.mean(scores) for scores in found]
        error = statistics.stdev(found[0]) / np.sqrt(_SEEDS)
        yield {"table": problem.name, "theirs": means[0], "ours": means[1], "error": float(error)}


def time_row(found: dict[str, Any]) -> list[str]:
    """Return a row of the table of times; a mean has no times of its own."""
    times = [short(found[key]) if key in found else "–" for key in ("theirs", "ours")]
    ratio, wanted = found["ratio"], found["wanted"]
    rates = ["–", "–"]
    if "flop" in found:
        now = found["flop"] / found["ours"] / 1e6
        rates = [short(now), short(now * wanted / ratio)]
    return [found["what"], *times, f"{ratio:.2f} ×", f"{wanted:g} ×", _word(ratio, wanted), *rates]


def score_row(found: dict[str, Any]) -> list[str]:
    """Return a row of the table of scores."""
    wanted = found["theirs"] - found["error"]
    numbers = found["theirs"], found["ours"], found["error"], wanted
    return [found["table"], *(f"{number:.4f}" for number in numbers), _word(found["ours"], wanted)]


def _word(got: float, wanted: float) -> str:
    return "met" if got >= wanted else "falls short"
