"""The static export: statements, gallery and recorded runs as plain files, without a server."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chainrule.course.chapters import Chapter, chapters
from chainrule.files import whole_file
from chainrule.play.lessons.statements import statement_html
from chainrule.play.playground.recording import RUNS, Recorded, as_script, record
from chainrule.play.web.pages import STATIC
from chainrule.version import __version__

_PLAYGROUND = "playground-{}.html"
_LESSON = "learn-{}.html"
_LINKS = {
    'href="/playground"': f'href="{_PLAYGROUND.format(RUNS[0].name)}"',
    'href="/gallery"': 'href="gallery.html"',
    'href="/"': 'href="index.html"',
}
_LEFT_OUT = ("*.md", "axe*", "lesson*", "gallery*")  # of no use without a server


class FolderError(Exception):
    """The folder of an export cannot be used."""


def export(folder: Path) -> Iterator[Path]:
    """Write the static site into a folder, file by file.

    Parameters
    ----------
    folder : Path
        New, empty, or one that an export wrote before.

    Yields
    ------
    Path
        Each page, when it is written.

    Raises
    ------
    FolderError
        If the folder holds something else.
    OSError
        If a file cannot be written.
    """
    _require_own(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        STATIC, folder / "static", dirs_exist_ok=True, ignore=shutil.ignore_patterns(*_LEFT_OUT)
    )
    (folder / "recordings").mkdir(exist_ok=True)
    for run in RUNS:
        yield from _write(folder / "recordings" / f"{run.name}.js", as_script(record(run)))
        yield from _write(folder / _PLAYGROUND.format(run.name), playground_page(run))
    for chapter in chapters().values():
        page = _rendered("lesson.html", chapter=chapter, **_lesson(chapter))
        yield from _write(folder / _LESSON.format(chapter.name), page)
    yield from _write(folder / "gallery.html", _gallery())
    yield from _write(folder / "index.html", _rendered("index.html"))


def _require_own(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise FolderError(f"{folder} is a file; give a new or empty folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "recordings").is_dir():
        raise FolderError(f"{folder} holds other files; give a new or empty folder")


def _write(path: Path, text: str) -> Iterator[Path]:
    with whole_file(path) as file:
        file.write(text.encode())
    yield path


def playground_page(run: Recorded) -> str:
    """Return the playground's page, with a recorded run in place of the server."""
    text = (STATIC / "playground.html").read_text(encoding="utf-8")
    for link, other in _LINKS.items():
        text = text.replace(link, other)
    text = re.sub(r'href="/learn/([a-z]+)"', lambda found: f'href="learn-{found[1]}.html"', text)
    text = text.replace("</head>", '<link rel="stylesheet" href="static/export.css">\n</head>')
    first = '<script src="static/playground.js"></script>'
    scripts = [f"recordings/{run.name}.js", "static/recorded.js"]
    added = "".join(f'<script src="{script}"></script>\n' for script in scripts)
    if first not in text:
        raise RuntimeError(f"playground.html has no {first}")
    return text.replace(first, added + first)


def _lesson(chapter: Chapter) -> dict[str, Any]:
    return {"statement": statement_html(chapter.statement)}


def _gallery() -> str:
    from chainrule.course.gallery import Setting, by_quantity, train
    from chainrule.course.gallery.report import gallery_report

    setting = Setting()
    every = [(one,) for group in by_quantity().values() for one in group]
    return gallery_report(setting, train((), setting), [train(one, setting) for one in every])


def _rendered(template: str, **values: Any) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("chainrule.play", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    shared = {
        "chapters": chapters(),
        "runs": RUNS,
        "playground": _PLAYGROUND,
        "lesson": _LESSON,
        "version": __version__,
    }
    return environment.get_template(template).render(**shared, **values)
