"""The methods that are compared: a row each, with a function that feeds and fits the method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, util
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.comparing.feeding import are_categories, as_pandas, numbering

_MOST_CATEGORIES = 255  # scikit-learn's boosting takes no more


class Learning(NamedTuple):
    """The rows to learn from.

    Attributes
    ----------
    frame : polars.DataFrame
    y : array of shape (n,)
        Classes as whole numbers from 0, of which each occurs; or numbers.
    is_regression : bool
    seed : int
    """

    frame: pl.DataFrame
    y: NDArray[Any]
    is_regression: bool
    seed: int


Predict: TypeAlias = Callable[[pl.DataFrame], Array]
"""From columns to probabilities of shape (n, n_classes), or to numbers of shape (n,)."""


@dataclass(frozen=True)
class Method:
    """A way to learn from a table.

    Attributes
    ----------
    name : str
    modules : tuple of str
        What it imports, before any clock runs.
    fit : callable
        ``fit(learning) -> predict``
    package : str
        Which pip installs; empty for what is there anyway.
    learns : bool
        False of the baseline.
    """

    name: str
    modules: tuple[str, ...]
    fit: Callable[[Learning], Predict]
    package: str = ""
    learns: bool = True

    def version(self) -> str:
        """Import what the method needs, and return the version of its library."""
        found = [import_module(name) for name in self.modules]
        return str(getattr(found[0], "__version__", ""))


def is_installed(method: Method) -> bool:
    """Say whether what a method imports is there, without importing it."""
    return all(util.find_spec(name.partition(".")[0]) for name in method.modules)


def _fitted(
    learning: Learning,
    model: Any,
    prepared: Callable[[pl.DataFrame], Any],
    **options: Any,
) -> Predict:
    """Fit a model of scikit-learn's interface; return what it answers for columns."""
    model.fit(prepared(learning.frame), learning.y, **options)
    answer = model.predict if learning.is_regression else model.predict_proba
    return lambda frame: np.asarray(answer(prepared(frame)))


def _chainrule(learning: Learning) -> Predict:
    from chainrule.tabular import TabularClassifier, TabularRegressor

    kind = TabularRegressor if learning.is_regression else TabularClassifier
    return _fitted(learning, kind(random_state=learning.seed), lambda frame: frame)


def _hist_gradient_boosting(learning: Learning) -> Predict:
    """Fit boosting; of a category with more levels than it takes, the rarest are one."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    is_category = are_categories(learning.frame)
    matrix = numbering(learning.frame)

    def prepared(frame: pl.DataFrame) -> Array:
        return np.minimum(matrix(frame), np.where(is_category, _MOST_CATEGORIES - 1, np.inf))

    kind = (
        HistGradientBoostingRegressor if learning.is_regression else HistGradientBoostingClassifier
    )
    model = kind(categorical_features=is_category, random_state=learning.seed)
    return _fitted(learning, model, prepared)


def _mlp(learning: Learning) -> Predict:
    """Fit scikit-learn's network behind the usual preparation: standardised, one-hot."""
    from sklearn.compose import TransformedTargetRegressor, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), are_categories(learning.frame)),
        remainder=make_pipeline(
            StandardScaler(), SimpleImputer(add_indicator=True, keep_empty_features=True)
        ),
    )
    network: Any = MLPClassifier(random_state=learning.seed)
    if learning.is_regression:
        network = TransformedTargetRegressor(
            MLPRegressor(random_state=learning.seed), transformer=StandardScaler()
        )
    return _fitted(learning, make_pipeline(columns, network), numbering(learning.frame))


def _lightgbm(learning: Learning) -> Predict:
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind = LGBMRegressor if learning.is_regression else LGBMClassifier
    categories = np.flatnonzero(are_categories(learning.frame)).tolist()
    model = kind(random_state=learning.seed, verbose=-1)
    return _fitted(
        learning, model, numbering(learning.frame), categorical_feature=categories or "auto"
    )


def _catboost(learning: Learning) -> Predict:
    """Fit CatBoost on categories as texts; a missing category is a text too."""
    from catboost import CatBoostClassifier, CatBoostRegressor

    kind = CatBoostRegressor if learning.is_regression else CatBoostClassifier
    names = list(as_pandas(learning.frame.head(1)).select_dtypes("category"))

    def prepared(frame: pl.DataFrame) -> Any:
        rows = as_pandas(frame)
        return rows.assign(**{n: rows[n].astype(object).fillna("missing") for n in names})

    model = kind(
        random_seed=learning.seed, verbose=False, allow_writing_files=False, cat_features=names
    )
    return _fitted(learning, model, prepared)


def _xgboost(learning: Learning) -> Predict:
    from xgboost import XGBClassifier, XGBRegressor

    kind = XGBRegressor if learning.is_regression else XGBClassifier
    types = ["c" if is_category else "q" for is_category in are_categories(learning.frame)]
    model = kind(random_state=learning.seed, enable_categorical=True, feature_types=types)
    return _fitted(learning, model, numbering(learning.frame))


def _realmlp(learning: Learning) -> Predict:
    """Fit RealMLP; a missing number becomes the mean, beside a category for missing or not."""
    from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

    kind = RealMLP_TD_Regressor if learning.is_regression else RealMLP_TD_Classifier
    numbers = as_pandas(learning.frame).select_dtypes("number")
    means = numbers.mean().fillna(0.0)
    lacking = [name for name in numbers if numbers[name].isna().any()]

    def prepared(frame: pl.DataFrame) -> Any:
        rows = as_pandas(frame)
        flags = {
            f"{name} is missing": rows[name].isna().astype(str).astype("category")
            for name in lacking
        }
        return rows.fillna(means).assign(**flags)

    model = kind(device="cpu", random_state=learning.seed, verbosity=0)
    return _fitted(learning, model, prepared)


def _constant(learning: Learning) -> Predict:
    """Answer every row with the shares of the classes, or with the mean: the baseline."""
    if learning.is_regression:
        mean = float(np.mean(learning.y))
        return lambda frame: np.full(frame.height, mean)
    shares = np.bincount(learning.y) / len(learning.y)
    return lambda frame: np.tile(shares, (frame.height, 1))


METHODS: dict[str, Method] = {
    "chainrule": Method("chainrule", ("chainrule", "chainrule.tabular"), _chainrule),
    "boosting": Method(
        "HistGradientBoosting", ("sklearn", "sklearn.ensemble"), _hist_gradient_boosting
    ),
    "mlp": Method("scikit-learn's MLP", ("sklearn", "sklearn.neural_network"), _mlp),
    "lightgbm": Method("LightGBM", ("lightgbm",), _lightgbm, "lightgbm"),
    "catboost": Method("CatBoost", ("catboost",), _catboost, "catboost"),
    "xgboost": Method("XGBoost", ("xgboost",), _xgboost, "xgboost"),
    "realmlp": Method("RealMLP", ("pytabkit", "torch"), _realmlp, "'pytabkit[models]'"),
    "baseline": Method("one answer for all", ("numpy",), _constant, learns=False),
}
"""The methods by the names that ``--methods`` takes."""
