"""Warnings that point at the line of the user's program, however deep they are given."""

from __future__ import annotations

import sys
import warnings

_INSIDE = ("chainrule.", "sklearn.callback")  # scikit-learn's wraps an estimator's `fit`


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn where the program calls this package.

    Parameters
    ----------
    message : str
    category : type of Warning
    """
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_INSIDE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
