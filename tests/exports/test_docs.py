"""The guide to exports runs as it stands."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from chainrule.cli.app import run

GUIDE = Path(__file__).parents[2] / "docs" / "exports.md"


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_python_in_it_runs():
    names = {}
    for block in blocks("python"):
        exec(block, names)
    assert names["header"].startswith("/*\n * net.h: the predictions of a 16-32-32-3 network")


def test_the_commands_in_it_run(tmp_path, monkeypatch, capfd):
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler here")
    monkeypatch.chdir(tmp_path)
    export, onnx, test = blocks("sh")
    for line in export.splitlines():
        assert run(shlex.split(line)[1:]) == 0
    said = capfd.readouterr().err
    assert "tumour.h written; the header gives the library's answers for 200 sample rows" in said
    assert "tumour.py written; the file gives the library's answers for 200 sample rows" in said
    subprocess.run(["sh", "-ec", test], check=True)
    assert "8 rows, farthest from the library's answers by" in capfd.readouterr().out
    (tmp_path / "main.c").write_text(blocks("c")[0])
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    subprocess.run(["cc", *flags, "main.c", "-o", "main", "-lm"], check=True)
    done = subprocess.run(["./main"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in {"benign", "malignant"}
    pytest.importorskip("onnx", reason="the package onnx is not installed")
    assert run(shlex.split(onnx, comments=True)[1:]) == 0
    assert "tumour.onnx written; the model in" in capfd.readouterr().err
