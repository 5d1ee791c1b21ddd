"""A model file keeps every bit, never runs code, and says what is wrong with a bad one."""

import os
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.hostile_files import parts, sealed
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from chainrule.activations import ACTIVATIONS, Activation
from chainrule.layers import Layer
from chainrule.losses import get_loss
from chainrule.models import LoneNetwork, TableModel
from chainrule.perceptron import Perceptron
from chainrule.saving import ModelFileError, load, save
from chainrule.tables import ClassTarget, Table, infer, infer_target, learn


def _table(**columns):
    import polars as pl

    frame = pl.DataFrame(columns)
    return Table("made.csv", frame, np.arange(2, frame.height + 2), "line")


@pytest.fixture
def table():
    return _table(
        size=[1.5, None, 3.0, 4.0, 5.0, 6.0],
        colour=["red", "blue", None, "red", "blue", "red"],
        kind=["a", "b", "c", "a", "b", "c"],
    )


def _model(table, activation="relu", dtype=np.float64):
    answers = infer_target(table, "kind")
    columns = learn(infer(table, target="kind"), np.arange(table.n_rows))
    n_features = len(columns.feature_names)
    layers = [
        Layer(n_features, 4, activation, rng=1, dtype=dtype),
        Layer(4, 3, "identity", rng=2, dtype=dtype),
    ]
    loss = get_loss("softmax_cross_entropy")
    return TableModel(columns, answers.learn(np.arange(6)), LoneNetwork(Perceptron(layers), loss))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.fixture
def saved(table, path):
    save(_model(table), path)
    return path


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_loaded_model_gives_the_same_bits(table, path, activation, dtype):
    model = _model(table, activation, dtype)
    save(model, path)
    loaded = load(path)
    assert loaded.network.theta.dtype == dtype
    assert loaded.network.theta.tobytes() == model.network.theta.tobytes()
    assert loaded.columns == model.columns
    assert loaded.target == model.target
    assert loaded.predict(table).frame.equals(model.predict(table).frame)


def test_other_programs_can_read_the_weights(saved, table):
    tensors = load_tensors(saved.read_bytes())
    assert tensors["layers.0.weights"].shape == (4, len(_model(table).columns.feature_names))
    assert tensors["layers.1.biases"].shape == (3, 1)


def test_the_same_model_makes_the_same_file(saved, table, tmp_path):
    save(_model(table), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == saved.read_bytes()


def test_an_activation_without_a_name_in_the_table_cannot_be_saved(table, path):
    relu = ACTIVATIONS["relu"]
    with pytest.raises(ValueError, match=r"mine cannot be saved: .* known by name: identity, relu"):
        save(_model(table, Activation("mine", relu.f, relu.df)), path)
    assert not path.exists()


def test_a_network_that_does_not_fit_the_table_is_no_model(table):
    model = _model(table)
    with pytest.raises(ValueError, match=r"the network takes .* inputs and gives 3 outputs"):
        TableModel(model.columns, ClassTarget("kind", ("a", "b")), model.predictor)


def test_any_flipped_byte_is_found(saved, table):
    content = saved.read_bytes()
    good = _model(table).predict(table).frame

    @settings(max_examples=300, deadline=None)
    @given(st.integers(0, len(content) - 1), st.integers(1, 255))
    def check(position, change):
        damaged = bytearray(content)
        damaged[position] ^= change
        saved.write_bytes(damaged)
        try:
            frame = load(saved).predict(table).frame
        except ModelFileError as error:
            assert str(saved) in str(error)
            assert "\n" not in str(error)
        else:  # white space or key order of the header: nothing that counts has changed
            assert frame.equals(good)

    check()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_it_crash(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("models") / "any"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="not a model file, or is damaged"):
        load(path)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_damaged(saved, share):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelFileError, match="is not a model file, or is damaged"):
        load(saved)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(ModelFileError, match=r"cannot read the model .*nowhere: No such file"):
        load(tmp_path / "nowhere")
    with pytest.raises(ModelFileError, match=r"cannot read the model .*: Is a directory"):
        load(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes with names")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelFileError, match="is not a model file"):
        load(tmp_path / "pipe")


def _with_long_names(envelope, tensors):
    feature = next(f for f in envelope["description"]["columns"]["features"] if "levels" in f)
    feature["name"] = "a" * 10**6
    feature["levels"] = [str(i) for i in range(10**5)]


def _with_a_long_loss(envelope, tensors):
    envelope["description"]["loss"] = "ab" * 10**6


def _with_many_items(envelope, tensors):
    envelope["description"]["unknown"] = [{}] * 2**17


def _with_another_tensor(envelope, tensors):
    tensors["more"] = np.zeros(3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_with_long_names, "the names of the features have 1000"),
        (_with_a_long_loss, "length <= 100"),
        (_with_many_items, "the description has 2622"),
        (_with_another_tensor, "nothing is known of the tensor 'more'"),
    ],
)
def test_what_would_take_long_or_much_is_refused(saved, change, said):
    _rewritten(saved, change)
    with pytest.raises(ModelFileError, match=said):
        load(saved)


def test_a_model_that_could_not_be_read_again_is_not_written(table, path):
    model = _model(table)
    columns = msgspec.structs.replace(model.columns, left_out={str(i): "" for i in range(2**18)})
    with pytest.raises(ValueError, match="far more than its model has numbers"):
        save(TableModel(columns, model.target, model.predictor), path)
    words = msgspec.structs.replace(model.columns, left_out={"a" * 2**22: ""})
    with pytest.raises(ValueError, match="too long to be read again"):
        save(TableModel(words, model.target, model.predictor), path)
    assert not list(path.parent.iterdir())


def test_a_pickle_is_refused_unread(tmp_path):
    import pickle

    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "it ran",))

    (tmp_path / "model").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelFileError):
        load(tmp_path / "model")
    assert not (tmp_path / "it ran").exists()


def test_safetensors_of_another_program_are_no_model(path):
    path.write_bytes(save_tensors({"w": np.zeros(3)}))
    with pytest.raises(ModelFileError, match="is a safetensors file, but not a chainrule model"):
        load(path)


def _rewritten(path, change):
    """Change the header of a model file and its tensors, and make the digest right again."""
    envelope, tensors = parts(path.read_bytes())
    change(envelope, tensors)
    path.write_bytes(sealed(envelope, tensors))


def test_a_newer_version_is_named(saved):
    def newer(envelope, tensors):
        envelope.update(format=99, written_by="chainrule 9.0", unheard_of=1)

    _rewritten(saved, newer)
    with pytest.raises(ModelFileError, match=r"written by chainrule 9\.0 \(format 99\).*upgrade"):
        load(saved)


def _no_columns(envelope, tensors):
    del envelope["description"]["columns"]


def _a_column_twice(envelope, tensors):
    features = envelope["description"]["columns"]["features"]
    features[1]["name"] = features[0]["name"]


def _no_name(envelope, tensors):
    envelope["description"]["columns"]["features"][1]["name"] = ""


def _wrong_type(envelope, tensors):
    envelope["description"]["activations"] = [1, 2]


def _unknown_activation(envelope, tensors):
    envelope["description"]["activations"][0] = "reluu"


def _unknown_loss(envelope, tensors):
    envelope["description"]["loss"] = "exec"


def _no_layers(envelope, tensors):
    envelope["description"]["activations"] = []


def _fewer_layers(envelope, tensors):
    envelope["description"]["activations"] = ["relu"]


def _missing_tensor(envelope, tensors):
    del tensors["layers.1.biases"]


def _nan(envelope, tensors):
    tensors["layers.1.biases"] = tensors["layers.1.biases"] * np.nan


def _other_shape(envelope, tensors):
    tensors["layers.1.biases"] = np.zeros((2, 1))


def _one_axis(envelope, tensors):
    tensors["layers.1.weights"] = np.zeros(12)


def _integers(envelope, tensors):
    tensors["layers.0.weights"] = tensors["layers.0.weights"].astype(np.int64)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_no_columns, "columns"),
        (_a_column_twice, "'size' is learnt 2 times"),
        (_no_name, "a column has no name"),
        (_wrong_type, "activations"),
        (_fewer_layers, "gives 4 outputs"),
        (_one_axis, "two axes, not 1"),
        (_unknown_activation, "did you mean 'relu'"),
        (_unknown_loss, "unknown loss 'exec'"),
        (_no_layers, "activations"),
        (_missing_tensor, r"layers\.1\.biases"),
        (_nan, "not finite"),
        (_other_shape, "shape"),
        (_integers, "float32 or float64"),
    ],
)
def test_a_file_that_contradicts_itself_is_damaged(saved, change, said):
    _rewritten(saved, change)
    with pytest.raises(ModelFileError, match=f"is damaged: .*{said}"):
        load(saved)
