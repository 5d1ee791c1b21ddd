"""Finished runs to report on."""

import numpy as np
import pytest

from chainrule.reports import Report, classification_result, regression_result

HISTORY = {
    "epoch": [1.0, 2.0, 3.0],
    "loss": [0.9, 0.4, 0.2],
    "validation_loss": [0.95, 0.5, 0.6],
    "learning_rate": [0.001, 0.001, 0.001],
    "gradient_norm": [2.0, 1.0, 0.5],
    "seconds": [0.1, 0.1, 0.1],
}


def probabilities_for(answers, k, sure=0.7):
    """Return rows that give each answer the probability `sure`."""
    shares = np.full((len(answers), k), (1 - sure) / (k - 1))
    shares[np.arange(len(answers)), answers] = sure
    return shares


@pytest.fixture(scope="session")
def make_report():
    """Return a function that makes a report of a result."""

    def make(result, **changes):
        fields = {
            "version": "1.2.3",
            "title": "flowers.csv → kind",
            "target": "kind",
            "result": result,
            "splits": {"train": 6, "validation": 2, "test": len(result.true)},
            "history": HISTORY,
            "best_epoch": 2,
            "facts": {"network": "4 → 8 → 3, relu", "seed": "10"},
            "notes": ["the column 'id' is left out"],
        }
        return Report(**(fields | changes))

    return make


@pytest.fixture(scope="session")
def classified():
    """Return a function that makes a result of k classes, with two rows of each and one wrong."""

    def make(k=3, names=None):
        names = names or [f"class {place}" for place in range(k)]
        true = np.repeat(np.arange(k), 2)
        answers = true.copy()
        answers[0] = 1
        train = np.append(true, k - 1)
        return classification_result(train, true, probabilities_for(answers, k), names)

    return make


@pytest.fixture(scope="session")
def regressed():
    """Return a function that makes a result of so many numbers."""

    def make(n=20):
        true = np.linspace(10.0, 20.0, n)
        return regression_result(true, true, true + np.where(np.arange(n) % 2, 1.0, -1.0))

    return make
