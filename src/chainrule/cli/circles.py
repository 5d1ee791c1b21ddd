"""The page's own job: circles, a 2-6-6-1 network, one sample a step, ten epochs."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np

from chainrule.datasets import make_circles
from chainrule.layers import Layer
from chainrule.models import Settings
from chainrule.perceptron import Perceptron
from chainrule.splits import deal
from chainrule.training import History

PAGE = Settings(
    hidden=(6, 6), optimizer="sgd", learning_rate=0.01, epochs=10, batch_size=1, seed=10
)


def train_circles(settings: Settings, *, as_json: bool) -> History:
    """Train as on the page and print its lines and the accuracy on rows held out.

    Parameters
    ----------
    settings : Settings
    as_json : bool
        Whether to print one JSON object instead.

    Raises
    ------
    DivergenceError
        If a loss or weight is not finite any more.
    """
    from sklearn.metrics import accuracy_score

    np.random.seed(settings.seed)  # noqa: NPY002  # as the page does: the layers draw from it
    X, y = make_circles(1000)
    kept, held = deal(len(X), 0.2, settings.seed)
    X_train, X_test, y_train, y_test = X[kept], X[held], y[kept], y[held]
    hidden = [
        Layer(before, after, settings.activation)
        for before, after in pairwise((2, *settings.hidden))
    ]
    output = Layer((2, *settings.hidden)[-1], 1, "sigmoid")
    model = Perceptron([*hidden, output])
    if not as_json:
        print(f"{model!r} on {len(X_train)} points of two circles", flush=True)
    history = model.fit(
        X_train,
        y_train,
        settings.epochs,
        settings.learning_rate,
        optimizer=settings.make_optimizer(),
        batch_size=settings.batch_size,
        verbose=not as_json,
    )
    predictions = np.array([np.round(model.forward(row)[0]) for row in X_test])
    accuracy = float(accuracy_score(y_test, predictions))
    if as_json:
        said = {"loss": history.as_columns().get("loss", []), "test_accuracy": accuracy}
        print(json.dumps({**said, "interrupted": history.interrupted}))
    else:
        print(f"Test accuracy: {accuracy:.3f} on {len(X_test)} points not seen in training")
    return history
