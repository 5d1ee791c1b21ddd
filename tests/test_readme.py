"""What the README shows is what happens."""

import re
from pathlib import Path

import numpy as np

from chainrule.cli.app import run
from chainrule.datasets import make_circles

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_python_in_it_runs(capsys):
    first, formulas, second = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    exec(first, names)
    assert len(re.findall(r"Loss at epoch \d+: \d\.\d{3}", capsys.readouterr().out)) == 10
    names["X_new"], names["y_new"] = make_circles(100, rng=1)
    exec(second, names)
    assert min(names["history"]["validation_loss"]) < 0.1
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
