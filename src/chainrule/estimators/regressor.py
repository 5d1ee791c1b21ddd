"""`MLPRegressor`: scikit-learn's, seed for seed, and what it does not have."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import d2_pinball_score, r2_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, column_or_1d

from chainrule.arrays import Array
from chainrule.estimators.base import Known, MultilayerPerceptron
from chainrule.estimators.classifier import may_fit_partly
from chainrule.estimators.parameters import ARRAY_LIKE, SHARED, Constraints, Like, OneOf, Within
from chainrule.estimators.rows import FitArguments
from chainrule.losses import LOSSES, Loss, get_loss, quantile


class _LossOfNumbers(OneOf):
    """The name of a loss that is made for numbers: shares alone would not allow a 2."""

    def __init__(self) -> None:
        pass

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, row in LOSSES.items() if _allows(row, 2.0))


def _allows(loss: Loss, target: float) -> bool:
    return bool(np.all(loss.allows(np.array([[target]]))))


_INNER = Within(Real, "(0.0, 1.0)")


def r_squared(y: Array, prediction: Array, sample_weight: Array | None) -> float:
    """Return R², the mean over the outputs: `r2_score` without its checks, for every epoch.

    Parameters
    ----------
    y, prediction : array of shape (n, n_outputs)
    sample_weight : array of shape (n,), optional
    """
    if len(y) < 2:
        return float(r2_score(y, prediction))  # NaN, with scikit-learn's warning
    y, prediction = y.astype(np.float64), prediction.astype(np.float64)
    mean = np.average(y, axis=0, weights=sample_weight)
    error = np.average((y - prediction) ** 2, axis=0, weights=sample_weight)
    spread = np.average((y - mean) ** 2, axis=0, weights=sample_weight)
    varies = spread > 0
    shares = np.where(varies, error / np.where(varies, spread, 1.0), error > 0)
    return float(1 - shares.mean())


_OUTPUTS_OF_SCIKIT_LEARN = {"identity", "tanh", "logistic", "relu", "softmax", "exp"}


def _name_of_link(loss: Loss) -> str:
    """Return the name for `out_activation_`: scikit-learn's only for scikit-learn's function."""
    name: str = loss.link.name
    ours = any(loss.link == row.link for row in LOSSES.values())
    return name if ours or name not in _OUTPUTS_OF_SCIKIT_LEARN else f"{name} of {loss.name}"


def _outputs(model: MLPRegressor) -> Iterator[tuple[Loss, tuple[str, str]]]:
    """Yield losses, the model's own first, each with the names of its link."""
    for loss in (model._loss_of_outputs()[0], *LOSSES.values()):
        yield loss, (_name_of_link(loss), loss.link.name)


def output_names(model: MLPRegressor) -> set[str]:
    """Return the names that `out_activation_` may have."""
    return {name for _, names in _outputs(model) for name in names}


def _are_shares(value: Any) -> bool:
    return ARRAY_LIKE.allows(value) and len(value) > 0 and all(map(_INNER.allows, value))


class MLPRegressor(RegressorMixin, MultilayerPerceptron):  # type: ignore[misc]
    """A multilayer perceptron that predicts numbers: scikit-learn's, and more.

    The parameters up to `max_fun` are those of scikit-learn's ``MLPRegressor``, with its names,
    order and defaults; with them and a `random_state` a fit is scikit-learn's own. The others are
    off by default; those that are not named here are as in `MLPClassifier`.

    Parameters
    ----------
    loss : str or Loss, default "squared_error"
        "squared_error", "poisson" (exp of the raw output, for y ≥ 0), "absolute_error", "huber",
        "log_cosh", "quantile", or a `chainrule.losses.Loss` such as ``huber(delta=2.0)``.
    quantile : float in (0, 1) or list of them, default 0.5
        Of the loss "quantile". With a list, one network predicts them all, a column for each;
        they are learnt apart from each other and may cross where there are few rows.
    standardize : bool, default False
        Whether inputs and targets are brought to mean 0 and variance 1 inside the model (not
        the targets of "poisson", nor of a Loss whose link is not ``identity.f`` of
        `chainrule.activations`).
    scoring : str, callable or None
        The validation score; None is R².

    Attributes
    ----------
    coefs_, intercepts_ : list of arrays
        (n_in, n_out) and (n_out,) for each layer; of inputs and outputs in their own units, also
        with `standardize`.
    loss_, best_loss_ : float
    loss_curve_ : list of float
    validation_scores_, validation_loss_curve_ : list of float
        Where there are validation rows.
    best_validation_score_ : float
    n_iter_, n_layers_, n_outputs_, n_features_in_, t_ : int
    out_activation_ : str

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = MLPRegressor(standardize=True, random_state=0, alpha=10.0, max_iter=500)
    >>> bool(model.fit(X, y).score(X, y) > 0.5)
    True
    """

    quantile: Any

    _score_name: ClassVar[str] = "r2"
    _constraints: ClassVar[Constraints] = {
        **SHARED,
        "loss": [_LossOfNumbers(), Like("a Loss", lambda value: isinstance(value, Loss))],
        "quantile": [_INNER, Like("a list of such floats", _are_shares)],
    }
    _y_is_numeric: ClassVar[bool] = True

    def __init__(
        self,
        loss: Any = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: Any = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        quantile: Any = 0.5,
        dropout: Any = 0.0,
        l1: float = 0.0,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        warm_up: float = 0.0,
        scoring: Any = None,
        restore_best: Any = "auto",
        initial_weights: Any = None,
        standardize: bool = False,
        n_threads: int | None = None,
    ) -> None:
        self._keep(locals())

    @available_if(may_fit_partly)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Go through the rows once, from where the last call left off.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.

        Returns
        -------
        self
        """
        return self._partial_fit(FitArguments(X, y, sample_weight))

    def predict(self, X: Any) -> Array:
        """Return a number for each row, of shape (n_samples,) or (n_samples, n_outputs).

        Of several quantiles each has a column.
        """
        return self._answers(self._output_columns(X))

    def _output_columns(self, X: Any) -> Array:
        check_is_fitted(self)
        return self._scales.in_units(self._outputs(X, self._loss_to_link()))

    def _answers(self, outputs: Array) -> NDArray[Any]:
        return outputs.ravel() if outputs.shape[1] == 1 and not self._quantiles else outputs

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return R²; of several quantiles the mean of their D², which is R² for pinball losses.

        Koenker & Machado 1999, "Goodness of Fit and Related Inference Processes for Quantile
        Regression", eq. 7.
        """
        if not self._quantiles:
            return float(super().score(X, y, sample_weight))
        weights = None if sample_weight is None else np.asarray(sample_weight)
        return self._score_of(np.reshape(y, (-1, 1)), self.predict(X), weights)

    @property
    def _quantiles(self) -> list[float]:
        """Several quantiles of one target, if the estimator learns such; else an empty list."""
        several = self.loss == "quantile" and np.ndim(self.quantile) > 0
        return list(self.quantile) if several else []

    def _as_columns(
        self, y: Any, *, known: Known, classes: Any = None, name: str = "y"
    ) -> NDArray[Any]:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        columns = y.reshape(len(y), -1)
        if not self._quantiles:
            return columns
        if columns.shape[1] > 1:
            raise ValueError(
                f"several quantiles are of one target, got {columns.shape[1]} in {name}"
            )
        return np.repeat(columns, len(self._quantiles), axis=1)

    def _scales_targets(self) -> bool:
        return self._loss_of_outputs()[0].is_of_raw_output

    def _loss_to_link(self) -> Loss | None:
        """Return the loss whose link makes predictions of z; None where they are z itself."""
        named = (loss for loss, names in _outputs(self) if self.out_activation_ in names)
        loss = next(named, None)
        return None if loss is None or loss.is_of_raw_output else loss

    def _loss_of_outputs(self) -> tuple[Loss, str]:
        if self.loss == "quantile":
            return quantile(self.quantile), "identity"
        loss = get_loss(self.loss)
        return loss, _name_of_link(loss)

    def _slope_of_outputs(self, z: Array) -> Array:
        loss = self._loss_to_link()
        if loss is None:
            return np.ones_like(z)
        if loss.link.slope is None:
            raise ValueError(f"the derivative of the link of the loss {loss.name!r} is not known")
        return loss.link.slope(loss.link(z))

    def _score_of(self, y: Array, prediction: Array, sample_weight: Array | None) -> float:
        if not self._quantiles:
            return r_squared(y, prediction, sample_weight)
        scores = [
            d2_pinball_score(y[:, 0], column, sample_weight=sample_weight, alpha=q)
            for q, column in zip(self._quantiles, prediction.T, strict=True)
        ]
        return float(np.mean(scores))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        loss = LOSSES.get(self.loss) if isinstance(self.loss, str) else self.loss
        tags.target_tags.positive_only = (
            isinstance(loss, Loss) and _allows(loss, 1.0) and not _allows(loss, -1.0)
        )
        return tags
