"""The challenge from its beginning to its end, by the page alone."""

import json
import re

import pytest

from chainrule.course.chapters import chapters, get_chapter

SOLUTION = get_chapter("training").solution
DA_PREV = "        da_prev = np.dot(self.weights.T, dz)\n"
RETURN = "        return da_prev\n"
TOO_EARLY = SOLUTION.replace(DA_PREV, "").replace(RETURN, DA_PREV + RETURN)
SAID = "the weights are updated before da_prev is computed"


@pytest.fixture
def lesson(page):
    page.wait_for_selector(".cm-content")
    page.set_default_timeout(60_000)
    return page


def write(page, code):
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press(
        "Delete"
    )  # typed over a selection, text would get a style, which CSP refuses
    page.keyboard.insert_text(code)


def progress_of(server):
    return json.loads((server.folder / "progress.json").read_text())["chapters"]["training"]


def test_a_learner_finishes_the_challenge_without_the_terminal(lesson, server, violations):
    assert "Challenge: training the perceptron" in lesson.text_content("h1")
    assert lesson.locator("#statement math").count() >= 6
    assert "raise NotImplementedError" in lesson.text_content(".cm-content")
    assert violations(lesson) == []

    write(lesson, TOO_EARLY)
    lesson.click("#check")
    lesson.wait_for_selector("#verdict .finding")
    assert SAID in lesson.text_content("#verdict")
    assert "right is −0.2708" in lesson.text_content("#verdict")
    assert lesson.locator(".step.wrong").count() == 1
    assert lesson.locator(".step.right").count() == 1
    assert lesson.locator(".marked-line").text_content().strip() == DA_PREV.strip()
    lesson.wait_for_selector(f"#announcements:has-text('{SAID}')", state="attached")
    lesson.click("#verdict .explain summary")
    assert "W as it was before the update" in lesson.text_content("#verdict .explain")
    assert violations(lesson) == []

    lesson.click("#hint")
    lesson.wait_for_selector("#hints li:nth-child(1)")
    lesson.click("#hint")
    lesson.wait_for_selector("#hints li:nth-child(2)")
    assert "hint 1 of 4" in lesson.text_content("#hints li:nth-child(1)")
    assert "hint 2 of 4" in lesson.text_content("#hints li:nth-child(2)")
    assert progress_of(server)["hints"]["backward"]["level"] == 2

    write(lesson, SOLUTION)
    lesson.click("#check")
    lesson.wait_for_selector("#verdict .note.good")
    assert "All right." in lesson.text_content("#verdict")
    assert lesson.locator(".marked-line").count() == 0
    assert "learning rates 0.001" in lesson.text_content("#next")

    lesson.click("#run")
    lesson.wait_for_selector("#run-result .u-legend")
    assert "Loss at epoch 10" in lesson.text_content("#run-result pre")
    assert lesson.locator("#run-result .curve-table tbody tr").count() == 10
    assert lesson.locator("#run-result canvas[aria-label^='Decision boundary']").count() == 1
    assert violations(lesson) == []

    assert "1 of 7 chapters are right" in lesson.text_content("#progress")
    done = progress_of(server)
    assert done["passed"]
    assert done["checks"] == 2
    assert not done["with_solution"]
    assert (server.folder / "training.py").read_text() == SOLUTION


def test_the_keyboard_alone_checks_and_runs(lesson):
    lesson.keyboard.press("Tab")
    assert lesson.evaluate("document.activeElement.className") == "skip"
    lesson.keyboard.press("Enter")
    lesson.keyboard.press("Tab")
    assert lesson.evaluate("document.activeElement.className").startswith("cm-content")
    lesson.keyboard.press("Control+a")
    lesson.keyboard.press("Delete")
    lesson.keyboard.insert_text(SOLUTION)
    lesson.keyboard.press("Control+Shift+Enter")
    lesson.wait_for_selector("#verdict .note.good")
    lesson.keyboard.press("Control+Enter")
    lesson.wait_for_selector("#run-result .u-legend")
    lesson.keyboard.press("Escape")
    lesson.keyboard.press("Tab")
    assert lesson.evaluate("document.activeElement.id") == "check"


def test_what_is_typed_is_saved_by_itself(lesson, server):
    write(lesson, "x = 1\n")
    lesson.wait_for_selector("#saved:text-is('saved')")
    assert (server.folder / "training.py").read_text() == "x = 1\n"
    lesson.reload()
    lesson.wait_for_selector(".cm-content")
    assert "x = 1" in lesson.text_content(".cm-content")


def test_another_program_s_change_is_asked_about_and_nothing_is_lost(
    lesson, server, allowed_errors
):
    allowed_errors.append("409")
    write(lesson, "mine = 1\n")
    lesson.wait_for_selector("#saved:text-is('saved')")
    file = server.folder / "training.py"
    file.write_text("theirs = 2\n")
    write(lesson, "mine = 3\n")
    lesson.wait_for_selector("#question-dialog[open]")
    assert "changed by another program" in lesson.text_content("#dialog-title")
    assert file.read_text() == "theirs = 2\n"
    lesson.click("text=Keep this page's code")
    lesson.wait_for_selector("#saved:text-is('saved')")
    assert file.read_text() == "mine = 3\n"
    assert (server.folder / "old" / "training-1.py").read_text() == "theirs = 2\n"

    file.write_text("theirs = 4\n")
    lesson.evaluate("window.dispatchEvent(new Event('focus'))")
    lesson.wait_for_selector(".cm-content:has-text('theirs')")
    lesson.locator(".cm-content").click()
    lesson.keyboard.press("Control+z")
    assert "mine = 3" in lesson.text_content(".cm-content")


def test_a_question_is_answered_with_its_source(lesson):
    write(lesson, TOO_EARLY)
    lesson.fill("#question", "What is the gradient of the weights?")
    lesson.keyboard.press("Enter")
    lesson.wait_for_selector("#answers .answer math")
    assert "Formula" in lesson.text_content("#answers .answer")
    lesson.fill("#question", "What is wrong with my code?")
    lesson.keyboard.press("Enter")
    lesson.wait_for_selector("#answers .answer.diagnosis")
    assert SAID in lesson.text_content("#answers .answer.diagnosis")
    lesson.fill("#question", "What is the capital of France?")
    lesson.keyboard.press("Enter")
    lesson.wait_for_selector("#answers .note")
    assert "Nothing known here answers that" in lesson.text_content("#answers")


def test_the_solution_is_asked_for_twice_and_remembered(lesson, server):
    lesson.click("#solution")
    lesson.click("text=Not yet")
    assert lesson.locator("#solution-text").count() == 0
    lesson.click("#solution")
    lesson.click("text=Show the solution")
    lesson.wait_for_selector("#solution-text")
    assert "da_prev = np.dot(self.weights.T, dz)" in lesson.text_content("#solution-text")
    assert progress_of(server)["solution_seen"]


def test_starting_over_keeps_the_learner_s_file(lesson, server):
    write(lesson, "mine = 1\n")
    lesson.wait_for_selector("#saved:text-is('saved')")
    lesson.click("#reset")
    lesson.locator("#dialog-buttons >> text=Start over").click()
    lesson.wait_for_selector(".cm-content:has-text('NotImplementedError')")
    assert (server.folder / "old" / "training-1.py").read_text() == "mine = 1\n"


def test_a_run_without_end_can_be_stopped(lesson):
    write(lesson, "while True:\n    pass\n")
    lesson.click("#run")
    lesson.wait_for_selector("#stop:not([hidden])")
    lesson.click("#stop")
    lesson.wait_for_selector("#stop[hidden]", state="attached")
    assert lesson.is_enabled("#check")


def test_every_chapter_is_right_with_its_solution(lesson, server, violations):
    for number, name in enumerate(chapters(), 1):
        lesson.goto(f"{server.origin}/learn/{name}")
        lesson.wait_for_selector(".cm-content")
        assert get_chapter(name).title in lesson.text_content("h1")
        write(lesson, get_chapter(name).solution)
        lesson.click("#check")
        lesson.wait_for_selector("#verdict .note.good")
        lesson.wait_for_selector(f"#progress:has-text('{number} of 7 chapters')")
        assert violations(lesson) == []


def test_the_gallery_shows_lines_and_curve_beside_the_right_ones(lesson, server, violations):
    lesson.goto(f"{server.origin}/gallery")
    lesson.wait_for_selector("#mistake .u-legend")
    assert SAID in lesson.text_content("#mistake-title")
    assert lesson.locator(".beside td.wrong").count() == 1
    assert lesson.locator("#mistake .curve-table tbody tr").count() == 10
    assert violations(lesson) == []
    lesson.select_option("#quantity", "db")
    assert lesson.text_content("#count") == "5 mistakes"
    lesson.click("#mistakes a >> nth=0")
    lesson.wait_for_selector("#mistake-title:has-text('db is one number')")
    assert lesson.evaluate("document.activeElement.id") == "mistake-title"
    link = lesson.get_attribute("text=Try it in the playground", "href")
    assert re.match(r"/playground\?engine=learner&mistake=db-sum#[\w-]+$", link)


def test_no_page_is_wider_than_its_window(lesson, server, violations):
    for address, ready in (("/learn/training", ".cm-content"), ("/gallery", ".u-legend")):
        lesson.goto(server.origin + address)
        for width, scheme in ((360, "light"), (360, "dark"), (1024, "light"), (2560, "dark")):
            lesson.set_viewport_size({"width": width, "height": 900})
            lesson.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            lesson.wait_for_selector(ready)
            lesson.wait_for_timeout(300)  # what scrolls is found out after the layout
            assert lesson.evaluate("document.documentElement.scrollWidth") <= width
            assert violations(lesson) == []


def test_hints_read_are_there_after_a_reload(lesson):
    lesson.click("#hint")
    lesson.wait_for_selector("#hints li")
    lesson.reload()
    lesson.wait_for_selector("#hints li:has-text('hint 1 of 4')")
    assert lesson.text_content("#hint") == "Next hint"
