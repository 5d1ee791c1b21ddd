"""`TabularRegressor`: a number for each row of a table, and an interval around it."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils.validation import _check_y

from chainrule.arrays import Array
from chainrule.ensembles import conformal_quantiles, interval_half_width
from chainrule.losses import get_loss
from chainrule.ranges import require_inner_share
from chainrule.scale import Scale, learn_scale
from chainrule.tabular.base import TabularEstimator


class TabularRegressor(RegressorMixin, TabularEstimator):  # type: ignore[misc]
    """Predict a number for each row of a table, with defaults that need no tuning.

    An ensemble of small networks on a table as it comes, as of `TabularClassifier`. Answers stay
    between the least and the largest target of training.

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
    >>> X = np.linspace(0, 1, 80).reshape(-1, 1)
    >>> model = TabularRegressor(n_members=2, random_state=0).fit(X, 3 * X[:, 0])
    >>> low, high = model.predict_interval([[0.5]], coverage=0.9).T
    >>> bool(low[0] < 1.5 < high[0])
    True
    """

    _scale: Scale

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
            If the rows or the targets cannot be learnt from.
        """
        typed = self._typed(X, y)
        numbers = _check_y(y, y_numeric=True, estimator=self).astype(np.float64)
        self._scale = learn_scale(numbers)
        self._range = float(numbers.min()), float(numbers.max())
        self._fit(typed, self._targets(numbers), get_loss("squared_error"), sample_weight)
        self._errors = conformal_quantiles(numbers - self._restored(self.fitted_.held_out))
        return self

    def predict(self, X: Any) -> Array:
        """Return a number for each row, an array of shape (n,)."""
        return self._restored(self._outputs(X))

    def predict_interval(self, X: Any, *, coverage: float = 0.9) -> Array:
        """Return for each row an interval that holds the true number with this probability.

        The intervals have one width: that which covers this share of the rows that members of the
        ensemble held out (`chainrule.ensembles.interval_half_width`).

        Parameters
        ----------
        X : frame, or array of shape (n, n_features)
        coverage : float in (0, 1)

        Returns
        -------
        array of shape (n, 2)
            The least and the largest number.

        Raises
        ------
        ValueError
            If `coverage` is not between 0 and 1.
        """
        require_inner_share("coverage", coverage)
        answers, half = self.predict(X), interval_half_width(self._errors, coverage)
        return np.stack([answers - half, answers + half], axis=1)

    def _restored(self, outputs: Array) -> Array:
        numbers = self._scale.restore(outputs[:, 0].astype(np.float64))
        return np.clip(numbers, *self._range)

    def _targets(self, y: Any) -> Array:
        numbers = np.asarray(y, dtype=np.float64).reshape(-1)
        return self._scale.standardise(numbers).astype(np.float32)[:, np.newaxis]

    def _class_names(self) -> list[str]:
        return []
