"""`chainrule info`: what a model file holds, and its card."""

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from oracles.exportable import NAMES, table_model

from chainrule import Layer, MLPClassifier, Perceptron, load, save
from chainrule.cli.app import run
from chainrule.saving import describing
from chainrule.tensor_files import write_tensors

FILES = Path(__file__).parent.parent / "saving" / "files"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    save(table_model(), "table")
    save(Perceptron([Layer(2, 3, "relu", rng=0), Layer(3, 1, "sigmoid", rng=1)]), "network")


def info(capsys, *arguments):
    assert run(["info", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def refused(capsys, *arguments):
    assert run(["info", *map(str, arguments)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


def test_a_model_of_the_command_is_described(capsys):
    said = info(capsys, FILES / "format_3.safetensors")
    assert re.search(r"epochs +30 ", said)
    for words in (
        "predicts kind: one of 3 classes",
        "network: 11 → 3 → 3, 48 parameters of float32",
        "format 3, written by chainrule",
        "train 12, validation 4, test 4",
        "all 30 epochs are over",
        "test accuracy",
        "0.5 (baseline 0.5)",
        "learning_rate 0.05",
    ):
        assert words in said
    assert re.search(r"colour +a category +3 inputs", said)
    assert re.search(r"^ +11 +3 +3$", said, re.MULTILINE)
    assert said.count("●") == 6 + 3 + 3


def test_an_older_file_says_what_it_knows(capsys):
    said = info(capsys, FILES / "format_1.safetensors")
    assert "format 1" in said
    assert "epochs" not in said
    assert "made with" not in said


def test_every_column_is_listed_and_no_name_steers_the_terminal(capsys):
    said = info(capsys, "table")
    assert "\x1b" not in said
    for name in NAMES:
        assert name.split()[0] in said


def test_a_network_and_an_estimator_are_described(capsys):
    said = info(capsys, "network")
    assert "network: Perceptron" in said
    assert "predicts a number a row" in said
    assert "sigmoid" in said
    said = info(capsys, FILES / "format_3_estimator.safetensors")
    assert "MLPClassifier" in said
    assert "high, low, mid" in said
    assert "standardize True" in said
    assert "weight (kg)" in said


def test_json_says_all_of_it(capsys):
    found = json.loads(info(capsys, FILES / "format_3.safetensors", "--json"))
    assert found["network"] == {
        "count": 1, "sizes": [11, 3, 3], "functions": ["relu", "softmax"], "parameters": 48,
        "dtype": "float32",
    }  # fmt: skip
    assert [each["name"] for each in found["inputs"]] == ["when", "size", "colour", "sold"]
    assert found["training"]["epochs"] == 30
    assert found["scores"]["roc_auc"] is None
    assert found["classes"] == ["a", "b", "c"]
    model = MLPClassifier((2,), max_iter=1, n_iter_no_change=np.inf)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model.fit(np.eye(4), [0, 1, 0, 1])
    save(model, "estimator")
    found = json.loads(info(capsys, "estimator", "--json"))
    assert found["settings"]["n_iter_no_change"] == "inf"
    assert found["inputs"] == []


def test_numbers_that_json_lacks_are_null():
    assert describing._finite({"a": [np.inf, 1.0], "b": (float("nan"), "x")}) == {
        "a": [None, 1.0], "b": [None, "x"],
    }  # fmt: skip


def test_a_card_has_its_drawing_beside_it(capsys, tmp_path):
    model = FILES / "format_3.safetensors"
    assert info(capsys, model, "--card", "card.md") == ""
    text = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert "![The network](card.svg)" in text
    assert (tmp_path / "card.svg").read_text(encoding="utf-8").startswith("<svg ")
    for title in ("Inputs", "Output", "Training", "Scores", "Limits", "How to use it"):
        assert f"\n## {title}\n" in text
    assert "| accuracy | 0.5 | 0.5 |" in text
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    (tmp_path / "format_3.safetensors").write_bytes(model.read_bytes())
    (tmp_path / "new.csv").write_bytes((FILES / "table.csv").read_bytes())
    names = {}
    exec(code, names)
    assert names["model"].record.rows["train"] == 12


def test_a_card_keeps_odd_names_apart(capsys, tmp_path):
    frame = pl.DataFrame(np.eye(6, 3), schema=["a|b", "<script>", "`c`\n*d*"])
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model = MLPClassifier((2,), max_iter=1).fit(frame, ["x|y", "z"] * 3)
    save(model, "od'd name")
    info(capsys, "od'd name", "--card", "card.md")
    text = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert r"| a\|b | a number | a\|b |" in text
    assert "<script>" not in text.replace(r"\<script\>", "")
    assert """chainrule.load("od'd name")""" in text
    assert "Not recorded: *to be filled in" in text


def test_outputs_are_whole_or_not_there(capsys, tmp_path):
    assert "--card takes a name that ends in .md" in refused(capsys, "table", "--card", "card.svg")
    assert "table is the model itself" in refused(capsys, "table", "--card", "table")
    assert "No such file" in refused(capsys, "table", "--card", "nowhere/card.md")
    (tmp_path / "other").write_bytes(b"no model")
    assert "is not a model file" in refused(capsys, "other", "--card", "card.md")
    assert not list(tmp_path.glob("card*"))


def test_a_checkpoint_and_an_unknown_kind_are_said(capsys):
    write_tensors(Path("stopped"), "checkpoint", b"{}", {})
    assert "holds a checkpoint, a training that can go on" in refused(capsys, "stopped")
    write_tensors(Path("what"), "poem", b"{}", {})
    assert "holds a 'poem', which is no model that this version knows" in refused(capsys, "what")


def test_commands_for_tables_refuse_other_models(capsys):
    Path("t.csv").write_text("a,b\n1,2\n")
    for command in ("predict", "trace"):
        assert run([command, "network", "t.csv"]) == 2
        said = capsys.readouterr().err
        assert "network holds a Perceptron, but this takes a model for tables" in said
    assert run(["export", "network", "--to", "numpy", "--out", "n.py"]) == 0


def test_train_keeps_how_it_went(capsys, tmp_path):
    arguments = ["--target", "kind", "--hidden", "2", "--epochs", "3", "--out", "m"]
    assert run(["train", str(FILES / "table.csv"), *arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    record = load("m").record
    assert record.scores["accuracy"] == told["test"]["accuracy"]
    assert record.baseline["log_loss"] == told["baseline"]["log_loss"]
    assert record.histories[0]["loss"] == told["history"]["loss"]
    assert "seconds" not in record.histories[0].columns
    assert record.settings["hidden"] == (2,)
    assert record.rows == told["splits"]
