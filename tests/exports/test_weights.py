"""Weights to and from PyTorch, Keras and scikit-learn: the networks answer the same."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.exportable import network_of, table_model
from sklearn import neural_network

from chainrule.activations import ACTIVATIONS
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.exports import (
    ExportError,
    from_keras,
    from_sklearn,
    from_torch,
    to_keras,
    to_sklearn,
    to_torch,
)
from chainrule.optimizers import AdamW

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X = np.random.default_rng(0).normal(size=(80, 4))


@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    last=st.sampled_from(sorted(ACTIVATIONS)),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_there_and_back_is_the_same_network(sizes, activation, last, dtype):
    network = network_of(sizes, activation, last, dtype)
    x = np.random.default_rng(0).normal(size=(20, sizes[0]))
    for same in (
        from_torch(to_torch(network), activation, last),
        from_keras(to_keras(network), activation, last),
    ):
        assert same.theta.dtype == dtype
        assert same.theta.tobytes() == network.theta.tobytes()
        assert (same.predict(x) == network.predict(x)).all()


def test_pytorch_computes_the_same():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    network = network_of([4, 6, 5, 3], "relu")
    theirs = torch.nn.Sequential(
        torch.nn.Linear(4, 6), torch.nn.ReLU(), torch.nn.Linear(6, 5), torch.nn.ReLU(),
        torch.nn.Linear(5, 3),
    ).double()  # fmt: skip
    theirs.load_state_dict({name: torch.from_numpy(a) for name, a in to_torch(network).items()})
    with torch.no_grad():
        np.testing.assert_allclose(theirs(torch.from_numpy(X)).numpy(), network.predict(X))
    assert (from_torch(theirs.state_dict()).theta == network.theta).all()
    named = torch.nn.ModuleDict({"in": torch.nn.Linear(4, 2, bias=False)})
    assert from_torch(named.state_dict()).layers[0].biases.tolist() == [[0.0], [0.0]]
    tensor = torch.nn.Linear(4, 2).weight.bfloat16()
    with pytest.raises(ExportError, match=r"give tensor\.detach\(\)\.cpu\(\)\.float\(\)"):
        from_torch({"weight": tensor})


def test_the_shapes_are_those_of_each_library():
    network = network_of([4, 6, 3])
    torch, keras = to_torch(network), to_keras(network)
    assert {name: a.shape for name, a in torch.items()} == {
        "0.weight": (6, 4), "0.bias": (6,), "2.weight": (3, 6), "2.bias": (3,)
    }  # fmt: skip
    assert list(to_torch(network, ["in", "out.0"]))[2:] == ["out.0.weight", "out.0.bias"]
    assert [a.shape for a in keras] == [(4, 6), (6,), (6, 3), (3,)]
    a = np.maximum(X @ keras[0] + keras[1], 0) @ keras[2] + keras[3]  # as Dense computes it
    np.testing.assert_allclose(a, network.predict(X))
    torch["0.weight"][:] = 0.0
    assert network.theta.any(), "what is given is a copy"


def test_layers_without_biases_have_zeros():
    W, V = X[:6, :4], X[:3, :2].repeat(3, axis=1)
    for network in (
        from_keras([W.T, V.T]),
        from_torch({"a.weight": W, "b.weight": V}),
    ):
        assert not network.layers[0].biases.any()
        assert (network.layers[1].weights == V).all()
        np.testing.assert_allclose(network.predict(X), np.maximum(X @ W.T, 0) @ V.T)


def test_models_of_tables_and_scaled_estimators():
    model = table_model()
    assert (model.network.layers[0].weights == to_keras(model)[0].T).all()
    x, y = X * 50 + 1000, X[:, 0] * 9 + 100
    scaled = MLPRegressor(hidden_layer_sizes=(6,), standardize=True, max_iter=5, random_state=0)
    scaled.fit(x, y)
    np.testing.assert_allclose(from_torch(to_torch(scaled)).predict(x)[:, 0], scaled.predict(x))


@pytest.mark.parametrize("labels", [["u", "v"], ["u", "v", "w"], [3, 7]])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_classifiers_of_scikit_learn(activation, labels):
    frame = pl.DataFrame(X, schema=list("abcd"))
    y = np.array(labels)[np.random.default_rng(1).integers(len(labels), size=80)]
    settings = {"hidden_layer_sizes": (6, 5), "activation": activation, "max_iter": 5, "alpha": 0.1}
    theirs = neural_network.MLPClassifier(**settings, random_state=0).fit(frame, y)
    ours = from_sklearn(theirs)
    assert ours.alpha == 0.1
    np.testing.assert_allclose(ours.predict_proba(frame), theirs.predict_proba(frame))
    assert (ours.predict(frame) == theirs.predict(frame)).all()
    again = to_sklearn(ours)
    assert type(again) is neural_network.MLPClassifier
    assert (again.predict_proba(frame) == theirs.predict_proba(frame)).all()
    assert again.get_params() == theirs.get_params()
    assert again.loss_curve_ == theirs.loss_curve_


def test_a_fit_goes_on_from_imported_weights():
    y = (X[:, 0] > 0).astype(int)
    theirs = neural_network.MLPClassifier((6,), max_iter=5, warm_start=True, random_state=0)
    ours = from_sklearn(theirs.fit(X, y))
    before = ours.score(X, y)
    assert ours.set_params(max_iter=300, learning_rate_init=0.01).fit(X, y).score(X, y) > before


def test_several_labels_and_regressors_of_scikit_learn():
    y = (X[:, :3] > 0).astype(int)
    theirs = neural_network.MLPClassifier((6,), max_iter=5, random_state=0).fit(X, y)
    assert (from_sklearn(theirs).predict(X) == theirs.predict(X)).all()
    for targets in (X[:, 0], X[:, :2]):
        theirs = neural_network.MLPRegressor(max_iter=5, random_state=0).fit(X, targets)
        ours = from_sklearn(theirs)
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X))
        assert (to_sklearn(ours).predict(X) == theirs.predict(X)).all()
    scaled = MLPClassifier((6,), solver=AdamW(), standardize=True, max_iter=5, random_state=0)
    scaled.fit(X * 9 + 70, y[:, 0])
    np.testing.assert_allclose(
        to_sklearn(scaled).predict_proba(X * 9 + 70), scaled.predict_proba(X * 9 + 70)
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: from_torch({}), "there are no weights"),
        (lambda: from_torch({"0.running_mean": X}), "'0.running_mean', which no fully connected"),
        (lambda: from_torch({"0.bias": X[0]}), "a bias of '0', but no weight"),
        (lambda: from_torch({"0.weight": X, "0.bias": X[0]}), r"shape \(80, 4\) and biases of"),
        (lambda: from_torch({"a.weight": X, "b.weight": X}), "layer 1 has 80 neurons, but layer 2"),
        (lambda: from_torch({"a.weight": X * np.nan}), "of layer 1 is not finite"),
        (lambda: from_torch({"a.weight": [["x"]]}), "list is no array of floats"),
        (lambda: from_keras([np.zeros((3, 3, 1, 8))]), r"\(3, 3, 1, 8\) stands where a kernel"),
        (lambda: from_keras([X[0]]), r"\(4,\) stands where a kernel"),
        (lambda: from_keras(to_keras(network_of([2, 3, 1])), ["relu"] * 2), "2 entries for 1 hid"),
        (lambda: to_torch(network_of([2, 1]), ["a", "b"]), "names has 2 entries for 1 layers"),
        (lambda: from_sklearn(neural_network.MLPClassifier()), "not fitted; call fit first"),
        (lambda: to_sklearn(MLPClassifier((3,), "gelu", max_iter=2).fit(X, X[:, 0] > 0)),
         "one activation for all hidden layers.*this model has gelu"),
        (lambda: to_sklearn(MLPRegressor("poisson", (3,), "elu", max_iter=2)
                            .fit(X, X[:, 0] ** 2)), "this model has elu"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_gets_a_sentence(call, message):
    with pytest.raises(ExportError, match=message):
        call()


def test_other_things_than_models_get_a_sentence():
    with pytest.raises(TypeError, match="weights are those of a Perceptron"):
        to_torch("a model")
    with pytest.raises(TypeError, match="MLPClassifier and MLPRegressor, got str"):
        from_sklearn("a model")


def test_neither_torch_nor_keras_is_imported():
    code = "import sys, chainrule.exports as e; print({'torch', 'keras', 'onnx'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
