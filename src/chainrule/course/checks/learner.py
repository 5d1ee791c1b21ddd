"""A learner's module, asked for the functions and classes that a chapter wants."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from chainrule.catalog import nearest
from chainrule.diagnosis import Finding


class NotThereError(Exception):
    """A name that the check needs is missing, or is something else."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.title)
        self.finding = finding


class NotYetError(Exception):
    """A step cannot be looked at before those that it builds on are right."""


class Learner:
    """What a learner has written.

    Parameters
    ----------
    module : module
        Their file, run from the first line to the last.
    file : str
        Its name.

    Attributes
    ----------
    right : set of str
        The keys of the steps that have been found right so far.
    """

    def __init__(self, module: ModuleType, file: str) -> None:
        self.module = module
        self.file = file
        self.right: set[str] = set()

    def get(self, name: str) -> Any:
        """Return what the file calls `name`.

        Raises
        ------
        NotThereError
            If it has no such name.
        """
        names = vars(self.module)
        if name in names:
            return names[name]
        own = [known for known in names if not known.startswith("_")]
        hint = nearest(name, own).lstrip("; ")
        raise NotThereError(
            Finding(
                "name-missing",
                f"{self.file} has no `{name}`",
                "",
                hint,
                f"the check looks for the name `{name}`, as in the starter file",
                "",
            )
        )

    def function(self, name: str) -> Callable[..., Any]:
        """Return something that can be called.

        Raises
        ------
        NotThereError
            If there is none of that name.
        """
        found = self.get(name)
        if not callable(found):
            raise NotThereError(
                Finding(
                    "not-callable",
                    f"`{name}` cannot be called",
                    "",
                    f"it is a {type(found).__name__}",
                    f"def {name}(…):",
                    "",
                )
            )
        return found

    def kind(self, name: str) -> type:
        """Return a class.

        Raises
        ------
        NotThereError
            If there is none of that name.
        """
        found = self.get(name)
        if not isinstance(found, type):
            raise NotThereError(
                Finding(
                    "not-a-class",
                    f"`{name}` is no class",
                    "",
                    f"it is a {type(found).__name__}",
                    f"class {name}:",
                    "",
                )
            )
        return found

    def method(self, owner: str, name: str) -> Callable[..., Any]:
        """Return a method of an object or class of the file.

        Raises
        ------
        NotThereError
            If there is no such object, or it has no such method.
        """
        found = getattr(self.get(owner), name, None)
        if not callable(found):
            raise NotThereError(
                Finding(
                    "method-missing",
                    f"`{owner}` has no method `{name}`",
                    "",
                    "",
                    f"def {name}(self, …):",
                    "",
                )
            )
        return found
