"""What an estimator remembers of its fits, and draws, when one of them ends early or is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

from chainrule import DivergenceError, MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
OPTIONS = {"hidden_layer_sizes": (8,), "max_iter": 6, "random_state": 0}
HALF = {"X_val": X[::2], "y_val": y[::2]}


def bits(model):
    return b"".join(array.tobytes() for array in [*model.coefs_, *model.intercepts_])


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("of_numpy", [False, True])
def test_a_refused_first_fit_draws_nothing_from_the_user_s_generator(early_stopping, of_numpy):
    generator = np.random.mtrand._rand if of_numpy else np.random.RandomState(3)
    model = MLPClassifier(
        **OPTIONS | {"random_state": None if of_numpy else generator},
        early_stopping=early_stopping,
        class_weight={0: 0.0, 1: 0.0, 2: 0.0},
    )
    before = generator.get_state()
    with pytest.raises(ValueError, match="weight 0"):
        model.fit(X, y)
    for was, now in zip(before, generator.get_state(), strict=True):
        np.testing.assert_array_equal(was, now)
    model.set_params(class_weight=None).fit(X, y)
    assert model._random_state is generator
    assert not np.array_equal(before[1], generator.get_state()[1])


def test_an_exact_warm_start_goes_on_after_ctrl_c():
    def strike(estimator, X, y):
        strikes.append(None)
        if len(strikes) == 4:
            raise KeyboardInterrupt
        return 0.5

    strikes = []
    more = {"scoring": strike, "warm_start": "exact", "dropout": 0.2}
    model = MLPClassifier(**OPTIONS, **more)
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, y, **HALF)
    assert model.n_iter_ == len(model.loss_curve_) == len(model.validation_scores_) == 3
    model = pickle.loads(pickle.dumps(model.set_params(scoring=None, max_iter=3)))
    whole = MLPClassifier(**OPTIONS, **more | {"scoring": None}).fit(X, y, **HALF)
    assert bits(model.fit(X, y, **HALF)) == bits(whole)
    assert model.loss_curve_ == whole.loss_curve_
    assert model.validation_scores_ == [0.5] * 3 + whole.validation_scores_[3:]


def test_curves_are_of_all_fits_and_the_history_of_the_last():
    model = MLPClassifier(**OPTIONS, warm_start=True).fit(X, y)
    first, losses = model.history_, model.loss_curve_
    assert first["loss"] == losses
    model.fit(X, y, **HALF)
    assert model.loss_curve_ == [*losses, *model.history_["loss"]]
    assert model.validation_loss_curve_ == model.history_["validation_loss"]
    model.partial_fit(X, y)
    assert (len(model.history_), len(model.loss_curve_), model.t_) == (1, 13, 13 * len(y))
    assert model.loss_ == model.loss_curve_[-1]
    assert model.validation_scores_ is None


def test_a_part_that_diverges_at_once_leaves_the_last_loss():
    model = MLPClassifier(**OPTIONS, solver="sgd", batch_size=50).fit(X, y)
    loss, memory = model.loss_, model._continuation.state.t
    with pytest.raises(DivergenceError):
        model.set_params(learning_rate_init=1e300).partial_fit(X, y)
    assert (model.loss_, model.n_iter_, len(model.history_)) == (loss, 0, 0)
    assert model._continuation.state.t == memory


def test_a_model_without_a_fit_in_steps_has_no_curves():
    model = MLPClassifier(**OPTIONS, solver="lbfgs").fit(X, y)
    assert (model.n_iter_, model.t_) == (6, 0)
    for name in ("loss_curve_", "history_", "best_loss_"):
        with pytest.raises(
            AttributeError, match=f"'MLPClassifier' object has no attribute '{name}'"
        ):
            getattr(model, name)
    assert not hasattr(MLPClassifier(), "n_iter_")
    model.set_params(solver="adam").fit(X, y)
    assert len(model.loss_curve_) == len(model.history_) == model.n_iter_ == 6
    model.loss_curve_ = [1.0]  # by a program
    assert model.loss_curve_ == [1.0]
    assert len(model.fit(X, y).loss_curve_) == 6
