"""Models that version 0.1 pickled are read, and go on as they would have then."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from oracles import stored_models as written

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning"),
]

STORED = pickle.loads(Path(written.__file__).with_name("models_0_1.pickle").read_bytes())


def same(ours, theirs):
    """Compare numbers, which another processor may round differently."""
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", STORED)
def test_a_stored_model_says_what_it_said(name):
    model = pickle.loads(STORED[name]["model"])
    same(np.asarray(model.predict(written.X), float), STORED[name]["prediction"])
    for attribute, value in STORED[name]["attributes"].items():
        assert getattr(model, attribute) == value
    assert hasattr(model, "loss_curve_") == (name != "full batch")


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("name", STORED)
def test_a_stored_model_goes_on(name, again):
    model = pickle.loads(STORED[name]["model"])
    if again:  # written anew by the code of now
        model = pickle.loads(pickle.dumps(model))
    found, wanted = written.go_on(name, model), STORED[name]["after"]
    assert found.keys() == wanted.keys()
    for quantity, value in wanted.items():
        if isinstance(value, str):
            assert found[quantity] == value
        else:
            same(found[quantity], value)
