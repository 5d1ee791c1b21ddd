"""Tools that keep and look at estimators; `python -m benchmarks tools` asks the larger ones."""

import pickle
import re
from importlib.util import find_spec
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import MLPClassifier, MLPRegressor
from chainrule.optimizers import RMSProp
from chainrule.schedules import OneCycle

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
NAMES = np.array(["a", "ü", "c"])[y]
FEW = {"hidden_layer_sizes": (10,), "max_iter": 5, "random_state": 0}

ALWAYS = {
    "chainrule.estimators.continuation.Continuation",
    "chainrule.estimators.scales.Scales",
    "chainrule.training.best.Best",
    "chainrule.training.history.History",
}
IN_STEPS = ALWAYS | {
    "chainrule.engines.task.TrainingState",
    "chainrule.estimators.steps.LearningRate",
}
CLASSIFIER = "chainrule.estimators.classifier.MLPClassifier"
REGRESSOR = "chainrule.estimators.regressor.MLPRegressor"
ADAM = "chainrule.optimizers.Adam"

KEPT = [
    (MLPClassifier(**FEW), NAMES, IN_STEPS | {CLASSIFIER, ADAM}),
    (MLPClassifier(**FEW, activation=["gelu"]), y, IN_STEPS | {CLASSIFIER, ADAM}),
    (MLPRegressor(**FEW, standardize=True), y, IN_STEPS | {REGRESSOR, ADAM}),
    (MLPClassifier(**FEW, solver="lbfgs"), y, ALWAYS | {CLASSIFIER}),
    (
        MLPClassifier(**FEW, solver=RMSProp(), learning_rate=OneCycle()),
        y,
        IN_STEPS | {CLASSIFIER, "chainrule.optimizers.RMSProp", "chainrule.schedules.OneCycle"},
    ),
    (make_pipeline(StandardScaler(), MLPClassifier(**FEW)), NAMES, IN_STEPS | {CLASSIFIER, ADAM}),
]


@pytest.mark.parametrize(("model", "targets", "types"), KEPT, ids=range(len(KEPT)))
def test_skops_needs_trust_in_few_types_all_of_them_ours(model, targets, types):
    skops = pytest.importorskip("skops.io", reason="skops is not installed")
    content = skops.dumps(model.fit(X, targets))
    unknown = skops.get_untrusted_types(data=content)
    assert set(unknown) == types
    again = skops.loads(content, trusted=unknown)
    assert (again.predict(X) == model.predict(X)).all()


def test_a_fit_goes_on_after_skops_as_if_it_had_not_been_away():
    skops = pytest.importorskip("skops.io", reason="skops is not installed")
    model = MLPClassifier(**FEW, warm_start="exact").fit(X, y)
    content = skops.dumps(model)
    again = skops.loads(content, trusted=skops.get_untrusted_types(data=content))
    assert (again.fit(X, y).coefs_[0] == model.fit(X, y).coefs_[0]).all()


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("mode", [None, "r", "c"])
def test_joblib_maps_the_weights_and_the_model_predicts_and_is_fitted_on(
    tmp_path, mode, standardize
):
    model = MLPClassifier(**FEW, standardize=standardize, warm_start=True).fit(X, y)
    joblib.dump(model, tmp_path / "model")
    before = (tmp_path / "model").read_bytes()
    again = joblib.load(tmp_path / "model", mmap_mode=mode)
    assert (again.predict_proba(X) == model.predict_proba(X)).all()
    assert (again.fit(X, y).coefs_[0] == model.fit(X, y).coefs_[0]).all()
    again = joblib.load(tmp_path / "model", mmap_mode=mode)
    again.partial_fit(X, y)
    assert (tmp_path / "model").read_bytes() == before


def test_cloudpickle_keeps_an_activation_that_has_no_name():
    cloudpickle = pytest.importorskip("cloudpickle", reason="cloudpickle is not installed")
    from chainrule.activations import Activation

    bent = Activation("bent", lambda z: z + 0.1 * z**2, lambda z, a: 1 + 0.2 * z)
    model = MLPClassifier(**FEW, activation=[bent]).fit(X, y)
    again = cloudpickle.loads(cloudpickle.dumps(model))
    assert (again.predict_proba(X) == model.predict_proba(X)).all()
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):  # Python's words
        pickle.dumps(model)


def test_features_are_selected_by_the_weights_where_that_is_asked_for():
    with pytest.raises(ValueError, match="`coef_` or `feature_importances_`"):
        SelectFromModel(MLPClassifier(**FEW)).fit(X, y).get_support()

    def importance(model):
        return np.abs(model.coefs_[0]).sum(axis=1)

    kept = RFE(MLPClassifier(**FEW), n_features_to_select=2, importance_getter=importance)
    assert kept.fit(X, y).get_support().sum() == 2


def test_a_tool_may_take_the_names_of_the_features_away():
    pl = pytest.importorskip("polars", reason="polars is not installed")
    from chainrule.exports import to_numpy

    model = MLPClassifier(**FEW).fit(pl.DataFrame(X, schema=list("abcd")), y)
    model.feature_names_in_ = None  # as SHAP's KernelExplainer does while it asks
    names = {}
    exec(to_numpy(model), names)
    assert names["COLUMNS"] == ["x0", "x1", "x2", "x3"]


PACKAGES = ("skl2onnx", "onnxruntime", "skops", "mlflow", "shap", "torch")
"""What the page's pieces need, and not everybody has."""
PAGE = Path(__file__).parents[2] / "docs" / "tools.md"


@pytest.mark.filterwarnings("ignore")  # the tools' own
@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here")
def test_the_page_of_tools_runs_as_far_as_the_tools_are_here():
    pieces = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names, done = {}, 0
    for piece in pieces:
        try:
            exec(piece, names)
            done += 1
        except ModuleNotFoundError as error:
            assert error.name.partition(".")[0] in PACKAGES, error
        except NameError as error:  # of a piece before, which was left out
            assert str(error).split("'")[1] in {"skops", "rows", "onnx", "torch"}, error
    missing = [name for name in PACKAGES if find_spec(name) is None]
    assert 2 <= done <= len(pieces)
    assert missing or done == len(pieces)
    assert names["kept"].sum() == 2
