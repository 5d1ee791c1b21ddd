"""Engines by name: each trains for one epoch at a time, and predicts."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from chainrule.catalog import look_up
from chainrule.engines.task import Engine, EpochResult, Task, Trainer, TrainingState

__all__ = ["ENGINES", "Engine", "EpochResult", "Task", "Trainer", "TrainingState", "get_engine"]


@cache
def _reference() -> Engine:
    from chainrule.engines import reference

    return reference


@cache
def _compiled() -> Engine:
    from chainrule.engines.compiled import compiled  # LLVM takes a moment to load

    return compiled


ENGINES: dict[str, Callable[[], Engine]] = {"compiled": _compiled, "reference": _reference}
"""The engines by name, loaded when they are called for."""


def get_engine(engine: str | Engine) -> Engine:
    """Return the engine of that name; an engine is returned as it is.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If it is neither a name nor an engine (a class is not: make an object of it).

    Examples
    --------
    >>> get_engine("reference").name
    'reference'
    """
    if isinstance(engine, str):
        return look_up(ENGINES, engine, "engine")()
    methods = (getattr(engine, name, None) for name in ("start", "predict", "output"))
    if isinstance(engine, type) or not all(map(callable, methods)):
        raise TypeError(
            f"an engine is a name or an object with start(layers, task, state), "
            f"predict(layers, x) and output(layers, x), got {engine!r}; known names: "
            f"{', '.join(ENGINES)}"
        )
    return engine
