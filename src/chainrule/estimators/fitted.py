"""What can be asked of a fitted network: outputs, hidden activations, derivatives, a drawing.

`coefs_` and `intercepts_` are the network's, views of its θ; of a network that is trained on scaled
numbers they have the scaling folded in. Whoever assigns others gets a network of those, and the
number of layers and the like follow from them where nobody has set it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._set_output import _wrap_data_with_container
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from chainrule.activations import Elementwise
from chainrule.arrays import Array, Rows, dense
from chainrule.estimators.initial_weights import assigned_weights, network_of
from chainrule.estimators.options import engine_of
from chainrule.estimators.private_names import PrivateNames
from chainrule.estimators.rows import askable
from chainrule.estimators.scales import Scales
from chainrule.estimators.shown_weights import (
    NAMES,
    Shown,
    ShownWeights,
    WorkedOut,
    lengths,
    weights_of,
)
from chainrule.estimators.sklearn_callbacks import CallbackSupportMixin
from chainrule.inside import hidden_activations, output_slopes
from chainrule.layers import joined
from chainrule.losses import Loss
from chainrule.perceptron import Perceptron
from chainrule.warning import warn

_OUR_NAMES = {"logistic": "sigmoid"}  # scikit-learn's name: ours, where they differ


def _has_hidden_layers(estimator: Any) -> bool:
    sizes = estimator.hidden_layer_sizes
    if hasattr(sizes, "__len__") and not len(sizes):
        raise AttributeError("without a hidden layer there is nothing to transform rows to")
    return True


class FittedPerceptron(
    CallbackSupportMixin,  # type: ignore[misc]  # scikit-learn has no types
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    PrivateNames,
    BaseEstimator,  # type: ignore[misc]
    auto_wrap_output_keys=None,  # type: ignore[call-arg]  # `transform` names its columns itself
):
    """An estimator that has a network."""

    hidden_layer_sizes: Any
    activation: Any
    n_threads: Any
    coefs_ = Shown()
    intercepts_ = Shown()
    n_layers_ = WorkedOut(lambda model: len(lengths(model, "coefs_")) + 1)
    n_outputs_ = WorkedOut(lambda model: lengths(model, "intercepts_")[-1])
    n_features_in_ = WorkedOut(lambda model: lengths(model, "coefs_")[0])
    out_activation_ = WorkedOut(lambda model: model._loss_of_outputs()[1])
    _fitted_activations = WorkedOut(
        lambda model: model._activations_asked_for(len(lengths(model, "coefs_")) - 1)
    )
    _scales: Scales = Scales()

    def _loss_of_outputs(self) -> tuple[Loss, str]:
        """Return the loss of the raw output, and the output activation's name."""
        raise NotImplementedError

    def _as_columns(self, y: Any, *, known: Any) -> NDArray[Any]:
        raise NotImplementedError

    def __sklearn_is_fitted__(self) -> bool:
        """Say whether there is a network: the number of features alone is none."""
        return "_shown" in self.__dict__ or all(name in self.__dict__ for name in NAMES)

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

    # The network behind the attributes ------------------------------------------------------

    def _activations_asked_for(self, count: int) -> list[str | Elementwise]:
        """Return the hidden layers' activations.

        Raises
        ------
        ValueError
            If a list of them has not one for each.
        """
        given = self.activation
        each = list(given) if isinstance(given, list | tuple | np.ndarray) else [given] * count
        if len(each) != count:
            raise ValueError(
                f"activation has {len(each)} entries for {count} hidden layers; give one for each"
            )
        return [_OUR_NAMES.get(f, f) if isinstance(f, str) else f for f in each]

    def _use(self, network: Perceptron) -> None:
        """Have this network, and its parameters as attributes in scikit-learn's shapes."""
        joined(network.layers)  # where θ stays from now on
        self._shown = ShownWeights(network, self._scales)
        for name in NAMES:
            self.__dict__.pop(name, None)
        self.n_layers_, self.n_outputs_ = len(network.layers) + 1, network.layers[-1].n_neurons
        if not self._scales:  # what is folded is made when somebody looks
            self._shown.show(self.__dict__)

    def _show_weights(self) -> None:
        """Have `coefs_` and `intercepts_` as they are now, unless the user has changed them."""
        shown = self.__dict__.get("_shown")
        if shown is not None and not self._has_other_weights(shown):
            shown.show(self.__dict__)

    def _warn_of_another_activation(self) -> None:
        """Warn who replays the weights with a parameter that was set after the fit."""
        fitted = self.__dict__.get("_fitted_activations", [])
        try:
            follows = self._activations_asked_for(len(fitted)) == fitted
        except ValueError:  # a list for other layers
            follows = False
        if fitted and not follows:
            warn(
                f"activation={self.activation!r} is for the next fit: these weights are of a "
                f"network whose hidden layers have {fitted}"
            )

    def _has_other_weights(self, shown: ShownWeights) -> bool:
        return not shown.are_all_there_is_in(self.__dict__) or shown.were_written_to

    @property
    def _perceptron(self) -> Perceptron:
        """The network with these `coefs_` and `intercepts_`: the user may have given others."""
        shown = self.__dict__.get("_shown")
        if shown is None or self._has_other_weights(shown):
            network = self._network_as_assigned()
            if shown is not None and shown.are_all_there_is_in(self.__dict__):
                shown.take(network.theta)
            else:
                self._use(network)
        return self._shown.network

    def _network_as_assigned(self) -> Perceptron:
        """Return the network of `coefs_` and `intercepts_` as the user has left them."""
        given = [self.__dict__[name] for name in NAMES]
        coefs, intercepts = self._scales.taken_out_of(*assigned_weights(*given))
        if len(self._fitted_activations) != len(coefs) - 1:
            self._fitted_activations = self._activations_asked_for(len(coefs) - 1)
        return network_of(coefs, intercepts, self._fitted_activations)

    def _copies_of_weights(self) -> dict[str, Any]:
        """Return what tells a copy apart from the estimator whose fit goes on."""
        views = dict(zip(NAMES, weights_of(self._perceptron), strict=True))
        copies = {name: [view.copy() for view in each] for name, each in views.items()}
        return ({} if self._scales else copies) | {"_continuation": None}  # see `__setstate__`

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if self._scales and self.__sklearn_is_fitted__():
            state.update(zip(NAMES, weights_of(self._perceptron), strict=True))
        state.pop("_shown", None)  # made again of the weights
        state.pop("_trusted", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if self._scales and all(name in state for name in NAMES):
            # in a pickle they are the network's own, bit for bit; what is folded is rounded
            coefs, intercepts = (self.__dict__[name] for name in NAMES)
            weights = assigned_weights(coefs, intercepts)  # in this machine's byte order
            self._use(network_of(*weights, self._fitted_activations))

    # Predicting ---------------------------------------------------------------------------

    @contextmanager
    def _trusting(self, x: Rows | None) -> Iterator[None]:
        """Take these very rows without a look at them: they were checked before the fit."""
        before, self._trusted = self.__dict__.get("_trusted"), x
        try:
            yield
        finally:
            self._trusted = before

    def _rows(self, X: Any) -> Rows:
        """Return rows as the network sees them."""
        trusted = self.__dict__.get("_trusted")
        if trusted is None or X is not trusted:
            X = askable(self, X, self._perceptron.layers[0].dtype)
        return self._scales.of_rows(X)

    def _outputs(self, X: Any, loss: Loss | None = None) -> Array:
        """Return ŷ by the loss's link, or the raw z, of shape (n_samples, n_outputs)."""
        check_is_fitted(self)
        network, engine = self._perceptron, engine_of(self)
        if self._scales.inputs is None and not hasattr(self, "feature_names_in_"):
            at_once = engine.output(network.layers, X, loss)
            if at_once is not None:
                return at_once
        return network.predict(self._rows(X), loss=loss, engine=engine)

    @available_if(_has_hidden_layers)  # type: ignore[untyped-decorator]
    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Array:
        """Fit to the rows and return the last hidden layer's activations of them.

        Parameters
        ----------
        X, y, **fit_params
            As of `fit`.

        Returns
        -------
        array of shape (n_samples, n_neurons)
        """
        return super().fit_transform(X, y, **fit_params)

    @available_if(_has_hidden_layers)  # type: ignore[untyped-decorator]
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
        a = hidden_activations(self._perceptron.layers, dense(self._rows(X)), layer)
        return _wrap_data_with_container("transform", a, X, _OneLayer(self, a.shape[1]))

    @property
    def _n_features_out(self) -> int:
        """How many columns `transform` gives."""
        check_is_fitted(self)
        _has_hidden_layers(self)
        return self._perceptron.layers[-2].n_neurons

    @available_if(_has_hidden_layers)  # type: ignore[untyped-decorator]
    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return a name for each column of `transform`.

        Parameters
        ----------
        input_features : object
            Not looked at: the names are those of neurons.

        Returns
        -------
        array of str of shape (n_neurons,)
        """
        names: NDArray[Any] = super().get_feature_names_out(input_features)
        return names

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
        x = dense(self._rows(X))
        gradients = output_slopes(self._perceptron.layers, x, self._slope_of_outputs)
        gradients = self._scales.of_gradients(gradients)
        return gradients[0] if len(gradients) == 1 else gradients.transpose(1, 0, 2)

    def _slope_of_outputs(self, z: Array) -> Array:
        """Return ∂output/∂z, of z's shape (n_outputs, n_samples)."""
        return np.ones_like(z)

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
        x = dense(self._rows(np.atleast_2d(X) if np.ndim(X) < 2 else X))
        if y is None:
            return self._perceptron, self.loss_function_, x, None
        targets = np.asarray(y)
        if len(x) == 1:  # of one row: a number, or one for each output
            targets = targets.reshape((1, -1) if targets.size > 1 else 1)
        columns = self._as_columns(targets, known="some").astype(x.dtype)
        return self._perceptron, self.loss_function_, x, self._scales.of_targets(columns)

    def _repr_html_inner(self) -> str:
        """Return scikit-learn's diagram and, of a fitted network, a drawing."""
        diagram: str = super()._repr_html_inner()
        if not self.__sklearn_is_fitted__():
            return diagram
        return diagram + self._perceptron.as_svg(self.out_activation_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class _OneLayer:
    """An estimator as scikit-learn's `set_output` looks at it, with the columns of one layer.

    Parameters
    ----------
    estimator : estimator
    n_neurons : int
    """

    def __init__(self, estimator: Any, n_neurons: int) -> None:
        self._name, self._n_neurons = type(estimator).__name__.lower(), n_neurons
        self._sklearn_auto_wrap_output_keys = {"transform"}
        if hasattr(estimator, "_sklearn_output_config"):
            self._sklearn_output_config = estimator._sklearn_output_config

    def get_feature_names_out(self) -> Any:
        """Return a name for each neuron."""
        return np.array([f"{self._name}{i}" for i in range(self._n_neurons)], dtype=object)
