import asyncio
import threading
import time

import numpy as np
import pytest
from play.in_process import Browser, on_a_page
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chainrule import trace
from chainrule.play.playground import socket
from chainrule.play.playground.frames import unpack
from chainrule.play.playground.panel import network_of
from chainrule.play.playground.pictures import Blueprint


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
