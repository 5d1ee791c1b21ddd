"""`chainrule export`: a file in another format, or one sentence."""

import sys

import numpy as np
import pytest
from oracles.exportable import table_model

from chainrule.cli.app import run
from chainrule.exports import formulas
from chainrule.saving import save


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save(table_model(), tmp_path / "model")
    return tmp_path / "model"


def refused(capsys, *arguments):
    assert run(["export", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("chainrule: ")
    assert said.err.count("\n") == 1
    return said.err


def test_names_in_c_begin_with_the_files_or_the_given_one(model, capsys):
    assert run(["export", "model", "--to", "c", "--out", "my-model.v2.h"]) == 0
    assert "my-model.v2.h written; " in capsys.readouterr().err
    assert "my_model_v2_predict(" in (model.parent / "my-model.v2.h").read_text()
    assert run(["export", "model", "--to", "c", "--out", "年.h"]) == 0
    assert "model_predict(" in (model.parent / "年.h").read_text(encoding="utf-8")
    arguments = ["--name", "net", "--precision", "double"]
    assert run(["export", "model", "--to", "c", "--out", "net.h", *arguments]) == 0
    assert "typedef double net_real;" in (model.parent / "net.h").read_text()


def test_a_python_file_predicts(model, capsys):
    assert run(["export", "model", "--to", "numpy", "--out", "made.py"]) == 0
    names = {}
    exec((model.parent / "made.py").read_text(encoding="utf-8"), names)
    assert names["predict_proba"]([[None] * 7]).sum() == pytest.approx(1)
    assert names["W1"].dtype == np.float32


def test_an_onnx_file_has_dicts_or_arrays(model, capsys):
    onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")
    for arguments, outputs in (
        ([], ["output_label", "output_probability"]),
        (["--no-zipmap"], ["label", "probabilities"]),
    ):
        assert run(["export", "model", "--to", "onnx", "--out", "m.onnx", *arguments]) == 0
        written = onnx.load(model.parent / "m.onnx")
        assert [output.name for output in written.graph.output] == outputs


def test_what_cannot_be_exported_is_said_and_nothing_is_written(model, capsys, monkeypatch):
    to_c = ("--to", "c", "--out", "m.h")
    assert "--to 'rust' is no format; known: onnx, c, numpy" in refused(
        capsys, "model", "--to", "rust", "--out", "m.rs"
    )
    assert "model is the model itself; give --out another name" in refused(
        capsys, "model", "--to", "c", "--out", "model"
    )
    assert "cannot write" in refused(capsys, "model", "--to", "c", "--out", "nowhere/m.h")
    assert "cannot read the model absent" in refused(capsys, "absent", *to_c)
    assert "cannot begin names in C or Python" in refused(capsys, "model", *to_c, "--name", "2 b")
    assert "cannot begin names" in refused(
        capsys, "model", "--to", "numpy", "--out", "m.py", "--name", '"""'
    )
    monkeypatch.setitem(sys.modules, "onnx", None)
    said = refused(capsys, "model", "--to", "onnx", "--out", "m.onnx")
    assert "pip install 'chainrule[onnx]'" in said
    wrong = formulas.Formula("z", "np.maximum(z, 0.1)", lambda graph, z: z)
    monkeypatch.setitem(formulas.FORMULAS, "relu", wrong)
    said = refused(capsys, "model", "--to", "numpy", "--out", "m.py")
    assert "answers 200 sample rows differently from the library" in said
    assert [path.name for path in model.parent.iterdir()] == ["model"]


def test_a_model_of_a_newer_version_or_another_file_is_refused(model, capsys):
    (model.parent / "other").write_bytes(b"no model")
    assert "other is not a model file" in refused(capsys, "other", "--to", "numpy", "--out", "m.py")
    model.write_bytes(model.read_bytes().replace(b'\\"format\\":3', b'\\"format\\":9'))
    assert "reads formats up to 3: upgrade chainrule" in refused(
        capsys, "model", "--to", "numpy", "--out", "m.py"
    )
