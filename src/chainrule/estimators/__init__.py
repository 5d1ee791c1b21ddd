"""The doors of scikit-learn: `MLPClassifier`, `MLPRegressor` and how their fits went."""

from chainrule.estimators.classifier import MLPClassifier
from chainrule.estimators.display import LossCurveDisplay
from chainrule.estimators.regressor import MLPRegressor

__all__ = ["LossCurveDisplay", "MLPClassifier", "MLPRegressor"]
