"""Faults of the diagnosis that code of others has shown, each with what is right to say of it."""

from __future__ import annotations

import linecache
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from course.writing import changed, keys, looked_at

from chainrule import check_gradients, diagnose, relu, sigmoid
from chainrule.course.chapters import get_chapter


def findings(*given, **named):
    return [finding.key for finding in diagnose(*given, **named).findings]


class Base:
    def __init__(self, n_inputs, n_neurons, activation):
        self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))
        self.biases = np.random.uniform(-1, 1, (n_neurons, 1))
        self.activation = activation

    def forward(self, inputs):
        self.inputs = np.array(inputs, float).reshape(-1, 1)
        self.outputs = self.weights @ self.inputs + self.biases
        return self.activation(self.outputs)

    def slope(self):
        return self.activation.derivative(self.outputs)

    def backward(self, da, learning_rate):
        dz = da * self.slope()
        back = self.weights.T @ dz
        self.weights -= learning_rate * dz @ self.inputs.T
        self.biases -= learning_rate * dz
        return back


# A function is told by looking ------------------------------------------------------------------

Y, P = np.array([1.0, 0, 1, 0]), np.array([0.2, 0.7, 0.6, 0.4])


def test_a_cost_of_many_numbers_is_no_elementwise_function():
    assert check_gradients(
        lambda p: np.mean((p - Y) ** 2), P, derivative=lambda p: 2 * (p - Y) / p.size
    )
    assert not check_gradients(lambda w: np.mean(w**2), P, derivative=lambda w: 2 * w)
    assert check_gradients(
        lambda t: (t[0] * t[1] - 2) ** 2,
        np.ones(2),
        derivative=lambda t: 2 * (t[0] * t[1] - 2) * t[::-1],
    )


def test_softmax_with_the_slope_of_each_output_is_neither_right_nor_elementwise():
    def softmax(z):
        e = np.exp(z - z.max())
        return e / e.sum()

    with pytest.raises(ValueError, match=r"output \d.* depends on input \d.*no elementwise"):
        check_gradients(softmax, P, derivative=lambda z: softmax(z) * (1 - softmax(z)))


# Layers of some activations ---------------------------------------------------------------------


class Sigmoid(Base):
    def __init__(self, n, m, f=None):
        super().__init__(n, m, sigmoid)


class Dense(Base):
    def forward(self, x):
        super().forward(x)
        return self.outputs

    def slope(self):
        return 1.0


class Two(Base):
    def slope(self):
        if self.activation is relu:
            return (self.outputs > 0) * 1.0
        s = sigmoid(self.outputs)
        return s * (1 - s)


class Early(Sigmoid):
    def backward(self, da, lr):
        dz = da * self.slope()
        self.weights -= lr * dz @ self.inputs.T
        self.biases -= lr * dz
        return self.weights.T @ dz


class ByName(Base):
    def __init__(self, n, m, name):
        super().__init__(n, m, name)

    def forward(self, x):
        super_activation, self.activation = self.activation, lambda z: z
        z = super().forward(x)
        self.activation = super_activation
        if self.activation == "relu":
            return np.maximum(0, z)
        if self.activation == "sigmoid":
            return 1 / (1 + np.exp(-z))
        raise ValueError(f"unknown activation {self.activation}")

    def slope(self):
        if self.activation == "relu":
            return self.outputs > 0
        a = 1 / (1 + np.exp(-self.outputs))
        return a * (1 - a)


@pytest.mark.parametrize(("layer", "remark"), [
    (Sigmoid, "it always uses sigmoid"), (Dense, "it has no activation: a = z"),
    (Two, "right for relu and sigmoid, not for tanh"), (ByName, "with tanh"),
])  # fmt: skip
def test_a_layer_is_judged_for_the_activations_that_it_takes(layer, remark):
    diagnosis = diagnose(layer)
    assert diagnosis.ok, str(diagnosis)
    assert any(remark in one for one in diagnosis.remarks)


def test_mistakes_are_looked_for_under_the_activation_that_a_layer_has():
    assert findings(Early) == ["updated-too-early"]


class OnlyTwo(Base):
    def __init__(self, n, m, f):
        if f.name not in ("relu", "sigmoid"):
            raise ValueError("relu or sigmoid, please")
        super().__init__(n, m, f)


class NoRelu(Base):
    def slope(self):
        if self.activation is relu:
            raise ValueError("no relu yet")
        return super().slope()


class BadRelu(Base):
    def slope(self):
        if self.activation is relu:
            return 1 if self.outputs > 0 else 0
        return super().slope()


@pytest.mark.parametrize(("layer", "said"), [
    (OnlyTwo, "with tanh no layer can be made"),
    (NoRelu, "with relu `backward` cannot be computed"),
    (BadRelu, "`backward` cannot be computed with relu"),
])  # fmt: skip
def test_what_fails_for_one_activation_is_said_of_that_activation(layer, said):
    diagnosis = diagnose(layer)
    assert said in str(diagnosis)
    assert "square" not in str(diagnosis)
    assert diagnosis.ok == (layer is not BadRelu)  # what the learner refuses is no mistake


def test_the_course_needs_relu_and_sigmoid_and_no_more():
    old = "dz = da * self.activation.derivative(self.outputs)"
    two = (
        "s = 1 / (1 + np.exp(-self.outputs))\n        slope = (self.outputs > 0) if "
        "self.activation is relu"
    )
    assert keys(looked_at("training", changed("training", (
        old, f"{two} else s * (1 - s)\n        dz = da * slope")))) == {}  # fmt: skip
    refused = "if self.activation is relu:\n            raise ValueError('no relu yet')\n        "
    found = looked_at("training", changed("training", (old, refused + old)))["backward"]
    (finding,) = found["findings"]
    assert finding["key"] == "backward-fails"
    assert "with relu" in finding["title"]


# A file's own activations -----------------------------------------------------------------------

OWN_CLASS = """
import numpy as np


class Sigmoid:
    def __call__(self, z):
        return 1 / (1 + np.exp(-z))

    def derivative(self, a):
        return a * (1 - a)


class Layer:
    def __init__(self, n_inputs, n_neurons, activation):
        self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))
        self.biases = np.random.uniform(-1, 1, (n_neurons, 1))
        self.activation = activation

    def forward(self, inputs):
        self.inputs = np.array(inputs, float).reshape(-1, 1)
        self.outputs = self.weights @ self.inputs + self.biases
        self.a = self.activation(self.outputs)
        return self.a

    def backward(self, da, learning_rate):
        dz = da * {slope}
        back = self.weights.T @ dz
        self.weights -= learning_rate * dz @ self.inputs.T
        self.biases -= learning_rate * dz
        return back
"""
OWN_FUNCTIONS = OWN_CLASS.replace(
    """class Sigmoid:
    def __call__(self, z):
        return 1 / (1 + np.exp(-z))

    def derivative(self, a):
        return a * (1 - a)
""",
    """def relu(z):
    return np.maximum(0, z)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))
""",
)


def of_text(text, name="Layer"):
    file = f"<{abs(hash(text))}>"
    linecache.cache[file] = len(text), None, text.splitlines(True), file
    names = {"__name__": file[1:-1]}
    exec(compile(text, file, "exec"), names)
    return names[name]


def test_a_derivative_that_wants_a_and_gets_it_is_right():
    layer = of_text(OWN_CLASS.replace("{slope}", "self.activation.derivative(self.a)"))
    diagnosis = diagnose(layer)
    assert diagnosis.ok, str(diagnosis)
    assert "the derivative of `Sigmoid` wants a = f(z); chainrule's own want z" in str(diagnosis)
    wrong = of_text(OWN_CLASS.replace("{slope}", "self.activation.derivative(self.outputs)"))
    judged = diagnose(wrong, activation=wrong.forward.__globals__["Sigmoid"])
    assert [finding.key for finding in judged.findings] == ["z-times-1-minus-z"]
    assert diagnose(layer, activation=layer.forward.__globals__["Sigmoid"]).ok


def test_a_layer_that_knows_its_file_s_own_relu_is_right():
    slope = ("((self.outputs > 0) if self.activation == relu else "
             "self.activation(self.outputs) * (1 - self.activation(self.outputs)))")  # fmt: skip
    diagnosis = diagnose(of_text(OWN_FUNCTIONS.replace("{slope}", slope)))
    assert diagnosis.ok, str(diagnosis)


# Fits -------------------------------------------------------------------------------------------

NET = """
import numpy as np


class Net:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        for l in self.layers:
            x = l.forward(x)
        return x

    def fit(self, X, y, epochs, lr):
        for e in range(epochs):
            loss = 0.0
            for i in np.random.permutation(len(X)):
                d = self.forward(X[i].reshape(-1, 1)) - y[i].reshape(-1, 1)
                loss += {loss}
                da = {da}
                for l in reversed(self.layers):
                    da = l.backward(da, lr)
            print(f"Loss at epoch {e + 1}: {loss / len(X):.4f}")
"""


@pytest.mark.parametrize(("loss", "da", "which"), [
    (".5 * float((d**2).sum())", "d", "half the squared error"),
    ("float((d**2).sum())", "2 * d", "the squared error"),
])  # fmt: skip
def test_a_fit_by_the_squared_error_is_one_finding(loss, da, which):
    net = of_text(NET.replace("{loss}", loss).replace("{da}", da), "Net")
    (finding,) = diagnose(perceptron=net).findings
    assert finding.title.startswith(f"`fit` trains by {which}, loss and daⁿ alike")
    assert "weights are right" not in str(diagnose(perceptron=net))


def test_the_weights_are_said_to_be_right_only_where_they_are():
    printed = "float(-(d**2).sum())"
    net = of_text(NET.replace("{loss}", printed).replace("{da}", "d"), "Net")
    assert "the weights are right" not in str(diagnose(perceptron=net))


class MadeOfSizes:
    def __init__(self, sizes):
        self.w = [np.random.randn(b, a) for a, b in pairwise(sizes)]

    def fit(self, X, y, epochs, lr): ...


class WithoutFit:
    def __init__(self, layers):
        self.layers = layers


def test_making_a_network_is_told_from_calling_it():
    (finding,) = diagnose(perceptron=MadeOfSizes).findings
    assert "not made as on the page" in finding.title
    assert "yours takes `sizes`" in finding.title
    assert "def __init__(self, sizes)" in finding.line
    (finding,) = diagnose(perceptron=WithoutFit).findings
    assert finding.key == "unfinished"
    assert "`WithoutFit` has no method `fit`" in finding.evidence


# Quantity by quantity ---------------------------------------------------------------------------


class Dz(Base):
    def slope(self):
        return 1.1 * super().slope()


class Three(Base):
    def backward(self, da, lr):
        dz = da * self.activation.derivative(self.activation(self.outputs))
        self.weights -= lr * dz @ self.inputs.T
        self.biases -= lr * dz.mean()
        return self.weights.T @ dz


class Decay(Base):
    def backward(self, da, lr):
        dz = da * self.slope()
        self.weights -= lr * (dz @ self.inputs.T + 0.01 * self.weights)
        self.biases -= lr * dz.sum()
        return self.weights.T @ dz


class Same(Base):
    def backward(self, da, lr):
        dz = da * self.slope()
        self.weights -= lr * dz @ self.inputs.T
        self.biases -= lr * dz
        return self.weights.T @ da


def test_an_unknown_dz_is_called_dz():
    (finding,) = diagnose(Dz).findings
    assert finding.title == "wrong, not recognised: the first quantity that differs is dz"
    assert finding.quantity == "dz"
    assert "dz[0, 0] is" in finding.evidence


@pytest.mark.parametrize(("layer", "wanted"), [
    (Three, {"derivative-at-a", "db-mean", "updated-too-early"}),
    (Decay, {"db-sum", "updated-too-early", "not-recognised"}),
    (Same, {"updated-too-early", "da-for-dz"}),
])  # fmt: skip
def test_every_quantity_is_explained_by_itself(layer, wanted):
    found = diagnose(layer).findings
    assert {finding.key for finding in found} == wanted
    unknown = [finding.quantity for finding in found if finding.key == "not-recognised"]
    assert unknown == (["dW"] if layer is Decay else [])


# Other conventions, and the lines of causes ------------------------------------------------------


class Bias(Base):
    def __init__(self, *a):
        super().__init__(*a)
        self.bias = self.__dict__.pop("biases")


class Rows:
    def __init__(self, n, m):
        self.weights, self.biases = np.random.randn(n, m), np.zeros((1, m))

    def forward(self, x):
        self.x = x
        return x @ self.weights + self.biases

    def backward(self, da, lr):
        back = da @ self.weights.T
        self.weights -= lr * self.x.T @ da
        self.biases -= lr * da.sum(0, keepdims=True)
        return back


def test_a_layer_that_cannot_be_checked_is_refused_in_a_sentence():
    with pytest.raises(TypeError, match=r"needs weights and biases.*bias"):
        check_gradients(Bias(3, 2, sigmoid))
    with pytest.raises(ValueError, match=r"look like \(n_inputs, n_neurons\)"):
        check_gradients(Rows(3, 2))
    diagnosis = diagnose(Rows)
    assert diagnosis.ok, str(diagnosis)
    assert "samples in rows" in diagnosis.read_as


def test_the_line_is_that_of_the_cause():
    text = OWN_CLASS.replace("{slope}", "1").replace("n_neurons, activation)", "n_neurons, a, b)")
    (finding,) = diagnose(of_text(text)).findings
    assert finding.key in ("parameters-missing", "init-fails")
    assert finding.line.endswith("def __init__(self, n_inputs, n_neurons, a, b):")
    source = get_chapter("training").solution.replace("self.biases", "self.bias")
    (finding,) = looked_at("training", source)["backward"]["findings"]
    assert finding["key"] == "parameters-missing"
    assert "did you mean" in finding["evidence"]
    assert "self.bias = " in finding["line"]


class Dropout(Base):
    def forward(self, x):
        a = super().forward(x)
        self.mask = (np.random.rand(*a.shape) > 0.5) / 0.5
        return a * self.mask

    def slope(self):
        return self.mask * super().slope()


def test_chance_in_forward_is_noticed():
    said = "gives two results for the same inputs (dropout? noise?): switch it off, or fix its seed"
    assert said in str(diagnose(Dropout))
    with pytest.raises(ValueError, match="two results for the same"):
        check_gradients(Dropout(3, 2, sigmoid))


@pytest.mark.parametrize("body", [
    "pass", "...", '"""Later."""', "return None", "return", "raise NotImplementedError",
    "raise NotImplementedError('later')",
])  # fmt: skip
@pytest.mark.parametrize("method", ["backward", "fit"])
def test_every_way_of_not_having_written_it_yet_is_unfinished(body, method):
    head = "class C:\n    def __init__(self, layers):\n        self.layers = layers\n"
    if method == "backward":
        head = OWN_CLASS[: OWN_CLASS.index("    def backward")]
    arguments = "da, learning_rate" if method == "backward" else "X, y, epochs, learning_rate"
    text = f"{head}\n    def {method}(self, {arguments}):\n        {body}\n"
    made = of_text(text, "Layer" if method == "backward" else "C")
    (finding,) = diagnose(**{"layer" if method == "backward" else "perceptron": made}).findings
    assert finding.key == "unfinished"


def test_a_method_that_is_missing_is_unfinished():
    class Half(Base):
        backward = None

    assert findings(Half) == ["unfinished"]
    solution = get_chapter("training").solution
    start, end = solution.index("    def backward"), solution.index("class Perceptron")
    results = looked_at("training", f"{solution[:start]}\n\n{solution[end:]}")
    assert results["backward"]["findings"][0]["key"] in ("unfinished", "method-missing")


def test_the_given_modules_are_at_hand_for_a_file_that_lies_anywhere(tmp_path):
    solution = get_chapter("training").solution
    head = "from chainrule import make_circles, relu, sigmoid\n"
    assert head in solution
    own = "from activations import relu, sigmoid\nfrom utils import X_train, y_train\n"
    file = tmp_path / "anna.py"
    file.write_text(solution.replace(head, own).replace("make_circles(1000)", "X_train, y_train"))
    done = subprocess.run(
        [sys.executable, "-m", "chainrule", "course", "check", "training", "--file", str(file)],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=dict(os.environ),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in Path(tmp_path).iterdir()] == ["anna.py"]


class Batch(Base):
    def forward(self, x):
        self.inputs = np.asarray(x, float).reshape(self.weights.shape[1], -1)
        self.outputs = self.weights @ self.inputs + self.biases
        return self.activation(self.outputs)

    def backward(self, da, lr):
        dz = da * self.slope()
        back = self.weights.T @ dz
        self.weights -= lr * dz @ self.inputs.T
        self.biases -= lr * dz.mean(axis=1, keepdims=True)
        return back


def test_a_layer_that_takes_batches_is_tried_with_batches():
    diagnosis = diagnose(Batch)
    (remark,) = diagnosis.remarks
    assert "with several samples at once dW is their sum, db their mean" in remark
    assert "Everything agrees with the formulas." not in str(diagnosis)

    class Sums(Batch):
        def backward(self, da, lr):
            dz = da * self.slope()
            back = self.weights.T @ dz
            self.weights -= lr * dz @ self.inputs.T
            self.biases -= lr * dz.sum(axis=1, keepdims=True)
            return back

    assert str(diagnose(Sums)) == "Everything agrees with the formulas."


def test_a_derivative_that_wants_a_is_noted():
    check = check_gradients(lambda z: 1 / (1 + np.exp(-z)), derivative=lambda a: a * (1 - a))
    assert not check
    assert "it agrees if it is given a = f(z)" in str(check)
