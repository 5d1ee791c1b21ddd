"""Models of any columns, scales and targets answer the same in every format."""

import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.exportable import network_of

from chainrule.activations import ACTIVATIONS
from chainrule.exports import export
from chainrule.losses import LOSSES, get_loss
from chainrule.models import LoneNetwork, TableModel
from chainrule.scale import Scale
from chainrule.tables import ClassTarget, Columns, MissingWords, NumberTarget
from chainrule.tables.features import CategoryColumn, DateColumn, NumberColumn
from chainrule.tables.kinds.dates import Date
from chainrule.tables.kinds.kind import Boolean
from chainrule.tables.kinds.numbers import Number

names = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=8)
levels = st.text(st.sampled_from("ab1.0,+ é\"'\\*/?"), min_size=1, max_size=4)
flags = st.booleans()


def scales(exponents):
    deviations = st.one_of(st.just(0.0), st.floats(1e-3, 1.0))
    return st.builds(Scale, st.floats(-1.0, 1.0), deviations, exponents)


def categories(name):
    plain = levels.filter(lambda level: level.strip(" ?'\"*/\\.+,") not in {"", "0"})
    several = st.lists(plain, min_size=1, max_size=4, unique_by=lambda t: t.rstrip("0.,"))
    return st.builds(CategoryColumn, st.just(name), several.map(tuple), flags, flags)


@st.composite
def binned(draw, name):
    """Return a column of numbers with the ends of bins around its mean."""
    scale = draw(scales(st.integers(-300, 300)).filter(lambda scale: scale.varies))
    steps = draw(st.lists(st.floats(1e-3, 1.0), min_size=1, max_size=6))
    knots = np.ldexp(scale.mean - 1.0 + np.cumsum([0.0, *steps]), scale.exponent)
    return NumberColumn(name, Number(), scale, draw(flags), tuple(knots.tolist()))


def column(name):
    days = st.integers(10, 16)  # up to 2**16 days since 1970
    numbers = st.builds(
        NumberColumn, st.just(name), st.sampled_from([Number(), Boolean()]),
        scales(st.integers(-1040, 1020)), flags,
    )  # fmt: skip
    dates = st.builds(DateColumn, st.just(name), st.just(Date()), scales(days), flags, flags)
    return st.one_of(numbers, binned(name), categories(name), dates)


@st.composite
def models(draw):
    chosen = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    features = tuple(draw(column(name)) for name in chosen)
    declared = MissingWords(added=draw(st.sampled_from([(), ("-999", "gone")])))
    columns = Columns(features, {}, "y", declared)
    n_features = len(columns.feature_names)
    if not n_features:
        features = (*features, NumberColumn("more", Number(), Scale(0.0, 1.0, 0), True))
        columns = Columns(features, {}, "y", declared)
        n_features = 2
    if draw(flags):
        classes = draw(st.lists(levels, min_size=2, max_size=4, unique=True))
        target, loss = ClassTarget("y", tuple(classes)), "softmax_cross_entropy"
        loss = "binary_cross_entropy" if len(classes) == 2 else loss
    else:
        target = NumberTarget("y", Number(), draw(scales(st.integers(-20, 20))))
        loss = draw(st.sampled_from(["squared_error", "huber", "quantile"]))
    hidden = draw(st.lists(st.integers(1, 9), max_size=2))
    activation = draw(st.sampled_from(sorted(ACTIVATIONS)))
    dtype = draw(st.sampled_from(["float32", "float64"]))
    network = network_of([n_features, *hidden, target.n_outputs], activation, dtype=dtype)
    assert loss in LOSSES
    return TableModel(columns, target, LoneNetwork(network, get_loss(loss)))


@given(models(), st.sampled_from([None, "float", "double"]))
def test_in_c(model, precision):
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler here")
    assert "the library's answers" in export(model, "c", precision=precision).checked


@given(models(), st.sampled_from([None, "float", "double"]))
def test_in_numpy(model, precision):
    assert "the library's answers" in export(model, "numpy", precision=precision).checked


@given(models(), st.sampled_from([None, "float", "double"]))
def test_in_onnx(model, precision):
    pytest.importorskip("onnx", reason="the package onnx is not installed")
    if {column.name for column in model.columns.features} & {"label", "variable"}:
        return
    assert "the library's answers" in export(model, "onnx", precision=precision).checked
