"""The server of `chainrule play`: its parts put together, on 127.0.0.1 alone, until Ctrl-C."""

from __future__ import annotations

import socket
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from chainrule.play.lessons import gallery, lessons
from chainrule.play.playground.socket import route as socket_route
from chainrule.play.web import pages
from chainrule.play.web.guards import MOST_BYTES, Guard

_SECONDS_TO_END = 1  # for answers under way, once Ctrl-C is pressed


def application(folder: Path, token: str, port: int) -> ASGIApp:
    """Build the whole application behind its guard.

    Parameters
    ----------
    folder : Path
        The course's folder; created when a lesson first writes to it.
    token : str
        The run's secret.
    port : int
        Where the server listens.

    Returns
    -------
    ASGIApp
    """
    routes = [*pages.routes(), *lessons.routes(folder), *gallery.routes(), socket_route()]
    return Guard(Starlette(routes=routes), token, port)


def serve(listening: socket.socket, folder: Path, token: str) -> None:
    """Answer on a listening socket until Ctrl-C.

    Parameters
    ----------
    listening : socket.socket
        From `listening.listen`.
    folder : Path
        The course's folder.
    token : str
        The run's secret.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C, once the server has ended.
    """
    config = uvicorn.Config(
        application(folder, token, listening.getsockname()[1]),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="websockets-sansio",
        ws_max_size=MOST_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=_SECONDS_TO_END,
    )
    uvicorn.Server(config).run(sockets=[listening])
