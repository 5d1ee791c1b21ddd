"""The queue for learners' code: two runs at a time, each ended when nobody waits for its result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request

from chainrule.course.sandbox import StoppedError

AT_ONCE = 2
_LOOK = 0.2  # seconds from one look at the connection to the next

Result = TypeVar("Result")


class WorkQueue:
    """Runs blocking work of requests in threads, a few at a time, in the order of arrival."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._limiter = anyio.CapacityLimiter(at_once)

    async def run(self, request: Request, work: Callable[[threading.Event], Result]) -> Result:
        """Return the work's result.

        Parameters
        ----------
        request : Request
            Once its client is gone, the event is set.
        work : callable
            ``work(stop)``, which ends early by StoppedError once `stop` is set.

        Raises
        ------
        StoppedError
            If the client is gone.
        """
        stop, results = threading.Event(), []

        async def watch() -> None:
            while not await request.is_disconnected():
                await anyio.sleep(_LOOK)
            stop.set()

        def begin() -> None:
            if not stop.is_set():
                results.append(work(stop))

        watching = anyio.create_task_group()
        failure: Exception | None = None
        async with watching:
            watching.start_soon(watch)
            try:
                await anyio.to_thread.run_sync(begin, limiter=self._limiter)
            except Exception as error:  # a group would wrap it
                failure = error
            watching.cancel_scope.cancel()
        if failure is not None:
            raise failure
        if not results:
            raise StoppedError
        return results[0]
