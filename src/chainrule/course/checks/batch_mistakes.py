"""Chapter 7: the mistakes of a layer's step for a batch, each as what it computes.

An explanation takes one row of each table; the row "" is the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

M = 4
"""Samples in a batch."""

DZ: Mapping[str, tuple[str, Callable[[Any, Any, Any], Any]]] = {
    "": ("", lambda f, z, da: da * f.derivative(z)),
    "no-derivative": ("f′(z) is missing: dz is da itself", lambda f, z, da: da),
    "derivative-at-a": (
        "f′ is taken at a = f(z) in place of z",
        lambda f, z, da: da * f.derivative(f(z)),
    ),
    "derivative-twice": (
        "f′(z) is multiplied in twice",
        lambda f, z, da: da * f.derivative(z) ** 2,
    ),
    "activation-for-derivative": (
        "da is multiplied by f(z), not by f′(z)",
        lambda f, z, da: da * f(z),
    ),
    "dz-negated": (
        "dz has the wrong sign, and with it all that is made of it",
        lambda f, z, da: -da * f.derivative(z),
    ),
}
STEPS: Mapping[str, tuple[str, Callable[[float], tuple[float, float]]]] = {
    "": ("", lambda rate: (rate, rate)),
    "added": ("the step is added: it goes up the loss, not down", lambda rate: (-rate, -rate)),
    "W-added": ("the weights' step is added, not subtracted", lambda rate: (-rate, rate)),
    "b-added": ("the biases' step is added, not subtracted", lambda rate: (rate, -rate)),
    "no-learning-rate": ("the learning rate η is missing", lambda rate: (1.0, 1.0)),
    "W-without-learning-rate": (
        "the learning rate η is missing in the weights' step",
        lambda rate: (1.0, rate),
    ),
    "b-without-learning-rate": (
        "the learning rate η is missing in the biases' step",
        lambda rate: (rate, 1.0),
    ),
    "learning-rate-twice": (
        "the learning rate η is applied twice",
        lambda rate: (rate**2, rate**2),
    ),
}
DW: Mapping[str, tuple[str, Any]] = {
    "": ("", lambda dz, x, da: dz @ x.T / M),
    "dW-summed": (
        "dW is the sum over the samples; right is the average, with 1/m",
        lambda dz, x, da: dz @ x.T,
    ),
    "dW-divided-twice": ("dW is divided by m twice", lambda dz, x, da: dz @ x.T / M**2),
    "dW-by-neurons": (
        "dW is divided by the number of neurons, not of samples",
        lambda dz, x, da: dz @ x.T / len(dz),
    ),
    "dW-without-derivative": ("dW is made of da, not of dz", lambda dz, x, da: da @ x.T / M),
    "W-never-updated": ("the weights are never updated", lambda dz, x, da: 0 * dz @ x.T),
}
DB: Mapping[str, tuple[str, Any]] = {
    "": ("", lambda dz, da: dz.mean(axis=1, keepdims=True)),
    "db-summed": (
        "db is the sum over the samples; right is the average, with 1/m",
        lambda dz, da: dz.sum(axis=1, keepdims=True),
    ),
    "db-over-everything": (
        "db is averaged over the neurons as well: all biases move alike",
        lambda dz, da: np.full((len(dz), 1), dz.mean()),
    ),
    "db-sum-of-everything": (
        "db is summed over the neurons as well: all biases move alike",
        lambda dz, da: np.full((len(dz), 1), dz.sum()),
    ),
    "db-everything-by-m": (
        "db is summed over the neurons as well: all biases move alike",
        lambda dz, da: np.full((len(dz), 1), dz.sum() / M),
    ),
    "db-first-sample": ("db is that of the first sample only", lambda dz, da: dz[:, :1]),
    "db-first-by-m": ("db is that of the first sample only", lambda dz, da: dz[:, :1] / M),
    "db-divided-twice": (
        "db is divided by m twice",
        lambda dz, da: dz.mean(axis=1, keepdims=True) / M,
    ),
    "db-without-derivative": (
        "db is made of da, not of dz",
        lambda dz, da: da.mean(axis=1, keepdims=True),
    ),
    "db-not-summed": (
        "db keeps a column for each sample: the biases grow into a matrix",
        lambda dz, da: dz,
    ),
    "db-not-summed-by-m": (
        "db keeps a column for each sample: the biases grow into a matrix",
        lambda dz, da: dz / M,
    ),
    "db-flat": (
        "db is flat, (n,): with the column b it makes a square",
        lambda dz, da: dz.mean(axis=1),
    ),
    "db-flat-sum": (
        "db is flat, (n,): with the column b it makes a square",
        lambda dz, da: dz.sum(axis=1),
    ),
    "b-never-updated": ("the biases are never updated", lambda dz, da: np.zeros((len(dz), 1))),
}
DA: Mapping[str, tuple[str, Any]] = {
    "": ("", lambda W, new, dz, da: W.T @ dz),
    "da_prev-divided": (
        "da_prev is divided by m; the layers before would divide once more",
        lambda W, new, dz, da: W.T @ dz / M,
    ),
    "da_prev-averaged": (
        "da_prev is averaged over the samples; each sample keeps its column",
        lambda W, new, dz, da: (W.T @ dz).mean(axis=1, keepdims=True),
    ),
    "da_prev-summed": (
        "da_prev is summed over the samples; each sample keeps its column",
        lambda W, new, dz, da: (W.T @ dz).sum(axis=1, keepdims=True),
    ),
    "updated-too-early": (
        "the weights are updated before da_prev is computed",
        lambda W, new, dz, da: new.T @ dz,
    ),
    "da-for-dz": ("da_prev is made of da, not of dz", lambda W, new, dz, da: W.T @ da),
    "returns-nothing": (
        "nothing is returned: the layer before needs da_prev",
        lambda W, new, dz, da: None,
    ),
}
