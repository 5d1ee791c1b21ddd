"""A number as everything that shows one writes it."""

from __future__ import annotations


def number(value: float) -> str:
    """Return a number with four digits that tell.

    Examples
    --------
    >>> number(-0.123456), number(1e-7), number(3.0)
    ('−0.1235', '1e−07', '3')
    """
    return f"{value + 0.0:.4g}".replace("-", "−")  # −0 is 0
