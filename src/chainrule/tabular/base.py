"""What the classifier and the regressor share: columns are learnt, an ensemble is fitted."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from chainrule.arrays import Array
from chainrule.ensembles import FittedEnsemble, Recipe, fit_ensemble
from chainrule.layers import size_given
from chainrule.losses import Loss
from chainrule.ranges import require_positive
from chainrule.tables import Columns, Note, Typed, infer
from chainrule.tabular.roles import feature_roles, learn_columns, with_level_means
from chainrule.tabular.rows import category_columns, table_given
from chainrule.warning import warn

_FLOAT = np.float32
_FEWEST_ROWS = 2
_LEAST_TIME = 0.01  # seconds


class TabularEstimator(BaseEstimator):  # type: ignore[misc]
    """The common part of `TabularClassifier` and `TabularRegressor`; not for use by itself."""

    n_members: int
    random_state: Any
    n_threads: int | None
    max_time: float | None
    max_memory: float | None

    columns_: Columns
    notes_: tuple[Note, ...]
    fitted_: FittedEnsemble

    _began: float

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.non_deterministic = False
        return tags

    def _typed(self, X: Any, y: Any) -> Typed:
        """Return the columns of the rows to fit to, read; the parameters and `y` are looked at."""
        self._began = time.monotonic()
        size_given("n_members", self.n_members)
        for name in ("max_time", "max_memory"):
            if getattr(self, name) is not None:
                require_positive(name, getattr(self, name))
        table = table_given(self, X, reset=True)
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y "
                "is None."
            )
        check_consistent_length(table.places, y)
        if table.n_rows < _FEWEST_ROWS:
            raise ValueError(f"n_samples = {table.n_rows}; give at least {_FEWEST_ROWS} rows")
        typed = infer(table, target=None, categories=category_columns(X))
        return replace(typed, notes=(*table.notes, *typed.notes))

    def _fit(
        self,
        typed: Typed,
        y: Array,
        loss: Loss,
        sample_weight: ArrayLike | None,
        classes: NDArray[Any] | None = None,
    ) -> Self:
        """Learn the columns and fit the ensemble; `y` has the shape (n, n_outputs)."""
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, y, dtype=_FLOAT, ensure_non_negative=True)
        recipe = Recipe(members=self.n_members)
        seed, rows = int(check_random_state(self.random_state).randint(2**31)), np.arange(len(y))
        columns = learn_columns(typed, rows, recipe)
        x = columns.encode_typed(typed.table, dtype=_FLOAT).values
        self.columns_, x, folds = with_level_means(
            *(columns, typed.table, x, y, rows), recipe=recipe, seed=seed, classes=classes
        )
        self.notes_ = (*typed.notes, *self.columns_.notes)
        self.fitted_ = fit_ensemble(
            x,
            y,
            loss,
            feature_roles(self.columns_),
            recipe,
            seed=seed,
            classes=classes,
            folds=folds,
            sample_weight=weights,
            n_threads=self.n_threads,
            max_time=self._time_left(),
            max_memory=self.max_memory,
        )
        if self.fitted_.interrupted:
            warn("Training interrupted by user.")
        if self.fitted_.is_baseline:
            warn(
                "on held-out rows the networks were no better than one answer for all rows (loss "
                f"{self.fitted_.loss:.4g} against {self.fitted_.baseline_loss:.4g}), which is "
                "given in their place; look whether the columns tell anything of the target"
            )
        return self

    def _time_left(self) -> float | None:
        """Return the seconds that are left of `max_time` once the columns are learnt."""
        if self.max_time is None:
            return None
        return max(self.max_time - (time.monotonic() - self._began), _LEAST_TIME)

    def _outputs(self, X: Any) -> Array:
        """Return ŷ, of shape (n, n_outputs), for the rows of X."""
        check_is_fitted(self)
        table = table_given(self, X, reset=False)
        return self.fitted_.ensemble.predict(self.columns_.encode(table, dtype=_FLOAT).values)
