"""Bad input is one clear line and exit code 2; nothing is lost or half written."""

import gzip
import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from chainrule.cli.app import run

GOOD = "size,colour,weight,kind\n" + "".join(
    f"{i % 7},{'red' if i % 3 else 'blue'},{i * 0.37 % 2:.2f},{'ab'[i % 2]}\n" for i in range(40)
)
FEW_EPOCHS = ["--epochs", "2"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("good.csv").write_text(GOOD)
    return tmp_path


def refused(capsys, *arguments):
    """Run, check the form of the refusal, and return its line."""
    assert run(list(map(str, arguments))) == 2
    said = capsys.readouterr()
    assert said.err.startswith("chainrule: ")
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    return said.err


def train(*arguments, table="good.csv", target="kind"):
    return ["train", table, "--target", target, *FEW_EPOCHS, *arguments]


def rows(text, n=40):
    return text + "".join(f"{i},{i % 2}\n" for i in range(n))


TABLES = {
    "a missing file, with one of a similar name": (None, "godo.csv", "good.csv"),
    "an empty file": (b"", "bad.csv", "is empty"),
    "a header alone": (b"a,kind\n", "bad.csv", "no rows"),
    "duplicate column names": (rows("kind,kind\n").encode(), "bad.csv", "'kind'"),
    "a ragged row, with its line": (
        (rows("a,kind\n") + "1,2,3\n").encode(),
        "bad.csv",
        "line 42",
    ),
    "a short row after a quoted line break": (
        ('a,kind\n"x\ny",1\n5\n' + rows("")).encode(),
        "bad.csv",
        "line 4",
    ),
    "another encoding": ("a,kind\nmüde,1\n".encode("latin-1"), "bad.csv", "--encoding cp1252"),
    "an infinity, with its line": (
        (rows("a,kind\n") + "inf,1\n").encode(),
        "bad.csv",
        "line 42",
    ),
    "a number too large, with its line": (
        (rows("a,kind\n") + "1e999,1\n").encode(),
        "bad.csv",
        "line 42",
    ),
    "one class only": (("a,kind\n" + "1,x\n2,x\n" * 20).encode(), "bad.csv", "one class only"),
    "too few rows": (rows("a,kind\n", 5).encode(), "bad.csv", "give 10 or more"),
    "an unclosed quote": (rows('a,kind\n"open,1\n').encode(), "bad.csv", "quote"),
    "a spreadsheet": (b"PK\x03\x04" + bytes(100), "bad.csv", "bad.csv"),
    "a truncated gzip": (gzip.compress(GOOD.encode())[:-20], "bad.csv", "bad.csv"),
    "a truncated Parquet": (b"PAR1" + bytes(50), "bad.parquet", "bad.parquet"),
    "only the target": (("kind\n" + "a\nb\n" * 20).encode(), "bad.csv", "no column beside"),
    "only constant columns": (
        ("c,kind\n" + "1,a\n1,b\n" * 20).encode(),
        "bad.csv",
        "no column to learn",
    ),
}


@pytest.mark.parametrize(("content", "name", "said"), TABLES.values(), ids=TABLES)
def test_a_table_that_cannot_be_used(folder, capsys, content, name, said):
    if content is not None:
        Path(name).write_bytes(content)
    line = refused(capsys, *train("--out", "model", table=name))
    assert said in line
    assert not Path("model").exists()


def test_a_target_all_missing(folder, capsys):
    Path("bad.csv").write_text("a,kind\n" + "1,\n2,NA\n" * 20)
    assert "'kind' has no values" in refused(capsys, *train(table="bad.csv"))


def test_an_unknown_target_names_the_nearest_column(folder, capsys):
    assert "did you mean 'colour'?" in refused(capsys, *train(target="color"))


def test_no_target_lists_the_columns(folder, capsys):
    line = refused(capsys, "train", "good.csv")
    assert "add --target COLUMN" in line
    assert "size, colour, weight, kind" in line


def test_infinities_in_parquet(folder, capsys):
    frame = pl.DataFrame({"a": [*map(float, range(20)), float("inf")], "kind": ["x", "y", "x"] * 7})
    frame.write_parquet("bad.parquet")
    line = refused(capsys, *train(table="bad.parquet"))
    assert "'a'" in line
    assert "row 21" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "good.csv", "--example", "wine"], "give one of them"),
        (["train", "--target", "kind"], "--target goes with a table"),
        (["train", "--out", "model"], "--out goes with a table"),
        (["train", "--report", "r.html"], "--report goes with a table"),
        (["train", "--example", "wein"], "did you mean 'wine'?"),
        (["train", "--activation", "rellu"], "did you mean 'relu'?"),
        (["train", "--optimizer", "adan"], "did you mean 'adam'?"),
        (["train", "--optimizer", "sgd", "--weight-decay", "1"], "is for adamw, not for sgd"),
        (["train", "--weight-decay", "-1"], "at least 0"),
        (["train", "--hidden", "64,x"], "'64,x' is not a list of layer sizes"),
        (["train", "--hidden", "0"], "'0' is not a list of layer sizes"),
        (["train", "--learning-rate", "0"], "above 0"),
        (["train", "--learning-rate", "nan"], "above 0"),
        (["train", "--epochs", "0"], "epochs"),
        (["train", "--epochs", "many"], "epochs"),
        (["train", "--seed", "-1"], "seed"),
        (["train", "--unheard-of"], "--unheard-of"),
        (["train", "--quick"], "--quick goes with a table"),
        (["train", "--max-time", "3"], "--max-time goes with a table"),
        (["train", "good.csv", "--max-time", "0"], "above 0"),
        (["train", "good.csv", "--max-time", "3", "--quick"], "but --quick asks for one network"),
        (["train", "good.csv", "--max-time", "3", "--hidden", "4"], "but --hidden asks for one"),
        (
            ["train", "good.csv", "-t", "kind", "--max-time", "3", "--checkpoint", "run"],
            "leave out one of --max-time and --checkpoint",
        ),
        (["trian"], "trian"),
        (train("--test-size", "0"), "'--test-size': it must be in (0, 1), got 0.0"),
        (train("--test-size", "0.6", "--validation-size", "0.5"), "leave no rows to train on"),
        (train("--drop", "colur"), "did you mean 'colour'?"),
        (train("--drop", "kind"), "is the column to predict"),
        (["train", "--test-size", "0.3"], "--test-size goes with a table"),
        (["train", "--task", "regression"], "--task goes with a table"),
        (train("--category", "colur"), "did you mean 'colour'?"),
        (train("--task", "regression"), "no number"),
        (train("--encoding", "utf-9"), "utf-9"),
        (train("--delimiter", ";;"), "delimiter"),
        (train("--out", "good.csv"), "good.csv is the table to read"),
        (train("--out", "x", "--report", "x"), "named for two outputs"),
        (train("--out", "nowhere/model"), "cannot write nowhere/model: No such file or directory"),
        (train("--report", "good.csv/r.html"), "cannot write good.csv/r.html: Not a directory"),
        (train("--out", "."), "cannot write .: Is a folder"),
        (["predict", "nowhere", "good.csv"], "cannot read the model nowhere"),
        (["predict", "good.csv", "good.csv"], "good.csv is not a model file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_cannot_be_used(folder, capsys, arguments, said):
    before = sorted(folder.iterdir())
    assert said in refused(capsys, *arguments)
    assert sorted(folder.iterdir()) == before
    assert Path("good.csv").read_text() == GOOD


def test_divergence_says_where_and_what_to_try(folder, capsys):
    line = refused(capsys, *train("--learning-rate", "1e200", "--optimizer", "sgd"))
    assert "training diverged in epoch 1" in line
    assert "smaller learning rate" in line


@pytest.fixture
def model(folder, capsys):
    assert run(train("--out", "model")) == 0
    capsys.readouterr()
    return Path("model")


def predict(*arguments, table="new.csv"):
    return ["predict", "model", table, "--out", "p.csv", *arguments]


NEW_TABLES = {
    "a missing column, with the nearest": ("size,colur,weight\n1,red,2\n", "'colour'"),
    "two missing columns": ("weight\n1\n", "'size', 'colour'"),
    "a word for a number": ("size,colour,weight\n1,red,2\nbig,red,2\n", "line 3"),
    "an infinity": ("size,colour,weight\n1,red,2\n-inf,red,2\n", "line 3"),
    "no rows": ("size,colour,weight\n", "no rows"),
}


@pytest.mark.parametrize(("content", "said"), NEW_TABLES.values(), ids=NEW_TABLES)
def test_a_new_table_that_cannot_be_used(model, capsys, content, said):
    Path("new.csv").write_text(content)
    Path("p.csv").write_text("older predictions")
    assert said in refused(capsys, *predict())
    assert Path("p.csv").read_text() == "older predictions"


def test_new_categories_are_missing_or_refused_on_demand(model, capsys):
    Path("new.csv").write_text("size,colour,weight\n1,green,2\n1,red,2\n")
    assert "line 2, column 'colour': 'green' is none" in refused(capsys, *predict("--strict"))
    assert not Path("p.csv").exists()
    assert run(predict()) == 0
    assert "column 'colour': 'green' (1)" in capsys.readouterr().err
    assert pl.read_csv("p.csv").height == 2


def test_predictions_never_overwrite_what_they_are_made_from(model, capsys):
    for given in ("model", "good.csv"):
        before = Path(given).read_bytes()
        assert "give --out another name" in refused(
            capsys, "predict", "model", "good.csv", "--out", given
        )
        assert Path(given).read_bytes() == before


def test_a_damaged_model(model, capsys):
    content = bytearray(model.read_bytes())
    content[-9] ^= 1
    model.write_bytes(content)
    assert "is damaged" in refused(capsys, *predict(table="good.csv"))


@contextmanager
def room_for(size):
    """Let no file grow beyond that many bytes; Python ignores the signal that comes with it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def make_machine_code(capsys, *arguments):
    """Do once what is done again on a full disk, where machine code could not be kept."""
    assert run(list(arguments)) == 0
    capsys.readouterr()


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_a_full_disk_leaves_the_older_file(folder, capsys, option):
    Path("result").write_text("older")
    make_machine_code(capsys, *train())
    with room_for(600):
        line = refused(capsys, *train(option, "result"))
    assert line == "chainrule: cannot write result: File too large\n"
    assert Path("result").read_text() == "older"
    assert sorted(map(str, Path().iterdir())) == ["good.csv", "result"]


def test_a_full_disk_leaves_the_older_predictions(model, capsys):
    make_machine_code(capsys, *predict(table="good.csv"))
    Path("p.csv").write_text("older")
    with room_for(600):
        line = refused(capsys, *predict(table="good.csv"))
    assert line == "chainrule: cannot write p.csv: File too large\n"
    assert Path("p.csv").read_text() == "older"
    assert sorted(map(str, Path().iterdir())) == ["good.csv", "model", "p.csv"]


def test_one_output_that_fails_does_not_cost_the_other(folder, capsys):
    make_machine_code(capsys, *train())
    with room_for(50_000):
        assert run(train("--out", "model", "--report", "r.html")) == 2
    said = capsys.readouterr()
    assert said.err.endswith("chainrule: cannot write r.html: File too large\n")
    assert "Accuracy" in said.out
    assert sorted(map(str, Path().iterdir())) == ["good.csv", "model"]


def test_a_link_stays_and_its_file_is_replaced(model, capsys):
    Path("real.csv").write_text("older")
    Path("link.csv").symlink_to("real.csv")
    assert run(["predict", "model", "good.csv", "--out", "link.csv"]) == 0
    assert Path("link.csv").is_symlink()
    assert Path("real.csv").read_text().startswith("prediction,")


def test_a_reader_that_goes_away_does_not_cost_the_model(folder):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "chainrule", *train("--out", "model")],
        check=False, stdout=writing, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )  # fmt: skip
    os.close(writing)
    assert "Traceback" not in done.stderr
    assert run(predict(table="good.csv")) == 0


BOTH = """
import sys
from chainrule.cli.app import run

sys.exit(run(sys.argv[1:]) or run(["predict", "model", "good.csv"]))
"""


@pytest.mark.parametrize("encoding", ["ascii", pytest.param("latin-1", marks=pytest.mark.slow)])
def test_an_output_that_knows_few_characters_does_not_cost_the_model(folder, encoding):
    Path("good.csv").write_text(GOOD.replace(",a\n", ",α\n"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", BOTH, *train("--out", "model")],
        check=True, capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert "probability of α".encode() in done.stdout


def test_predictions_that_cannot_go_to_standard_output(model):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "chainrule", "predict", "model", "good.csv"],
            check=False, stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert done.returncode == 2
    assert "chainrule: cannot write standard output: No space left on device\n" in done.stderr


def test_too_little_memory_is_said(folder, capsys, monkeypatch):
    def fit(*arguments, **options):
        raise MemoryError("Unable to allocate 74.5 GiB")

    monkeypatch.setattr("chainrule.cli.train.fit", fit)
    assert "too little memory: Unable to allocate 74.5 GiB" in refused(capsys, *train())
