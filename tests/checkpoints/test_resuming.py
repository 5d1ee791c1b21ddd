"""A run that goes on from a checkpoint gives the bits of one that was never interrupted."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from training.runs import interrupt_at

from chainrule import Checkpoints, EarlyStopping, Layer, MLPClassifier, MLPRegressor, Perceptron
from chainrule.engines.compiled import Compiled
from chainrule.optimizers import OPTIMIZERS

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(61, 5)), RNG.integers(0, 2, (61, 1)).astype(float)


def network(dtype=np.float64, seed=0):
    sizes = [(5, 9, "tanh"), (9, 6, "relu"), (6, 1, "sigmoid")]
    layers = [Layer(*each, rng=seed + number, dtype=dtype) for number, each in enumerate(sizes)]
    return Perceptron(layers)


def fit(net, epochs, **options):
    fixed = {"learning_rate": 0.01, "batch_size": 8, "rng": 3, "verbose": False}
    return net.fit(X, Y, epochs, **fixed | options)


def figures(history):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history.rows]


def assert_same(one, other, histories):
    np.testing.assert_array_equal(one.theta, other.theta)
    first, second = histories
    assert figures(first) == figures(second)
    assert (first.stopped, first.weights_epoch) == (second.stopped, second.weights_epoch)


def in_two_runs(folder, first, epochs, every=3, **options):
    """Train in one run, and go on in another with other weights; return network and history."""
    checkpoint = Checkpoints(folder, every_epochs=every)
    fit(network(options.pop("dtype", np.float64)), first, checkpoint=checkpoint, **options)
    later = network(seed=50)
    return later, fit(later, epochs, checkpoint=checkpoint, resume=True, **options)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("threads", [1, 2])
def test_of_all_optimizers(tmp_path, optimizer, threads):
    options = {"optimizer": optimizer, "dropout": 0.2, "schedule": "inverse_scaling"}
    whole = network()
    expected = fit(whole, 10, **options)
    parts, history = in_two_runs(tmp_path, 4, 10, engine=Compiled(threads), **options)
    assert_same(parts, whole, (history, expected))


@pytest.mark.parametrize(
    "rng",
    [3, np.random.PCG64DXSM(1), np.random.Philox(2), np.random.MT19937(4), None],
    ids=lambda rng: type(rng).__name__,
)
def test_of_any_generator(tmp_path, rng):
    def generator():
        np.random.seed(5)
        return np.random.Generator(type(rng)(9)) if isinstance(rng, np.random.BitGenerator) else rng

    whole = network()
    expected = fit(whole, 6, rng=generator())
    checkpoint = Checkpoints(tmp_path, every_epochs=2)
    fit(network(), 3, rng=generator(), checkpoint=checkpoint)
    parts, last = network(seed=9), generator()
    np.random.random(7)  # somebody else draws of it meanwhile
    history = fit(parts, 6, rng=last, checkpoint=checkpoint, resume=True)
    assert_same(parts, whole, (history, expected))


@pytest.mark.parametrize("first", [1, 5, 30])
def test_early_stopping_ends_where_it_would_have(tmp_path, first):
    options = {"validation_data": (X[:20], Y[:20]), "callbacks": [EarlyStopping(patience=4)]}
    whole = network()
    expected = fit(whole, 40, learning_rate=0.3, **options)
    assert expected.weights_epoch < len(expected) < 30
    parts, history = in_two_runs(tmp_path, first, 40, learning_rate=0.3, **options)
    assert_same(parts, whole, (history, expected))
    again, kept = network(), Checkpoints(tmp_path, every_epochs=3)
    history = fit(again, 90, learning_rate=0.3, **options, checkpoint=kept, resume=True)
    assert_same(again, whole, (history, expected))


def test_what_a_callback_or_ctrl_c_has_ended_goes_on(tmp_path):
    whole = network()
    expected = fit(whole, 9)
    fit(network(), 9, checkpoint=tmp_path, callbacks=[lambda run: run.epoch == 2])
    history = fit(network(), 9, checkpoint=tmp_path, resume=True, callbacks=[interrupt_at(3)])
    assert history.interrupted
    assert len(history) == 5
    parts = network(seed=3)
    assert_same(parts, whole, (fit(parts, 9, checkpoint=tmp_path, resume=True), expected))


def test_the_first_call_may_resume_too(tmp_path):
    whole, parts = network(), network()
    expected = fit(whole, 3)
    assert_same(parts, whole, (fit(parts, 3, checkpoint=tmp_path, resume=True), expected))


def test_the_last_ones_and_the_best_stay(tmp_path):
    losses = iter([0.5, 0.1, *np.linspace(0.2, 0.9, 8)])

    def watched(y, prediction):
        return next(losses)

    fit(network(), 10, checkpoint=Checkpoints(tmp_path, every_epochs=1, keep=3),
        validation_data=(X, Y), metrics={"x": watched}, learning_rate=1e-9)  # fmt: skip
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[-3:] == [f"epoch-{number:06d}.safetensors" for number in (8, 9, 10)]
    assert len(names) <= 4


# Estimators -------------------------------------------------------------------------------

KINDS = {
    "adam": {},
    "sgd": {"solver": "sgd", "learning_rate": "adaptive", "n_iter_no_change": 2, "tol": 0.01},
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling", "momentum": 0.5},
    "lbfgs": {"solver": "lbfgs"},
    "early stopping": {"early_stopping": True, "dropout": 0.2, "n_iter_no_change": 4},
    "scales": {"standardize": True, "early_stopping": True, "validation_fraction": 0.3},
    "exact": {"warm_start": "exact", "early_stopping": True},
    "best": {"restore_best": True, "learning_rate_init": 0.3},
    "plateau": {"learning_rate": "plateau", "n_iter_no_change": 2, "tol": 0.01},
    "warm up": {"learning_rate": "cosine", "warm_up": 3, "weight_decay": 0.1},
}
READ = ("n_iter_", "loss_", "loss_curve_", "validation_scores_", "best_loss_", "t_")


def assert_same_estimators(one, other):
    np.testing.assert_array_equal(one.perceptron_.theta, other.perceptron_.theta)
    for name in READ:
        assert getattr(one, name, None) == getattr(other, name, None), name


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_of_estimators(tmp_path, kind, options):
    def model(max_iter):
        return kind(hidden_layer_sizes=(8,), random_state=3, max_iter=max_iter, **options)

    y = Y.ravel().astype(int) if kind is MLPClassifier else X @ np.arange(5.0)
    last = 25 if options.get("learning_rate") != "cosine" else 9  # whose factors depend on it
    whole = model(last).fit(X, y)
    kept = {"checkpoint": Checkpoints(tmp_path, every_epochs=2)}
    model(9).fit(X, y, **kept)
    parts = model(last).fit(X, y, **kept, resume=True)
    assert_same_estimators(parts, whole)
    assert_same_estimators(model(last).fit(X, y, **kept, resume=True), whole)


def test_without_a_seed_the_rows_stay_on_their_sides(tmp_path):
    def model(max_iter):
        return MLPRegressor(
            hidden_layer_sizes=(8,), early_stopping=True, max_iter=max_iter, n_iter_no_change=50
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        first = model(5).fit(X, Y.ravel(), checkpoint=tmp_path)
        later = model(8).fit(X, Y.ravel(), checkpoint=tmp_path, resume=True)
    assert later.loss_curve_[:5] == first.loss_curve_
    assert len(later.loss_curve_) == 8


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_generator_of_the_user_is_where_it_would_be(tmp_path):
    def fitted(max_iter, **kept):
        rng = np.random.RandomState(4)
        MLPRegressor(hidden_layer_sizes=(4,), random_state=rng, max_iter=max_iter).fit(
            X, Y.ravel(), **kept
        )
        return rng.random()

    expected = fitted(6)
    fitted(2, checkpoint=tmp_path)
    assert fitted(6, checkpoint=tmp_path, resume=True) == expected


def test_sparse_rows_and_given_validation_rows(tmp_path):
    from scipy.sparse import csr_matrix

    rows = csr_matrix(np.where(X > 0, X, 0))
    options = {"X_val": rows[:9], "y_val": Y[:9, 0], "sample_weight": np.linspace(0, 1, 61)}

    def model(max_iter):
        return MLPClassifier((8,), random_state=3, max_iter=max_iter, early_stopping=True)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        whole = model(12).fit(rows, Y[:, 0], **options)
        model(5).fit(rows, Y[:, 0], **options, checkpoint=tmp_path)
        parts = model(12).fit(rows, Y[:, 0], **options, checkpoint=tmp_path, resume=True)
    assert_same_estimators(parts, whole)
