"""The measured fits as tables: scores by table, ranks, ratios to each peer, cost."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from benchmarks.quality.methods import METHODS
from benchmarks.quality.store import Fit, Store
from benchmarks.results import short
from benchmarks.tables import Table

OURS = "chainrule"
BY_ERROR, BY_CROSS_ENTROPY = "RealMLP-TD", "RealMLP-TD, by cross-entropy"
_DIGITS = 4

Means: TypeAlias = dict[str, dict[str, dict[str, float]]]
"""By table and method: each figure's mean over the splits that all methods have."""


class Measure(NamedTuple):
    """Something to compare methods by, the less the better.

    Attributes
    ----------
    title : str
    figure : callable
        From the figures of a table and method to a number, or None where it has none.
    """

    title: str
    figure: Callable[[dict[str, float]], float | None]


LOSS = Measure("log loss or RMSE", lambda f: f.get("log_loss", f.get("rmse")))
ERROR = Measure("error or RMSE", lambda f: f.get("error", f.get("rmse")))
_LOG_LOSS = Measure("log loss", lambda f: f.get("log_loss"))
_WRONG = Measure("error", lambda f: f.get("error"))
_RMSE = Measure("RMSE", lambda f: f.get("rmse"))
_CALIBRATION = Measure("calibration error", lambda f: f.get("calibration_error"))
_SECONDS = Measure("processor seconds", lambda f: f["processor_seconds"])
_MEMORY = Measure("peak memory, MiB", lambda f: f["peak_bytes"] / 2**20)
_AUC = Measure("1 − AUC", lambda f: 1 - f["auc"] if "auc" in f else None)


def means(store: Store, rows: int) -> Means:
    """Return the mean figures of each table and method over its splits.

    RealMLP chooses its epoch by RMSE in any case, so that its two variants are one for numbers.
    """
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    for fit in store:
        if fit.rows == rows:
            found.setdefault((fit.table, fit.method), []).append(store[fit])
    by_table: Means = {}
    for (table, method), splits in found.items():
        by_table.setdefault(table, {})[method] = {
            name: statistics.fmean(split[name] for split in splits) for name in splits[0]
        }
    for methods in by_table.values():
        if "rmse" in methods.get(BY_ERROR, {}):
            methods[BY_CROSS_ENTROPY] = methods[BY_ERROR]
    return by_table


def tables(store: Store, rows: int, splits: Sequence[int]) -> list[Table]:
    """Return all tables of the report."""
    by_table = means(store, rows)
    note = (
        f"Default settings; means over {len(splits)} splits, a fifth of the rows to judge by, at "
        f"most {rows} to train on. The least of a row is **bold**."
    )
    return [
        _summary(by_table),
        *(
            _by_table(by_table, measure, note)
            for measure in (_LOG_LOSS, _RMSE, _WRONG, _AUC, _CALIBRATION, _SECONDS, _MEMORY)
        ),
    ]


def _methods(by_table: Means) -> list[str]:
    return [name for name in METHODS if any(name in found for found in by_table.values())]


def _by_table(by_table: Means, measure: Measure, note: str) -> Table:
    methods, rows = _methods(by_table), []
    for table, found in by_table.items():
        numbers = {name: measure.figure(found[name]) for name in methods if name in found}
        known = [number for number in numbers.values() if number is not None]
        if known:
            rows.append([table, *(_cell(numbers.get(name), min(known)) for name in methods)])
    return Table(measure.title, ["table", *methods], rows, note)


def _cell(number: float | None, best: float) -> str:
    if number is None:
        return "–"
    text = f"{number:.{_DIGITS}g}" if abs(number) < 10**_DIGITS else f"{number:.0f}"
    return f"**{text}**" if number == best else text


def _summary(by_table: Means) -> Table:
    """Return ours beside every peer: ranks, geometric means of ratios, tables won."""
    methods = _methods(by_table)
    ranks = {measure: _mean_ranks(by_table, methods, measure) for measure in (LOSS, ERROR)}
    rows = [
        [
            name,
            f"{ranks[LOSS][name]:.2f}",
            f"{ranks[ERROR][name]:.2f}",
            *(_ratio(by_table, name, measure) for measure in (_LOG_LOSS, _WRONG, _RMSE)),
            _wins(by_table, name, LOSS),
            _wins(by_table, name, _CALIBRATION),
            _ratio(by_table, name, _SECONDS),
        ]
        for name in methods
    ]
    columns = [
        "method", "mean rank by log loss or RMSE", "by error or RMSE", "our log loss", "our error",
        "our RMSE", "tables on which ours has less log loss or RMSE", "less calibration error",
        "our processor seconds",
    ]  # fmt: skip
    note = (
        f"{len(by_table)} tables. Ours over theirs as geometric means: below 1 ours is less. "
        f"{_worst(by_table, methods)}"
    )
    return Table("Ours beside each method", columns, rows, note)


def _pairs(by_table: Means, peer: str, measure: Measure) -> Iterable[tuple[float, float]]:
    """Yield our figure and the peer's for every table that has both."""
    for found in by_table.values():
        if OURS in found and peer in found:
            ours, theirs = measure.figure(found[OURS]), measure.figure(found[peer])
            if ours is not None and theirs is not None:
                yield ours, theirs


def _ratio(by_table: Means, peer: str, measure: Measure) -> str:
    ratios = [ours / theirs for ours, theirs in _pairs(by_table, peer, measure) if theirs]
    return f"{statistics.geometric_mean(ratios):.3f} ×" if ratios and peer != OURS else "–"


def _wins(by_table: Means, peer: str, measure: Measure) -> str:
    pairs = list(_pairs(by_table, peer, measure))
    won = sum(ours <= theirs for ours, theirs in pairs)
    return f"{won} of {len(pairs)}" if pairs and peer != OURS else "–"


def _mean_ranks(by_table: Means, methods: Sequence[str], measure: Measure) -> dict[str, float]:
    """Return each method's mean rank over the tables that all methods have; ties share theirs."""
    from scipy.stats import rankdata

    ranked = [
        rankdata([measure.figure(found[name]) for name in methods])
        for found in by_table.values()
        if set(methods) <= set(found)
    ]
    mean = np.mean(ranked, axis=0) if ranked else np.full(len(methods), np.nan)
    return dict(zip(methods, mean.tolist(), strict=True))


def _worst(by_table: Means, methods: Sequence[str]) -> str:
    """Say on which table ours is furthest behind the best peer."""
    behind = {}
    for table, found in by_table.items():
        peers = [LOSS.figure(found[name]) for name in methods if name in found and name != OURS]
        known = [number for number in peers if number is not None]
        if OURS in found and known:
            ours = LOSS.figure(found[OURS])
            assert ours is not None
            behind[table] = ours / min(known)
    if not behind:
        return ""
    table = max(behind, key=lambda name: behind[name])
    return f"Furthest behind the best peer: {table}, {short(behind[table])} × its log loss or RMSE."


def missing(
    store: Store, methods: Sequence[str], names: Sequence[str], splits: Sequence[int], rows: int,
    *, regression: set[str],
) -> list[Fit]:  # fmt: skip
    """Return the fits that are not measured yet, a split at a time.

    Parameters
    ----------
    store : Store
    methods, names : sequence of str
        Of the methods and the tables.
    splits : sequence of int
    rows : int
    regression : set of str
        Tables whose target is a number: there RealMLP's two variants are one.
    """
    return [
        fit
        for split in splits
        for name in names
        for method in methods
        if (fit := Fit(method, name, split, rows)) not in store
        and not (method == BY_CROSS_ENTROPY and name in regression)
    ]
