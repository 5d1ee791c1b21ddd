"""Something to do once several modules are imported, in whichever order and whenever that is.

skl2onnx looks converters up in its own tables, and asks nobody. To import it only to fill them
would cost seconds; not to fill them until the user says so is a line that everybody forgets.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType


def after_imports(names: Sequence[str], do: Callable[[], None]) -> None:
    """Call `do` once all modules are imported: now, if they are.

    Parameters
    ----------
    names : sequence of str
        Nothing of them is imported here, and a look for their specs is not an import.
    do : callable
    """
    missing = next((name for name in names if name not in sys.modules), None)
    if missing is None:
        do()
    else:
        sys.meta_path.insert(0, _Watch(missing, lambda: after_imports(names, do)))


class _Watch:
    """A finder that leaves finding to the others, and hears when one module is imported."""

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self._name, self._then = name, then

    def find_spec(
        self, name: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that the other finders have for the module; None for other modules."""
        if name != self._name:
            return None
        others = (finder for finder in sys.meta_path if not isinstance(finder, _Watch))
        specs = (finder.find_spec(name, path, target) for finder in others)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and spec.loader is not None:
            self._hear_of(spec.loader)
        return spec

    def _hear_of(self, loader: Any) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            if module.__name__ == self._name and self in sys.meta_path:  # a loader may be shared
                sys.meta_path.remove(self)
                loader.exec_module = execute
                self._then()

        loader.exec_module = exec_module
