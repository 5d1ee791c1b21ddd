"""scikit-learn's private names: programs read them, though they should not.

What a program can be given, it gets. Of the rest a look, or an assignment, ends in one sentence
that says what there is instead: to be without effect, silently, is worse.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any, NoReturn

from numpy.typing import NDArray

from chainrule.arrays import Array, dense
from chainrule.estimators.rows import FitArguments
from chainrule.inside import hidden_activations

_OPTIMIZER = (
    "the optimizer's memory is kept elsewhere; the next fit that goes on follows "
    "set_params(learning_rate_init=…, solver=…)"
)
_BEST = "coefs_ and intercepts_ are the best ones with early_stopping=True or restore_best=True"
_GRADIENTS = (
    "gradients are computed by an engine; chainrule.trace(model, X, y) has every number of a step, "
    "and loss= takes a loss of your own"
)
_BEGINNING = "initial_weights= and random_state= say where a fit begins"
_FITTING = "fit and partial_fit run chainrule's own training loop"
_CHECKS = "fit checks its arguments itself, and names what it cannot use"
_SCORING = "score has the score, and scoring= what is looked at while fitting"


class Lacking:
    """An attribute of scikit-learn's that is not there; set, it would have no effect.

    Parameters
    ----------
    instead : str
        What there is instead, in a sentence.
    """

    def __init__(self, instead: str) -> None:
        self._instead = instead

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    def __get__(self, model: Any, owner: type[Any] | None = None) -> NoReturn:
        """Refuse, as for any attribute that is not there."""
        self._refuse(type(model) if owner is None else owner)

    def __set__(self, model: Any, value: Any) -> NoReturn:
        """Refuse as well."""
        self._refuse(type(model))

    def _refuse(self, owner: type[Any]) -> NoReturn:
        raise AttributeError(
            f"chainrule's {owner.__name__} has no {self._name!r}, a private name of "
            f"scikit-learn's: {self._instead}"
        )


class PrivateNames:
    """scikit-learn's private names, on a model that has a network."""

    _optimizer = Lacking(_OPTIMIZER)
    _best_coefs = Lacking(_BEST)
    _best_intercepts = Lacking(_BEST)
    _backprop = Lacking(_GRADIENTS)
    _compute_loss_grad = Lacking(_GRADIENTS)
    _loss_grad_lbfgs = Lacking(_GRADIENTS)
    _initialize = Lacking(_BEGINNING)
    _init_coef = Lacking(_BEGINNING)
    _fit_lbfgs = Lacking(_FITTING)
    _fit_stochastic = Lacking(_FITTING)
    _update_no_improvement_count = Lacking(_FITTING)
    _validate_input = Lacking(_CHECKS)
    _check_solver = Lacking(_CHECKS)
    _parameter_constraints = Lacking(_CHECKS)
    _score = Lacking(_SCORING)
    _score_with_function = Lacking(_SCORING)

    def _fit(
        self: Any, X: Any, y: Any, sample_weight: Any = None, *, incremental: bool = False
    ) -> Any:
        return self._fit_given(FitArguments(X, y, sample_weight), incremental=incremental)

    def _predict(self: Any, X: Any, check_input: bool = True) -> NDArray[Any]:
        return self._answers(self._forward_pass_fast(X, check_input))

    def _forward_pass_fast(self: Any, X: Any, check_input: bool = True) -> Array:
        if check_input:
            return self._output_columns(X)
        with self._trusting(X):
            return self._output_columns(X)

    def _forward_pass(self: Any, activations: list[Any]) -> list[Any]:
        X, layers = activations[0], self._perceptron.layers
        x = dense(self._rows(X))
        for number in range(len(layers) - 1):
            activations[number + 1] = hidden_activations(layers, x, number)
        activations[len(layers)] = self._output_columns(X)
        return activations

    @property
    def _coef_indptr(self: Any) -> list[tuple[int, int, tuple[int, int]]]:
        shapes = [coef.shape for coef in self.coefs_]
        ends = accumulate((coef.size for coef in self.coefs_), initial=0)
        return [(*ends, shape) for ends, shape in zip(pairwise(ends), shapes, strict=True)]

    @property
    def _intercept_indptr(self: Any) -> list[tuple[int, int]]:
        start = sum(coef.size for coef in self.coefs_)
        return list(pairwise(accumulate(map(len, self.intercepts_), initial=start)))

    def _unpack(self: Any, packed_parameters: Array) -> None:
        coefs, intercepts = self._coef_indptr, self._intercept_indptr
        self.coefs_ = [packed_parameters[start:end].reshape(shape) for start, end, shape in coefs]
        self.intercepts_ = [packed_parameters[start:end] for start, end in intercepts]

    @property
    def _random_state(self: Any) -> Any:
        return self._continuation.rng

    @property
    def _no_improvement_count(self: Any) -> int:
        return self._continuation.best.stale

    @_no_improvement_count.setter
    def _no_improvement_count(self: Any, epochs: int) -> None:
        if self.__dict__.get("_continuation") is None:
            self._continuation = self._from_the_beginning()
        self._continuation.best.stale = epochs
