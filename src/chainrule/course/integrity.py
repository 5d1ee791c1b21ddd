"""Detect and undo a learner's changes to NumPy, Python and chainrule.

The checks compute with NumPy in the same process as the learner's file. A file that replaces
`np.allclose` would judge itself. The checks' functions and classes are therefore recorded before
the file runs, restored after its import, and compared again at the end of the check.
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
    """A record of functions and classes by name."""

    def __init__(self) -> None:
        self._kept = [(owner, dict(vars(owner))) for owner in _owners()]
        self._builtins, self._kept_builtins = vars(builtins), dict(vars(builtins))

    def restore(self) -> list[str]:
        """Restore everything and return the names of altered objects: ``["numpy.allclose"]``."""
        altered = self._restore_builtins()
        for owner, name, value in list(self._changes()):
            setattr(owner, name, value)
            altered.append(f"{_name(owner)}.{name}")
        return altered

    def _restore_builtins(self) -> list[str]:
        """Restore Python's builtins first, without calling any builtin."""
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
    """Yield the modules used by the checks, and chainrule's classes."""
    for name, module in list(sys.modules.items()):
        root = name.partition(".")[0]
        if root in _WATCHED and type(module) is ModuleType:
            yield module
            if root == "chainrule":
                for value in list(vars(module).values()):
                    if isinstance(value, type) and value.__module__ == name:
                        yield value


def _counts(value: Any) -> bool:
    """Return True for objects that must not change: callables and properties, no data."""
    return callable(value) or isinstance(value, property | classmethod | staticmethod)


def _name(owner: Any) -> str:
    return f"{owner.__module__}.{owner.__name__}" if isinstance(owner, type) else owner.__name__
