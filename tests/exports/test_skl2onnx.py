"""skl2onnx converts the estimators, wherever they stand, into what answers as they do."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from oracles.ensembles import told_apart
from oracles.exportable import NAMES as NAMES_OF_COLUMNS
from sklearn import neural_network
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_iris, make_multilabel_classification
from sklearn.ensemble import BaggingClassifier, StackingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule import MLPClassifier, MLPRegressor, TabularClassifier, TabularRegressor
from chainrule.activations import ACTIVATIONS, Activation
from chainrule.exports import ExportError, register_with_skl2onnx

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own, of what onnx and NumPy call old
    skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    from skl2onnx.common.data_types import BooleanTensorType, DoubleTensorType, StringTensorType
onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

X, y = load_iris(return_X_y=True)
NAMES = np.array(["a", "ü", "c d"])[y]
X_NUMBERS, numbers = load_diabetes(return_X_y=True)
FEW = {
    "hidden_layer_sizes": (10,), "max_iter": 5, "random_state": 0, "learning_rate_init": 0.05,
}  # fmt: skip
NEAR = {np.float32: 3e-6, np.float64: 1e-12}


def converted(model, rows, options=None):
    """Return the outputs of the converted model by name, and their declared shapes."""
    content = skl2onnx.to_onnx(model, rows[:1], options=options).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    shapes = [output.shape for output in session.get_outputs()]
    found = session.run(None, {"X": rows})
    return dict(zip(names, found, strict=True)), dict(zip(names, shapes, strict=True))


def arrays(model):
    return {id(model): {"zipmap": False}}


def assert_same(model, rows, last=None, near=None):
    found, shapes = converted(model, rows, arrays(last or model))
    assert list(found) == ["label", "probabilities"]
    expected = model.predict_proba(rows)
    near = near or NEAR[rows.dtype.type]
    np.testing.assert_allclose(found["probabilities"], expected, rtol=0, atol=near)
    assert found["probabilities"].dtype == rows.dtype
    labels = model.predict(rows)
    assert found["label"].shape == labels.shape
    assert (found["label"] == labels).all()
    assert shapes["probabilities"][1:] == list(expected.shape[1:])
    assert shapes["label"][1:] == list(labels.shape[1:])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("targets", [y, NAMES, NAMES.astype(object), y > 0, y.astype(float)])
@pytest.mark.parametrize("standardize", [False, True])
def test_classes_and_their_probabilities(targets, dtype, standardize):
    model = MLPClassifier(**FEW, standardize=standardize).fit(X, targets)
    assert_same(model, X.astype(dtype))


@pytest.mark.parametrize("activation", sorted({*ACTIVATIONS} - {"relu"}))
def test_every_activation(activation):
    model = MLPClassifier(**FEW, activation=activation, standardize=True).fit(X, y)
    assert_same(model, X.astype(np.float32))


def test_labels_of_which_a_row_may_have_several():
    rows, labels = make_multilabel_classification(100, random_state=0)
    model = MLPClassifier(**FEW).fit(rows, labels)
    assert_same(model, rows.astype(np.float32))


@pytest.mark.parametrize(
    ("targets", "options"),
    [
        (numbers, {}),
        (numbers, {"standardize": True}),
        (np.c_[numbers, -numbers, numbers**2], {"standardize": True}),
        (numbers, {"loss": "quantile", "quantile": [0.1, 0.9], "standardize": True}),
        (numbers, {"loss": "poisson", "standardize": True}),
    ],
)
def test_numbers(targets, options):
    model = MLPRegressor(**FEW, **options).fit(X_NUMBERS, targets)
    expected = model.predict(X_NUMBERS).reshape(len(X_NUMBERS), -1)
    largest = np.abs(expected).max(axis=0)
    for dtype, near in NEAR.items():
        found, shapes = converted(model, X_NUMBERS.astype(dtype))
        assert list(found) == ["variable"]
        np.testing.assert_allclose(found["variable"] / largest, expected / largest, atol=near)
        assert shapes["variable"][1:] == [expected.shape[1]]


def test_whole_numbers_go_in_as_floats():
    rows = np.rint(X * 10).astype(np.int64)
    model = MLPClassifier(**FEW).fit(rows, y)
    found, _ = converted(model, rows, arrays(model))
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(rows), atol=1e-5)
    assert found["probabilities"].dtype == np.float32


@pytest.mark.parametrize("targets", [y, NAMES, (y > 0).astype(int)])
@pytest.mark.parametrize(
    "option",
    [{}, {"zipmap": "columns"}, {"zipmap": False, "output_class_labels": True}],
    ids=["dicts", "columns", "labels"],
)
def test_outputs_have_the_names_types_and_shapes_of_scikit_learns_own(targets, option):
    rows, described = X.astype(np.float32), []
    for kind in (MLPClassifier, neural_network.MLPClassifier):
        model = make_pipeline(StandardScaler(), kind(**FEW)).fit(X, targets)
        found, shapes = converted(model, rows, {id(model[-1]): option} if option else None)
        kinds = [getattr(value, "dtype", type(value)) for value in found.values()]
        described.append((list(found), kinds, shapes))
    assert described[0] == described[1]


def test_nocl_numbers_the_classes():
    model = MLPClassifier(**FEW).fit(X, NAMES)
    options = {id(model): {"zipmap": False, "nocl": True}}
    found, _ = converted(model, X.astype(np.float32), options)
    assert (model.classes_[found["label"]] == model.predict(X.astype(np.float32))).all()


@pytest.mark.parametrize("targets", [y, y > 0])
def test_raw_scores(targets):
    model = MLPClassifier(**FEW).fit(X, targets)
    options = {id(model): {"zipmap": False, "raw_scores": True}}
    found, _ = converted(model, X, options)
    z = model.decision_function(X)
    expected = z if z.ndim == 2 else np.c_[-z, z]
    np.testing.assert_allclose(found["probabilities"], expected, rtol=1e-12)


def test_inside_a_pipeline_of_named_columns():
    frame = pytest.importorskip("pandas", reason="pandas is not installed").DataFrame(
        {"long": X[:, 0], "wide": X[:, 1], "kind": np.where(y > 1, "u", "v")}
    )
    columns = make_column_transformer(
        (StandardScaler(), ["long", "wide"]), (OneHotEncoder(sparse_output=False), ["kind"])
    )
    model = make_pipeline(columns, MLPClassifier(**FEW)).fit(frame, NAMES)
    content = skl2onnx.to_onnx(model, frame[:1], options=arrays(model)).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    fed = {name: frame[[name]].to_numpy() for name in frame}
    label, p = session.run(None, fed)
    assert (label == model.predict(frame)).all()
    np.testing.assert_allclose(p, model.predict_proba(frame), atol=1e-6)


@pytest.mark.parametrize("targets", [y, y > 0])
def test_inside_other_estimators(targets):
    rows = X.astype(np.float32)
    for model in (
        CalibratedClassifierCV(MLPClassifier(**FEW), cv=2),  # asks for the raw scores
        BaggingClassifier(MLPClassifier(**FEW), 2, random_state=0),
        GridSearchCV(MLPClassifier(**FEW), {"alpha": [1e-4]}, cv=2),
    ):
        assert_same(model.fit(X, targets), rows)
    model = StackingRegressor([("a", MLPRegressor(**FEW))], cv=2).fit(X_NUMBERS, numbers)
    found, _ = converted(model, X_NUMBERS.astype(np.float32))
    np.testing.assert_allclose(found["variable"].ravel(), model.predict(X_NUMBERS), rtol=1e-5)


@pytest.mark.parametrize("opset", [9, 12, 15, 21])
def test_old_and_new_opsets(opset):
    model = MLPClassifier(**FEW, activation="gelu", standardize=True).fit(X, NAMES)
    onnx = skl2onnx.to_onnx(model, X[:1].astype(np.float32), target_opset=opset)
    session = onnxruntime.InferenceSession(onnx.SerializeToString())
    assert (session.run(None, {"X": X.astype(np.float32)})[0] == model.predict(X)).mean() > 0.99


def bent(z):
    return z + 0.1 * z**2


def slope_of_bent(z, a):
    return 1 + 0.2 * z


def test_what_cannot_be_converted_is_said():
    rows = X[:1].astype(np.float32)
    own = MLPClassifier(**FEW, activation=[Activation("bent", bent, slope_of_bent)]).fit(X, y)
    with pytest.raises(ExportError, match="the activation bent is not the library's"):
        skl2onnx.to_onnx(own, rows)
    with pytest.raises(ExportError, match="one class alone"):
        skl2onnx.to_onnx(MLPClassifier(**FEW).fit(X, y * 0), rows)
    with pytest.raises(NotFittedError, match="MLPRegressor instance is not fitted yet"):
        skl2onnx.to_onnx(MLPRegressor(), rows)


class Mine(MLPClassifier):
    """A class of the user's own."""


def test_a_subclass_is_registered_by_name():
    register_with_skl2onnx(Mine)
    assert_same(Mine(**FEW).fit(X, NAMES), X.astype(np.float32))
    for wrong in (StandardScaler, MLPClassifier()):
        with pytest.raises(TypeError, match="a subclass of MLPClassifier or MLPRegressor"):
            register_with_skl2onnx(wrong)


def test_whichever_is_imported_first_and_without_polars():
    program = (
        "import sys; sys.modules['polars'] = None\n"
        "import skl2onnx, chainrule\n"
        "assert 'chainrule.estimators' not in sys.modules\n"
        "import numpy as np\n"
        "X = np.eye(3, dtype=np.float32)\n"
        "model = chainrule.MLPRegressor(hidden_layer_sizes=(), max_iter=1).fit(X, X[0])\n"
        "print(skl2onnx.to_onnx(model, X).graph.output[0].name)"
    )
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "variable\n"


def test_estimators_for_tables_take_one_array_or_a_column_each():
    rows = X_NUMBERS[:200]
    model = TabularRegressor(n_members=2, random_state=0).fit(rows, numbers[:200])
    for dtype, near in ((np.float32, 1e-4), (np.float64, 1e-4)):  # of numbers up to 300
        found, shapes = converted(model, rows.astype(dtype))
        expected = model.predict(rows.astype(dtype))
        assert found["variable"].dtype == dtype
        assert shapes["variable"][1:] == [1]
        np.testing.assert_allclose(found["variable"][:, 0], expected, atol=near * 3)
    frame, targets = told_apart()
    frame = frame.select("many", "owns", NAMES_OF_COLUMNS[0])
    model = TabularClassifier(n_members=2, random_state=0).fit(frame, targets["kind"])
    found = of_columns(model, frame)
    assert (found["label"] == model.predict(frame)).all()
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(frame), atol=3e-6)


def of_columns(model, frame, **types):
    """Return what the converted model answers for a frame whose columns are inputs each."""
    kinds = {"many": StringTensorType, "owns": BooleanTensorType, **types}
    initial = [(name, kinds.get(name, DoubleTensorType)([None, 1])) for name in frame.columns]
    content = skl2onnx.to_onnx(model, initial_types=initial, options=arrays(model))
    session = onnxruntime.InferenceSession(content.SerializeToString())
    columns = [frame[name].to_numpy()[:, None] for name in frame.columns]
    feed = {
        given.name: column if column.dtype.kind in "bf" else column.astype(object)
        for given, column in zip(session.get_inputs(), columns, strict=True)  # skl2onnx renames
    }
    found = session.run(None, feed)
    return dict(zip(["label", "probabilities"], found, strict=True))


def test_inputs_that_are_not_the_columns_of_the_training_are_named():
    frame, targets = told_apart()
    frame = frame.select("many", "owns")
    model = TabularClassifier(n_members=1, random_state=0).fit(frame, targets["sick"])
    with pytest.raises(ExportError, match="'owns' is learnt as numbers, but its input is of texts"):
        of_columns(model, frame, owns=StringTensorType)
    with pytest.raises(ExportError, match="there is no input 'many'; initial_types has the inputs"):
        of_columns(model, frame.rename({"many": "few"}))
