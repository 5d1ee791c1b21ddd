"""An estimator that was saved and loaded predicts the same bits, and says the same of its fit."""

import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import MLPClassifier, MLPRegressor, load, relu, save
from chainrule.activations import ACTIVATIONS, Activation
from chainrule.estimators.continuation import ATTRIBUTES
from chainrule.layers import Layer
from chainrule.losses import huber
from chainrule.optimizers import OPTIMIZERS, AdamW, Decaying, RMSProp
from chainrule.perceptron import Perceptron
from chainrule.saving import ModelFileError
from chainrule.saving.kinds import KINDS
from chainrule.schedules import SCHEDULES, Cosine

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)) * [1.0, 10.0, 0.1]
THREE, TWO, LABELS = (
    RNG.integers(3, size=60),
    RNG.integers(2, size=60),
    RNG.integers(2, size=(60, 3)),
)
NUMBERS, PAIRS = RNG.normal(size=60), RNG.normal(size=(60, 2))
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0}
FRAME = pl.DataFrame(X, schema=["a b", 'ü"\n|', "x" * 300])
SPARSE = sp.csr_matrix(X)
NAMES = np.array(["no", "yes!", "perhaps"])


def classifier(**more):
    return MLPClassifier(**SMALL | more)


def regressor(loss="squared_error", **more):
    return MLPRegressor(loss, **SMALL | more)


def in_parts():
    model = classifier()
    for _ in range(3):
        model.partial_fit(X, THREE, classes=[0, 1, 2, 3])
    return model


def by_hand():
    model = MLPClassifier()
    model.classes_ = NAMES[:2]
    model.coefs_ = [np.ones((3, 2)), np.ones((2, 1))]
    model.intercepts_ = [np.zeros(2), np.zeros(1)]
    return model


def with_other_weights():
    model = regressor(standardize=True).fit(X, NUMBERS)
    model.coefs_ = [2 * coef for coef in model.coefs_]
    return model


MODELS = {
    "classes": lambda: classifier().fit(X, THREE),
    "two texts": lambda: classifier().fit(X, NAMES[TWO]),
    "objects": lambda: classifier().fit(X, NAMES.astype(object)[THREE]),
    "booleans": lambda: classifier().fit(X, TWO.astype(bool)),
    "float classes": lambda: classifier().fit(X, THREE.astype(np.float32)),
    "one class": lambda: classifier().fit(X, np.ones(60, int)),
    "labels": lambda: classifier().fit(X, LABELS),
    "two labels": lambda: classifier().fit(X, LABELS[:, :2]),
    "float32": lambda: classifier().fit(X.astype(np.float32), THREE),
    "standardized": lambda: classifier(standardize=True).fit(X.astype(np.float32), THREE),
    "weighted": lambda: classifier(standardize=True).fit(X, THREE, sample_weight=abs(NUMBERS)),
    "frame": lambda: classifier(standardize=True).fit(FRAME, THREE),
    "sparse": lambda: classifier(standardize=True).fit(SPARSE, THREE),
    "early": lambda: classifier(
        early_stopping=True, class_weight={0: 1.0, 1: 2.0, 2: 0.5}, n_iter_no_change=np.inf,
        scoring="f1_macro", warm_start="exact",
    ).fit(X, THREE),
    "objects of tables": lambda: classifier(
        hidden_layer_sizes=np.array([3, 4]), activation=["tanh", relu], dropout=[0.0, 0.1, 0.2],
        solver=Decaying(AdamW(0.1), 0.01), learning_rate=Cosine(2),
    ).fit(X, THREE),
    "linear": lambda: classifier(hidden_layer_sizes=(), activation="logistic").fit(X, THREE),
    "parts": in_parts,
    "by hand": by_hand,
    "number": lambda: regressor().fit(X, NUMBERS),
    "numbers": lambda: regressor(standardize=True).fit(X, PAIRS),
    "quantiles": lambda: regressor("quantile", quantile=[0.1, 0.5, 0.9]).fit(X, NUMBERS),
    "huber": lambda: regressor(huber(2.0)).fit(X, NUMBERS),
    "poisson": lambda: regressor("poisson", standardize=True).fit(X, abs(NUMBERS)),
    "lbfgs": lambda: regressor(solver="lbfgs").fit(X, NUMBERS),
    "given weights": lambda: regressor(
        initial_weights=([np.ones((3, 4)), np.ones((4, 1))], [np.zeros(4), np.zeros(1)])
    ).fit(X, NUMBERS),
    "other weights": with_other_weights,
}  # fmt: skip
METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform")


def rows_for(name):
    return {"frame": FRAME, "sparse": SPARSE}.get(name, X)


def targets_for(name, model):
    if isinstance(model, MLPRegressor):
        return {"numbers": PAIRS, "poisson": abs(NUMBERS)}.get(name, NUMBERS)
    labels = {"labels": LABELS, "two labels": LABELS[:, :2]}.get(name)
    return model.classes_[np.arange(60) % len(model.classes_)] if labels is None else labels


def without_seconds(history):
    """Return a history as a file keeps it, in which nothing differs from training to training."""
    rows = [{name: x for name, x in row.items() if name != "seconds"} for row in history.rows]
    return replace(history, rows=rows)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model"


@pytest.mark.parametrize("name", MODELS)
def test_a_loaded_estimator_is_the_one_that_was_saved(name, path):
    model = MODELS[name]()
    save(model, path)
    loaded = load(path)
    assert type(loaded) is type(model)
    for method in filter(lambda each: hasattr(model, each), METHODS):
        before, after = (getattr(each, method)(rows_for(name)) for each in (model, loaded))
        np.testing.assert_array_equal(before, after, strict=True)
    for attribute in (*ATTRIBUTES, "n_features_in_", "n_outputs_", "n_layers_", "out_activation_"):
        assert hasattr(loaded, attribute) == hasattr(model, attribute)
        if attribute != "history_":
            np.testing.assert_equal(getattr(loaded, attribute, 0), getattr(model, attribute, 0))
    if hasattr(model, "history_"):
        assert loaded.history_ == without_seconds(model.history_)
    for coef, other in zip(model.coefs_, loaded.coefs_, strict=True):
        np.testing.assert_array_equal(coef, other, strict=True)
    np.testing.assert_equal(str(loaded.get_params()), str(model.get_params()))
    if isinstance(model, MLPClassifier):
        np.testing.assert_array_equal(loaded.classes_, model.classes_, strict=True)
    names = getattr(model, "feature_names_in_", None)
    np.testing.assert_array_equal(getattr(loaded, "feature_names_in_", None), names)


@pytest.mark.parametrize("name", MODELS)
def test_a_loaded_estimator_is_saved_as_the_same_bytes_pickles_and_is_trained_on(name, path):
    model = MODELS[name]()
    save(model, path)
    loaded = load(path)
    save(loaded, path.with_name("again"))
    assert path.with_name("again").read_bytes() == path.read_bytes()
    rows = rows_for(name)
    copied = pickle.loads(pickle.dumps(loaded))
    np.testing.assert_array_equal(copied.predict(rows), model.predict(rows))
    if name != "by hand":
        before = loaded.perceptron_.theta.copy()
        loaded.set_params(warm_start=True).fit(rows, targets_for(name, loaded))
        assert np.isfinite(loaded.perceptron_.theta).all()
        assert loaded.perceptron_.theta.shape == before.shape


@pytest.mark.parametrize("name", ["standardized", "numbers"])
def test_a_fit_goes_on_from_the_loaded_weights(name, path):
    model = MODELS[name]()
    save(model, path)
    loaded = load(path)
    kept = loaded.perceptron_.theta.copy()
    loaded.set_params(warm_start=True, learning_rate_init=1e-300, max_iter=1)
    loaded.fit(rows_for(name), targets_for(name, loaded))
    np.testing.assert_array_equal(loaded.perceptron_.theta, kept)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_of_the_table_is_kept(name, path):
    optimizer = OPTIMIZERS[name]()
    save(regressor(solver=optimizer).fit(X, NUMBERS), path)
    assert load(path).solver == optimizer


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_of_the_table_is_kept(name, path):
    save(regressor(learning_rate=SCHEDULES[name]()).fit(X, NUMBERS), path)
    assert load(path).learning_rate == SCHEDULES[name]()


def test_settings_of_an_optimizer_are_kept(path):
    save(regressor(solver=RMSProp(0.5, 1e-3)).fit(X, NUMBERS), path)
    assert load(path).solver == RMSProp(0.5, 1e-3)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"random_state": np.random.RandomState(0)}, r"random_state=.*with a number or None first"),
        ({"scoring": lambda model, X, y: 0.0}, r"scoring=.*scorer's name or None"),
        ({"activation": Activation("mine", relu.f, relu.df)}, r"activation=mine.*chainrule\.act"),
        ({"activation": Activation("relu", np.tanh, relu.df)}, "activation=relu"),
        ({"learning_rate": lambda epoch, epochs: np.ones_like(epoch)}, r"learning_rate=.*schedule"),
    ],
)
def test_what_is_code_is_refused_by_its_parameters_name(parameters, said, path):
    model = regressor(early_stopping="scoring" in parameters, **parameters).fit(X, NUMBERS)
    with pytest.raises(ValueError, match=f"the parameter {said}") as refused:
        save(model, path)
    assert "\n" not in str(refused.value)
    assert not path.exists()


def test_what_is_no_such_model_is_refused(path):
    model = classifier().fit(X, THREE)
    with pytest.raises(NotFittedError):
        save(classifier(), path)

    class Mine(MLPClassifier):
        pass

    pipeline = make_pipeline(StandardScaler(), classifier()).fit(X, THREE)
    search = GridSearchCV(classifier(), {"alpha": [0.1]}, cv=2).fit(X, THREE)
    for other, said in (
        (Mine((2,), max_iter=1).fit(X, THREE), "got Mine$"),
        (pipeline, "got Pipeline; save the estimator inside it alone, or all of it with joblib"),
        (search, "got GridSearchCV; save"),
        (StandardScaler(), "got StandardScaler$"),
    ):
        with pytest.raises(TypeError, match=said):
            save(other, path)
    save(pipeline[-1], path)
    scaled = pipeline[:-1].transform(X)
    np.testing.assert_array_equal(load(path).predict(scaled), pipeline.predict(X))
    del model.classes_
    with pytest.raises(ValueError, match="does not know its classes: set classes_"):
        save(model, path)


def test_callbacks_are_refused(path):
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has them since 1.9")
    model = classifier()
    model.set_callbacks(callback.ProgressBar())
    model.fit(X, THREE)
    with pytest.raises(ValueError, match="the callbacks of MLPClassifier are code"):
        save(model, path)


def test_weights_that_are_not_finite_are_refused(path):
    model = by_hand()
    model.coefs_ = [np.full((3, 2), np.nan), np.ones((2, 1))]
    with pytest.raises(ValueError, match="weight that is not finite"):
        save(model, path)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_network_is_kept(activation, dtype, path):
    network = Perceptron(
        [Layer(3, 4, activation, rng=0, dtype=dtype), Layer(4, 2, "sigmoid", rng=1, dtype=dtype)]
    )
    save(network, path)
    loaded = load(path)
    np.testing.assert_array_equal(loaded.predict(X), network.predict(X), strict=True)
    assert repr(loaded) == repr(network)


def test_another_kind_than_was_asked_for_is_said(path):
    save(by_hand(), path)
    assert isinstance(load(path, "estimator"), MLPClassifier)
    with pytest.raises(ModelFileError, match="holds an estimator, but this takes a model for tab"):
        load(path, "table model")
    with pytest.raises(
        ValueError, match="unknown kind of model 'tabel'; did you mean 'table model'"
    ):
        load(path, "tabel")


def test_a_network_needs_neither_scikit_learn_nor_polars(path):
    code = (
        "import sys, chainrule\n"
        "from chainrule import Layer, Perceptron\n"
        f"chainrule.save(Perceptron([Layer(2, 1, 'relu')]), {str(path)!r})\n"
        f"chainrule.load({str(path)!r})\n"
        "print([name for name in ('sklearn', 'polars', 'scipy', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_classes_of_the_kinds_are_there():
    for row in KINDS.values():
        for name in row.models:
            module, _, kind = name.rpartition(".")
            assert getattr(sys.modules.get(module) or __import__(module, fromlist=[kind]), kind)
