"""One method on one table in a fresh process: scores, processor seconds, memory.

Run as ``python -m benchmarks.quality.one METHOD FOLDER TABLE SPLIT ROWS``; prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import peak_bytes
from benchmarks.quality.methods import METHODS
from benchmarks.quality.tables import split_table


def measured(method: str, folder: Path, name: str, split: int, rows: int) -> dict[str, float]:
    """Fit, predict and score."""
    table = split_table(folder, name, split, rows)
    used, start = _processor_seconds(), time.perf_counter()
    predict = METHODS[method](table)
    fitted, now = _processor_seconds(), time.perf_counter()
    answers = np.asarray(predict(table.x_test), dtype=np.float64)
    scores = _of_numbers if table.task == "regression" else _of_classes
    return {
        "rows": len(table.y),
        **scores(table.y_test, answers),
        "processor_seconds": fitted - used,
        "seconds": now - start,
        "prediction_seconds": time.perf_counter() - now,
        "peak_bytes": peak_bytes(),
    }


def _processor_seconds() -> float:
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _of_numbers(y: NDArray[Any], answers: NDArray[Any]) -> dict[str, float]:
    errors = answers.reshape(-1) - y.astype(np.float64)
    return {"rmse": float(np.sqrt(np.mean(errors**2)))}


def _of_classes(y: NDArray[Any], answers: NDArray[Any]) -> dict[str, float]:
    from sklearn.metrics import roc_auc_score

    from chainrule.reports.scores import calibration_error

    answers = answers / answers.sum(axis=1, keepdims=True)
    right = np.clip(answers[np.arange(len(y)), y], 1e-15, 1.0)
    found = {
        "log_loss": float(-np.log(right).mean()),
        "error": float((answers.argmax(axis=1) != y).mean()),
        "calibration_error": calibration_error(y, answers),
    }
    if answers.shape[1] == 2:
        return {**found, "auc": float(roc_auc_score(y, answers[:, 1]))}
    return {**found, "auc": float(roc_auc_score(y, answers, multi_class="ovr"))}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    _method, _folder, _name, _split, _rows = sys.argv[1:]
    figures = measured(_method, Path(_folder), _name, int(_split), int(_rows))
    sys.stdout.write(json.dumps(figures) + "\n")
