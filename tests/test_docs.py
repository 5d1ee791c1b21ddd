"""What the guide and the examples show is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chainrule.cli import compare as cli_compare
from chainrule.cli.app import run
from chainrule.comparing.running import measured

ROOT = Path(__file__).parent.parent


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_guide_to_the_estimators_runs():
    guide = (ROOT / "docs" / "estimators.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    names = {}
    for block in blocks:
        exec(block, names)
    assert len(blocks) > 7
    assert names["model"].score(names["X_val"], names["y_val"]) > 0.95
    assert np.mean(names["low"] < names["high"]) > 0.99
    assert names["search"].best_score_ > 0.9
    assert all(history["validation_loss"][-1] < 0.3 for history in names["histories"])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_page_of_checkpoints_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "checkpoints.md").read_text(encoding="utf-8")
    names = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block, names)
    assert names["again"].n_iter_ == names["model"].n_iter_
    assert list(Path("run").glob("epoch-*.safetensors"))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_guide_to_model_files_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pytest.importorskip("pandas", reason="the guide has a data frame")
    guide = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    names = {}
    for block in blocks:
        exec(block, names)
    assert len(blocks) == 2
    assert names["message"].startswith("the parameter random_state=RandomState(MT19937)")
    assert (tmp_path / "own").exists()


def test_the_page_of_embeddings_runs():
    page = (ROOT / "docs" / "embeddings.md").read_text(encoding="utf-8")
    names = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block, names)
    losses = names["history"]["loss"]
    assert losses[0] > 0.3
    assert losses[-1] < 0.02


@pytest.mark.slow
def test_the_example_with_optuna_gives_up_on_trials():
    pytest.importorskip("optuna", reason="the example needs optuna")
    pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks since 1.9")
    command = [sys.executable, str(ROOT / "examples" / "optuna_pruning.py"), "--trials", "20"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(re.search(r"20 trials, (\d+) given up early", done.stdout)[1]) > 0
    assert float(re.search(r"accuracy (0\.\d+)", done.stdout)[1]) > 0.95


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_page_of_comparisons_runs(capsys):
    pytest.importorskip("pandas", reason="the page has a data frame")
    page = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
    names = {"__name__": "__main__"}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block, names)
    assert [one.figures.error for one in names["found"]] == ["", ""]
    assert names["report"].test_loss < 0.3
    assert "proline" in capsys.readouterr().out


def test_the_comparison_that_is_shown_is_what_is_printed(capsys, monkeypatch):
    monkeypatch.setattr(cli_compare, "compared", lambda p, keys: (measured(k, p) for k in keys))
    page = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
    command, shown = re.search(r"\$ chainrule (compare .*?)\n(.*?)```", page, re.DOTALL).groups()
    assert run(command.split()) == 0
    assert words_of(shown) == words_of(capsys.readouterr().out)


def words_of(printed):
    """Return the words of each line without figures, in any order of the lines."""
    return sorted(re.sub(r"[\d.,*±%\s─]+", " ", line).strip() for line in printed.splitlines())


def test_the_page_of_tabular_models_runs():
    page = (ROOT / "docs" / "tabular.md").read_text(encoding="utf-8")
    names = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block, names)
    flats, rent = names["flats"][500:], names["rent"][500:]
    said = float(re.search(r"R² (0\.\d+)", page)[1])
    assert abs(names["model"].score(flats, rent) - said) < 0.02
    assert 0.8 < np.mean((names["low"] <= rent) & (rent <= names["high"])) < 0.97
    assert names["dear"].score(flats, rent > 900) > 0.9
