"""Turn the answers and the end of a child process into a verdict.

A file is right only if every step of its chapter was reported right, the end of the check was
reported, and the process then exited by itself with code 0.
"""

from __future__ import annotations

import contextlib
import re
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chainrule.course.chapters import Chapter
from chainrule.course.exceptions import numbered
from chainrule.course.verdict import StepResult, Verdict, all_steps, step_result
from chainrule.diagnosis import Finding
from chainrule.diagnosis.failures import shortened


@dataclass
class Transcript:
    """What a child process wrote and how it ended.

    Attributes
    ----------
    messages : list of dict
        The answers, which carried the secret token.
    rest : str
        Other output on the answers' pipe: the traceback of a crash or of a timeout.
    printed : str
    code : int
        The exit code; negative for a signal.
    killed : bool
        Whether the parent killed the process.
    """

    messages: list[dict[str, Any]] = field(default_factory=list)
    rest: str = ""
    printed: str = ""
    code: int = 0
    killed: bool = False


def verdict_of(
    chapter: Chapter,
    file: Path,
    source: bytes,
    transcript: Transcript,
    *,
    limit: float,
    seconds: float,
) -> Verdict:
    """Return the verdict on a file from the transcript of its check.

    Parameters
    ----------
    chapter : Chapter
    file : Path
    source : bytes
        The file's content before the run.
    transcript : Transcript
    limit : float
        The time limit in seconds.
    seconds : float
        The time taken.
    """
    steps: list[StepResult] = []
    trouble: Finding | None = None
    ended = False
    for message in transcript.messages:
        if "step" in message:
            steps.append(step_result(chapter, message["step"]))
        elif "trouble" in message:
            trouble = Finding(**message["trouble"])
        ended = ended or "end" in message
    if trouble is None and not (ended and transcript.code == 0):
        trouble = _not_ended(chapter, _line(file.name, source, transcript.rest), limit, transcript)
    return Verdict(
        chapter=chapter.name,
        file=file.name,
        steps=all_steps(chapter, steps),
        trouble=trouble,
        notes=tuple(message["note"] for message in transcript.messages if "note" in message),
        printed=transcript.printed,
        seconds=seconds,
    )


def _not_ended(chapter: Chapter, line: str, limit: float, transcript: Transcript) -> Finding:
    """Return the finding for a check that did not reach its end."""
    if not any("begin" in message for message in transcript.messages):
        return _not_started(transcript)
    while_doing = _while_doing(chapter, transcript)
    seen = f"it was at {line}" if line else ""
    out_of_time = "Timeout (" in transcript.rest or transcript.code == -getattr(
        signal, "SIGXCPU", 0
    )
    if transcript.killed or out_of_time:
        return Finding(
            "time", f"{while_doing} had not ended after {limit:g} s", "", seen,
            "a loop needs an end; a check needs far less than a second", line,
        )  # fmt: skip
    if transcript.code in (-9, -15):
        return Finding(
            "killed", f"the process was killed in {while_doing} ({_signal(transcript)})", "", "",
            "if the file needs much memory, that may be why", "",
        )  # fmt: skip
    if transcript.code < 0 or _FATAL.search(transcript.rest):
        return Finding(
            "crash", f"Python crashed ({_signal(transcript)}) in {while_doing}", "", seen, "", line
        )
    return Finding(
        "ended", f"the process ended in {while_doing}, before the check was over", "",
        f"exit code {transcript.code}",
        "nothing in the file may end the process (os._exit) or close its files", "",
    )  # fmt: skip


_FATAL = re.compile(r"(?:Fatal Python error|Windows fatal exception): (.+)")


def _not_started(transcript: Transcript) -> Finding:
    """Return the finding for a failure before the learner's file ran: no fault of the file."""
    lines = (transcript.printed.strip() or transcript.rest.strip()).splitlines()
    seen = "it did not begin in time" if transcript.killed else f"exit code {transcript.code}"
    if lines:
        seen += f"; the last it said: {shortened(lines[-1].strip())}"
    return Finding(
        "not-started", "the check itself could not start", "", seen,
        "the file has no part in it; a busy machine or too tight a limit may have", "",
    )  # fmt: skip


def _while_doing(chapter: Chapter, transcript: Transcript) -> str:
    begun = [message["begin"] for message in transcript.messages if "begin" in message]
    titles = {step.key: step.title for step in chapter.steps}
    return titles.get(begun[-1], "the file") if begun else "the file"


def _signal(transcript: Transcript) -> str:
    fatal = _FATAL.search(transcript.rest)
    if fatal:
        return fatal[1].strip().lower()
    with contextlib.suppress(ValueError):
        return signal.Signals(-transcript.code).name
    return f"code {transcript.code}"


_FRAME = re.compile(r'^ *File "(?P<file>.+)", line (?P<line>\d{1,9}) in ', re.MULTILINE)


def _line(name: str, source: bytes, rest: str) -> str:
    """Return the learner's line in the innermost frame of a dumped traceback."""
    dumped = name.encode("ascii", "backslashreplace").decode()  # as faulthandler writes it
    for frame in _FRAME.finditer(rest):
        if frame["file"] == dumped:
            number = int(frame["line"])
            lines = re.split(r"\r\n|\r|\n", source.decode("utf-8-sig", errors="replace"))
            return numbered(number, "".join(lines[number - 1 : number]))
    return ""
