"""scikit-learn's private names: programs read them, though they should not.

What a program can be given, it gets. Of the rest a look, or an assignment, ends in one sentence
that says what there is instead: to be without effect, silently, is worse.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from itertools import accumulate, pairwise
from typing import Any, NoReturn, Self

from numpy.typing import NDArray

from chainrule.arrays import Array, Rows, dense
from chainrule.estimators.continuation import Continuation
from chainrule.estimators.given import Given
from chainrule.inside import hidden_activations
from chainrule.perceptron import Perceptron

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

    @property
    def _perceptron(self) -> Perceptron:
        raise NotImplementedError

    _continuation: Continuation
    coefs_: Any
    intercepts_: Any

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

    def _output_columns(self, X: Any) -> Array:
        """Return ŷ, of shape (n_samples, n_outputs)."""
        raise NotImplementedError

    def _answers(self, outputs: Array) -> NDArray[Any]:
        """Return what `predict` says where the network gives these columns."""
        raise NotImplementedError

    def _trusting(self, x: Rows | None) -> AbstractContextManager[None]:
        raise NotImplementedError

    def _rows(self, X: Any) -> Rows:
        raise NotImplementedError

    def _from_the_beginning(self) -> Continuation:
        raise NotImplementedError

    def _fit_given(self, given: Given, *, incremental: bool) -> Self:
        raise NotImplementedError

    def _fit(self, X: Any, y: Any, sample_weight: Any = None, *, incremental: bool = False) -> Self:
        return self._fit_given(Given(X, y, sample_weight), incremental=incremental)

    def _predict(self, X: Any, check_input: bool = True) -> NDArray[Any]:
        return self._answers(self._forward_pass_fast(X, check_input))

    def _forward_pass_fast(self, X: Any, check_input: bool = True) -> Array:
        if check_input:
            return self._output_columns(X)
        with self._trusting(X):
            return self._output_columns(X)

    def _forward_pass(self, activations: list[Any]) -> list[Any]:
        X, layers = activations[0], self._perceptron.layers
        x = dense(self._rows(X))
        for number in range(len(layers) - 1):
            activations[number + 1] = hidden_activations(layers, x, number)
        activations[len(layers)] = self._output_columns(X)
        return activations

    @property
    def _coef_indptr(self) -> list[tuple[int, int, tuple[int, int]]]:
        shapes = [coef.shape for coef in self.coefs_]
        ends = accumulate((coef.size for coef in self.coefs_), initial=0)
        return [(*ends, shape) for ends, shape in zip(pairwise(ends), shapes, strict=True)]

    @property
    def _intercept_indptr(self) -> list[tuple[int, int]]:
        start = sum(coef.size for coef in self.coefs_)
        return list(pairwise(accumulate(map(len, self.intercepts_), initial=start)))

    def _unpack(self, packed_parameters: Array) -> None:
        coefs, intercepts = self._coef_indptr, self._intercept_indptr
        self.coefs_ = [packed_parameters[start:end].reshape(shape) for start, end, shape in coefs]
        self.intercepts_ = [packed_parameters[start:end] for start, end in intercepts]

    @property
    def _random_state(self) -> Any:
        return self._continuation.rng

    @property
    def _no_improvement_count(self) -> int:
        return self._continuation.best.stale

    @_no_improvement_count.setter
    def _no_improvement_count(self, epochs: int) -> None:
        if self.__dict__.get("_continuation") is None:
            self._continuation = self._from_the_beginning()
        self._continuation.best.stale = epochs
