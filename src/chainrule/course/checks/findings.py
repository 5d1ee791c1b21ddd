"""Findings in a learner's file, worded by the book of mistakes, with the line to look at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chainrule.diagnosis import Finding
from chainrule.diagnosis.book import found, get_mistake
from chainrule.diagnosis.sources import line_of

Owner = tuple[Any, str]
"""A module or class, and the name of its function whose source is shown."""


def found_in(owner: Owner, where: str, key: str, seen: str, **named: object) -> Finding:
    """Return a finding in a function of a known chapter."""
    return found(where, key, seen, line_of(*owner, get_mistake(where, key).words), **named)


def found_anywhere(
    where: str, key: str, seen: str = "", line: str = "", quantity: str = "", **named: str
) -> Finding:
    """Return a finding that any file or function may have; `named` fills all its texts."""
    finding = found(where, key, seen, line, quantity=quantity, **named)
    return replace(finding, quantity=quantity, right=finding.right.format(**named))
