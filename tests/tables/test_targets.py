import datetime as dt

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import LabelBinarizer

from chainrule.tables import ClassTarget, NumberTarget, Table, TableError, Target, infer_target


def again(target):
    return msgspec.json.decode(msgspec.json.encode(target), type=Target)


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        (["b", "a", "c"] * 2, ("a", "b", "c")),
        (["yes", "no"], ("no", "yes")),
        ([True, False], ("false", "true")),
        (["10", "9", "9"], ("9", "10")),
        (["1.0", "0.0", "1"], ("0.0", "1.0")),
        ([1.0, 0.0], ("0", "1")),
        ([3, 1, 2], ("1", "2", "3")),
        (["none", "mild"], ("mild", "none")),
        (["1,0", "2,0", "1"], ("1,0", "2,0")),
    ],
)
def test_classes(table, values, levels):
    data = table(y=values)
    answers = infer_target(data, "y")
    target = answers.learn(np.array([0]))
    assert answers.task == "classification"
    assert target.levels == levels
    assert again(target) == target
    assert target.decode(target.encode(data)) == [levels[code] for code in answers.labels]
    assert (target.codes(data) == answers.labels).all()


def test_sentences(table):
    species = table(y=["setosa", "virginica", "versicolor"])
    assert infer_target(species, "y").sentence == (
        "classification: 'y' has 3 classes (setosa, versicolor, virginica)"
    )
    grades = table(y=["1", "2", "1"])
    assert infer_target(grades, "y").sentence == (
        "classification: 'y' has 2 classes (1, 2); --task regression overrides"
    )
    assert infer_target(grades, "y", "classification").sentence == (
        "classification: 'y' has 2 classes (1, 2)"
    )
    assert infer_target(grades, "y", "regression").sentence == (
        "regression: 'y' is a number with 2 different values"
    )
    price = table(y=["1.5", "2", "1.5"])
    assert infer_target(price, "y").sentence == (
        "regression: 'y' is a number with 2 different values; --task classification overrides"
    )
    many = infer_target(table(y=[f"c{i % 12:02}" for i in range(24)]), "y").sentence
    assert many.endswith("12 classes (c00, c01, c02, c03, c04, c05, c06, c07, c08, c09, …)")


@pytest.mark.parametrize(("n_values", "task"), [(10, "classification"), (11, "regression")])
def test_whole_numbers_are_classes_if_few(table, n_values, task):
    values = [str(i % n_values) for i in range(40)]
    assert infer_target(table(y=values), "y").task == task


def test_codes_as_scikit_learn_has_them(table):
    for values in (["b", "a", "b"], ["b", "a", "c", "a"]):
        data = table(y=values)
        encoded = infer_target(data, "y").learn(np.array([0])).encode(data)
        assert (encoded == LabelBinarizer().fit_transform(values)).all()
        assert encoded.dtype == np.float64


def test_decoding_probabilities():
    two, three = ClassTarget("y", ("a", "b")), ClassTarget("y", ("a", "b", "c"))
    assert two.decode(np.array([[0.4], [0.6]])) == ["a", "b"]
    assert three.decode(np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])) == ["c", "a"]
    assert (two.n_outputs, three.n_outputs) == (1, 3)


def test_numbers_are_standardised_over_the_training_rows(table):
    data = table(y=["1,5", "2,5", "100", "-"])
    answers = infer_target(data, "y")
    target = answers.learn(np.array([0, 1]))
    assert isinstance(target, NumberTarget)
    assert again(target) == target
    assert (target.mean, target.scale, target.n_outputs) == (2.0, 0.5, 1)
    encoded = target.encode(answers.table)
    assert encoded.tolist() == [[-1.0], [1.0], [196.0]]
    assert target.decode(encoded) == [1.5, 2.5, 100.0]
    assert answers.labels is None
    assert answers.notes == (
        "column 'y': the comma in its numbers is read as a decimal point",
        "'-' is taken as missing in column 'y', 1 value, first in line 5; "
        "--not-missing - keeps it as a value",
        "1 row without 'y' left out (an empty cell, or a word for a missing value such as NA)",
    )


def test_rows_without_an_answer_are_left_out(table):
    answers = infer_target(table(x=[1, 2, 3, 4], y=["yes", None, "none", "no"]), "y")
    assert list(answers.rows) == [0, 3]
    assert answers.table.where(1) == "line 5"
    assert answers.notes == (
        "'none' is taken as missing in column 'y', 1 value, first in line 4; "
        "--not-missing none keeps it as a value",
        "2 rows without 'y' left out (an empty cell, or a word for a missing value such as NA)",
    )


WORDS = [f"w{i}" for i in range(30)]
BAD = {
    "unknown": ("yy", ["a", "b"], "auto", "no column 'yy'; did you mean 'y'? columns: 'y'"),
    "far off": ("price", ["a", "b"], "auto", "no column 'price'; columns: 'y'"),
    "no values": ("y", [None, None], "auto", "the target 'y' has no values; give another"),
    "one class": ("y", ["a", "a"], "auto", "the target 'y' has one class only, 'a'; give rows"),
    "one number": ("y", ["1.5", "1.50"], "auto", "the target 'y' is '1.5' in all rows; give"),
    "dates": ("y", ["2024-01-01", "2024-01-02"], "auto", "the target 'y' holds dates; give"),
    "typed dates": ("y", [dt.date(2024, 1, 1)], "classification", "the target 'y' holds dates"),
    "infinite": ("y", ["1.5", "inf"], "auto", "line 3, column 'y': 'inf' is infinite"),
    "infinite class": ("y", ["1.5", "inf"], "classification", "'inf' is infinite"),
    "text": ("y", ["1", "two"], "regression", "'y' is no number, 'two' in line 3; correct it or"),
    "boolean": ("y", [True, False], "regression", "is no number, 'true' in line 2;"),
    "names": ("y", WORDS, "auto", "30 different values in 30 rows, too many to be classes; it is"),
    "numbers": (
        "y", [i / 7 for i in range(30)], "classification",
        "has 30 different values in 30 rows, too many to be classes; use --task regression",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_targets_that_pose_no_task(table, case):
    name, values, task, message = BAD[case]
    with pytest.raises(TableError) as caught:
        infer_target(table(y=values), name, task)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_number_that_is_the_same_in_all_training_rows(table):
    answers = infer_target(table(y=[0.5, 0.5, 1.5]), "y")
    with pytest.raises(TableError, match="is the same in all training rows; try another --seed"):
        answers.learn(np.array([0, 1]))


@pytest.mark.parametrize(
    "target", [ClassTarget("y", ("a", "b")), ClassTarget("y", ("1", "2"), True)]
)
def test_later_answers_that_are_none(table, target):
    with pytest.raises(TableError, match=r"line 2, column 'y': 'c' is none of the classes '"):
        target.encode(table(y=["c", target.levels[0]]))
    with pytest.raises(TableError, match=r"line 3, column 'y': nothing is none of the classes '"):
        target.encode(table(y=[target.levels[0], None]))
    with pytest.raises(TableError, match="no column 'y'"):
        target.encode(table(z=[1]))


def test_later_numbers_that_are_none(table):
    target = infer_target(table(y=[0.5, 1.5]), "y").learn(np.array([0, 1]))
    with pytest.raises(TableError, match=r"line 3, column 'y': no number; remove the row"):
        target.encode(table(y=["1", None]))
    with pytest.raises(TableError, match="'x' is not a number"):
        target.encode(table(y=["x"]))
    with pytest.raises(TableError, match="no column 'y'"):
        target.encode(table(z=[1]))


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20, unique=True))
def test_numbers_come_back(values):
    import polars as pl

    data = Table("t", pl.DataFrame({"y": values}), np.arange(len(values)), "row")
    target = infer_target(data, "y", "regression").learn(np.arange(len(values)))
    size = max(map(abs, values))
    assert target.decode(target.encode(data)) == pytest.approx(values, rel=1e-9, abs=1e-12 * size)
