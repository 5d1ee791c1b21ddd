"""Both engines give the same numbers: every activation, loss, optimizer and option."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from math import inf
from typing import ClassVar

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.pairs import crossed

from chainrule.activations import ACTIVATIONS, Activation
from chainrule.engines import reference
from chainrule.engines.compiled import Compiled
from chainrule.engines.compiled.cuts import has_copy_of_weights
from chainrule.engines.task import Task, TrainingState
from chainrule.layers import Layer, joined
from chainrule.losses import LOSSES, Loss, huber, quantile, softmax_cross_entropy
from chainrule.optimizers import OPTIMIZERS, SGD, Adam, AdamW, Momentum
from chainrule.penalties import NO_PENALTY, Penalty

TOLERANCE = {np.dtype(np.float64): 1e-10, np.dtype(np.float32): 1e-4}


def network(widths, activations, dtype, seed=0):
    rng = np.random.default_rng(seed)
    return [
        Layer(n_in, n_out, activation, initializer="glorot_uniform", rng=rng, dtype=dtype)
        for (n_in, n_out), activation in zip(itertools.pairwise(widths), activations, strict=True)
    ]


def labels(loss, n, n_outputs, rng):
    if "softmax" in loss.name:
        return np.eye(n_outputs)[rng.integers(0, n_outputs, n)]
    if "binary" in loss.name:
        return rng.integers(0, 2, (n, n_outputs))
    return (
        rng.poisson(2.0, (n, n_outputs))
        if "poisson" in loss.name
        else rng.normal(size=(n, n_outputs))
    )


def epochs(engine, layers, task, n_epochs=2, rate=0.01):
    """Train and return the losses, the gradients' norms, θ and the optimizer's memory."""
    theta = joined(layers)
    state = TrainingState.fresh(task, theta)
    trainer = engine.start(layers, task, state)
    order = np.random.default_rng(5).permutation(len(task.y))
    steps = -(-len(order) // task.batch_size)
    results = [
        trainer.run_epoch(order[:: 1 - 2 * (epoch % 2)].copy(), rate * np.linspace(1, 0.5, steps))
        for epoch in range(n_epochs)
    ]
    trainer.close()
    losses, norms = zip(*results, strict=True)
    assert state.t == n_epochs * steps
    return np.array(losses), np.array(norms), theta.copy(), state.slots.copy()


def assert_close(actual, expected, tolerance):
    scale = max(1e-3, float(np.abs(expected).max(initial=0.0)))
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * scale)


def assert_agreement(widths, activations, make_task, dtype, engine=None, **how):
    """Train twice from the same weights and compare all that a training leaves."""
    dtype = np.dtype(dtype)
    by_hand = epochs(reference, network(widths, activations, dtype), make_task(dtype), **how)
    fast = epochs(
        engine or Compiled(n_threads=1),
        network(widths, activations, dtype),
        make_task(dtype),
        **how,
    )
    for actual, expected in zip(fast, by_hand, strict=True):
        assert_close(actual, expected, TOLERANCE[dtype])


def task_maker(loss, optimizer, batch_size, n=23, n_in=3, n_outputs=2, **options):
    def make(dtype):
        rng = np.random.default_rng(1)
        x = rng.normal(size=(n, n_in)).astype(dtype)
        y = labels(loss, n, n_outputs, rng).astype(dtype)
        weight = options.get("sample_weight")
        extra = {} if weight is None else {"sample_weight": np.asarray(weight, dtype)}
        return Task(x, y, loss, optimizer, batch_size, **{**options, **extra})

    return make


both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32])
both_paths = pytest.mark.parametrize("batch_size", [1, 7])


ALL_LOSSES = [
    *LOSSES.values(),
    softmax_cross_entropy(0.1),
    huber(0.3),
    quantile(0.9),
    quantile([0.1, 0.8]),
]


@both_types
@both_paths
@pytest.mark.parametrize(
    ("activation", "loss"),
    crossed(ACTIVATIONS, ALL_LOSSES, usual=("tanh", LOSSES["squared_error"])),
)
def test_every_activation_with_every_loss(activation, loss, batch_size, dtype):
    make = task_maker(loss, SGD(), batch_size)
    assert_agreement([3, 5, 2], [activation, "identity"], make, dtype)


@both_types
@both_paths
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        ("tanh", "softmax_cross_entropy"),
        ("relu", "squared_error"),
        pytest.param("relu", "softmax_cross_entropy", marks=pytest.mark.slow),
        pytest.param("tanh", "squared_error", marks=pytest.mark.slow),
    ],
)
def test_every_optimizer(name, activation, loss, batch_size, dtype):
    make = task_maker(LOSSES[loss], OPTIMIZERS[name](), batch_size)
    # Adam divides by √v + ε: where a gradient is a rounding error, so is the step's direction
    assert_agreement([3, 6, 4, 2], [activation, "sigmoid", "identity"], make, dtype)


@both_paths
@pytest.mark.parametrize("output", ["sigmoid", "tanh", "softplus", "relu"])
def test_the_loss_of_an_output_layers_activation(output, batch_size):
    loss = LOSSES["squared_error"].after(ACTIVATIONS[output])
    assert_agreement([3, 4, 2], ["tanh", output], task_maker(loss, Adam(), batch_size), float)


OPTIONS = {
    "l2": {"penalty": Penalty(l2=0.1)},
    "l1 and l2": {"penalty": Penalty(l1=0.02, l2=0.1)},
    "divided penalty": {"penalty": Penalty(l2=0.5, divided_by_batch=True)},
    "weights": {"sample_weight": np.linspace(0, 3, 23) ** 2},
    "weights, the epoch's loss by rows": {
        "sample_weight": np.linspace(0, 3, 23) ** 2,
        "penalty": Penalty(l2=0.5, divided_by_batch=True),
        "loss_by_rows": True,
    },
    "a batch without weight": {"sample_weight": np.r_[np.zeros(22), 1.0]},
    "dropout": {"dropout": (0.0, 0.5, 0.2), "seed": 12345678901234567890},
    "input dropout": {"dropout": (0.3, 0.0, 0.0), "seed": 7},
    "clipping": {"clip_norm": 0.05},
    "clipping that never acts": {"clip_norm": 1e6},
    "all together": {
        "penalty": Penalty(l1=0.01, l2=0.1, divided_by_batch=True),
        "sample_weight": np.linspace(0.5, 3, 23),
        "dropout": (0.1, 0.5, 0.2),
        "clip_norm": 0.3,
        "seed": 3,
    },
}


@both_types
@pytest.mark.parametrize("batch_size", [1, 2, 7, 23])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_every_option(options, batch_size, dtype):
    make = task_maker(LOSSES["softmax_cross_entropy"], Momentum(), batch_size, **options)
    assert_agreement([3, 17, 5, 2], ["tanh", "silu", "identity"], make, dtype)


@both_types
@pytest.mark.parametrize("batch_size", [1, 7])
def test_sparse_rows_train_as_their_dense_form(batch_size, dtype):
    rng = np.random.default_rng(2)
    table = rng.normal(size=(23, 20)) * (rng.random((23, 20)) < 0.2)

    def maker(form):
        def make(kind):
            y = rng.normal(size=(23, 1)) * 0 + np.arange(23).reshape(-1, 1) / 9
            return Task(
                form(table.astype(kind)),
                y.astype(kind),
                LOSSES["squared_error"],
                Adam(),
                batch_size,
            )

        return make

    widths, activations = [20, 7, 1], ["relu", "identity"]
    assert_agreement(widths, activations, maker(scipy.sparse.csr_array), dtype)
    dense, sparse = (
        epochs(Compiled(), network(widths, activations, np.dtype(dtype)), maker(form)(dtype))
        for form in (np.asarray, scipy.sparse.csr_array)
    )
    for a, b in zip(dense, sparse, strict=True):
        assert_close(a, b, TOLERANCE[np.dtype(dtype)])


@pytest.mark.parametrize(("batch_size", "weight"), [(1, None), (7, np.linspace(0.5, 2, 23))])
@pytest.mark.parametrize(("own", "given"), [(np.float64, np.float32), (np.float32, np.float64)])
def test_rows_of_another_type_are_brought_to_the_networks(own, given, batch_size, weight):
    other = task_maker(
        LOSSES["squared_error"], SGD(), batch_size, sample_weight=weight
    )(given)  # fmt: skip
    same = replace(
        other,
        x=other.x.astype(own),
        y=other.y.astype(own),
        sample_weight=None if weight is None else other.sample_weight.astype(own),
    )
    widths, activations = [3, 5, 2], ["tanh", "identity"]
    found = [
        epochs(Compiled(), network(widths, activations, np.dtype(own)), task)
        for task in (other, same)
    ]
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)


mixtures = given(
    widths=st.lists(st.sampled_from([1, 3, 16, 17, 130]), min_size=2, max_size=10),
    n=st.integers(1, 200),
    batch=st.sampled_from([1, 2, 7, 30, 100, 1000]),
    loss=st.sampled_from(["squared_error", "softmax_cross_entropy", "binary_cross_entropy"]),
    activation=st.sampled_from(["tanh", "sigmoid", "softplus"]),
    optimizer=st.sampled_from([SGD(), Momentum(0.5), AdamW(epsilon=1e-2)]),
    penalty=st.sampled_from([NO_PENALTY, Penalty(l1=0.001, l2=0.01)]),
    weighted=st.booleans(),
    rate=st.sampled_from([0.0, 0.25]),
    clip=st.sampled_from([inf, 0.2]),
    dtype=st.sampled_from([np.float64, np.float32]),
    threads=st.sampled_from([1, 2, 3]),
    vector_bytes=st.sampled_from([16, 32, None]),
)


@settings(max_examples=10, deadline=None)
@mixtures
def test_shapes_and_options_in_a_few_mixtures(**mixture):
    assert_mixture_agrees(**mixture)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@mixtures
def test_shapes_and_options_in_any_mixture(**mixture):
    assert_mixture_agrees(**mixture)


def assert_mixture_agrees(
    widths,
    n,
    batch,
    loss,
    activation,
    optimizer,
    penalty,
    weighted,
    rate,
    clip,
    dtype,
    threads,
    vector_bytes,
):
    depth = len(widths) - 1
    make = task_maker(
        LOSSES[loss],
        optimizer,
        min(batch, n),
        n=n,
        n_in=widths[0],
        n_outputs=widths[-1],
        penalty=penalty,
        sample_weight=np.linspace(0.5, 2, n) if weighted else None,
        dropout=(rate,) * depth if rate else (),
        clip_norm=clip,
    )
    activations = [activation] * (depth - 1) + ["identity"]
    engine = Compiled(threads, vector_bytes, adaptive=False)
    assert_agreement(widths, activations, make, dtype, engine, n_epochs=1)


batches_of_one = (
    given(  # each network is a kernel of its own, to be compiled: few layers here, eight above
        widths=st.lists(st.sampled_from([1, 3, 8, 16, 17, 130]), min_size=2, max_size=4),
        n=st.integers(1, 40),
        loss=st.sampled_from(["squared_error", "softmax_cross_entropy", "binary_cross_entropy"]),
        activation=st.sampled_from(["tanh", "sigmoid", "softplus"]),
        optimizer=st.sampled_from([SGD(), Momentum(0.5), AdamW(epsilon=1e-2)]),
        dtype=st.sampled_from([np.float64, np.float32]),
        vector_bytes=st.sampled_from([16, 32, None]),
    )
)


@settings(max_examples=6, deadline=None)
@batches_of_one
def test_batches_of_one_of_a_few_shapes(**mixture):
    assert_batches_of_one_agree(**mixture)


@pytest.mark.slow
@settings(max_examples=24, deadline=None)
@batches_of_one
def test_batches_of_one_of_any_shape(**mixture):
    assert_batches_of_one_agree(**mixture)


def assert_batches_of_one_agree(widths, n, loss, activation, optimizer, dtype, vector_bytes):
    sizes = {"n": n, "n_in": widths[0], "n_outputs": widths[-1]}
    make = task_maker(LOSSES[loss], optimizer, 1, **sizes)
    activations = [activation] * (len(widths) - 2) + ["identity"]
    engine = Compiled(vector_bytes=vector_bytes)
    assert_agreement(widths, activations, make, dtype, engine, n_epochs=1)


@pytest.mark.parametrize("n_neurons", range(1, 10))
@pytest.mark.parametrize("n_inputs", [2, 3, 4, 8])
def test_batches_of_one_by_the_narrowest_vectors(n_inputs, n_neurons):
    """Any number of rows may be left over at the end of W."""
    make = task_maker(LOSSES["squared_error"], Momentum(0.5), 1, n=3, n_in=2, n_outputs=n_neurons)
    engine = Compiled(vector_bytes=16)
    assert_agreement([2, n_inputs, n_neurons], ["tanh", "identity"], make, np.float64, engine)


@dataclass(frozen=True)
class Normalized:
    """An optimizer of one's own without memory: it makes 0/0 of a weight that has no gradient."""

    slots: ClassVar[int] = 0

    def step(self, theta, grad, state, t, learning_rate):
        theta -= learning_rate * grad / np.abs(grad)


@pytest.mark.parametrize("widths", [[3, 3, 3], [3, 5, 3, 1], [5, 1, 5]])
def test_lanes_without_a_weight_do_not_stop_an_optimizer(widths, monkeypatch):
    make = task_maker(
        LOSSES["squared_error"], Normalized(), 1, n_in=widths[0], n_outputs=widths[-1]
    )
    activations = ["tanh"] * (len(widths) - 1)
    by_hand = epochs(reference, network(widths, activations, np.float64), make(np.float64))
    monkeypatch.delattr(reference, "differentiate")  # what would do the step again
    fast = epochs(Compiled(), network(widths, activations, np.float64), make(np.float64))
    for actual, expected in zip(fast, by_hand, strict=True):
        assert_close(actual, expected, 1e-10)


class Cubic:
    """A learner's own activation object."""

    def __call__(self, z):
        return z * z * z

    def derivative(self, z):
        return 3 * z * z


OWN = {
    "object": Cubic(),
    "lambdas": Activation(
        "own", lambda z: z * np.tanh(z), lambda z, a: np.tanh(z) + z * (1 - np.tanh(z) ** 2)
    ),
    "where": Activation(
        "own", lambda z: np.where(z > 0, z, 0.1 * z), lambda z, a: np.where(z > 0, 1.0, 0.1)
    ),
}


@both_paths
@pytest.mark.parametrize("activation", OWN.values(), ids=OWN)
def test_an_activation_of_ones_own(activation, batch_size):
    make = task_maker(LOSSES["squared_error"], SGD(), batch_size)
    assert_agreement([3, 5, 2], [activation, "identity"], make, float)


@both_paths
def test_a_loss_of_ones_own(batch_size):
    own = Loss(
        "fourth power",
        lambda z, y: ((z - y) ** 4).mean(axis=0),
        lambda z, y: 4 * (z - y) ** 3 / z.shape[0],
        lambda z: z,
    )
    assert_agreement([3, 5, 2], ["tanh", "identity"], task_maker(own, SGD(), batch_size), float)


@pytest.mark.parametrize(("batch_size", "n"), [(129, 257), (70, 200), (200, 320), (65, 66)])
@pytest.mark.parametrize("threads", [1, 2])
@both_types
def test_a_last_batch_that_is_grouped_otherwise(batch_size, n, threads, dtype):
    """The panels of a smaller batch may be summed over in longer groups."""
    make_task = task_maker(
        LOSSES["softmax_cross_entropy"], Adam(), batch_size, n=n, n_in=20, n_outputs=2
    )
    engine = Compiled(threads, adaptive=False)
    assert_agreement([20, 100, 2], ["relu", "identity"], make_task, dtype, engine)


@pytest.mark.parametrize("options", [{}, {"clip_norm": 0.1}, {"dropout": (0.0, 0.5, 0.0)}], ids=str)
@pytest.mark.parametrize("threads", [1, 2])
@both_types
def test_layers_that_have_a_copy_of_their_weights(threads, options, dtype):
    """So large are they that da_prev is a product of Wᵀ; the last task has rows left over."""
    widths = [5, 256, 130, 3] if dtype is np.float64 else [5, 256, 150, 3]
    layers = network(widths, ["tanh", "tanh", "identity"], dtype)
    assert has_copy_of_weights(layers, 1, 64, 8)
    make_task = task_maker(
        LOSSES["softmax_cross_entropy"], Adam(), 64, n=150, n_in=5, n_outputs=3, **options
    )
    assert_agreement(
        widths, ["tanh", "tanh", "identity"], make_task, dtype, Compiled(threads, adaptive=False)
    )


def test_weights_that_change_between_two_epochs():
    """Copies of them do not stay behind."""
    make = task_maker(LOSSES["softmax_cross_entropy"], SGD(), 64, n=128, n_in=5, n_outputs=3)
    task, order, trained = make(np.float64), np.arange(128), []
    for engine in (Compiled(2), reference):
        layers = network([5, 256, 130, 3], ["tanh", "tanh", "identity"], np.float64)
        trainer = engine.start(layers, task, TrainingState.fresh(task, joined(layers)))
        trainer.run_epoch(order, np.full(2, 0.1))
        layers[1].weights *= -1.5
        trainer.run_epoch(order, np.full(2, 0.1))
        trainer.close()
        trained.append(joined(layers).copy())
    assert_close(*trained, 1e-10)
