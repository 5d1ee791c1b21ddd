"""Chapter 6, rows set apart: every row in one of two sets, at random, with its own label."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from chainrule.course.checks.learner import Learner
from chainrule.course.checks.numbers import brief
from chainrule.diagnosis import Finding
from chainrule.diagnosis.sources import line_of

_ROWS = 50
_SHAPES = [(40, 2), (10, 2), (40, 1), (10, 1)]
_RETURN = "return X_train, X_test, y_train, y_test"
_CUT = "order = a permutation of the rows; test, train = order[:n_test], order[n_test:]"
_DRAW = "np.random.RandomState(seed).permutation(n)"

Wrong = tuple[str, str, str, str]
"""The key of a mistake, its title, what was seen, and what is right."""


def look_at_split(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with the split into training and test rows."""
    split = learner.function("split")
    for look in (_of_the_parts, _of_the_rows, _of_the_seed):
        for key, title, seen, right in look(split):
            line = line_of(learner.module, "split", ("return",))
            yield Finding(key, title, "rows", seen, right, line)
            return  # what is wrong first explains the rest


def _data() -> tuple[Any, Any]:
    """Return rows that say their own number, sorted by label as data often is."""
    rows = np.arange(_ROWS, dtype=float)
    return np.column_stack([rows, -2 * rows]), (rows >= _ROWS / 2).astype(float)[:, np.newaxis]


def _parts(split: Callable[..., Any], *arguments: Any) -> list[Any]:
    X, y = _data()
    return [np.asarray(part) for part in split(X, y, *arguments)]


def _of_the_parts(split: Callable[..., Any]) -> Iterator[Wrong]:
    """Look whether four arrays come back, in their order and of their sizes."""
    X, y = _data()
    returned = split(X, y, 0.2, 10)
    try:
        shapes = [np.shape(part) for part in returned]
    except TypeError:
        seen = f"it returns {brief(returned)}"
        yield "no-parts", "split does not return four arrays", seen, _RETURN
        return
    told = f"the shapes are {', '.join(map(str, shapes))}; right are "
    told += ", ".join(map(str, _SHAPES))
    if len(shapes) != 4:
        yield "no-parts", f"split returns {len(shapes)} things, not four", told, _RETURN
    if shapes == [_SHAPES[i] for i in (1, 0, 3, 2)]:
        title = "training and test rows are swapped: test_size is the share of the test rows"
        yield "share", title, told, _RETURN
    for order in ((0, 2, 1, 3), (2, 3, 0, 1), (1, 3, 0, 2)):
        if shapes == [_SHAPES[i] for i in order]:
            yield "order", "the four arrays are returned in another order", told, _RETURN
    if shapes == [*_SHAPES[:2], (40,), (10,)]:
        yield "labels-flat", "the labels lose their shape (n, 1)", told, "y[train], not raveled"
    if shapes != _SHAPES:
        right = "the test set has n · test_size rows"
        yield "sizes", "the sets have other sizes", told, right


def _of_the_rows(split: Callable[..., Any]) -> Iterator[Wrong]:
    """Look where each row went, and its label with it."""
    X, y = _data()
    X_train, X_test, y_train, y_test = _parts(split, 0.2, 10)
    for part, labels in ((X_train, y_train), (X_test, y_test)):
        rows = part[:, 0].astype(int)
        if not np.array_equal(part, X[rows % _ROWS]):
            yield "rows-changed", "a row is no row of the data", f"one is {brief(part[0])}", _CUT
        elif not np.array_equal(labels, y[rows]):
            title = "X and y are split apart: a row meets another row's label"
            seen = "the labels have another order than the rows"
            yield "apart", title, seen, "the same order for both: X[train], y[train]"
    train, test = (set(part[:, 0].astype(int).tolist()) for part in (X_train, X_test))
    if train & test:
        title = "test rows are training rows, too: the network has seen them"
        yield "overlap", title, f"row {min(train & test)} is in both sets", _CUT
    missing = set(range(_ROWS)) - train - test
    if missing:
        title = "some rows come twice, and others are in neither set"
        yield "rows-lost", title, f"row {min(missing)} is in neither", _CUT
    if test in ({*range(10)}, {*range(40, 50)}):
        title = "the rows are not shuffled: data is often sorted by its labels"
        seen = f"the test rows are {min(test)} to {max(test)}, all of one label"
        yield "not-shuffled", title, seen, _CUT


def _of_the_seed(split: Callable[..., Any]) -> Iterator[Wrong]:
    """Look whether the seed decides which rows are tested, and test_size how many."""
    first, again, other = (_parts(split, 0.2, seed)[1].tolist() for seed in (10, 10, 11))
    if first != again:
        title = "the same seed gives another split"
        yield "seed-ignored", title, "two calls with seed 10 differ", _DRAW
    if first == other:
        title = "every seed gives the same split"
        yield "seed-fixed", title, "seeds 10 and 11 give the same rows", _DRAW
    share = len(_parts(split, 0.5, 10)[1])
    if share != 25:
        seen = f"with test_size 0.5 of 50 rows, {share} are tested"
        yield "share", "test_size is not used", seen, "the test set has n · test_size rows"
