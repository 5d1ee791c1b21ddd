"""Warnings name the line of the user's program, from however deep within the package."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

import chainrule
from chainrule import Layer, MLPClassifier, Perceptron
from chainrule.activations import Activation

X, y = load_iris(return_X_y=True)
odd = Activation("odd", np.sort, lambda z, a: np.ones_like(z))  # is no formula to be compiled


def network():
    return Perceptron([Layer(4, 3, odd, rng=0), Layer(3, 1, "sigmoid", rng=1)])


def classifier(**options):
    return MLPClassifier((3,), activation=[odd], max_iter=2, random_state=0, **options)


FITS = {
    "a network": lambda: network().fit(X, y > 0, 1, 0.01, batch_size=50, verbose=False),
    "an estimator": lambda: classifier().fit(X, y),
    "its parts": lambda: classifier().partial_fit(X, y, classes=[0, 1, 2]),
    "L-BFGS": lambda: classifier(solver="lbfgs").fit(X, y),
}


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_a_fit_that_falls_back_to_numpy_says_so_at_the_line_that_asked_for_it(fit):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit()
    (told,) = caught
    assert told.category is RuntimeWarning
    assert str(told.message).startswith("this training runs in NumPy, more slowly: ")
    assert (told.filename, told.lineno) == (__file__, fit.__code__.co_firstlineno)


def test_every_warning_of_the_package_goes_one_way():
    home = Path(chainrule.__file__).parent
    givers = [
        path.relative_to(home).as_posix()
        for path in sorted(home.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "warnings.warn"
    ]
    assert givers == ["warning.py"]
