"""Write the models that `test_stored_models` reads: run once, by the code of version 0.1."""

from __future__ import annotations

import copy
import pickle
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris

from chainrule import MLPClassifier, MLPRegressor

X, y = load_iris(return_X_y=True)
X, y = X[::5] - X.mean(axis=0), y[::5]
NUMBERS = X @ [1.0, -2.0, 0.5, 3.0] + 10.0
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 6, "random_state": 0}

MODELS = {
    "plain": MLPClassifier(**SMALL),
    "warm start": MLPClassifier(**SMALL, warm_start=True),
    "exact warm start": MLPClassifier(**SMALL, warm_start="exact", dropout=0.2, warm_up=8.0),
    "exact, early stopping": MLPClassifier(
        **SMALL, warm_start="exact", early_stopping=True, validation_fraction=0.3
    ),
    "exact, adaptive": MLPClassifier(
        **SMALL | {"warm_start": "exact", "solver": "sgd", "learning_rate": "adaptive"},
        tol=0.1,
        n_iter_no_change=2,
    ),
    "standardized": MLPRegressor(**SMALL, warm_start="exact", standardize=True),
    "best weights": MLPRegressor(**SMALL, warm_start=True, restore_best=True),
    "full batch": MLPRegressor(**SMALL, warm_start=True, solver="lbfgs"),
    "in parts": MLPClassifier(**SMALL, learning_rate="cosine"),
}


def targets(model):
    return y if isinstance(model, MLPClassifier) else NUMBERS


def go_on(name, model):
    """Train a fitted model some more, and return what is to be compared."""
    if name == "in parts":
        model.partial_fit(X, targets(model))
    else:
        model.fit(X, targets(model))
    return {
        "theta": model.perceptron_.theta.copy(),
        "prediction": np.asarray(model.predict(X), float),
        "loss_curve": list(getattr(model, "loss_curve_", [])),
        "scores": list(getattr(model, "validation_scores_", None) or []),
        "n_iter": model.n_iter_,
        "t": model.t_,
        "stopped": model.history_.stopped if hasattr(model, "history_") else "",
    }


def main():
    stored = {}
    for name, model in MODELS.items():
        if name == "in parts":
            for _ in range(3):
                model.partial_fit(X, targets(model), classes=[0, 1, 2])
        else:
            model.fit(X, targets(model))
        after = copy.deepcopy(model)
        stored[name] = {
            "model": pickle.dumps(model, protocol=4),
            "attributes": {
                each: copy.deepcopy(getattr(model, each))
                for each in (
                    "n_iter_", "t_", "loss_", "loss_curve_", "best_loss_", "validation_scores_",
                    "validation_loss_curve_", "best_validation_score_",
                )
                if hasattr(model, each)
            },
            "prediction": np.asarray(model.predict(X), float),
            "after": go_on(name, after),
        }  # fmt: skip
    path = Path(__file__).with_name("models_0_1.pickle")
    path.write_bytes(pickle.dumps(stored, protocol=4))


if __name__ == "__main__":
    with warnings.catch_warnings(action="ignore"):
        main()
