"""An import hook for the modules of the course's scripts, wherever a learner's file lies.

The hook comes last: a module beside the file, or an installed module, takes precedence.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

from chainrule.course.folder import given_files


class GivenModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finder and loader of `activations`, `layers`, `utils`, `perceptron` and `data`."""

    def __init__(self) -> None:
        self._texts = {
            name.removesuffix(".py"): text
            for name, text in given_files().items()
            if name.endswith(".py")
        }

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of a given module, else None."""
        if path is not None or fullname not in self._texts:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module's text."""
        name = module.__name__
        exec(compile(self._texts[name], f"<given {name}.py>", "exec"), module.__dict__)


def put_given_modules_at_hand() -> None:
    """Append the finder of given modules to `sys.meta_path`."""
    sys.meta_path.append(GivenModules())
