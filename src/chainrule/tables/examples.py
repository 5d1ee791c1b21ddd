"""Small tables to try things on without a file; scikit-learn ships them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from chainrule.catalog import look_up
from chainrule.tables.table import Table


@dataclass(frozen=True)
class Example:
    """A table that comes with scikit-learn.

    Attributes
    ----------
    summary : str
    target : str
        The name of the column to be learnt.
    load : callable
        Returns scikit-learn's bunch of ``data``, ``target``, ``feature_names`` and, for
        classes, ``target_names``.
    """

    summary: str
    target: str
    load: Callable[[], Any]


def _breast_cancer() -> Any:
    from sklearn.datasets import load_breast_cancer

    return load_breast_cancer()


def _wine() -> Any:
    from sklearn.datasets import load_wine

    return load_wine()


def _digits() -> Any:
    from sklearn.datasets import load_digits

    return load_digits()


def _diabetes() -> Any:
    from sklearn.datasets import load_diabetes

    return load_diabetes(scaled=False)


EXAMPLES = {
    "breast-cancer": Example("569 tumours, malignant or benign", "diagnosis", _breast_cancer),
    "wine": Example("178 wines of three growers", "cultivar", _wine),
    "digits": Example("1797 handwritten digits of 8 × 8 pixels", "digit", _digits),
    "diabetes": Example("442 patients, progression after a year", "progression", _diabetes),
}
"""The tables by name."""


def load_example(name: str) -> tuple[Table, str]:
    """Return an example as a table, and the name of its target.

    Raises
    ------
    ValueError
        If there is no such example.

    Examples
    --------
    >>> table, target = load_example("wine")
    >>> table.n_rows, target
    (178, 'cultivar')
    """
    example = look_up(EXAMPLES, name, "example")
    bunch = example.load()
    columns = dict(zip(map(str, bunch.feature_names), bunch.data.T, strict=True))
    answers = bunch.target
    if "target_names" in bunch:
        answers = [str(bunch.target_names[answer]) for answer in answers]
    frame = pl.DataFrame(columns).with_columns(pl.Series(example.target, answers))
    return Table(name, frame, np.arange(1, frame.height + 1, dtype=np.int64), "row"), example.target
