"""What the classifier and the regressor share: scikit-learn's `fit`, on chainrule's training loop.

The way of a fit: the parameters are checked (`parameters`), the table becomes rows and columns of
numbers (`rows`), a network is drawn (`initial_weights`), and `train` runs epochs with the optimizer
and learning rate of `steps` until `stopping` ends it; or `quasi_newton` minimises the loss of all
rows. What the outputs mean is for `classifier` and `regressor` to say.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from math import inf
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from chainrule import dropout as dropouts
from chainrule.activations import ACTIVATIONS, Activation, Elementwise
from chainrule.arrays import Array, Rows, dense, is_sparse
from chainrule.engines import Engine, Task, TrainingState, get_engine
from chainrule.estimators.drawing import network_svg
from chainrule.estimators.following import CallbackSupportMixin, Following, with_callbacks
from chainrule.estimators.initial_weights import new_network
from chainrule.estimators.parameters import (
    ABOVE_0,
    ARRAY_LIKE,
    AT_LEAST_0,
    AT_LEAST_1,
    BOOLEAN,
    CALLABLE,
    INFINITY,
    NONE,
    RANDOM_STATE,
    SHARE,
    VERBOSE,
    Constraints,
    Like,
    OneOf,
    Within,
    require_valid,
)
from chainrule.estimators.quasi_newton import minimise
from chainrule.estimators.rows import Learnable, askable, learnable, require_allowed, set_apart
from chainrule.estimators.steps import FOR_ALL, OF_SGD, LearningRate, make_optimizer
from chainrule.estimators.stopping import Progress, Stopping
from chainrule.layers import joined
from chainrule.losses import Loss
from chainrule.penalties import Penalty
from chainrule.perceptron import Perceptron
from chainrule.training import Callback, History, Metric, Plan, ProgressBar, Samples, train

_MOST_ROWS_OF_A_BATCH = 200  # of "auto"
_HIDDEN = {"logistic": "sigmoid"}  # scikit-learn's name: ours, where they differ
_ACTIVATION_NAMES = OneOf(("logistic", *ACTIVATIONS))
_OWN_ACTIVATION = Like(
    "an Activation, or a list with one for each hidden layer",
    lambda value: isinstance(value, Activation | list | tuple),
)
_OWN_OPTIMIZER = Like(
    "an optimizer such as chainrule.optimizers.RMSProp()",
    lambda value: hasattr(value, "step") and not isinstance(value, type),
)
_SCHEDULE = Like(
    "a schedule such as chainrule.schedules.Cosine(warm_up=5)",
    lambda value: callable(value) and not isinstance(value, type),
)


class Given(NamedTuple):
    """What `fit` was given, before anything is made of it."""

    X: Any
    y: Any
    sample_weight: Any
    X_val: Any = None
    y_val: Any = None
    sample_weight_val: Any = None
    classes: Any = None

    def validation(self) -> tuple[Any, Any, Any]:
        """Return X, y and the weights of the rows to validate on."""
        return self.X_val, self.y_val, self.sample_weight_val


class MultilayerPerceptron(
    CallbackSupportMixin,  # type: ignore[misc]  # scikit-learn has no types
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
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

    _constraints: ClassVar[Constraints] = {
        "hidden_layer_sizes": [ARRAY_LIKE, AT_LEAST_1],
        "activation": [_ACTIVATION_NAMES, _OWN_ACTIVATION],
        "solver": [OneOf(("lbfgs", "sgd", "adam")), _OWN_OPTIMIZER],
        "alpha": [AT_LEAST_0],
        "batch_size": [OneOf(("auto",)), AT_LEAST_1],
        "learning_rate": [OneOf((*OF_SGD, *FOR_ALL)), _SCHEDULE],
        "learning_rate_init": [ABOVE_0],
        "power_t": [AT_LEAST_0],
        "max_iter": [AT_LEAST_1],
        "shuffle": [BOOLEAN],
        "random_state": [RANDOM_STATE],
        "tol": [AT_LEAST_0],
        "verbose": [VERBOSE, OneOf(("bar",))],
        "warm_start": [BOOLEAN, OneOf(("exact",))],
        "momentum": [Within(Real, "[0.0, 1.0]")],
        "nesterovs_momentum": [BOOLEAN],
        "early_stopping": [BOOLEAN],
        "validation_fraction": [SHARE],
        "beta_1": [SHARE],
        "beta_2": [SHARE],
        "epsilon": [ABOVE_0],
        "n_iter_no_change": [AT_LEAST_1, INFINITY],
        "max_fun": [AT_LEAST_1],
        "dropout": [SHARE, ARRAY_LIKE],
        "l1": [AT_LEAST_0],
        "weight_decay": [AT_LEAST_0],
        "clip_norm": [ABOVE_0, NONE],
        "warm_up": [AT_LEAST_0],
        "scoring": [NONE, CALLABLE, Like("a scorer's name", lambda value: isinstance(value, str))],
        "restore_best": [BOOLEAN, OneOf(("auto",))],
        "initial_weights": [ARRAY_LIKE, NONE],
        "standardize": [BOOLEAN],
        "n_threads": [AT_LEAST_1, NONE],
    }
    _y_is_numeric: ClassVar[bool] = False
    _score_name: ClassVar[str]

    def _keep(self, parameters: Mapping[str, Any]) -> None:
        """Set what `__init__` got as attributes, as it is."""
        for name in self._get_param_names():
            setattr(self, name, parameters[name])

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
        return self._fit(given, incremental=False)

    def _partial_fit(self, given: Given) -> Self:
        if self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        return self._fit(given, incremental=True)

    # What the two kinds of estimator say --------------------------------------------------

    def _as_columns(self, y: Any, *, known: bool, classes: Any = None) -> NDArray[Any]:
        """Check the targets and return them as columns, of shape (n_samples, n_outputs).

        Parameters
        ----------
        y : array
        known : bool
            Whether there can be no classes but those that are known.
        classes : array, optional
            Those that there can be, where they are new.
        """
        raise NotImplementedError

    def _loss_of_outputs(self) -> tuple[Loss, str]:
        """Return the loss of the raw output, and the output activation's name."""
        raise NotImplementedError

    def _weighed(self, data: Learnable) -> Learnable:
        """Return the rows with what each of them counts, by its class too."""
        return data

    def _targets_to_learn(self, data: Learnable) -> Learnable:
        """Return the rows with the targets they are trained on: smoothed, standardized."""
        raise NotImplementedError

    def _strata(self, y: Array) -> Array | None:
        """Return what the validation rows are to have the shares of, if anything."""
        raise NotImplementedError

    def _score_of(self, y: Array, prediction: Array, sample_weight: Array | None) -> float:
        """Return the score of predictions, both as columns."""
        raise NotImplementedError

    # Fitting ------------------------------------------------------------------------------

    def _fit(self, given: Given, *, incremental: bool) -> Self:
        require_valid(type(self).__name__, self.get_params(deep=False), self._constraints)
        hidden = self._hidden_sizes()
        self._require_steps_for_options()
        anew = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        data = self._learnable(given[:3], anew=anew, known=incremental, classes=given.classes)
        data = self._weighed(data)
        validation = self._given_validation(given)
        self.n_outputs_ = data.y.shape[1]
        rng = self._source_of_chance(anew=anew, incremental=incremental)
        if anew:
            sizes = [data.x.shape[1], *hidden, self.n_outputs_]
            self._draw(sizes, rng, data.y.dtype)
        require_allowed(self._loss_of_outputs()[0], data.y)
        if self.early_stopping and validation is None and self.solver != "lbfgs":
            data, validation = set_apart(data, self.validation_fraction, rng, self._strata(data.y))
        if anew:
            self._learn_scales(data)
        ready = self._targets_to_learn(self._scaled(data))
        if self.solver == "lbfgs":
            self._fit_whole(ready)
        else:
            self._fit_in_steps(ready, validation, rng, given, incremental=incremental)
        self._warn_of_scales(data)
        return self

    def _hidden_sizes(self) -> list[int]:
        sizes = self.hidden_layer_sizes
        sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
        if any(not isinstance(size, Integral) or size <= 0 for size in sizes):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
        return [int(size) for size in sizes]

    def _require_steps_for_options(self) -> None:
        if self.solver != "lbfgs":
            return
        for name in ("dropout", "weight_decay", "clip_norm", "warm_up"):
            if np.any(getattr(self, name)):
                raise ValueError(f"{name} is for the solvers 'sgd' and 'adam', not for 'lbfgs'")

    def _given_validation(self, given: Given) -> Learnable | None:
        if (given.X_val is None) != (given.y_val is None):
            raise ValueError("X_val and y_val go together; give both or none")
        if given.X_val is None:
            return None
        return self._weighed(self._learnable(given.validation(), anew=False, known=True))

    def _learnable(
        self, rows: tuple[Any, Any, Any], *, anew: bool, known: bool, classes: Any = None
    ) -> Learnable:
        """Check X, y and sample weights."""
        as_columns = partial(self._as_columns, known=known, classes=classes)
        return learnable(self, *rows, as_columns, reset=anew, y_numeric=self._y_is_numeric)

    def _source_of_chance(self, *, anew: bool, incremental: bool) -> np.random.RandomState:
        """Return the random numbers of this fit; `partial_fit` goes on with those of the last."""
        goes_on = incremental or self.warm_start == "exact"
        if anew or not goes_on or not hasattr(self, "_rng"):
            self._rng = check_random_state(self.random_state)
        return self._rng

    def _draw(self, sizes: Sequence[int], rng: Any, dtype: np.dtype[Any]) -> None:
        """Make a new network and forget what the last one had reached."""
        if self.initial_weights is not None:
            self._use(self._network_given(sizes, dtype))
        else:
            self._use(new_network(sizes, self._activations(len(sizes) - 2), rng, dtype))
        self.n_layers_ = len(sizes)
        _, self.out_activation_ = self._loss_of_outputs()
        self.n_iter_ = self.t_ = 0
        self._progress = Progress.at_the_start(by_score=bool(self.early_stopping))
        self._state: TrainingState | None = None

    def _network_given(self, sizes: Sequence[int], dtype: np.dtype[Any]) -> Perceptron:
        """Return the network whose weights the user gives."""
        try:
            coefs, intercepts = self.initial_weights
            coefs = [np.asarray(coef, dtype) for coef in coefs]
            intercepts = [np.asarray(intercept, dtype) for intercept in intercepts]
        except (TypeError, ValueError) as error:
            raise ValueError(
                "initial_weights is a pair of lists as coefs_ and intercepts_ are"
            ) from error
        shapes = [[array.shape for array in arrays] for arrays in (coefs, intercepts)]
        wanted = [list(pairwise(sizes)), [(size,) for size in sizes[1:]]]
        if shapes != wanted:
            raise ValueError(
                f"initial_weights have the shapes {shapes[0]} and {shapes[1]}, but this network "
                f"needs {wanted[0]} and {wanted[1]}"
            )
        return self._network_of(coefs, intercepts)

    @property
    def perceptron_(self) -> Perceptron:
        """The fitted network behind `coefs_` and `intercepts_`; its output is the raw z."""
        check_is_fitted(self)
        return self._perceptron

    @property
    def loss_function_(self) -> Loss:
        """The loss of the raw z; its link makes probabilities or numbers of it."""
        check_is_fitted(self)
        return self._loss_of_outputs()[0]

    def _activations(self, count: int) -> list[str | Elementwise]:
        """Return the hidden layers' activations."""
        given = self.activation
        each = list(given) if isinstance(given, list | tuple) else [given] * count
        if len(each) != count:
            raise ValueError(
                f"activation has {len(each)} entries for {count} hidden layers; give one for each"
            )
        return [_HIDDEN.get(f, f) if isinstance(f, str) else f for f in each]

    def _engine(self) -> Engine:
        if self.n_threads is None:
            return get_engine("compiled")
        from chainrule.engines.compiled import Compiled

        return Compiled(self.n_threads)

    def _task(self, data: Learnable, batch_size: int, rng: Any) -> Task:
        n_layers = len(self._perceptron.layers)
        loss, _ = self._loss_of_outputs()
        rates = dropouts.rates(self.dropout, n_layers)
        return Task(
            data.x,
            data.y,
            loss=loss,
            optimizer=make_optimizer(
                self.solver,
                momentum=self.momentum,
                nesterovs_momentum=self.nesterovs_momentum,
                beta_1=self.beta_1,
                beta_2=self.beta_2,
                epsilon=self.epsilon,
                weight_decay=self.weight_decay,
            ),
            batch_size=batch_size,
            sample_weight=data.sample_weight,
            penalty=Penalty(float(self.l1), float(self.alpha), divided_by_batch=True),
            dropout=rates,
            clip_norm=inf if self.clip_norm is None else float(self.clip_norm),
            seed=int.from_bytes(rng.bytes(8), "little") if rates else 0,
            loss_by_rows=True,
        )

    def _fit_whole(self, data: Learnable) -> None:
        found = minimise(
            self._perceptron.layers,
            self._task(data, len(data.y), None),
            self._engine(),
            max_iter=self.max_iter,
            max_fun=self.max_fun,
            tol=self.tol,
        )
        self.loss_, self.n_iter_ = found.loss, found.n_iter
        if not found.converged:
            warnings.warn(
                f"lbfgs failed to converge after {found.n_iter} iteration(s): {found.reason}\n\n"
                "Increase the number of iterations to improve the convergence "
                f"(max_iter={self.max_iter}).\nYou might also want to scale the data.",
                ConvergenceWarning,
                stacklevel=5,
            )

    def _fit_in_steps(
        self,
        data: Learnable,
        validation: Learnable | None,
        rng: Any,
        given: Given,
        *,
        incremental: bool,
    ) -> None:
        network = self._perceptron
        exact = self.warm_start == "exact"
        n = len(data.y)
        task = self._task(data, self._rows_of_a_batch(n), rng)
        goes_on = incremental or exact
        rate = self._rate_of_this_fit(goes_on=goes_on)
        epochs = 1 if incremental else self.max_iter
        following = Following(self, given[:3], epochs, self._as_if_it_ended_now)
        plan = Plan(
            epochs=epochs,
            learning_rate=rate.first,
            schedule=rate,
            engine=self._engine(),
            rng=rng,
            shuffle=self.shuffle,
            validation=None if validation is None else self._samples(validation),
            metrics={} if validation is None else self._metrics(validation),
            callbacks=[*self._watchers(rate, n, validation), following],
        )
        state = self._state_of_this_fit(task, network, goes_on=goes_on, exact=exact)
        before = len(self._progress.losses)
        self.history_ = history = train(network.layers, task, plan, state=state)
        if self._keeps_best and self._progress.best_theta is not None:
            network.theta[:] = self._progress.best_theta
            history.weights_epoch = max(0, self._progress.best_epoch - before)
        self._show_progress(len(history), validation)
        following.end()
        self._warn_of_the_end(history, incremental=incremental)

    def _watchers(self, rate: LearningRate, n: int, validation: Learnable | None) -> list[Callback]:
        bar = self.verbose == "bar"
        stopping = Stopping(
            self._progress,
            rate,
            rows=n,
            tol=self.tol,
            patience=self.n_iter_no_change,
            score=None if validation is None else f"validation_{self._name_of_score}",
            by_score=bool(self.early_stopping),
            keeps_best=self._keeps_best,
            say=print if self.verbose and not bar else None,
        )
        return [stopping, ProgressBar()] if bar else [stopping]

    @property
    def _keeps_best(self) -> bool:
        """Whether the best epoch's weights are those of the end."""
        if self.restore_best == "auto":
            return bool(self.early_stopping)
        return bool(self.restore_best)

    def _samples(self, validation: Learnable) -> Samples:
        scaled = self._scaled(validation)
        return Samples(scaled.x, self._target_scaled(scaled.y), scaled.sample_weight)

    @property
    def _name_of_score(self) -> str:
        """What decides on validation rows: "loss", "score", or the usual score's name."""
        if self.scoring is None:
            return self._score_name
        return "loss" if self.scoring == "loss" else "score"

    def _metrics(self, validation: Learnable) -> dict[str, Metric]:
        """Return what is computed after each epoch, from targets and predictions as columns."""
        weights = validation.sample_weight
        usual = {self._score_name: lambda y, guess: self._score_of(y, guess, weights)}
        if self.scoring is None or self.scoring == "loss":
            return usual
        scorer = check_scoring(self, self.scoring)
        more = {} if weights is None else {"sample_weight": weights}
        return usual | {
            "score": lambda y, guess: float(scorer(self, validation.x, validation.labels, **more))
        }

    def _rows_of_a_batch(self, n: int) -> int:
        if self.batch_size == "auto":
            return min(_MOST_ROWS_OF_A_BATCH, n)
        if self.batch_size > n:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be "
                "clipped",
                stacklevel=6,
            )
        return min(int(self.batch_size), n)

    def _rate_of_this_fit(self, *, goes_on: bool) -> LearningRate:
        if not goes_on or not hasattr(self, "_rate"):
            of_sgd = self.learning_rate in OF_SGD if isinstance(self.learning_rate, str) else False
            rule = "constant" if of_sgd and self.solver == "adam" else self.learning_rate
            self._rate = LearningRate(
                float(self.learning_rate_init), rule, self.power_t, self.warm_up
            )
        return self._rate

    def _state_of_this_fit(
        self, task: Task, network: Perceptron, *, goes_on: bool, exact: bool
    ) -> TrainingState | None:
        """Return the optimizer's memory, with which `partial_fit` and exact warm starts go on."""
        if not goes_on:
            self._state = None
            return None
        fresh = TrainingState.fresh(task, network.theta)
        known = self._state
        if known is not None and known.slots.shape == fresh.slots.shape:
            fresh = replace(fresh, slots=known.slots, t=known.t)
            if exact and len(known.order) == len(fresh.order):
                fresh = replace(fresh, order=known.order)
        self._state = fresh
        return fresh

    def _show_progress(self, epochs: int, validation: Learnable | None) -> None:
        progress, by_score = self._progress, bool(self.early_stopping)
        self.n_iter_, self.t_ = epochs, progress.t
        self.loss_curve_ = progress.losses
        self.loss_ = progress.losses[-1] if progress.losses else inf
        self.best_loss_ = None if by_score else progress.best
        watched = validation is not None
        self.validation_scores_ = progress.scores if watched else None
        self.best_validation_score_ = max(progress.scores, default=-inf) if watched else None
        if watched:
            self.validation_loss_curve_ = progress.validation_losses

    def _as_if_it_ended_now(self) -> dict[str, Any]:
        """Return the attributes that a fitted estimator has, at the end of an epoch."""
        progress = self._progress
        attributes = {
            name: value
            for name, value in vars(self).items()
            if name.endswith("_") and not name.startswith("_")
        }
        if progress.scores:
            attributes["validation_scores_"] = list(progress.scores)
            attributes["validation_loss_curve_"] = list(progress.validation_losses)
        return attributes | {
            "coefs_": [coef.copy() for coef in self.coefs_],
            "intercepts_": [intercept.copy() for intercept in self.intercepts_],
            "n_iter_": len(progress.losses),
            "loss_curve_": list(progress.losses),
            **{name: getattr(self, name) for name in self._private_parts if hasattr(self, name)},
        }

    _private_parts: ClassVar[tuple[str, ...]] = ("_scaler", "_target_scaler")

    def _warn_of_the_end(self, history: History, *, incremental: bool) -> None:
        if history.interrupted:
            warnings.warn("Training interrupted by user.", stacklevel=6)
        elif not incremental and history.stopped.startswith("all "):
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the "
                "optimization hasn't converged yet.",
                ConvergenceWarning,
                stacklevel=6,
            )

    # Scales -------------------------------------------------------------------------------

    def _learn_scales(self, data: Learnable) -> None:
        self._scaler = None
        if self.standardize:
            scaler = StandardScaler(with_mean=not is_sparse(data.x))
            self._scaler = scaler.fit(data.x, sample_weight=data.sample_weight)

    def _scaled(self, data: Learnable) -> Learnable:
        return data._replace(x=self._rows_scaled(data.x))

    def _rows_scaled(self, x: Rows) -> Rows:
        scaler = getattr(self, "_scaler", None)
        return x if scaler is None else scaler.transform(x)

    def _target_scaled(self, y: Array) -> Array:
        return y

    def _warn_of_scales(self, data: Learnable) -> None:
        """Name the remedy, if training went badly on features of very different spread."""
        if self.standardize or self.loss_ < self._loss_of_knowing_nothing(data):
            return
        x = dense(data.x[:10_000]) if is_sparse(data.x) else data.x
        spread = x.std(axis=0)
        spread = spread[spread > 0]
        if len(spread) and (spread.max() > 100 * spread.min() or np.abs(x).max() > 1000):
            warnings.warn(
                "the network has learnt nothing that a constant would not say, and its features "
                f"have very different spreads ({spread.min():.3g} to {spread.max():.3g}); bring "
                "them to one scale with standardize=True, or StandardScaler in a pipeline",
                ConvergenceWarning,
                stacklevel=5,
            )

    def _loss_of_knowing_nothing(self, data: Learnable) -> float:
        """Return about the loss of the best constant."""
        raise NotImplementedError

    # The network behind the attributes ------------------------------------------------------

    def _use(self, network: Perceptron) -> None:
        """Have the network's parameters as attributes: views, in scikit-learn's shapes."""
        joined(network.layers)  # where θ stays from now on
        self.coefs_ = [layer.weights.T for layer in network.layers]
        self.intercepts_ = [layer.biases.ravel() for layer in network.layers]
        self._shown = network, [*self.coefs_, *self.intercepts_]

    @property
    def _perceptron(self) -> Perceptron:
        """The network with these `coefs_` and `intercepts_`: the user may have given others."""
        network, known = self.__dict__.get("_shown", (None, ()))
        now = [*self.coefs_, *self.intercepts_]
        if network is None or any(a is not b for a, b in zip(known, now, strict=False)):
            network = self._network_of(self.coefs_, self.intercepts_)
            self._use(network)
        return network

    def _network_of(self, coefs: Sequence[Array], intercepts: Sequence[Array]) -> Perceptron:
        sizes = [len(coefs[0]), *map(len, intercepts)]
        network = new_network(
            sizes, self._activations(len(coefs) - 1), np.random.RandomState(0), coefs[0].dtype
        )
        for layer, coef, intercept in zip(network.layers, coefs, intercepts, strict=True):
            layer.weights, layer.biases = coef.T, np.reshape(intercept, (-1, 1))
        return network

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        state.pop("_shown", None)  # views: they are made again
        return state

    # Predicting ---------------------------------------------------------------------------

    def _outputs(self, X: Any, *, raw: bool = False) -> Array:
        """Return ŷ, or the raw z, of shape (n_samples, n_outputs)."""
        check_is_fitted(self)
        loss = None if raw else self._loss_of_outputs()[0]
        network, engine = self._perceptron, self._engine()
        if self._scaler is None and not hasattr(self, "feature_names_in_"):
            at_once = engine.output(network.layers, X, loss)
            if at_once is not None:
                return at_once
        return network.predict(self._rows_scaled(askable(self, X)), loss=loss, engine=engine)

    def transform(self, X: Any, layer: int = -1) -> Array:
        """Return what a hidden layer makes of the rows: its activations.

        Parameters
        ----------
        X : array, data frame or SciPy sparse matrix of shape (n_samples, n_features)
        layer : int
            Of the hidden layers, from 0; −1 is the last one.

        Returns
        -------
        array of shape (n_samples, n_neurons)
        """
        check_is_fitted(self)
        hidden = self._perceptron.layers[:-1]
        if not -len(hidden) <= layer < len(hidden):
            raise ValueError(f"layer {layer!r} is none of the {len(hidden)} hidden layers")
        a = dense(self._rows_scaled(askable(self, X))).T
        for each in hidden[: layer % len(hidden) + 1]:
            a = each.activation(each.weights @ a + each.biases)
        return a.T

    @property
    def _n_features_out(self) -> int:
        """How many columns `transform` gives."""
        return len(self.intercepts_[-2])

    def input_gradients(self, X: Any) -> Array:
        """Return the derivatives of the outputs by the inputs: ∂output/∂x by the chain rule.

        The outputs are a regressor's predictions and a classifier's `decision_function`.

        Parameters
        ----------
        X : array, data frame or SciPy sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples, n_features) or, for several outputs, (n_samples, n_outputs, \
n_features)
        """
        check_is_fitted(self)
        a = dense(self._rows_scaled(askable(self, X))).T
        layers = self._perceptron.layers
        slopes = []  # f'(z) of every hidden layer
        for layer in layers[:-1]:
            z = layer.weights @ a + layer.biases
            a = layer.activation(z)
            slopes.append(layer.activation.derivative(z))
        z = layers[-1].weights @ a + layers[-1].biases
        outer = self._slope_of_outputs(z)
        gradients = outer[:, :, None] * layers[-1].weights[:, None, :]  # outputs, samples, neurons
        for layer, slope in zip(layers[-2::-1], slopes[::-1], strict=True):
            gradients = (gradients * slope.T) @ layer.weights
        scaler = getattr(self, "_scaler", None)
        if scaler is not None:
            gradients = gradients / scaler.scale_.astype(gradients.dtype)
        return gradients[0] if len(gradients) == 1 else gradients.transpose(1, 0, 2)

    def as_seen_in_training(self, X: Any, y: Any = None) -> tuple[Perceptron, Loss, Rows, Any]:
        """Return the network, its loss, and rows and targets as training sees them.

        Scaled, and of a classifier with a column for each class: what `chainrule.trace` and
        `chainrule.check_gradients` look at.

        Parameters
        ----------
        X : array of shape (n_samples, n_features), or of one sample (n_features,)
        y : array of targets, or one of them, optional
        """
        check_is_fitted(self)
        x = dense(self._rows_scaled(askable(self, np.atleast_2d(X) if np.ndim(X) < 2 else X)))
        if y is None:
            return self._perceptron, self.loss_function_, x, None
        targets = np.asarray(y)
        targets = np.atleast_1d(targets) if len(x) > 1 or targets.ndim == 0 else targets
        columns = self._as_columns(targets, known=True).astype(x.dtype)
        return self._perceptron, self.loss_function_, x, self._target_scaled(columns)

    def _slope_of_outputs(self, z: Array) -> Array:
        """Return ∂output/∂z, of z's shape (n_outputs, n_samples)."""
        return np.ones_like(z)

    def _repr_html_inner(self) -> str:
        """Return scikit-learn's diagram and, of a fitted network, a drawing."""
        diagram: str = super()._repr_html_inner()
        if not hasattr(self, "coefs_"):
            return diagram
        hidden = [
            f if isinstance(f, str) else repr(f) for f in self._activations(self.n_layers_ - 2)
        ]
        sizes = [len(self.coefs_[0]), *map(len, self.intercepts_)]
        return diagram + network_svg(sizes, ["inputs", *hidden, self.out_activation_])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
