"""Scripts in the style of the course, which shell out for their modules, run without a network."""

import os
import subprocess
import sys

import numpy as np
import pytest

from chainrule.course import folder
from chainrule.course.chapters import get_chapter

FETCH = """
import os
os.system("wget -q https://course.invalid/modules/{module}.py")
"""
ANOTHER_FETCH = """
import subprocess
subprocess.run("curl -s -O https://course.invalid/modules/{module}.py", shell=True)
"""

SCRIPTS = {
    "activations": FETCH + """
import numpy as np
from activations import relu, sigmoid

inputs, weights, bias = np.array([[0.5], [-1.0]]), np.array([[0.3, -0.8]]), 0.1
raw = np.dot(weights, inputs) + bias
print(raw.shape, relu(raw).item(), round(sigmoid(raw).item(), 6))
print(relu.derivative(raw).item(), round(sigmoid.derivative(raw).item(), 6))
""",
    "layers": ANOTHER_FETCH + """
import numpy as np
from layers import hidden_1, hidden_2, output_layer


class Perceptron:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, inputs):
        for layer in self.layers:
            inputs = layer.forward(inputs)
        return inputs


model = Perceptron([hidden_1, hidden_2, output_layer])
print(model.forward(np.array([1.0, 0.0])).shape)
print(round(hidden_1.weights[0, 0], 6), hidden_1.inputs.shape, hidden_1.outputs.shape)
""",
    "utils": FETCH + """
import numpy as np
from utils import relu, sigmoid, X_train, y_train

np.random.seed(10)
weights, biases = np.random.uniform(-1, 1, (1, 2)), np.random.uniform(-1, 1, (1, 1))
losses = []
for epoch in range(3):
    order = np.random.permutation(X_train.shape[0])
    X_train, y_train = X_train[order], y_train[order]
    loss = 0
    for i in range(X_train.shape[0]):
        x, y = X_train[i].reshape(-1, 1), y_train[i].reshape(-1, 1)
        z = np.dot(weights, x) + biases
        p = sigmoid(z)
        loss += -(y * np.log(p) + (1 - y) * np.log(1 - p))
        dz = (p - y) / (p * (1 - p)) * sigmoid.derivative(z)
        weights -= 0.01 * np.dot(dz, x.T)
        biases -= 0.01 * dz
    losses.append(loss[0, 0] / X_train.shape[0])
print(losses[-1] < losses[0], y_train.shape, relu(np.array([-1.0])).item())
""",
    "perceptron": FETCH + """
import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from perceptron import X, y, model

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=10)
model.fit(X_train, y_train, 10, 0.01)
y_pred = [np.round(model.forward(row)[0]) for row in X_test]
print(accuracy_score(y_test, y_pred) > 0.7, X.shape, y.shape)
""",
    "data": ANOTHER_FETCH + """
from sklearn.neural_network import MLPClassifier
from data import X_train, y_train, X_test, y_test

model = MLPClassifier(
    max_iter=100, hidden_layer_sizes=(6, 6), learning_rate_init=0.01, random_state=10
)
model.fit(X_train, y_train.ravel())
print(model.score(X_test, y_test.ravel()) > 0.9, X_train.shape, X_test.shape)
""",
}  # fmt: skip
LAST_LINES = {
    "activations": "1.0 0.192027",
    "layers": "0.542641 (2, 1) (6, 1)",
    "utils": "True (800, 1) 0.0",
    "perceptron": "True (1000, 2) (1000, 1)",
    "data": "True (800, 2) (200, 2)",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("scripts") / "course"
    folder.start_chapter(place, get_chapter("neuron"))
    return place


@pytest.mark.parametrize("module", SCRIPTS)
def test_a_script_runs(place, module):
    script = place / f"the_course_s_{module}.py"
    script.write_text(SCRIPTS[module].format(module=module), encoding="utf-8")
    before = (place / f"{module}.py").read_bytes()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script.name],
        cwd=place,
        env={**os.environ, "PATH": ""},  # no wget and no curl: the same as no network
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == LAST_LINES[module]
    assert (place / f"{module}.py").read_bytes() == before
    if module == "perceptron":
        assert done.stdout.count("Loss at epoch") == 10


def test_the_layers_have_the_numbers_of_seed_10():
    known = np.random.get_state()
    np.random.seed(10)
    assert round(np.random.uniform(-1, 1, (6, 2))[0, 0], 6) == 0.542641
    np.random.set_state(known)


def test_the_rows_are_split_as_scikit_learn_splits_them(place):
    from sklearn.model_selection import train_test_split

    names = {}
    exec((place / "data.py").read_text(encoding="utf-8"), names)
    parts = train_test_split(names["X"], names["y"], test_size=0.2, random_state=10)
    for name, part in zip(("X_train", "X_test", "y_train", "y_test"), parts, strict=True):
        np.testing.assert_array_equal(names[name], part)
