"""What the classifier and the regressor share: scikit-learn's `fit`, on chainrule's training loop.

The way of a fit: the parameters are checked (`constraints`), the table becomes rows and columns of
numbers (`rows`), a network is made (`initial_weights`), and `epochs` trains it in steps, or
`whole` on all rows at once. What the outputs mean is for `classifier` and `regressor` to
say; what can be asked of a fitted network is in `fitted`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from chainrule import dropout as dropouts
from chainrule.arrays import Array
from chainrule.estimators.constraints import SHARED, layer_sizes
from chainrule.estimators.continuation import Continuation
from chainrule.estimators.epochs import EpochByEpoch, require_weighing, rows_of_a_batch
from chainrule.estimators.fitted import FittedPerceptron
from chainrule.estimators.following import with_callbacks
from chainrule.estimators.given import Given
from chainrule.estimators.initial_weights import network_given, network_of, new_network
from chainrule.estimators.parameters import Constraints, require_valid
from chainrule.estimators.rows import (
    Learnable,
    learnable,
    require_allowed,
    require_outputs,
    require_weight,
    set_apart,
)
from chainrule.estimators.scales import Scales, learn_scales, warn_of_scales
from chainrule.estimators.shown_weights import NAMES, weights_of
from chainrule.estimators.stopping import Reached
from chainrule.estimators.whole import fit_whole
from chainrule.penalties import Penalty

Known = Literal["none", "some", "all"]
"""Which of the known classes the targets have: none is known yet, some of them, just these."""

_OF_STEPS = ("dropout", "weight_decay", "clip_norm", "warm_up")  # not for "lbfgs"
_OF_EPOCHS = (
    "loss_curve_",
    "best_loss_",
    "validation_scores_",
    "validation_loss_curve_",
    "best_validation_score_",
    "history_",
)


class MultilayerPerceptron(FittedPerceptron):
    """The common part of `MLPClassifier` and `MLPRegressor`; not for use by itself."""

    loss: Any
    hidden_layer_sizes: Any
    activation: Any
    solver: Any
    alpha: float
    batch_size: Any
    learning_rate: Any
    learning_rate_init: float
    power_t: float
    max_iter: int
    shuffle: bool
    random_state: Any
    tol: float
    verbose: Any
    warm_start: Any
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    dropout: Any
    l1: float
    weight_decay: float
    clip_norm: Any
    warm_up: float
    scoring: Any
    restore_best: Any
    initial_weights: Any
    standardize: bool
    n_threads: Any

    _constraints: ClassVar[Constraints] = SHARED
    _y_is_numeric: ClassVar[bool] = False
    _score_name: ClassVar[str]
    _continuation: Continuation

    def _keep(self, parameters: Mapping[str, Any]) -> None:
        """Set what `__init__` got as attributes, as it is: its `locals()`."""
        for name, value in parameters.items():
            if name not in {"self", "__class__"}:
                setattr(self, name, value)

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Fit the network to the rows of X and their targets.

        Parameters
        ----------
        X : array, data frame or SciPy sparse matrix of shape (n_samples, n_features)
        y : array of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array of shape (n_samples,), optional
            What each row counts, at least 0.
        X_val, y_val, sample_weight_val : optional
            Rows to validate on after each epoch, in place of a share of those of X.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data cannot be used.
        DivergenceError
            If a loss or weight is not finite any more: a ValueError.
        """
        given = Given(X, y, sample_weight, X_val, y_val, sample_weight_val)
        return self._fit_given(given, incremental=False)

    def _partial_fit(self, given: Given) -> Self:
        if self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        return self._fit_given(given, incremental=True)

    # What the two kinds of estimator say --------------------------------------------------

    def _as_columns(
        self, y: Any, *, known: Known, classes: Any = None, name: str = "y"
    ) -> NDArray[Any]:
        """Check the targets and return them as columns, of shape (n_samples, n_outputs).

        Parameters
        ----------
        y : array
        known : {"none", "some", "all"}
            Which of the known classes they may have.
        classes : array, optional
            Those that there can be, where `y` may not have them all.
        name : str
            What they are, for the messages.
        """
        raise NotImplementedError

    def _know_classes(self, given: Given) -> None:
        """Learn, in the first call of `partial_fit`, which classes there will be."""

    def _weighed(self, data: Learnable) -> Learnable:
        """Return the rows with what each of them counts, by its class too."""
        return data

    def _targets_to_learn(self, data: Learnable) -> Learnable:
        """Return the rows with the targets they are trained on."""
        return data._replace(y=self._scales.of_targets(data.y))

    def _scales_targets(self) -> bool:
        """Say whether `standardize` is for the targets too."""
        return False

    def _strata(self, data: Learnable) -> NDArray[Any] | None:
        """Return what the validation rows are to have the shares of, if anything."""
        return None

    def _score_of(self, y: Array, prediction: Array, sample_weight: Array | None) -> float:
        """Return the score of predictions, both as columns."""
        raise NotImplementedError

    # Fitting ------------------------------------------------------------------------------

    def _fit_given(self, given: Given, *, incremental: bool) -> Self:
        with self._as_before_if_refused():
            ready, validation = self._prepared(given, incremental=incremental)
        try:
            if self.solver == "lbfgs":
                fit_whole(self, ready, given)
            else:
                EpochByEpoch(self, validation, incremental).run(ready, given)
        finally:
            self._shown.keep_up(self.__dict__)
        if not incremental and not self.standardize:
            warn_of_scales(ready, self._loss_of_outputs()[0], self._loss_without_penalty(ready))
        return self

    @contextmanager
    def _as_before_if_refused(self) -> Iterator[None]:
        """Take back what was set on the way, should the block end in an error."""
        before, continuation = dict(self.__dict__), self.__dict__.get("_continuation")
        reached = None if continuation is None else continuation.as_it_is()
        try:
            yield
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(before)
            if continuation is not None:
                continuation.be(reached)
            raise

    def _validate_params(self) -> None:
        """Check the parameters, as scikit-learn's meta-estimators ask for."""
        require_valid(type(self).__name__, self.get_params(deep=False), self._constraints)

    def _prepared(self, given: Given, *, incremental: bool) -> tuple[Learnable, Learnable | None]:
        """Check everything and make the network; return what is learnt, and rows to validate on."""
        self._validate_params()
        hidden = layer_sizes(self.hidden_layer_sizes)
        activations = self._activations_asked_for(len(hidden))
        self._require_steps_for_options(given)
        dropouts.rates(self.dropout, len(hidden) + 1)
        self._require_both_weights()
        anew = not self.__sklearn_is_fitted__() or not (self.warm_start or incremental)
        dtype = None if anew else self._perceptron.layers[0].dtype  # which it keeps
        known: Known = "some" if incremental else "none" if anew else "all"
        if incremental:
            self._know_classes(given)
            given = given._replace(classes=None)
        data = self._learnable(given[:3], dtype, anew=anew, known=known, classes=given.classes)
        n_outputs = data.y.shape[1] if anew else self.n_outputs_
        require_outputs(self, "y", data.y, n_outputs)
        validation = self._given_validation(given, n_outputs, data.y.dtype)
        loss, _ = self._loss_of_outputs()
        for rows, name in ((data, "y"), (validation, "y_val")):
            if rows is not None:
                require_allowed(loss, rows.y, name)
        data = self._weighed(data)
        if anew:
            self._draw([data.x.shape[1], *hidden, n_outputs], activations, data.y.dtype)
        else:
            self._go_on_with(hidden, activations, exact=incremental or self.warm_start == "exact")
        if self.early_stopping and validation is None and self.solver != "lbfgs":
            data, validation = self._set_apart(data)
        for rows, what in ((data, "to train on"), (validation, "to validate on")):
            if rows is not None:
                require_weight(rows, what)
        if anew and self.standardize:
            self._scales = learn_scales(data, targets=self._scales_targets())
            self._use(self._perceptron)
        if validation is not None:
            self._scales.of_rows(validation.x[:1])  # if that cannot be, it is said now
            if validation.sample_weight is not None:
                require_weighing(self)
        ready = self._targets_to_learn(data._replace(x=self._scales.of_rows(data.x)))
        return ready, validation

    def _loss_without_penalty(self, data: Learnable) -> float:
        """Return the loss of the last epoch, less what the weights of now cost."""
        penalty = Penalty(float(self.l1), float(self.alpha))
        rows = len(data.y) if self.solver == "lbfgs" else rows_of_a_batch(self, len(data.y))
        each = 1.0 if data.sample_weight is None else float(data.sample_weight.mean())
        weights = (layer.weights for layer in self._perceptron.layers)
        return self.loss_ - sum(map(penalty.value, weights)) / (rows * each)

    def _require_both_weights(self) -> None:
        given = [name for name in NAMES if name in self.__dict__]
        if len(given) == 1 and not self.__sklearn_is_fitted__():
            raise ValueError(
                f"{' and '.join(NAMES)} go together, but only {given[0]} is set by hand; set both, "
                "or none"
            )

    def _require_steps_for_options(self, given: Given) -> None:
        if self.solver != "lbfgs":
            return
        for name in _OF_STEPS:
            if np.any(getattr(self, name)):
                raise ValueError(f"{name} is for the solvers 'sgd' and 'adam', not for 'lbfgs'")
        if given.validation() is not None:
            raise ValueError(
                "X_val is for the solvers 'sgd' and 'adam', not for 'lbfgs': it has no epochs"
            )

    def _learnable(
        self,
        rows: tuple[Any, Any, Any],
        dtype: np.dtype[Any] | None,
        *,
        anew: bool,
        known: Known,
        classes: Any = None,
        suffix: str = "",
    ) -> Learnable:
        """Check X, y and sample weights, and bring them to the dtype, or to that of X."""
        as_columns = partial(self._as_columns, known=known, classes=classes, name=f"y{suffix}")
        return learnable(
            self,
            rows,
            as_columns,
            reset=anew,
            y_numeric=self._y_is_numeric,
            dtype=dtype,
            suffix=suffix,
        )

    def _given_validation(
        self, given: Given, n_outputs: int, dtype: np.dtype[Any]
    ) -> Learnable | None:
        rows = given.validation()
        if rows is None:
            return None
        data = self._learnable(rows, dtype, anew=False, known="some", suffix="_val")
        require_outputs(self, "y_val", data.y, n_outputs)
        return self._weighed(data)

    def _set_apart(self, data: Learnable) -> tuple[Learnable, Learnable]:
        """Deal the rows out; an exact warm start has those of the fit that it goes on with."""
        continuation, n = self._continuation, len(data.y)
        known = continuation.split if self.warm_start == "exact" else None
        if known is None or sum(map(len, known)) != n:
            strata = self._strata(data)
            known = set_apart(n, self.validation_fraction, continuation.rng, strata)
        continuation.split = known
        kept, held = known
        return data.rows(kept), data.rows(held)

    def _draw(self, sizes: Sequence[int], activations: Sequence[Any], dtype: np.dtype[Any]) -> None:
        """Make a new network and forget what the last one had reached."""
        for name in _OF_EPOCHS:
            self.__dict__.pop(name, None)
        self._continuation = self._from_the_beginning()
        rng = self._continuation.rng
        self._scales = Scales()
        self._fitted_activations = list(activations)
        if self.initial_weights is None:
            named = activations or [self.activation]  # as scikit-learn, without hidden layers too
            small = any(isinstance(f, str) and f in {"logistic", "sigmoid"} for f in named)
            self._use(new_network(sizes, activations, rng, dtype, for_sigmoids=small))
        else:
            self._use(network_given(self.initial_weights, sizes, activations, dtype))
        _, self.out_activation_ = self._loss_of_outputs()
        self.n_iter_ = self.t_ = 0

    def _from_the_beginning(self) -> Continuation:
        return Continuation(check_random_state(self.random_state), Reached())

    def _go_on_with(
        self, hidden: Sequence[int], activations: Sequence[Any], *, exact: bool
    ) -> None:
        """Get the network of the last fit ready for this one.

        Raises
        ------
        ValueError
            If another network is asked for.
        """
        network = self._perceptron
        now = [layer.n_neurons for layer in network.layers[:-1]]
        if now != list(hidden):
            raise ValueError(
                f"the fit goes on with a network whose hidden layers have {now} neurons, but "
                f"hidden_layer_sizes asks for {list(hidden)}; use warm_start=False, or clone, "
                "for a new one"
            )
        _, self.out_activation_ = self._loss_of_outputs()
        if self._scales.targets is not None and not self._scales_targets():
            raise ValueError(
                "the fit goes on with a network whose targets were standardized, by "
                f"standardize=True, which is not for loss={self.loss!r}; use warm_start=False, or "
                "clone, for a new one"
            )
        if self._fitted_activations != list(activations):
            self._fitted_activations = list(activations)
            self._use(network_of(*weights_of(network), activations))
        if self.__dict__.get("_continuation") is None:  # of a copy that a callback was given
            self._continuation = self._from_the_beginning()
        elif not exact:
            self._continuation.rng = check_random_state(self.random_state)
            self._continuation.split = None
