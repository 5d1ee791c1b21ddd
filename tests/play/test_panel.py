import msgspec
import numpy as np
import pytest

from chainrule import trace
from chainrule.play.playground import commands
from chainrule.play.playground.desk import Desk
from chainrule.play.playground.panel import panel
from chainrule.play.playground.state import DataSettings, HiddenLayer, State
from chainrule.tracing.notation import mathml

STATES = {
    "default": State(),
    "classes": State(
        data=DataSettings("blobs", classes=4),
        layers=(HiddenLayer(5, "relu"),),
        loss="softmax_cross_entropy",
    ),
    "number": State(data=DataSettings("waves"), layers=(), loss="huber"),
    "wide": State(layers=(HiddenLayer(16, "tanh"), HiddenLayer(16, "gelu"))),
    "squared": State(loss="squared_error"),
}


def _desk(name):
    desk = Desk(lambda event: None)
    desk.obey(commands.Configure(STATES[name]))
    for _ in range(3):
        desk.step("epoch")
    return desk


def _shot(desk):
    return desk.snapshot(1, playing=False, speed=0.0)


@pytest.mark.parametrize("name", STATES)
def test_the_panels_values_are_those_of_the_trace(name):
    desk = _desk(name)
    event = panel(_shot(desk), commands.Point(row=11))
    x, y = desk.points.x[11], desk.points.targets(desk.state.loss)[11]
    step = trace(desk.run.network, x, y, loss=desk.state.loss, learning_rate=0.03)
    assert [one["name"] for one in event["steps"]] == list(step)
    assert (event["event"], event["epoch"], event["row"]) == ("panel", 3, 11)
    assert event["title"] == step.title
    for one in event["steps"]:
        quantity = step[one["name"]]
        assert np.array_equal(one["value"], np.atleast_2d(quantity.value))
        assert one["shape"] == list(np.shape(one["value"]))
        assert (one["formula"], one["part"], one["layer"]) == (
            quantity.formula,
            quantity.part,
            quantity.layer,
        )
        assert one["sources"] == list(quantity.sources)
        assert one["mathml"].startswith("<math>")
        assert one["mathml"] == mathml(
            f"{quantity.name} = {quantity.formula}" if quantity.formula else quantity.name
        )


@pytest.mark.parametrize("name", STATES)
def test_formulas_with_numbers_are_those_of_the_trace(name):
    desk = _desk(name)
    event = panel(_shot(desk), commands.Point(row=0))
    x, y = desk.points.x[0], desk.points.targets(desk.state.loss)[0]
    step = trace(desk.run.network, x, y, loss=desk.state.loss, learning_rate=0.03)
    for one in event["steps"]:
        size = np.size(one["value"])
        assert (one["with_numbers"] is None) == (size > 64 or not one["formula"])
        if one["with_numbers"] is not None:
            assert np.shape(one["with_numbers"]) == tuple(one["shape"])
            if step[one["name"]].value.ndim == 2:
                assert one["with_numbers"][-1][-1] == step.entry(one["name"], -1, -1)


def test_the_panel_of_a_scrubbed_epoch_has_its_weights():
    desk = _desk("default")
    desk.obey(commands.Scrub(1))
    event = panel(_shot(desk), commands.Point(row=0))
    weights = next(step for step in event["steps"] if step["name"] == "W¹")["value"]
    assert event["epoch"] == 1
    theta = desk.run.memory.nearest(1).theta
    assert np.array_equal(np.ravel(weights), theta[:8])


def test_a_place_without_a_target_has_the_way_forward_alone():
    event = panel(_shot(_desk("default")), commands.Point(x=(0.5, -0.5)))
    assert {step["part"] for step in event["steps"]} == {"given", "forward"}


def test_a_place_with_a_target_has_all_parts():
    event = panel(_shot(_desk("default")), commands.Point(x=(0.5, -0.5), y=(1.0,)))
    assert {step["part"] for step in event["steps"]} == {
        "given", "forward", "loss", "backward", "update"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("point", "words"),
    [
        (commands.Point(row=300), "no point 300"),
        (commands.Point(x=(1.0, 2.0, 3.0)), "2 numbers"),
        (commands.Point(x=(1.0, 2.0), y=(0.0, 1.0)), "y"),
        (commands.Point(x=(1.0, 2.0), y=(3.0,)), "in \\[0, 1\\]"),
    ],
)
def test_a_point_that_does_not_fit_is_refused(point, words):
    with pytest.raises(ValueError, match=words):
        panel(_shot(_desk("default")), point)


def test_the_panel_of_an_own_table_takes_places_of_the_plane():
    desk = Desk(lambda event: None)
    rows = [f"{i},{i % 5},{i % 3},{i % 2}" for i in range(25)]
    desk.obey(commands.Upload("\n".join(["a,b,c,y", *rows]), axes="pca"))
    shot = _shot(desk)
    by_row = panel(shot, commands.Point(row=4))["steps"][0]["value"]
    assert np.array_equal(np.ravel(by_row), desk.points.x[4])
    by_place = panel(shot, commands.Point(x=(0.0, 0.0)))["steps"][0]["value"]
    assert np.allclose(np.ravel(by_place), desk.points.x.mean(axis=0))


def test_numbers_that_are_not_finite_are_words():
    desk = _desk("number")
    desk.run.theta[:] = 1e308
    event = panel(_shot(desk), commands.Point(x=(1e9, 1e9), y=(0.0,)))
    values = {value for step in event["steps"] for row in step["value"] for value in row}
    assert "inf" in values
    assert msgspec.json.decode(msgspec.json.encode(event)) == event
