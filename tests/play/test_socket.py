import asyncio
import json
import random
import threading
import time

import msgspec
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chainrule import trace
from chainrule.play import socket
from chainrule.play.commands import CommandError, read_command
from chainrule.play.frames import unpack
from chainrule.play.panel import network_of
from chainrule.play.pictures import Blueprint

MALFORMED = 10_000


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


def test_a_page_gets_state_data_and_a_first_frame():
    async def visit(browser):
        assert (await browser.event("state"))["state"]["optimizer"] == "adam"
        assert (await browser.event("data"))["classes"] == ["0", "1"]
        header, arrays = await browser.frame()
        assert header["frame"] == 1
        assert header["boundary"] == {"size": 64, "outputs": 1, "kind": "binary"}
        assert arrays["boundary"].shape == (1, 64, 64)
        assert arrays["neuron_1"].shape == (4, 24, 24)
        assert arrays["neuron_2"].shape == (3, 24, 24)
        assert arrays["theta"].shape == (header["n_parameters"],)
        assert arrays["points"].shape == (300, 3)
        assert arrays["held_out"].sum() == 60
        assert arrays["epochs"].tolist() == [0]

    on_a_page(visit)


def test_points_come_again_only_when_the_data_change():
    async def visit(browser):
        await browser.frame()
        browser.send({"do": "step"})
        assert "points" not in (await browser.frame())[1]
        browser.send({"do": "configure", "state": {"data": {"name": "moons"}}})
        assert "points" in (await browser.frame())[1]

    on_a_page(visit)


def test_training_reaches_95_per_cent_on_circles():
    async def visit(browser):
        state = {"layers": [{"neurons": 8, "activation": "tanh"}], "learning_rate": 0.03}
        browser.send({"do": "configure", "state": state})
        browser.send({"do": "until", "epoch": 200})
        header, arrays = await browser.frame(lambda header: header["epoch"] == 200)
        assert header["validation_accuracy"] > 0.95
        assert arrays["epochs"][-1] == 200
        assert arrays["loss"][-1] == header["loss"]

    on_a_page(visit)


def test_a_frame_leaves_only_after_the_last_was_acknowledged():
    async def visit(browser):
        await browser.frame()
        browser.send({"do": "play"})
        await asyncio.sleep(0.3)
        assert len(browser.frames) == 1
        browser.send({"do": "ack", "frame": 99})
        await asyncio.sleep(0.1)
        assert len(browser.frames) == 1
        browser.send({"do": "ack", "frame": 1})
        header, _ = await browser.frame()
        assert header["frame"] == 2
        assert header["epoch"] > 50

    on_a_page(visit, acknowledges=False)


def test_frames_are_at_most_30_a_second():
    async def visit(browser):
        await browser.frame()
        browser.send({"do": "play"})
        await browser.frame()
        before, started = len(browser.frames), time.perf_counter()
        await asyncio.sleep(0.5)
        seconds = time.perf_counter() - started
        assert 1 <= len(browser.frames) - before <= 30 * seconds + 2

    on_a_page(visit)


def test_the_panel_comes_now_and_after_each_frame_while_paused():
    async def visit(browser):
        _, arrays = await browser.frame()
        browser.send({"do": "point", "row": 4})
        event = await browser.event("panel")
        values = {step["name"]: step["value"] for step in event["steps"]}
        _check_against_trace(arrays, values)
        browser.send({"do": "step"})
        assert (await browser.event("panel"))["epoch"] == 1
        browser.send({"do": "point"})
        browser.send({"do": "step"})
        await browser.frame(lambda header: header["epoch"] == 2)
        await asyncio.sleep(0.05)
        assert browser.events.empty()

    on_a_page(visit)


def _check_against_trace(arrays, values):
    from chainrule.activations import sigmoid, tanh
    from chainrule.losses import binary_cross_entropy

    plan = Blueprint((2, 4, 3, 1), (tanh, tanh, sigmoid), binary_cross_entropy)
    x, y = np.ravel(values["a⁰"]), np.ravel(values["y"])
    assert np.allclose(x, arrays["points"][4, :2])
    step = trace(network_of(plan, arrays["theta"]), x, y, learning_rate=0.03)
    for name, value in values.items():
        assert np.array_equal(value, np.atleast_2d(step[name].value))


def test_an_upload_becomes_the_data():
    async def visit(browser):
        rows = "\n".join(f"{i},{(i * 7) % 11},{'yes' if i % 11 > 5 else 'no'}" for i in range(40))
        browser.send({"do": "upload", "text": f"a,b,wet\n{rows}", "name": "rain.csv"})
        await browser.event("data")
        data = await browser.event("data")
        assert (data["columns"], data["target"], data["n"]) == (["a", "b", "wet"], "wet", 40)
        assert (data["axes"], data["classes"]) == (["a", "b"], ["no", "yes"])
        assert (await browser.event("state"))["state"]["data"]["name"] == "own"
        nothing = np.zeros((0, 3))
        while (await browser.frame())[1].get("points", nothing).shape != (40, 3):
            pass

    on_a_page(visit)


def test_what_tables_say_of_a_bad_file_goes_to_the_page():
    async def visit(browser):
        browser.send({"do": "upload", "text": "a,b\n1,2\n", "name": "rain.csv", "target": "c"})
        error = await browser.event("error")
        assert error["command"] == "upload"
        assert error["message"].startswith("rain.csv has no column 'c'")

    on_a_page(visit)


@pytest.mark.parametrize("what", ["python", "weights", "data"])
def test_exports_come_as_events(what):
    async def visit(browser):
        browser.send({"do": "export", "what": what})
        event = await browser.event("export")
        assert event["text"]
        assert event["name"]
        assert "/" in event["type"]

    on_a_page(visit)


def test_run_a_comes_with_its_curve_and_boundary():
    async def visit(browser):
        browser.send({"do": "until", "epoch": 20})
        _, arrays = await browser.frame(lambda header: header["epoch"] == 20)
        browser.send({"do": "keep"})
        browser.send({"do": "reset"})
        _, now = await browser.frame(lambda header: header["epoch"] == 0)
        assert now["epochs_a"][-1] == 20
        assert np.array_equal(now["loss_a"], arrays["loss"])
        assert np.array_equal(now["boundary_a"], arrays["boundary"])

    on_a_page(visit)


def test_a_closed_page_stops_its_training_within_a_second():
    async def main():
        browser = Browser()
        page = socket.Page(browser)
        serving = asyncio.create_task(page.serve())
        browser.send({"do": "play"})
        await browser.frame(lambda header: header["playing"])
        browser.leave()
        await asyncio.wait_for(serving, 1)
        assert page._session.join(1)

    asyncio.run(main())


def test_a_page_that_breaks_while_sending_is_gone():
    class Broken(Browser):
        async def send_bytes(self, message):
            raise OSError("the connection is lost")

    async def main():
        page = socket.Page(Broken())
        await asyncio.wait_for(page.serve(), 20)
        assert page._session.join(30)  # the compiler may be at work

    asyncio.run(main())


def test_several_pages_train_each_its_own():
    async def visit(browser):
        other = Browser()
        page = socket.Page(other)
        serving = asyncio.create_task(page.serve())
        other.send({"do": "until", "epoch": 5})
        await other.frame(lambda header: header["epoch"] == 5)
        other.leave()
        await asyncio.wait_for(serving, 20)
        browser.send({"do": "step"})
        assert (await browser.frame(lambda header: header["epoch"] > 0))[0]["epoch"] == 1

    on_a_page(visit)


def test_the_route_is_a_websocket_of_starlette():
    app = Starlette(routes=[socket.route()])
    with TestClient(app).websocket_connect("/socket") as page:
        assert page.receive_json()["event"] == "state"
        assert page.receive_json()["event"] == "data"
        header, _ = unpack(page.receive_bytes())
        page.send_json({"do": "ack", "frame": header["frame"]})
        page.send_bytes(b"\x00\x01")
        assert "binary" in page.receive_json()["message"]
        page.send_json({"do": "step"})
        assert unpack(page.receive_bytes())[0]["epoch"] == 1
    names = {thread.name for thread in threading.enumerate()}
    deadline = time.monotonic() + 5
    while "chainrule-training" in names and time.monotonic() < deadline:
        names = {thread.name for thread in threading.enumerate()}
    assert "chainrule-training" not in names


# Malformed messages ------------------------------------------------------------------------

GOOD = [
    {"do": "configure", "state": {"layers": [{"neurons": 3, "activation": "relu"}], "seed": 3}},
    {"do": "configure", "state": {"data": {"name": "blobs", "classes": 4, "n": 40}}},
    {"do": "play"},
    {"do": "pause"},
    {"do": "step", "unit": "batch"},
    {"do": "until", "epoch": 3, "loss": 0.1},
    {"do": "reset"},
    {"do": "scrub", "epoch": 3},
    {"do": "weight", "layer": 1, "row": 0, "column": 1, "value": 0.5},
    {"do": "point", "x": [0.1, 0.2], "y": [1.0], "row": None},
    {"do": "draw", "points": [[0.1, 0.2, 0], [0.3, -0.2, 1], [0.5, 0.5, "a"]]},
    {"do": "upload", "text": "a,b,y\n1,2,0\n3,1,1\n", "target": "y", "axes": ["a", "b"]},
    {"do": "export", "what": "weights"},
    {"do": "keep"},
    {"do": "engine", "name": "learner", "code": "", "chapter": "layer"},
    {"do": "ack", "frame": 1},
]
ODD = [None, True, -1, 0, 1e308, 2**70, 1.5, "", "x" * 300, [], {}, [[]], {"do": "play"}, "NaN"]
ODD_TEXTS = ["", " ", "null", "[]", "{", "NaN", '"', "{}" * 9, "[" * 5000, '{"do":' * 3000, "\0"]


def _malformed(rng):
    """Return a message that is no command: a good one with something wrong in it."""
    while True:
        text = _broken(rng)
        try:
            read_command(text)
        except CommandError:
            return text


def _broken(rng):
    kind = rng.randrange(5)
    command = dict(rng.choice(GOOD))
    if kind == 0:
        return rng.choice(ODD_TEXTS)
    if kind == 1:
        command[rng.choice([*command, "more", "state"])] = rng.choice(ODD)
        return json.dumps(command)
    text = json.dumps(command)
    if kind == 2:
        return text[: rng.randrange(len(text))]
    place = rng.randrange(len(text))
    if kind == 3:
        return text[:place] + chr(rng.choice([0, 34, 92, 123, 0x20AC, 0xD800])) + text[place + 1 :]
    return text.replace(rng.choice("0123ae:,"), rng.choice(["NaN", "-", "1e999", "]", '""']))


def test_ten_thousand_malformed_messages_cost_nothing_but_an_error_each():
    rng = random.Random(16)

    async def visit(browser):
        await browser.frame()
        for _ in range(MALFORMED):
            browser.send_raw(_malformed(rng))
        for _ in range(MALFORMED):
            error = await browser.event("error")
            assert error["message"]
        browser.send({"do": "until", "epoch": 4})
        assert (await browser.frame(lambda header: header["epoch"] == 4))[0]["frame"] > 1

    on_a_page(visit)


def test_commands_with_odd_values_leave_the_page_usable():
    rng = random.Random(17)

    async def visit(browser):
        await browser.frame()
        for _ in range(300):
            browser.send_raw(_broken(rng))
            browser.send(rng.choice(GOOD))
        browser.send({"do": "configure", "state": {}})
        browser.send({"do": "until", "epoch": 4})
        await browser.frame(lambda header: header["epoch"] == 4 and not header["playing"])

    on_a_page(visit)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ('{"do": "step", "unit": "day"}', "step"),
        ('{"do": "jump"}', "jump"),
        ('{"unit": "epoch"}', ""),
        ('{"do": 3}', ""),
        ('{"do": "play", "more": 1}', "play"),
        ('{"do": "weight", "layer": 1, "row": 0, "value": 1e300}', "weight"),
        ('{"do": "scrub", "epoch": -1}', "scrub"),
        ('{"do": "until", "loss": NaN}', ""),
        ("[" * 100_000, ""),
        ('{"do": "play"}\ud800', ""),
    ],
)
def test_an_error_names_its_command(text, command):
    with pytest.raises(CommandError) as caught:
        read_command(text)
    assert caught.value.command == command
    assert str(caught.value)


def test_the_limits_of_a_message():
    text = msgspec.json.encode({"do": "upload", "text": "x" * 2_000_001}).decode()
    with pytest.raises(CommandError, match="<= 2000000"):
        read_command(text)
    points = [[0, 0, 0]] * 5001
    with pytest.raises(CommandError, match="<= 5000"):
        read_command(msgspec.json.encode({"do": "draw", "points": points}).decode())
