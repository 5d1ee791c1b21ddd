"""The command: fits one after the other in fresh processes, each kept as soon as it is over."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.environment import ROOT, worker_environment
from benchmarks.quality.report import missing
from benchmarks.quality.store import Fit, Store
from benchmarks.quality.tables import names, regression_tables


def measure(
    folder: Path,
    store: Store,
    *,
    methods: Sequence[str],
    splits: Sequence[int],
    rows: int,
    python: Path,
    say: Callable[[str], None],
) -> None:
    """Measure the fits that the store does not have.

    Parameters
    ----------
    folder : Path
        Of the tables.
    store : Store
    methods : sequence of str
    splits : sequence of int
    rows : int
        The most rows to train on.
    python : Path
        Of an environment that has the peers.
    say : callable
        Told of every fit.
    """
    left = missing(
        store, methods, names(folder), splits, rows, regression=regression_tables(folder)
    )
    for number, fit in enumerate(left, start=1):
        figures = _in_a_fresh_process(fit, folder, python)
        if isinstance(figures, str):
            say(f"{number} of {len(left)}: {fit.method}, {fit.table}: {figures}")
        else:
            store.keep(fit, figures)
            score = figures.get("log_loss", figures.get("rmse", 0.0))
            say(
                f"{number} of {len(left)}: {fit.method}, {fit.table}, split {fit.split}: "
                f"{score:.4g} in {figures['processor_seconds']:.1f} processor seconds"
            )


def _in_a_fresh_process(fit: Fit, folder: Path, python: Path) -> dict[str, float] | str:
    """Return the figures of a fit, or the last line of its error."""
    method, *rest = fit.method, str(folder.resolve()), fit.table, str(fit.split), str(fit.rows)
    done = subprocess.run(
        [str(python), "-m", "benchmarks.quality.one", method, *rest],
        cwd=ROOT,
        env=worker_environment(""),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures
