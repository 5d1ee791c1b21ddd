"""Learner files made from the solutions, and what is found in them, without a process."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from chainrule.course.chapters import get_chapter
from chainrule.course.checks import CHECKS  # noqa: F401  # before any learner's file
from chainrule.course.checks.learner import Learner
from chainrule.course.running import check_step, load_module


def changed(chapter, *changes):
    """Return the chapter's solution with lines exchanged; each has to be there exactly once."""
    text = get_chapter(chapter).solution
    for old, new in changes:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


def looked_at(chapter, source):
    """Return by step what is found in a learner's file, run in this process."""
    chapter = get_chapter(chapter)
    known = set(sys.modules)
    try:
        with TemporaryDirectory() as folder:
            file = Path(folder) / chapter.file
            file.write_text(source, encoding="utf-8")
            learner = Learner(load_module(file), file.name)
            results = [check_step(chapter, step, learner) for step in chapter.steps]
    finally:
        for name in set(sys.modules) - known:
            if name.startswith(chapter.file.removesuffix(".py")):
                del sys.modules[name]
    return {result["key"]: result for result in results if result is not None}


def keys(results):
    """Return the keys of all findings, by step."""
    return {
        step: [finding["key"] for finding in result["findings"]]
        for step, result in results.items()
        if result["findings"]
    }
