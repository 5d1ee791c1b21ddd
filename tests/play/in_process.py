"""A page in the same process, to test the socket without a network."""

import asyncio
import json

from chainrule.play.playground import socket
from chainrule.play.playground.frames import unpack


class Browser:
    """A page in the same process: it sends commands and collects what comes."""

    def __init__(self, *, acknowledges=True):
        self.acknowledges = acknowledges
        self._to_server, self.events, self.frames = asyncio.Queue(), asyncio.Queue(), []
        self._came, self._looked_at = asyncio.Event(), 0

    async def receive(self):
        return await self._to_server.get()

    async def send_text(self, text):
        self.events.put_nowait(json.loads(text))

    async def send_bytes(self, message):
        header, arrays = unpack(message)
        self.frames.append((header, arrays))
        self._came.set()
        if self.acknowledges:
            self.send({"do": "ack", "frame": header["frame"]})

    def send(self, command):
        self.send_raw(json.dumps(command))

    def send_raw(self, text):
        self._to_server.put_nowait({"type": "websocket.receive", "text": text})

    def leave(self):
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def event(self, name):
        while True:
            event = await asyncio.wait_for(self.events.get(), 20)
            if event["event"] == name:
                return event

    async def frame(self, is_it=lambda header: True):
        """Return the first such frame among those not looked at, or wait for it."""
        while True:
            while self._looked_at < len(self.frames):
                self._looked_at += 1
                if is_it(self.frames[self._looked_at - 1][0]):
                    return self.frames[self._looked_at - 1]
            self._came.clear()
            await asyncio.wait_for(self._came.wait(), 20)


def on_a_page(visit, **options):
    async def main():
        browser = Browser(**options)
        page = socket.Page(browser)
        serving = asyncio.create_task(page.serve())
        try:
            await visit(browser)
        finally:
            browser.leave()
            await asyncio.wait_for(serving, 20)
            assert page._session.join(30)  # the compiler may be at work

    asyncio.run(main())
