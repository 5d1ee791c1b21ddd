"""`chainrule train` and `chainrule predict` from one end to the other."""

import gc
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from chainrule import Layer, Perceptron, load, make_circles, relu, sigmoid
from chainrule.cli import train
from chainrule.cli.app import run
from chainrule.ensembles import Recipe
from chainrule.models import EnsembleSettings
from chainrule.tables import columns, read_table


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def flowers(n=150, seed=0):
    """Make a table with a column of every kind; the class follows from width and colour."""
    rng = np.random.default_rng(seed)
    width = rng.normal(size=n)
    colour = rng.choice(["red", "white"], n)
    kind = np.where(width + 2 * (colour == "red") > 1, "rosa", "alba")
    return pl.DataFrame(
        {
            "width": np.where(rng.random(n) < 0.1, np.nan, width),
            "colour": colour,
            "wild": rng.random(n) < 0.5,
            "seen": np.datetime64("2024-01-01") + rng.integers(0, 700, n),
            "height": 3 * width + rng.normal(scale=0.1, size=n),
            "always": ["x"] * n,
            "never": [None] * n,
            "kind": kind,
        }
    ).with_columns(pl.col("width").fill_nan(None))


def report_of(capsys, *arguments):
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_without_a_table_it_does_the_pages_job(capsys):
    assert run(["train"]) == 0
    printed = capsys.readouterr().out.splitlines()
    np.random.seed(10)
    X, y = make_circles(1000)
    from sklearn.model_selection import train_test_split

    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=10)
    model = Perceptron([Layer(2, 6, relu), Layer(6, 6, relu), Layer(6, 1, sigmoid)])
    model.fit(X_train, y_train, epochs=10, learning_rate=0.01)
    assert printed[1:-1] == capsys.readouterr().out.splitlines()
    accuracy = np.mean(y_test == np.round(model.forward(X_test.T)).T)
    assert f"Test accuracy: {accuracy:.3f}" in printed[-1]


def test_the_pages_job_learns_the_circles_and_takes_the_options(capsys):
    said = report_of(capsys, "train")
    assert said["test_accuracy"] > 0.95
    assert len(said["loss"]) == 10
    other = report_of(capsys, "train", "--epochs", "2", "--hidden", "3", "--activation", "tanh")
    assert len(other["loss"]) == 2
    assert other["loss"][0] != said["loss"][0]


WRITERS = {
    "t.csv": lambda frame: frame.write_csv("t.csv"),
    "t.tsv": lambda frame: frame.write_csv("t.tsv", separator="\t"),
    "semicolons.csv": lambda frame: frame.write_csv("semicolons.csv", separator=";"),
    "t.csv.gz": lambda frame: Path("t.csv.gz").write_bytes(
        gzip.compress(frame.write_csv().encode())
    ),
    "t.tsv.gz": lambda frame: Path("t.tsv.gz").write_bytes(
        gzip.compress(frame.write_csv(separator="\t").encode())
    ),
    "t.parquet": lambda frame: frame.write_parquet("t.parquet"),
}


def test_every_kind_of_file_gives_the_same_model(folder, capsys):
    said = {}
    for name, write in WRITERS.items():
        write(flowers())
        said[name] = report_of(capsys, "train", name, "--target", "kind", "--epochs", "5")
    losses = {name: report["history"]["loss"] for name, report in said.items()}
    assert all(loss == losses["t.csv"] for loss in losses.values())
    assert said["t.csv"]["task"] == "classification"
    assert any("'never'" in note for note in said["t.csv"]["notes"])
    assert any("'always'" in note for note in said["t.csv"]["notes"])


def test_it_beats_the_baseline_on_a_table_with_every_kind_of_column(folder, capsys):
    flowers(400).write_csv("t.csv")
    said = report_of(capsys, "train", "t.csv", "--target", "kind")
    assert said["test"]["accuracy"] > 0.9 > said["baseline"]["accuracy"]
    said = report_of(capsys, "train", "t.csv", "--target", "height")
    assert said["task"] == "regression"
    assert said["test"]["r2"] > 0.7 + said["baseline"]["r2"]


def test_breast_cancer_reaches_95_percent(capsys):
    said = report_of(capsys, "train", "--example", "breast-cancer", "--quick")
    assert said["test"]["accuracy"] >= 0.95


@pytest.mark.parametrize("example", ["wine", "digits", "diabetes"])
def test_the_examples_beat_their_baselines(capsys, example):
    said = report_of(capsys, "train", "--example", example, "--epochs", "30")
    score = "r2" if said["task"] == "regression" else "accuracy"
    assert said["test"][score] > said["baseline"][score] + 0.2


def test_the_task_can_be_overridden(folder, capsys):
    pl.DataFrame({"a": np.arange(60) % 7, "stars": np.arange(60) % 5}).write_csv("t.csv")
    arguments = ["train", "t.csv", "--target", "stars", "--epochs", "2"]
    assert report_of(capsys, *arguments)["task"] == "classification"
    assert report_of(capsys, *arguments, "--task", "regression")["task"] == "regression"


def test_columns_can_be_dropped_and_named_categories(folder, capsys):
    flowers().with_columns(code=pl.Series(np.arange(150) % 3)).write_csv("t.csv")
    arguments = ["train", "t.csv", "--target", "kind", "--epochs", "1"]
    features = int(report_of(capsys, *arguments)["facts"]["Features"])
    dropped = report_of(capsys, *arguments, "--drop", "code", "--drop", "height")
    assert int(dropped["facts"]["Features"]) == features - 2
    named = report_of(capsys, *arguments, "--category", "code")
    assert int(named["facts"]["Features"]) == features + 2


def test_the_options_reach_the_network(folder, capsys):
    flowers().write_csv("t.csv")
    said = report_of(
        capsys, "train", "t.csv", "-t", "kind", "--hidden", "5,4", "--activation", "silu",
        "--optimizer", "nadam", "--learning-rate", "0.02", "--epochs", "3", "--batch-size", "7",
        "--seed", "3", "--test-size", "0.1", "--validation-size", "0.3",
    )  # fmt: skip
    assert "→ 5 → 4 → 1, silu" in said["facts"]["Network"]
    assert said["settings"] | {"patience": 20, "weight_decay": 0.2} == {
        "hidden": [5, 4], "activation": "silu", "optimizer": "nadam", "learning_rate": 0.02,
        "epochs": 3, "batch_size": 7, "seed": 3, "patience": 20, "weight_decay": 0.2,
    }  # fmt: skip
    assert said["splits"] == {"train": 90, "validation": 45, "test": 15}
    linear = report_of(capsys, "train", "t.csv", "-t", "kind", "--hidden", "none", "--epochs", "1")
    assert "→ 1, linear" in linear["facts"]["Network"]


def test_an_ensemble_is_told_to_people_and_to_programs(folder, capsys):
    flowers().write_csv("t.csv")
    arguments = ["train", "t.csv", "-t", "height"]
    assert run(arguments) == 0
    told = capsys.readouterr().out
    assert "rows: 120 to train on, 30 to test" in told
    assert re.search(r"network: 8 networks of \d+ → \d+ → 128 → 128 → 128 → 1, silu, \d+ par", told)
    assert re.search(r"weights: of the epochs (\d+, ){7}\d+\n", told)
    assert re.search(r"held-out loss: [\d.]+, of each network [\d.]+ to [\d.]+, of one ", told)
    assert re.search(r"training time: [\d.]+ s, [\d.]+ CPU s", told)
    assert "--quick" not in told
    said = report_of(capsys, *arguments)
    assert said["splits"] == {"train": 120, "test": 30}
    assert [each["weights_epoch"] <= each["epochs"] for each in said["networks"]] == [True] * 8
    assert said["held_out"]["loss"] < said["held_out"]["baseline loss"]
    assert said["settings"]["members"] == 8
    assert len(said["history"]["validation_loss"]) == max(x["epochs"] for x in said["networks"])


def test_an_ensemble_that_is_no_better_than_one_answer_gives_it(folder, capsys, monkeypatch):
    bad = Recipe(hidden=(8,), members=2, epochs=1, learning_rate=0.5)
    monkeypatch.setattr(train, "EnsembleSettings", partial(EnsembleSettings, recipe=bad))
    rng = np.random.default_rng(0)
    noise = pl.DataFrame({"a": rng.normal(size=60), "b": rng.choice(["u", "v"], 60, p=[0.8, 0.2])})
    noise.write_csv("t.csv")
    assert run(["train", "t.csv", "-t", "b", "--out", "model"]) == 0
    told = capsys.readouterr().out
    assert "network: none: all rows get the same answer, 0 parameters" in told
    assert "baseline: given for all rows, as the networks were no better on held-out rows" in told
    assert run(["predict", "model", "t.csv"]) == 0
    (answer,) = set(capsys.readouterr().out.splitlines()[1:])
    assert answer.startswith("u,0.6874999")  # 33 of 48
    for command in (["info", "model"], ["info", "model", "--json"]):
        assert run(command) == 0
    assert "none, every row gets the same answer" in capsys.readouterr().out


@pytest.mark.parametrize("options", [["--hidden", "4"], ["--validation-size", "0.3"]])
def test_an_option_of_one_network_means_one_network_and_says_so(folder, capsys, options):
    flowers().write_csv("t.csv")
    arguments = ["train", "t.csv", "-t", "kind", "--epochs", "1"]
    assert run([*arguments, *options]) == 0
    told = capsys.readouterr().out
    name = "--epochs" if options[0] != "--hidden" else "--hidden"
    assert f"note: {name} is an option of one network: --quick is taken for given\n" in told
    assert run([*arguments, *options, "--quick"]) == 0
    assert "note: --" not in capsys.readouterr().out


def test_more_time_than_is_needed_changes_nothing(folder, capsys):
    flowers(60).write_csv("t.csv")
    for name, limit in (("free", []), ("limited", ["--max-time", "100000"])):
        assert run(["train", "t.csv", "-t", "kind", "--out", name, *limit]) == 0
    free, limited = (load(name) for name in ("free", "limited"))
    table = read_table(Path("t.csv"))
    assert free.predict(table).frame.equals(limited.predict(table).frame)
    assert limited.record.settings["max_time"] == 100000.0


def test_intervals_of_numbers_are_two_columns_more(folder, capsys):
    flowers(400).write_csv("t.csv")
    pl.read_csv("t.csv").tail(200).write_csv("new.csv")
    pl.read_csv("t.csv").head(200).write_csv("old.csv")
    assert run(["train", "old.csv", "-t", "height", "--out", "model"]) == 0
    arguments = ["predict", "model", "new.csv"]
    assert run([*arguments, "--interval", "0.9", "--out", "p.csv"]) == 0
    found = pl.read_csv("p.csv")
    assert found.columns == ["prediction", "from", "to"]
    heights = pl.read_csv("new.csv")["height"]
    assert 0.7 < ((heights > found["from"]) & (heights < found["to"])).mean() <= 1.0
    assert run([*arguments, "--interval", "0.5", "--out", "narrow.csv"]) == 0
    narrow = pl.read_csv("narrow.csv")
    assert (narrow["to"] - narrow["from"] < found["to"] - found["from"]).all()
    assert narrow["prediction"].equals(found["prediction"])
    capsys.readouterr()
    assert run([*arguments, "--interval", "1"]) == 2
    assert "--interval" in capsys.readouterr().err


def test_a_model_of_classes_or_of_one_network_knows_no_intervals(folder, capsys):
    flowers(60).write_csv("t.csv")
    assert run(["train", "t.csv", "-t", "height", "--out", "m", "--epochs", "1"]) == 0
    capsys.readouterr()
    assert run(["predict", "m", "t.csv", "--interval", "0.9"]) == 2
    said = capsys.readouterr()
    assert (
        "chainrule: --interval: the model knows no intervals: an ensemble for numbers" in said.err
    )
    assert said.out == ""


def test_early_stopping_restores_the_best_epoch(folder, capsys):
    flowers(60).write_csv("t.csv")
    said = report_of(capsys, "train", "t.csv", "-t", "kind", "--patience", "2")
    losses = said["history"]["validation_loss"]
    assert said["best_epoch"] == 1 + int(np.argmin(losses))
    assert len(losses) == said["best_epoch"] + 3  # more than two without a better one


def test_a_person_reads_the_task_and_the_verdict(folder, capsys):
    flowers().write_csv("t.csv")
    assert run(["train", "t.csv", "--target", "kind", "--epochs", "3"]) == 0
    said = capsys.readouterr().out
    assert "t.csv: 150 rows, 8 columns" in said
    assert "classification: 'kind' has 2 classes (alba, rosa)" in said
    assert "test rows" in said
    assert "Accuracy" in said
    assert all(len(line) <= 80 for line in said.splitlines() if "─" in line)


@pytest.mark.parametrize("target", ["kind", "height"])
def test_predictions_are_those_of_the_trained_model(folder, capsys, target):
    frame = flowers()
    frame.write_csv("t.csv")
    frame.drop(target).write_parquet("new.parquet")
    assert run(["train", "t.csv", "--target", target, "--out", "model", "--epochs", "30"]) == 0
    assert run(["predict", "model", "new.parquet", "--out", "p.csv"]) == 0
    assert run(["predict", "model", "t.csv", "--out", "again.csv"]) == 0
    assert Path("p.csv").read_bytes() == Path("again.csv").read_bytes()
    predicted = pl.read_csv("p.csv")
    assert predicted.height == frame.height
    if target == "height":
        assert predicted.columns == ["prediction"]
        assert np.corrcoef(predicted["prediction"], frame["height"])[0, 1] > 0.5
        return
    assert predicted.columns == ["prediction", "probability of alba", "probability of rosa"]
    assert (predicted["prediction"] == frame["kind"]).mean() > 0.8
    shares = predicted.drop("prediction").to_numpy()
    assert np.allclose(shares.sum(axis=1), 1)
    names = np.array(["alba", "rosa"])[shares.argmax(axis=1)]
    assert (names == predicted["prediction"].to_numpy()).all()


def test_predictions_go_to_standard_output_by_default(folder, capsys):
    flowers().write_csv("t.csv")
    run(["train", "t.csv", "--target", "kind", "--out", "model", "--epochs", "1"])
    capsys.readouterr()
    assert run(["predict", "model", "t.csv"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("prediction,probability of alba,probability of rosa\n")
    assert len(said.out.splitlines()) == 151


def test_the_same_seed_makes_the_same_files(folder, capsys):
    flowers().write_csv("t.csv")
    for name in ("one", "two"):
        arguments = ["--out", name, "--epochs", "4", "--seed", "5"]
        assert run(["train", "t.csv", "--target", "kind", *arguments]) == 0
    assert Path("one").read_bytes() == Path("two").read_bytes()


def test_the_same_seed_makes_the_same_file_of_an_ensemble(folder, capsys):
    flowers(60).write_csv("t.csv")
    for name in ("one", "two"):
        assert (
            run(["train", "t.csv", "-t", "height", "--out", name, "--report", f"{name}.html"]) == 0
        )
    assert Path("one").read_bytes() == Path("two").read_bytes()
    page = Path("one.html").read_text(encoding="utf-8")
    assert "8 networks of" in page
    assert "Held-out loss" in page


def test_the_report_is_one_self_contained_page(folder, capsys):
    flowers().write_csv("t.csv")
    assert run(["train", "t.csv", "--target", "kind", "--epochs", "3", "--report", "r.html"]) == 0
    page = Path("r.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "<svg" in page
    assert "src=" not in page
    assert "<link" not in page
    assert "t.csv" in page


def test_the_version_is_printed(capsys):
    from chainrule import __version__

    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"chainrule {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["train", "--help"], ["predict", "--help"]])
def test_help_is_printed(capsys, arguments):
    assert run(arguments) == 0
    assert "Usage" in capsys.readouterr().out


def test_what_the_command_needs_is_named_when_it_is_missing(monkeypatch):
    import importlib.util

    from chainrule import cli

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"pip install 'chainrule\[cli\]'"):
        cli.main()


# The command, and a word on standard error when three epochs are over: two are recorded then.
TELLING = """
import sys
from itertools import count

from chainrule.cli import main
from chainrule.engines.compiled import Compiled

start, epochs = Compiled.start, count(1)


def telling(self, *what):
    trainer = start(self, *what)
    run_epoch = trainer.run_epoch

    def told(*which):
        result = run_epoch(*which)
        if next(epochs) == 3:
            print("epochs are over", file=sys.stderr, flush=True)
        return result

    trainer.run_epoch = told
    return trainer


Compiled.start = telling
main()
"""


@contextmanager
def _started(*arguments):
    with subprocess.Popen(
        [sys.executable, "-c", TELLING, "train", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        patience = threading.Timer(300, running.kill)  # so that a defect does not hang the tests
        patience.start()
        try:
            yield running
        finally:
            patience.cancel()
            running.kill()


def _interrupted(running):
    """Press Ctrl-C when some epochs are over, however long that takes; return what it said."""
    first = running.stderr.readline()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate()
    assert first == "epochs are over\n", first + err
    return out, err


def test_ctrl_c_keeps_the_last_whole_epoch(folder):
    flowers(2000).write_csv("t.csv")
    options = ["--quick", "--epochs", "100000", "--patience", "100000", "--out", "model"]
    with _started("t.csv", "-t", "kind", *options) as running:
        assert running.stdout.readline() == "t.csv: 2000 rows, 8 columns\n"
        assert running.stdout.readline().startswith("classification")
        assert running.stdout.readline().startswith("rows")
        out, err = _interrupted(running)
    assert running.returncode == 130
    assert "stopped: interrupted when" in out
    assert "Accuracy" in out
    assert "Traceback" not in err
    assert run(["predict", "model", "t.csv", "--out", "p.csv"]) == 0


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_ctrl_c_on_the_circles_keeps_the_last_whole_epoch(option):
    with _started("--epochs", "1000000", *option) as running:
        out, err = _interrupted(running)
    assert "Traceback" not in err
    assert "interrupted" in err
    assert json.loads(out)["interrupted"] if option else "Test accuracy" in out


def test_the_command_is_installed():
    script = Path(sys.executable).with_name("chainrule")
    done = subprocess.run([script, "--version"], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("chainrule ")
    assert os.access(script, os.X_OK)


def test_a_reader_that_goes_away_ends_the_circles_in_silence():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "chainrule", "train"],
        check=False, stdout=writing, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_column_is_held_while_the_matrix_is_filled(folder, capsys, monkeypatch):
    def there_are():
        kept = (pl.DataFrame, pl.Series)
        return [one for one in gc.get_objects() if isinstance(one, kept) and len(one)]

    def watched(prepared, *arguments):
        found = [one for one in there_are() if not any(one is other for other in before)]
        names = [one.columns if isinstance(one, pl.DataFrame) else [one.name] for one in found]
        held.append([several for several in names if "breadth" in several])
        return matrix(prepared, *arguments)

    held = []
    matrix = columns._matrix
    monkeypatch.setattr(columns, "_matrix", watched)
    flowers().rename({"width": "breadth"}).write_csv("t.csv")
    before = there_are()  # of other tests
    train = ["train", "t.csv", "--target", "height", "--epochs", "1", "--drop", "wild"]
    assert run([*train, "--out", "m.safetensors"]) == 0
    assert run(["predict", "m.safetensors", "t.csv"]) == 0
    assert held == [[], []]
