"""`chainrule compare`: one table of methods, as text and as JSON."""

import json

import polars as pl
import pytest
from threadpoolctl import threadpool_limits

from chainrule.cli import compare as command
from chainrule.cli.app import run
from chainrule.cli.comparison import print_comparison
from chainrule.comparing import Figures, problem_of, running
from chainrule.tables import load_example

OTHERS = ("LightGBM", "CatBoost", "XGBoost", "RealMLP")


@pytest.fixture(autouse=True)
def one_thread():
    """Leave the other cores alone: OpenMP's threads wait by turning in circles."""
    with threadpool_limits(1):
        yield


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Run methods in this process: that each has one of its own is tested with the room below."""

    def measured(problem, keys):
        return (running.measured(key, problem) for key in keys)

    monkeypatch.setattr(command, "compared", measured)
    monkeypatch.setattr(command, "is_installed", lambda method: method.name not in OTHERS)


def test_the_table_has_the_methods_by_their_scores_and_says_what_is_not_installed(capsys):
    assert run(["compare", "--example", "wine", "--repeats", "2", "--methods", "mlp,baseline"]) == 0
    printed = capsys.readouterr().out
    assert "36 test rows, mean ± standard deviation over 2 splits" in printed
    places = [printed.index(name) for name in ("log loss", "scikit-learn's MLP", "one answer")]
    assert places == sorted(places)
    assert "not installed" not in printed
    assert all(len(line) <= 80 for line in printed.splitlines())


def test_json_has_every_figure(capsys):
    command_line = ["compare", "--example", "diabetes", "--methods", "boosting,mlp", "--json"]
    assert run(command_line) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["task"] == "regression"
    assert said["splits"] == [{"train": 354, "test": 88}]
    first, second = said["methods"]
    assert first["mean"]["rmse"] <= second["mean"]["rmse"]
    assert first["scores"]["rmse"] == [first["mean"]["rmse"]]
    assert said["best"]["rmse"] == [first["key"]]


def test_what_is_not_installed_is_one_line(capsys):
    problem = problem_of(*load_example("wine"))
    print_comparison(
        problem, [Figures("mlp", error="ValueError: \x1b[31mno")], ["xgboost", "realmlp"]
    )
    printed = capsys.readouterr().out
    assert "not installed: XGBoost, RealMLP; pip install xgboost 'pytabkit[models]'" in printed
    assert "scikit-learn's MLP failed: ValueError: �[31mno" in printed
    assert "chance" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--example", "wine", "--methods", "mpl"], "unknown method 'mpl'; did you mean 'mlp'?"),
        (["--example", "wine", "--methods", "mlp,xgboost"],
         "XGBoost is not installed; pip install xgboost"),
        ([], "which table? give a file, or --example NAME"),
        (["t.csv"], "add --target COLUMN; columns of t.csv: a, b"),
        (["t.csv", "--target", "c"], "t.csv has no column 'c'"),
        (["t.csv", "--example", "wine"], "give one of them"),
        (["--example", "wine", "--test-size", "1.5"], "test-size"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    pl.DataFrame({"a": range(30), "b": [0, 1, 2] * 10}).write_csv("t.csv")
    assert run(["compare", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert said.err.count("\n") == 1


def test_after_ctrl_c_the_methods_that_are_through_are_shown(monkeypatch, capsys):
    def interrupted(problem, keys):
        yield running.measured("baseline", problem)
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "compared", interrupted)
    assert run(["compare", "--example", "wine", "--methods", "baseline,mlp"]) == 130
    assert "one answer for all" in capsys.readouterr().out
