"""The HTML pages and the files they load.

A page is a file in `static/`, served as it stands but for ``{{nonce}}``: the nonce of the styles
that the editor makes, which a page holds as ``<meta name="csp-nonce" content="{{nonce}}">``.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from chainrule.course.chapters import chapters
from chainrule.play.web.guards import NONCE

STATIC = Path(__file__).parent.parent / "static"
PAGES = {
    "/learn/{chapter}": "lesson.html",
    "/playground": "playground.html",
    "/gallery": "gallery.html",
}
"""Each page's address and its file in `static/`."""
_FIRST = "/learn/training"

for _kind, _suffix in (("text/javascript", ".js"), ("text/css", ".css"), ("image/svg+xml", ".svg")):
    mimetypes.add_type(_kind, _suffix)  # Windows asks its registry, where anyone may have written


class _Files(StaticFiles):
    """Static files; the browser asks each time whether a file is still the same."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "no-cache"
        return answer


def routes() -> list[BaseRoute]:
    """Return the routes of all pages and of the static files."""
    return [
        Route("/", _first),
        Route("/favicon.ico", _icon),
        *(Route(address, _page) for address in PAGES),
        Mount("/static", _Files(directory=STATIC)),
    ]


def _first(request: Request) -> Response:
    return RedirectResponse(_FIRST, 303)


def _icon(request: Request) -> Response:
    return FileResponse(STATIC / "icon.svg")


def _page(request: Request) -> Response:
    chapter = request.path_params.get("chapter")
    if chapter is not None and chapter not in chapters():
        raise HTTPException(
            404, f"There is no chapter {chapter!r}; chapters: {', '.join(chapters())}."
        )
    file = STATIC / PAGES[request.scope["route"].path]
    html = file.read_text(encoding="utf-8")
    return HTMLResponse(html.replace("{{nonce}}", request.scope[NONCE]))
