"""The first lines of docstrings name their nouns instead of pointing at them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import chainrule

VAGUE = re.compile(r"\b(?:it|its|that|those|ones?|what|which|so|this|them|they)\b", re.IGNORECASE)
MOST = {"course": 0, "tracing": 0, "diagnosis": 0, "gradients": 0,
        "cli": 0, "models": 0, "reports": 0, "tables": 0, "training": 0,
        "play": 0, "saving": 0, "estimators": 0, "exports": 0, "checkpoints": 0,
        "comparing": 0}  # fmt: skip
"""First lines with three or more vague words, by package: lower a number, never raise it."""


def first_lines(package):
    """Yield the place and the first line of each docstring of a package."""
    root = Path(chainrule.__file__).parent
    for file in sorted((root / package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                line = (ast.get_docstring(node) or "").partition("\n")[0]
                yield f"{file.relative_to(root)}:{getattr(node, 'lineno', 1)}", line


def is_vague(line):
    return len(VAGUE.findall(line)) >= 3


def test_vague_lines_are_told_from_clear_ones():
    assert is_vague("Return what it was made of: another one is what this was.")
    assert not is_vague("Return the arguments that it was given.")
    assert not is_vague("Return the number of rows.")


@pytest.mark.parametrize("package", MOST)
def test_first_lines_of_docstrings_name_their_nouns(package):
    lines = list(first_lines(package))
    vague = [f"{place}: {line}" for place, line in lines if is_vague(line)]
    assert sum(map(bool, (line for _, line in lines))) > 10
    assert len(vague) <= MOST[package], "\n".join(vague)
