"""What other people's tools do with our estimators, and with scikit-learn's: each really asked.

Run as ``python -m benchmarks.tools`` in the environment where the tools are; prints one line of
JSON. A tool's answers are compared with the library's; where a tool fails, its sentence is kept.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn import neural_network
from sklearn.datasets import load_diabetes, load_iris, make_multilabel_classification
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.environment import ROOT
from benchmarks.tables import Table
from chainrule import MLPClassifier, MLPRegressor

_FEW: dict[str, Any] = {
    "hidden_layer_sizes": (10,),
    "max_iter": 30,
    "random_state": 0,
    "learning_rate_init": 0.05,
}
_COLUMNS = ["tool", "version", "asked for", "chainrule", "scikit-learn's own"]
_NEAR = 1e-5
_LONGEST = 160  # letters of a sentence


class NotAskedError(Exception):
    """The question is for chainrule alone."""


class Kinds(NamedTuple):
    """The two estimators of one library."""

    classifier: Any
    regressor: Any


KINDS = {
    "chainrule": Kinds(MLPClassifier, MLPRegressor),
    "scikit-learn": Kinds(neural_network.MLPClassifier, neural_network.MLPRegressor),
}


class Data:
    """Rows for all, and estimators fitted to them.

    Parameters
    ----------
    kinds : Kinds
    """

    def __init__(self, kinds: Kinds) -> None:
        import pandas as pd

        self.kinds = kinds
        self.X, self.y = load_iris(return_X_y=True)
        self.names = np.array(["a", "b", "ü"])[self.y]
        self.frame = pd.DataFrame(self.X, columns=list("abcd"))
        self.X_numbers, self.numbers = load_diabetes(return_X_y=True)

    def classifier(self) -> Any:
        """Return a new classifier."""
        return self.kinds.classifier(**_FEW)

    def regressor(self) -> Any:
        """Return a new regressor."""
        return self.kinds.regressor(**_FEW)

    def pipeline(self) -> Any:
        """Return a pipeline that is fitted to a data frame and names of classes."""
        return make_pipeline(StandardScaler(), self.classifier()).fit(self.frame, self.names)


def _equal(got: Any, expected: Any) -> None:
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, f"shape {got.shape}, not {expected.shape}"
    if expected.dtype.kind in "OUS":
        assert (got == expected).all(), "other classes"
        return
    far = np.abs(got - expected).max() / max(1.0, np.abs(expected).max())
    assert far <= _NEAR, f"answers differ by {far:.1g}"


# skl2onnx ---------------------------------------------------------------------------------


def _in_onnx(model: Any, X: Any, last: Any = None) -> dict[str, Any]:
    import onnxruntime
    from skl2onnx import to_onnx

    X = X.astype(np.float32)
    options = {} if last is None else {id(last): {"zipmap": False}}
    content = to_onnx(model, X[:1], options=options).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"X": X}), strict=True))


def _onnx_pipeline(data: Data) -> None:
    model = make_pipeline(StandardScaler(), data.classifier()).fit(data.X, data.names)
    got = _in_onnx(model, data.X, model[-1])
    _equal(got["probabilities"], model.predict_proba(data.X))
    _equal(got["label"], model.predict(data.X))


def _onnx_dicts(data: Data) -> None:
    model = data.classifier().fit(data.X, data.y)
    got = _in_onnx(model, data.X)
    _equal([[*row.values()] for row in got["output_probability"]], model.predict_proba(data.X))


def _onnx_labels(data: Data) -> None:
    X, y = make_multilabel_classification(200, random_state=0)
    model = data.classifier().fit(X, y)
    got = _in_onnx(model, X, model)
    _equal(got["label"], model.predict(X))


def _onnx_outputs(data: Data) -> None:
    model = data.regressor().fit(data.X_numbers, np.c_[data.numbers, -data.numbers])
    _equal(_in_onnx(model, data.X_numbers)["variable"], model.predict(data.X_numbers))


def _onnx_calibrated(data: Data) -> None:
    from sklearn.calibration import CalibratedClassifierCV

    model = CalibratedClassifierCV(data.classifier(), cv=2).fit(data.X, data.y)
    _equal(_in_onnx(model, data.X, model)["probabilities"], model.predict_proba(data.X))


def _onnx_ensembles(data: Data) -> None:
    from sklearn.ensemble import BaggingClassifier, StackingClassifier

    parts = [("a", data.classifier()), ("b", data.classifier())]
    for model in (
        BaggingClassifier(data.classifier(), 2, random_state=0),
        StackingClassifier(parts, cv=2),
        GridSearchCV(data.classifier(), {"alpha": [1e-4, 1e-2]}, cv=2),
    ):
        model.fit(data.X, data.y)
        _equal(_in_onnx(model, data.X, model)["probabilities"], model.predict_proba(data.X))


# What keeps models ------------------------------------------------------------------------


def _skops(data: Data) -> None:
    import skops.io

    model = data.pipeline()
    content = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=content)
    assert all(name.startswith(("chainrule.", "sklearn.")) for name in unknown), unknown
    again = skops.io.loads(content, trusted=unknown)
    _equal(again.predict_proba(data.frame), model.predict_proba(data.frame))


def _joblib(data: Data) -> None:
    import joblib

    model = data.pipeline()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model")
        joblib.dump(model, path)
        for mode in (None, "r"):
            again = joblib.load(path, mmap_mode=mode)
            _equal(again.predict_proba(data.frame), model.predict_proba(data.frame))


def _cloudpickle(data: Data) -> None:
    import cloudpickle

    model = data.pipeline()
    again = cloudpickle.loads(cloudpickle.dumps(model))
    _equal(again.predict(data.frame), model.predict(data.frame))


def _mlflow_saved(data: Data, **options: Any) -> None:
    import mlflow.sklearn
    from mlflow.models import infer_signature

    model = data.pipeline()
    answers = model.predict(data.frame)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "model"))
        signature = infer_signature(data.frame, answers)
        mlflow.sklearn.save_model(model, path, signature=signature, **options)
        _equal(mlflow.sklearn.load_model(path).predict(data.frame), answers)
        _equal(mlflow.pyfunc.load_model(path).predict(data.frame), answers)


def _mlflow_trusted(data: Data) -> None:
    import skops.io

    unknown = skops.io.get_untrusted_types(data=skops.io.dumps(data.pipeline()))
    _mlflow_saved(data, skops_trusted_types=unknown)


def _mlflow_cloudpickle(data: Data) -> None:
    _mlflow_saved(data, serialization_format="cloudpickle")


def _mlflow_logged(data: Data, model: Any) -> None:
    import mlflow.sklearn

    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
        mlflow.set_tracking_uri(Path(folder).as_uri())
        mlflow.set_experiment("tools")
        mlflow.sklearn.autolog(serialization_format="cloudpickle", silent=True)
        try:
            with mlflow.start_run() as run:
                model.fit(data.frame, data.names)
            metrics = mlflow.get_run(run.info.run_id).data.metrics
        finally:
            mlflow.sklearn.autolog(disable=True, silent=True)
    assert "training_score" in metrics, "autolog logs nothing"


def _mlflow_alone(data: Data) -> None:
    _mlflow_logged(data, data.classifier())


def _mlflow_pipeline(data: Data) -> None:
    _mlflow_logged(data, make_pipeline(StandardScaler(), data.classifier()))


# What explains models ---------------------------------------------------------------------


def _shap_kernel(data: Data) -> None:
    import shap

    model = data.classifier().fit(data.frame, data.names)
    rows = data.frame[:5]
    explainer = shap.KernelExplainer(model.predict_proba, data.frame[:10])
    values = explainer.shap_values(rows, silent=True)
    _equal(values.sum(axis=1) + explainer.expected_value, model.predict_proba(rows))


def _shap_function(data: Data) -> None:
    import shap

    model = data.pipeline()
    for algorithm in ("auto", "permutation", "partition"):
        explainer = shap.Explainer(model.predict_proba, data.frame[:50], algorithm=algorithm)
        found = explainer(data.frame[:5])
        answers = model.predict_proba(data.frame[:5])
        _equal(found.values.sum(axis=1) + found.base_values, answers)


def _shap_model(data: Data) -> None:
    import shap

    shap.Explainer(data.classifier().fit(data.X, data.y), data.X[:50])(data.X[:5])


def _shap_deep(data: Data) -> None:
    import shap

    shap.DeepExplainer(data.classifier().fit(data.X, data.y), data.X[:50])


def _shap_torch(data: Data) -> None:
    import shap
    import torch
    from torch import nn

    from chainrule.exports import to_torch

    if data.kinds.classifier is not MLPClassifier:
        raise NotAskedError
    model = MLPClassifier(**_FEW, standardize=True).fit(data.X, data.y)
    module = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 3), nn.Softmax(dim=1))
    weights = {name: torch.from_numpy(np.float32(a)) for name, a in to_torch(model).items()}
    module.load_state_dict(weights)
    rows = torch.from_numpy(np.float32(data.X))
    explainer = shap.DeepExplainer(module, rows[:50])
    answers = explainer.shap_values(rows[:5]).sum(axis=1) + explainer.expected_value
    _equal(answers, model.predict_proba(data.X[:5]))


def _lime(data: Data) -> None:
    from lime.lime_tabular import LimeTabularExplainer

    model = data.classifier().fit(data.X, data.y)
    explainer = LimeTabularExplainer(data.X, random_state=0)
    explained = explainer.explain_instance(data.X[0], model.predict_proba, num_samples=200)
    assert explained.as_list()


def _eli5(data: Data) -> None:
    from eli5.sklearn import PermutationImportance

    model = data.classifier().fit(data.X, data.y)
    found = PermutationImportance(model, n_iter=2, random_state=0).fit(data.X, data.y)
    assert found.feature_importances_.shape == (4,)


def _eli5_weights(data: Data) -> None:
    import eli5

    said = eli5.explain_weights(data.classifier().fit(data.X, data.y))
    assert not said.error, said.error


def _yellowbrick(data: Data, **options: Any) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    from yellowbrick.classifier import ROCAUC

    drawing = ROCAUC(data.classifier(), **options)
    drawing.fit(data.X, data.y)
    assert drawing.score(data.X, data.y) > 0.5


def _yellowbrick_forced(data: Data) -> None:
    _yellowbrick(data, force_model=True)


# What fits models -------------------------------------------------------------------------


def _optuna(data: Data) -> None:
    import optuna
    from sklearn.model_selection import cross_val_score

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def score(trial: Any) -> float:
        model = data.classifier().set_params(alpha=trial.suggest_float("alpha", 1e-5, 0.1))
        return float(cross_val_score(model, data.X, data.y, cv=2).mean())

    study = optuna.create_study(direction="maximize")
    study.optimize(score, n_trials=2)
    assert study.best_value > 0.5


def _imblearn(data: Data) -> None:
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline as imblearn_pipeline

    kept = data.y > 0
    kept[:20] = True
    model = imblearn_pipeline(SMOTE(random_state=0), data.classifier())
    assert model.fit(data.X[kept], data.y[kept]).score(data.X, data.y) > 0.5


def _fairlearn(data: Data) -> None:
    from fairlearn.postprocessing import ThresholdOptimizer
    from fairlearn.reductions import DemographicParity, ExponentiatedGradient

    group, y = np.arange(len(data.y)) % 2, (data.y > 0).astype(int)
    reduction = ExponentiatedGradient(data.classifier(), DemographicParity(), max_iter=2)
    reduction.fit(data.X, y, sensitive_features=group)
    thresholds = ThresholdOptimizer(estimator=data.classifier(), predict_method="predict_proba")
    thresholds.fit(data.X, y, sensitive_features=group)
    assert thresholds.predict(data.X, sensitive_features=group).shape == y.shape


def _mapie(data: Data) -> None:
    from mapie.classification import SplitConformalClassifier
    from mapie.regression import CrossConformalRegressor

    numbers = CrossConformalRegressor(data.regressor(), cv=2)
    numbers.fit_conformalize(data.X_numbers, data.numbers)
    _, intervals = numbers.predict_interval(data.X_numbers)
    assert (intervals[:, 0] <= intervals[:, 1]).all()
    classes = SplitConformalClassifier(data.classifier().fit(data.X, data.y), prefit=True)
    classes.conformalize(data.X, data.y)


def _inspection(data: Data) -> None:
    from sklearn.inspection import (
        DecisionBoundaryDisplay,
        PartialDependenceDisplay,
        permutation_importance,
    )

    model = data.classifier().fit(data.frame, data.names)
    found = permutation_importance(model, data.frame, data.names, n_repeats=2, random_state=0)
    assert found.importances_mean.shape == (4,)
    PartialDependenceDisplay.from_estimator(
        model, data.frame, ["a", ("a", "b")], target="b", grid_resolution=5
    )
    two = data.frame[["a", "b"]]
    DecisionBoundaryDisplay.from_estimator(
        data.classifier().fit(two, data.names), two, grid_resolution=5
    )


def _selected(data: Data) -> None:
    from sklearn.feature_selection import SelectFromModel

    SelectFromModel(data.classifier()).fit(data.X, data.y).get_support()


def _selected_by_weights(data: Data) -> None:
    from sklearn.feature_selection import RFE, SequentialFeatureSelector

    def importance(model: Any) -> Any:
        return np.abs(model.coefs_[0]).sum(axis=1)

    for one in (
        RFE(data.classifier(), n_features_to_select=2, importance_getter=importance),
        SequentialFeatureSelector(data.classifier(), n_features_to_select=2, cv=2),
    ):
        assert one.fit(data.X, data.y).get_support().sum() == 2


class Asked(NamedTuple):
    """One thing asked of a tool: the package's name, what, and the doing, which fails or not."""

    tool: str
    what: str
    do: Callable[[Data], None]


ASKED = [
    Asked("skl2onnx", "a pipeline, names of classes, as arrays", _onnx_pipeline),
    Asked("skl2onnx", "probabilities as dicts", _onnx_dicts),
    Asked("skl2onnx", "several labels a row", _onnx_labels),
    Asked("skl2onnx", "several numbers a row", _onnx_outputs),
    Asked("skl2onnx", "CalibratedClassifierCV", _onnx_calibrated),
    Asked("skl2onnx", "bagging, stacking, GridSearchCV", _onnx_ensembles),
    Asked("skops", "dump, load with trusted types", _skops),
    Asked("joblib", "dump, load, mmap_mode='r'", _joblib),
    Asked("cloudpickle", "dumps, loads", _cloudpickle),
    Asked("mlflow-skinny", "save_model, nothing trusted", _mlflow_saved),
    Asked("mlflow-skinny", "save_model, skops_trusted_types", _mlflow_trusted),
    Asked("mlflow-skinny", "save_model, cloudpickle", _mlflow_cloudpickle),
    Asked("mlflow-skinny", "autolog of the estimator alone", _mlflow_alone),
    Asked("mlflow-skinny", "autolog of a pipeline", _mlflow_pipeline),
    Asked("shap", "KernelExplainer of predict_proba, a data frame", _shap_kernel),
    Asked("shap", "Explainer of predict_proba", _shap_function),
    Asked("shap", "Explainer of the estimator itself", _shap_model),
    Asked("shap", "DeepExplainer of the estimator itself", _shap_deep),
    Asked("shap", "DeepExplainer of to_torch's weights", _shap_torch),
    Asked("lime", "LimeTabularExplainer", _lime),
    Asked("eli5", "PermutationImportance", _eli5),
    Asked("eli5", "explain_weights", _eli5_weights),
    Asked("yellowbrick", "ROCAUC", _yellowbrick),
    Asked("yellowbrick", "ROCAUC, force_model=True", _yellowbrick_forced),
    Asked("optuna", "a study of cross_val_score", _optuna),
    Asked("imbalanced-learn", "SMOTE in a pipeline", _imblearn),
    Asked("fairlearn", "reductions, thresholds", _fairlearn),
    Asked("MAPIE", "conformal intervals and sets", _mapie),
    Asked("scikit-learn", "inspection: importance, dependence, boundary", _inspection),
    Asked("scikit-learn", "SelectFromModel", _selected),
    Asked("scikit-learn", "RFE with importance_getter, sequential", _selected_by_weights),
]


def answers() -> Iterator[dict[str, str]]:
    """Ask everything of both libraries; yield a row for each question."""
    data = {library: Data(kinds) for library, kinds in KINDS.items()}
    for asked in ASKED:
        try:
            found = version(asked.tool)
        except PackageNotFoundError:
            found = "not installed"
        row = {"tool": asked.tool, "version": found, "asked": asked.what}
        yield row | {library: outcome(asked.do, one) for library, one in data.items()}


def outcome(do: Callable[[Data], None], data: Data) -> str:
    """Return "works", or what the tool said, or a dash where it is not asked."""
    try:
        do(data)
    except NotAskedError:
        return "–"
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split()).replace("|", "/")
        return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
    return "works"


def tables(python: Path) -> tuple[list[Table], list[dict[str, Any]]]:
    """Ask the tools beside another Python; return a table and the rows.

    Raises
    ------
    ValueError
        If that process fails.
    """
    command = [str(python), "-W", "ignore", "-m", "benchmarks.tools"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError((done.stderr.splitlines() or [f"exit code {done.returncode}"])[-1])
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    keys = ("tool", "version", "asked", *KINDS)
    rows = [[one[key] for key in keys] for one in found]
    note = (
        "Each is done for real, and the tool's answers are compared with the library's, "
        f"to {_NEAR:g}. Where a tool fails, it is its own words that stand here."
    )
    return [Table("Tools for scikit-learn", _COLUMNS, rows, note)], found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    _out, sys.stdout = sys.stdout, io.StringIO()  # tools print too
    _found = list(answers())
    _out.write(json.dumps(_found) + "\n")
