"""Other data, another network, damaged files, no room: one clear sentence, and nothing is lost."""

import errno
import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from checkpoints.test_resuming import X, Y, assert_same, fit, network
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from chainrule import Checkpoints, EarlyStopping, Layer, MLPClassifier, Perceptron, tensor_files
from chainrule.checkpoints import CheckpointError, CheckpointWarning
from chainrule.checkpoints import folder as folders

EVERY = {"every_epochs": 2, "keep": 3}


def kept(folder):
    return Checkpoints(folder, **EVERY)


@pytest.fixture
def folder(tmp_path):
    """Give a folder with checkpoints of epochs 2, 4 and 6."""
    fit(network(), 6, checkpoint=kept(tmp_path), validation_data=(X[:9], Y[:9]))
    assert [int(path.name[6:12]) for path in sorted(tmp_path.iterdir())] == [2, 4, 6]
    return tmp_path


def resumed(folder, net=None, epochs=8, **options):
    options = {"validation_data": (X[:9], Y[:9])} | options
    return fit(net or network(), epochs, checkpoint=kept(folder), resume=True, **options)


OTHERS = {
    "learning_rate was 0.01 and is 0.02": {"learning_rate": 0.02},
    "batch_size was 8 and is 9": {"batch_size": 9},
    r"optimizer was SGD\(\) and is Adam": {"optimizer": "adam"},
    "loss was binary_cross_entropy and is squared_error": {"loss": "squared_error"},
    "schedule was Constant.* and is Cosine": {"schedule": "cosine"},
    "dropout was": {"dropout": 0.1},
    "clip_norm was inf and is 1.0": {"clip_norm": 1.0},
    "shuffle was True and is False": {"shuffle": False},
    "early stopping was .* and is .*EarlyStopping": {"callbacks": [EarlyStopping()]},
    "validation_data has other rows or numbers": {"validation_data": (X[:8], Y[:8])},
    "sample_weight has other rows or numbers": {"sample_weight": np.ones(61)},
    "rng was": {"rng": np.random.RandomState(3)},
}


@pytest.mark.parametrize(("said", "options"), OTHERS.items(), ids=OTHERS)
def test_another_run_is_refused_by_what_differs(folder, said, options):
    net = network()
    before = net.theta.copy()
    with pytest.raises(CheckpointError, match=f"are of another run: {said}.*or another folder"):
        resumed(folder, net, **options)
    np.testing.assert_array_equal(net.theta, before)


def test_another_network_or_dtype_is_refused(folder):
    wider = Perceptron([Layer(5, 9, "tanh"), Layer(9, 7, "relu"), Layer(7, 1, "sigmoid")])
    with pytest.raises(CheckpointError, match=r"network was .*Layer\(9, 6.* is .*Layer\(9, 7"):
        resumed(folder, wider)
    with pytest.raises(CheckpointError, match="dtype was 'float64' and is 'float32'"):
        resumed(folder, network(np.float32))


@pytest.mark.parametrize("place", [(0, 0), (60, 4)])
def test_one_other_number_in_the_data_is_noticed(folder, place):
    x = X.copy()
    x[place] = np.nextafter(x[place], 9)
    options = {"learning_rate": 0.01, "batch_size": 8, "rng": 3, "verbose": False}
    options |= {"validation_data": (X[:9], Y[:9]), "checkpoint": kept(folder), "resume": True}
    with pytest.raises(CheckpointError, match="run: training_data has other rows or numbers; give"):
        network().fit(x, Y, 8, **options)


def test_a_new_run_does_not_write_over_another(folder):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(CheckpointError, match=r"the last one epoch-000006.safetensors; resume, to"):
        fit(network(), 8, checkpoint=folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_arguments_that_cannot_be_used(tmp_path):
    with pytest.raises(ValueError, match="resume=True goes on from a checkpoint"):
        fit(network(), 2, resume=True)
    with pytest.raises(TypeError, match=r"checkpoint is a folder or chainrule.Checkpoints"):
        fit(network(), 2, checkpoint=7)
    with pytest.raises(ValueError, match="keep is a whole number of at least 1, got 0"):
        Checkpoints(tmp_path, keep=0)
    with pytest.raises(ValueError, match="every_seconds must be above 0"):
        Checkpoints(tmp_path, every_seconds=0)
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match=r"cannot write checkpoints into .*file"):
        fit(network(), 2, checkpoint=tmp_path / "file")


def test_of_a_newer_or_older_version(folder, monkeypatch):
    monkeypatch.setattr(folders, "FORMAT", 4)
    with pytest.raises(CheckpointError, match=r"format 3, .*from checkpoints of format 4"):
        resumed(folder)


# Damaged files ----------------------------------------------------------------------------


def flipped(content):
    place = len(content) - 40
    return content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]


DAMAGE = {
    "torn": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "a flipped bit": flipped,
    "a flipped bit of the header": lambda content: content[:60] + b"~" + content[61:],
    "nothing but zeros": lambda content: bytes(len(content)),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_one_is_said_and_the_one_before_is_used(folder, damage):
    whole = network()
    expected = fit(whole, 8, validation_data=(X[:9], Y[:9]))
    last = folder / "epoch-000006.safetensors"
    last.write_bytes(damage(last.read_bytes()))
    parts = network()
    said = r"epoch-000006\.safetensors .*kept as epoch-000006\.safetensors\.damaged, and the run"
    with pytest.warns(CheckpointWarning, match=said):
        history = resumed(folder, parts)
    assert_same(parts, whole, (history, expected))
    assert (folder / "epoch-000006.safetensors.damaged").exists()


def test_where_all_are_damaged_nothing_is_guessed(folder):
    for path in folder.iterdir():
        path.write_bytes(b"x")
    with (
        pytest.warns(CheckpointWarning),
        pytest.raises(CheckpointError, match=r"none of the checkpoints in .* can be used"),
    ):
        resumed(folder)


def test_half_a_file_of_a_killed_run_is_swept_up(folder):
    (folder / ".epoch-000007.safetensors.abc.part").write_bytes(b"half")
    resumed(folder)
    assert not list(folder.glob("*.part")) + list(folder.glob(".*part"))


def test_a_full_disk_does_not_cost_the_run(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    whole, parts = network(), network()
    fit(whole, 4)
    monkeypatch.setattr(folders, "write_tensors", full)
    with pytest.warns(CheckpointWarning, match="cannot write the checkpoint .*No space left"):
        fit(parts, 4, checkpoint=kept(tmp_path))
    np.testing.assert_array_equal(parts.theta, whole.theta)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_evaluations_after_a_damaged_file_are_made_again(tmp_path):
    def model(max_iter):
        return MLPClassifier((8,), solver="lbfgs", random_state=0, max_iter=max_iter, tol=1e-9)

    whole = model(12).fit(X, Y.ravel())
    for epochs in (3, 6, 9):
        model(epochs).fit(X, Y.ravel(), checkpoint=tmp_path, resume=True)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 3
    files[1].write_bytes(flipped(files[1].read_bytes()))
    with pytest.warns(CheckpointWarning, match="is damaged"):
        parts = model(12).fit(X, Y.ravel(), checkpoint=tmp_path, resume=True)
    np.testing.assert_array_equal(parts.perceptron_.theta, whole.perceptron_.theta)
    again = model(12).fit(X, Y.ravel(), checkpoint=tmp_path, resume=True)
    np.testing.assert_array_equal(again.perceptron_.theta, whole.perceptron_.theta)


# Hostile files ----------------------------------------------------------------------------


def rewritten(path, change):
    """Change the description of a checkpoint and its arrays, and make the digest right again."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    envelope = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["chainrule"])
    arrays = load(content)
    change(envelope["description"], arrays)
    description = json.dumps(envelope["description"], separators=(",", ":")).encode()
    envelope["sha256"] = tensor_files._digest(description, arrays)
    path.write_bytes(save(arrays, {"chainrule": json.dumps(envelope, separators=(",", ":"))}))


def places(data, path=()):
    """Yield the way to every value of JSON."""
    yield path
    items = dict(enumerate(data)) if isinstance(data, list) else data
    for key, value in items.items() if isinstance(items, dict) else ():
        yield from places(value, (*path, key))


@pytest.mark.filterwarnings("ignore::chainrule.checkpoints.CheckpointWarning")
@settings(max_examples=60)
@given(data=st.data())
def test_no_description_makes_it_crash(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("run")
    fit(network(), 2, checkpoint=kept(folder))
    (path,) = folder.iterdir()

    def change(description, arrays):
        way = data.draw(st.sampled_from([way for way in places(description["content"]) if way]))
        *outer, last = way
        inner = description["content"]
        for key in outer:
            inner = inner[key]
        inner[last] = data.draw(
            st.sampled_from([None, -1, 2**60, "x", "array0", [], {}, {"list": [1]}, True, 0.5])
        )

    rewritten(path, change)
    net = network()
    try:
        fit(net, 3, checkpoint=kept(folder), resume=True)
    except CheckpointError as error:
        assert "\n" not in str(error)
    assert np.isfinite(net.theta).all()


def test_an_order_that_leads_outside_the_rows_is_refused(folder):
    def change(description, arrays):
        order = next(name for name, array in arrays.items() if array.shape == (61,))
        arrays[order] = arrays[order] + 1000

    rewritten(folder / "epoch-000006.safetensors", change)
    with pytest.raises(CheckpointError, match="the order is no order of the rows"):
        resumed(folder)


def test_pickles_are_not_read(tmp_path):
    import pickle

    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "it ran",))

    (tmp_path / "epoch-000002.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.warns(CheckpointWarning), pytest.raises(CheckpointError):
        resumed(tmp_path)
    assert not (tmp_path / "it ran").exists()
