"""What a learner's `Perceptron.fit` does, seen through layers that write down every call.

The layers are right ones, so that a mistake in `fit` is not mixed up with one in `backward`. Its parts
(which rows, in which order through the layers, which daⁿ, what is printed) are judged one by one.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.glassbox.pages import number
from chainrule.glassbox.probes import Failure
from chainrule.glassbox.shapes import retold
from chainrule.glassbox.sources import line_of
from chainrule.layers import Layer


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Attributes
    ----------
    key : str
        Of the mistake.
    title : str
        What is wrong, in the words of the formula.
    quantity : str
        What it spoils first.
    evidence : str
        Their number beside the right one.
    right : str
        The right formula.
    line : str
        The line to look at, if the source can be read.
    """

    key: str
    title: str
    quantity: str
    evidence: str
    right: str
    line: str = ""

    def __str__(self) -> str:
        told = {"right": self.right, "seen": self.evidence, "look at": self.line}
        rows = [f"    {name + ':':<9}{text}" for name, text in told.items() if text]
        return "\n".join([f"✗ {self.title}", *rows])


class _Call(NamedTuple):
    """A call of a layer: forward gives `a` for `given`; backward gives da_prev for `given`."""

    way: str
    layer: int
    given: Array
    answer: Array
    learning_rate: float = 0.0


class _Spy(Layer):
    """A right layer that writes down its calls."""

    def __init__(self, index: int, calls: list[_Call], *sizes_and_activation: Any) -> None:
        super().__init__(*sizes_and_activation, rng=index)
        self._index, self._calls = index, calls

    def forward(self, inputs: Any) -> Array:
        """Compute a."""
        a = super().forward(inputs)
        self._calls.append(_Call("forward", self._index, self.inputs.copy(), a.copy()))
        return a

    def backward(self, da: Any, learning_rate: float) -> Array:
        """Update, and return da_prev."""
        call = _Call(
            "backward", self._index, np.array(da, float), np.empty(0), float(learning_rate)
        )
        self._calls.append(call)
        da_prev = super().backward(da, learning_rate)
        self._calls[-1] = call._replace(answer=da_prev.copy())
        return da_prev


@dataclass(eq=False)
class _Visit:
    """One way forward through the layers and what came back."""

    x: Array
    y_hat: Array
    backward: list[_Call] = field(default_factory=list)


_EPOCHS, _LEARNING_RATE = 4, 0.2
_X = np.array(
    [[0.9, -0.4], [-0.7, 0.8], [0.3, 0.6], [-0.2, -0.9], [0.5, 0.1], [1.1, -1.2], [-1.3, 0.2]]
)
_Y = np.array([[1], [0], [1], [1], [0], [1], [1]])


@dataclass(eq=False)
class _Seen:
    """What a fit did."""

    visits: list[_Visit]
    printed: str
    X: Array
    moved: bool
    failure: Failure | None = None


def look_at_fit(perceptron: type) -> tuple[list[Finding], list[str]]:
    """Return what is wrong with a learner's `fit`, and what is worth knowing."""
    seen = _observe(perceptron, bias=0.0)
    if seen.moved and not seen.visits:
        return [], [
            "`fit` trains without calling its layers' forward and backward, so its steps cannot be "
            "followed"
        ]
    findings = list(_findings(perceptron, seen))
    remarks = list(_remarks(perceptron, seen)) if not findings else []
    return findings, remarks


def _observe(perceptron: type, bias: float, epochs: int = _EPOCHS) -> _Seen:
    calls: list[_Call] = []
    f, g = _activations()
    layers = [_Spy(0, calls, 2, 3, f), _Spy(1, calls, 3, 2, g), _Spy(2, calls, 2, 1, f)]
    layers[-1].biases += bias
    before = [layer.theta.copy() for layer in layers]
    X, y, printed, failure = _X.copy(), _Y.copy(), io.StringIO(), None
    known = np.random.get_state()  # noqa: NPY002  # the page shuffles with the global generator
    np.random.seed(0)  # noqa: NPY002
    try:
        with (
            contextlib.redirect_stdout(printed),
            np.errstate(all="ignore"),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            perceptron(layers).fit(X, y, epochs, _LEARNING_RATE)
    except Exception as error:
        failure = Failure.of(error)
    finally:
        np.random.set_state(known)  # noqa: NPY002
    moved = any((layer.theta != theta).any() for layer, theta in zip(layers, before, strict=True))
    return _Seen(_visits(calls), printed.getvalue(), X, moved, failure)


def _activations() -> tuple[Any, Any]:
    from chainrule.activations import sigmoid, tanh

    return sigmoid, tanh


def _visits(calls: Sequence[_Call]) -> list[_Visit]:
    visits: list[_Visit] = []
    for call in calls:
        if call.way == "forward" and call.layer == 0:
            visits.append(_Visit(call.given, call.answer))
        elif visits and call.way == "forward":
            visits[-1].y_hat = call.answer
        elif visits:
            visits[-1].backward.append(call)
    return visits


# What is wrong -----------------------------------------------------------------------------


def _findings(perceptron: type, seen: _Seen) -> Iterator[Finding]:
    trained = [visit for visit in seen.visits if visit.backward]
    if seen.failure is not None:
        yield _of_a_wrong_way(perceptron, trained) or _failed(seen)
        return
    trouble = _of_the_loops(perceptron, seen, trained)
    if trouble is not None:
        yield trouble
        return
    order = _of_the_way_back(perceptron, trained)
    if order is not None:
        yield order
    of_da = list(_of_da(perceptron, trained))
    yield from of_da
    rows = _of_the_rows(perceptron, trained)
    if rows is not None:
        yield rows
    rate = trained[0].backward[0].learning_rate
    if rate != _LEARNING_RATE:
        yield Finding(
            "learning-rate-changed", "`backward` is given another learning rate", "η",
            f"it gets {number(rate)}; `fit` was given {number(_LEARNING_RATE)}",
            "layer.backward(da, learning_rate)", line_of(perceptron, "fit", ("backward",)),
        )  # fmt: skip
    if not any(finding.quantity == "y" for finding in of_da):  # whose loss would be the right one?
        yield from _of_the_loss(perceptron, seen, trained)


def _of_a_wrong_way(perceptron: type, trained: Sequence[_Visit]) -> Finding | None:
    """Look whether a fit failed because da went to a layer that it is not for."""
    if not trained:
        return None
    calls = trained[-1].backward
    if calls[0].layer == 0:
        return _layers_forward(
            perceptron, "`backward` is called on layer 1 first; right is layer 3"
        )
    if len(calls) > 1 and np.array_equal(calls[-1].given, calls[0].given):
        return _not_chained(perceptron, calls[-1], calls[-2])
    return None


def _layers_forward(perceptron: type, seen: str) -> Finding:
    return Finding(
        "layers-forward", "the layers are gone through forward, not backward", "da", seen, _CHAIN,
        line_of(perceptron, "fit", ("reversed", "backward", "for")),
    )  # fmt: skip


def _not_chained(perceptron: type, call: _Call, behind: _Call) -> Finding:
    return Finding(
        "not-chained", "da is not handed on: a layer does not get the da_prev of the one behind it",
        "da",
        f"layer {call.layer + 1} gets {_brief(call.given)}; the layer behind it returned "
        f"{_brief(behind.answer)}", _CHAIN,
        line_of(perceptron, "fit", ("reversed", "backward", "for")),
    )  # fmt: skip


_CHAIN = "from the last layer to the first: da = layer.backward(da, learning_rate)"


def _failed(seen: _Seen) -> Finding:
    failure = seen.failure
    assert failure is not None
    line = f"line {failure.number}: {failure.line}" if failure.line else ""
    if isinstance(failure.error, NotImplementedError):
        return Finding(
            "unfinished", "`fit` is not written yet", "daⁿ", "it raises NotImplementedError",
            "forward, loss, daⁿ, backward through the layers", line,
        )  # fmt: skip
    shapes = {"y_hat": (1, 1), "da": (1, 1), "x": (2, 1), "training_data": _X.shape,
              "labels": _Y.shape}  # fmt: skip
    return Finding(
        "fit-fails", "`fit` cannot be run", "daⁿ",
        f"on {len(_X)} rows of 2 features, labels (7, 1): "
        f"{retold(failure.error, shapes, failure.line)}",
        "one sample at a time: forward, loss, daⁿ, backward through the layers", line,
    )  # fmt: skip


def _of_the_loops(perceptron: type, seen: _Seen, trained: Sequence[_Visit]) -> Finding | None:
    n, wanted = len(_X), len(_X) * _EPOCHS
    right = "for each epoch: for each sample: forward, daⁿ, backward through the layers"
    line = line_of(perceptron, "fit", ("backward", "for"))
    if not seen.visits:
        return Finding("forward-never", "`fit` never sends a sample forward", "ŷ",
                       "no layer's `forward` is called", right, line_of(perceptron, "fit", ("for",)))  # fmt: skip
    if not trained:
        return Finding("backward-never", "`fit` never goes backward through the layers", "da",
                       "no layer's `backward` is called", right, line)  # fmt: skip
    if len(trained) in (1, _EPOCHS):
        return Finding(
            "backward-outside", "`backward` is called outside of the loop over the samples", "dW",
            f"{len(trained)} times for {wanted} samples ({n} in each of {_EPOCHS} epochs)", right,
            line,
        )  # fmt: skip
    if len(trained) != wanted:
        return Finding(
            "samples-missing", "not every sample is learnt from once an epoch", "dW",
            f"{len(trained)} steps; {n} samples in {_EPOCHS} epochs are {wanted}", right, line,
        )  # fmt: skip
    if trained[0].x.shape[1] != 1:
        return Finding(
            "not-one-by-one", "the samples do not go one by one", "a⁰",
            f"the first layer gets {trained[0].x.shape}; one sample is a column (2, 1)", right, line,
        )  # fmt: skip
    return None


def _of_the_way_back(perceptron: type, trained: Sequence[_Visit]) -> Finding | None:
    order = [call.layer for call in trained[0].backward]
    if order == [0, 1, 2]:
        return _layers_forward(
            perceptron, "`backward` is called on layers 1, 2, 3; right is 3, 2, 1"
        )
    if order != [2, 1, 0]:
        told = ", ".join(str(layer + 1) for layer in order)
        return Finding(
            "layers-missing", "`backward` is not called once on every layer", "da",
            f"it is called on layers {told}; right is 3, 2, 1", _CHAIN,
            line_of(perceptron, "fit", ("reversed", "backward", "for")),
        )  # fmt: skip
    for visit in trained:
        for call, behind in zip(visit.backward[1:], visit.backward, strict=False):
            same_shape = call.given.shape == behind.answer.shape
            if not (same_shape and np.allclose(call.given, behind.answer)):
                return _not_chained(perceptron, call, behind)
    return None


def _brief(array: Array) -> str:
    return "[" + ", ".join(number(value) for value in np.ravel(array)[:4]) + "]"


Formula = Callable[[Any, Any], Any]


def _right_da(p: Any, y: Any) -> Any:
    return (p - y) / (p * (1 - p))


def _loss(p: Any, y: Any) -> Any:
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


_WRONG_DA: tuple[tuple[str, str, Formula], ...] = (
    ("sign", "y − ŷ in place of ŷ − y: every step goes up the loss", lambda p, y: -_right_da(p, y)),
    ("sigma-prime-lost", "daⁿ is ŷ − y, which is dzⁿ: the layer multiplies by σ′(z) once more",
     lambda p, y: p - y),
    ("sign-and-sigma-prime", "daⁿ is y − ŷ: the sign is wrong, and ŷ(1 − ŷ) is missing",
     lambda p, y: y - p),
    ("sigma-prime-twice", "daⁿ is multiplied by ŷ(1 − ŷ), not divided: σ′ is counted twice",
     lambda p, y: (p - y) * p * (1 - p)),
    ("squared-error", "daⁿ is that of the squared error, 2(ŷ − y)", lambda p, y: 2 * (p - y)),
    ("brackets", "brackets are missing: (ŷ − y) / ŷ · (1 − ŷ)", lambda p, y: (p - y) / p * (1 - p)),
    ("first-term", "daⁿ has the first term only, −y/ŷ", lambda p, y: -y / p),
    ("second-term", "daⁿ has the second term only, (1 − y)/(1 − ŷ)", lambda p, y: (1 - y) / (1 - p)),
    ("term-sign", "the second term of daⁿ has the wrong sign: −y/ŷ − (1 − y)/(1 − ŷ)",
     lambda p, y: -y / p - (1 - y) / (1 - p)),
    ("loss-for-derivative", "daⁿ is the loss itself, not its derivative", _loss),
    ("mean", "daⁿ is divided by the number of samples, though each has its own step",
     lambda p, y: _right_da(p, y) / len(_X)),
    ("times-n", "daⁿ is multiplied by the number of samples", lambda p, y: _right_da(p, y) * len(_X)),
)  # fmt: skip


def _of_da(perceptron: type, trained: Sequence[_Visit]) -> Iterator[Finding]:
    """Yield what is wrong with daⁿ, or with the labels that it is made of."""
    line = line_of(perceptron, "fit", ("da", "/"), without="backward")
    right = "daⁿ = (ŷ − y) / (ŷ(1 − ŷ))"
    given = np.array([np.ravel(visit.backward[0].given)[:1] for visit in trained]).ravel()
    p = np.array([visit.y_hat.ravel()[0] for visit in trained])
    rows = np.array([_row(visit.x) for visit in trained])
    if (rows < 0).any() or trained[0].backward[0].layer != 2:
        return
    y = _Y.ravel()[rows]
    if _near(given, _right_da(p, y)):
        return
    seen = f"ŷ = {number(p[0])}, y = {y[0]}: daⁿ is {number(given[0])}; right is "
    seen += number(_right_da(p[0], y[0]))
    for key, title, formula in _WRONG_DA:
        with np.errstate(all="ignore"):
            if _near(given, formula(p, y)):
                yield Finding(key, title, "daⁿ", seen, right, line)
                return
    for key, title, formula in (("", "", _right_da), *_WRONG_DA):
        with np.errstate(all="ignore"):
            other, own = formula(p, 1 - y), formula(p, y)
        mixed = np.isclose(given, own, rtol=1e-4) | np.isclose(given, other, rtol=1e-4)
        if mixed.all():
            wrong = int(np.flatnonzero(~np.isclose(given, own, rtol=1e-4))[0])
            yield Finding(
                "shuffled-apart", "X and y are shuffled apart: a row meets another row's label",
                "y",
                f"row {_X[rows[wrong]].tolist()} has the label {y[wrong]}, but daⁿ is made with "
                f"{1 - y[wrong]}", "the same permutation for both: X[order], y[order]",
                line_of(perceptron, "fit", ("permutation", "shuffle")),
            )  # fmt: skip
            if key:
                yield Finding(key, title, "daⁿ", seen, right, line)
            return
    yield Finding("not-recognised", "wrong, not recognised: the first quantity that differs is daⁿ",
                  "daⁿ", seen, right, line)  # fmt: skip


def _near(a: Array, b: Array) -> bool:
    """Compare but for what a guard against division by 0 changes."""
    return bool(np.allclose(a, b, rtol=1e-4, atol=1e-9))


def _row(x: Array) -> int:
    """Return which row of the data a sample is; −1 if it is none."""
    fitting = np.flatnonzero((np.abs(_X - x.ravel()[:2]) < 1e-12).all(axis=1))
    return int(fitting[0]) if len(fitting) else -1


def _of_the_rows(perceptron: type, trained: Sequence[_Visit]) -> Finding | None:
    rows = np.array([_row(visit.x) for visit in trained])
    line = line_of(perceptron, "fit", ("permutation", "shuffle"))
    right = "every row once an epoch: order = np.random.permutation(n), then X[order], y[order]"
    if (rows < 0).any():
        wrong = trained[int(np.flatnonzero(rows < 0)[0])].x
        return Finding("rows-changed", "a sample is no row of the data", "a⁰",
                       f"the first layer gets {_brief(wrong)}", right, line)  # fmt: skip
    for epoch, visited in enumerate(rows.reshape(_EPOCHS, len(_X)), 1):
        twice = [int(row) for row, times in enumerate(np.bincount(visited)) if times > 1]
        if twice:
            missing = sorted(set(range(len(_X))) - set(visited.tolist()))
            return Finding(
                "rows-duplicated", "rows are lost while they are shuffled: some come twice, others "
                "never", "a⁰",
                f"in epoch {epoch} row {twice[0]} comes {int((visited == twice[0]).sum())} times, "
                f"row {missing[0]} never", right, line,
            )  # fmt: skip
    return None


# What is printed ------------------------------------------------------------------------------


def _of_the_loss(perceptron: type, seen: _Seen, trained: Sequence[_Visit]) -> Iterator[Finding]:
    printed = _numbers_of_epochs(seen.printed)
    if printed is None:
        return
    rows = np.array([_row(visit.x) for visit in trained])
    if (rows < 0).any():
        return
    p = np.array([visit.y_hat.ravel()[0] for visit in trained])
    losses = _loss(p, _Y.ravel()[rows]).reshape(_EPOCHS, len(_X))
    sums = losses.sum(axis=1)
    n = len(_X)
    if _agree(printed, sums / n):
        return
    y = _Y.ravel()[rows].reshape(losses.shape)
    p = p.reshape(losses.shape)
    candidates = [
        ("loss-not-averaged", "the loss is summed over the samples, not averaged", sums),
        ("loss-not-reset", "the loss is not set back to 0 when an epoch begins",
         np.cumsum(sums) / n),
        ("loss-not-reset-nor-averaged", "the loss is neither set back to 0 nor averaged",
         np.cumsum(sums)),
        ("loss-half", "half of the loss is missing: the term (1 − y) log(1 − ŷ)",
         -(y * np.log(p)).sum(axis=1) / n),
        ("loss-other-half", "half of the loss is missing: the term y log ŷ",
         -((1 - y) * np.log(1 - p)).sum(axis=1) / n),
        ("loss-sign", "the loss has the wrong sign", -sums / n),
        ("loss-halved", "the loss is half as large as it is", sums / n / 2),
        ("loss-of-last", "the last sample's loss is printed, not the average", losses[:, -1]),
        ("loss-squared", "the squared error is printed, not the cross-entropy",
         ((p - y) ** 2).mean(axis=1)),
        ("loss-halved-squared", "half the squared error is printed, not the cross-entropy",
         ((p - y) ** 2).mean(axis=1) / 2),
        ("loss-averaged-twice", "the loss is divided by the number of samples twice", sums / n / n),
    ]  # fmt: skip
    told = f"epoch 1 prints {number(printed[0])}; right is {number(sums[0] / n)}"
    if len(printed) > 1:
        told += f"; epoch 2 {number(printed[1])}, right {number(sums[1] / n)}"
    line = line_of(perceptron, "fit", ("loss",))
    right = "L = −(y log ŷ + (1 − y) log(1 − ŷ)), summed from 0 in every epoch, divided by n"
    for key, title, values in candidates:
        if _agree(printed, values):
            yield Finding(key, f"{title} (the weights are right)", "L", told, right, line)
            return
    yield Finding("loss-not-recognised", "the printed loss is wrong, not recognised how", "L", told,
                  right, line)  # fmt: skip


_NUMBER = re.compile(r"[-+]?\d+\.\d+(?:[eE][-+]?\d+)?")


def _numbers_of_epochs(printed: str) -> list[float] | None:
    """Return the last decimal number of each line, if there is one line for each epoch."""
    found = [_NUMBER.findall(line) for line in printed.splitlines()]
    numbers = [float(texts[-1]) for texts in found if texts]
    return numbers if len(numbers) == _EPOCHS else None


def _agree(printed: Sequence[float], values: Array) -> bool:
    """Compare numbers that were printed with three digits behind the point, or more."""
    return bool(np.allclose(printed, values, rtol=1e-4, atol=6e-4))


# What is worth knowing ---------------------------------------------------------------------------


def _remarks(perceptron: type, seen: _Seen) -> Iterator[str]:
    orders = np.array([_row(visit.x) for visit in seen.visits if visit.backward])
    if (orders.reshape(_EPOCHS, len(_X)) == orders[: len(_X)]).all():
        yield ("the samples come in the same order every epoch; the page draws a new permutation")
    if not np.array_equal(seen.X, _X):
        yield "`fit` shuffles the caller's own array in place; X[order] leaves it as it is"
    if _numbers_of_epochs(seen.printed) is None:
        yield (
            "the average loss of an epoch was not found in what is printed; the page prints "
            "'Loss at epoch 1: 0.693'"
        )
    sure = _observe(perceptron, bias=60.0, epochs=1)
    numbers = [call.given for visit in sure.visits for call in visit.backward]
    if sure.failure is not None or not all(np.isfinite(array).all() for array in numbers):
        yield (
            "where the network is sure and wrong, ŷ is rounded to 0 or 1, and log 0 or a division "
            "by 0 follows; the page's own code does so too. np.clip(ŷ, 1e-15, 1 − 1e-15) guards it"
        )
