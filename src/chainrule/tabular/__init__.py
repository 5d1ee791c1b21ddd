"""`TabularClassifier`, `TabularRegressor`: a table as it comes, and no settings to find."""

from chainrule.tabular.classifier import TabularClassifier
from chainrule.tabular.regressor import TabularRegressor
from chainrule.tabular.report import EnsembleReport, ensemble_report
from chainrule.tabular.roles import feature_roles

__all__ = [
    "EnsembleReport",
    "TabularClassifier",
    "TabularRegressor",
    "ensemble_report",
    "feature_roles",
]
