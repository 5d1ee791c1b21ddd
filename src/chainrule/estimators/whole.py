"""A fit by L-BFGS: an estimator's parameters as the minimisation of the loss of all rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.exceptions import ConvergenceWarning

from chainrule.estimators.epochs import engine_of, task_of
from chainrule.estimators.following import Following
from chainrule.estimators.given import Given
from chainrule.estimators.quasi_newton import minimise
from chainrule.estimators.rows import Learnable
from chainrule.warning import warn

if TYPE_CHECKING:
    from chainrule.estimators.base import MultilayerPerceptron


def fit_whole(estimator: MultilayerPerceptron, data: Learnable, given: Given) -> None:
    """Minimise the loss of the rows, and have the attributes say how it went.

    Raises
    ------
    DivergenceError
        If a number is not finite any more.
    """
    following = Following(
        estimator,
        given[:3],
        estimator.max_iter,
        estimator._copies_of_weights,
        task_name="iteration",
    )

    def watch(n_iter: int, loss: float) -> bool:
        estimator.loss_, estimator.n_iter_ = loss, n_iter
        return following()

    found = minimise(
        estimator._perceptron.layers,
        task_of(estimator, data, len(data.y)),
        engine_of(estimator),
        max_iter=estimator.max_iter,
        max_fun=estimator.max_fun,
        tol=estimator.tol,
        watch=watch,
    )
    estimator.loss_, estimator.n_iter_ = found.loss, found.n_iter
    following.end()
    if found.interrupted:
        warn("Training interrupted by user.")
    elif found.status and not found.asked_to_stop:
        most = estimator.max_iter
        more = f"\nIncrease the number of iterations to improve the convergence (max_iter={most})."
        warn(
            f"lbfgs failed to converge after {found.n_iter} iteration(s) (status={found.status}):\n"
            f"{found.reason}\n{more if found.n_iter == most else ''}"
            "\nYou might also want to scale the data, for example with standardize=True.",
            ConvergenceWarning,
        )
