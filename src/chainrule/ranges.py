"""Hyper-parameters in their ranges: a number outside gets one clear error."""

from __future__ import annotations

from math import inf, isfinite


def require_positive(name: str, value: float) -> None:
    """Raise ValueError unless `value` is finite and above 0.

    Examples
    --------
    >>> require_positive("delta", 0.0)
    Traceback (most recent call last):
    ValueError: delta must be above 0 and finite, got 0.0
    """
    if not 0 < value < inf:
        raise ValueError(f"{name} must be above 0 and finite, got {value!r}")


def require_not_negative(name: str, value: float) -> None:
    """Raise ValueError unless `value` is finite and at least 0."""
    if not (isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be at least 0 and finite, got {value!r}")


def require_share(name: str, value: float) -> None:
    """Raise ValueError unless `value` is in [0, 1]."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be in [0, 1], got {value!r}")


def require_rate(name: str, value: float) -> None:
    """Raise ValueError unless `value` is in [0, 1)."""
    if not 0 <= value < 1:
        raise ValueError(f"{name} must be in [0, 1), got {value!r}")


def require_inner_share(name: str, value: float) -> None:
    """Raise ValueError unless `value` is in (0, 1)."""
    if not 0 < value < 1:
        raise ValueError(f"{name} must be in (0, 1), got {value!r}")
