"""`TabularClassifier`, `TabularRegressor`: a table as it comes, and no settings to find.

Names are loaded when they are first asked for: models of the command need no scikit-learn.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from chainrule.lazy import lazy_names

if find_spec("polars") is None:
    raise ImportError("the tabular estimators need polars: pip install 'chainrule[tabular]'")

if TYPE_CHECKING:
    from chainrule.tabular.classifier import TabularClassifier as TabularClassifier
    from chainrule.tabular.regressor import TabularRegressor as TabularRegressor
    from chainrule.tabular.report import EnsembleReport as EnsembleReport
    from chainrule.tabular.report import ensemble_report as ensemble_report
    from chainrule.tabular.roles import feature_roles as feature_roles

_HOMES = {
    "chainrule.tabular.classifier": "TabularClassifier",
    "chainrule.tabular.regressor": "TabularRegressor",
    "chainrule.tabular.report": "EnsembleReport ensemble_report",
    "chainrule.tabular.roles": "feature_roles",
}
_HOME_OF, __getattr__, __dir__ = lazy_names(__name__, _HOMES)

__all__ = [*_HOME_OF]  # noqa: PLE0604  # the names are strings
