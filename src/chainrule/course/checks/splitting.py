"""Chapter 6: the random split into training and test rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np

from chainrule.course.checks.findings import found_in
from chainrule.course.checks.learner import Learner
from chainrule.course.checks.numbers import abbreviated
from chainrule.diagnosis import Finding
from chainrule.diagnosis.book.chapters.evaluating import PLACES, SEED, SHAPES, SPLIT

_ROWS = 50
_SHAPES = [(40, 2), (10, 2), (40, 1), (10, 1)]

Say = Callable[..., Finding]
"""Makes a finding from a place in the book, a key and the evidence."""


def check_split(learner: Learner) -> Iterator[Finding]:
    """Yield the first mistake in the split into training and test rows."""
    split, say = learner.function("split"), partial(found_in, (learner.module, "split"))
    looks = (look(split, say) for look in (_of_the_parts, _of_the_rows, _of_the_seed))
    yield from islice(chain.from_iterable(looks), 1)  # the first mistake may cause the others


def _data() -> tuple[Any, Any]:
    """Return rows holding their own number, sorted by label as data often is."""
    rows = np.arange(_ROWS, dtype=float)
    return np.column_stack([rows, -2 * rows]), (rows >= _ROWS / 2).astype(float)[:, np.newaxis]


def _parts(split: Callable[..., Any], *arguments: Any) -> list[Any]:
    X, y = _data()
    return [np.asarray(part) for part in split(X, y, *arguments)]


def _of_the_parts(split: Callable[..., Any], say: Say) -> Iterator[Finding]:
    """Check for four arrays in the right order and of the right sizes."""
    X, y = _data()
    returned = split(X, y, 0.2, 10)
    try:
        shapes = [np.shape(part) for part in returned]
    except TypeError:
        yield say(SPLIT, "no-parts", f"it returns {abbreviated(returned)}")
        return
    seen = f"the shapes are {', '.join(map(str, shapes))}; right are "
    seen += ", ".join(map(str, _SHAPES))
    orders = [[_SHAPES[i] for i in order] for order in ((0, 2, 1, 3), (2, 3, 0, 1), (1, 3, 0, 2))]
    if len(shapes) != 4:
        yield say(SHAPES, "no-parts", seen, count=len(shapes))
    elif shapes == [_SHAPES[i] for i in (1, 0, 3, 2)]:
        yield say(SHAPES, "share", seen)
    elif shapes in orders:
        yield say(SHAPES, "order", seen)
    elif shapes == [*_SHAPES[:2], (40,), (10,)]:
        yield say(SHAPES, "labels-flat", seen)
    elif shapes != _SHAPES:
        yield say(SHAPES, "sizes", seen)


def _of_the_rows(split: Callable[..., Any], say: Say) -> Iterator[Finding]:
    """Check where each row went, together with its label."""
    X, y = _data()
    X_train, X_test, y_train, y_test = _parts(split, 0.2, 10)
    for part, labels in ((X_train, y_train), (X_test, y_test)):
        rows = part[:, 0].astype(int)
        if not np.array_equal(part, X[rows % _ROWS]):
            yield say(PLACES, "rows-changed", f"one is {abbreviated(part[0])}")
        elif not np.array_equal(labels, y[rows]):
            yield say(PLACES, "apart", "the labels have another order than the rows")
    train, test = (set(part[:, 0].astype(int).tolist()) for part in (X_train, X_test))
    if train & test:
        yield say(PLACES, "overlap", f"row {min(train & test)} is in both sets")
    missing = set(range(_ROWS)) - train - test
    if missing:
        yield say(PLACES, "rows-lost", f"row {min(missing)} is in neither")
    if test in ({*range(10)}, {*range(40, 50)}):
        seen = f"the test rows are {min(test)} to {max(test)}, all of one label"
        yield say(PLACES, "not-shuffled", seen)


def _of_the_seed(split: Callable[..., Any], say: Say) -> Iterator[Finding]:
    """Check the effects of the seed and of test_size."""
    first, again, other = (_parts(split, 0.2, seed)[1].tolist() for seed in (10, 10, 11))
    if first != again:
        yield say(SEED, "seed-ignored", "two calls with seed 10 differ")
    if first == other:
        yield say(SEED, "seed-fixed", "seeds 10 and 11 give the same rows")
    share = len(_parts(split, 0.5, 10)[1])
    if share != 25:
        yield say(SEED, "share", f"with test_size 0.5 of 50 rows, {share} are tested")
