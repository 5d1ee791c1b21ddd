"""JAX: one jitted function per epoch, a scan over its batches with Adam by hand.

The parameters are donated, the rows are gathered inside. NumPy draws the order, because JAX's
own permutation sorts random keys, which costs more than some cells' whole epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.cells import Cell
from benchmarks.data import LEARNING_RATE, inputs, targets, weights
from benchmarks.peers import Way, Ways

PACKAGES = ("jax", "jaxlib", "numpy")

_ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}
_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


def training(cell: Cell) -> Ways:
    """Gather rows step by step or for the whole epoch at once.

    Unrolling the scan made no cell faster and some slower, and so did XLA's flags for the
    width of vectors, fast mathematics and oneDNN.
    """
    jax.config.update("jax_enable_x64", cell.dtype == "float64")
    return {
        "gather per step": _epochs(cell, gather_first=False),
        "gather first": _epochs(cell, gather_first=True),
    }


def _epochs(cell: Cell, *, gather_first: bool) -> Way:
    x, y = jnp.asarray(inputs(cell)), jnp.asarray(targets(cell))
    epoch = jax.jit(partial(_epoch, cell, gather_first), donate_argnums=0)
    rng = np.random.default_rng(4)
    state = _fresh_state(cell)

    def run(passes: int) -> None:
        nonlocal state
        for _ in range(passes):
            order = rng.permutation(cell.rows).astype(np.int32)
            state, loss = epoch(state, (x, y), order.reshape(cell.steps, cell.batch_size))
        jax.block_until_ready((state, loss))

    return run


def _fresh_state(cell: Cell) -> Any:
    theta = jax.tree.map(jnp.asarray, weights(cell))
    if cell.optimizer == "sgd":
        return (theta,)
    zeros = jax.tree.map(jnp.zeros_like, theta)
    return theta, zeros, jax.tree.map(jnp.copy, zeros), jnp.zeros((), jnp.int32)


def _epoch(cell: Cell, gather_first: bool, state: Any, data: Any, order: Any) -> Any:
    x, y = data
    update = _adam if cell.optimizer == "adam" else _sgd

    def step(state: Any, batch: Any) -> Any:
        loss, gradient = jax.value_and_grad(partial(_loss, cell))(state[0], *batch)
        return update(state, gradient), loss

    def step_by_rows(state: Any, rows: Any) -> Any:
        return step(state, (_take(x, rows), _take(y, rows)))

    if gather_first:
        return jax.lax.scan(step, state, (_take(x, order), _take(y, order)))
    return jax.lax.scan(step_by_rows, state, order)


def _take(rows: Any, order: Any) -> Any:
    return rows.at[order].get(mode="promise_in_bounds", unique_indices=True)


def _loss(cell: Cell, theta: Any, x: Any, y: Any) -> Any:
    z = _raw_output(_ACTIVATIONS[cell.activation], theta, x)
    if cell.target == "numbers":
        return 0.5 * jnp.mean((z - y) ** 2)
    if cell.target == "binary":
        return jnp.mean(jax.nn.softplus(z) - y * z)
    return jnp.mean(jax.nn.logsumexp(z, axis=1) - jnp.sum(y * z, axis=1))


def _raw_output(activation: Callable[[Any], Any], theta: Any, a: Any) -> Any:
    *hidden, (last_w, last_b) = theta
    for w, b in hidden:
        a = activation(a @ w + b)
    return a @ last_w + last_b


def _sgd(state: Any, gradient: Any) -> Any:
    return (jax.tree.map(lambda p, g: p - LEARNING_RATE * g, state[0], gradient),)


def _adam(state: Any, gradient: Any) -> Any:
    theta, m, v, t = state
    t = t + 1
    power = t.astype(theta[0][0].dtype)
    scale = jnp.sqrt(1 - _BETA2**power) / (1 - _BETA1**power)
    m = jax.tree.map(lambda m, g: m + (1 - _BETA1) * (g - m), m, gradient)
    v = jax.tree.map(lambda v, g: v + (1 - _BETA2) * (g * g - v), v, gradient)
    theta = jax.tree.map(
        lambda p, m, v: p - LEARNING_RATE * scale * m / (jnp.sqrt(v) + _EPSILON), theta, m, v
    )
    return theta, m, v, t
