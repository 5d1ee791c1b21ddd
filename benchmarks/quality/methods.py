"""The methods that are compared, each with its defaults, as functions of a table.

A method is ``fit(table) -> predict``: ``predict(x)`` gives probabilities of shape (n, n_classes),
or numbers of shape (n,).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import THREADS
from benchmarks.quality.tables import SplitTable

Predict: TypeAlias = Callable[[Any], NDArray[Any]]
Method: TypeAlias = Callable[[SplitTable], Predict]


def _asked(model: Any, table: SplitTable) -> Predict:
    model.fit(table.x, table.y)
    answers: Predict = model.predict if table.task == "regression" else model.predict_proba
    return answers


def chainrule(table: SplitTable) -> Predict:
    """Fit `TabularClassifier` or `TabularRegressor`."""
    from chainrule import TabularClassifier, TabularRegressor

    kind = TabularRegressor if table.task == "regression" else TabularClassifier
    return _asked(kind(random_state=0), table)


def hist_gradient_boosting(table: SplitTable) -> Predict:
    """Fit scikit-learn's gradient boosting; it tells categories by the columns' types."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    regression = table.task == "regression"
    kind = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    return _asked(kind(random_state=0), table)


def sklearn_mlp(table: SplitTable) -> Predict:
    """Fit scikit-learn's network, behind the usual scaling and one-hot columns."""
    from sklearn.compose import (
        TransformedTargetRegressor,
        make_column_selector,
        make_column_transformer,
    )
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    names = make_column_selector(dtype_include="category")
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), names),
        remainder=make_pipeline(StandardScaler(), SimpleImputer()),
    )
    if table.task == "regression":
        network = TransformedTargetRegressor(
            MLPRegressor(random_state=0), transformer=StandardScaler()
        )
    else:
        network = MLPClassifier(random_state=0)
    return _asked(make_pipeline(columns, network), table)


def realmlp(table: SplitTable, **options: Any) -> Predict:
    """Fit RealMLP with its tuned defaults; missing numbers are means beside an indicator."""
    import torch
    from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

    torch.set_num_threads(1)  # two threads cost it more processor time
    means = table.x.select_dtypes("number").mean()
    lacking = [name for name in means.index if table.x[name].isna().any()]

    def filled(x: Any) -> Any:
        flags = {f"{name} is missing": x[name].isna().astype(str).astype("category")
                 for name in lacking}  # fmt: skip
        return x.fillna(means).assign(**flags)

    kind = RealMLP_TD_Regressor if table.task == "regression" else RealMLP_TD_Classifier
    model = kind(device="cpu", random_state=0, n_threads=1, verbosity=0, **options)
    model.fit(filled(table.x), table.y)
    if table.task == "regression":
        return lambda x: np.asarray(model.predict(filled(x))).reshape(-1)
    return lambda x: np.asarray(model.predict_proba(filled(x)))


def realmlp_cross_entropy(table: SplitTable) -> Predict:
    """Fit RealMLP without label smoothing, its epoch chosen by cross-entropy."""
    return realmlp(table, val_metric_name="cross_entropy", use_ls=False)


def catboost(table: SplitTable) -> Predict:
    """Fit CatBoost."""
    from catboost import CatBoostClassifier, CatBoostRegressor

    names = list(table.x.select_dtypes("category"))
    kind = CatBoostRegressor if table.task == "regression" else CatBoostClassifier

    def named(x: Any) -> Any:
        return x.assign(**{name: x[name].astype(object).fillna("missing") for name in names})

    model = kind(
        random_seed=0,
        thread_count=THREADS,
        verbose=False,
        allow_writing_files=False,
        cat_features=names,
    )
    model.fit(named(table.x), table.y)
    answer = model.predict if table.task == "regression" else model.predict_proba
    return lambda x: np.asarray(answer(named(x)))


def lightgbm(table: SplitTable) -> Predict:
    """Fit LightGBM."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind = LGBMRegressor if table.task == "regression" else LGBMClassifier
    return _asked(kind(random_state=0, n_jobs=THREADS, verbose=-1), table)


def xgboost(table: SplitTable) -> Predict:
    """Fit XGBoost; it tells categories by the columns' types."""
    from xgboost import XGBClassifier, XGBRegressor

    kind = XGBRegressor if table.task == "regression" else XGBClassifier
    return _asked(kind(random_state=0, n_jobs=THREADS, enable_categorical=True), table)


METHODS: dict[str, Method] = {
    "chainrule": chainrule,
    "RealMLP-TD": realmlp,
    "RealMLP-TD, by cross-entropy": realmlp_cross_entropy,
    "HistGradientBoosting": hist_gradient_boosting,
    "scikit-learn's MLP": sklearn_mlp,
    "CatBoost": catboost,
    "LightGBM": lightgbm,
    "XGBoost": xgboost,
}
