"""At home in scikit-learn: its checks, pipelines, searches, displays."""

from __future__ import annotations

import pickle
import warnings
from copy import deepcopy
from functools import cache
from itertools import pairwise

import joblib
import numpy as np
import polars as pl
import pytest
import sklearn
from scipy.sparse import csr_array
from sklearn import neural_network as scikit_learn
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_diabetes, load_iris, make_multilabel_classification
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.inspection import (
    DecisionBoundaryDisplay,
    PartialDependenceDisplay,
    permutation_importance,
)
from sklearn.metrics import make_scorer, median_absolute_error
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import chainrule
from chainrule import LossCurveDisplay, MLPClassifier, MLPRegressor
from chainrule.activations import Activation
from chainrule.losses import huber
from chainrule.optimizers import Adam
from chainrule.schedules import Cosine

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
X_NUMBERS, y_numbers = load_diabetes(return_X_y=True)
NAMES = ["sepal length", "sepal width", "petal length", "petal width"]
FEW = {"hidden_layer_sizes": (10,), "max_iter": 40, "learning_rate_init": 0.05}


def bent(z):
    return z + 0.1 * np.tanh(z)


def slope_of_bent(z, a):
    return 1.1 - 0.1 * np.tanh(z) ** 2


def given(n_inputs, n_outputs):
    """Return initial weights for ten hidden neurons."""
    rng = np.random.default_rng(0)
    sizes = (n_inputs, 10, n_outputs)
    coefs = [rng.normal(0, 0.5, shape) for shape in pairwise(sizes)]
    return coefs, [np.zeros(size) for size in sizes[1:]]


VARIANTS = [
    MLPClassifier(),
    MLPRegressor(),
    MLPClassifier(**FEW, standardize=True, class_weight="balanced", label_smoothing=0.1),
    MLPClassifier(
        **FEW, solver="sgd", learning_rate="cosine", weight_decay=0.01, clip_norm=1.0, l1=1e-4
    ),
    MLPClassifier(
        **(FEW | {"hidden_layer_sizes": (10, 5)}),
        warm_start="exact",
        activation=["tanh", "silu"],
        weight_decay=0.01,
        restore_best=True,
    ),
    MLPClassifier(**FEW, initial_weights=given(2, 3), activation="logistic", verbose=True),
    MLPClassifier((), solver="lbfgs", max_iter=20, max_fun=50, alpha=0.01),
    MLPClassifier(
        **FEW, activation=["gelu"], restore_best=True, warm_up=3, n_threads=2, learning_rate="step"
    ),
    MLPClassifier(
        **FEW,
        dropout=[0.0, 0.1],
        batch_size=50,
        shuffle=False,
        beta_1=0.8,
        beta_2=0.99,
        epsilon=1e-6,
    ),
    MLPClassifier(**FEW, class_weight={1: 2.0}, learning_rate="exponential"),
    MLPClassifier(
        **FEW,
        early_stopping=True,
        validation_fraction=0.3,
        scoring="loss",
        restore_best=False,
        n_iter_no_change=np.inf,
    ),
    MLPRegressor(
        **FEW,
        activation=[Activation("bent", bent, slope_of_bent)],
        solver=Adam(beta_1=0.8),
        verbose="bar",
    ),
    MLPRegressor(
        **FEW,
        warm_start="exact",
        standardize=True,
        solver="sgd",
        learning_rate="adaptive",
        momentum=0.8,
        nesterovs_momentum=False,
        tol=1e-3,
    ),
    MLPRegressor(
        **FEW, initial_weights=given(2, 1), solver="sgd", learning_rate="invscaling", power_t=0.1
    ),
    MLPRegressor(**FEW, loss="poisson", standardize=True),
    MLPRegressor(**FEW, standardize=True, loss="huber", learning_rate="one_cycle"),
    MLPRegressor(**FEW, loss="absolute_error", learning_rate=Cosine(warm_up=2)),
    MLPRegressor(**FEW, loss=huber(delta=3.0), learning_rate="plateau", scoring="r2"),
    MLPRegressor(
        **FEW,
        loss="log_cosh",
        activation="selu",
        early_stopping=True,
        validation_fraction=0.3,
        scoring=make_scorer(median_absolute_error, greater_is_better=False),
    ),
    MLPRegressor(**(FEW | {"max_iter": 10}), loss="quantile", quantile=0.3, solver="lbfgs"),
    MLPRegressor(**FEW, loss="quantile", quantile=[0.2, 0.5, 0.8]),
]


def where_chance_or_choice_decides(estimator):
    """Return the checks that a variant cannot pass, nor would scikit-learn's, and why."""
    why = {}
    by_chance = {
        "dropout": "a row twice is left out by two masks, a row of weight 2 by one",
        "early_stopping": "a row twice may be dealt to both sides, a row of weight 2 may not",
    }
    for name, reason in by_chance.items():
        if np.any(getattr(estimator, name)):
            why["check_sample_weight_equivalence_on_dense_data"] = reason
            why["check_sample_weight_equivalence_on_sparse_data"] = reason
    if estimator.early_stopping:
        reason = "partial_fit has no early stopping, as in scikit-learn"
        why["check_fit_score_takes_y"] = why["check_n_features_in_after_fitting"] = reason
        why["check_estimators_partial_fit_n_features"] = reason
    if isinstance(getattr(estimator, "class_weight", None), dict):
        why["check_classifiers_classes"] = "the weights name a class that those rows do not have"
        several = "classifiers_multilabel"
        for name in ("representation_invariance", "output_format_predict",
                     "output_format_predict_proba", "output_format_decision_function"):  # fmt: skip
            why[f"check_{several}_{name}"] = "for several labels it is a list of dicts"
    if estimator.warm_start == "exact":
        for name in ("supervised_y_2d", "transformer_general", "transformer_data_not_an_array",
                     "transformer_preserve_dtypes",
                     "classifiers_multilabel_representation_invariance"
                     if is_classifier(estimator) else "pipeline_consistency"):  # fmt: skip
            why[f"check_{name}"] = "wants the same from a second fit, which goes on from the first"
    if np.ndim(getattr(estimator, "quantile", 0)):
        for name in ("regressors_train", "estimator_sparse_array", "estimator_sparse_matrix"):
            why[f"check_{name}"] = "a prediction has a column for each quantile"
    return why


def scikit_learn_s_checks(variants):
    """Return the checks of all variants; an estimator's name is made once, not for each check."""
    checks = parametrize_with_checks(
        variants, expected_failed_checks=where_chance_or_choice_decides, xfail_strict=True
    )
    return pytest.mark.parametrize(*checks.args, ids=cache(checks.kwargs["ids"]))


@pytest.mark.filterwarnings("ignore")
@scikit_learn_s_checks(VARIANTS[:3])
def test_scikit_learn_s_own_checks(estimator, check, request):
    require(estimator, check, request.node)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@scikit_learn_s_checks(VARIANTS[3:])
def test_scikit_learn_s_own_checks_of_a_variant(estimator, check, request):
    require(estimator, check, request.node)


def require(estimator, check, item):
    try:
        check(estimator)
        return
    except Exception as error:
        why = why_it_may_fail(item, estimator, error)
        if why is None:
            raise
    pytest.xfail(why)  # without the error: to show it, pytest would parse all files it went through


def why_it_may_fail(item, estimator, error):
    """Return the reason, or None where the check ought to pass."""
    expected = item.get_closest_marker("xfail")
    if expected is not None:
        return expected.kwargs["reason"]
    if estimator.initial_weights is not None and "have the shapes" in said_by(error):
        return "the given weights are for rows and targets of other shapes"
    return None


def said_by(error):
    """Return what an error says, and those that led to it."""
    before = error.__cause__ or error.__context__
    return f"{error}\n{said_by(before) if before else ''}"


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_every_option_has_a_variant(kind):
    usual = kind().get_params()
    chosen = {
        name
        for variant in VARIANTS
        for name, value in variant.get_params().items()
        if name not in usual or repr(value) != repr(usual[name])
    }
    assert set(usual) - chosen == {"random_state"}  # which the checks set themselves


@pytest.mark.parametrize("kind", ["MLPClassifier", "MLPRegressor"])
def test_the_constructor_is_scikit_learn_s_and_more(kind):
    import inspect

    theirs, ours = (
        inspect.signature(getattr(home, kind).__init__).parameters.values()
        for home in (scikit_learn, chainrule)
    )
    for a, b in zip(theirs, ours, strict=False):
        assert (a.name, a.default, a.kind) == (b.name, b.default, b.kind)
    more = list(ours)[len(theirs) :]
    assert more
    assert all(each.kind is each.KEYWORD_ONLY for each in more)


@pytest.mark.parametrize("kind", ["MLPClassifier", "MLPRegressor"])
def test_methods_and_attributes_are_scikit_learn_s_and_more(kind):
    data = (X, y) if kind == "MLPClassifier" else (X_NUMBERS, y_numbers)
    theirs, ours = (
        getattr(home, kind)(max_iter=2).fit(*data) for home in (scikit_learn, chainrule)
    )
    public = {name for name in dir(theirs) if not name.startswith("_")}
    assert public - set(dir(ours)) <= {"loss"}  # of a classifier: neither parameter nor documented


def model(**options):
    return MLPClassifier(
        **({"hidden_layer_sizes": (10,), "max_iter": 30, "random_state": 0} | options)
    )


def test_pipelines_and_searches():
    pipeline = make_pipeline(StandardScaler(), model(learning_rate_init=0.05))
    grid = {"mlpclassifier__alpha": [1e-4, 1.0], "mlpclassifier__activation": ["tanh", "gelu"]}
    search = GridSearchCV(pipeline, grid, cv=3, n_jobs=2).fit(X, y)
    assert search.best_score_ > 0.8
    scores = cross_validate(pipeline, X, y, cv=3, return_estimator=True)
    assert len(scores["estimator"]) == 3


def test_a_search_on_threads_has_the_bits_of_one_after_the_other():
    grid = {"alpha": [1e-4, 1e-2], "hidden_layer_sizes": [(16,), (40, 8)]}
    found = []
    for jobs, n_threads in ((1, 2), (2, None), (4, None)):
        model = MLPClassifier(max_iter=15, random_state=0, n_threads=n_threads)
        with joblib.parallel_config("threading"):
            found.append(GridSearchCV(model, grid, cv=3, n_jobs=jobs).fit(X, y))
    for search in found[1:]:
        for name in ("mean_test_score", "std_test_score", "rank_test_score"):
            np.testing.assert_array_equal(search.cv_results_[name], found[0].cv_results_[name])
        ours, theirs = (each.best_estimator_.predict_proba(X) for each in (search, found[0]))
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("wrap", [
    lambda: CalibratedClassifierCV(model(), cv=3),
    lambda: BaggingClassifier(model(), n_estimators=3),
    lambda: VotingClassifier([("a", model()), ("b", model(alpha=1.0))], voting="soft"),
    lambda: StackingClassifier([("a", model()), ("b", model(alpha=1.0))], cv=3),
    lambda: TransformedTargetRegressor(MLPRegressor(max_iter=5)),
    lambda: MultiOutputRegressor(MLPRegressor(max_iter=5)),
], ids=["calibrated", "bagging", "voting", "stacking", "target", "outputs"])  # fmt: skip
def test_meta_estimators(wrap):
    targets = y.reshape(-1, 1) if "Multi" in type(wrap()).__name__ else y
    assert len(wrap().fit(X, targets).predict(X)) == len(X)


def test_metadata_is_routed():
    with sklearn.config_context(enable_metadata_routing=True):
        inner = model().set_fit_request(sample_weight=True, X_val=True, y_val=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, inner, transform_input=["X_val"])
        weights = np.linspace(0, 1, len(y))
        pipeline.fit(X, y, sample_weight=weights, X_val=X[:30], y_val=y[:30])
        assert len(pipeline[-1].validation_scores_) == 30


def test_successive_halving_takes_epochs_for_its_resource():
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV

    grid = {"alpha": [1e-4, 1.0], "activation": ["tanh", ["gelu"]]}
    options = {"resource": "max_iter", "min_resources": 5, "max_resources": 20, "cv": 3}
    search = HalvingGridSearchCV(model(), grid, **options).fit(X, y)
    assert list(zip(search.n_candidates_, search.n_resources_, strict=True)) == [(4, 5), (2, 15)]
    best = search.best_estimator_  # of the last round, and fitted again with what that had
    assert (best.max_iter, best.n_iter_) == (15, 15)


def test_columns_of_a_frame():
    frame = pl.DataFrame(X[:, :2], schema=["long", "wide"]).with_columns(
        kind=pl.Series(["u", "v", "w"] * 50)
    )
    encode = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["kind"]), remainder=StandardScaler()
    ).set_output(transform="polars")
    names = pl.Series("iris", ["p", "q", "r"]).gather(y)
    pipeline = make_pipeline(encode, model(learning_rate_init=0.05, max_iter=100))
    pipeline.fit(frame, names)
    assert next(iter(pipeline[-1].feature_names_in_)) == "onehotencoder__kind_u"
    assert pipeline.score(frame, names) > 0.6


@pytest.mark.parametrize("scoring", ["neg_log_loss", "accuracy", "loss"])
@pytest.mark.parametrize("given", [True, False])
def test_scoring_a_frame_s_rows_warns_of_no_names(scoring, given):
    frame = pl.DataFrame(X, schema=NAMES)
    more = {"X_val": frame[::3], "y_val": pl.Series(y[::3])} if given else {}
    fitted = model(scoring=scoring, early_stopping=True, standardize=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted.fit(frame, pl.Series(y), **more)
    arrays = {"X_val": X[::3], "y_val": y[::3]} if given else {}
    plain = clone(fitted).fit(X, y, **arrays)
    np.testing.assert_allclose(fitted.validation_scores_, plain.validation_scores_, rtol=1e-12)


def test_sparse_labels():
    rows, labels = make_multilabel_classification(100, random_state=0)
    dense, sparse = (model().fit(rows, each) for each in (labels, csr_array(labels)))
    np.testing.assert_array_equal(sparse.predict(rows).toarray(), dense.predict(rows))
    weights = [{0: 1.0, 1: 2.0}] * 5
    weighed = model(class_weight=weights).fit(rows, labels)
    by_row = model().fit(rows, labels, 2.0 ** labels.sum(axis=1))
    np.testing.assert_array_equal(weighed.coefs_[0], by_row.coefs_[0])


def test_a_subclass_has_parameters_of_its_own():
    class Small(MLPClassifier):
        def __init__(self, extra=1, *, random_state=None):
            super().__init__((3,), max_iter=5, random_state=random_state)
            self.extra = extra

    small = clone(Small(7, random_state=0)).fit(X, y)
    assert (small.extra, small.max_iter, small.coefs_[0].shape) == (7, 5, (4, 3))
    assert set(small.get_params()) == {"extra", "random_state"}


def test_importances():
    found = permutation_importance(model(max_iter=100).fit(X, y), X, y, random_state=0)
    assert found.importances_mean.max() > 0.1


@pytest.mark.parametrize(
    "way", [deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"]
)
def test_copies_are_whole_and_apart(way):
    first = model(standardize=True).fit(X, y)
    second = way(first)
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    second.coefs_[0][...] = 0
    assert np.abs(first.coefs_[0]).min() > 0
    assert not hasattr(clone(first), "coefs_")


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_a_frame_s_names_are_held_to(library):
    home = pytest.importorskip(library, reason=f"frames of {library} need it")
    frame = home.DataFrame(dict(zip(NAMES, X.T, strict=True)))
    renamed = home.DataFrame(dict(zip([*NAMES[:3], "width"], X.T, strict=True)))
    fitted = model().fit(frame, y)
    assert list(fitted.feature_names_in_) == NAMES
    np.testing.assert_array_equal(fitted.predict(frame), model().fit(X, y).predict(X))
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(renamed)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        fitted.predict(X)


def test_transform_gives_a_frame_if_asked():
    frame = model().fit(X, y).set_output(transform="polars").transform(X)
    assert isinstance(frame, pl.DataFrame)
    assert frame.columns[0] == "mlpclassifier0"
    fitted = model(hidden_layer_sizes=(6, 4)).fit(X, y).set_output(transform="polars")
    for layer, width in ((0, 6), (1, 4), (-1, 4)):
        frame = fitted.transform(X, layer=layer)
        assert frame.columns == [f"mlpclassifier{i}" for i in range(width)]
    assert fitted.fit_transform(X, y).columns == frame.columns


def test_loss_curves_are_drawn():
    pytest.importorskip("matplotlib", reason="displays need matplotlib").use("Agg")
    plain = LossCurveDisplay.from_estimator(model().fit(X, y), color="red")
    assert list(plain.line_.get_ydata()) == model().fit(X, y).loss_curve_
    assert (plain.line_.get_color(), plain.validation_line_) == ("red", None)
    held = model(early_stopping=True).fit(X, y)
    both = LossCurveDisplay.from_estimator(held, ax=plain.ax_, name="held")
    assert both.ax_ is plain.ax_
    assert list(both.validation_line_.get_ydata()) == held.validation_loss_curve_
    assert [text.get_text() for text in both.ax_.get_legend().get_texts()][-1] == "held, validation"
    assert both.best_epoch == held.history_.weights_epoch
    short = LossCurveDisplay.from_estimator(held, c="green", ls=":", label="short")
    assert (short.line_.get_color(), short.validation_line_.get_color()) == ("green", "green")
    assert short.line_.get_label() == "short"
    last = model(early_stopping=True, restore_best=False).fit(X, y)
    assert LossCurveDisplay.from_estimator(last).best_epoch is None
    best = model(restore_best=True, learning_rate_init=0.5, tol=0, n_iter_no_change=50).fit(X, y)
    found = LossCurveDisplay.from_estimator(best).best_epoch
    assert found == 1 + int(np.argmin(best.loss_curve_))
    refitted = held.set_params(solver="lbfgs").fit(X, y)  # and forgets the curves
    with pytest.raises(ValueError, match="lbfgs"):
        LossCurveDisplay.from_estimator(refitted)


def test_scikit_learn_s_displays_ask_the_network():
    pytest.importorskip("matplotlib", reason="displays need matplotlib").use("Agg")
    fitted = MLPRegressor(hidden_layer_sizes=(10,), max_iter=30, random_state=0).fit(
        X_NUMBERS, y_numbers
    )
    display = PartialDependenceDisplay.from_estimator(
        fitted, X_NUMBERS, [2, (2, 8)], grid_resolution=5
    )
    line = display.lines_[0, 0]
    for value, mean in zip(line.get_xdata(), line.get_ydata(), strict=True):
        rows = X_NUMBERS.copy()
        rows[:, 2] = value
        assert fitted.predict(rows).mean() == pytest.approx(mean)
    two = model(max_iter=100).fit(X[:, 2:], y)
    regions = DecisionBoundaryDisplay.from_estimator(
        two, X[:, 2:], grid_resolution=20, response_method="predict"
    )
    points = np.c_[regions.xx0.ravel(), regions.xx1.ravel()]
    np.testing.assert_array_equal(regions.response.ravel(), two.predict(points))


def test_a_notebook_shows_the_network():
    assert "<svg" not in model()._repr_html_()
    html = model(hidden_layer_sizes=(30, 3), activation=["gelu", "tanh"]).fit(X, y)._repr_html_()
    drawing = html[html.index("<svg") :]
    assert drawing.count("<circle") == 4 + 6 + 3 + 3
    for word in (">30<", ">gelu<", ">tanh<", ">softmax<"):
        assert word in drawing


@pytest.mark.parametrize(("kind", "n_outputs"), [(MLPClassifier, 3), (MLPRegressor, 1)])
def test_a_notebook_shows_a_linear_model(kind, n_outputs):
    html = kind(hidden_layer_sizes=(), max_iter=3).fit(X, y)._repr_html_()
    assert html.count("<circle") == 4 + n_outputs


def test_nobody_is_told_twice_of_a_search_s_fits():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model(max_iter=2).fit(X, y)
    assert [str(w.message)[:40] for w in caught] == ["Stochastic Optimizer: Maximum iterations"]
    assert caught[0].filename == __file__
