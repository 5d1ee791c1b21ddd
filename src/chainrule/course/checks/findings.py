"""What is found in a learner's file, in the book's words and with the line to look at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chainrule.diagnosis import Finding
from chainrule.diagnosis.book import found, get_mistake
from chainrule.diagnosis.sources import line_of

Owner = tuple[Any, str]
"""A module or class, and the name of the function in it whose source is shown."""


def found_in(owner: Owner, where: str, key: str, seen: str, **named: object) -> Finding:
    """Return what is found in a function of a known chapter."""
    return found(where, key, seen, line_of(*owner, get_mistake(where, key).words), **named)


def found_anywhere(
    where: str, key: str, seen: str = "", line: str = "", quantity: str = "", **named: str
) -> Finding:
    """Return what is found in any file or function; the names stand in what is right, too."""
    finding = found(where, key, seen, line, quantity=quantity, **named)
    return replace(finding, quantity=quantity, right=finding.right.format(**named))
