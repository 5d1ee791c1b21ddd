"""Training beside a page, twenty pages at once, and a page in Chromium.

The server is a process of its own; the clients speak to it over real WebSockets. The speed of
training with a client that acknowledges its frames is compared with that while it does not, in
slices that alternate, so that what else the machine does falls on both.
"""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.results import short
from benchmarks.tables import Table
from chainrule.play.lessons.gallery import fragment
from chainrule.play.playground.frames import unpack

Found: TypeAlias = dict[str, Any]

CHROMIUM = "/usr/bin/chromium"

_SERVER = """
import sys, uvicorn
from starlette.applications import Starlette
from chainrule.play.playground import socket
uvicorn.run(Starlette(routes=[socket.route()]), port=int(sys.argv[1]), log_level="warning",
            ws="websockets-sansio", ws_per_message_deflate=False)
"""
_SLICE = 0.5  # seconds
_PAIRS = 16
_PAGES, _SECONDS = 20, 600
_LARGE = {"layers": [{"neurons": 16, "activation": "tanh"}] * 2}
STATES: dict[str, dict[str, Any]] = {
    "2-4-3-1": {},
    "2-16-16-3": {
        **_LARGE,
        "data": {"name": "blobs", "classes": 3},
        "loss": "softmax_cross_entropy",
    },
}


class Client:
    """A page that counts its frames and answers them while it is asked to."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.acknowledges = True
        self._unanswered: int | None = None
        self.frames: list[dict[str, Any]] = []
        self.states: asyncio.Queue[float] = asyncio.Queue()
        self.exports: asyncio.Queue[int] = asyncio.Queue()
        self.settings: dict[str, Any] = {}
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._connection:
            if isinstance(message, bytes):
                header, _ = unpack(message)
                self.frames.append(header)
                self._unanswered = header["frame"]
                await self.acknowledge()
            else:
                event = json.loads(message)
                if event["event"] == "state":
                    self.states.put_nowait(time.perf_counter())
                elif event["event"] == "export":
                    self.exports.put_nowait(json.loads(event["text"])["epoch"])

    async def acknowledge(self) -> None:
        """Answer the last frame, unless it is answered or the client does not answer now."""
        if self.acknowledges and self._unanswered is not None:
            frame, self._unanswered = self._unanswered, None
            await self.send(do="ack", frame=frame)

    async def send(self, **command: Any) -> None:
        """Send a command."""
        await self._connection.send(json.dumps(command))

    async def epoch(self) -> int:
        """Return the current epoch, as the exported weights tell, which needs no frame."""
        await self.send(do="export", what="weights")
        return await self.exports.get()

    async def begin(self, state: dict[str, Any]) -> None:
        """Configure and play."""
        self.settings = state
        await self.states.get()
        await self.send(do="configure", state=state)
        await self.states.get()
        await self.send(do="play")

    async def close(self) -> None:
        """Leave."""
        self._reading.cancel()
        await self._connection.close()


async def beside_a_page(address: str, state: dict[str, Any]) -> tuple[float, float]:
    """Return the speed with frames over the speed without, and the frames a second."""
    async with connect(address, max_size=None) as connection:
        client = Client(connection)
        await client.begin(state)
        await asyncio.sleep(2)
        speeds: dict[bool, list[float]] = {True: [], False: []}
        for number in range(2 * _PAIRS):
            client.acknowledges = number % 2 == 0
            await client.acknowledge()
            speeds[client.acknowledges].append(await _speed(client))
        rate = len(client.frames) / (_SLICE * _PAIRS + 2)
        await client.close()
    return statistics.median(speeds[True]) / statistics.median(speeds[False]), rate


async def _speed(client: Client) -> float:
    """Return epochs a second over a slice."""
    started, first = time.perf_counter(), await client.epoch()
    await asyncio.sleep(_SLICE)
    return (await client.epoch() - first) / (time.perf_counter() - started)


async def twenty_pages(address: str, server: int) -> dict[str, float]:
    """Return how long commands wait while twenty pages train, and how the server's memory grows."""
    connections = [await connect(address, max_size=None) for _ in range(_PAGES)]
    clients = [Client(connection) for connection in connections]
    await asyncio.gather(*(client.begin({"seed": i}) for i, client in enumerate(clients)))
    await asyncio.sleep(3)
    before, end = _memory(server), time.perf_counter() + _SECONDS
    every = await asyncio.gather(*(_waits(client, end) for client in clients))
    waits = [wait for of_page in every for wait in of_page]
    grown = _memory(server) - before
    frames = sum(len(client.frames) for client in clients) / (_SECONDS + 3) / _PAGES
    await asyncio.gather(*(client.close() for client in clients))
    return {
        "median, ms": 1e3 * float(np.median(waits)),
        "99th percentile, ms": 1e3 * float(np.quantile(waits, 0.99)),
        "commands": len(waits),
        "frames a second and page": frames,
        "memory grown, MB": grown,
    }


async def _waits(client: Client, end: float) -> list[float]:
    """Change the learning rate again and again; return how long each answer took."""
    waits, rate = [], 0.03
    while time.perf_counter() < end:
        rate = 0.06 - rate + 1e-6
        started = time.perf_counter()
        await client.send(do="configure", state={"learning_rate": rate, **client.settings})
        waits.append(await client.states.get() - started)
        await asyncio.sleep(0.25)
    return waits


def _memory(process: int) -> float:
    """Return the resident memory of a process in MB, where the system tells it."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return float("nan")
    line = next(one for one in status.read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def measure(port: int, server: int) -> list[Found]:
    """Return what was found, by what was measured."""
    address = f"ws://127.0.0.1:{port}/socket"
    for _ in range(100):
        try:
            async with connect(address):
                break
        except OSError:
            await asyncio.sleep(0.1)
    found: list[Found] = []
    for name, state in STATES.items():
        ratio, rate = await beside_a_page(address, state)
        found.append({"what": f"{name}: speed of training, of that without a page", "is": ratio,
                      "wanted": "at least 0.9"})  # fmt: skip
        found.append({"what": f"{name}: frames a second", "is": rate, "wanted": "at most 30"})
    wanted = {"median, ms": "at most 200", "99th percentile, ms": "at most 500",
              "memory grown, MB": "below 20 in ten minutes"}  # fmt: skip
    for name, value in (await twenty_pages(address, server)).items():
        what = f"{_PAGES} pages for {_SECONDS} s: {name}"
        found.append({"what": what, "is": value, "wanted": wanted.get(name, "")})
    return found


def in_chromium() -> list[Found]:
    """Return the median time from picture to picture while the epochs are scrubbed through."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [sys.executable, "-m", "chainrule", "play", "--port", "0", "--no-browser"]
        started = time.perf_counter()
        server = subprocess.Popen([*command, "--folder", folder], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            launched = time.perf_counter()
            page.goto(address)
            page.goto(f"{address.partition('?')[0]}playground{fragment(STATES['2-16-16-3'])}")
            page.wait_for_function("() => window.chainrule?.app?.layers")
            first = time.perf_counter() - launched
            page.fill("#until-epoch", "300")
            page.press("#until-epoch", "Enter")
            page.wait_for_function("() => chainrule.app.frame.epoch === 300")
            times = {
                how: statistics.median(page.evaluate(_SCRUB, how)) for how in ("idle", "scrub")
            }
            browser.close()
        finally:
            server.terminate()
            server.wait()
    found: list[Found] = [
        {"what": f"2-16-16-3: ms from picture to picture, {how}", "is": ms, "wanted": "below 17"}
        for how, ms in times.items()
    ]
    begun = {"what": "s to the playground's first frame in an open browser", "is": first,
             "wanted": "below 2"}  # fmt: skip
    up = {"what": "s to server and browser", "is": launched - started, "wanted": ""}
    return [begun, up, *found]


_SCRUB = """(how) => new Promise((done) => {
  const slider = document.getElementById("scrub");
  const times = [];
  let last = performance.now();
  let i = 0;
  function tick(now) {
    times.push(now - last);
    last = now;
    i += 1;
    if (how === "scrub") {
      slider.value = 300 - Math.round(150 + 149 * Math.sin(i / 20));
      slider.dispatchEvent(new Event("input"));
    }
    if (i < 400) requestAnimationFrame(tick); else done(times.slice(20));
  }
  requestAnimationFrame(tick);
})"""


def tables() -> tuple[list[Table], list[Found]]:
    """Start a server, measure, end it; return a table and the numbers."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    server = subprocess.Popen([sys.executable, "-c", _SERVER, str(port)])
    try:
        found = asyncio.run(measure(port, server.pid))
    finally:
        server.terminate()
        server.wait()
    if Path(CHROMIUM).exists():
        found += in_chromium()
    rows = [[str(one["what"]), short(one["is"]), str(one["wanted"])] for one in found]
    note = "Server, clients and Chromium share the processors; Chromium draws in software."
    return [Table("The page", ["what", "is", "wanted"], rows, note)], found
