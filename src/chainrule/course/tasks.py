"""What the child process can do with a learner's file: check, run, or train with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chainrule.course.chapters import get_chapter
from chainrule.course.driving import train_with
from chainrule.course.main_part import run_main
from chainrule.course.running import Tell, run_checks

Alarm = Callable[[], None]
Task = Callable[[Mapping[str, Any], Path, Tell, Alarm], None]
"""A task gets the request, the learner's file, a way to answer, and a way to set the time anew."""


def _check(request: Mapping[str, Any], file: Path, tell: Tell, alarm: Alarm) -> None:
    run_checks(get_chapter(request["chapter"]), file, tell)


def _run(request: Mapping[str, Any], file: Path, tell: Tell, alarm: Alarm) -> None:
    run_main(file, tell)


TASKS: dict[str, Task] = {"check": _check, "run": _run, "train": train_with}
"""The tasks by the name in the request."""
