"""Programs as people have them: samplers' sizes, missing values, models that learn row by row."""

from __future__ import annotations

import pickle

import numpy as np
import polars as pl
import pytest
import sklearn.neural_network as scikit_learn
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from chainrule import MLPClassifier, MLPRegressor
from chainrule.divergence import DivergenceError

pd = pytest.importorskip("pandas", reason="the cases are columns and frames of pandas")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(60, 3))
TWO = (X[:, 0] > 0).astype(int)


def classifier(**options):
    return MLPClassifier(**({"hidden_layer_sizes": (4,), "max_iter": 3} | options))


def regressor(**options):
    return MLPRegressor(**({"hidden_layer_sizes": (4,), "max_iter": 3} | options))


# A model that learns row by row ------------------------------------------------------------------


def bytes_of_a_call(model):
    model.partial_fit(np.zeros((1, 3)), np.zeros(1))
    before = len(pickle.dumps(model))
    for _ in range(300):
        model.partial_fit(np.zeros((1, 3)), np.zeros(1))
    return (len(pickle.dumps(model)) - before) / 300


@pytest.mark.parametrize(
    "options",
    [{}, {"standardize": True}, {"warm_start": "exact", "learning_rate": "cosine", "dropout": 0.1}],
)
def test_a_model_grows_no_more_by_parts_than_scikit_learn_s(options):
    theirs = bytes_of_a_call(scikit_learn.MLPRegressor(hidden_layer_sizes=(4,)))
    model = regressor(**options)
    assert bytes_of_a_call(model) <= theirs
    assert len(model.loss_curve_) == model.t_ == 301
    assert len(model.history_) == 1  # of the last call


def test_a_schedule_and_a_warm_up_go_on_over_calls():
    parts = classifier(learning_rate="cosine", warm_up=3, max_iter=10, random_state=0)
    rates = []
    for _ in range(10):
        parts.partial_fit(X, TWO, classes=[0, 1])
        rates += parts.history_["learning_rate"]
    whole = classifier(learning_rate="cosine", warm_up=3, max_iter=10, random_state=0)
    np.testing.assert_allclose(rates, whole.fit(X, TWO).history_["learning_rate"])
    again = pickle.loads(pickle.dumps(parts)).set_params(warm_start="exact", max_iter=2)
    assert len(again.fit(X, TWO).history_) == 3  # the last call, and these two


def test_a_call_that_diverges_names_the_epoch_of_all_calls():
    model = regressor(solver="sgd", learning_rate_init=1e-3)
    for _ in range(3):
        model.partial_fit(X, X[:, 0])
    model.set_params(learning_rate_init=1e200).partial_fit(X, X[:, 0])
    with pytest.raises(DivergenceError, match=r"in epoch 5: .* are those of epoch 4\."):
        model.partial_fit(X, X[:, 0])
    assert len(model.loss_curve_) == 4


# Sizes of hidden layers ---------------------------------------------------------------------------

SIZES = [
    [5, 4],
    np.array([5, 4]),
    np.array([5, 4], ">i2"),
    np.array([5, 4], object),
    range(4, 6),
    np.int64(5),
    [np.int64(5)],
    (np.int32(5), np.uint8(4)),
    pd.Series([5, 4]),
    pl.Series([5, 4]),
    np.array([], dtype=int),
    [],
]


@pytest.mark.parametrize("sizes", SIZES, ids=repr)
def test_sizes_as_samplers_give_them(sizes):
    before = repr(sizes)
    model = clone(classifier(hidden_layer_sizes=sizes)).fit(X, TWO)
    clone(model).set_params(**model.get_params(deep=False))
    assert "MLPClassifier" in repr(model) + model._repr_html_()
    assert repr(sizes) == before
    wanted = np.atleast_1d(np.asarray(sizes)).tolist()
    assert [len(b) for b in model.intercepts_[:-1]] == wanted


NO_SIZES = [
    50.0, "(50, 50)", "5", [5.0], (5, 0), (-1,), None, [[5, 4]], ((5,), (4,)), [5, "4"], [5, None],
    np.array(5), np.array(5.0), np.array("5"), np.float64(5), np.array([5.0, 4.0]), [np.array(5)],
    np.array([[5, 4], [3, 2]]), np.ones((30, 30)), pd.Series([5.0, 4.0]), True, [True], 0, "a\nb",
]  # fmt: skip


@pytest.mark.parametrize("sizes", NO_SIZES, ids=repr)
@pytest.mark.parametrize("skip", [False, True])
def test_what_is_no_size_is_refused_in_one_sentence(sizes, skip):
    with (
        config_context(skip_parameter_validation=skip),
        pytest.raises((ValueError, TypeError), match="hidden_layer_sizes") as caught,
    ):
        classifier(hidden_layer_sizes=sizes).fit(X, TWO)
    assert "\n" not in str(caught.value)


def test_an_array_of_no_dimension_is_named():
    with pytest.raises(ValueError, match=r"got array\(5\), an array of no dimension; give the num"):
        classifier(hidden_layer_sizes=np.array(5)).fit(X, TWO)


def test_a_grid_of_arrays():
    grid = {"hidden_layer_sizes": [[5], (5, 4), np.array([3, 3])]}
    search = GridSearchCV(classifier(), grid, cv=2).fit(X, TWO)
    assert len(search.cv_results_["param_hidden_layer_sizes"]) == 3


# Missing values -----------------------------------------------------------------------------------

NAMES = np.where(TWO, "yes", "no")
NULLABLE = {
    "Int64": TWO, "UInt8": TWO, "Float64": TWO, "Float32": TWO, "boolean": TWO > 0,
    "string": NAMES, "category": NAMES, "object": NAMES, "str": NAMES,
}  # fmt: skip
ARROW = {"int64": TWO, "double": TWO, "bool": TWO > 0, "string": NAMES}


def columns():
    for dtype, values in NULLABLE.items():
        yield pytest.param(pd.Series(list(values)).astype(dtype), id=dtype)
    for dtype, values in ARROW.items():
        yield pytest.param((dtype, values), id=f"{dtype}[pyarrow]")


def column_of(given):
    if isinstance(given, tuple):
        pytest.importorskip("pyarrow", reason="Arrow's types need pyarrow")
        return pd.Series(list(given[1])).astype(f"{given[0]}[pyarrow]")
    return given


def without(column, row=7):
    column = column.copy()
    column.iloc[row] = pd.NA
    return column


@pytest.mark.parametrize("given", list(columns()))
def test_nullable_labels_and_their_missing_ones(given):
    y = column_of(given)
    classes = sorted(set(y))
    assert list(classifier().fit(X, y).classes_) == classes
    missing, words = without(y), "Input y contains NaN in row 7"
    for what in (missing, missing.to_frame(), missing.array, pd.Index(missing), list(missing)):
        with pytest.raises(ValueError, match=words):
            classifier().fit(X, what)
    with pytest.raises(ValueError, match=words):
        classifier().partial_fit(X, missing, classes=classes)
    with pytest.raises(ValueError, match=words):
        classifier().partial_fit(X, y, classes=classes).partial_fit(X, missing)
    with pytest.raises(ValueError, match="Input y_val contains NaN in row 7"):
        classifier().fit(X, y, X_val=X, y_val=missing)


NUMBERS = ["Int64", "UInt8", "Float64", "Float32", "boolean"]


@pytest.mark.parametrize("dtype", NUMBERS)
def test_nullable_numbers_and_their_missing_ones(dtype):
    y = pd.Series(TWO).astype(dtype)
    missing = without(y)
    two = pd.DataFrame({"a": y, "b": missing})
    for make in (classifier, regressor):
        assert make().fit(X, pd.DataFrame({"a": y, "b": y})).n_outputs_ == 2
        with pytest.raises(ValueError, match="Input y contains NaN in row 7, column 1"):
            make().fit(X, two)
        if dtype != "boolean":
            assert make().fit(X, TWO, y + 1).n_outputs_ == 1
            with pytest.raises(ValueError, match="Input sample_weight contains NaN in row 7"):
                make().fit(X, TWO, missing)
    with pytest.raises(ValueError, match="Input y contains NaN in row 7"):
        regressor().fit(X, missing)
    with pytest.raises(ValueError, match="Input y_val contains NaN in row 7"):
        regressor().fit(X, y, X_val=X, y_val=missing)
    if dtype.startswith("Float"):
        with pytest.raises(ValueError, match=r"Input y contains infinity .* in row 7"):
            regressor().fit(X, y.where(y.index != 7, np.inf))


@pytest.mark.parametrize("values", [TWO.tolist(), NAMES.tolist(), (TWO > 0).tolist()])
def test_a_series_of_polars(values):
    missing = pl.Series([*values[:7], None, *values[8:]])
    assert len(classifier().fit(X, pl.Series(values)).classes_) == 2
    with pytest.raises(ValueError, match="Input y contains NaN in row 7"):
        classifier().fit(X, missing)
    if values[0] in ("yes", "no"):
        for dtype in (pl.Categorical, pl.Enum(["no", "yes"])):
            with pytest.raises(ValueError, match="Input y contains NaN in row 7"):
                classifier().fit(X, missing.cast(dtype))
    elif values[0] in (0, 1):
        with pytest.raises(ValueError, match="Input y contains NaN in row 7, column 1"):
            regressor().fit(X, pl.DataFrame({"a": values, "b": missing}).cast(pl.Int64))


@pytest.mark.parametrize("missing", [None, np.nan, np.float32("nan"), pd.NA, pd.NaT], ids=repr)
def test_objects(missing):
    for values in (TWO, NAMES, TWO > 0, TWO.astype(float)):
        y = values.astype(object)
        y[7] = missing
        for what in (y, y.tolist()):
            with pytest.raises(ValueError, match="Input y contains NaN in row 7"):
                classifier().fit(X, what)
        if values is not NAMES:
            two = np.column_stack([values.astype(object), y])
            for make in (classifier, regressor):
                with pytest.raises(ValueError, match="Input y contains NaN in row 7, column 1"):
                    make().fit(X, two)
    rows = X.astype(object)
    rows[3, 1] = missing
    frame = pd.DataFrame(rows)
    fitted = regressor().fit(X, TWO)
    for ask in (
        lambda: regressor().fit(rows, TWO),
        lambda: regressor().fit(frame, TWO),
        lambda: fitted.predict(rows),
        lambda: fitted.partial_fit(rows, TWO),
    ):
        with pytest.raises(ValueError, match="Input X contains NaN in row 3, column 1"):
            ask()


def test_masked_targets_are_missing():
    y = np.ma.array(TWO, mask=np.arange(60) == 7)
    for make in (classifier, regressor):
        with pytest.raises(ValueError, match="Input y contains NaN in row 7"):
            make().fit(X, y)


def test_what_is_no_number_at_all_stays_numpy_s_error():
    with pytest.raises(TypeError, match="float"):
        regressor().fit([[1, object()], [2, 3]], [0, 1])


# Early stopping ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([0, 0, 0, 1], r"\['True'\]"),  # as scikit-learn's
        ([False, False, False, True], r"\['True'\]"),
        (["no", "no", "no", "yes"], r"\['yes'\]"),
        ([3, 3, 3, 7], r"\[7\]"),
        ([[3], [3], [3], [7]], r"\[7\]"),
    ],
)
@pytest.mark.filterwarnings("ignore:A column-vector y")
def test_the_class_that_is_too_rare_is_the_user_s(y, words):
    with pytest.raises(ValueError, match=rf"only 1 member.*Classes with too few .* are: {words}"):
        classifier(early_stopping=True).fit(X[:4], y)
