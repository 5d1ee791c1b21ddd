"""Runs of the learner's own main part: losses, boundary, the queue, and the client that leaves."""

from __future__ import annotations

import threading
import time

import anyio
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chainrule.course.chapters import chapters, get_chapter
from chainrule.course.sandbox import StoppedError
from chainrule.play.lessons import lessons
from chainrule.play.lessons.main_run import losses_in, run_file
from chainrule.play.lessons.work import WorkQueue

TRAINING = get_chapter("training")


@pytest.fixture
def client(tmp_path):
    with TestClient(Starlette(routes=lessons.routes(tmp_path / "course"))) as opened:
        yield opened


def post(client, what, **body):
    return client.post(f"/api/chapters/training/{what}", json=body)


def test_a_run_gives_losses_prints_and_the_boundary(client):
    ran = post(client, "run", code=TRAINING.solution).json()
    assert ran["trouble"] is None
    assert len(ran["losses"]) == 10
    assert ran["losses"][-1] < 0.02 < ran["losses"][0]
    assert ran["printed"].startswith("Loss at epoch 1: ")
    boundary = ran["boundary"]
    assert len(boundary["values"]) == boundary["size"] ** 2
    middle = boundary["values"][boundary["size"] ** 2 // 2 + boundary["size"] // 2]
    assert middle > 0.9
    assert boundary["values"][0] < 0.1


@pytest.mark.parametrize("name", list(chapters()))
def test_every_chapter_s_solution_runs(client, name):
    code = get_chapter(name).solution
    ran = client.post(f"/api/chapters/{name}/run", json={"code": code}).json()
    assert ran["trouble"] is None
    assert (ran["boundary"] is not None) == (name in ("training", "evaluating", "minibatches"))


def test_a_run_that_stops_tells_its_line(client):
    ran = post(client, "run", code="print('x')\n1 / 0\n").json()
    assert ran["printed"] == "x\n"
    assert ran["trouble"]["line"] == "line 2: 1 / 0"
    assert "ZeroDivisionError" in ran["trouble"]["evidence"]


@pytest.mark.parametrize(
    ("printed", "losses"),
    [
        ("Loss at epoch 1: 0.704\nLoss at epoch 2: 0.5", [0.704, 0.5]),
        ("epoch 3, loss = 1e-3", [0.001]),
        ("Loss at epoch 1: [[0.7]]", [0.7]),
        ("Loss at epoch 1: nan\nLoss at epoch 2: inf", [None, None]),
        ("lossless: 3\nnothing", []),
    ],
)
def test_losses_are_read_from_what_is_printed(printed, losses):
    assert losses_in(printed) == losses


def test_at_most_two_runs_at_once_and_the_others_wait(client):
    code = "import time\ntime.sleep(1)\n"
    took = []

    def run(name):
        began = time.monotonic()
        ran = client.post(f"/api/chapters/{name}/run", json={"code": code}).json()
        took.append((time.monotonic() - began, ran["trouble"]))

    threads = [threading.Thread(target=run, args=(name,)) for name in list(chapters())[:3]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = sorted(one for one, _ in took)
    assert all(trouble is None for _, trouble in took)
    assert seconds[2] > 2  # the third began after one of the others had ended


class Leaving:
    """A request whose client goes away after half a second."""

    def __init__(self):
        self._began = time.monotonic()

    async def is_disconnected(self):
        return time.monotonic() - self._began > 0.5


def test_a_run_ends_when_nobody_waits_for_it_any_more(tmp_path):
    file = tmp_path / "training.py"
    file.write_text("while True:\n    pass\n")
    began = time.monotonic()

    async def run():
        await WorkQueue().run(Leaving(), lambda stop: run_file(TRAINING, file, stop))

    with pytest.raises(StoppedError):
        anyio.run(run)
    assert time.monotonic() - began < 10  # a run may take a minute


def test_a_queued_run_whose_client_has_gone_is_never_begun():
    begun = []

    async def run():
        queue = WorkQueue(at_once=1)
        async with anyio.create_task_group() as group:
            group.start_soon(queue.run, Staying(), lambda stop: time.sleep(1))
            await anyio.sleep(0.1)
            with pytest.raises(StoppedError):
                await queue.run(Leaving(), lambda stop: begun.append(1))

    anyio.run(run)
    assert begun == []


class Staying:
    """A request whose client waits."""

    async def is_disconnected(self):
        return False
