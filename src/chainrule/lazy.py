"""Names of a package that are loaded when they are first asked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class LazyNames(NamedTuple):
    """What a package assigns, to load its names lazily.

    Attributes
    ----------
    home_of : dict of str to str
        The module of each name.
    getattr, dir : callable
        The package's `__getattr__` and `__dir__`.
    """

    home_of: dict[str, str]
    getattr: Callable[[str], Any]
    dir: Callable[[], list[str]]


def lazy_names(package: str, homes: Mapping[str, str]) -> LazyNames:
    """Return the functions that load a package's names.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    homes : mapping of str to str
        For each module its names, with spaces between.
    """
    home_of = {name: home for home, names in homes.items() for name in names.split()}

    def load(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(home_of[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home_of})

    return LazyNames(home_of, load, names)
