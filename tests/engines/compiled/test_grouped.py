"""Both engines give the same numbers for layers in groups, for any number of threads."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import DivergenceError, Perceptron
from chainrule.engines import reference
from chainrule.engines.compiled import Compiled
from chainrule.engines.compiled.blocks import Blocks
from chainrule.engines.compiled.cuts import cut_weights, has_copy_of_weights, work_of_step
from chainrule.engines.task import Task, TrainingState
from chainrule.grouped import GroupedLayer, Through
from chainrule.layers import Layer, joined
from chainrule.losses import LOSSES
from chainrule.optimizers import OPTIMIZERS, SGD, AdamW, Momentum
from chainrule.penalties import NO_PENALTY, Penalty

TOLERANCE = {np.dtype(np.float64): 1e-10, np.dtype(np.float32): 2e-4}

group_sizes = st.one_of(
    st.tuples(
        st.sampled_from([1, 2, 3, 15, 16, 17, 40]),
        st.sampled_from([1, 3, 8, 16, 17]),
        st.sampled_from(["cos", "identity", "tanh", "ramp"]),
    ),
    st.sampled_from([1, 2, 9, 16]),
)
"""Inputs, neurons and activation; or how many inputs go through."""

first_layers = st.lists(group_sizes, max_size=5).map(lambda more: [*more, (2, 5, "cos")])


def in_groups(sizes, dtype, seed=0):
    """Return a grouped layer of groups of these sizes."""
    rng = np.random.default_rng(seed)
    return GroupedLayer(
        [
            Through(size)
            if isinstance(size, int)
            else Layer(*size, initializer="glorot_uniform", rng=rng, dtype=dtype)
            for size in sizes
        ]
    )


def network(sizes, dtype, last="identity"):
    """Return two grouped layers, one with inputs that go through, and two plain ones."""
    first = in_groups(sizes, dtype)
    rest = first.n_neurons - 3
    second = in_groups([2, (rest, 4, "tanh"), 1] if rest > 0 else [(3, 4, "tanh")], dtype, seed=1)
    rng = np.random.default_rng(2)
    plain = [(second.n_neurons, 17, "tanh"), (17, 2, last)]
    return [first, second, *(Layer(*each, rng=rng, dtype=dtype) for each in plain)]


def task(sizes, dtype, *, n=30, batch_size=7, optimizer=None, sparse=False, **options):
    rng = np.random.default_rng(1)
    n_inputs = in_groups(sizes, dtype).n_inputs
    x, y = rng.normal(size=(n, n_inputs)).astype(dtype), rng.normal(size=(n, 2)).astype(dtype)
    if sparse:
        x = scipy.sparse.csr_array(x * (x > 0.3))
    if "sample_weight" in options:
        options["sample_weight"] = options["sample_weight"].astype(dtype)
    return Task(x, y, LOSSES["squared_error"], optimizer or Momentum(0.5), batch_size, **options)


def trained(engine, layers, task, n_epochs=2):
    """Train and return the losses, the gradients' norms, θ, and predictions of few and all rows."""
    theta = joined(layers)
    trainer = engine.start(layers, task, TrainingState.fresh(task, theta))
    steps = -(-len(task.y) // task.batch_size)
    order = np.random.default_rng(5).permutation(len(task.y))
    results = [trainer.run_epoch(order, np.full(steps, 0.01)) for _ in range(n_epochs)]
    trainer.close()
    rows = [task.x[:n] for n in (1, 3, len(task.y))]
    return np.array(results), theta.copy(), *(engine.predict(layers, each) for each in rows)


ENGINES = Compiled(1), Compiled(3, adaptive=False)


def assert_engines_agree(sizes, dtype, engines=ENGINES, **options):
    """Compare with the reference engine, and one number of threads with the other bit for bit."""
    dtype = np.dtype(dtype)
    made = task(sizes, dtype, **options)
    by_hand = trained(reference, network(sizes, dtype), made)
    found = [trained(engine, network(sizes, dtype), made) for engine in engines]
    for actual, expected in zip(found[0], by_hand, strict=True):
        scale = max(1e-3, float(np.abs(expected).max(initial=0.0)))
        close = TOLERANCE[dtype]
        np.testing.assert_allclose(actual, expected, rtol=close, atol=close * scale)
    for other in found[1:]:
        for one, another in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(one, another)


SIZES = [(1, 16, "cos"), 2, (20, 8, "identity"), (1, 5, "ramp"), (1, 1, "cos"), 1]
OPTIONS = {
    "plain": {},
    "one row": {"batch_size": 1},
    "all rows": {"batch_size": 30},
    "CSR": {"sparse": True},
    "CSR, one row": {"sparse": True, "batch_size": 1},
    "dropout": {"dropout": (0.2, 0.3, 0.1, 0.0), "seed": 12345678901234567890},
    "clipping": {"clip_norm": 0.05},
    "weights": {"sample_weight": np.linspace(0, 3, 30) ** 2},
    "all together": {
        "penalty": Penalty(l1=0.01, l2=0.1, divided_by_batch=True),
        "sample_weight": np.linspace(0.5, 3, 30),
        "dropout": (0.1, 0.5, 0.2, 0.0),
        "clip_norm": 0.3,
    },
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_every_option(options, dtype):
    assert_engines_agree(SIZES, dtype, **options)


@pytest.mark.parametrize("batch_size", [7, 30])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer(name, batch_size):
    assert_engines_agree(SIZES, np.float64, optimizer=OPTIMIZERS[name](), batch_size=batch_size)


@pytest.mark.parametrize("n", [200, 70])
def test_many_groups_and_samples(n):
    """Tasks of several groups; a gradient for each group of panels, and one for all."""
    sizes = [*[(1, 16, "cos")] * 20, 20, (300, 8, "identity")]
    layers = network(sizes, np.dtype(np.float64))
    tasks = cut_weights(layers, n, 8)
    assert max(len(each.parts) for each in tasks) > 10
    assert_engines_agree(sizes, np.float32, n=n, batch_size=64)


mixtures = given(
    sizes=first_layers,
    n=st.integers(1, 150),
    batch_size=st.sampled_from([1, 2, 7, 30, 150]),
    optimizer=st.sampled_from([SGD(), Momentum(0.5), AdamW(epsilon=1e-2)]),
    penalty=st.sampled_from([NO_PENALTY, Penalty(l2=0.01)]),
    rate=st.sampled_from([0.0, 0.25]),
    clip_norm=st.sampled_from([inf, 0.2]),
    sparse=st.booleans(),
    dtype=st.sampled_from([np.float64, np.float32]),
    threads=st.sampled_from([1, 2, 3]),
    vector_bytes=st.sampled_from([16, 32, None]),
)


@settings(max_examples=12, deadline=None)
@mixtures
def test_shapes_and_options_in_a_few_mixtures(**mixture):
    assert_mixture_agrees(**mixture)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@mixtures
def test_shapes_and_options_in_any_mixture(**mixture):
    assert_mixture_agrees(**mixture)


def assert_mixture_agrees(*, sizes, n, batch_size, rate, dtype, threads, vector_bytes, **options):
    dropout = (rate,) * 4 if rate else ()
    engines = [Compiled(threads, vector_bytes, adaptive=False), Compiled(1, vector_bytes)]
    options |= {"n": n, "batch_size": min(batch_size, n), "dropout": dropout}
    assert_engines_agree(sizes, dtype, engines, **options)


# What a grouped layer is made of --------------------------------------------------------------


def test_a_plain_layer_is_one_block():
    layer = Layer(3, 4, "tanh", rng=0)
    blocks = Blocks.of(layer)
    assert not blocks.is_grouped
    ((block,), (run,)) = blocks.blocks, blocks.runs
    assert block[:6] == (0, 3, 0, 4, 0, 16)
    assert run[1:] == (0, 4, (block,))
    assert Blocks.of(GroupedLayer([layer])) == blocks


def test_neighbours_with_one_activation_are_one_run():
    layer = in_groups([(1, 2, "cos"), (3, 1, "cos"), 2, (1, 4, "identity"), (1, 1, "cos")], float)
    blocks = Blocks.of(layer)
    assert [block.start for block in blocks.blocks] == [0, 4, 8, 8, 16]
    assert [block.parameters for block in blocks.blocks] == [4, 4, 0, 8, 2]
    runs = [(repr(run.activation), run.first_neuron, run.n_neurons) for run in blocks.runs]
    assert runs == [("cos", 0, 3), ("identity", 3, 6), ("cos", 9, 1)]
    assert work_of_step([layer], 1) == 6 * (2 + 3 + 4 + 1)


@given(sizes=first_layers, large=st.booleans(), lanes=st.sampled_from([4, 8, 16]))
def test_tasks_cover_all_parameters_in_order(sizes, large, lanes):
    more = [(500, 300, "tanh")] if large else []
    layers = network([*sizes, *more], np.dtype(np.float32))
    tasks = cut_weights(layers, 64, lanes)
    assert not has_copy_of_weights(layers, 0, 64, lanes)
    ends = [each.start + each.parameters for each in tasks]
    assert [each.start for each in tasks] == [0, *ends[:-1]]
    assert ends[-1] == sum(layer.theta.size for layer in layers)
    for each in tasks:
        places = [part.start for part in each.parts]
        stops = [part.start + part.parameters for part in each.parts]
        assert places == [each.start, *stops[:-1]]
        assert len({part.layer for part in each.parts}) == 1


# Odd ends --------------------------------------------------------------------------------------


def test_a_last_layer_in_groups():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 4)), rng.normal(size=(40, 3))
    found = []
    for engine in (reference, Compiled(1), Compiled(2)):
        last = in_groups([(2, 1, "identity"), 1, (2, 1, "identity")], float)
        net = Perceptron([Layer(4, 5, "tanh", rng=0), last])
        net.fit(
            x, y, 2, 0.1, loss="squared_error", engine=engine, rng=0, verbose=False, batch_size=8
        )
        found.append((net.theta.copy(), net.predict(x, engine=engine), net.predict(x[:1])))
    for other in found[1:]:
        for one, another in zip(found[0], other, strict=True):
            np.testing.assert_allclose(another, one, rtol=1e-10)


def test_a_last_layer_of_several_activations_trains_in_numpy():
    net = Perceptron([in_groups([(2, 1, "tanh"), (1, 1, "cos")], float)])
    x, y = np.ones((4, 3)), np.ones((4, 2))
    with pytest.warns(RuntimeWarning, match="runs in NumPy, more slowly"):
        net.fit(x, y, 1, 0.1, loss="squared_error", batch_size=2, rng=0, verbose=False)
    np.testing.assert_allclose(net.predict(x), net.forward(x.T).T, rtol=1e-12)


@pytest.mark.parametrize("engine", [reference, Compiled(1)])
def test_what_is_not_finite_is_named(engine):
    layers = [in_groups([(1, 2, "identity"), 1], float), Layer(3, 1, "identity", rng=0)]
    layers[0].groups[0].weights = [[1e200], [1.0]]
    x, y = np.array([[1e200, 1.0]] * 4), np.zeros((4, 1))
    with pytest.raises(DivergenceError, match="z of layer 1") as caught:
        Perceptron(layers).fit(
            x, y, 1, 0.1, loss="squared_error", batch_size=2, engine=engine, verbose=False
        )
    assert caught.value.layer == 1
    layers[0].groups[0].weights = [[1.0], [1.0]]
    with pytest.raises(DivergenceError):
        Perceptron(layers).fit(
            x * [1e-46, 1], y, 1, 1.0, loss="squared_error", batch_size=2, engine=engine,
            verbose=False, clip_norm=1.0, rng=0,
        )  # fmt: skip
