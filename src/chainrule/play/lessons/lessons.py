"""The lessons over HTTP: chapters, check, run, hint, solution, questions."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from chainrule.course.chapters import Chapter, after, get_chapter
from chainrule.course.progress import ProgressError
from chainrule.course.sandbox import StoppedError, check_file
from chainrule.course.verdict import Verdict
from chainrule.play.lessons.answers import Answers
from chainrule.play.lessons.exercises import ConflictError, Exercises, StoredFile
from chainrule.play.lessons.main_run import run_file
from chainrule.play.lessons.work import WorkQueue

_MOST_CODE = 1_000_000  # characters
_GONE = 499


class Code(msgspec.Struct, forbid_unknown_fields=True):
    """A learner's code, and the version of the file that it was made of."""

    code: str
    version: str | None = None
    replace: bool = False


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """A question, beside the code as it stands."""

    question: str
    code: str = ""


Body = TypeVar("Body", Code, Question)


class RefusedError(Exception):
    """A request that cannot be answered; the message is a sentence."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


Answer = Callable[[Request], Awaitable[Response]]


def routes(folder: Path) -> list[BaseRoute]:
    """Return the routes of the lessons.

    Parameters
    ----------
    folder : Path
        The course's folder, the same as the terminal's; created by the first change.
    """
    lessons = _Lessons(folder)
    one = "/api/chapters/{name}"
    table: list[tuple[str, str, Answer]] = [
        ("GET", "/api/chapters", lessons.list),
        ("GET", one, lessons.show),
        ("GET", f"{one}/file", lessons.file),
        ("POST", f"{one}/save", lessons.save),
        ("POST", f"{one}/check", lessons.check),
        ("POST", f"{one}/run", lessons.run),
        ("POST", f"{one}/hint", lessons.hint),
        ("POST", f"{one}/solution", lessons.solution),
        ("POST", f"{one}/reset", lessons.reset),
        ("POST", f"{one}/ask", lessons.ask),
    ]
    return [Route(path, _guarded(answer), methods=[method]) for method, path, answer in table]


def _guarded(answer: Answer) -> Answer:
    """Turn what can go wrong into an answer with one sentence."""

    @functools.wraps(answer)
    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except ConflictError as error:
            return JSONResponse({"error": str(error), **_file(error.stored)}, 409)
        except RefusedError as error:
            return JSONResponse({"error": str(error)}, error.status)
        except StoppedError:
            return JSONResponse({"error": "nobody waits for this run"}, _GONE)
        except ProgressError as error:
            return JSONResponse({"error": str(error)}, 409)
        except OSError as error:
            where = error.filename or "the folder"
            return JSONResponse({"error": f"cannot use {where}: {error.strerror or error}"}, 409)

    return guarded


class _Lessons:
    def __init__(self, folder: Path) -> None:
        self._exercises, self._queue = Exercises(folder), WorkQueue()
        self._answers = Answers()

    async def list(self, request: Request) -> Response:
        return JSONResponse(await to_thread.run_sync(self._exercises.rows))

    async def show(self, request: Request) -> Response:
        chapter = _chapter(request)
        shown = await to_thread.run_sync(self._exercises.lesson, chapter)
        following = after(chapter)
        row = following and {"name": following.name, "title": following.title}
        return JSONResponse({**shown, "following": row})

    async def file(self, request: Request) -> Response:
        stored = await to_thread.run_sync(self._exercises.read, _chapter(request))
        return JSONResponse(_file(stored))

    async def save(self, request: Request) -> Response:
        version = await self._save(_chapter(request), await _read(request, Code))
        return JSONResponse({"version": version})

    async def _save(self, chapter: Chapter, sent: Code) -> str:
        if len(sent.code) > _MOST_CODE:
            raise RefusedError(f"the code has more than {_MOST_CODE:,} characters", 413)
        saving = functools.partial(
            self._exercises.save, chapter, sent.code, sent.version, replace=sent.replace
        )
        return await to_thread.run_sync(saving)

    async def check(self, request: Request) -> Response:
        chapter, sent = _chapter(request), await _read(request, Code)
        version = await self._save(chapter, sent)
        path = self._exercises.path(chapter)
        verdict: Verdict = await self._queue.run(
            request, lambda stop: check_file(chapter, path, stop=stop)
        )
        self._answers.remember(chapter, sent.code, verdict)
        note = await to_thread.run_sync(self._exercises.note_check, chapter, verdict)
        found = verdict.as_json()
        found["notes"] += [note] if note else []
        return JSONResponse({**found, "explained": explained(verdict), "version": version})

    async def run(self, request: Request) -> Response:
        chapter, sent = _chapter(request), await _read(request, Code)
        version = await self._save(chapter, sent)
        path = self._exercises.path(chapter)
        ran = await self._queue.run(request, lambda stop: run_file(chapter, path, stop))
        return JSONResponse({**ran, "version": version})

    async def hint(self, request: Request) -> Response:
        chapter = _chapter(request)
        given = await to_thread.run_sync(self._exercises.hint, chapter)
        if given is None:
            said = f"{chapter.title} is right: there is nothing to hint at."
            return JSONResponse({"about": chapter.title, "text": said, "level": 0, "levels": 0,
                                 "last": True})  # fmt: skip
        return JSONResponse({**asdict(given), "last": given.last})

    async def solution(self, request: Request) -> Response:
        code = await to_thread.run_sync(self._exercises.solution, _chapter(request))
        return JSONResponse({"code": code})

    async def reset(self, request: Request) -> Response:
        chapter = _chapter(request)
        kept = await to_thread.run_sync(self._exercises.reset, chapter)
        stored = await to_thread.run_sync(self._exercises.read, chapter)
        return JSONResponse({**_file(stored), "kept": str(kept) if kept else None})

    async def ask(self, request: Request) -> Response:
        chapter, asked = _chapter(request), await _read(request, Question)
        known, _ = await to_thread.run_sync(self._exercises.progress)
        answering = functools.partial(
            self._answers.answer, chapter, asked.question, asked.code, known.of(chapter.name)
        )
        if self._answers.needs_check(chapter, asked.question, asked.code):
            found = await self._queue.run(request, lambda stop: answering(stop=stop))
        else:
            found = await to_thread.run_sync(answering)
        return JSONResponse(found)


def explained(verdict: Verdict) -> list[dict[str, str]]:
    """Return the right formula and the line to look at of every finding.

    Parameters
    ----------
    verdict : Verdict
    """
    findings = [(step.key, finding) for step in verdict.steps for finding in step.findings]
    if verdict.trouble is not None:
        findings.append(("", verdict.trouble))
    return [
        {"step": step, "key": one.key, "right": one.right, "line": one.line}
        for step, one in findings
    ]


def _file(stored: StoredFile) -> dict[str, Any]:
    return {"code": stored.code, "version": stored.version, "trouble": stored.trouble}


def _chapter(request: Request) -> Chapter:
    try:
        return get_chapter(request.path_params["name"])
    except ValueError as error:
        raise RefusedError(str(error), 404) from None


async def _read(request: Request, kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(f"the request cannot be read: {error}") from None
