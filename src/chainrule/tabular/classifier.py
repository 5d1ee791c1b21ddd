"""`TabularClassifier`: classes of the rows of a table."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_y

from chainrule.arrays import Array
from chainrule.losses import get_loss
from chainrule.tabular.base import TabularEstimator


class TabularClassifier(ClassifierMixin, TabularEstimator):  # type: ignore[misc]
    """Tell the classes of a table's rows apart, with defaults that need no tuning.

    An ensemble of small networks on a table as it comes: numbers, categories, truths, dates,
    missing values, levels that training did not see. Each network holds out a fold of the rows,
    keeps its best epoch on them, and their answers are averaged.

    Parameters
    ----------
    n_members : int, default 8
        Networks of the ensemble.
    random_state : int, RandomState or None
        Of the folds, the initial weights, the orders and the dropout. The same number gives the
        same bits, whatever the threads.
    n_threads : int, optional
        Cores to be used; by default all that the process may use.
    max_time : float, optional
        Seconds for a fit: where it would take longer, it has fewer epochs, at least 8, then fewer
        networks, then fewer rows for each. The same `random_state` then no longer gives the
        same bits.
    max_memory : float, optional
        Bytes for the training, beside the rows: fewer networks are prepared at once.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
    n_features_in_ : int
    feature_names_in_ : array of str
        Where X has names that are texts.
    columns_ : Columns
        What each column became.
    notes_ : tuple of Note
        What was in doubt about the columns, and how it was decided.
    fitted_ : FittedEnsemble
        The networks, their histories, and what held-out rows say of them.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(-1, 1, 80).reshape(-1, 1)
    >>> model = TabularClassifier(n_members=2, random_state=0).fit(X, X[:, 0] > 0)
    >>> model.predict([[-0.5], [0.5]])
    array([False,  True])
    """

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit the ensemble.

        Parameters
        ----------
        X : frame of pandas or polars, or array of shape (n, n_features)
        y : array of shape (n,)
        sample_weight : array of shape (n,), optional
            What each row counts, at least 0.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If the rows or the classes cannot be learnt from.
        """
        typed = self._typed(X, y)
        labels = _check_y(y, estimator=self)
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        n_classes = len(self.classes_)
        if n_classes < 2:
            raise ValueError(
                f"y has one class alone, {self.classes_[0]!r}; give rows of at least 2 classes"
            )
        loss = "binary_cross_entropy" if n_classes == 2 else "softmax_cross_entropy"
        return self._fit(typed, self._as_columns(codes), get_loss(loss), sample_weight, codes)

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class.

        Parameters
        ----------
        X : frame, or array of shape (n, n_features)

        Returns
        -------
        array of shape (n, n_classes)
        """
        outputs = self._outputs(X)
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row, an array of shape (n,)."""
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def _as_columns(self, codes: NDArray[np.intp]) -> Array:
        """Return the places of classes as one column of 0 and 1, or one for each class."""
        if len(self.classes_) == 2:
            return codes[:, np.newaxis].astype(np.float32)
        return np.eye(len(self.classes_), dtype=np.float32)[codes]

    def _targets(self, y: Any) -> Array:
        labels = _check_y(y, estimator=self)
        unknown = ~np.isin(labels, self.classes_)
        if unknown.any():
            raise ValueError(
                f"y has the class {labels[unknown][0]!r}, which the fit did not have; known: "
                f"{', '.join(self._class_names())}"
            )
        return self._as_columns(np.searchsorted(self.classes_, labels))

    def _class_names(self) -> list[str]:
        return [str(name) for name in self.classes_]
