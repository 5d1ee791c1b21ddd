"""What is said about a finished run: as data, as a page and in a terminal."""

from chainrule.reports.html import write_html
from chainrule.reports.report import Report
from chainrule.reports.results import (
    ClassificationResult,
    Comparison,
    RegressionResult,
    Result,
    classification_result,
    regression_result,
)
from chainrule.reports.sections import Heading, Section
from chainrule.reports.terminal import print_report
from chainrule.reports.words import plain

__all__ = [
    "ClassificationResult",
    "Comparison",
    "Heading",
    "RegressionResult",
    "Report",
    "Result",
    "Section",
    "classification_result",
    "plain",
    "print_report",
    "regression_result",
    "write_html",
]
