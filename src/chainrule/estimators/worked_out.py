"""Attributes that follow from others, such as the number of layers from the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class WorkedOut:
    """An attribute that is worked out at every look, until somebody sets it.

    Programs make a fitted model by hand, out of a file of numbers, and set what they know.

    Parameters
    ----------
    how : callable
        ``how(model)`` returns the value; an AttributeError says that the model has none.
    """

    def __init__(self, how: Callable[[Any], Any]) -> None:
        self._how = how

    def __get__(self, model: Any, owner: type[Any] | None = None) -> Any:
        """Return the value."""
        return self if model is None else self._how(model)
