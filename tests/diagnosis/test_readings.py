"""Conventions in which a layer is written: each is read, said, and a mistake in it is named."""

import random
from pathlib import Path

import numpy as np
import pytest
from oracles import learners

from chainrule import diagnose
from chainrule.diagnosis.reading.conventions import NAMES

HEAD = "import numpy as np\n\n\n"


def of(text, name="Layer"):
    return learners.made(HEAD + text, name)


INIT = """class Layer:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)
"""
FORWARD = """
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
"""
STEPS = """
    def backward(self, grad, lr):
        dx = grad @ self.W.T
        self.W -= lr * self.x.T @ grad
        self.b -= lr * grad.sum(axis=0)
        return dx
"""
KEPT = """
    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T
"""
TANH = """class Layer:
    def __init__(self, n_out, n_in):
        self.W = np.random.randn(n_out, n_in)
        self.b = np.zeros((n_out, 1))
"""
SIGMOID = """
def sigmoid(z, derivative=False):
    s = 1 / (1 + np.exp(-z))
    return s * (1 - s) if derivative else s


def tanh(z, derivative=False):
    return 1 - np.tanh(z) ** 2 if derivative else np.tanh(z)


"""
UPDATE = "self.b -= lr * grad.sum(axis=0)"

# The text, what is said of how it was read, a mistake in it, and the mistake's key.
CONVENTIONS = {
    "rows": (INIT + FORWARD + STEPS, "samples in rows", (UPDATE, UPDATE.replace("-=", "+=")),
             "b-added"),
    "gradients kept": (INIT + FORWARD + KEPT, "gradients kept in `dW` and `db`",
                       ("self.x.T @ grad", "2 * self.x.T @ grad"), "not-recognised"),
    "the rate first": (INIT + FORWARD + STEPS.replace("grad, lr", "lr, grad"), "`backward` of da",
                       (UPDATE, "pass"), "b-never-updated"),
    "a phase": (INIT + FORWARD.replace("x):", "x, training):").replace("self.x = x", "if training: "
                "self.x = x") + KEPT, "gradients kept",
                ("grad.sum(axis=0)", "grad.mean()"), "db-mean"),
    "neurons first": (
        TANH + """
    def forward_pass(self, x):
        self.x, self.z = x, self.W @ x + self.b
        return np.tanh(self.z)
    def backward_pass(self, d_out, alpha):
        dz = d_out * (1 - np.tanh(self.z) ** 2)
        back = self.W.T @ dz
        self.W = self.W - alpha * dz @ self.x.T
        self.b = self.b - alpha * dz.sum(axis=1, keepdims=True)
        return back
""", "`forward_pass`, then `backward_pass`", ("d_out * (1 - np.tanh(self.z) ** 2)", "d_out"),
        "no-derivative"),
    "arrays": (INIT.replace("n_in, n_out):", "W, b):").replace("np.random.randn(n_in, n_out)", "W")
               .replace("np.zeros(n_out)", "b") + FORWARD + KEPT, "of arrays",
               ("grad.sum(axis=0)", "grad.mean()"), "db-mean"),
    "a pair of sizes": (INIT.replace("n_in, n_out):", "shape):\n        n_in, n_out = shape")
                        + FORWARD + STEPS, "of a pair of sizes",
                        (UPDATE, UPDATE.replace("lr * ", "")), "b-without-learning-rate"),
    "built later": (INIT.replace("n_in, n_out):", "units):\n        self.units = units\n"
                    "    def build(self, n_in):\n        n_out = self.units") + FORWARD + STEPS,
                    "built by `build`", (UPDATE, UPDATE.replace("-=", "+=")), "b-added"),
    "a cache": (
        INIT + """
    def forward(self, x):
        return np.tanh(x @ self.W + self.b), (x, x @ self.W + self.b)
    def backward(self, dA, cache):
        x, z = cache
        dz = dA * (1 - np.tanh(z) ** 2)
        return {"dx": dz @ self.W.T, "dW": x.T @ dz, "db": dz.sum(axis=0)}
""", "part 1 of what `forward` returns", ("dA * (1 - np.tanh(z) ** 2)", "dA"), "no-derivative"),
    "lists of two": (
        """class Layer:
    def __init__(self, n_in, n_out):
        self.params = [np.random.randn(n_in, n_out), np.zeros(n_out)]
    def forward(self, x):
        self.x = x
        return x @ self.params[0] + self.params[1]
    def backward(self, dout):
        self.grads = [self.x.T @ dout, dout.sum(axis=0)]
        return dout @ self.params[0].T
""", "`params[0]`", ("dout.sum(axis=0)", "-dout.sum(axis=0)"), "b-added"),
    "the call keeps": (INIT + FORWARD.replace("        self.x = x\n", "") + """
    def __call__(self, x):
        self.x = x
        return self.forward(x)
""" + STEPS, "`__call__`", (UPDATE, UPDATE.replace("-=", "+=")), "b-added"),
    "an activation with methods": (
        TANH.replace("n_out, n_in):", "n_out, n_in, activation):\n        self.act = activation")
        + """
    def forward(self, x):
        self.x, self.z = x, self.W @ x + self.b
        return self.act.forward(self.z)
    def backward(self, da, lr):
        dz = da * self.act.gradient(self.z)
        back = self.W.T @ dz
        self.W -= lr * dz @ self.x.T
        self.b -= lr * dz.sum(axis=1, keepdims=True)
        return back
""", "an activation with methods", ("da * self.act.gradient(self.z)", "da"), "no-derivative"),
    "the file's own, by a flag": (
        SIGMOID
        + TANH.replace("n_out, n_in):", "n_out, n_in, act):\n        self.act = act")
        + """
    def forward(self, x):
        self.x, self.z = x, self.W @ x + self.b
        return self.act(self.z)
    def backward(self, da, lr):
        dz = da * self.act(self.z, derivative=True)
        back = self.W.T @ dz
        self.W -= lr * dz @ self.x.T
        self.b -= lr * dz.sum(axis=1, keepdims=True)
        return back
""", "and the file's own activations", ("-= lr * dz @", "+= lr * dz @"), "W-added"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_convention_is_read_and_said(name):
    text, said, *_ = CONVENTIONS[name]
    diagnosis = diagnose(of(text))
    assert diagnosis.ok, str(diagnosis)
    assert said in diagnosis.read_as


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_mistake_in_a_convention_is_named(name):
    text, _, (right, wrong), key = CONVENTIONS[name]
    assert right in text
    found = {finding.key for finding in diagnose(of(text.replace(right, wrong))).findings}
    assert key in found or found == {"one-of-several"}, found


# Activations that only give their derivative ---------------------------------------------------

DERIVATIVES = {
    "of z": "return np.cosh({x}) ** -2",
    "of a = f(z)": "return 1 - {x} ** 2",
}


@pytest.mark.parametrize("wants", DERIVATIVES)
@pytest.mark.parametrize("static", [True, False])
def test_a_class_of_f_and_its_derivative_is_right(wants, static):
    mark, own = ("@staticmethod\n    ", "") if static else ("", "self, ")
    text = (
        f"class Tanh:\n    {mark}def forward({own}x):\n        return np.tanh(x)\n"
        f"    {mark}def gradient({own}x):\n        {DERIVATIVES[wants].format(x='x')}\n"
    )
    diagnosis = diagnose(of(text, "Tanh"))
    assert diagnosis.ok, str(diagnosis)
    assert wants in diagnosis.remarks[0]
    wrong = of(text.replace("return np.cosh(x) ** -2", "return 2 * x").replace("1 - x", "1 + x"),
               "Tanh")  # fmt: skip
    assert not diagnose(wrong).ok


# What the user says, and what is refused --------------------------------------------------------


def test_a_misleading_name_is_overruled():
    text = (
        (INIT + FORWARD + STEPS)
        .replace("self.W", "self.mixing")
        .replace("self.b = np", "self.weights = np.ones((n_in, n_out))\n        self.b = np")
    )
    assert not diagnose(of(text)).ok  # `weights` are not what `forward` uses
    assert diagnose(of(text), read_as={"weights": "mixing"}).ok


@pytest.mark.parametrize(("said", "words"), [
    ({"sample": "rows"}, "did you mean 'samples'"),
    ({"samples": "lines"}, "samples is one of 'columns', 'rows', 'flat'"),
    ({"forward": "forwards"}, "no method 'forwards'"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(said, words):
    with pytest.raises(ValueError, match=words):
        diagnose(of(INIT + FORWARD + STEPS), read_as=said)


REFUSED = {
    "a network": ("def __init__(self, sizes):\n        self.W = [np.ones(s) for s in sizes]",
                  "takes `sizes`: a network, not a layer"),
    "data": ("def __init__(self, x, y):\n        self.x = x", "takes `x, y`: a network"),
    "another layer": ("def __init__(self, n_in, n_out, act, slope, before):\n        pass",
                      "what `Layer` is to be given as `before`"),
    "biases inside": ("def __init__(self, n_in, n_out):\n"
                      "        self.W = np.random.randn(n_in + 1, n_out)",
                      "the biases are in it"),
    "no biases": ("def __init__(self, n_in, n_out):\n        self.W = np.random.randn(n_in, n_out)",
                  "no biases of 4 numbers"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_read_is_refused_in_a_sentence(name):
    constructor, said = REFUSED[name]
    (finding,) = diagnose(of(f"class Layer:\n    {constructor}\n" + FORWARD + STEPS)).findings
    assert finding.key == "not-read"
    assert said in finding.title
    assert "line " in finding.line


def test_gradients_that_are_nowhere_are_not_called_right():
    text = INIT + FORWARD + "    def backward(self, grad):\n        return grad @ self.W.T\n"
    (finding,) = diagnose(of(text)).findings
    assert finding.key == "not-read"
    assert "read_as={'d_weights'" in finding.title


@pytest.mark.parametrize("name", CONVENTIONS)
def test_nothing_global_is_changed(name, capsys):
    np.random.seed(5)
    random.seed(5)
    wanted = np.random.uniform(), random.random()
    np.random.seed(5)
    random.seed(5)
    diagnose(of(CONVENTIONS[name][0].replace("self.x = x", "self.x = x; print(x)")))
    assert (np.random.uniform(), random.random()) == wanted
    assert capsys.readouterr() == ("", "")


def test_every_name_that_is_read_stands_in_the_documentation():
    page = Path(__file__).parents[2].joinpath("docs", "conventions.md").read_text(encoding="utf-8")
    for thing, names in NAMES.items():
        assert f"| `{thing}` | {', '.join(f'`{name}`' for name in names)} |" in page.splitlines()


ODD_ACTIVATIONS = {
    "it works in place": ("def forward(self, x):\n        self.x = x.copy()\n        x[x < 0] = 0\n"
                          "        return x\n"
                          "    def backward(self, da):\n        da[self.x < 0] = 0\n"
                          "        return da",
                          "da[self.x < 0] = 0", "da[da < 0] = 0"),
    "da_prev is left": ("def forward(self, x):\n        self.a = np.tanh(x)\n"
                        "    def backward(self, da):\n        self.up = da * (1 - self.a ** 2)",
                        "1 - self.a ** 2", "1 + self.a ** 2"),
    "f′ is kept for the next": ("def forward(self, x):\n        self.a = np.tanh(x)\n"
                                "        return self.a\n"
                                "    def back_prop(self):\n        return 1 - self.a ** 2",
                                "1 - self.a ** 2", "1 - self.a"),
    "softmax of one sample": ("def forward(self, x):\n        e = np.exp(x)\n"
                              "        self.a = e / e.sum()\n"
                              "        return self.a\n    def backward(self, da):\n"
                              "        dx = self.a * da\n"
                              "        return dx - self.a * dx.sum(axis=dx.ndim - 1,\n"
                              "                                    keepdims=True)",
                              "- self.a * dx", "- dx"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD_ACTIVATIONS)
def test_an_activation_in_an_odd_form(name):
    text, right, wrong = ODD_ACTIVATIONS[name]
    assert diagnose(of(f"class F:\n    {text}\n", "F")).ok
    assert not diagnose(of(f"class F:\n    {text.replace(right, wrong)}\n", "F")).ok
    assert diagnose(of(f"class F:\n    {text}\n", "F")).ok  # once more: nothing of ours was changed


# Layers without biases ---------------------------------------------------------------------------

BARE = {
    "rows": """
class Layer:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        self.out = 1 / (1 + np.exp(-(x @ self.weights)))
        return self.out
    def backward(self, grad, lr):
        delta = grad * self.out * (1 - self.out)
        back = delta @ self.weights.T
        self.weights -= lr * self.x.T @ delta
        return back
""",
    "gradients kept": """
class Layer:
    def __init__(self, n_in, n_out):
        self.W, self.dW = np.random.randn(n_out, n_in), None
    def forward(self, x):
        self.x, self.z = x, self.W @ x
        return np.tanh(self.z)
    def backward(self, da):
        delta = da * (1 - np.tanh(self.z) ** 2)
        self.dW = delta @ self.x.T
        back = self.W.T @ delta
        return back
""",
}


@pytest.mark.parametrize("name", BARE)
def test_a_layer_without_biases_is_read(name):
    diagnosis = diagnose(of(BARE[name]))
    assert diagnosis.ok, str(diagnosis)
    assert "no biases" in diagnosis.read_as
    assert not any("several samples" in remark for remark in diagnosis.remarks)
    wrong = of(BARE[name].replace("return back", "return 2 * back"))
    assert [finding.key for finding in diagnose(wrong).findings] == ["not-recognised"]
    wrong = of(BARE[name].replace("= delta @", "= grad @" if name == "rows" else "= da @"))
    found = [finding.key for finding in diagnose(wrong).findings]
    assert found == (["da-for-dz"] if name == "rows" else ["dW-without-derivative"])
