"""A model in ONNX answers in ONNX Runtime as the library does, with skl2onnx's names."""

import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.exportable import network_of, table_model

from chainrule.activations import ACTIVATIONS
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.exports import ExportError, export, formulas, to_onnx
from chainrule.exports.checking import answers_of_onnx
from chainrule.exports.onnx_model import feeds
from chainrule.exports.samples import sample_rows
from chainrule.exports.sources import source_of
from chainrule.losses import LOSSES
from chainrule.models import LoneNetwork, TableModel
from chainrule.tables import MissingWords, Table, infer, infer_target, learn

onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")


@pytest.fixture(scope="module")
def onnxruntime():
    return pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")


def run(model, inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs), strict=True))


@pytest.mark.parametrize("precision", ["float", "double"])
@pytest.mark.parametrize("target", ["kind", "sick", "price"])
def test_every_kind_of_column_and_target(onnxruntime, target, precision):
    model = table_model(target)
    exported = to_onnx(model, precision=precision, zipmap=False)
    source = source_of(model)
    rows = sample_rows(source.forward_pass, 500, seed=7)
    got, where = answers_of_onnx(exported, feeds(source.forward_pass, rows))
    assert where.startswith("ONNX Runtime 1.")
    np.testing.assert_allclose(got, source.answer(rows), rtol=3e-6, atol=3e-6)


def test_classes_of_a_table_are_named_as_skl2onnx_names_them(onnxruntime):
    for target, levels in (("kind", ["a", "b", "ç"]), ("sick", ["no\n", "yes?"])):
        model = table_model(target)
        source = source_of(model)
        rows = sample_rows(source.forward_pass, 60)
        got = run(to_onnx(model), feeds(source.forward_pass, rows))
        assert list(got) == ["output_label", "output_probability"]
        expected = source.answer(rows)
        assert [list(row) for row in got["output_probability"]] == [levels] * 60
        dicts = np.array([list(row.values()) for row in got["output_probability"]])
        np.testing.assert_allclose(dicts, expected, atol=2e-6)
        assert got["output_label"].tolist() == [levels[k] for k in expected.argmax(axis=1)]
        arrays = run(to_onnx(model, zipmap=False), feeds(source.forward_pass, rows))
        assert list(arrays) == ["label", "probabilities"]
        np.testing.assert_allclose(arrays["probabilities"], expected, atol=2e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(onnxruntime, activation, dtype):
    network = network_of([3, 4, 2], activation, last=activation, dtype=dtype)
    x = np.random.default_rng(0).normal(size=(60, 3)) * np.logspace(-4, 1, 60)[:, None]
    (got,) = run(to_onnx(network), {"X": x.astype(dtype)}).values()
    assert got.dtype == dtype
    near = 1e-6 if dtype == np.float32 or activation == "gelu" else 1e-14  # Erf is float's alone
    np.testing.assert_allclose(got, network.predict(x), rtol=near * 10, atol=near)


@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    loss=st.sampled_from([None, *LOSSES]),
    precision=st.sampled_from(["float", "double"]),
    seed=st.integers(0, 99),
)
def test_any_network(sizes, activation, loss, precision, seed):
    network = network_of(sizes, activation, seed=seed)
    assert "the library's" in export(network, "onnx", loss=loss, precision=precision).checked


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("labels", [["u", "v"], ["u", "v", "w"], [3, 7, 9], [False, True]])
def test_classifiers(onnxruntime, labels):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 3)) * 50, np.array(labels)[rng.integers(len(labels), size=80)]
    model = MLPClassifier((6,), max_iter=5, standardize=True, random_state=0).fit(x, y)
    got = run(to_onnx(model), {"X": x})
    assert got["output_label"].tolist() == model.predict(x).tolist()
    dicts = np.array([list(row.values()) for row in got["output_probability"]])
    np.testing.assert_allclose(dicts, model.predict_proba(x), atol=1e-6)
    assert list(got["output_probability"][0]) == sorted(labels)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_several_labels_and_regressors(onnxruntime):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 4)), rng.integers(2, size=(80, 3))
    labels = MLPClassifier((6,), max_iter=5, random_state=0).fit(x, y)
    dicts = run(to_onnx(labels), {"X": x})
    got = run(to_onnx(labels, zipmap=False), {"X": x})
    assert (dicts["output_label"] == labels.predict(x)).all()
    assert (got["label"] == labels.predict(x)).all()
    given = [list(row.values()) for row in dicts["output_probability"]]
    np.testing.assert_allclose(given, labels.predict_proba(x), rtol=1e-6)
    np.testing.assert_allclose(got["probabilities"], labels.predict_proba(x))
    for targets in (y, y[:, 0] * 1000.0):
        model = MLPRegressor(hidden_layer_sizes=6, max_iter=5, standardize=True, random_state=0)
        model.fit(x, targets)
        got = run(to_onnx(model), {"X": x})["variable"]
        np.testing.assert_allclose(got.squeeze(), model.predict(x))


def _model_of(**columns):
    n = len(next(iter(columns.values())))
    frame = pl.DataFrame({**columns, "y": np.random.default_rng(0).normal(size=n)})
    rows = Table("made", frame, np.arange(1, n + 1), "row")
    learnt = learn(infer(rows, target="y"), np.arange(n))
    target = infer_target(rows, "y").learn(np.arange(n))
    network = network_of([len(learnt.feature_names), 3, 1], dtype=np.float32)
    return TableModel(learnt, target, LoneNetwork(network, LOSSES["squared_error"]))


def test_columns_may_be_called_as_nodes_are_but_not_as_outputs():
    numbers = [1.0, 2.0, 4.0, None] * 20
    assert to_onnx(_model_of(relu_1=numbers, constant_0=numbers, cast_0=numbers)).graph.node
    with pytest.raises(ExportError, match="column 'variable' has the name of an output in ONNX"):
        to_onnx(_model_of(variable=numbers))


def test_texts_for_missing_and_numbers_that_are_declared_missing(onnxruntime):
    words = MissingWords(added=("-999", "red?"), kept=("NA",))
    model = table_model("price", words=words)
    forward_pass = source_of(model).forward_pass
    exported = to_onnx(model)
    rows = sample_rows(forward_pass, 3)
    same = feeds(forward_pass, [{**rows[0], "many": v} for v in ("", "red?", "nil", None)])
    assert len(np.unique(run(exported, same)["variable"])) == 1
    name = forward_pass.names[0]
    same = feeds(forward_pass, [{**rows[0], name: v} for v in (None, -999.0)])
    assert len(np.unique(run(exported, same)["variable"])) == 1


def test_the_model_says_for_whom_it_is():
    model = to_onnx(network_of([2, 1]), name="made")
    assert model.producer_name == "chainrule"
    assert model.graph.name == "made"
    assert [(one.domain, one.version) for one in model.opset_import] == [
        ("", 21),
        ("ai.onnx.ml", 3),
    ]
    assert to_onnx(network_of([2, 1]), name="made") == model


def test_without_onnx_runtime_the_reference_decides(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    for target in ("kind", "sick", "price"):
        checked = export(table_model(target), "onnx").checked
        assert checked.startswith("the model in onnx's reference (ONNX Runtime is not installed)")


def test_classes_that_onnx_has_no_type_for_get_a_sentence():
    x, y = np.arange(8.0).reshape(-1, 1), np.arange(8) % 2 + 0.5
    with pytest.warns(match="."):
        model = MLPClassifier((2,), max_iter=1).fit(x, y.astype(str))
    model.classes_ = np.array([0.5, 1.5])
    with pytest.raises(ExportError, match=r"classes that are texts or whole numbers, not 0\.5"):
        to_onnx(model)


def test_without_onnx_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(
        ExportError, match=r"needs the package onnx: pip install 'chainrule\[onnx\]'"
    ):
        to_onnx(network_of([2, 1]))


def test_a_model_that_answers_wrongly_is_refused(monkeypatch):
    wrong = formulas.Formula("z", "z", lambda graph, z: graph.plus(z, 0.1))
    monkeypatch.setitem(formulas.FORMULAS, "relu", wrong)
    with pytest.raises(ExportError, match="answers 200 sample rows differently"):
        to_onnx(network_of([4, 8, 2]))
