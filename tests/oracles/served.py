"""Models without a training: one with a column of every kind, and rows for it."""

import datetime

import numpy as np
import polars as pl

from chainrule.layers import Layer
from chainrule.losses import get_loss
from chainrule.models import LoneNetwork, TableModel
from chainrule.perceptron import Perceptron
from chainrule.tables import ClassTarget, Table, infer, infer_target, kind_named, learn

ROW = {
    "size": 1.5,
    "price": "12,345.50",
    "city": "Bern",
    "zip": 2,
    "ok": True,
    "day": datetime.date(2021, 1, 3),
    "café": "x",
}
"""A row as a program has it; "café" is a category."""

JSON_ROW = {**ROW, "day": "2021-01-03"}


def served_model():
    """Return a model of random weights."""
    rng = np.random.default_rng(0)
    n = 60
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=int(d)) for d in range(n)]
    texts = {
        "size": [f"{v:.2f}" for v in rng.normal(size=n)],
        "price": [f"{v // 1000},{v % 1000:03d}.50" for v in rng.integers(1000, 99999, n)],
        "city": rng.choice(["Bern", "Köln", "01234"], n).tolist(),
        "zip": rng.choice(["1", "2", "3"], n).tolist(),
        "ok": rng.choice(["yes", "no"], n).tolist(),
        "day": list(map(str, days)),
        "café": rng.choice(["x", "y"], n).tolist(),
        "kind": rng.choice(["a", "b", "c"], n).tolist(),
    }
    table = Table("made.csv", pl.DataFrame(texts), np.arange(2, n + 2), "line")
    return untrained_model(table, "kind", {"zip": kind_named("category")})


def untrained_model(table, target, kinds=None):
    """Return a model of random weights for the columns of a table."""
    rows = np.arange(table.n_rows)
    answers = infer_target(table, target).learn(rows)
    columns = learn(infer(table, target=target, kinds=kinds or {}), rows)
    layers = [
        Layer(len(columns.feature_names), 8, "relu", rng=1, dtype=np.float32),
        Layer(8, answers.n_outputs, "identity", rng=2, dtype=np.float32),
    ]
    is_classes = isinstance(answers, ClassTarget)
    loss = get_loss("softmax_cross_entropy" if is_classes else "squared_error")
    return TableModel(columns, answers, LoneNetwork(Perceptron(layers), loss))
