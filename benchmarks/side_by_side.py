"""Eight networks side by side, each on a core, beside the same eight one after the other.

One after the other, a network has both cores: what its two threads lose by waiting for each other
is what side by side can gain. Two cores do at most twice what one does, so where two threads are
1.6 times as fast as one, side by side can be no more than 1.25 times as fast as they are.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import joblib
import numpy as np
from sklearn.model_selection import GridSearchCV

from benchmarks.environment import THREADS
from benchmarks.results import short
from benchmarks.tables import Table
from chainrule import Layer, MLPClassifier
from chainrule.engines import Task
from chainrule.engines.compiled import Compiled
from chainrule.losses import get_loss
from chainrule.optimizers import AdamW
from chainrule.schedules import Constant
from chainrule.training import Plan, PlannedRun, RunState, Samples, train, train_side_by_side

NETWORKS = 8
LIMIT = 1.8  # times the throughput of two threads, for networks of up to three layers of 128
HIDDEN = ((32, 32), (64, 64), (128, 128, 128), (256, 256, 256))
_LARGEST = 128
_FEATURES, _ROWS, _HELD, _BATCH = 20, 2_400, 600, 256
_SECONDS = 0.5  # about, of eight networks one after the other
_COLUMNS = [
    "hidden neurons", "two threads each, s", "one thread each, s", "side by side, s",
    "of two threads", "of one thread", "processors' time, s", "in words",
]  # fmt: skip
_SEARCH_COLUMNS = ["hidden neurons", "n_jobs=1, s", "n_jobs=2, threads, s", "throughput"]
_RNG = np.random.default_rng(0)
_X = _RNG.normal(size=(_ROWS + _HELD, _FEATURES)).astype(np.float32)
_Y = (_X[:, :1] * _X[:, 1:2] > 0).astype(np.float32)


def tables(rounds: int) -> tuple[list[Table], list[dict[str, Any]]]:
    """Measure; return tables and the numbers."""
    networks = [_measured(hidden, _ways(hidden), rounds) for hidden in HIDDEN]
    searches = [_measured(hidden, _searches(hidden), rounds) for hidden in HIDDEN[:3]]
    note = (
        f"{NETWORKS} networks on {_ROWS} rows each of one table of {_FEATURES} features, batches "
        f"of {_BATCH}, with {_HELD} validation rows after every epoch; medians of {rounds} rounds, "
        f"{THREADS} cores. Up to three layers of {_LARGEST}, {LIMIT} × two threads is wanted."
    )
    return [
        Table(f"{NETWORKS} networks", _COLUMNS, list(map(_row, networks)), note),
        Table("GridSearchCV of eight fits", _SEARCH_COLUMNS, list(map(_search_row, searches))),
    ], networks + searches


def _measured(
    hidden: tuple[int, ...], ways: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, Any]:
    """Return the seconds of each way, by the clock and of the processors, in turns."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for name in [*ways, *list(ways) * rounds]:  # the first of each compiles
        clock, own = time.perf_counter(), time.process_time()
        ways[name]()
        taken[name].append((time.perf_counter() - clock, time.process_time() - own))
    seconds = {
        name: [statistics.median(each) for each in zip(*times[1:], strict=True)]
        for name, times in taken.items()
    }
    return {"hidden": hidden, "seconds": seconds, "rounds": taken}


def _ways(hidden: tuple[int, ...]) -> dict[str, Callable[[], object]]:
    start = time.perf_counter()
    for _ in range(2):  # the first one compiles
        start = time.perf_counter()
        _one_after_the_other(_runs(hidden, 5, Compiled(1)))
    epochs = max(2, round(5 * _SECONDS / (time.perf_counter() - start)))
    return {
        "two threads": lambda: _one_after_the_other(_runs(hidden, epochs, Compiled(THREADS))),
        "one thread": lambda: _one_after_the_other(_runs(hidden, epochs, Compiled(1))),
        "side by side": lambda: train_side_by_side(_runs(hidden, epochs, Compiled()), THREADS),
    }


def _runs(hidden: tuple[int, ...], epochs: int, engine: Compiled) -> list[PlannedRun]:
    return [_run(hidden, epochs, engine, seed) for seed in range(NETWORKS)]


def _run(hidden: tuple[int, ...], epochs: int, engine: Compiled, seed: int) -> PlannedRun:
    """Return a run on rows of its own of the one table."""
    rng = np.random.default_rng(seed)
    names = ["silu"] * len(hidden) + ["identity"]
    layers = [
        Layer(*sizes, name, initializer="he_normal", rng=rng, dtype=np.float32)
        for sizes, name in zip(pairwise([_FEATURES, *hidden, 1]), names, strict=True)
    ]
    order = rng.permutation(_ROWS + _HELD)
    rows, held = order[:_ROWS], order[_ROWS:]
    loss = get_loss("binary_cross_entropy").after(layers[-1].activation)
    return PlannedRun(
        layers,
        Task(_X, _Y, loss, AdamW(), _BATCH, rows=rows),
        Plan(epochs, 1e-3, Constant(), engine, validation=Samples(_X[held], _Y[held])),
        RunState(seed),
    )


def _one_after_the_other(runs: Sequence[PlannedRun]) -> None:
    for run in runs:
        train(run.layers, run.task, run.plan, run.state, keeps_memory=False)


def _searches(hidden: tuple[int, ...]) -> dict[str, Callable[[], object]]:
    return {"n_jobs=1": lambda: _search(hidden, 1), "n_jobs=2": lambda: _search(hidden, THREADS)}


def _search(hidden: tuple[int, ...], jobs: int) -> None:
    """Search four penalties in two folds, as many fits at once as jobs."""
    model = MLPClassifier(hidden, max_iter=20, batch_size=_BATCH, random_state=0)
    penalties = {"alpha": [1e-5, 1e-4, 1e-3, 1e-2]}
    with warnings.catch_warnings(), joblib.parallel_config("threading"):
        warnings.simplefilter("ignore")  # of fits that have not converged
        search = GridSearchCV(model, penalties, cv=2, n_jobs=jobs, refit=False)
        search.fit(_X, _Y[:, 0])


def _row(found: dict[str, Any]) -> list[str]:
    (two, _), (one, _), (beside, own) = found["seconds"].values()
    small = max(found["hidden"]) <= _LARGEST
    return [
        "-".join(map(str, found["hidden"])),
        *map(short, (two, one, beside)),
        f"{two / beside:.2f} ×",
        f"{one / beside:.2f} ×",
        short(own),
        "–" if not small else "met" if two / beside >= LIMIT else "falls short",
    ]


def _search_row(found: dict[str, Any]) -> list[str]:
    (alone, _), (beside, _) = found["seconds"].values()
    name = "-".join(map(str, found["hidden"]))
    return [name, short(alone), short(beside), f"{alone / beside:.2f} ×"]
