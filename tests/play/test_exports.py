import csv
import io
import subprocess
import sys

import msgspec
import numpy as np
import pytest

from chainrule.play.playground.data import draw, from_drawn
from chainrule.play.playground.exports import export, read_weights
from chainrule.play.playground.own_data import read_points
from chainrule.play.playground.runner import Run
from chainrule.play.playground.state import DataSettings, HiddenLayer, State, suited_loss


def _run(state, points=None):
    points = points or draw(state.data)
    return Run(msgspec.structs.replace(state, loss=suited_loss(state.loss, points.kind)), points)


STATES = {
    "page": State(),
    "deep": State(
        data=DataSettings("spirals", 0.05, 120, 3, 2),
        layers=(HiddenLayer(8, "relu"), HiddenLayer(5, "mish")),
        loss="softmax_cross_entropy",
        optimizer="momentum",
        l2=0.001,
        dropout=0.25,
        seed=7,
        initializer="he_normal",
        validation=0.0,
    ),
    "number": State(
        data=DataSettings("waves", 0.1, 100, seed=3), loss="huber", l1=1e-4, batch_size=1
    ),
    "linear": State(data=DataSettings("xor", n=60), layers=(), optimizer="sgd", dropout=0.5),
}


def _executed(text):
    names = {}
    exec(compile(text, "exported", "exec"), names)
    return names


@pytest.mark.parametrize("name", STATES)
def test_exported_code_makes_the_same_weights(name, capsys):
    run = _run(STATES[name])
    for _ in range(6):
        run.run_epoch()
    found = _executed(export("python", run)["text"])
    assert np.array_equal(found["model"].theta, run.theta)
    assert "after 6 epochs" in capsys.readouterr().out
    run.close()


def test_exported_code_follows_a_changed_learning_rate(capsys):
    run = _run(State())
    for rate in (0.03, 0.1, 0.007):
        run.set_rate(rate, msgspec.structs.replace(run.state, learning_rate=rate))
        for _ in range(3):
            run.run_epoch()
    found = _executed(export("python", run)["text"])
    assert np.array_equal(found["model"].theta, run.theta)


def test_exported_code_of_drawn_points_and_own_tables(capsys):
    drawn = from_drawn([(0.1, 0.2, "a"), (0.3, -0.4, "b"), (0.5, 0.6, "c'\n"), (0.0, 0.1, "a")])
    text = "a,b,c,y\n" + "\n".join(f"{i},{i % 5},{i % 3},{i * 1.5}" for i in range(25))
    for name, points in (("drawn", drawn), ("own", read_points(text, "t.csv", axes="pca"))):
        run = _run(State(data=DataSettings(name)), points)
        run.run_epoch()
        found = _executed(export("python", run)["text"])
        assert np.array_equal(found["model"].theta, run.theta)


def test_exported_code_before_the_first_epoch_is_the_network():
    run = _run(State())
    assert np.array_equal(_executed(export("python", run)["text"])["model"].theta, run.theta)


def test_exported_code_says_where_it_cannot_follow():
    run = _run(State())
    run.set_weight(1, 0, 0, 3.0)
    assert "set by hand" in export("python", run)["text"]


def test_exported_code_runs_by_itself(tmp_path):
    run = _run(State())
    run.run_epoch()
    file = export("python", run)
    (tmp_path / file["name"]).write_text(file["text"])
    done = subprocess.run(
        [sys.executable, file["name"]], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"loss {run.loss:.6g} after 1 epochs\n"
    assert done.stderr == ""


def test_weights_come_back():
    run = _run(STATES["deep"])
    run.run_epoch()
    file = export("weights", run)
    network = read_weights(file["text"])
    assert np.array_equal(network.theta, run.theta)
    assert [str(layer.activation) for layer in network.layers] == ["relu", "mish", "identity"]
    assert msgspec.json.decode(file["text"])["epoch"] == 1


def test_data_come_back():
    text = "a,b,y\n" + "\n".join(f"{i},{i * i % 7},{'u,' if i < 10 else 'v'}" for i in range(20))
    run = _run(State(data=DataSettings("own")), read_points(text.replace("u,", "u"), "t.csv"))
    rows = list(csv.reader(io.StringIO(export("data", run)["text"])))
    assert rows[0] == ["a", "b", "y"]
    assert np.array_equal(np.array([row[:2] for row in rows[1:]], float), run.points.x)
    assert [row[2] for row in rows[1:]] == ["u"] * 10 + ["v"] * 10


def test_an_unknown_export_is_refused():
    with pytest.raises(ValueError, match="unknown export 'pyton'; did you mean 'python'"):
        export("pyton", _run(State()))
