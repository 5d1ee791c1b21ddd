"""What an estimator's parameters ask of a fit, resolved: all that a way to fit looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from chainrule import dropout as dropouts
from chainrule.engines import Engine, Task, get_engine
from chainrule.estimators.rows import TrainingRows
from chainrule.estimators.steps import LearningRate, learning_rate_of, optimizer_of
from chainrule.losses import Loss
from chainrule.optimizers import Optimizer
from chainrule.penalties import Penalty

_OF_LOSS = ("loss", "quantile", "class_weight", "label_smoothing")  # what a loss depends on
_MOST_ROWS_OF_A_BATCH = 200  # of "auto"


@dataclass(frozen=True)
class FitOptions:
    """How a fit goes.

    Attributes
    ----------
    loss : Loss
        Of the raw output.
    optimizer : Optimizer
    engine : Engine
    penalty : Penalty
    dropout : tuple of float
    clip_norm : float
    batch_size : int, optional
        None is as many as there are, but at most 200.
    rate : LearningRate
        At its beginning.
    max_iter, max_fun : int
    shuffle : bool
    tol, patience : float
    verbose : bool, int or "bar"
    by_score : bool
        Whether the validation score decides when to end, and which epoch is the best.
    restores_best : bool
        Whether the best epoch's weights are those of the end.
    measure, score : str
        What decides which epoch is the best, and what the scores are, in words: figures of epochs
        may be compared as long as these are the same.
    score_name : str
        "loss", "score", or the name of the usual score.
    exact, incremental : bool
        Whether the fit goes on exactly from the last one; whether it is a call of `partial_fit`.
    """

    loss: Loss
    optimizer: Optimizer
    engine: Engine
    penalty: Penalty
    dropout: tuple[float, ...]
    clip_norm: float
    batch_size: int | None
    rate: LearningRate
    max_iter: int
    max_fun: int
    shuffle: bool
    tol: float
    patience: float
    verbose: Any
    by_score: bool
    restores_best: bool
    measure: str
    score: str
    score_name: str
    exact: bool
    incremental: bool

    @property
    def epochs(self) -> int:
        """How many there are at most."""
        return 1 if self.incremental else self.max_iter

    @property
    def goes_on(self) -> bool:
        """Whether the optimizer's memory, the learning rate and the like are those of before."""
        return self.exact or self.incremental

    def rows_of_a_batch(self, n: int) -> int:
        """Return how many rows of n a batch has."""
        return min(_MOST_ROWS_OF_A_BATCH if self.batch_size is None else self.batch_size, n)

    def task(self, data: TrainingRows, batch_size: int, seed: int) -> Task:
        """Return what is to be learnt from the rows, and how."""
        return Task(
            *data[:2],
            self.loss,
            self.optimizer,
            batch_size,
            sample_weight=data.sample_weight,
            penalty=self.penalty,
            dropout=self.dropout,
            clip_norm=self.clip_norm,
            seed=seed,
            loss_by_rows=True,
        )


def engine_of(estimator: Any) -> Engine:
    """Return the compiled engine, with as many threads as the estimator allows."""
    if estimator.n_threads is None:
        return get_engine("compiled")
    from chainrule.engines.compiled import Compiled

    return Compiled(estimator.n_threads)


def options_of(estimator: Any, loss: Loss, n_layers: int, *, incremental: bool) -> FitOptions:
    """Return what an estimator's parameters, which are checked, ask of a fit.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
    loss : Loss
        Of the raw output.
    n_layers : int
        Of the network, with the output layer.
    incremental : bool
        Whether it is a call of `partial_fit`.

    Raises
    ------
    ValueError, TypeError
        If the shares of `dropout` are not such, or not one for each layer.
    """
    by_score, best = bool(estimator.early_stopping), estimator.restore_best
    measure, score = _measures(estimator, by_score=by_score)
    name = "score" if estimator.scoring != "loss" else "loss"
    return FitOptions(
        loss=loss,
        optimizer=optimizer_of(estimator),
        engine=engine_of(estimator),
        penalty=Penalty(float(estimator.l1), float(estimator.alpha), divided_by_batch=True),
        dropout=dropouts.rates(estimator.dropout, n_layers),
        clip_norm=inf if estimator.clip_norm is None else float(estimator.clip_norm),
        batch_size=None if estimator.batch_size == "auto" else int(estimator.batch_size),
        rate=learning_rate_of(estimator, horizon=estimator.max_iter if incremental else 0),
        max_iter=estimator.max_iter,
        max_fun=estimator.max_fun,
        shuffle=estimator.shuffle,
        tol=estimator.tol,
        patience=estimator.n_iter_no_change,
        verbose=estimator.verbose,
        by_score=by_score,
        restores_best=(by_score if best == "auto" else bool(best)) and not incremental,
        measure=measure,
        score=score,
        score_name=estimator._score_name if estimator.scoring is None else name,
        exact=estimator.warm_start == "exact",
        incremental=incremental,
    )


def _measures(estimator: Any, *, by_score: bool) -> tuple[str, str]:
    """Return fingerprints of the measure of the best epoch, and of the scores."""
    score = _in_words(estimator, ("scoring",))
    if estimator.scoring == "loss":
        score += _in_words(estimator, _OF_LOSS)
    if by_score:
        return score, score
    if estimator.restore_best is not True:  # scikit-learn's: any training loss will do
        return "loss", score
    return _in_words(estimator, (*_OF_LOSS, "alpha", "l1", "dropout")), score


def _in_words(estimator: Any, names: Sequence[str]) -> str:
    """Return a fingerprint of these parameters that can be pickled."""
    return "; ".join(_told(getattr(estimator, name, None)) for name in names)


def _told(value: Any) -> str:
    code = getattr(value, "__code__", None)
    if code is not None:  # of a function the address tells nothing
        return f"{value.__module__}.{value.__qualname__}, line {code.co_firstlineno}"
    return repr(value.tolist() if isinstance(value, np.ndarray) else value)
