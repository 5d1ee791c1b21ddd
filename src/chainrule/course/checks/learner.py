"""Look up functions and classes in a learner's module."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from types import ModuleType
from typing import Any

from chainrule.catalog import nearest
from chainrule.course.checks.findings import found_anywhere
from chainrule.diagnosis.book.chapters.any_file import FILE
from chainrule.diagnosis.sources import is_unwritten


class NotThereError(Exception):
    """A name needed by the check is missing, or names another kind of object."""

    def __init__(self, key: str, seen: str = "", **named: str) -> None:
        self.finding = found_anywhere(FILE, key, seen, **named)
        super().__init__(self.finding.title)


class NotYetError(Exception):
    """A step depends on an earlier step which is not right yet."""


class Learner:
    """A learner's module, and the steps found right so far.

    Parameters
    ----------
    module : module
        The learner's file, already run.
    file : str
        The name of the file.

    Attributes
    ----------
    right : set of str
        The keys of the steps found right so far.
    """

    def __init__(self, module: ModuleType, file: str) -> None:
        self.module = module
        self.file = file
        self.right: set[str] = set()

    def get(self, name: str) -> Any:
        """Return the object called `name` in the file.

        Raises
        ------
        NotThereError
            If the name is missing. The other methods also raise it for another kind of object.
        """
        names = vars(self.module)
        if name in names:
            return names[name]
        own = [known for known in names if not known.startswith("_")]
        hint = nearest(name, own).lstrip("; ")
        raise NotThereError("name-missing", hint, name=name, file=self.file)

    def function(self, name: str) -> Callable[..., Any]:
        """Return a function, or another callable, of the file."""
        value = self.get(name)
        if not callable(value):
            raise NotThereError("not-callable", f"it is a {type(value).__name__}", name=name)
        _require_written(value, name)
        return value

    def kind(self, name: str) -> type:
        """Return a class of the file."""
        value = self.get(name)
        if not isinstance(value, type):
            raise NotThereError("not-a-class", f"it is a {type(value).__name__}", name=name)
        return value

    def method(self, owner: str, name: str) -> Callable[..., Any]:
        """Return a method of an object or class of the file."""
        value = getattr(self.get(owner), name, None)
        if not callable(value):
            raise NotThereError("method-missing", owner=owner, name=name)
        _require_written(value, name)
        return value


def printed_by_fit(model: Any, *arguments: Any) -> str:
    """Call a network's `fit` and return the printed text."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        model.fit(*arguments)
    return printed.getvalue()


def _require_written(function: Callable[..., Any], name: str) -> None:
    if is_unwritten(function):
        raise NotThereError("unfinished", "it does nothing yet", name=name)
