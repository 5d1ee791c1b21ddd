"""The two ways to fit a network: in steps, or by L-BFGS to all rows at once.

A run is put together here, from `options`, `stopping` and `continuation`; the loop itself is
`chainrule.training.train`, as for `Perceptron.fit`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from chainrule.checkpoints import (
    KeptEvaluations,
    KeptRun,
    checkpoints_given,
    fingerprint,
    in_words,
)
from chainrule.divergence import DivergenceError
from chainrule.estimators.continuation import Continuation
from chainrule.estimators.options import FitOptions
from chainrule.estimators.rows import FitArguments, TrainingRows
from chainrule.estimators.sklearn_callbacks import SklearnCallbacks
from chainrule.estimators.stopping import Stopping
from chainrule.perceptron import Perceptron
from chainrule.training import Callback, Metric, Plan, ProgressBar, Samples, train
from chainrule.training.quasi_newton import minimise
from chainrule.warning import warn

_MAY_CHANGE = {"max_iter", "max_fun", "verbose", "n_threads"}
"""Parameters on which the bits of the epochs so far do not depend."""


def checkpoints_of(
    estimator: Any, given: FitArguments, data: TrainingRows, validation: TrainingRows | None
) -> KeptRun | KeptEvaluations | None:
    """Return the checkpoints that the arguments of a fit ask for.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
    given : FitArguments
    data, validation : TrainingRows
        Checked, not yet split or scaled.

    Raises
    ------
    CheckpointError
        If the fit cannot go on from what is in the folder.
    """
    asked = checkpoints_given(given.checkpoint)
    if asked is None:
        if given.resume:
            raise ValueError("resume=True goes on from a checkpoint; give checkpoint= too")
        return None
    parameters = estimator.get_params(deep=False)
    identity = {
        "estimator": type(estimator).__name__,
        **{name: in_words(parameters[name]) for name in parameters if name not in _MAY_CHANGE},
        "X": fingerprint(data.x),
        "y": fingerprint(data.y),
        "sample_weight": fingerprint(data.sample_weight),
        "X_val, y_val": fingerprint(*(() if validation is None else validation[:3])),
    }
    kind = KeptEvaluations if estimator.solver == "lbfgs" else KeptRun
    return kind(asked, identity, resumes=given.resume)


def fit_in_steps(
    network: Perceptron,
    data: TrainingRows,
    options: FitOptions,
    state: Continuation,
    told: SklearnCallbacks,
    *,
    validation: Samples | None,
    metrics: Mapping[str, Metric],
    kept: KeptRun | None = None,
) -> None:
    """Train a network on the rows.

    Parameters
    ----------
    network : Perceptron
        Trained in place.
    data : TrainingRows
    options : FitOptions
    state : Continuation
        What the fit goes on with; says afterwards how it went.
    told : SklearnCallbacks
    validation : Samples, optional
        As the network sees them.
    metrics : mapping
        What is computed on these after each epoch.
    kept : KeptRun, optional
        The fit's checkpoints.

    Raises
    ------
    DivergenceError
        If a number is not finite any more; the state tells of the epochs before, the weights are
        those of the last of them, or of the best if that is to be kept.
    """
    state.begin(options, watched=validation is not None)
    n, theta = len(data.y), network.theta
    if options.batch_size is not None and options.batch_size > n:
        warn("Got `batch_size` less than 1 or larger than sample size. It is going to be clipped")
    task = options.task(data, options.rows_of_a_batch(n), seed=0)
    rate = state.learning_rate(options.rate, anew=not options.goes_on)
    bar = options.verbose == "bar"
    state.go_on_with_steps(task, theta, exact=options.exact)
    if kept is not None:
        kept.resume(state, theta)
    if options.dropout:
        task = replace(task, seed=state.seed_of_dropout())
    history = state.history
    stopping = Stopping(options, state, n, say=print if options.verbose and not bar else None)
    watchers: list[Callback] = [stopping, ProgressBar()] if bar else [stopping]
    told.begin()
    plan = Plan(
        epochs=state.began + options.epochs,
        learning_rate=rate.first,
        schedule=rate,
        engine=options.engine,
        shuffle=options.shuffle,
        validation=validation,
        metrics=metrics,
        callbacks=[*watchers, told, *([] if kept is None else [kept])],
    )
    goes_on = options.goes_on or kept is not None
    ended = False
    try:
        if kept is None or not kept.is_over:
            train(network.layers, task, plan, state, keeps_memory=goes_on)
        ended = not history.interrupted
    except DivergenceError as error:
        state.restore_best(theta, options, keeps_last=options.exact or kept is not None)
        error.epoch += state.earlier
        error.weights_epoch = history.weights_epoch + state.earlier
        raise
    finally:
        if not (ended or goes_on):
            state.state = None  # it may be of somewhere within an epoch
    state.restore_best(theta, options, keeps_last=options.exact or kept is not None)
    if kept is not None:
        if not kept.is_over:
            kept.finish(state, theta, plan.epochs)
        state.replaced = state.replaced if options.exact else None
    told.end()
    if history.interrupted:
        warn("Training interrupted by user.")
    elif not options.incremental and history.stopped.startswith("all "):
        warn(
            f"Stochastic Optimizer: Maximum iterations ({options.max_iter}) reached "
            "and the optimization hasn't converged yet.",
            ConvergenceWarning,
        )


def fit_full_batch(
    network: Perceptron,
    data: TrainingRows,
    options: FitOptions,
    told: SklearnCallbacks,
    say: Callable[[int, float], object],
    *,
    kept: KeptEvaluations | None = None,
) -> None:
    """Minimise the loss of the rows.

    Parameters
    ----------
    network : Perceptron
        Trained in place.
    data : TrainingRows
    options : FitOptions
    told : SklearnCallbacks
    say : callable
        Told after every iteration how many there have been, and the loss.
    kept : KeptEvaluations, optional
        The fit's checkpoints.

    Raises
    ------
    DivergenceError
        If a number is not finite any more.
    """
    told.begin()

    def watch(n_iter: int, loss: float) -> bool:
        say(n_iter, loss)
        return told()

    if kept is not None:
        kept.resume(network.theta)
    found = minimise(
        network.layers,
        options.task(data, len(data.y), seed=0),
        options.engine,
        max_iter=options.max_iter,
        max_fun=options.max_fun,
        tol=options.tol,
        watch=watch,
        answered=(lambda evaluate: evaluate) if kept is None else kept.answered,
    )
    if kept is not None:
        kept.write()
    say(found.n_iter, found.loss)
    told.end()
    if found.interrupted:
        warn("Training interrupted by user.")
    elif found.status and not found.asked_to_stop:
        most = options.max_iter
        more = f"\nIncrease the number of iterations to improve the convergence (max_iter={most})."
        warn(
            f"lbfgs failed to converge after {found.n_iter} iteration(s) (status={found.status}):\n"
            f"{found.reason}\n{more if found.n_iter == most else ''}"
            "\nYou might also want to scale the data, for example with standardize=True.",
            ConvergenceWarning,
        )
