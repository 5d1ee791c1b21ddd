"""Runs with checkpoints that are killed at a random moment, and go on until they are over.

As a program: ``killed.py CASE THREADS FOLDER OUT`` trains and writes what it has come to.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from chainrule import Checkpoints, EarlyStopping, Layer, MLPClassifier, MLPRegressor, Perceptron
from chainrule.engines.compiled import Compiled
from chainrule.optimizers import OPTIMIZERS

ESTIMATORS = {
    "adam": (MLPClassifier, {"early_stopping": True, "dropout": 0.1, "n_iter_no_change": 99}),
    "sgd": (MLPRegressor, {"solver": "sgd", "learning_rate": "adaptive", "tol": 1e-9}),
    "lbfgs": (MLPClassifier, {"solver": "lbfgs", "tol": 1e-12}),
    "lbfgs of numbers": (MLPRegressor, {"solver": "lbfgs", "tol": 1e-12}),
}
CASES = [*ESTIMATORS, *(f"fit {name}" for name in OPTIMIZERS)]


def data():
    """Return rows and classes."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6000, 20))
    return x, (np.sin(3 * x[:, 0]) * x[:, 1] + x[:, 2] > 0).astype(float)


def train(case, threads, folder):
    """Return the weights and the losses of a run."""
    x, y = data()
    every = None if folder is None else Checkpoints(folder, every_seconds=0.05, every_epochs=3)
    if case in ESTIMATORS:
        kind, options = ESTIMATORS[case]
        model = kind(hidden_layer_sizes=(48, 24), random_state=1, max_iter=60,
                     n_threads=threads, **options)  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x, y, checkpoint=every, resume=every is not None)
        return model.perceptron_.theta, getattr(model, "loss_curve_", [])
    sizes = [(20, 48, "tanh"), (48, 24, "relu"), (24, 1, "sigmoid")]
    net = Perceptron([Layer(*each, rng=number) for number, each in enumerate(sizes)])
    history = net.fit(
        x, y, 60, 0.003, optimizer=case.removeprefix("fit "), batch_size=32, dropout=0.1, rng=3,
        schedule="cosine", validation_data=(x[:500], y[:500]), engine=Compiled(threads),
        callbacks=[EarlyStopping(patience=40)], verbose=False,
        checkpoint=every, resume=True if every else None,
    )  # fmt: skip
    return net.theta, history["loss"]


def result_of(case, threads, folder=None):
    """Return what a run has come to, as the text of a file."""
    theta, losses = train(case, threads, folder)
    return json.dumps([theta.tobytes().hex(), [float(loss).hex() for loss in losses]])


def killed_once(case, threads, folder, after):
    """Kill a run after some seconds of training, let it go on, and return what it came to.

    Returns
    -------
    tuple of str and bool
        The file's content, and whether the first process was killed before its end.
    """
    out = folder / "out"
    arguments = [sys.executable, __file__, case, str(threads), str(folder / "run"), str(out)]
    first = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    with first:
        assert first.stdout.readline() == "ready\n"
        time.sleep(after)
        killed = first.poll() is None
        first.kill()
    out.unlink(missing_ok=True)
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, timeout=300)
    return out.read_text(), killed


if __name__ == "__main__":
    _, chosen, n_threads, run_folder, out_file = sys.argv
    print("ready", flush=True)  # noqa: T201
    Path(out_file).write_text(result_of(chosen, int(n_threads), run_folder))
