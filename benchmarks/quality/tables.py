"""Real tables from a folder: a manifest, and a compressed NumPy file for each table.

The manifest says of each table its task, its columns, and the levels of its categories; the file
has the numbers by column (NaN is missing), the categories as codes (-1 is missing), and the target.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import ROOT

MANIFEST = "manifest.json"
TABLES = ROOT.parent / "shared" / "data" / "tabular"
"""Where the tables lie unless another folder is named."""


@dataclass(frozen=True)
class SplitTable:
    """A table with rows to train on and rows to judge by.

    Attributes
    ----------
    task : {"binary", "multiclass", "regression"}
    x, x_test : pandas.DataFrame
        Numbers are float32, categories have pandas' category type.
    y, y_test : array
        Classes as whole numbers from 0, or numbers.
    """

    task: Literal["binary", "multiclass", "regression"]
    x: Any
    y: NDArray[Any]
    x_test: Any
    y_test: NDArray[Any]


def names(folder: Path) -> list[str]:
    """Return the names of the tables in a folder.

    Raises
    ------
    FileNotFoundError
        If the folder has no manifest.
    """
    return list(_manifest(folder))


def regression_tables(folder: Path) -> set[str]:
    """Return the names of the tables whose target is a number."""
    return {name for name, about in _manifest(folder).items() if about["task"] == "regression"}


def split_table(folder: Path, name: str, split: int, rows: int) -> SplitTable:
    """Read a table and deal out its rows: a fifth of them to judge by, at most `rows` to train on.

    Parameters
    ----------
    folder : Path
    name : str
    split : int
        Seed of the shuffle; classes keep their shares.
    rows : int
        The most rows to train on; the test rows are all of theirs.
    """
    import pandas as pd

    about = _manifest(folder)[name]
    numbers, codes, y = _arrays(folder / about["file"], about)
    frame = pd.DataFrame(numbers, columns=about["num_columns"])
    for column, levels, of_rows in zip(
        about["cat_columns"], about["cat_levels"], codes.T, strict=True
    ):
        frame[column] = pd.Categorical.from_codes(of_rows, categories=levels)
    train, test = _split(y, split, rows, stratified=about["task"] != "regression")
    return SplitTable(about["task"], frame.iloc[train], y[train], frame.iloc[test], y[test])


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.exists():
        raise FileNotFoundError(f"{folder} has no {MANIFEST}; give --data the folder of the tables")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["datasets"]
    return found


def _arrays(file: Path, about: dict[str, Any]) -> tuple[NDArray[Any], ...]:
    with np.load(file) as arrays:
        numbers = np.empty((about["n"], about["d_num"]), np.float32)
        for key in arrays.files:
            if key.startswith("num_") and not key.endswith("_idx"):
                numbers[:, arrays[f"{key}_idx"]] = arrays[key]
        none = np.empty((about["n"], 0), np.int32)
        codes = arrays["cat"].astype(np.int32) if "cat" in arrays.files else none
        y = arrays["y"]
    kind = np.float32 if about["task"] == "regression" else np.int64
    return numbers, codes, y.astype(kind)


def _split(
    y: NDArray[Any], seed: int, rows: int, *, stratified: bool
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the rows to train on and those to judge by; each class keeps one to train on."""
    rng = np.random.default_rng(seed)
    groups = [np.flatnonzero(y == c) for c in np.unique(y)] if stratified else [np.arange(len(y))]
    train, test = [], []
    for group in groups:
        order = rng.permutation(group)
        n_test = min(round(0.2 * len(order)), len(order) - 1)
        test.append(order[:n_test])
        n_train = len(order) - n_test
        if len(y) * 0.8 > rows:
            n_train = max(1, round(n_train * rows / (len(y) * 0.8)))
        train.append(order[n_test : n_test + n_train])
    return np.sort(np.concatenate(train)), np.sort(np.concatenate(test))
