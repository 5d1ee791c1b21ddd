"""Run a learner's file and check its steps, inside the child process.

The checks are imported, and the functions they use recorded, before the learner's file runs. Each
result is reported at once: a crash in one step loses no earlier result. A file counts as checked
only if `run_checks` reached its last line.
"""

from __future__ import annotations

import io
import linecache
import sys
import tokenize
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from chainrule.course.chapters import Chapter, ChapterStep
from chainrule.course.checks import CHECKS
from chainrule.course.checks.learner import Learner, NotThereError, NotYetError
from chainrule.course.exceptions import WHOLE_FILE, explained
from chainrule.course.integrity import Integrity
from chainrule.diagnosis import Finding
from chainrule.diagnosis.failures import shortened

Tell = Callable[[dict[str, Any]], None]
_RESERVE = 16 * 2**20  # bytes, freed when memory runs out, to report the error
_LONGEST = 1000  # characters of a text in a finding


def run_checks(chapter: Chapter, file: Path, tell: Tell) -> None:
    """Import a learner's file, check each step of the chapter, and report the results.

    Parameters
    ----------
    chapter : Chapter
    file : Path
    tell : callable
        Called with one dict per message: begin, trouble, note, step, and at last end.
    """
    try:
        integrity, reserve = Integrity(), [bytes(_RESERVE)]
    except MemoryError:
        tell({"trouble": asdict(_NO_ROOM)})
        return
    tell({"begin": ""})
    try:
        module = load_module(file)
    except BaseException as error:
        reserve.clear()
        tell({"trouble": as_plain(explained(error, file.name, WHOLE_FILE))})
        return
    if not "".join(linecache.getlines(file.name)).strip():
        tell({"trouble": asdict(_EMPTY)})
        return
    for name in integrity.restore():
        tell({"note": f"the file replaces {name}; the check goes on with the original"})
    learner = Learner(module, file.name)
    for step in chapter.steps:
        tell({"begin": step.key})
        result = check_step(chapter, step, learner)
        if result is not None:
            tell({"step": result})
    altered = integrity.restore()
    if altered:
        tell({"trouble": asdict(_cannot_trust(altered))})
        return
    tell({"end": True})


_NO_ROOM = Finding(
    "not-started", "the check itself could not start", "", "there is too little memory for it",
    "the file has no part in it: give a larger --memory-limit", "",
)  # fmt: skip
_EMPTY = Finding(
    "empty", "the file is empty", "", "", "chainrule course reset puts the starter file back", ""
)


def _cannot_trust(altered: list[str]) -> Finding:
    return Finding(
        "replaced",
        f"the file replaces {altered[0]} while it is checked, so no result can be trusted",
        "", ", ".join(altered[:8]), "leave NumPy and Python as they are", "",
    )  # fmt: skip


def load_module(file: Path, *, as_main: bool = False) -> ModuleType:
    """Execute a learner's file and return its module.

    The code is compiled under the bare file name, for the lines in findings. Code under
    ``if __name__ == "__main__":`` is run only `as_main`.
    """
    source = _decoded(file.read_bytes())
    code = compile(source, file.name, "exec", dont_inherit=True)
    name = file.stem if file.stem not in sys.modules else f"{file.stem} of the learner"
    name = "__main__" if as_main else name
    module = ModuleType(name)
    module.__file__ = str(file)
    sys.modules[name] = module
    lines = source.splitlines(keepends=True)
    linecache.cache[file.name] = len(source), None, lines, file.name
    exec(code, module.__dict__)
    return module


def _decoded(source: bytes) -> str:
    """Decode source as Python does: as UTF-8, or by the declaration in the first lines."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return io.TextIOWrapper(io.BytesIO(source), encoding).read()


def check_step(chapter: Chapter, step: ChapterStep, learner: Learner) -> dict[str, Any] | None:
    """Return a step's result as plain data; None if earlier steps must be right first."""
    findings: list[Finding] = []
    remarks: list[str] = []
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for said in CHECKS[chapter.name][step.key](learner):
                remarks.append(said) if isinstance(said, str) else findings.append(said)
    except NotYetError:
        return None
    except NotThereError as missing:
        findings.append(missing.finding)
    except BaseException as error:  # a file may raise SystemExit, too
        findings.append(explained(error, learner.file, step.title))
    if not findings:
        learner.right.add(step.key)
    return {
        "key": step.key,
        "findings": [as_plain(finding) for finding in findings],
        "remarks": [shortened(remark, _LONGEST) for remark in remarks],
    }


def as_plain(finding: Finding) -> dict[str, str]:
    """Return a finding as a dict, with long texts shortened."""
    return {name: shortened(text, _LONGEST) for name, text in asdict(finding).items()}
