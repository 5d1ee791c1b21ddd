"""`chainrule course`: what it says, its exit codes, and that the guide shows what happens."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from chainrule.cli.app import run
from chainrule.course import progress
from chainrule.course.chapters import chapters, get_chapter

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "course.md").read_text(encoding="utf-8")
EARLY = (
    "        self.weights -= learning_rate * d_weights\n",
    "        da_prev = np.dot(self.weights.T, dz)\n",
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def begun(here, monkeypatch, capsys):
    """Return a function that runs `chainrule course …` in a folder in which loss was begun."""
    assert run(["course", "start", "loss"]) == 0
    monkeypatch.chdir(here / "chainrule-course")
    capsys.readouterr()

    def course(*arguments, code=0):
        assert run(["course", *arguments]) == code
        return capsys.readouterr()

    return course


def write(chapter, source):
    Path(get_chapter(chapter).file).write_text(source, encoding="utf-8")


def too_early():
    update, back = EARLY
    source = get_chapter("training").solution.replace(update, "")
    return source.replace(back, update + back)


def test_alone_it_says_how_to_begin_and_later_where_one_is(here, capsys):
    assert run(["course"]) == 0
    said = capsys.readouterr().out
    assert "chainrule course start" in said
    assert all(chapter.title in said for chapter in chapters().values())
    run(["course", "start"])
    capsys.readouterr()
    assert run(["course"]) == 0
    assert "→ ○ 1  neuron" in capsys.readouterr().out


def test_the_way_through_a_chapter(begun):
    said = begun("check", code=1).out
    assert "○ loss(y_hat, y): not written yet" in said
    assert "0 of 3 right. Help: chainrule course hint loss" in said
    assert "hint 1 of 4" in begun("hint").out
    assert "hint 2 of 4" in begun("hint").out
    write("loss", get_chapter("loss").solution.replace("(y_hat - y)", "(y - y_hat)"))
    said = begun("check", code=1).out
    assert "✓ loss(y_hat, y)" in said
    assert "y − ŷ in place of ŷ − y" in said
    assert "daⁿ is 1.25; right is −1.25" in said
    assert "look at" not in said
    assert "hint 1 of 4" in begun("hint").out
    assert begun("solution").out == get_chapter("loss").solution
    write("loss", get_chapter("loss").solution)
    said = begun("check").out
    assert "All right." in said
    assert "Next: chainrule course start training" in said
    assert get_chapter("loss").next in said
    assert "with the solution seen" in begun("status").out
    assert "nothing to hint at" in begun("hint").out
    begun("reset", "--yes")
    assert "begun" in begun("status").out
    assert Path("old/loss-1.py").read_text(encoding="utf-8") == get_chapter("loss").solution


def test_what_was_right_stays_right_though_its_file_is_changed(begun):
    write("loss", get_chapter("loss").solution)
    begun("check")
    first = progress.load(Path()).of("loss").passed
    write("loss", get_chapter("loss").starter)
    begun("check", code=1)
    done = progress.load(Path()).of("loss")
    assert (done.passed, done.checks, done.with_solution) == (first, 2, False)
    assert "hint 1 of 4" in begun("hint").out


def test_start_goes_on_from_the_chapter_last_begun(begun):
    assert "loss.py" in begun("start").out
    write("loss", get_chapter("loss").solution)
    begun("check")
    assert "5 · Challenge" in begun("start").out
    with progress.changing(Path()) as known:
        for name in ("training", "evaluating", "minibatches"):
            known.of(name).passed = progress.now()
    assert "1 · The neuron" in begun("start").out


def test_a_file_that_does_not_end_has_its_line_and_hints(begun):
    write("loss", "x = 0\nwhile True:\n    x = x + 1\n")
    said = begun("check", "--time-limit", "1", code=1).out
    assert "✗ the file had not ended after 1 s" in said
    assert "it was at line 3: x = x + 1" in said or "it was at line 2: while True:" in said
    assert "hint 1 of 3" in begun("hint").out


def test_machines_get_json(begun):
    write("loss", get_chapter("loss").solution.replace("(y_hat - y)", "(y - y_hat)"))
    said = json.loads(begun("check", "--json", code=1).out)
    assert (said["passed"], said["state"]) == (False, "wrong")
    assert [step["state"] for step in said["steps"]] == ["right", "wrong", "right"]
    (finding,) = said["steps"][1]["findings"]
    assert finding["key"] == "sign"
    assert finding["line"] == "line 11: return (y - y_hat) / (y_hat * (1 - y_hat))"
    status = json.loads(begun("status", "--json").out)
    assert status["current"] == "loss"
    assert [row["name"] for row in status["chapters"]] == list(chapters())
    assert status["chapters"][3]["checks"] == 1


def test_explain_and_brief(begun):
    write("training", too_early())
    said = begun("check", "training", "--explain", code=1).out
    assert "right:   da_prev = Wᵀ · dz" in said
    assert "look at: line " in said
    said = begun("check", "training", "--brief", code=1).out
    assert "✗ Step 1, Layer.backward" in said
    assert "da_prev" not in said


def test_nothing_a_file_prints_steers_the_terminal(begun):
    write("loss", "print('[red]a[/red] \\x1b[31m :smile:')\nraise ValueError('\\x1b[2J')\n")
    said = begun("check", code=1).out
    assert "\x1b" not in said
    assert "[red]a[/red]" in said
    assert ":smile:" in said


def test_a_terminal_s_lines_are_wrapped_and_a_pipe_s_are_not(begun, monkeypatch):
    write("training", too_early())
    assert max(map(len, begun("check", "training", code=1).out.splitlines())) > 80
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("FORCE_COLOR", "1")
    said = re.sub(r"\x1b\[[\d;]*m", "", begun("check", "training", code=1).out)
    assert max(map(len, said.splitlines())) <= 60


@pytest.mark.parametrize(("arguments", "said"), [
    (["check", "los"], "did you mean 'loss'"),
    (["check", "--file", "mine.py"], "which chapter is mine.py for?"),
    (["check", "loss", "--file", "mine.py"], "mine.py is not there"),
    (["check", "loss", "--file", "."], "is a folder"),
    (["check", "neuron"], "chainrule course start neuron"),
    (["watch", "neuron"], "chainrule course start neuron"),
    (["check", "--time-limit", "0"], "above 0"),
    (["check", "--time-limit", "1e30"], "at most 86,400 seconds"),
    (["check", "--memory-limit", "1e30"], "at most 1,000,000 MB"),
    (["check", "--folder", "elsewhere"], "elsewhere is no course's folder"),
    (["--folder", ".", "check"], "comes after the command"),
    (["reset"], "add --yes"),
])  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_2(begun, arguments, said):
    err = begun(*arguments, code=2).err
    assert err.startswith("chainrule: ")
    assert err.count("\n") == 1
    assert said in err


def test_without_a_folder(here, capsys):
    for command in ("check", "watch", "hint", "status", "reset", "solution"):
        assert run(["course", command]) == 2
        assert "there is no course's folder here" in capsys.readouterr().err
    assert run(["course", "solution", "loss"]) == 0
    assert capsys.readouterr().out == get_chapter("loss").solution


READING = ("check", "watch", "hint", "status", "start", "solution", "reset --yes")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1, "current": ""}'])
def test_a_damaged_progress_is_one_line(begun, text):
    write("loss", "mine = 1\n")
    Path("progress.json").write_text(text)
    for command in READING:
        err = begun(*command.split(), code=2).err
        assert err.startswith("chainrule: progress.json cannot be used: ")
        assert "chainrule course start --folder ." in err
        assert err.count("\n") == 1
    assert Path("progress.json").read_text() == text
    assert Path("loss.py").read_text() == "mine = 1\n"


def test_a_folder_in_its_place_is_one_line(begun):
    Path("progress.json").unlink()
    Path("progress.json").mkdir()
    for command in READING:
        err = begun(*command.split(), code=2).err
        assert err.startswith("chainrule: progress.json cannot be used: it is a folder")
        assert err.count("\n") == 1
    err = begun("status", "--folder", ".", code=2).err
    assert err.startswith("chainrule: progress.json cannot be used: it is a folder")


def test_what_it_says_to_do_begins_anew_and_keeps_the_learner_s_files(begun):
    write("loss", "mine = 1\n")
    Path("progress.json").write_text("{")
    said = begun("status", code=2).err
    Path("progress.json").rename("progress.old")
    command = re.search(r"chainrule course (start --folder \S+)", said)[1]
    begun(*command.split())
    assert Path("loss.py").read_text() == "mine = 1\n"
    assert "0 of 7 chapters are right" in begun("status").out


@pytest.mark.parametrize("last", [
    {"step": 3, "finding": {}}, {"step": "loss", "finding": "x"}, {"step": "loss"},
    {"step": "loss", "finding": {"key": 1, "title": 2, "quantity": 3, "evidence": 4, "right": 5,
                                 "line": 6}},
    {"step": "", "finding": {"key": "", "title": "", "quantity": "", "evidence": "", "right": "",
                             "line": ""}},
])  # fmt: skip
def test_a_last_finding_that_is_none_costs_no_hint(begun, last):
    known = json.loads(Path("progress.json").read_text())
    known["chapters"]["loss"]["last"] = last
    known["chapters"]["loss"]["hints"] = {"loss": 5, "": {"level": "x"}}
    Path("progress.json").write_text(json.dumps(known))
    assert "hint 1 of 4" in begun("hint").out


def _refused(*_):
    raise PermissionError(13, "Permission denied", "progress.json")


def test_a_verdict_is_not_lost_with_the_progress(begun, monkeypatch):
    write("loss", get_chapter("loss").solution)
    monkeypatch.setattr(progress, "save", _refused)
    said = begun("check")
    assert "All right." in said.out
    assert said.err.startswith("chainrule: note: progress was not kept: cannot use progress.json")
    assert said.err.count("\n") == 1
    said = begun("check", "--json")
    assert json.loads(said.out)["passed"] is True
    assert "progress was not kept" in said.err
    said = begun("watch")
    assert "All right." in said.out
    assert "progress was not kept" in said.err


def test_a_verdict_is_not_lost_with_a_damaged_progress(begun):
    Path("progress.json").write_text("{")
    said = begun("check", "loss", code=1)
    assert "0 of 3 right" in said.out
    assert "progress was not kept: progress.json cannot be used" in said.err
    assert Path("progress.json").read_text() == "{"


def test_nor_with_a_folder_in_its_place(begun):
    Path("progress.json").unlink()
    Path("progress.json").mkdir()
    said = begun("check", "loss", code=1)
    assert "0 of 3 right" in said.out
    assert "progress was not kept: progress.json cannot be used: it is a folder" in said.err


def test_half_a_character_in_a_message_does_no_harm(begun):
    write("loss", get_chapter("loss").solution + "raise ValueError('\\ud83d half')\n")
    said = begun("check", code=1)
    assert "half" in said.out
    assert "note" not in said.err
    assert "half" in progress.load(Path()).of("loss").last["finding"]["evidence"]
    assert "half" in begun("check", "--json", code=1).out


def test_the_line_of_an_error_is_told_without_asking(begun):
    write("loss", get_chapter("loss").solution.replace("return (y_hat - y)", "return (y_hatt - y)"))
    said = begun("check", code=1).out
    assert "look at: line 11: return (y_hatt - y)" in said
    write("loss", "import numpy as np\nx = nump.zeros(3)\n")
    said = begun("check", code=1).out
    assert "✗ the file stops with an error" in said
    assert "look at: line 2: x = nump.zeros(3)" in said


def test_a_folder_that_cannot_be_made(here, capsys):
    (here / "notes.txt").write_text("")
    for place in ("notes.txt", "notes.txt/course"):
        assert run(["course", "start", "--folder", place]) == 2
        assert capsys.readouterr().err.startswith("chainrule: cannot use notes.txt")


# Watching --------------------------------------------------------------------------------------


def test_watching_ends_when_all_is_right(begun):
    write("loss", get_chapter("loss").solution)
    assert "All right." in begun("watch").out


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_watching_sees_a_save_and_ctrl_c_ends_it(begun):
    code = "import sys; from chainrule.cli.app import run; sys.exit(run(['course', 'watch']))"
    watch = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        until(watch, "Waiting for loss.py")
        write("loss", get_chapter("loss").solution.replace("(y_hat - y)", "(y - y_hat)"))
        assert any(
            "y − ŷ in place of ŷ − y" in line for line in until(watch, "Waiting for loss.py")
        )
        watch.send_signal(signal.SIGINT)
        _, err = watch.communicate(timeout=20)
        assert watch.returncode == 130
        assert "Traceback" not in err
    finally:
        watch.kill()
        watch.communicate()


def until(process, said, seconds=60):
    """Return what it prints up to a line; a process that does not print it is not waited for."""
    lines, timer = [], threading.Timer(seconds, process.kill)
    timer.start()
    try:
        for line in process.stdout:
            lines.append(line)
            if said in line:
                return lines
    finally:
        timer.cancel()
    raise AssertionError("".join(lines))


# The guide -------------------------------------------------------------------------------------


def blocks():
    return re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)


def test_every_command_of_the_guide_runs(here, monkeypatch, capsys):
    commands = [
        line for block in blocks() for line in block.splitlines() if not block.startswith("for ")
    ]
    assert len(commands) == 11
    codes = []
    for line in commands:
        if "watch" in line:
            write("neuron", get_chapter("neuron").solution)
        if "--file" in line:
            Path("submissions").mkdir()
            Path("submissions/anna.py").write_text(
                get_chapter("training").solution, encoding="utf-8"
            )
        codes.append((line.split()[2], run(line.split()[1:])))
        if codes[-1] == ("start", 0) and Path("chainrule-course").exists():
            monkeypatch.chdir("chainrule-course")
    assert {command for command, _ in codes} == {
        "start", "check", "hint", "watch", "solution", "status", "reset"
    }  # fmt: skip
    expected = [1 if command == "check" else 0 for command, _ in codes[:-1]]
    assert [code for _, code in codes] == [*expected, 0]
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["passed"] is True


@pytest.mark.skipif(os.name != "posix", reason="the loop is for a shell")
def test_the_teacher_s_loop_runs(here):
    (loop,) = (block for block in blocks() if block.startswith("for "))
    Path("submissions").mkdir()
    Path("submissions/anna.py").write_text(get_chapter("training").solution, encoding="utf-8")
    Path("submissions/ben.py").write_text(too_early(), encoding="utf-8")
    command = Path("bin/chainrule")
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m chainrule "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent.resolve()}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["sh", "-eu", "-c", loop], env={**os.environ, "PATH": path}, check=True)
    assert json.loads(Path("submissions/anna.py.json").read_text())["passed"] is True
    assert json.loads(Path("submissions/ben.py.json").read_text())["passed"] is False


def test_the_finding_in_the_guide_is_what_is_said(begun):
    (shown,) = re.findall(r"```\n(5 · .*?)```", GUIDE, re.DOTALL)
    write("training", too_early())
    assert begun("check", "training", code=1).out.startswith(shown)


def test_the_limits_in_the_guide_are_those_of_the_code():
    from chainrule.course import confinement, sandbox

    limits = sandbox.Limits()
    assert f"| time | {limits.seconds:g} s" in GUIDE
    assert f"| memory | {limits.memory:g} MB" in GUIDE
    assert f"at most {confinement._LARGEST_FILE // 2**20} MB each" in GUIDE
    assert f"first {sandbox._MOST_PRINTED // 1000} kB are kept" in GUIDE


def test_a_check_loads_neither_scikit_learn_nor_llvm():
    code = (
        "import sys, chainrule.course.running, chainrule.course.sandbox\n"
        "heavy = ('sklearn', 'llvmlite', 'scipy', 'polars', 'typer')\n"
        "print(*(name for name in heavy if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_command_loads_what_the_course_needs_and_no_table_s_libraries(here):
    code = (
        "import sys\n"
        "from chainrule.cli.app import run\n"
        "assert run(['course', 'start']) == 0\n"
        "heavy = ('sklearn', 'llvmlite', 'scipy', 'polars', 'matplotlib', 'safetensors')\n"
        "print(*(name for name in heavy if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []
