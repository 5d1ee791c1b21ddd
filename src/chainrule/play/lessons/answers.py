"""Answers to a learner's questions, with the diagnosis of the code as it stands."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from chainrule.course.chapters import Chapter
from chainrule.course.progress import ChapterProgress
from chainrule.course.sandbox import check_file
from chainrule.course.verdict import Verdict
from chainrule.play.lessons.ask import TOPICS, ask
from chainrule.play.lessons.ask_words import taken_apart
from chainrule.play.lessons.passages import Passage, diagnosed, hints
from chainrule.play.lessons.statements import formula_html

_MOST_KEPT = 32
_LONGEST = 500


class Answers:
    """Answers questions, and remembers the verdicts on the last codes."""

    def __init__(self) -> None:
        self._verdicts: OrderedDict[tuple[str, str], Verdict] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, chapter: Chapter, code: str, verdict: Verdict) -> None:
        """Keep the verdict on a code.

        Parameters
        ----------
        chapter : Chapter
        code : str
        verdict : Verdict
        """
        with self._lock:
            self._verdicts[chapter.name, code] = verdict
            while len(self._verdicts) > _MOST_KEPT:
                self._verdicts.popitem(last=False)

    def needs_check(self, chapter: Chapter, question: str, code: str) -> bool:
        """Return True if a question is about code that no check has seen yet.

        Parameters
        ----------
        chapter : Chapter
        question, code : str
        """
        about_code = "diagnosis" in taken_apart(question[:_LONGEST]).kinds
        return about_code and bool(code.strip()) and (chapter.name, code) not in self._verdicts

    def answer(
        self,
        chapter: Chapter,
        question: str,
        code: str,
        done: ChapterProgress,
        stop: threading.Event | None = None,
    ) -> dict[str, Any]:
        """Answer a question with quotations of what is known.

        Parameters
        ----------
        chapter : Chapter
        question, code : str
        done : ChapterProgress
            Says which hints were read.
        stop : threading.Event, optional
            Ends a check that the question needs.

        Returns
        -------
        dict
            With answers (text, mathml, source), none, and topics, which are what can be asked.

        Raises
        ------
        StoppedError
            If `stop` was set before the end.
        """
        question = question[:_LONGEST]
        if self.needs_check(chapter, question, code):
            self.remember(chapter, code, _checked(chapter, code, stop))
        verdict = self._verdicts.get((chapter.name, code))
        own = [*hints(chapter, done), *(diagnosed(chapter, verdict) if verdict else ())]
        answers = [_shown(passage) for passage in ask(question, chapter.name, own)]
        return {"answers": answers, "none": not answers, "topics": list(TOPICS)}


def _checked(chapter: Chapter, code: str, stop: threading.Event | None) -> Verdict:
    """Check a code as it stands; nothing is noted in the progress."""
    with tempfile.TemporaryDirectory(prefix="chainrule-") as folder:
        file = Path(folder) / chapter.file
        file.write_text(code, encoding="utf-8", errors="replace")
        return check_file(chapter, file, stop=stop)


def _shown(passage: Passage) -> dict[str, Any]:
    source = {"kind": passage.kind, "title": passage.title, "link": passage.link}
    shown = {"text": passage.text, "note": passage.note, "source": source}
    if passage.formula:
        shown["mathml"] = formula_html(passage.formula)
    return shown
