"""A table of the page's user as points: two columns as axes, or the plane of a PCA of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np

from chainrule.catalog import look_up
from chainrule.play.playground.data import Points, require_classes
from chainrule.play.playground.data_sets import Float64
from chainrule.tables import (
    Columns,
    InferredTarget,
    Note,
    Table,
    TableError,
    clean_name,
    infer,
    infer_target,
    learn,
    read_table,
)
from chainrule.tables.features import CategoryColumn

_MOST_ROWS = 5000
_MOST_INPUTS = 64
_TOO_MANY = 1_000_000  # cells of an encoded table

Axes = tuple[str, str] | Literal["pca"] | None


def read_points(text: str, name: str, target: str | None = None, axes: Axes = None) -> Points:
    """Read a table and return its rows as points.

    Parameters
    ----------
    text : str
        The table as CSV or its kin.
    name : str
        The file's name, for messages.
    target : str, optional
        The column to be learnt; by default the last.
    axes : tuple of str, or "pca", optional
        Two columns, which are then the network's inputs; or all columns, shown on the plane of
        their first two principal components. By default the two columns where there are two.

    Raises
    ------
    TableError, ValueError
        If the table cannot be read, or does not pose a task for the playground.
    """
    table = _read(text, name)
    columns = tuple(table.columns)
    answers = infer_target(table, target or columns[-1])
    if answers.classes is not None:
        require_classes(answers.classes)
    notes = [*table.notes, *answers.notes]
    if answers.rows is not None:
        table = table.take(answers.rows)
    typed = infer(table, target=clean_name(target or columns[-1]))
    every = np.arange(typed.table.n_rows)
    learnt = learn(typed, every)
    if typed.table.n_rows * len(learnt.feature_names) > _TOO_MANY:
        raise TableError(f"{name} has too many columns for the playground; drop some")
    values = learnt.encode_typed(typed.table).values.astype(np.float64)
    notes += [*typed.notes, *learnt.notes]
    points = replace(
        _with_axes(values, learnt, axes),
        y=_numbers(answers),
        kind=_kind(answers),
        classes=tuple(answers.classes or ()),
        target=answers.table.columns[0],
        columns=columns,
    )
    return _sampled(points, [str(note) for note in notes], answers)


def _read(text: str, name: str) -> Table:
    base = Path(name.replace("\\", "/")).name.replace("\0", "")[:100] or "table.csv"
    with TemporaryDirectory(prefix="chainrule-") as folder:
        path = Path(folder, base if base.strip(". ") else "table.csv")
        try:
            path.write_text(text, encoding="utf-8", errors="replace")
        except OSError:
            path = Path(folder, "table.csv")
            path.write_text(text, encoding="utf-8", errors="replace")
        return read_table(path)


def _kind(answers: InferredTarget) -> Literal["binary", "classes", "number"]:
    if answers.classes is None:
        return "number"
    return "binary" if len(answers.classes) == 2 else "classes"


def _numbers(answers: InferredTarget) -> Float64:
    """Return the class of each row, or its standardised number."""
    if answers.labels is not None:
        return answers.labels.astype(np.float64)
    learnt = answers.learn(np.arange(answers.table.n_rows))
    return learnt.encode(answers.table)[:, 0].astype(np.float64)


def _with_axes(values: Float64, learnt: Columns, axes: Axes) -> Points:
    """Return points of the inputs that the axes ask for; the targets are filled in later."""
    names = [column.name for column in learnt.features]
    if axes is None and len(names) == 2:
        axes = (names[0], names[1])
    nothing = np.zeros(len(values))
    if isinstance(axes, tuple):
        wanted = [clean_name(axis) for axis in axes]
        if wanted[0] == wanted[1]:
            raise ValueError(f"choose two different columns as axes, got {wanted[0]!r} twice")
        x = np.column_stack([_column(values, learnt, axis) for axis in wanted])
        named = (wanted[0], wanted[1])
        return Points(x, nothing, "number", axes=named, inputs=named)
    inputs = tuple(learnt.feature_names)
    if not 2 <= len(inputs) <= _MOST_INPUTS:
        raise ValueError(
            f"a PCA is of 2 to {_MOST_INPUTS} features, got {len(inputs)}"
            + ("; choose two columns as axes" if len(inputs) > 1 else "; give one more column")
        )
    origin = values.mean(axis=0)
    _, _, basis = np.linalg.svd(values - origin, full_matrices=False)
    basis = _with_signs(basis[:2]) if len(basis) > 1 else np.eye(2, len(inputs))
    named = ("component 1", "component 2")
    return Points(values, nothing, "number", axes=named, inputs=inputs, basis=basis, origin=origin)


def _with_signs(basis: Float64) -> Float64:
    """Return the components with a positive largest entry, so that pictures do not flip."""
    largest = np.abs(basis).argmax(axis=1)
    return np.asarray(basis * np.where(basis[[0, 1], largest] < 0, -1.0, 1.0)[:, np.newaxis])


def _column(values: Float64, learnt: Columns, name: str) -> Float64:
    """Return a column as one number a row: standardised, or the number of its category."""
    if name in learnt.left_out:
        raise ValueError(f"the column {name!r} is left out: {learnt.left_out[name]}")
    by_name = {column.name: column for column in learnt.features}
    column = look_up(by_name, name, "column")
    first = 0
    for before in learnt.features:
        if before is column:
            break
        first += len(before.feature_names)
    if not isinstance(column, CategoryColumn):
        return values[:, first]
    codes = values[:, first : first + len(column.feature_names)].argmax(axis=1).astype(np.float64)
    return np.asarray((codes - codes.mean()) / (codes.std() or 1.0))


def _sampled(points: Points, notes: Sequence[str | Note], answers: InferredTarget) -> Points:
    """Return at most 5000 of the points, and say what was read."""
    told = [answers.sentence, *map(str, notes)]
    if answers.classes is None:
        told.append(f"{points.target} is standardised: mean 0, standard deviation 1")
    n = len(points.y)
    if n > _MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).permutation(n)[:_MOST_ROWS])
        points = replace(points, x=points.x[rows], y=points.y[rows])
        told.append(f"{_MOST_ROWS} of {n} rows, drawn at random")
    return replace(points, notes=tuple(told))
