"""The lessons over HTTP: the learner's file, checks, and the progress as in the terminal."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chainrule.course import progress
from chainrule.course.chapters import chapters, get_chapter
from chainrule.play.lessons import lessons
from chainrule.play.lessons.statements import formula_html, statement_html

TRAINING = get_chapter("training")
DA_PREV = "        da_prev = np.dot(self.weights.T, dz)\n"
RETURN = "        return da_prev\n"
TOO_EARLY = TRAINING.solution.replace(DA_PREV, "").replace(RETURN, DA_PREV + RETURN)
ONE = "/api/chapters/training"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "course"


@pytest.fixture
def client(folder):
    with TestClient(Starlette(routes=lessons.routes(folder))) as opened:
        yield opened


def post(client, what, **body):
    return client.post(f"{ONE}/{what}", json=body)


def test_all_chapters_are_listed_and_nothing_is_written_for_that(client, folder):
    rows = client.get("/api/chapters").json()
    assert [row["name"] for row in rows] == list(chapters())
    assert rows[4]["steps"][0] == {
        "key": "backward",
        "title": "Step 1, Layer.backward",
        "state": "not reached",
    }
    assert not folder.exists()


@pytest.mark.parametrize("name", list(chapters()))
def test_a_lesson_has_all_that_its_page_shows(client, folder, name):
    lesson = client.get(f"/api/chapters/{name}").json()
    assert lesson["code"] == lesson["starter"] == get_chapter(name).starter
    assert lesson["version"] == ""
    assert lesson["statement"].startswith("<p>")
    assert lesson["next"]
    assert " style=" not in lesson["statement"]  # the policy of the page refuses these
    assert not folder.exists()


def test_an_unknown_chapter_is_an_error_that_names_the_known_ones(client):
    answer = client.get("/api/chapters/traning")
    assert answer.status_code == 404
    assert "did you mean 'training'" in answer.json()["error"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"code": 1}', b'{"kode": ""}', b'{"code": "\\ud800"}', b"\xff"]
)
@pytest.mark.parametrize("what", ["save", "check", "run", "ask"])
def test_a_malformed_request_is_refused_in_a_sentence(client, what, content, folder):
    answer = client.post(f"{ONE}/{what}", content=content)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("the request cannot be read")
    assert not folder.exists()


def test_code_that_is_too_long_is_refused(client):
    answer = post(client, "save", code="#" * 1_000_001, version="")
    assert answer.status_code == 413


# Checks ---------------------------------------------------------------------------------------


def test_a_check_names_the_mistake_and_keeps_file_and_progress(client, folder):
    found = post(client, "check", code=TOO_EARLY).json()
    assert found["state"] == "wrong"
    assert [step["state"] for step in found["steps"]] == ["wrong", "right", "not reached"]
    assert found["steps"][0]["findings"][0]["key"] == "updated-too-early"
    assert found["explained"] == [
        {
            "step": "backward",
            "key": "updated-too-early",
            "right": "da_prev = Wᵀ · dz with W as it was before the update",
            "line": "line 27: da_prev = np.dot(self.weights.T, dz)",
        }
    ]
    assert (folder / "training.py").read_text(encoding="utf-8") == TOO_EARLY
    assert (folder / "training.md").exists()
    done = progress.load(folder).chapters["training"]
    assert (done.checks, done.passed) == (1, None)
    rows = client.get("/api/chapters").json()
    assert [step["state"] for step in rows[4]["steps"]] == ["wrong", "not reached", "not reached"]


def test_the_terminal_sees_the_same_progress_and_file(client, folder):
    post(client, "check", code=TRAINING.solution)
    command = [sys.executable, "-m", "chainrule", "course"]
    told = subprocess.run(
        [*command, "status", "--folder", str(folder), "--json"],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    row = next(one for one in json.loads(told.stdout)["chapters"] if one["name"] == "training")
    assert row["passed"]
    assert row["checks"] == 1
    subprocess.run([*command, "check", "--folder", str(folder)], capture_output=True, check=True)
    lesson = client.get(ONE).json()
    assert lesson["checks"] == 2
    assert lesson["code"] == TRAINING.solution


def test_a_damaged_progress_costs_no_verdict(client, folder):
    folder.mkdir()
    (folder / "progress.json").write_text("{")
    found = post(client, "check", code=TRAINING.solution).json()
    assert found["passed"]
    assert "progress was not kept" in found["notes"][-1]
    assert (folder / "progress.json").read_text() == "{"
    assert "cannot be used" in client.get(ONE).json()["trouble"]
    assert post(client, "hint").status_code == 409


# The file -------------------------------------------------------------------------------------


def test_a_save_never_overwrites_another_program_s_change(client, folder):
    version = post(client, "save", code="mine = 1\n", version="").json()["version"]
    file = folder / "training.py"
    file.write_text("theirs = 2\n")
    for what in ("save", "check", "run"):
        answer = post(client, what, code="mine = 3\n", version=version)
        assert answer.status_code == 409
        assert answer.json()["code"] == "theirs = 2\n"
        assert file.read_text() == "theirs = 2\n"
    there = answer.json()["version"]
    answer = post(client, "save", code="mine = 3\n", version=there, replace=True)
    assert answer.status_code == 200
    assert file.read_text() == "mine = 3\n"
    assert (folder / "old" / "training-1.py").read_text() == "theirs = 2\n"


def test_a_save_without_a_version_keeps_what_was_there(client, folder):
    post(client, "save", code="a = 1\n", version="")
    assert post(client, "save", code="b = 2\n").status_code == 200
    assert (folder / "old" / "training-1.py").read_text() == "a = 1\n"


def test_the_ends_of_lines_stay_those_of_the_file(client, folder):
    folder.mkdir()
    (folder / "training.py").write_bytes(b"a = 1\r\nb = 2\r\n")
    lesson = client.get(ONE).json()
    assert lesson["code"] == "a = 1\nb = 2\n"
    version = post(client, "save", code=lesson["code"], version=lesson["version"]).json()["version"]
    assert version == lesson["version"]
    post(client, "save", code="a = 1\n", version=version)
    assert (folder / "training.py").read_bytes() == b"a = 1\r\n"


def test_a_file_that_is_no_text_is_left_as_it_is(client, folder):
    folder.mkdir()
    (folder / "training.py").write_bytes(b"\xff\xfe\x00")
    lesson = client.get(ONE).json()
    assert "no UTF-8 text" in lesson["trouble"]
    assert post(client, "save", code="a = 1\n").status_code == 409
    assert (folder / "training.py").read_bytes() == b"\xff\xfe\x00"


def test_starting_over_keeps_the_file(client, folder):
    post(client, "save", code="a = 1\n", version="")
    found = post(client, "reset").json()
    assert found["code"] == TRAINING.starter
    assert (folder / "old" / "training-1.py").read_text() == "a = 1\n"


# Hints, solution ------------------------------------------------------------------------------


def test_hints_come_one_by_one_and_are_about_the_last_finding(client):
    first = post(client, "hint").json()
    assert (first["level"], first["levels"], first["last"]) == (1, 4, False)
    post(client, "check", code=TOO_EARLY)
    hints = [post(client, "hint").json() for _ in range(4)]
    assert [hint["level"] for hint in hints] == [1, 2, 3, 4]
    assert "−0.2857" in hints[1]["text"]
    assert "line 27" in hints[3]["text"]
    post(client, "check", code=TRAINING.solution)
    assert post(client, "hint").json()["levels"] == 0
    assert client.get(ONE).json()["hints_read"] > 0


def test_a_solution_seen_before_is_remembered(client, folder):
    assert post(client, "solution").json()["code"] == TRAINING.solution
    post(client, "check", code=TRAINING.solution)
    done = progress.load(folder).chapters["training"]
    assert done.solution_seen
    assert done.with_solution


# Statements -----------------------------------------------------------------------------------


def test_formulas_of_statements_become_mathml():
    html = statement_html(TRAINING.statement)
    assert html.count("<math>") == 6
    assert "<pre><code>print(f&quot;Loss" in html
    assert "<h1>" not in html


def test_html_in_a_statement_stays_text():
    assert "<script>" not in statement_html("# T\n\n<script>alert(1)</script>\n")
    assert (
        formula_html("<b> = 1")
        == "<math><mo>&lt;</mo><mi>b</mi><mo>&gt;</mo><mo>=</mo><mn>1</mn></math>"
    )
