"""Chapter 7: batches of rows, a layer's step for a batch, and training by them."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.activations import sigmoid, tanh
from chainrule.course.checks.learner import Learner, NotYetError
from chainrule.course.checks.numbers import alike, brief, difference
from chainrule.glassbox import Finding
from chainrule.glassbox.sources import line_of

# Batches ---------------------------------------------------------------------------------------

_CUT = "[order[i : i + batch_size] for i in range(0, n, batch_size)]"
_SIZES = ((7, 3), (6, 3), (5, 8), (4, 1))


def look_at_batches(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with how the rows are cut into batches."""
    make = learner.function("batches")
    line = line_of(learner.module, "batches", ("return", "yield", "range"))
    for n, size in _SIZES:
        made = make(n, size)
        try:
            found = [[int(row) for row in np.ravel(batch)] for batch in made]
        except (TypeError, ValueError):
            yield Finding(
                "no-batches",
                "batches returns no pieces",
                "rows",
                f"it returns {brief(made)}",
                _CUT,
                line,
            )
            return
        for key, title in _of_the_cut(found, n, size):
            seen = f"the batches are {found}"
            yield Finding(
                key, title, "rows", f"for n = {n}, batch_size = {size}: {seen}", _CUT, line
            )
            return
    orders = {tuple(int(row) for batch in make(40, 8) for row in np.ravel(batch)) for _ in range(3)}
    if len(orders) == 1:
        sorted_rows = orders == {tuple(range(40))}
        title = (
            "the rows are not shuffled" if sorted_rows else "the order is the same in every epoch"
        )
        yield Finding(
            "not-shuffled",
            title,
            "rows",
            f"it begins with {brief(list(next(iter(orders))))}",
            "a new order for every call: np.random.permutation(n)",
            line,
        )


def _of_the_cut(found: list[list[int]], n: int, size: int) -> Iterator[tuple[str, str]]:
    """Yield the key and title of what is wrong with the batches."""
    rows = [row for batch in found for row in batch]
    missing = sorted(set(range(n)) - set(rows))
    sizes = [len(batch) for batch in found]
    if any(row < 0 or row >= n for row in rows):
        yield "no-row", "a number is no row of the data"
    elif missing and len(missing) == n % size and len(rows) == n - n % size:
        yield "last-dropped", "the last, smaller batch is left out"
    elif missing:
        yield "rows-missing", f"row {missing[0]} is in no batch"
    elif len(rows) > n:
        yield "rows-twice", "a row comes twice"
    elif 0 in sizes:
        yield "empty-batch", "a batch is empty"
    elif sizes == [size] * (n // size) + [n % size] * (n % size > 0):
        return
    elif sizes == [n // size + (i < n % size) for i in range(size)]:
        yield "as-many", "there are batch_size batches; right are batches of batch_size rows"
    else:
        yield "batch-sizes", "the batches have other sizes"


# Training --------------------------------------------------------------------------------------

_RATE, _SIZE = 0.3, 3
_X = np.array(
    [[0.9, -0.4], [-0.7, 0.8], [0.3, 0.6], [-0.2, -0.9], [0.5, 0.1], [1.1, -1.2], [-1.3, 0.2]]
)
_Y = np.array([[1], [0], [1], [1], [0], [1], [1]])
_LAYERS = ((2, 3, tanh), (3, 1, sigmoid))


def look_at_fit(learner: Learner) -> Iterator[Finding]:
    """Yield what is wrong with training by batches: the weights after the rows it visited."""
    if not {"batches", "backward"} <= learner.right:
        raise NotYetError
    kind, network = learner.kind("Layer"), learner.kind("Perceptron")
    learner.method("Perceptron", "fit")
    seen: list[Any] = []
    layers = [
        _set(kind, *sizes, seen if place == 0 else None) for place, sizes in enumerate(_LAYERS)
    ]
    start = [(layer.weights.copy(), layer.biases.copy()) for layer in layers]
    model = network(layers)
    with contextlib.redirect_stdout(io.StringIO()):
        model.fit(_X.copy(), _Y.copy(), 1, _RATE, _SIZE)
    line = line_of(network, "fit", ("backward", "da", "for"))
    found = _of_the_visits(seen, line)
    if found:
        yield found
        return
    got = [(layer.weights, layer.biases) for layer in layers]
    yield from _of_the_weights(got, start, [_rows_of(x) for x in seen], line)


def _set(kind: type, n_inputs: int, n_neurons: int, f: Any, seen: list[Any] | None) -> Any:
    layer = kind(n_inputs, n_neurons, f)
    rng = np.random.default_rng(n_inputs)
    layer.weights, layer.biases = (rng.uniform(-1, 1, (n_neurons, k)) for k in (n_inputs, 1))
    if seen is not None:
        forward = layer.forward

        def written_down(inputs: Any, *rest: Any, **more: Any) -> Any:
            seen.append(np.array(inputs))
            return forward(inputs, *rest, **more)

        layer.forward = written_down
    return layer


def _rows_of(x: Any) -> list[int]:
    """Return which rows of the data the columns are; −1 for none."""
    near = np.abs(_X[:, :, np.newaxis] - x[np.newaxis]).max(axis=1) < 1e-12
    return [int(np.argmax(column)) if column.any() else -1 for column in near.T]


def _of_the_visits(seen: list[Any], line: str) -> Finding | None:
    right = "for rows in batches(n, batch_size): x = training_data[rows].T"
    shapes = [np.shape(x) for x in seen]
    told = f"the first layer gets {', '.join(map(str, shapes)) or 'nothing'}"
    told += "; for 7 rows and batch_size 3 right are (2, 3), (2, 3), (2, 1)"
    if not seen:
        return Finding(
            "forward-never", "`fit` never sends a batch forward", "a⁰", told, right, line
        )
    if shapes[0] in ((2,), (1, 2)) or (len(seen) == 7 and shapes[0] == (2, 1)):
        return Finding(
            "one-by-one", "the samples go one by one, not as batches", "a⁰", told, right, line
        )
    if shapes == [(2, 7)]:
        return Finding(
            "one-batch", "all rows go at once: batch_size is not used", "a⁰", told, right, line
        )
    if shapes != [(2, 3), (2, 3), (2, 1)]:
        return Finding("batch-shapes", "the batches have other shapes", "a⁰", told, right, line)
    rows = [row for x in seen for row in _rows_of(x)]
    if sorted(rows) != list(range(7)):
        return Finding(
            "rows-changed",
            "not every row is learnt from once an epoch",
            "a⁰",
            f"the columns are rows {rows} (−1 is none)",
            right,
            line,
        )
    return None


def _step(
    parameters: list[tuple[Any, Any]], rows: list[int], da_of: Any, scale: float
) -> list[tuple[Any, Any]]:
    """Take one step by the formulas, times `scale`."""
    a, kept = _X[rows].T, []
    for (W, b), (_, _, f) in zip(parameters, _LAYERS, strict=True):
        z = W @ a + b
        kept.append((a, z))
        a = f(z)
    da, after = da_of(a, _Y[rows].T), []
    for (W, b), (_, _, f), (a_prev, z) in zip(
        reversed(parameters), reversed(_LAYERS), reversed(kept), strict=True
    ):
        dz = da * f.derivative(z)
        after.append(
            (W - _RATE * scale * dz @ a_prev.T, b - _RATE * scale * dz.sum(axis=1, keepdims=True))
        )
        da = W.T @ dz
    return after[::-1]


def _right_da(p: Any, y: Any) -> Any:
    return (p - y) / (p * (1 - p))


_FITS = (
    ("", "", _right_da, lambda m: 1 / m),
    (
        "sum-not-mean",
        "the step is that of the sum of the losses: 1/m is missing",
        _right_da,
        lambda m: 1.0,
    ),
    (
        "divided-twice",
        "1/m is there twice, in `backward` and in daⁿ",
        _right_da,
        lambda m: 1 / m**2,
    ),
    (
        "by-batch-size",
        "it is divided by batch_size; the last batch has fewer samples",
        _right_da,
        lambda m: 1 / _SIZE,
    ),
    (
        "by-batch-size-too",
        "1/m is there twice: in `backward`, and as 1/batch_size",
        _right_da,
        lambda m: 1 / _SIZE / m,
    ),
    ("by-n", "it is divided by the number of all samples", _right_da, lambda m: 1 / len(_X)),
    (
        "by-n-too",
        "1/m is there twice: in `backward`, and as 1/n",
        _right_da,
        lambda m: 1 / len(_X) / m,
    ),
    (
        "sign",
        "y − ŷ in place of ŷ − y: every step goes up the loss",
        lambda p, y: -_right_da(p, y),
        lambda m: 1 / m,
    ),
    (
        "sigma-prime-lost",
        "daⁿ is ŷ − y, which is dzⁿ: ŷ (1 − ŷ) is missing below the line",
        lambda p, y: p - y,
        lambda m: 1 / m,
    ),
    (
        "sigma-prime-twice",
        "daⁿ is multiplied by ŷ (1 − ŷ), not divided",
        lambda p, y: (p - y) * p * (1 - p),
        lambda m: 1 / m,
    ),
)


def _of_the_weights(
    got: list[tuple[Any, Any]], start: list[tuple[Any, Any]], rows: list[list[int]], line: str
) -> Iterator[Finding]:
    right = "daⁿ = (ŷ − y) / (ŷ (1 − ŷ)), and 1/m once"
    seen = ""
    for key, title, da_of, scale in _FITS:
        wanted = start
        for batch in rows:
            wanted = _step(wanted, batch, da_of, scale(len(batch)))
        differing = _differing(got, wanted)
        if not differing:
            if key:
                yield Finding(key, title, "daⁿ", seen, right, line)
            return
        seen = seen or f"after one epoch {differing}"
    if not _differing(got, start):
        yield Finding(
            "backward-never",
            "`fit` does not change the weights",
            "W",
            seen,
            "for layer in reversed(self.layers): da = layer.backward(da, learning_rate)",
            line,
        )
        return
    labels = _apart(got, start, rows)
    if labels:
        yield Finding(
            "apart",
            "x and y of a batch are not the same rows",
            "y",
            seen,
            "x, y = training_data[rows].T, labels[rows].T",
            line,
        )
        return
    yield Finding(
        "not-recognised",
        "wrong, not recognised: the first quantity that differs is the weights after an epoch",
        "W",
        seen,
        right,
        line,
    )


def _apart(got: list[tuple[Any, Any]], start: list[tuple[Any, Any]], rows: list[list[int]]) -> bool:
    """Say whether the labels of the first rows, batch after batch, explain the weights."""
    wanted, begin = start, 0
    known = _Y.copy()
    for batch in rows:
        places = list(range(begin, begin + len(batch)))
        wanted = _step(
            wanted, batch, lambda p, y, at=places: _right_da(p, known[at].T), 1 / len(batch)
        )
        begin += len(batch)
    return not _differing(got, wanted)


def _differing(got: list[tuple[Any, Any]], wanted: list[tuple[Any, Any]]) -> str:
    for place, ((W, b), (W_right, b_right)) in enumerate(zip(got, wanted, strict=True), 1):
        for name, one, right in ((f"W{place}", W, W_right), (f"b{place}", b, b_right)):
            if not alike(one, right, 1e-4) or np.shape(one) != right.shape:
                return difference(name, one, right, 1e-4)
    return ""
