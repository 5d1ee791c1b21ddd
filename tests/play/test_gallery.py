"""The gallery for the page: lines that differ, and the numbers of the course's gallery."""

from __future__ import annotations

import base64
import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chainrule.course.gallery import ENTRIES, Setting, train
from chainrule.course.running import load_module
from chainrule.play.lessons import gallery


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=gallery.routes())) as opened:
        yield opened


def test_all_mistakes_are_listed_with_their_quantities(client):
    told = client.get("/api/gallery").json()
    assert len(told["mistakes"]) == len(gallery.mistakes()) > 200
    assert [row["key"] for row in told["mistakes"] if row["trained"]] == list(ENTRIES)
    assert sum(one["count"] for one in told["quantities"]) == len(told["mistakes"])
    assert all(row["title"] and "{" not in row["title"] for row in told["mistakes"])


@pytest.mark.parametrize("key", list(gallery.mistakes()))
def test_every_mistake_has_lines_that_differ_from_the_right_ones(key):
    lines = list(gallery._beside(gallery.mistakes()[key]))
    assert any(not line["same"] for line in lines)
    assert all(line["wrong"] == line["right"] for line in lines if line["same"])
    assert any(line["same"] for line in lines)


def test_a_mistake_comes_with_its_curve_beside_the_right_one(client):
    one = client.get("/api/gallery/updated-too-early").json()
    assert [line["wrong"] for line in one["lines"] if not line["same"]] == [
        None,
        "    da_prev = self.weights.T @ dz",
    ]
    setting = Setting()
    run = train((ENTRIES["updated-too-early"],), setting)
    assert one["curve"]["losses"] == list(run.losses)
    assert one["curve"]["right"] == list(train((), setting).losses)
    assert "do not show the mistake" in one["curve"]["sentence"]


def test_a_mistake_that_stops_says_where(client):
    one = client.get("/api/gallery/returns-nothing").json()
    assert one["curve"]["kind"] == "stops"
    assert one["curve"]["where"].startswith("epoch 1, sample 1")


def test_a_mistake_of_a_single_function_has_lines_and_no_curve(client):
    one = client.get("/api/gallery/accuracy:percent").json()
    assert one["curve"] is None
    assert one["code"] is None
    assert one["chapter"] == "evaluating"


def test_an_unknown_mistake_is_an_error(client):
    assert client.get("/api/gallery/none").status_code == 404


def test_the_link_to_the_playground_is_its_state():
    state = gallery.state()
    text = gallery.fragment(state)[1:]
    assert json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) == state


@pytest.mark.parametrize("key", [k for k, m in ENTRIES.items() if m.baseline == "one sample"])
def test_the_file_of_a_mistake_can_be_run(key, tmp_path):
    file = tmp_path / "own_code.py"
    file.write_text(gallery._file(ENTRIES[key]), encoding="utf-8")
    module = load_module(file)
    assert module.Layer
    assert module.Perceptron([]).forward(1) == 1
