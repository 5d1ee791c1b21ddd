"""A learner's layer on several samples at once: it must agree with itself on each alone.

dW and db are either both the sums over the samples, or both the means.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array
from chainrule.gradients.calls import same
from chainrule.gradients.differences import Compared, Differences, compare
from chainrule.gradients.learners import Learned
from chainrule.tracing.notation import raised


class AtOnce(NamedTuple):
    """Results of a check on several samples at once: the wrong quantities and the notes."""

    wrong: list[Compared]
    notes: list[str]


def several_at_once(layer: Learned, source: np.random.Generator, number: int = 0) -> AtOnce:
    """Hold a layer's gradients of several samples to those of each.

    Parameters
    ----------
    layer : Learned
        One whose gradients of single samples are right.
    source : numpy.random.Generator
    number : int, optional
        Of the layer in its network, counted from 1.
    """
    n_neurons, n_inputs = layer.W.shape
    m = next(m for m in (3, 4, 5) if m not in (n_neurons, n_inputs))
    x = source.normal(size=(n_inputs, m))
    da = source.choice([-1.0, 1.0], (n_neurons, m)) * source.uniform(0.5, 1.5, (n_neurons, m))
    a, sums = _one_by_one(layer, x, da)
    try:
        at_once = layer.forward(x)
    except (TypeError, ValueError):
        return AtOnce([], [])  # it takes single samples alone
    where = f"layer {number}: " if number else ""
    if not same(at_once, a):
        return _not_seen(where, m, "forward gives other numbers than for each")
    try:
        da_prev = layer.backward(da)
    except (TypeError, ValueError) as error:
        return _not_seen(where, m, str(error).splitlines()[0])
    return _judged({"dW": layer.dW, "db": layer.db, "da_prev": da_prev}, sums, m, number)


def _one_by_one(layer: Learned, x: Array, da: Array) -> tuple[Array, dict[str, Array]]:
    """Return a of every sample, the sums of dW and of db, and da_prev of every sample."""
    a, dW, db, da_prev = [], [], [], []
    for i in range(x.shape[1]):
        a.append(layer.forward(x[:, [i]]))
        da_prev.append(layer.backward(da[:, [i]]).reshape(-1, 1))
        dW.append(layer.dW)
        db.append(layer.db)
    sums = {"dW": np.sum(dW, axis=0), "db": np.sum(db, axis=0), "da_prev": np.hstack(da_prev)}
    return np.hstack(a), sums


def _not_seen(where: str, m: int, why: str) -> AtOnce:
    return AtOnce([], [f"{where}looked at one sample at a time: with {m} at once, {why}"])


def _judged(now: dict[str, Array], sums: dict[str, Array], m: int, number: int) -> AtOnce:
    kinds = {name: _kind(now[name], sums[name], m) for name in now}
    layer, mark = (f"layer {number}: ", raised(number)) if number else ("", "")
    of_weights, of_biases = kinds["dW"], kinds["db"]
    if kinds["da_prev"] == "the sum" and of_weights == of_biases != "":
        mean = [f"{layer}with {m} samples at once dW and db are their means"]
        return AtOnce([], mean if of_weights == "the mean" else [])
    notes = []
    if of_weights and of_biases and of_weights != of_biases:
        notes = [f"{layer}with {m} samples at once dW is {of_weights} over them, db {of_biases}"]
    wrong = [
        compare(f"{name}{mark} of {m} samples", now[name], _exact(sums[name]))
        for name, kind in kinds.items()
        if kind != "the sum"
    ]
    return AtOnce(wrong, notes)


def _kind(now: Array, total: Array, m: int) -> str:
    return "the sum" if same(now, total) else "the mean" if same(now, total / m) else ""


def _exact(values: Array) -> Differences:
    nowhere = np.zeros(values.shape, bool)
    return Differences(values, np.zeros(values.shape), nowhere, nowhere.copy())
