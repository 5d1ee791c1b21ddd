"""Ensembles and grouped networks for the tests of exports: fitted, or of random weights."""

import numpy as np
import polars as pl
from hypothesis import strategies as st
from oracles.exportable import table

from chainrule.activations import ACTIVATIONS
from chainrule.ensembles import Ensemble, NetworkInputs
from chainrule.grouped import GroupedLayer, Through
from chainrule.layers import Layer
from chainrule.losses import get_loss
from chainrule.perceptron import Perceptron
from chainrule.tabular import TabularClassifier, TabularRegressor

SIZES = st.integers(1, 4)
"""Of a group's inputs and neurons."""


def told_apart():
    """Return the table's columns, and targets that they tell: a number, 2 and 3 classes."""
    frame = table(n=400).frame.drop("kind", "sick", "price")
    size = np.nan_to_num(frame.to_series(0).to_numpy().astype(float)) / 1e5
    few = frame["many"].str.slice(1).cast(int) % 40  # more have means, which are not exported
    frame = frame.with_columns(many=pl.format("l{}", few))
    level = few.to_numpy() / 20.0
    z = level + size + frame["owns"].to_numpy()
    classes = np.array(["a", "b\n", "ç"])
    return frame, {
        "price": 1000 + 30 * z,
        "sick": z > np.median(z),
        "kind": classes[np.digitize(z, np.quantile(z, [0.3, 0.7]))],
    }


def fitted(target):
    """Return an estimator that has learnt a target of `told_apart`, and its rows."""
    frame, targets = told_apart()
    kind = TabularRegressor if target == "price" else TabularClassifier
    model = kind(n_members=2, random_state=0).fit(frame, targets[target])
    assert not model.fitted_.is_baseline
    return model, frame


def groups(rng, dtype):
    """Return a strategy of groups: layers of any activation, and inputs left as they are."""
    layers = st.builds(
        lambda n_in, n_out, f: Layer(n_in, n_out, f, rng=rng, dtype=dtype),
        SIZES, SIZES, st.sampled_from(sorted(ACTIVATIONS)),
    )  # fmt: skip
    return st.one_of(layers, st.builds(Through, SIZES))


@st.composite
def grouped_layers(draw, rng, dtype):
    """Return a layer of two to seven groups."""
    some = draw(st.lists(groups(rng, dtype), max_size=5))
    return GroupedLayer([*some, Layer(1, 2, "ramp", rng=rng, dtype=dtype), Through(1)])


@st.composite
def grouped_networks(draw, n_outputs=None):
    """Return a network with one or two grouped layers and random biases."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    dtype = draw(st.sampled_from(["float32", "float64"]))
    first = draw(grouped_layers(rng, dtype))
    layers = [first]
    if draw(st.booleans()):
        rest = Through(first.n_neurons - 1)
        layers.append(GroupedLayer([Layer(1, 3, "tanh", rng=rng, dtype=dtype), rest]))
    last = n_outputs or draw(SIZES)
    layers.append(Layer(layers[-1].n_neurons, last, "identity", rng=rng, dtype=dtype))
    network = Perceptron(layers)
    network.theta += rng.normal(size=network.theta.shape) * 0.1
    return network


@st.composite
def ensembles(draw):
    """Return up to three networks of random weights, or none, on some of a row's features."""
    loss = draw(st.sampled_from(["squared_error", "binary_cross_entropy", "softmax_cross_entropy"]))
    n_outputs = 3 if loss == "softmax_cross_entropy" else 1
    n_networks = draw(st.integers(0, 3))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    bins, levels, rest = (draw(st.lists(SIZES, max_size=2)) for _ in range(3))
    n_inputs = len(bins) + sum(levels) + len(rest) or 1
    rest = n_inputs - len(bins) - sum(levels)
    features = rng.permutation(n_inputs + 2)[:n_inputs]
    high = rng.uniform(0.5, 2.0, n_inputs).astype(np.float32)
    inputs = NetworkInputs(features, -high[::-1], high, tuple(bins), tuple(levels), n_inputs + 2)
    networks = [_network(bins, levels, rest, n_outputs, rng) for _ in range(n_networks)]
    return Ensemble(inputs, networks, get_loss(loss), rng.normal(size=n_outputs))


def _network(bins, levels, rest, n_outputs, rng):
    made = [Layer(1, n, "ramp", rng=rng, dtype="float32") for n in bins]
    made += [Layer(n, 2, "identity", rng=rng, dtype="float32") for n in levels]
    layers = [GroupedLayer([*made, Through(rest)] if rest else made)] if made else []
    width = layers[0].n_neurons if layers else rest
    layers += [Layer(width, 5, "silu", rng=rng, dtype="float32"),
               Layer(5, n_outputs, "identity", rng=rng, dtype="float32")]  # fmt: skip
    return Perceptron(layers)
