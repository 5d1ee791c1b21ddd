"""Whether NumPy, Python and chainrule are still what they were before a learner's file ran.

The checks compute with NumPy in the same process as the learner's file. A file that replaces
`np.allclose` would judge itself. So what the checks rely on is written down before the file runs,
put back after it was imported, and compared again when the check is over.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

_WATCHED = frozenset(
    [
        "chainrule",
        "numpy",
        "math",
        "json",
        "os",
        "inspect",
        "linecache",
        "traceback",
        "re",
        "contextlib",
        "io",
        "operator",
        "functools",
        "itertools",
        "dataclasses",
    ]
)
_OFTEN_REPLACED = frozenset({"_", "open", "print"})


class Integrity:
    """A memory of functions and classes by their names."""

    def __init__(self) -> None:
        self._kept = [(owner, dict(vars(owner))) for owner in _owners()]
        self._builtins, self._kept_builtins = vars(builtins), dict(vars(builtins))

    def restore(self) -> list[str]:
        """Put everything back, and return what had been altered: ``["numpy.allclose"]``."""
        altered = self._restore_builtins()
        for owner, name, value in list(self._changes()):
            setattr(owner, name, value)
            altered.append(f"{_name(owner)}.{name}")
        return altered

    def _restore_builtins(self) -> list[str]:
        """Put Python's own names back first; nothing here may call any of them."""
        now, altered = self._builtins, []
        for name in self._kept_builtins:
            if name in now and now[name] is self._kept_builtins[name]:
                continue
            now[name] = self._kept_builtins[name]
            if name not in _OFTEN_REPLACED:
                altered.append(f"builtins.{name}")
        return altered

    def _changes(self) -> Iterator[tuple[Any, str, Any]]:
        for owner, kept in self._kept:
            now = vars(owner)
            for name, value in kept.items():
                if now.get(name) is not value and _counts(value):
                    yield owner, name, value


def _owners() -> Iterator[Any]:
    """Yield the modules that the checks rely on, and chainrule's classes."""
    for name, module in list(sys.modules.items()):
        root = name.partition(".")[0]
        if root in _WATCHED and type(module) is ModuleType:
            yield module
            if root == "chainrule":
                for value in list(vars(module).values()):
                    if isinstance(value, type) and value.__module__ == name:
                        yield value


def _counts(value: Any) -> bool:
    """Say whether this may not change: functions, classes and methods, but no data."""
    return callable(value) or isinstance(value, property | classmethod | staticmethod)


def _name(owner: Any) -> str:
    return f"{owner.__module__}.{owner.__name__}" if isinstance(owner, type) else owner.__name__
