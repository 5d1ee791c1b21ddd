"""Grouped layers and ensembles answer in C, NumPy and ONNX as the library does."""

import re
import shutil
from copy import copy
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.ensembles import ensembles, fitted, grouped_networks
from oracles.exportable import NAMES

from chainrule import GroupedLayer, Layer, Perceptron, TabularRegressor, Through
from chainrule.exports import ExportError, export, to_c, to_keras, to_numpy, to_onnx, to_torch
from chainrule.exports.c_header import row_of_numbers
from chainrule.exports.checking import answers_of_c, answers_of_onnx
from chainrule.exports.onnx_model import feeds
from chainrule.exports.samples import sample_rows
from chainrule.exports.sources import source_of

FORMATS = ["c", "numpy", "onnx"]
PRECISIONS = st.sampled_from([None, "float", "double"])


@pytest.fixture(params=FORMATS)
def to(request):
    require(request.param)
    return request.param


def require(to):
    """Skip the test where a format cannot be tried."""
    if to == "c" and shutil.which("cc") is None:
        pytest.skip("there is no C compiler here")
    if to == "onnx":
        pytest.importorskip("onnx", reason="the package onnx is not installed")


@pytest.fixture(scope="module", params=["kind", "sick", "price"])
def model_and_rows(request):
    return fitted(request.param)


def by_hand(x):
    """Two ramps of the first number, the sum of the next two, the last as it is; added up."""
    ramps = np.clip(2 * x[:, 0], 0, 1) + np.clip(2 * x[:, 0] - 1, 0, 1)
    return 10 * ramps + (x[:, 1] + x[:, 2] + 0.5) + 3 * x[:, 3]


def network_by_hand():
    ramps, both = Layer(1, 2, "ramp", rng=0), Layer(2, 1, "identity", rng=0)
    ramps.weights, ramps.biases = [[2.0], [2.0]], [[0.0], [-1.0]]
    both.weights, both.biases = [[1.0, 1.0]], [[0.5]]
    last = Layer(4, 1, "identity", rng=0)
    last.weights, last.biases = [[10.0, 10.0, 1.0, 3.0]], [[0.0]]
    return Perceptron([GroupedLayer([ramps, both, Through(1)]), last])


def answers(model, to, x):
    """Return what an exported network answers for plain rows."""
    if to == "c":
        return answers_of_c(to_c(model), "model", x.tolist(), shutil.which("cc"))
    if to == "numpy":
        names = {}
        exec(to_numpy(model), names)
        return names["outputs"](x)
    return answers_of_onnx(to_onnx(model), {"X": x})[0]


def test_a_grouped_layer_computed_by_hand(to):
    x = np.random.default_rng(0).uniform(-0.5, 1.5, size=(50, 4))
    got = answers(network_by_hand(), to, x)
    np.testing.assert_allclose(got[:, 0], by_hand(x), rtol=1e-12)


@given(network=grouped_networks(), precision=PRECISIONS)
@pytest.mark.parametrize("to", FORMATS)
def test_any_grouped_network(to, network, precision):
    require(to)
    assert "the library's answers" in export(network, to, precision=precision).checked


@given(ensemble=ensembles(), precision=PRECISIONS)
@pytest.mark.parametrize("to", FORMATS)
def test_any_ensemble(to, ensemble, precision):
    require(to)
    assert "the library's answers" in export(ensemble, to, precision=precision).checked


def test_a_layer_of_which_no_neuron_sees_two_inputs(to):
    network = Perceptron([GroupedLayer([Layer(1, 2, "cos", rng=0), Through(1)])])
    assert "the library's answers" in export(network, to).checked


def test_an_estimator_of_every_kind_of_column_and_target(to, model_and_rows):
    model, _ = model_and_rows
    for precision in (None, "double"):
        checked = export(model, to, precision=precision).checked
        assert "the library's answers for 200 sample rows" in checked


def test_the_answers_for_the_table_itself(model_and_rows):
    model, frame = model_and_rows
    names = {}
    exec(to_numpy(model), names)
    expected = getattr(model, "predict_proba", model.predict)(frame)
    got = names["outputs"](frame.to_dicts())
    np.testing.assert_allclose(got.squeeze(), expected, rtol=2e-6, atol=2e-6)
    classes = names["predict"](frame.to_dicts())
    if isinstance(model, TabularRegressor):
        np.testing.assert_allclose(classes, expected, rtol=2e-6)
    else:
        clear = np.ptp(expected, axis=1) > 1e-5
        assert (classes == model.predict(frame))[clear].all()


def test_sample_rows_hold_what_training_did_not_have(model_and_rows):
    net = source_of(model_and_rows[0]).forward_pass
    rows = pl.DataFrame(sample_rows(net, 200))
    for column in net.inputs.features:
        values = rows[column.name]
        assert values.has_nulls()
        if getattr(column, "knots", ()):
            assert values.min() < column.knots[0]
            assert values.max() > column.knots[-1]
            assert values.is_in(list(column.knots)).any()
        if hasattr(column, "levels"):
            assert set(values.drop_nulls()) - set(column.levels)
    assert sum(bool(getattr(column, "knots", ())) for column in net.inputs.features) == 2


@pytest.mark.parametrize("compiler", ["gcc", pytest.param("clang", marks=pytest.mark.slow)])
def test_places_among_knots_in_c(compiler, model_and_rows):
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler} here")
    model, _ = model_and_rows
    source = source_of(model)
    (column, *_) = source.forward_pass.inputs.features
    rows = sample_rows(source.forward_pass, 4)
    values = [None, column.knots[3], 2 * column.knots[0], 2 * column.knots[-1]]
    rows = [{**row, NAMES[0]: value} for row, value in zip(rows, values, strict=True)]
    place = column.feature_names.index(f"{NAMES[0]}: bin")
    ends = np.sqrt(3.0) * np.array([2 * 3 / (len(column.knots) - 1) - 1, -1.0, 1.0])
    np.testing.assert_allclose(source.encode(rows)[1:, place], ends, rtol=1e-6)
    numbers = [row_of_numbers(source.forward_pass, row) for row in rows]
    got = answers_of_c(to_c(model), "model", numbers, shutil.which(compiler))
    np.testing.assert_allclose(got, source.answer(rows), rtol=2e-6, atol=2e-6)


def test_a_header_says_how_large_the_networks_are(model_and_rows):
    model, _ = model_and_rows
    n = sum(network.theta.size for network in model.fitted_.ensemble.networks)
    text = to_c(model)
    assert re.search(r"the predictions of 2 \d+-\d+-128-128-128-\d networks, averaged", text)
    size = int(re.search(r"(\d+) weights and biases", text)[1])
    assert n <= size < 1.01 * n  # with those of inputs that are left as they are


def test_where_the_networks_learnt_nothing_the_constant_is_exported(to, model_and_rows):
    model = copy(model_and_rows[0])
    baseline = replace(model.fitted_.ensemble, networks=())
    model.fitted_ = replace(model.fitted_, ensemble=baseline)
    assert "the library's answers" in export(model, to).checked


def test_numbers_stay_within_those_of_the_training(to):
    x = np.linspace(0, 1, 80).reshape(-1, 1)
    model = TabularRegressor(n_members=2, random_state=0).fit(x, np.exp(3 * x[:, 0]))
    model._range = 5.0, 9.0
    checked = export(model, to).checked
    assert "the library's answers" in checked
    if to == "numpy":
        names = {}
        exec(to_numpy(model), names)
        assert names["predict"]([[0.0], [1.0]]).tolist() == [5.0, 9.0]


def test_weights_of_grouped_layers_are_no_weights_of_other_libraries():
    for convert in (to_torch, to_keras):
        with pytest.raises(ExportError, match="layer 1 is a GroupedLayer, which no library has"):
            convert(network_by_hand())
    with pytest.raises(TypeError, match="an Ensemble, or what"):
        to_c([network_by_hand()])


def test_the_files_of_onnx_take_every_column(model_and_rows):
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    model, _ = model_and_rows
    source = source_of(model)
    rows = sample_rows(source.forward_pass, 300, seed=7)
    got, _ = answers_of_onnx(to_onnx(model, zipmap=False), feeds(source.forward_pass, rows))
    np.testing.assert_allclose(got, source.answer(rows), rtol=3e-6, atol=3e-6)


def test_means_of_the_target_are_not_exported_yet():
    levels = [f"L{i % 80}" for i in range(400)]
    frame = pl.DataFrame({"name": levels, "x": np.arange(400.0)})
    model = TabularRegressor(n_members=1, random_state=0).fit(frame, np.arange(400) % 80)
    with pytest.raises(ExportError, match="the column 'name' has 80 levels, each with the target"):
        export(model, "c")
