"""Models of every make, for the tests of exports."""

import datetime as dt

import numpy as np
import polars as pl

from chainrule.layers import Layer
from chainrule.losses import get_loss
from chainrule.models import LoneNetwork, TableModel
from chainrule.perceptron import Perceptron
from chainrule.tables import MissingWords, Table, infer, infer_target, learn

NAMES = ("Größe */ (m²)", 'colour ??/ "x"', "owns", "since", "年齢", "many", "day")


def table(n=400, seed=0):
    """Return a table with every kind of column, names that no language likes, and all targets."""
    rng = np.random.default_rng(seed)
    some = lambda values: [None if rng.random() < 0.1 else v for v in values]  # noqa: E731
    day, hours = dt.datetime(2020, 1, 1), rng.integers(20_000, size=n).tolist()
    frame = pl.DataFrame(
        {
            NAMES[0]: some((rng.normal(size=n) * 1e5).tolist()),
            NAMES[1]: some(rng.choice(["red", "blue*/", "grün\\", "??/", "a b"], n).tolist()),
            NAMES[2]: rng.choice([True, False], n).tolist(),
            NAMES[3]: some([day + k * dt.timedelta(hours=1) for k in hours]),
            NAMES[4]: (rng.integers(0, 90, n) * 1e-200).tolist(),
            NAMES[5]: [f"v{min(k, 70)}" for k in rng.geometric(0.02, n)],
            NAMES[6]: [dt.date(1890, 2, 27) + k * dt.timedelta(hours=24) for k in hours],
            "kind": rng.choice(["a", "b", "ç"], n).tolist(),
            "sick": rng.choice(["yes?", "no\n"], n).tolist(),
            "price": (rng.normal(size=n) * 30 + 1000).tolist(),
        }
    )  # fmt: skip
    return Table("made.csv", frame, np.arange(1, n + 1), "row")


def table_model(target="kind", activation="relu", dtype=np.float32, hidden=(12, 10), words=None):
    """Return a model that was trained on nothing for one of the table's targets."""
    rows = table()
    rows = rows.drop([name for name in ("kind", "sick", "price") if name != target])
    words = words or MissingWords()
    found = infer_target(rows, target, words=words)
    columns = learn(infer(rows, target=target, words=words), np.arange(rows.n_rows))
    learnt = found.learn(np.arange(rows.n_rows))
    loss = {"kind": "softmax_cross_entropy", "sick": "binary_cross_entropy"}.get(
        target, "squared_error"
    )
    sizes = [len(columns.feature_names), *hidden, learnt.n_outputs]
    network = network_of(sizes, activation, dtype=dtype)
    return TableModel(columns, learnt, LoneNetwork(network, get_loss(loss)))


def network_of(sizes, activation="relu", last="identity", dtype=np.float64, seed=0):
    """Return a network of small random weights."""
    functions = [activation] * (len(sizes) - 2) + [last]
    shapes = zip(sizes, sizes[1:], functions, strict=False)
    rng = np.random.default_rng(seed)
    layers = [
        Layer(n_in, n_out, f, initializer="glorot_uniform", rng=rng, dtype=dtype)
        for n_in, n_out, f in shapes
    ]
    for layer in layers:
        layer.biases = rng.normal(size=layer.biases.shape) * 0.1
    return Perceptron(layers)
