"""Hints say a little more each time, and are about what the last check found."""

from dataclasses import asdict

from chainrule.course.chapters import get_chapter
from chainrule.course.hints import next_hint, remember
from chainrule.course.progress import ChapterProgress
from chainrule.course.verdict import Verdict, all_steps, step_result
from chainrule.diagnosis import Finding

TRAINING = get_chapter("training")
TOO_EARLY = Finding(
    "updated-too-early",
    "the weights are updated before da_prev is computed",
    "da_prev",
    "da_prev[0, 0] is 1; right is 2",
    "da_prev = Wᵀ · dz",
    "line 30: return da_prev",
)


def verdict(step="backward", finding=TOO_EARLY, trouble=None):
    results = []
    if finding is not None:
        results = [
            step_result(TRAINING, {"key": step, "findings": [asdict(finding)], "remarks": []})
        ]
    return Verdict("training", "training.py", all_steps(TRAINING, results), trouble)


def ladder(done, n):
    return [next_hint(TRAINING, done) for _ in range(n)]


def test_before_a_check_they_are_about_the_first_step():
    hints = ladder(ChapterProgress(), 5)
    assert [hint.text for hint in hints[:4]] == list(TRAINING.steps[0].hints)
    assert [hint.level for hint in hints] == [1, 2, 3, 4, 4]
    assert [hint.last for hint in hints] == [False, False, False, True, True]


def test_after_a_check_they_are_about_what_it_found():
    done = ChapterProgress()
    remember(done, verdict())
    where, quantity, formula, line = ladder(done, 4)
    assert where.about == "Step 1, Layer.backward"
    assert "Layer.backward" in where.text
    assert quantity.text == "da_prev: da_prev[0, 0] is 1; right is 2"
    assert formula.text == "da_prev = Wᵀ · dz"
    assert (
        line.text == "line 30: return da_prev\nthe weights are updated before da_prev is computed"
    )


def test_no_hint_says_what_a_later_one_is_for():
    done = ChapterProgress()
    remember(done, verdict())
    texts = [hint.text for hint in ladder(done, 4)]
    for early, later in ((0, "is 1; right"), (0, "line 30"), (1, "line 30"), (2, "line 30"),
                         (1, "updated before")):  # fmt: skip
        assert later not in texts[early]


def test_another_finding_has_a_ladder_of_its_own():
    done = ChapterProgress()
    remember(done, verdict())
    ladder(done, 3)
    remember(done, verdict(finding=Finding("added", "the step is added", "W", "", "W ← W − η dW")))
    assert next_hint(TRAINING, done).level == 1
    remember(done, verdict())
    assert next_hint(TRAINING, done).level == 1


def test_what_is_not_written_yet_gets_the_step_s_own_hints():
    done = ChapterProgress()
    remember(done, verdict("fit", Finding("unfinished", "fit is not written yet", "", "", "")))
    assert [hint.text for hint in ladder(done, 4)] == list(TRAINING.steps[1].hints)


def test_a_check_that_did_not_end_has_hints_as_well():
    done = ChapterProgress()
    trouble = Finding(
        "time", "the file had not ended after 10 s", "", "it was at line 3", "", "line 3: while"
    )
    remember(done, verdict(finding=None, trouble=trouble))
    assert [hint.text for hint in ladder(done, 3)] == [
        trouble.title,
        trouble.evidence,
        trouble.line,
    ]


def test_a_line_is_told_once():
    done = ChapterProgress()
    line = "line 3: while True: pass"
    trouble = Finding("time", "the file had not ended", "", f"it was at {line}", "", line)
    remember(done, verdict(finding=None, trouble=trouble))
    assert [hint.text for hint in ladder(done, 2)] == [trouble.title, trouble.evidence]


def test_damaged_memories_do_no_harm():
    done = ChapterProgress(last={"step": "backward", "finding": {"key": 1}}, hints={"backward": 3})
    assert next_hint(TRAINING, done).level == 1
    done = ChapterProgress(last={"step": "gone", "finding": asdict(TOO_EARLY)})
    assert next_hint(TRAINING, done).about == TRAINING.steps[0].title
