"""Ensembles in files: models of the command, and the estimators for tables."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from oracles.hostile_files import FILES, TINY, parts, sealed

from chainrule import TabularClassifier, TabularRegressor, load, save
from chainrule.cli.app import run
from chainrule.models import EnsembleSettings, fit, prepare
from chainrule.saving import ModelFileError
from chainrule.saving.card import card
from chainrule.saving.describing import describe
from chainrule.tables import read_table

RNG = np.random.default_rng(0)
FRAME = pl.DataFrame(
    {
        "size": RNG.normal(size=60),
        "colour": RNG.choice(["red", "green", "blue"], 60),
        "town": RNG.choice([f"town {i}" for i in range(12)], 60),
        "always": ["x"] * 60,
    }
)
NUMBERS = FRAME["size"].to_numpy() * 100 + 5


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr("chainrule.tabular.base.Recipe", lambda members: TINY)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model"


def again(model, path):
    save(model, path)
    return load(path)


def from_command(target):
    table = prepare(read_table(FILES / "table.csv"), target, validation_size=0.0, recipe=TINY)
    return fit(table, EnsembleSettings(recipe=TINY)).model


@pytest.mark.parametrize("target", ["kind", "sold", "size"])
def test_a_model_of_the_command_answers_with_the_same_bits(path, target):
    model = from_command(target)
    loaded = again(model, path)
    table = read_table(FILES / "table.csv")
    interval = 0.5 if target == "size" else None
    got, wanted = (each.predict(table, interval=interval).frame for each in (loaded, model))
    assert got.equals(wanted)
    assert loaded.columns == model.columns
    assert loaded.target == model.target
    assert loaded.record.held_out == model.record.held_out
    assert loaded.record.settings["hidden"] == (4,)
    for kept, was in zip(loaded.record.histories, model.record.histories, strict=True):
        assert kept["loss"] == was["loss"]
        assert kept.stopped == was.stopped
        assert kept.weights_epoch == was.weights_epoch


LABELS = {
    "texts": np.array(["u", "v", "w"])[np.digitize(NUMBERS, [-40, 50])],
    "wholes": 3 + (NUMBERS > 0),
    "truths": NUMBERS > 0,
    "objects": np.array(["u", "v"], object)[(NUMBERS > 0).astype(int)],
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("rows", [FRAME, "pandas", FRAME[["size"]].to_numpy()])
def test_a_classifier_answers_with_the_same_bits(path, labels, rows):
    if isinstance(rows, str):
        rows = pytest.importorskip(rows).DataFrame(FRAME.to_dict(as_series=False))
    model = TabularClassifier(random_state=0).fit(rows, labels)
    loaded = again(model, path)
    np.testing.assert_array_equal(loaded.predict_proba(rows), model.predict_proba(rows))
    np.testing.assert_array_equal(loaded.predict(rows), model.predict(rows), strict=True)
    assert loaded.get_params() == model.get_params()
    assert loaded.notes_ == model.notes_
    assert loaded.notes_[-1:] == () or loaded.notes_[-1].column == model.notes_[-1].column
    assert loaded.columns_ == model.columns_
    assert loaded.fitted_.loss == model.fitted_.loss
    assert getattr(loaded, "feature_names_in_", ...) is ... or (
        loaded.feature_names_in_.tolist() == model.feature_names_in_.tolist()
    )


def test_a_regressor_answers_with_the_same_bits(path):
    model = TabularRegressor(random_state=0).fit(FRAME, NUMBERS)
    loaded = again(model, path)
    np.testing.assert_array_equal(loaded.predict(FRAME), model.predict(FRAME))
    for coverage in (0.1, 0.9, 0.955):
        np.testing.assert_array_equal(
            *(each.predict_interval(FRAME, coverage=coverage) for each in (loaded, model))
        )


def test_a_loaded_estimator_can_be_fitted_again(path):
    model = TabularRegressor(random_state=0).fit(FRAME, NUMBERS)
    loaded = again(model, path).fit(FRAME, NUMBERS)
    np.testing.assert_array_equal(loaded.predict(FRAME), model.predict(FRAME))


def test_an_estimator_without_networks_is_kept(path, monkeypatch):
    bad = replace(TINY, epochs=1, learning_rate=0.5)
    monkeypatch.setattr("chainrule.tabular.base.Recipe", lambda members: bad)
    with pytest.warns(UserWarning, match="no better than one answer for all rows"):
        model = TabularRegressor(random_state=0).fit(FRAME, RNG.normal(size=60))
    loaded = again(model, path)
    np.testing.assert_array_equal(loaded.predict(FRAME), model.predict(FRAME))
    assert describe(path).shape == "none, every row gets the same answer"
    assert "An ensemble of multilayer perceptrons" in card(describe(path), "a.svg")


def test_the_same_fit_makes_the_same_file(path, tmp_path):
    for name in ("one", "two"):
        save(TabularClassifier(random_state=0).fit(FRAME, LABELS["texts"]), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_cannot_be_saved_is_said(path):
    with pytest.raises(ValueError, match="this TabularClassifier is not fitted; call fit"):
        save(TabularClassifier(), path)
    model = TabularRegressor(random_state=np.random.RandomState(0)).fit(FRAME, NUMBERS)
    with pytest.raises(ValueError, match=r"random_state=.* cannot be saved: .*set_params"):
        save(model, path)
    assert not Path(path).exists()


def changed(path, model, change):
    save(model, path)
    envelope, tensors = parts(path.read_bytes())
    change(envelope["description"], tensors)
    path.write_bytes(sealed(envelope, tensors))
    return load(path)


def setting(tensor, value):
    return lambda description, tensors: tensors.update({tensor: value})


def saying(*place, value):
    def change(description, tensors):
        for name in place[:-1]:
            description = description[name]
        description[place[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (setting("inputs.features", np.array([0, 99])), "an input is none of the"),
        (setting("inputs.features", np.zeros((2, 2), int)), "inputs.features is no array of"),
        (setting("inputs.low", np.full(3, np.nan, np.float32)), "inputs.low is no row of finite"),
        (setting("inputs.high", np.zeros(1, np.float32)), "ranges do not fit their number"),
        (setting("constant", np.zeros(0)), "an ensemble has an output"),
        (setting("constant", np.zeros(2)), "a network is of .*, but the ensemble's"),
        (setting("constant", np.zeros(1, np.float32)), "constant is no row of finite numbers"),
        (setting("errors", np.array([-1.0])), "errors are no distances"),
        (saying("ensemble", "n_features", value=500), "500 features are not those"),
        (saying("ensemble", "bins", value=[3] * 99), "more inputs are embedded than there are"),
        (saying("ensemble", "levels", value=[0]), "Expected `int` >= 1"),
        (saying("ensemble", "loss", value="mes"), "unknown loss 'mes'"),
        (saying("ensemble", "networks", value=[]), "nothing is known of the tensor 'networks.0"),
        (saying("feature_names", value=["a"]), "1 feature names for 4 columns"),
        (saying("numbers", value=None), "a regressor has a scale and one output"),
        (saying("estimator", value="TabularClassifier"), "a classifier has classes"),
        (saying("histories", value=[]), "length >= 1"),
        (saying("parameters", value={"n_member": 1}), "unexpected keyword argument 'n_member'"),
    ],
)  # fmt: skip
def test_a_contradiction_is_said(path, change, said):
    model = TabularRegressor(random_state=0).fit(FRAME, NUMBERS)
    with pytest.raises(ModelFileError, match=f"model is damaged: .*({said})"):
        changed(path, model, change)


def test_classes_have_to_be_those_of_the_outputs(path):
    model = TabularClassifier(random_state=0).fit(FRAME, LABELS["texts"])
    texts = {"dtype": "text", "texts": ["u", "v"], "width": 1}
    with pytest.raises(ModelFileError, match="3 outputs are not those of 2 classes"):
        changed(path, model, saying("classes", value=texts))


def test_a_table_model_is_a_network_or_an_ensemble(path):
    def neither(description, tensors):
        del description["ensemble"]

    with pytest.raises(ModelFileError, match="it describes neither a network nor an ensemble"):
        changed(path, from_command("kind"), neither)


def test_an_ensemble_is_described(path, tmp_path, capsys):
    save(TabularRegressor(random_state=0).fit(FRAME, NUMBERS), path)
    assert run(["info", str(path)]) == 0
    told = capsys.readouterr().out
    assert "network: 2 networks of" in told
    assert "predicts a number a row" in told
    assert "always: one value only" in told
    assert run(["info", str(path), "--card", str(tmp_path / "card.md")]) == 0
    text = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert "X has 4 columns" in text
    assert "| colour | a category |" in text
    assert "held-out rows: loss" in text
