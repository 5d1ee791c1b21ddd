import numpy as np
import pytest

from chainrule.tables import EXAMPLES, infer, infer_target, learn, load_example

SHAPES = {
    "breast-cancer": (569, 30, ("benign", "malignant")),
    "wine": (178, 13, ("class_0", "class_1", "class_2")),
    "digits": (1797, 64, tuple("0123456789")),
    "diabetes": (442, 10, None),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name):
    table, target = load_example(name)
    n_rows, n_features, levels = SHAPES[name]
    assert table.frame.shape == (n_rows, n_features + 1)
    assert table.columns[-1] == target == EXAMPLES[name].target
    answers = infer_target(table, target)
    rows = np.arange(n_rows)
    assert getattr(answers.learn(rows), "levels", None) == levels
    assert learn(infer(table, target=target), rows).encode(table).notes == ()


def test_diabetes_is_in_its_own_units():
    table, _ = load_example("diabetes")
    assert table.frame["age"][0] == 59.0


def test_unknown_example():
    with pytest.raises(ValueError, match="unknown example 'wines'; did you mean 'wine'"):
        load_example("wines")
