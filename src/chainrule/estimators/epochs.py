"""A fit in steps: an estimator's parameters as a run of the training loop.

What the run is made of is put together here, from `steps`, `stopping`, `following` and
`continuation`; the loop itself is `chainrule.training.train`, as for `Perceptron.fit`.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring

from chainrule import dropout as dropouts
from chainrule.divergence import DivergenceError
from chainrule.engines import Engine, Task, get_engine
from chainrule.estimators.continuation import Continuation
from chainrule.estimators.following import Following
from chainrule.estimators.given import Given
from chainrule.estimators.rows import Learnable
from chainrule.estimators.steps import OF_SGD, LearningRate, make_optimizer
from chainrule.estimators.stopping import Reached, Stopping
from chainrule.penalties import Penalty
from chainrule.training import Callback, History, Metric, Plan, ProgressBar, Samples, train
from chainrule.warning import warn

if TYPE_CHECKING:
    from chainrule.estimators.base import MultilayerPerceptron

_OF_LOSS = ("loss", "quantile", "class_weight", "label_smoothing")  # what a loss depends on
_MOST_ROWS_OF_A_BATCH = 200  # of "auto"


def engine_of(estimator: Any) -> Engine:
    """Return the compiled engine, with as many threads as the estimator allows."""
    if estimator.n_threads is None:
        return get_engine("compiled")
    from chainrule.engines.compiled import Compiled

    return Compiled(estimator.n_threads)


def rows_of_a_batch(estimator: Any, n: int) -> int:
    """Return how many rows of n a batch has."""
    asked = estimator.batch_size
    return min(_MOST_ROWS_OF_A_BATCH if asked == "auto" else int(asked), n)


def task_of(estimator: MultilayerPerceptron, data: Learnable, batch_size: int) -> Task:
    """Return what is to be learnt from the rows, and how."""
    rates = dropouts.rates(estimator.dropout, estimator.n_layers_ - 1)
    clip_norm = estimator.clip_norm
    return Task(
        data.x,
        data.y,
        loss=estimator._loss_of_outputs()[0],
        optimizer=make_optimizer(
            estimator.solver,
            momentum=estimator.momentum,
            nesterovs_momentum=estimator.nesterovs_momentum,
            beta_1=estimator.beta_1,
            beta_2=estimator.beta_2,
            epsilon=estimator.epsilon,
            weight_decay=estimator.weight_decay,
        ),
        batch_size=batch_size,
        sample_weight=data.sample_weight,
        penalty=Penalty(float(estimator.l1), float(estimator.alpha), divided_by_batch=True),
        dropout=rates,
        clip_norm=inf if clip_norm is None else float(clip_norm),
        seed=estimator._continuation.seed_of_dropout() if rates else 0,
        loss_by_rows=True,
    )


def reached_as_attributes(
    reached: Reached, epochs: int, *, by_score: bool, watched: bool
) -> dict[str, Any]:
    """Return what scikit-learn's users read of a fit.

    Parameters
    ----------
    reached : Reached
    epochs : int
        Of the last fit.
    by_score : bool
        Whether the validation score decides.
    watched : bool
        Whether there are validation rows.
    """
    known = [score for score in reached.scores[reached.since :] if not isnan(score)]
    return {
        "n_iter_": epochs,
        "t_": reached.t,
        "loss_": reached.losses[-1] if reached.losses else inf,
        "loss_curve_": reached.losses,
        "best_loss_": None if by_score else reached.best.figure,
        "validation_scores_": reached.scores if watched else None,
        "validation_loss_curve_": reached.validation_losses if watched else None,
        "best_validation_score_": max(known, default=-inf) if watched else None,
    }


@dataclass
class EpochByEpoch:
    """One fit of an estimator in steps.

    Parameters
    ----------
    estimator : MultilayerPerceptron
    validation : Learnable, optional
        Rows to validate on.
    incremental : bool
        Whether it is one epoch of `partial_fit`.
    """

    estimator: MultilayerPerceptron
    validation: Learnable | None
    incremental: bool

    def __post_init__(self) -> None:
        self._continuation: Continuation = self.estimator._continuation
        self._by_score = bool(self.estimator.early_stopping)
        self._continuation.reached.judge(*self._measures())
        self._exact = self.estimator.warm_start == "exact"
        self._goes_on = self._exact or self.incremental
        if not self._goes_on:
            self._continuation.forget_steps()
        if self.incremental:
            self._continuation.begin_history()
        self._before = len(self._continuation.history)
        self._epochs = 1 if self.incremental else self.estimator.max_iter
        asked = self.estimator.restore_best
        keeps_best = self._by_score if asked == "auto" else bool(asked)
        self._keeps_best = keeps_best and not self.incremental

    def _measures(self) -> tuple[str, str]:
        """Return what decides which epoch is best, and what the scores are, in words.

        Figures of epochs may be compared as long as these are the same.
        """
        estimator = self.estimator
        score = _in_words(estimator, ("scoring",))
        if estimator.scoring == "loss":
            score += _in_words(estimator, _OF_LOSS)
        if self._by_score:
            return score, score
        if estimator.restore_best is not True:  # scikit-learn's: any training loss will do
            return "loss", score
        return _in_words(estimator, (*_OF_LOSS, "alpha", "l1", "dropout")), score

    def run(self, data: Learnable, given: Given) -> None:
        """Train on the rows, and have the attributes say how it went.

        Raises
        ------
        DivergenceError
            If a number is not finite any more; the attributes tell of the epochs before, the
            weights are those of the last of them, or of the best if that is to be kept.
        """
        estimator, continuation = self.estimator, self._continuation
        network, history = estimator._perceptron, continuation.history
        continuation.return_to_last(network.theta)
        task = task_of(estimator, data, self._rows_of_a_batch(len(data.y)))
        rate = continuation.learning_rate(self._rate_asked_for(), anew=not self._goes_on)
        rate.earlier = continuation.earlier
        told_of = 0 if self.incremental else self._epochs
        following = Following(estimator, given[:3], told_of, self._as_if_it_ended_now)
        plan = Plan(
            epochs=self._before + self._epochs,
            learning_rate=rate.first,
            schedule=rate,
            engine=engine_of(estimator),
            rng=continuation.rng,
            shuffle=estimator.shuffle,
            validation=self._samples(),
            metrics=self._metrics(),
            callbacks=[*self._watchers(rate, len(data.y)), following],
        )
        state = continuation.training_state(task, network.theta, exact=self._exact)
        ended = False
        try:
            with estimator._trusting(None if self.validation is None else self.validation.x):
                train(
                    *(network.layers, task, plan),
                    state=state,
                    history=history,
                    keeps_memory=self._goes_on,
                )
            ended = not history.interrupted
        except DivergenceError as error:
            self._restore_best(network.theta, history)
            error.epoch += continuation.earlier
            error.weights_epoch = history.weights_epoch + continuation.earlier
            raise
        finally:
            if not (ended or self._goes_on):
                continuation.state = None  # it may be of somewhere within an epoch
            estimator.__dict__.update(self._attributes(), history_=history)
        self._restore_best(network.theta, history)
        following.end()
        self._warn_of_the_end(history)

    def _restore_best(self, theta: Any, history: History) -> None:
        reached = self._continuation.reached
        if not self._keeps_best or reached.best.theta is None:
            return
        if self._exact:
            self._continuation.last_theta = theta.copy()
        theta[:] = reached.best.theta
        earlier = len(reached.losses) - len(history)  # epochs that the history does not have
        history.weights_epoch = max(0, reached.best.epoch - earlier)

    def _rows_of_a_batch(self, n: int) -> int:
        asked = self.estimator.batch_size
        if asked != "auto" and asked > n:
            warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped"
            )
        return rows_of_a_batch(self.estimator, n)

    def _rate_asked_for(self) -> LearningRate:
        estimator = self.estimator
        rule = estimator.learning_rate
        if estimator.solver == "adam" and isinstance(rule, str) and rule in OF_SGD:
            rule = "constant"
        return LearningRate(
            float(estimator.learning_rate_init),
            rule,
            estimator.power_t,
            estimator.warm_up,
            horizon=estimator.max_iter if self.incremental else 0,
        )

    def _watchers(self, rate: LearningRate, n: int) -> list[Callback]:
        estimator = self.estimator
        bar = estimator.verbose == "bar"
        stopping = Stopping(
            self._continuation.reached,
            rate,
            rows=n,
            tol=estimator.tol,
            patience=estimator.n_iter_no_change,
            score=None if self.validation is None else f"validation_{self._name_of_score}",
            by_score=self._by_score,
            keeps_best=self._keeps_best,
            say=print if estimator.verbose and not bar else None,
            before=self._before,
        )
        return [stopping, ProgressBar()] if bar else [stopping]

    # Validation ---------------------------------------------------------------------------

    def _samples(self) -> Samples | None:
        if self.validation is None:
            return None
        scales = self.estimator._scales
        x, y, sample_weight, _ = self.validation
        return Samples(scales.of_rows(x), scales.of_targets(y), sample_weight)

    @property
    def _name_of_score(self) -> str:
        """What decides on validation rows: "loss", "score", or the usual score's name."""
        if self.estimator.scoring is None:
            return self.estimator._score_name
        return "loss" if self.estimator.scoring == "loss" else "score"

    def _metrics(self) -> dict[str, Metric]:
        """Return what is computed after each epoch, from targets and predictions as columns."""
        if self.validation is None:
            return {}
        estimator, x, labels = self.estimator, self.validation.x, self.validation.labels
        weights = self.validation.sample_weight
        usual = {estimator._score_name: lambda y, guess: estimator._score_of(y, guess, weights)}
        if estimator.scoring is None or estimator.scoring == "loss":
            return usual
        scorer = check_scoring(estimator, estimator.scoring)
        more = {} if weights is None else {"sample_weight": weights}
        return usual | {"score": lambda y, guess: float(scorer(estimator, x, labels, **more))}

    # How it went --------------------------------------------------------------------------

    def _attributes(self) -> dict[str, Any]:
        return reached_as_attributes(
            self._continuation.reached,
            len(self._continuation.history) - self._before,
            by_score=self._by_score,
            watched=self.validation is not None,
        )

    def _as_if_it_ended_now(self) -> dict[str, Any]:
        """Return the attributes that a fitted estimator has, at the end of an epoch."""
        attributes = {
            name: list(value) if isinstance(value, list) else value
            for name, value in self._attributes().items()
        }
        return attributes | self.estimator._copies_of_weights()

    def _warn_of_the_end(self, history: History) -> None:
        if history.interrupted:
            warn("Training interrupted by user.")
        elif not self.incremental and history.stopped.startswith("all "):
            warn(
                f"Stochastic Optimizer: Maximum iterations ({self.estimator.max_iter}) reached "
                "and the optimization hasn't converged yet.",
                ConvergenceWarning,
            )


def _in_words(estimator: Any, names: Sequence[str]) -> str:
    """Return what tells these parameters' values from others, and can be pickled."""
    return "; ".join(_told(getattr(estimator, name, None)) for name in names)


def _told(value: Any) -> str:
    code = getattr(value, "__code__", None)
    if code is not None:  # of a function the address tells nothing
        return f"{value.__module__}.{value.__qualname__}, line {code.co_firstlineno}"
    return repr(value.tolist() if isinstance(value, np.ndarray) else value)


def require_weighing(estimator: Any) -> None:
    """Look whether the scorer can be told what each row counts.

    Raises
    ------
    ValueError
        If it cannot.
    """
    if estimator.scoring is None or estimator.scoring == "loss":
        return
    scorer = check_scoring(estimator, estimator.scoring)
    try:
        taken = inspect.signature(scorer).parameters.values()
    except (TypeError, ValueError):  # it does not say
        return
    if not any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in taken):
        raise ValueError(
            f"scoring={scorer!r} takes no sample_weight, but the rows to validate on have weights "
            "(sample_weight or class_weight); let it take one, or make it with "
            "sklearn.metrics.make_scorer"
        )
