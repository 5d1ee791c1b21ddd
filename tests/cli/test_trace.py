"""`chainrule trace`: a row of a table, every number of its step."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from chainrule import trace
from chainrule.cli.app import run
from chainrule.saving import load
from chainrule.tables import read_table

ROWS = "size,colour,weight,kind\n" + "".join(
    f"{i % 7},{'red' if i % 3 else 'blue'},{i * 0.37 % 2:.2f},{'abc'[i % 3]}\n" for i in range(60)
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trace")
    (folder / "t.csv").write_text(ROWS)
    for target, out in (("kind", "classes"), ("weight", "numbers")):
        arguments = ["train", f"{folder / 't.csv'}", "--target", target, "--epochs", "2",
                     "--hidden", "4", "--out", f"{folder / out}"]  # fmt: skip
        assert run(arguments) == 0
    return folder


@pytest.fixture
def folder(trained, monkeypatch, capsys):
    monkeypatch.chdir(trained)
    capsys.readouterr()
    return trained


def page_of(capsys, *arguments):
    assert run(["trace", *arguments]) == 0
    return capsys.readouterr()


def refused(capsys, *arguments):
    assert run(["trace", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("chainrule: ")
    assert said.err.count("\n") == 1
    return said.err


def test_a_row_is_counted_aloud_and_its_step_is_the_traces(folder, capsys):
    said = page_of(capsys, "classes", "t.csv", "--row", "5", "--learning-rate", "0.5")
    assert said.err == ""
    title, *_ = said.out.splitlines()
    assert title == "t.csv, row 5 = line 6 of the file (1 is the first, below the names)"
    model = load(Path("classes"))
    rows = read_table(Path("t.csv")).take(np.array([4]))
    step = trace(model.network, model.columns.encode(rows).values, model.target.encode(rows),
                 loss=model.loss, learning_rate=0.5)  # fmt: skip
    told = json.loads(page_of(capsys, "classes", "t.csv", "--row", "5", "--learning-rate", "0.5",
                              "--json").out)  # fmt: skip
    for one, quantity in zip(told["steps"], step.steps, strict=True):
        assert one["name"] == quantity.name
        np.testing.assert_array_equal(one["value"], quantity.value)
    assert "colour=red" in said.out  # the inputs and the classes have their names
    assert {"a  0", "b  1", "c  0"} <= {" ".join(line.split(maxsplit=1)).replace(" ", "  ", 1)
                                        for line in said.out.splitlines()}  # fmt: skip
    prediction = model.predict(rows).frame["prediction"][0]
    assert f"prediction of kind: {prediction}" in said.out
    assert "Backward, from the last layer" in said.out


def test_row_1_is_the_first_and_the_default(folder, capsys):
    first = page_of(capsys, "numbers", "t.csv")
    assert first.out == page_of(capsys, "numbers", "t.csv", "--row", "1").out
    assert "row 1 = line 2 of the file" in first.out
    rows = read_table(Path("t.csv"))
    said = load(Path("numbers")).predict(rows).frame["prediction"][0]
    assert f"prediction of weight: {said:.4g}" in first.out


def test_without_the_target_it_is_the_way_forward_and_says_so(folder, capsys):
    frame = pl.read_csv("t.csv")
    frame.drop("kind").write_csv("new.csv")
    said = page_of(capsys, "classes", "new.csv", "--row", "2")
    assert "the table has no column 'kind': the way forward alone" in said.err
    assert "Backward" not in said.out
    frame.with_columns(kind=pl.lit(None)).write_parquet("empty.parquet")
    said = page_of(capsys, "classes", "empty.parquet")
    assert "column 'kind' is empty in this row" in said.err
    assert said.out.startswith("empty.parquet, row 1 (1 is the first, below the names)")


def test_the_page_is_one_file(folder, capsys):
    said = page_of(capsys, "classes", "t.csv", "--html", "step.html")
    assert said.out == ""
    assert "trace written to step.html" in said.err
    page = Path("step.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "<math>" in page
    assert "http" not in page
    both = page_of(capsys, "classes", "t.csv", "--html", "step.html", "--json")
    assert json.loads(both.out)["not_finite"] is None
    assert Path("step.html").read_text(encoding="utf-8") == page


def test_bad_input_is_one_line(folder, capsys):
    assert "t.csv has 60 rows; 1 is the first" in refused(capsys, "classes", "t.csv", "--row", "61")
    assert "see 'chainrule trace --help'" in refused(capsys, "classes", "t.csv", "--row", "0")
    assert "cannot read the model nothing" in refused(capsys, "nothing", "t.csv")
    assert "tt.csv" in refused(capsys, "classes", "tt.csv")
    assert "not a model file" in refused(capsys, "t.csv", "t.csv")
    Path("green.csv").write_text(ROWS.replace("4,red", "4,green"))
    line = refused(capsys, "classes", "green.csv", "--row", "5", "--strict")
    assert "line 6, column 'colour': 'green'" in line
    assert (
        page_of(capsys, "classes", "green.csv", "--row", "4", "--strict").err == ""
    )  # another row's is none
    said = page_of(capsys, "classes", "green.csv", "--row", "5")
    assert "not seen in training" in said.err
    Path("odd.csv").write_text(ROWS.replace("0,blue,0.00,a", "0,blue,0.00,z"))
    assert "'z' is none of the classes" in refused(capsys, "classes", "odd.csv")
    pl.read_csv("t.csv").drop("size").write_csv("short.csv")
    assert "lacks the column 'size'" in refused(capsys, "classes", "short.csv")
    for rate in ("0", "nan", "inf"):
        line = refused(capsys, "classes", "t.csv", "--learning-rate", rate)
        assert f"must be above 0 and finite, got {float(rate)}" in line
    assert "one of the files to read" in refused(capsys, "classes", "t.csv", "--html", "t.csv")
    assert "cannot write" in refused(capsys, "classes", "t.csv", "--html", "no/where.html")
    assert Path("t.csv").read_text() == ROWS
