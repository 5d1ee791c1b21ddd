"""Search with Optuna, and give up early on what does not get anywhere.

Needs optuna (``pip install optuna``). A callback of scikit-learn's kind tells Optuna the validation
score after each epoch; when the trial is behind the others, it ends the fit.
"""

from __future__ import annotations

import argparse
import warnings
from typing import Any

import optuna
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from chainrule import MLPClassifier

X, y = load_digits(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X, y, random_state=0, stratify=y)


class Pruning:
    """Reports every epoch to a trial, and ends the fit when the trial is to be pruned."""

    def __init__(self, trial: optuna.Trial) -> None:
        self.trial = trial

    def setup(self, estimator: Any, context: Any) -> None:
        """Do nothing before the fit."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing before an epoch."""

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any) -> bool:
        """Report the epoch; True ends the fit."""
        if context.task_name != "epoch":
            return False
        self.trial.report(fitted_estimator.validation_scores_[-1], context.task_id)
        return self.trial.should_prune()

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing after the fit."""


def objective(trial: optuna.Trial) -> float:
    """Return the validation accuracy of what the trial suggests."""
    model = MLPClassifier(
        hidden_layer_sizes=[trial.suggest_int("neurons", 16, 128, log=True)] * 2,
        activation=trial.suggest_categorical("activation", ["relu", "tanh", "gelu"]),
        learning_rate_init=trial.suggest_float("learning_rate_init", 1e-4, 1e-1, log=True),
        dropout=trial.suggest_float("dropout", 0.0, 0.5),
        standardize=True,
        max_iter=30,
        n_iter_no_change=30,
        random_state=0,
    )
    model.set_callbacks(Pruning(trial)).fit(X_train, y_train, X_val=X_val, y_val=y_val)
    if trial.should_prune():
        raise optuna.TrialPruned
    return max(model.validation_scores_)


def main() -> None:
    """Run the search and say what it found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=50)
    trials = parser.parse_args().trials
    warnings.simplefilter("ignore", ConvergenceWarning)  # the epochs are few on purpose
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=3)
    sampler = optuna.samplers.TPESampler(seed=0)
    study = optuna.create_study(direction="maximize", pruner=pruner, sampler=sampler)
    study.optimize(objective, n_trials=trials)
    pruned = sum(trial.state == optuna.trial.TrialState.PRUNED for trial in study.trials)
    print(f"{trials} trials, {pruned} given up early")
    print(f"best validation accuracy {study.best_value:.4f} with {study.best_params}")


if __name__ == "__main__":
    main()
