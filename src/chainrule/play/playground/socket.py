"""The WebSocket of a page: commands in, events and frames out, a frame after each answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from typing import Any

import msgspec
from anyio import CancelScope, create_task_group
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from chainrule.play.playground import commands
from chainrule.play.playground.commands import CommandError, read_command
from chainrule.play.playground.session import Session
from chainrule.play.playground.snapshots import FrameMaker, Snapshot

_INTERVAL = 1 / 30  # seconds between two frames, at least
_SHARE = 0.05  # of one core that pictures of all pages may take while networks train
_MOST_WAITING = 100  # commands and events of a page; then its messages stay unread
_playing: set[int] = set()  # the pages whose networks train


@cache
def _painter() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="chainrule-pictures")


def route() -> WebSocketRoute:
    """Return the route of the WebSocket."""
    return WebSocketRoute("/socket", _serve)


async def _serve(socket: WebSocket) -> None:
    await socket.accept()
    await Page(socket).serve()


class Page:
    """One connected page.

    Parameters
    ----------
    socket : WebSocket
        Accepted already.
    """

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._acknowledged = asyncio.Event()
        self._acknowledged.set()
        self._panel_wanted = asyncio.Event()
        self._point: commands.Point | None = None
        self._maker = FrameMaker()
        self._session = Session(self._from_thread)

    def _from_thread(self, event: dict[str, Any]) -> None:
        with suppress(RuntimeError):  # the server ends, and its loop is closed
            self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    async def serve(self) -> None:
        """Obey commands and send frames until the page is closed."""
        try:
            async with create_task_group() as group:
                for work in (self._send_events, self._send_frames, self._send_panels, self._read):
                    group.start_soon(self._until_gone, work, group.cancel_scope)
        finally:
            self._session.close()
            _playing.discard(id(self))

    async def _until_gone(self, work: Callable[[], Awaitable[None]], scope: CancelScope) -> None:
        """Work until the page is gone; then all other work ends too."""
        try:
            await work()
        except Exception as error:
            if not _is_gone(error):
                raise
        finally:
            scope.cancel()

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] != "websocket.receive":
                return
            await self._obey(message.get("text"))
            while self._events.qsize() + self._session.backlog > _MOST_WAITING:
                await asyncio.sleep(0.005)

    async def _obey(self, text: str | None) -> None:
        try:
            if text is None:
                raise CommandError("commands are text messages, got a binary one")
            command = read_command(text)
        except CommandError as error:
            self._events.put_nowait(_error(error, error.command))
            return
        match command:
            case commands.Ack(frame=frame):
                if frame == self._maker.number:
                    self._acknowledged.set()
            case commands.Point():
                self._point = command if command.x or command.row is not None else None
                self._panel_wanted.set()
            case _:
                self._session.submit(command)

    async def _send_events(self) -> None:
        while True:
            event = await self._events.get()
            await self._socket.send_text(msgspec.json.encode(event).decode())

    async def _send_frames(self) -> None:
        version, earliest = 0, 0.0
        while True:
            await self._acknowledged.wait()
            await asyncio.sleep(max(0.0, earliest - time.perf_counter()))
            shot = await self._snapshot(version)
            version, started = shot.version, time.perf_counter()
            (_playing.add if shot.playing else _playing.discard)(id(self))
            self._acknowledged.clear()
            frame, cost = await self._paint(partial(self._maker.make, shot))
            interval = max(_INTERVAL, cost * len(_playing) / _SHARE)
            earliest = started + min(interval, 2.0)
            await self._socket.send_bytes(frame)
            if self._point is not None and not shot.playing:
                self._panel_wanted.set()

    async def _send_panels(self) -> None:
        from chainrule.play.playground.panel import panel

        while True:
            await self._panel_wanted.wait()
            self._panel_wanted.clear()
            point = self._point
            if point is None:
                continue
            shot = await self._snapshot(0)
            try:
                event, _ = await self._paint(partial(panel, shot, point))
            except (ValueError, TypeError) as error:
                event = _error(error, "point")
            self._events.put_nowait(event)

    async def _snapshot(self, after: int) -> Snapshot:
        return await asyncio.wrap_future(self._session.request(after))

    async def _paint(self, work: Any) -> tuple[Any, float]:
        """Call a function on the painter's thread; return the result and the seconds taken."""
        return await self._loop.run_in_executor(_painter(), _timed, work)


def _timed(work: Any) -> tuple[Any, float]:
    started = time.thread_time()  # other programs do not count
    done = work()
    return done, time.thread_time() - started


def _error(error: Exception, command: str) -> dict[str, Any]:
    return {"event": "error", "message": str(error)[:2000], "command": command}


def _is_gone(error: BaseException) -> bool:
    """Return whether the page has gone away while something was sent to it."""
    names = ("ClientDisconnected", "ConnectionClosedError", "ConnectionClosedOK")
    return isinstance(error, WebSocketDisconnect | OSError) or type(error).__name__ in names
