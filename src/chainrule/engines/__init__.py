"""Engines by name: each runs one epoch of training, and predicts."""

from __future__ import annotations

from chainrule.catalog import look_up
from chainrule.engines import reference
from chainrule.engines.epoch import Engine, Epoch, EpochResult

__all__ = ["ENGINES", "Engine", "Epoch", "EpochResult", "get_engine"]

ENGINES: dict[str, Engine] = {"reference": reference}


def get_engine(name: str) -> Engine:
    """Return the engine of that name.

    Raises
    ------
    ValueError
        If the name is unknown.

    Examples
    --------
    >>> get_engine("reference").__name__
    'chainrule.engines.reference'
    """
    return look_up(ENGINES, name, "engine")
