"""What the classifier and the regressor share: scikit-learn's `fit`, on chainrule's training loop.

A fit is prepared on a draft: the parameters are checked (`parameters`), the table becomes rows and
columns of numbers (`rows`), a network is made (`initial_weights`). Where all is well, the estimator
adopts the draft's attributes; a refused fit leaves it as it was. Then the network is trained
as `options` say, in one of the `ways_to_fit`. What the outputs mean is for `classifier` and
`regressor` to say; what can be asked of a fitted network is in `fitted`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from copy import copy, deepcopy
from functools import partial
from numbers import Integral
from typing import Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import check_scoring
from sklearn.utils import check_random_state

from chainrule import dropout as dropouts
from chainrule.arrays import Array
from chainrule.estimators.continuation import ATTRIBUTES, Continuation, OfSteps
from chainrule.estimators.fitted import FittedPerceptron
from chainrule.estimators.initial_weights import network_given, network_of, new_network
from chainrule.estimators.options import FitOptions, options_of
from chainrule.estimators.parameters import SHARED, Constraints, layer_sizes, require_valid
from chainrule.estimators.rows import (
    FitArguments,
    TrainingRows,
    hold_out,
    require_allowed,
    require_outputs,
    require_weight,
    training_rows,
)
from chainrule.estimators.scales import Scales, learn_scales, warn_of_scales
from chainrule.estimators.shown_weights import NAMES, weights_of
from chainrule.estimators.sklearn_callbacks import SklearnCallbacks, with_callbacks
from chainrule.estimators.ways_to_fit import checkpoints_of, fit_full_batch, fit_in_steps
from chainrule.training import Metric, Samples

Known = Literal["none", "some", "all"]
"""Which of the known classes the targets have: none is known yet, some of them, just these."""

_OF_STEPS = ("dropout", "weight_decay", "clip_norm", "warm_up")  # not for "lbfgs"


class Prepared(NamedTuple):
    """What a fit that is not refused begins with.

    Attributes
    ----------
    attributes : dict
        The estimator's, all of them.
    data : TrainingRows
        The rows as training sees them.
    validation : TrainingRows, optional
        Rows to validate on, as they were given.
    options : FitOptions
    rng : RandomState, optional
        Of which the fit has drawn, on a copy.
    kept : KeptRun or KeptEvaluations, optional
        The fit's checkpoints.
    """

    attributes: dict[str, Any]
    data: TrainingRows
    validation: TrainingRows | None
    options: FitOptions
    rng: Any
    kept: Any


class MultilayerPerceptron(FittedPerceptron):
    """The common part of `MLPClassifier` and `MLPRegressor`; not for use by itself."""

    loss: Any
    solver: Any
    max_iter: int
    random_state: Any
    warm_start: Any
    early_stopping: bool
    validation_fraction: float
    dropout: Any
    scoring: Any
    initial_weights: Any
    standardize: bool

    _constraints: ClassVar[Constraints] = SHARED
    _y_is_numeric: ClassVar[bool] = False
    _score_name: ClassVar[str]
    _continuation: Continuation
    n_iter_ = OfSteps()
    t_ = OfSteps()
    loss_ = OfSteps()
    loss_curve_ = OfSteps()
    best_loss_ = OfSteps()
    validation_scores_ = OfSteps()
    validation_loss_curve_ = OfSteps()
    best_validation_score_ = OfSteps()
    history_ = OfSteps()

    def _keep(self, parameters: Mapping[str, Any]) -> None:
        """Set the arguments of `__init__`, given as its `locals()`, as attributes."""
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
        checkpoint: Any = None,
        resume: bool = False,
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
        checkpoint : path-like or Checkpoints, optional
            A folder for the fit's checkpoints, as of `Perceptron.fit`; with "lbfgs" it takes the
            gradient of every evaluation.
        resume : bool
            Whether to go on from the last checkpoint, to the bits of a fit that was never
            interrupted; where there is none, the fit begins. `max_iter` may be another.

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
        validation = X_val, y_val, sample_weight_val
        kept = {"checkpoint": checkpoint, "resume": resume}
        given = FitArguments(X, y, sample_weight, *validation, **kept)
        return self._fit_given(given, incremental=False)

    def _partial_fit(self, given: FitArguments) -> Self:
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

    def _know_classes(self, given: FitArguments) -> None:
        """Learn, in the first call of `partial_fit`, which classes there will be."""

    def _weighed(self, data: TrainingRows) -> TrainingRows:
        """Return the rows with their weights, by class too."""
        return data

    def _targets_to_learn(self, data: TrainingRows) -> TrainingRows:
        """Return the rows with the targets they are trained on."""
        return data._replace(y=self._scales.of_targets(data.y))

    def _scales_targets(self) -> bool:
        """Say whether `standardize` is for the targets too."""
        return False

    def _strata(self, data: TrainingRows) -> NDArray[Any] | None:
        """Return what the validation rows are to have the shares of, if anything."""
        return None

    def _score_of(self, y: Array, prediction: Array, sample_weight: Array | None) -> float:
        """Return the score of predictions, both as columns."""
        raise NotImplementedError

    # Fitting ------------------------------------------------------------------------------

    def _fit_given(self, given: FitArguments, *, incremental: bool) -> Self:
        prepared = self._prepare(given, incremental=incremental)
        self._adopt(prepared)
        network, data, options = self._perceptron, prepared.data, prepared.options
        told = SklearnCallbacks(
            self,
            given[:3],
            0 if incremental else self.max_iter,
            self._as_if_it_ended_now,
            task_name="iteration" if self.solver == "lbfgs" else "epoch",
        )
        try:
            if self.solver == "lbfgs":
                fit_full_batch(
                    *(network, data, options, told, self._say_iteration), kept=prepared.kept
                )
            else:
                fit_in_steps(
                    *(network, data, options, self._continuation, told),
                    validation=self._samples(prepared.validation),
                    metrics=self._metrics(prepared.validation),
                    kept=prepared.kept,
                )
        finally:
            self._shown.keep_up(self.__dict__)
        if not incremental and not self.standardize:
            warn_of_scales(data, options.loss, self._loss_without_penalty(data, options))
        return self

    def _prepare(self, given: FitArguments, *, incremental: bool) -> Prepared:
        """Check everything and make the network, without a change to the estimator."""
        draft = object.__new__(type(self))
        draft.__dict__.update(self.__dict__)
        return Prepared(draft.__dict__, *draft._draft(given, incremental=incremental))

    def _adopt(self, prepared: Prepared) -> None:
        """Take the prepared attributes, and bring the generator to where the draft left it."""
        self.__dict__ = prepared.attributes
        if self.solver != "lbfgs" or not self._continuation.measure:
            for name in ATTRIBUTES:
                self.__dict__.pop(name, None)
        if prepared.rng is not None:
            prepared.rng.set_state(self._continuation.rng.get_state())
            self._continuation.rng = prepared.rng

    def _say_iteration(self, n_iter: int, loss: float) -> None:
        """Have the attributes say how far L-BFGS is."""
        self.n_iter_, self.loss_ = n_iter, loss

    def _as_if_it_ended_now(self) -> dict[str, Any]:
        """Return the attributes that a fitted estimator has, at the end of an epoch."""
        names = () if self.solver == "lbfgs" else ATTRIBUTES.keys() - {"history_"}
        return {name: getattr(self, name) for name in names} | self._copies_of_weights()

    def _validate_params(self) -> None:
        """Check the parameters, as scikit-learn's meta-estimators ask for."""
        require_valid(type(self).__name__, self.get_params(deep=False), self._constraints)

    def _draft(
        self, given: FitArguments, *, incremental: bool
    ) -> tuple[TrainingRows, TrainingRows | None, FitOptions, Any, Any]:
        """Prepare a fit on this object, a draft; return the other fields of `Prepared`."""
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
        data = self._training_rows(given[:3], dtype, anew=anew, known=known, classes=given.classes)
        n_outputs = data.y.shape[1] if anew else self.n_outputs_
        require_outputs(self, "y", data.y, n_outputs)
        validation = self._given_validation(given, n_outputs, data.y.dtype)
        loss, _ = self._loss_of_outputs()
        for rows, name in ((data, "y"), (validation, "y_val")):
            if rows is not None:
                require_allowed(loss, rows.y, name)
        data = self._weighed(data)
        kept = checkpoints_of(self, given, data, validation)
        rng = self._copy_continuation(anew=anew, incremental=incremental)
        if anew:
            self._draw([data.x.shape[1], *hidden, n_outputs], activations, data.y.dtype)
        else:
            self._go_on_with(hidden, activations)
        if self.early_stopping and validation is None and self.solver != "lbfgs":
            data, validation = self._hold_out(data, kept)
        for rows, what in ((data, "to train on"), (validation, "to validate on")):
            if rows is not None:
                require_weight(rows, what)
        if anew and self.standardize:
            self._scales = learn_scales(data, targets=self._scales_targets())
            self._use(self._perceptron)
        if validation is not None:
            self._scales.of_rows(validation.x[:1])  # if that cannot be, it is said now
            if validation.sample_weight is not None:
                self._require_weighing()
        ready = self._targets_to_learn(data._replace(x=self._scales.of_rows(data.x)))
        options = options_of(self, loss, self.n_layers_ - 1, incremental=incremental)
        return ready, validation, options, rng, kept

    def _loss_without_penalty(self, data: TrainingRows, options: FitOptions) -> float:
        """Return the loss of the last epoch, less what the weights of now cost."""
        n = len(data.y)
        rows = n if self.solver == "lbfgs" else options.rows_of_a_batch(n)
        each = 1.0 if data.sample_weight is None else float(data.sample_weight.mean())
        weights = (layer.weights for layer in self._perceptron.layers)
        return self.loss_ - sum(map(options.penalty.value, weights)) / (rows * each)

    def _require_both_weights(self) -> None:
        given = [name for name in NAMES if name in self.__dict__]
        if len(given) == 1 and not self.__sklearn_is_fitted__():
            raise ValueError(
                f"{' and '.join(NAMES)} go together, but only {given[0]} is set by hand; set both, "
                "or none"
            )

    def _require_steps_for_options(self, given: FitArguments) -> None:
        if self.solver != "lbfgs":
            return
        for name in _OF_STEPS:
            if np.any(getattr(self, name)):
                raise ValueError(f"{name} is for the solvers 'sgd' and 'adam', not for 'lbfgs'")
        if given.validation() is not None:
            raise ValueError(
                "X_val is for the solvers 'sgd' and 'adam', not for 'lbfgs': it has no epochs"
            )

    def _training_rows(
        self,
        rows: tuple[Any, Any, Any],
        dtype: np.dtype[Any] | None,
        *,
        anew: bool,
        known: Known,
        classes: Any = None,
        suffix: str = "",
    ) -> TrainingRows:
        """Check X, y and sample weights, and bring them to the dtype, or to that of X."""
        as_columns = partial(self._as_columns, known=known, classes=classes, name=f"y{suffix}")
        return training_rows(self, rows, as_columns, reset=anew, dtype=dtype, suffix=suffix)

    def _given_validation(
        self, given: FitArguments, n_outputs: int, dtype: np.dtype[Any]
    ) -> TrainingRows | None:
        rows = given.validation()
        if rows is None:
            return None
        data = self._training_rows(rows, dtype, anew=False, known="some", suffix="_val")
        require_outputs(self, "y_val", data.y, n_outputs)
        return self._weighed(data)

    def _hold_out(self, data: TrainingRows, kept: Any) -> tuple[TrainingRows, TrainingRows]:
        """Hold rows out for validation: those of a checkpoint, or of the exact fit before."""
        continuation, n = self._continuation, len(data.y)
        known = None if kept is None else kept.split(n)
        if known is None and self.warm_start == "exact":
            known = continuation.split
        if known is None or sum(map(len, known)) != n:
            strata = self._strata(data)
            known = hold_out(n, self.validation_fraction, continuation.rng, strata)
        continuation.split = known
        of_training, held = known
        return data.rows(of_training), data.rows(held)

    def _from_the_beginning(self) -> Continuation:
        return Continuation(check_random_state(self.random_state))

    def _copy_continuation(self, *, anew: bool, incremental: bool) -> Any:
        """Have a copy of the memory that the fit goes on with, and draw from a copied generator.

        Returns
        -------
        RandomState or None
            The generator that was copied. None if there is nothing to draw while a fit is
            prepared, or the generator is a new one.
        """
        before = None if anew else self.__dict__.get("_continuation")
        exact = before is not None and (incremental or self.warm_start == "exact")
        memory = self._from_the_beginning() if before is None else copy(before)
        if before is not None and not exact:
            memory.rng, memory.split = check_random_state(self.random_state), None
        self._continuation = memory
        is_new = not exact and isinstance(self.random_state, Integral)
        if is_new or (exact and not self.early_stopping):
            return None
        rng, memory.rng = memory.rng, deepcopy(memory.rng)
        return rng

    def _draw(self, sizes: Sequence[int], activations: Sequence[Any], dtype: np.dtype[Any]) -> None:
        """Make a new network."""
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

    def _go_on_with(self, hidden: Sequence[int], activations: Sequence[Any]) -> None:
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

    # Validation rows ------------------------------------------------------------------------

    def _samples(self, rows: TrainingRows | None) -> Samples | None:
        """Return the rows to validate on as training sees them."""
        if rows is None:
            return None
        scales = self._scales
        return Samples(scales.of_rows(rows.x), scales.of_targets(rows.y), rows.sample_weight)

    def _metrics(self, rows: TrainingRows | None) -> dict[str, Metric]:
        """Return what is computed after each epoch, from targets and predictions as columns."""
        if rows is None:
            return {}
        _, _, weights, labels = rows
        usual = {self._score_name: lambda y, guess: self._score_of(y, guess, weights)}
        if self.scoring is None or self.scoring == "loss":
            return usual
        scorer = check_scoring(self, self.scoring)
        more = {} if weights is None else {"sample_weight": weights}

        def score(y: Array, prediction: Array) -> float:
            with self._trusting(rows.x):
                return float(scorer(self, rows.x, labels, **more))

        return usual | {"score": score}

    def _require_weighing(self) -> None:
        """Look whether the scorer can be told what each row counts.

        Raises
        ------
        ValueError
            If it cannot.
        """
        if self.scoring is None or self.scoring == "loss":
            return
        scorer = check_scoring(self, self.scoring)
        try:
            taken = inspect.signature(scorer).parameters.values()
        except (TypeError, ValueError):  # it does not say
            return
        if not any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in taken):
            raise ValueError(
                f"scoring={scorer!r} takes no sample_weight, but the rows to validate on have "
                "weights (sample_weight or class_weight); let it take one, or make it with "
                "sklearn.metrics.make_scorer"
            )
