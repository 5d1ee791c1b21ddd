"""`MLPClassifier`: scikit-learn's, seed for seed, and what it does not have."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    type_of_target,
    unique_labels,
)
from sklearn.utils.validation import check_is_fitted, column_or_1d

from chainrule.activations import softplus
from chainrule.arrays import Array
from chainrule.estimators.base import Known, MultilayerPerceptron
from chainrule.estimators.class_weights import are_class_weights, weights_by_class
from chainrule.estimators.parameters import NONE, SHARE, SHARED, Constraints, Like, OneOf
from chainrule.estimators.rows import FitArguments, TrainingRows, require_none_missing
from chainrule.estimators.shown_weights import WorkedOut
from chainrule.estimators.sklearn_callbacks import with_callbacks
from chainrule.losses import Loss, get_loss


def may_fit_partly(estimator: Any) -> bool:
    """Say whether the estimator can learn from some of the rows at a time.

    Raises
    ------
    AttributeError
        If it cannot: then there is no `partial_fit`.
    """
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers. lbfgs is not stochastic."
        )
    if getattr(estimator, "class_weight", None) == "balanced":
        raise AttributeError(
            "partial_fit sees only some of the rows, so that class_weight='balanced' would not "
            "know the shares of the classes; give the weights as a dict"
        )
    return True


def binarizer_of_classes(model: Any) -> LabelBinarizer:
    """Return what makes columns of labels where weights and classes were set by hand.

    Raises
    ------
    AttributeError
        If the classes were not.
    ValueError
        If they are not as many as the weights have outputs for.
    """
    if "classes_" not in model.__dict__:
        raise AttributeError(f"{type(model).__name__} does not know its classes: set classes_")
    classes, n = np.asarray(model.classes_), model.n_outputs_
    several = n > 1 and model.__dict__.get("out_activation_") == "logistic"
    if n != (len(classes) if several or len(classes) > 2 else 1):
        raise ValueError(f"coefs_ and intercepts_ have {n} outputs for {len(classes)} classes_")
    return LabelBinarizer().fit(np.eye(n, dtype=int) if several else classes)


class MLPClassifier(ClassifierMixin, MultilayerPerceptron):  # type: ignore[misc]
    """A multilayer perceptron that tells classes apart: scikit-learn's, and more.

    The parameters up to `max_fun` are those of scikit-learn's ``MLPClassifier``, with its names,
    order and defaults; with them and a `random_state` a fit is scikit-learn's own. The others are
    off by default.

    Parameters
    ----------
    hidden_layer_sizes : array-like of int, default (100,)
        Neurons of each hidden layer; () is a linear model.
    activation : str, Activation or list of them, default "relu"
        Of the hidden layers: scikit-learn's names, those of `chainrule.activations.ACTIVATIONS`,
        or objects; a list has one for each.
    solver : {"lbfgs", "sgd", "adam"} or Optimizer, default "adam"
        An object of `chainrule.optimizers` or of your own goes in steps too.
    alpha : float, default 1e-4
        L2 penalty on the weights, divided by the batch's number of samples (or their weight).
    batch_size : int or "auto", default "auto"
        "auto" is min(200, n_samples).
    learning_rate : str or schedule, default "constant"
        For "sgd": "constant", "invscaling", "adaptive". For both solvers: "plateau" (as
        "adaptive"), or a name or object of `chainrule.schedules`: "cosine", "one_cycle", …
    learning_rate_init : float, default 1e-3
    power_t : float, default 0.5
        The exponent of "invscaling".
    max_iter : int, default 200
        Epochs; of "lbfgs" iterations. A schedule takes it for the number of calls of
        `partial_fit` that there will be.
    shuffle : bool, default True
    random_state : int, RandomState or None
        Draws the initial weights, the validation rows, the orders.
    tol : float, default 1e-4
        An epoch without an improvement by this is one without any.
    verbose : bool, int or "bar", default False
        Prints a line an epoch; "bar" shows a progress bar (needs rich).
    warm_start : bool or "exact", default False
        Whether `fit` goes on with the weights of the last one; "exact" also with the optimizer's
        memory, the orders, the learning rate and the validation rows, as if it had never ended.
    momentum : float, default 0.9
    nesterovs_momentum : bool, default True
    early_stopping : bool, default False
        Whether the score on validation rows decides when to end, not the training loss.
    validation_fraction : float, default 0.1
    beta_1, beta_2, epsilon : float
        Of "adam".
    n_iter_no_change : int or inf, default 10
    max_fun : int, default 15000
        Evaluations of the loss by "lbfgs".
    class_weight : dict, "balanced" or None
        What each class counts, in training and in validation; for several labels a list with a
        dict for each.
    label_smoothing : float, default 0
        The share of every label that is spread evenly over the classes.
    dropout : float or list of float, default 0
        The share of hidden activations left out in a step; a list has one share for each
        layer's inputs, from the network's own on.
    l1 : float, default 0
        L1 penalty on the weights, divided as `alpha`.
    weight_decay : float, default 0
        λ of θ ← θ − η λ θ in every step, apart from the gradient.
    clip_norm : float or None
        A gradient with a larger norm is scaled down to it.
    warm_up : float, default 0
        Epochs in which the learning rate rises from 0.
    scoring : str, callable or None
        The validation score: a scorer or its name, "loss" for minus the validation loss; None is
        the accuracy. It decides when to end with `early_stopping`.
    restore_best : bool or "auto", default "auto"
        Whether the weights of the best epoch are those of the end; "auto": with early stopping.
    initial_weights : pair of lists or None
        As `coefs_` and `intercepts_`; with `standardize` of scaled inputs.
    standardize : bool, default False
        Whether inputs are brought to mean 0 and variance 1 inside the model.
    n_threads : int or None
        The numbers do not depend on it.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
    coefs_, intercepts_ : list of arrays
        (n_in, n_out) and (n_out,) for each layer; of inputs in their own units, also with
        `standardize`.
    loss_, best_loss_ : float
    loss_curve_ : list of float
    validation_scores_, validation_loss_curve_ : list of float
        Where there are validation rows.
    best_validation_score_ : float
    n_iter_, n_layers_, n_outputs_, n_features_in_, t_ : int
    out_activation_ : str
    history_ : History
        Of the last fit in steps, or call of `partial_fit`: a row of figures for each epoch, and
        why it ended.
    perceptron_ : Perceptron
        The network itself, whose output is the raw z.
    loss_function_ : Loss
        The loss of that z.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((20,), max_iter=500, learning_rate_init=0.01, random_state=0)
    >>> bool(model.fit(X, y).score(X, y) > 0.95)
    True
    """

    class_weight: Any
    label_smoothing: float
    _label_binarizer = WorkedOut(binarizer_of_classes)

    _score_name: ClassVar[str] = "accuracy"
    _constraints: ClassVar[Constraints] = {
        **SHARED,
        "class_weight": [
            OneOf(("balanced",)),
            Like("a dict, for several labels a list of them", are_class_weights),
            NONE,
        ],
        "label_smoothing": [SHARE],
    }

    def __init__(
        self,
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
        class_weight: Any = None,
        label_smoothing: float = 0.0,
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
        classes: ArrayLike | None = None,
        checkpoint: Any = None,
        resume: bool = False,
    ) -> Self:
        """Fit the network to the rows of X and their classes.

        Parameters
        ----------
        X : array, data frame or SciPy sparse matrix of shape (n_samples, n_features)
        y : array of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array of shape (n_samples,), optional
            What each row counts, at least 0.
        X_val, y_val, sample_weight_val : optional
            Rows to validate on after each epoch, in place of a share of those of X.
        classes : array of shape (n_classes,), optional
            All classes there can be, where `y` may not have them all.

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
        given = FitArguments(X, y, sample_weight, *validation, classes, **kept)
        return self._fit_given(given, incremental=False)

    @available_if(may_fit_partly)  # type: ignore[untyped-decorator]
    def partial_fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Go through the rows once, from where the last call left off.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.
        classes : array of shape (n_classes,)
            All classes there will be; needed in the first call.

        Returns
        -------
        self
        """
        return self._partial_fit(FitArguments(X, y, sample_weight, classes=classes))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row; of several labels, those above ½.

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_classes)
        """
        return self._answers(self._output_columns(X))

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, of shape (n_samples, n_classes)."""
        p = self._output_columns(X)
        if len(self.classes_) == 1:
            return np.ones_like(p)
        return np.hstack([1 - p, p]) if p.shape[1] == 1 else p

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of the probabilities: finite also where those are 0."""
        z = self._outputs(X)
        if len(self.classes_) == 1:
            return np.zeros_like(z)
        if self.out_activation_ == "softmax":
            z = z - z.max(axis=1, keepdims=True)
            return z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return -np.hstack([softplus(z), softplus(-z)]) if z.shape[1] == 1 else -softplus(-z)

    def decision_function(self, X: Any) -> Array:
        """Return the raw z that softmax or sigmoid makes probabilities of.

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_classes)
        """
        z = self._outputs(X)
        return z.ravel() if z.shape[1] == 1 else z

    def _output_columns(self, X: Any) -> Array:
        """Return the probabilities as the network has them: one column for two classes."""
        check_is_fitted(self)
        return self._outputs(X, self._loss_of_outputs()[0])

    def _answers(self, p: Array) -> NDArray[Any]:
        if self._has_labels:
            return self._label_binarizer.inverse_transform(p)
        return self.classes_[self._codes_of(p)]

    def _codes_of(self, p: Array) -> NDArray[Any]:
        """Return the number of each row's class, or True for each of several labels."""
        if self._has_labels:
            return p > 0.5
        if p.shape[1] > 1:
            return p.argmax(axis=1)
        return np.minimum(p[:, 0] > 0.5, len(self.classes_) - 1)  # 0 where there is one class

    @property
    def _has_labels(self) -> bool:
        """Whether a row may have several labels, not one class."""
        return bool(self._label_binarizer.y_type_.startswith("multilabel"))

    def _as_columns(
        self, y: Any, *, known: Known, classes: Any = None, name: str = "y"
    ) -> NDArray[Any]:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if known == "none" or not hasattr(self, "classes_"):  # of weights that were set by hand
            self._label_binarizer = _binarizer(y, classes)
            self.classes_ = self._label_binarizer.classes_
        elif known == "all":
            self._require_the_same(unique_labels(y if classes is None else classes))
        if known == "some" or classes is not None:
            self._require_known(unique_labels(y), name)
        if self._has_labels or y.ndim > 1:
            return self._label_binarizer.transform(y)
        # as the binarizer does, which looks at everything again; that takes longer than an epoch
        codes = np.searchsorted(self.classes_, y)
        numbers = np.arange(len(self.classes_)) if len(self.classes_) > 2 else [1]
        return np.equal.outer(codes, numbers)

    def _know_classes(self, given: FitArguments) -> None:
        if not hasattr(self, "classes_"):
            require_none_missing(self, "y", given.y)
        if _check_partial_fit_first_call(self, given.classes):
            self._label_binarizer = _binarizer(given.y, given.classes)

    def _require_the_same(self, classes: NDArray[Any]) -> None:
        if set(classes) != set(self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {classes}"
            )

    def _require_known(self, classes: NDArray[Any], name: str) -> None:
        if len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                f"`{name}` has classes not in `self.classes_`. "
                f"`self.classes_` has {self.classes_}. '{name}' has {classes}."
            )

    def _weighed(self, data: TrainingRows) -> TrainingRows:
        if self.class_weight is None:
            return data
        of_rows = weights_by_class(
            self.class_weight, data.labels, self.classes_, data.sample_weight
        )
        return data._replace(sample_weight=of_rows.astype(data.y.dtype))

    def _targets_to_learn(self, data: TrainingRows) -> TrainingRows:
        if not self.label_smoothing:
            return data
        classes = data.y.shape[1] if self.out_activation_ == "softmax" else 2
        share = data.y.dtype.type(self.label_smoothing)
        return data._replace(y=(1 - share) * data.y + share / classes)

    def _loss_of_outputs(self) -> tuple[Loss, str]:
        if self._label_binarizer.y_type_ == "multiclass":
            return get_loss("softmax_cross_entropy"), "softmax"
        return get_loss("binary_cross_entropy"), "logistic"

    def _strata(self, data: TrainingRows) -> NDArray[Any] | None:
        if data.y.shape[1] > 1:  # as scikit-learn does
            return None
        if set(self.classes_) <= {0, 1}:
            return data.y.astype(bool)  # an error calls these classes False and True, as theirs
        return np.ravel(data.labels)

    def _score_of(self, y: Array, prediction: Array, sample_weight: Array | None) -> float:
        right = self._codes_of(y) == self._codes_of(prediction)
        whole = right.all(axis=1) if right.ndim > 1 else right
        return float(np.average(whole, weights=sample_weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _binarizer(y: Any, classes: Any) -> LabelBinarizer:
    """Return what makes columns of labels; where a row may have several, `y` says how many."""
    several = classes is None or type_of_target(y).startswith("multilabel")
    return LabelBinarizer().fit(y if several else classes)
