"""What the README shows is what happens."""

import json
import re
import statistics
from pathlib import Path

import numpy as np
import pytest

from chainrule.cli.app import run
from chainrule.datasets import make_circles

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PEERS = {"JAX": "jax", "PyTorch compiled": "compile", "scikit-learn": "sklearn"}


def test_the_python_in_it_runs(capsys):
    first, formulas, second, glass_box, third = re.findall(
        r"```python\n(.*?)```", README, re.DOTALL
    )
    names = {}
    exec(first, names)
    assert len(re.findall(r"Loss at epoch \d+: \d\.\d{3}", capsys.readouterr().out)) == 10
    names["X_new"], names["y_new"] = make_circles(100, rng=1)
    exec(second, names)
    assert min(names["history"]["validation_loss"]) < 0.1
    exec(glass_box, names)
    assert "Everything agrees with the formulas." in capsys.readouterr().out
    exec(third, names)
    assert len(names["classifier"].validation_loss_curve_) > 10
    assert formulas.count("\n") == 4


def test_the_formulas_in_it_are_those_of_the_code():
    import chainrule.layers

    source = Path(chainrule.layers.__file__).read_text(encoding="utf-8")
    formulas = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[1]
    code = [line.split("#")[0].strip() for line in formulas.splitlines()]
    assert len(code) == 4
    assert all(line in source for line in code)


def test_the_refusal_in_it_is_the_refusal(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = np.arange(30).reshape(10, 3)
    np.savetxt("data.csv", rows, delimiter=",", header="rooms,area,price", comments="", fmt="%d")
    assert run(["train", "data.csv", "--target", "pirce"]) == 2
    assert capsys.readouterr().err in README


def test_the_tables_have_the_sizes_it_says():
    from chainrule.activations import ACTIVATIONS
    from chainrule.initializers import INITIALIZERS
    from chainrule.losses import LOSSES
    from chainrule.optimizers import OPTIMIZERS
    from chainrule.schedules import SCHEDULES

    assert (
        f"{len(ACTIVATIONS)} activations, {len(LOSSES)} losses, {len(OPTIMIZERS)} optimizers, "
        f"{len(SCHEDULES)} schedules, {len(INITIALIZERS)} kinds of initial weights"
    ) in README


def test_the_gallery_s_figures_in_it_are_those_of_its_page():
    gallery = (ROOT / "docs/gallery.md").read_text(encoding="utf-8")
    right, of_all = re.search(r"\[(\d+) of (\d+) mistakes look right", README).groups()
    assert f"**{right} look right**" in gallery
    assert f"of all {of_all} mistakes" in gallery


def _measured_microseconds():
    """Return the medians of the committed table by network, batch size, dtype and who."""
    grid = json.loads((ROOT / "benchmarks/results/grid.json").read_text(encoding="utf-8"))
    return {
        ("-".join(map(str, cell["sizes"])), cell["batch_size"], cell["dtype"], who):
        statistics.median(figure["seconds"]) * 1e6
        for cell, figures in ((one["cell"], one["figures"]) for one in grid["measured"])
        if (cell["work"], cell["activation"]) == ("training", "relu")
        for who, figure in figures.items()
        if figure["seconds"]
    }  # fmt: skip


def test_the_times_in_it_are_those_of_the_committed_table():
    measured = _measured_microseconds()
    lines = re.search(r"\| µs per step.*?\n\n", README, re.DOTALL)[0].splitlines()
    head, _, *rows = [
        [word.strip() for word in line.strip("| ").split("|")] for line in lines if line
    ]
    assert len(rows) >= 5
    for network, *times in rows:
        sizes = re.sub(
            r"(\d+)×(\d+)", lambda m: "-".join([m[1]] * int(m[2])), network.split(",")[0]
        )
        batch = int(found[1]) if (found := re.search(r"batch (\d+)", network)) else 1
        dtype = "float64" if "float64" in network else "float32"
        for who, shown in zip(head[1:], times, strict=True):
            digits = len(shown.partition(".")[2])
            exact = measured[sizes, batch, dtype, PEERS.get(who, who)]
            assert float(shown.replace(" ", "")) == pytest.approx(
                exact, rel=0.005, abs=0.5 * 10**-digits
            )
