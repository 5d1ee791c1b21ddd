"""Files put together from hostile pieces: always an answer, never a false "right", nothing left.

The suite tries a few. ``CHAINRULE_FUZZ=500 python -m pytest tests/course/test_hostile_files.py``
tries so many others, drawn anew every time (about a second and a half each).
"""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest import mock

import pytest
from course.composing import (
    ENDS,
    HARMLESS,
    MISTAKES,
    PIECES,
    RAISES,
    REACHED,
    Placed,
    composed,
)
from course.writing import keys, looked_at
from hypothesis import HealthCheck, Phase, example, given, note, settings
from hypothesis import strategies as st

from chainrule.cli.app import run
from chainrule.course import folder as course_folder
from chainrule.course import sandbox
from chainrule.course.chapters import get_chapter

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="looks for what was left running in /proc"
)
_MANY = int(os.environ.get("CHAINRULE_FUZZ", "0"))
fuzzing = settings(
    max_examples=_MANY or 5,
    derandomize=not _MANY,
    phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if _MANY else [])],
    suppress_health_check=list(HealthCheck),  # a check takes a second, and that is well
)
LIMIT, GRACE = 1.0, 0.5  # seconds; a file that ignores every signal has none to lose
NO_ANSWER = 90.0  # seconds, far beyond what a busy machine needs to start Python


class Answer(NamedTuple):
    """What a check came to: exit code, JSON, the pieces that were reached, who is still there."""

    code: int
    said: dict
    reached: list[str]
    left: list[int]

    @property
    def key(self):
        return self.said["trouble"] and self.said["trouble"]["key"]


def answer_to(chapter, source):
    """Check a file as the command does it, in a course's folder."""
    sessions, chapter = [], get_chapter(chapter)

    class Noted(subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            sessions.append(self.pid)

    with TemporaryDirectory() as name:
        course_folder.start_chapter(Path(name), chapter)
        (Path(name) / chapter.file).write_text(source, encoding="utf-8")
        arguments = ["course", "check", chapter.name, "--folder", name, "--json"]
        with (
            mock.patch.object(sandbox, "_GRACE", GRACE),
            mock.patch.object(sandbox.subprocess, "Popen", Noted),
        ):
            code, said = answered([*arguments, "--time-limit", str(LIMIT)])
        reached = Path(name) / REACHED
        names = reached.read_text().splitlines() if reached.exists() else []
    return Answer(code, json.loads(said), names, alive(sessions))


def answered(arguments):
    """Run the command in a thread: one that never comes back fails the test, not the suite."""
    codes, out = [], io.StringIO()

    thread = threading.Thread(target=lambda: codes.append(run(arguments)), daemon=True)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        thread.start()
        thread.join(NO_ANSWER)
    assert codes, f"no answer after {NO_ANSWER} s"
    return codes[0], out.getvalue()


def alive(sessions, patience=5.0):
    """Return and end the processes that are left of these sessions.

    What was killed is still seen until the system has come to it: on a busy machine a moment.
    """
    give_up = time.monotonic() + patience
    while (found := running_of(sessions)) and time.monotonic() < give_up:
        time.sleep(0.02)
    for number in found:
        with contextlib.suppress(OSError):
            os.kill(number, signal.SIGKILL)
    return found


def running_of(sessions):
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
            if int(session) in sessions and state not in "ZX":
                found.append(int(stat.parent.name))
    return found


def require(chapter, pieces, *, wrong):
    """Check a file and hold what comes to what its pieces allow."""
    source = composed(chapter, pieces, wrong=wrong)
    answer = answer_to(chapter, source)
    note(f"{chapter}, {'wrong' if wrong else 'right'}, {pieces}: {answer}")
    passed = answer.code == 0
    assert answer.said["passed"] is passed
    assert answer.code in (0, 1)
    assert answer.left == []
    assert not (wrong and passed)
    effects = {PIECES[name].effect for name in answer.reached}
    assert not (effects & {ENDS, RAISES} and passed)
    if not wrong and all(PIECES[one.name].effect == HARMLESS for one in pieces):
        assert passed or answer.key in ("time", "not-started")
    return answer


pieces = st.builds(
    Placed,
    st.sampled_from(sorted(PIECES)),
    st.integers(0, 9),
    st.sampled_from([1, 1, 2, 7, 40]),
)


def alone(name, chapter="loss", **options):
    return example(chapter=chapter, pieces=(Placed(name, **options),), wrong=False)


@alone("a pipe in its place")
@alone("a pipe as progress")
@alone("a copy without pipes", chapter="training", place=3)
@fuzzing
@given(
    chapter=st.sampled_from(sorted(MISTAKES)),
    pieces=st.lists(pieces, min_size=1, max_size=3).map(tuple),
    wrong=st.booleans(),
)
def test_there_is_an_answer_and_no_false_right(chapter, pieces, wrong):
    require(chapter, pieces, wrong=wrong)


# What these tests stand on ---------------------------------------------------------------------


@pytest.mark.parametrize("chapter", MISTAKES)
def test_a_mistake_is_one_and_every_place_can_be_written_at(chapter):
    placed = tuple(Placed("prints a verdict", place, 10**6) for place in range(12))
    assert not keys(looked_at(chapter, composed(chapter, placed, wrong=False)))
    assert keys(looked_at(chapter, composed(chapter, placed, wrong=True)))


def test_every_piece_is_python():
    for name, piece in PIECES.items():
        compile(piece.code, name, "exec")


def test_a_process_that_is_left_is_seen_and_ended():
    left = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE,
                            start_new_session=True)  # fmt: skip
    with left:
        assert alive([left.pid], patience=0) == [left.pid]
        assert left.wait() == -signal.SIGKILL
    assert alive([left.pid]) == []
