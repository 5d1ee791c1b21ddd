"""What the classifier and the regressor share: columns are learnt, an ensemble is fitted."""

from __future__ import annotations

import time
from abc import abstractmethod
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
from chainrule.tabular.report import EnsembleReport, ensemble_report
from chainrule.tabular.roles import (
    feature_roles,
    learn_columns,
    rows_of_fit,
    with_level_means,
)
from chainrule.tabular.rows import category_columns, table_given
from chainrule.warning import warn

_FLOAT = np.float32
_FEWEST_ROWS = 2
_LEAST_TIME = 0.01  # seconds


class TabularEstimator(BaseEstimator):  # type: ignore[misc]
    """The common part of `TabularClassifier` and `TabularRegressor`; not for use by itself."""

    columns_: Columns
    notes_: tuple[Note, ...]
    fitted_: FittedEnsemble

    _began: float

    def __init__(
        self,
        n_members: int = 8,
        *,
        random_state: Any = None,
        n_threads: int | None = None,
        max_time: float | None = None,
        max_memory: float | None = None,
    ) -> None:
        self.n_members = n_members
        self.random_state = random_state
        self.n_threads = n_threads
        self.max_time = max_time
        self.max_memory = max_memory

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
        return self.fitted_.ensemble.predict(self._encoded(X))

    def report(
        self,
        X: Any,
        y: ArrayLike,
        *,
        test: tuple[Any, ArrayLike] | None = None,
        repeats: int = 5,
        seed: int = 0,
    ) -> EnsembleReport:
        """Say of the fit how important each column is, how good the members are, and more.

        Every figure is of rows that the network in question did not see.
        `sklearn.inspection.permutation_importance` gives the importance for other rows.

        Parameters
        ----------
        X : frame, or array of shape (n, n_features)
            The rows of the fit, in their order.
        y : array of shape (n,)
            Their targets.
        test : (X, y), optional
            Further rows, on which each network stands beside the mean of all.
        repeats : int
            Permutations of each column for each network.
        seed : int
            Of the permutations.

        Returns
        -------
        EnsembleReport
            With `importance`, `members`, `calibration_error` and `columns`; printed, it is a text.

        Raises
        ------
        ValueError
            If the rows are not those of the fit, or `repeats` is not at least 1.
        """
        check_is_fitted(self)
        size_given("repeats", repeats)
        table, targets = table_given(self, X, reset=False), self._targets(y)
        check_consistent_length(table.places, targets)
        return ensemble_report(
            self.fitted_,
            self.columns_,
            rows_of_fit(self.columns_, table, targets, self.fitted_.held_out_by, _FLOAT),
            targets,
            classes=self._class_names(),
            test=None if test is None else (self._encoded(test[0]), self._targets(test[1])),
            repeats=repeats,
            seed=seed,
        )

    def _encoded(self, X: Any) -> Array:
        return self.columns_.encode(table_given(self, X, reset=False), dtype=_FLOAT).values

    @abstractmethod
    def _targets(self, y: Any) -> Array:
        """Return y as the loss takes it, of shape (n, n_outputs)."""

    @abstractmethod
    def _class_names(self) -> list[str]:
        """Return the classes as texts; none for numbers."""
