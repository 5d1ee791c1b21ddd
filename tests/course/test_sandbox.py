"""Whatever a learner's file does, there is an answer, and a wrong file is never right."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from chainrule.course import running, sandbox
from chainrule.course.chapters import get_chapter
from chainrule.course.outcome import Transcript, verdict_of
from chainrule.course.running import run_checks
from chainrule.course.sandbox import Limits, check_file
from chainrule.course.verdict import step_result

LOSS = get_chapter("loss")
RIGHT = LOSS.solution
IN_D_LOSS = "return (y_hat - y) / (y_hat * (1 - y_hat))"
SHORT = Limits(seconds=1, memory=700)
posix = pytest.mark.skipif(os.name != "posix", reason="limits and signals are those of POSIX")


@pytest.fixture
def checked(tmp_path):
    def check(source, limits=None):
        file = tmp_path / "loss.py"
        file.write_bytes(source if isinstance(source, bytes) else source.encode())
        return check_file(LOSS, file, limits)

    return check


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Run a file in this process: for what cannot hurt it."""
    monkeypatch.setattr(sys, "modules", dict(sys.modules))

    def tell(source):
        file = tmp_path / "loss.py"
        file.write_bytes(source if isinstance(source, bytes) else source.encode())
        messages = []
        run_checks(LOSS, file, messages.append)
        return messages

    return tell


def in_d_loss(line):
    assert RIGHT.count(IN_D_LOSS) == 1
    return RIGHT.replace(IN_D_LOSS, f"{line}\n    {IN_D_LOSS}")


def test_a_right_file_is_right(checked):
    verdict = checked(RIGHT + "print('σ' * 3)\n")
    assert verdict.passed
    assert verdict.printed == "σσσ\n"
    assert [step.state for step in verdict.steps] == ["right"] * 3
    assert verdict.as_json()["passed"] is True


# Files that end too early ----------------------------------------------------------------------


@pytest.mark.parametrize(("source", "key", "said"), [
    ("import os; os._exit(0)", "ended", "before the check was over"),
    (f"{RIGHT}\nimport os; os._exit(0)", "ended", "before the check was over"),
    (in_d_loss("import os; os._exit(0)"), "ended", "ended in d_loss"),
    (in_d_loss("import os; os.closerange(0, 100)"), "ended", "ended in d_loss"),
    ("import sys; sys.exit(0)", "exits", "ends the program"),
    ("answer = input('?')", "asks", "waits for an answer with input()"),
])  # fmt: skip
def test_a_file_that_does_not_run_to_its_end_never_passes(checked, source, key, said):
    verdict = checked(source)
    assert not verdict.passed
    assert verdict.trouble.key == key
    assert said in verdict.trouble.title


@posix
def test_steps_before_a_crash_are_not_lost(checked):
    verdict = checked(in_d_loss("import ctypes; ctypes.string_at(0)"))
    assert not verdict.passed
    assert [step.state for step in verdict.steps] == ["right", "not reached", "not reached"]
    assert verdict.trouble.key == "crash"
    assert verdict.trouble.line == "line 11: import ctypes; ctypes.string_at(0)"


def test_what_is_printed_is_never_taken_for_an_answer(checked):
    forged = (
        "import os\n"
        "for place in range(1, 20):\n"
        "    try: os.write(place, b'{\"end\": true}\\n' * 3)\n"
        "    except OSError: pass\n"
        "os._exit(0)\n"
    )
    verdict = checked(forged)
    assert not verdict.passed
    assert verdict.trouble.key == "ended"


# Files that do not end, or take too much -------------------------------------------------------


STUBBORN = """
import faulthandler, signal
faulthandler.cancel_dump_traceback_later()
for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    try:
        while True: pass
    except BaseException: pass
"""


_GRACE = {False: sandbox._GRACE, True: 0.2}  # a file that ignores every signal has none to lose


@pytest.mark.parametrize("source", ["while True: pass", "while True: print('x' * 999)", STUBBORN])
def test_an_endless_file_is_ended(checked, source, monkeypatch):
    monkeypatch.setattr(sandbox, "_GRACE", _GRACE[source == STUBBORN])
    verdict = checked(source, SHORT)
    assert not verdict.passed
    assert verdict.trouble.title == "the file had not ended after 1 s"
    assert len(verdict.printed) < 30_000
    assert source != "while True: pass" or verdict.trouble.line == f"line 1: {source}"


def test_an_endless_loop_in_a_function_is_found(checked):
    """With its line as it ran, whatever the file has become by then."""
    other = "print('seen'); open(__file__, 'w').write('other = 1\\n' * 99)"
    verdict = checked(f"{other}\n{in_d_loss('while True: y_hat = y_hat')}", SHORT)
    assert verdict.trouble.title == "d_loss(y_hat, y) had not ended after 1 s"
    assert verdict.trouble.line == "line 12: while True: y_hat = y_hat"
    assert verdict.steps[0].state == "right"
    assert verdict.printed == "seen\n"


def test_a_line_is_found_whatever_the_file_is_called(tmp_path):
    file, source = tmp_path / "übung ✓.py", b"import faulthandler\nfaulthandler.dump_traceback(out)"
    with (tmp_path / "out").open("w+b") as out:
        exec(compile(source, file.name, "exec"), {"out": out})
        out.seek(0)
        transcript = Transcript(
            [{"begin": ""}], f"Timeout (0:00:10)!\n{out.read().decode()}", code=1
        )
    verdict = verdict_of(LOSS, file, source, transcript, limit=10.0, seconds=1.0)
    assert verdict.trouble.line == "line 2: faulthandler.dump_traceback(out)"


def test_what_a_file_puts_among_the_answers_is_kept_in_part_with_its_end():
    told = SimpleNamespace(kept=b'File "' * 100_000 + b"\nTimeout (0:00:10)!\n")
    transcript = sandbox._transcript(
        "secret", told, SimpleNamespace(kept=b"", more=False), 1, False
    )
    assert len(transcript.rest) <= 20_000
    assert transcript.rest.endswith("Timeout (0:00:10)!")


@pytest.mark.skipif(sys.platform != "linux", reason="where the kernel ends it with its parent")
def test_a_check_ends_with_the_command_that_started_it(tmp_path):
    tell = "import os\nopen('mine', 'w').write(str(os.getpid()))\nos.rename('mine', 'number')\n"
    wait = "import faulthandler, time\nfaulthandler.cancel_dump_traceback_later()\ntime.sleep(9999)"
    (tmp_path / "loss.py").write_text(tell + wait)
    code = (
        "from pathlib import Path\n"
        "from chainrule.course.chapters import get_chapter\n"
        "from chainrule.course.sandbox import check_file\n"
        "check_file(get_chapter('loss'), Path('loss.py'))\n"
    )
    command = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
    try:
        until((tmp_path / "number").exists)
        stat = Path("/proc", (tmp_path / "number").read_text(), "stat")
        assert stat.exists()
    finally:
        command.kill()
        command.wait()
    until(lambda: not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z")


def until(happened):
    """Wait for it, but not for ever."""
    for _ in range(2400):
        if happened():
            return
        time.sleep(0.025)
    raise AssertionError("it does not happen")


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not limit memory")
def test_memory_is_limited(checked):
    verdict = checked("import itertools\nlist(itertools.count())", Limits(10, 300))
    assert verdict.trouble.key == "memory"
    assert verdict.trouble.line == "line 2: list(itertools.count())"


def test_what_is_left_running_is_left_behind(checked):
    left = (
        "\nimport atexit, sys, threading, time\n"
        "threading.Thread(target=time.sleep, args=(100,)).start()\n"
        "atexit.register(time.sleep, 100)\n"
        "sys.stdout = sys.stderr = None\n"
    )
    assert checked(RIGHT + left).passed


# Files that reach out --------------------------------------------------------------------------


@posix
def test_there_is_no_network_and_no_other_process(checked):
    reaching = """
import os, socket, subprocess, multiprocessing, urllib.request

def tried(what):
    try:
        print(what())
    except OSError as error:
        print(type(error).__name__, error)

tried(lambda: socket.create_connection(("127.0.0.1", 9), 1))
tried(lambda: socket.getaddrinfo("localhost", 80))
tried(lambda: urllib.request.urlopen("http://course.invalid/loss.py", timeout=1))
tried(os.fork)
tried(multiprocessing.Process(target=print).start)
tried(lambda: os.execv("/bin/true", ["true"]))
tried(lambda: os.kill(os.getppid(), 9))
tried(lambda: os.system("wget https://course.invalid/loss.py"))
tried(lambda: subprocess.run(["wget", "x"], capture_output=True, text=True))
tried(lambda: subprocess.call("wget x", shell=True))
"""
    verdict = checked(RIGHT + reaching)
    assert verdict.passed
    lines = verdict.printed.splitlines()
    assert sum("no network" in line for line in lines) == 3
    assert sum("starts no other processes" in line for line in lines) == 6
    assert sum("PermissionError" in line for line in lines) == 4
    assert "32512" in lines
    assert "CompletedProcess(args=['wget', 'x'], returncode=127, stdout='', stderr='')" in lines
    assert "127" in lines


def test_secrets_of_the_environment_are_not_handed_on(checked, monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "hidden")
    assert checked(f"{RIGHT}\nimport os\nprint(os.environ.get('SOME_TOKEN'))").printed == "None\n"


# Files that change Python ----------------------------------------------------------------------


def test_replaced_functions_are_put_back(checked):
    verdict = checked(
        "import builtins, numpy as np\n"
        "np.isclose = np.allclose = lambda *a, **k: np.array(True)\n"
        "builtins.isinstance = builtins.all = lambda *a: True\n"
        "def loss(p, y): return 1.0\n"
        "d_loss = average_loss = loss\n"
    )
    assert not verdict.passed
    assert [step.state for step in verdict.steps] == ["wrong"] * 3
    assert "the file replaces numpy.isclose; the check goes on with the original" in verdict.notes
    assert any("builtins.isinstance" in note for note in verdict.notes)


def test_replacing_them_while_being_checked_is_found(checked):
    verdict = checked(
        "import numpy as np\n"
        "def loss(p, y):\n"
        "    np.isclose = lambda a, b, **k: np.ones(np.shape(a), bool)\n"
        "    return np.ones(np.shape(p))\n"
        "d_loss = loss\n"
        "def average_loss(p, y): return 1.0\n"
    )
    assert not verdict.passed
    assert verdict.trouble.key == "replaced"


def test_strict_numpy_and_warnings_are_no_mistake(checked):
    strict = (
        "import warnings, numpy as np\nnp.seterr(all='raise')\nwarnings.simplefilter('error')\n"
    )
    assert checked(strict + RIGHT).passed


# Files that cannot be run ----------------------------------------------------------------------


@pytest.mark.parametrize(("source", "key", "title"), [
    ("def loss(y_hat, y:\n    return 1\n", "syntax", "'(' was never closed"),
    ("def f():\n    x = 1\n   y = 2\n", "syntax", "(indentation)"),
    ("def f():\n\tx = 1\n        y = 2\n", "syntax", "tabs"),
    ("x = " + "(" * 5000, "syntax", ""),
    ("# ä\n".encode("latin-1"), "encoding", "UTF-8"),
    ("\n\n\nx = 'ä'\n".encode("latin-1"), "encoding", "UTF-8"),
    (RIGHT.encode("utf-16"), "encoding", "UTF-8"),
    (b"x = 1\0\n", "encoding", "UTF-8"),
    ("# -*- coding: klingon -*-\n", "encoding", "UTF-8"),
    ("  \n\n", "empty", "the file is empty"),
    ("import no_such_module", "module-missing", "no_such_module"),
    ("from numpy import no_such_name", "import-fails", "no_such_name"),
    ("def f(x): return f(x)\nf(1)", "recursion", "calls itself without end"),
    ("raise KeyboardInterrupt", "interrupts", ""),
    ("raise GeneratorExit", "raises", "the file stops with an error"),
    ("raise SystemExit", "exits", ""),
    ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", "raises", ""),
    ("raise ValueError('x' * 10**6)", "raises", ""),
    ("import numpy as np\nnp.ones(10**14)", "memory", ""),
    ("undefined", "raises", "the file stops with an error"),
    ("raise NotImplementedError", "unfinished", "the file is not written yet"),
])  # fmt: skip
def test_what_cannot_be_run_is_told(told, source, key, title):
    *_, message = told(source)
    assert message["trouble"]["key"] == key
    assert title in message["trouble"]["title"]
    assert len(str(message)) < 2500


def test_the_caret_stands_below_the_place(told):
    *_, message = told("x = 1\nif x:\n    print(x y)\n")
    assert message["trouble"]["evidence"] == "print(x y)\n      ^"
    assert message["trouble"]["line"] == "line 3: print(x y)"


def test_a_byte_that_is_no_utf_8_has_its_line(told):
    *_, message = told("\n\n\nx = 'ä'\n".encode("latin-1"))
    assert "line 4" in message["trouble"]["evidence"]


@pytest.mark.parametrize("source", [
    b"\xef\xbb\xbf" + RIGHT.encode(),
    RIGHT.replace("\n", "\r\n").encode(),
    "# -*- coding: latin-1 -*-\n# ä\n".encode("latin-1") + RIGHT.encode(),
    (RIGHT + "\nif __name__ == '__main__':\n    exit()\n").encode(),
    ("import loss\n" + RIGHT).encode(),
])  # fmt: skip
def test_unusual_files_are_read_as_python_reads_them(told, source):
    messages = told(source)
    assert messages[-1] == {"end": True}
    steps = [step_result(LOSS, message["step"]) for message in messages if "step" in message]
    assert [step.state for step in steps] == ["right"] * 3


@pytest.mark.parametrize(("line", "key"), [
    ("raise SystemExit(0)", "exits"),
    ("raise KeyboardInterrupt", "interrupts"),
    ("return d_loss(y_hat, y)", "recursion"),
    ("raise MemoryError", "memory"),
    ("return undefined", "raises"),
])  # fmt: skip
def test_what_a_function_raises_is_told_in_its_step(told, line, key):
    messages = told(in_d_loss(line))
    found = {
        m["step"]["key"]: [f["key"] for f in m["step"]["findings"]] for m in messages if "step" in m
    }
    assert found == {"loss": [], "d_loss": [key], "average": []}


def test_names_that_are_missing_or_no_functions(told):
    messages = told("import numpy as np\ndef los(): pass\nd_loss = 3\naverage_loss = np.mean\n")
    loss, d_loss, average = (m["step"]["findings"][0] for m in messages if "step" in m)
    assert loss["key"] == "name-missing"
    assert loss["evidence"] == "did you mean 'los'?"
    assert d_loss["key"] == "not-callable"
    assert average["line"] == ""


def test_modules_beside_the_file_are_found(checked, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from loss import loss as again\n" + RIGHT.replace("def loss", "def _l")
    )
    (tmp_path / "helping.py").write_text(RIGHT)
    assert checked("from helping import average_loss, d_loss, loss\nimport pathlib\n"
                   "assert pathlib.Path(__file__).name == 'loss.py'").passed  # fmt: skip
    assert not (tmp_path / "__pycache__").exists()


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        check_file(LOSS, tmp_path / "loss.py")
    with pytest.raises(OSError, match=r"(?i)directory|denied"):
        check_file(LOSS, Path(tmp_path))


# Checks that cannot start ----------------------------------------------------------------------


def test_a_check_that_cannot_start_is_not_the_file_s_doing(checked, tmp_path, monkeypatch):
    child = tmp_path / "child.py"
    child.write_text("print('before')\nraise OverflowError('timeout value is too large')\n")
    monkeypatch.setattr(sandbox, "_CHILD", child)
    verdict = checked(RIGHT)
    assert not verdict.passed
    assert verdict.trouble.key == "not-started"
    assert verdict.trouble.title == "the check itself could not start"
    assert "timeout value is too large" in verdict.trouble.evidence
    assert "no part in it" in verdict.trouble.right


def test_too_little_memory_for_the_check_is_said_so(told, monkeypatch):
    def out_of_memory():
        raise MemoryError

    monkeypatch.setattr(running, "Integrity", out_of_memory)
    (message,) = told(RIGHT)
    assert message["trouble"]["key"] == "not-started"
    assert "--memory-limit" in message["trouble"]["right"]


@pytest.mark.parametrize("limits", [
    {"seconds": 0}, {"seconds": 1e30}, {"seconds": float("nan")}, {"seconds": float("inf")},
    {"memory": -1}, {"memory": 1e30},
])  # fmt: skip
def test_limits_are_bounded(limits):
    with pytest.raises(ValueError, match="above 0 and at most"):
        Limits(**limits)


def test_the_largest_limits_can_be_set(checked):
    assert checked(RIGHT, Limits(sandbox.MOST_SECONDS, sandbox.MOST_MEMORY)).passed


@pytest.mark.parametrize(("transcript", "key", "said"), [
    (Transcript(rest="Windows fatal exception: access violation\n", code=3), "crash",
     "access violation"),
    (Transcript(rest="Fatal Python error: Aborted\n", code=3), "crash", "aborted"),
    (Transcript(code=1), "ended", "before the check was over"),
])  # fmt: skip
def test_how_a_process_ended_is_read(transcript, key, said, tmp_path):
    transcript.messages.append({"begin": "d_loss"})
    verdict = verdict_of(LOSS, tmp_path / "loss.py", b"", transcript, limit=10.0, seconds=1.0)
    assert verdict.trouble.key == key
    assert said in verdict.trouble.title


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not say what is mapped")
def test_processor_time_warns_before_it_kills(checked):
    """And both begin with what the check itself has used."""
    limits = (
        "\nimport resource, time\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_CPU)\n"
        "assert time.process_time() + 10 < soft < hard\n"
        "assert resource.getrlimit(resource.RLIMIT_AS)[0] > 2048 * 2**20\n"
    )
    assert checked(RIGHT + limits).passed


def test_a_message_without_end_is_shortened(told):
    for line in ("raise ValueError('x' * 10**7)", "raise type('E' * 10**6, (Exception,), {})"):
        assert len(str(told(in_d_loss(line)))) < 6000
        assert len(str(told(line))) < 2500
