"""What `fit` was given, before anything is made of it."""

from __future__ import annotations

from typing import Any, NamedTuple


class Given(NamedTuple):
    """The arguments of `fit` or `partial_fit`."""

    X: Any
    y: Any
    sample_weight: Any
    X_val: Any = None
    y_val: Any = None
    sample_weight_val: Any = None
    classes: Any = None

    def validation(self) -> tuple[Any, Any, Any] | None:
        """Return X, y and the weights of the rows to validate on, if there are any.

        Raises
        ------
        ValueError
            If some of it is missing.
        """
        if (self.X_val is None) != (self.y_val is None):
            raise ValueError("X_val and y_val go together; give both or none")
        if self.X_val is not None:
            return self.X_val, self.y_val, self.sample_weight_val
        if self.sample_weight_val is not None:
            raise ValueError("sample_weight_val goes with X_val and y_val; give all three or none")
        return None
