"""Learners write odd code: what is right passes, what is wrong is never called something else."""

import random

import numpy as np
import pytest
from oracles import learners

from chainrule import diagnose
from chainrule.diagnosis.fits.judging import look_at_fit


def keys(diagnosis):
    return [finding.key for finding in diagnosis.findings]


HEAD = "import numpy as np\nimport random\n\n\nclass Layer:\n"


def whole(text):
    """Return a Layer class of its methods' text."""
    return learners.made(HEAD + text, "Layer")


# Right, in odd ways ---------------------------------------------------------------------------

INIT = """
    def __init__(self, n_in, n_out, act):
        self.weights = np.random.uniform(-1, 1, (n_out, n_in))
        self.biases = np.random.uniform(-1, 1, (n_out, 1))
        self.f = act
"""
FORWARD = """
    def forward(self, a):
        self.a_in = np.asarray(a, dtype=float).reshape(-1, 1)
        self.pre = self.weights.dot(self.a_in) + self.biases
        return self.f(self.pre)
"""
BACKWARD = """
    def backward(self, grad, eta):
        delta = grad * self.f.derivative(self.pre)
        back = self.weights.T.dot(delta)
        self.weights -= eta * delta.dot(self.a_in.T)
        self.biases -= eta * delta
        return back
"""

ODD_BUT_RIGHT = {
    "weights by their shape alone": (INIT + FORWARD + BACKWARD).replace(
        "self.weights", "self.mine"
    ),
    "other names": INIT + FORWARD + BACKWARD,
    "it prints": INIT + FORWARD + BACKWARD.replace("back =", "print('x' * 99)\n        back ="),
    "lists": """
    def __init__(self, n, k, act):
        self.weights = [[random.uniform(-1, 1) for _ in range(n)] for _ in range(k)]
        self.biases = [[random.uniform(-1, 1)] for _ in range(k)]
        self.f = act
    def forward(self, a):
        self.x = [float(v) for v in np.ravel(a)]
        self.z = [sum(w * v for w, v in zip(row, self.x)) + b[0]
                  for row, b in zip(self.weights, self.biases)]
        return [[float(self.f(np.array([z]))[0])] for z in self.z]
    def backward(self, da, eta):
        dz = [float(d) * float(self.f.derivative(np.array([z]))[0])
              for d, z in zip(np.ravel(da), self.z)]
        out = [[sum(self.weights[i][j] * dz[i] for i in range(len(dz)))]
               for j in range(len(self.x))]
        for i, d in enumerate(dz):
            for j, v in enumerate(self.x):
                self.weights[i][j] -= eta * d * v
            self.biases[i][0] -= eta * d
        return out
""",
    "np.matrix": """
    def __init__(self, n, k, act):
        self.weights = np.matrix(np.random.uniform(-1, 1, (k, n)))
        self.biases = np.matrix(np.random.uniform(-1, 1, (k, 1)))
        self.f = act
    def forward(self, a):
        self.x = np.matrix(a).reshape(-1, 1)
        self.z = self.weights * self.x + self.biases
        return np.asarray(self.f(np.asarray(self.z)))
    def backward(self, da, eta):
        dz = np.matrix(np.multiply(da, self.f.derivative(np.asarray(self.z))))
        back = self.weights.T * dz
        self.weights -= eta * dz * self.x.T
        self.biases -= eta * dz
        return back
""",
    "float32": INIT.replace("(n_out, n_in))", "(n_out, n_in)).astype(np.float32)")
    .replace("(n_out, 1))", "(n_out, 1)).astype(np.float32)")
    + FORWARD.replace("dtype=float", "dtype=np.float32")
    + BACKWARD.replace("delta =", "delta = np.float32(1) *").replace("eta *", "np.float32(eta) *"),
    "biases of one axis inside": INIT.replace("(n_out, 1)", "n_out")
    + """
    def forward(self, a):
        self.a_in = np.ravel(a)
        self.pre = self.weights @ self.a_in + self.biases
        return self.f(self.pre).reshape(-1, 1)
    def backward(self, grad, eta):
        delta = np.ravel(grad) * self.f.derivative(self.pre)
        back = self.weights.T @ delta
        self.weights -= eta * np.outer(delta, self.a_in)
        self.biases -= eta * delta
        return back[:, None]
""",
    "parameters under two names": INIT.replace(
        "self.f = act", "self.f = act\n        self.params = [self.weights, self.biases]"
    )
    + FORWARD
    + BACKWARD.replace("self.weights -= eta * ", "self.params[0] -= eta * ").replace(
        "self.biases -= eta * ", "self.params[1] -= eta * "
    ),
    "it changes da in place": INIT + FORWARD + BACKWARD.replace(
        "delta = grad * self.f.derivative(self.pre)",
        "grad *= self.f.derivative(self.pre)\n        delta = grad",
    ),
    "it keeps the array that it was given": INIT
    + FORWARD.replace("np.asarray(a, dtype=float).reshape(-1, 1)", "a")
    + BACKWARD,
    "one buffer for all answers": INIT.replace(
        "self.f = act", "self.f = act\n        self.buffer = np.zeros((n_in, 1))"
    )
    + FORWARD
    + BACKWARD.replace("return back", "self.buffer[:] = back\n        return self.buffer"),
    "it draws from the global generators": INIT
    + FORWARD.replace("return", "np.random.rand(3), random.random()\n        return")
    + BACKWARD,
    "a guard": INIT + FORWARD + BACKWARD.replace(
        "self.f.derivative(self.pre)", "(self.f.derivative(self.pre) + 1e-9)"
    ),
    "a batch fits too": INIT
    + FORWARD.replace(".reshape(-1, 1)", "").replace("np.asarray(a, dtype=float)", "np.array(a)")
    + BACKWARD.replace("eta * delta\n", "eta * delta.sum(axis=1, keepdims=True)\n"),
    "a derivative by differences": INIT + FORWARD + BACKWARD.replace(
        "self.f.derivative(self.pre)",
        "(self.f(self.pre + 1e-6) - self.f(self.pre - 1e-6)) / 2e-6",
    ),
    "a property": INIT.replace("self.weights =", "self._w =") + """
    @property
    def weights(self):
        return self._w
    @weights.setter
    def weights(self, values):
        self._w = np.array(values)
""" + FORWARD + BACKWARD,
    "a property that gives copies": INIT.replace("self.weights =", "self._w =") + """
    @property
    def weights(self):
        return self._w.copy()
    @weights.setter
    def weights(self, values):
        self._w = np.array(values)
""" + FORWARD + BACKWARD,
    "a default learning rate": INIT + FORWARD + BACKWARD.replace("eta)", "eta=0.01)"),
    "it warns": INIT + FORWARD.replace(
        "return", "import warnings\n        warnings.warn('careful')\n        return"
    ) + BACKWARD,
    "seeds in the constructor": INIT.replace(
        "self.f = act", "self.f = act\n        np.random.seed(1)"
    ) + FORWARD + BACKWARD,
    "numpy is set to raise": INIT + FORWARD.replace(
        "return", "np.seterr(all='warn')\n        return"
    ) + BACKWARD,
}  # fmt: skip


@pytest.mark.parametrize("name", ODD_BUT_RIGHT)
def test_odd_but_right(name, capsys):
    assert keys(diagnose(whole(ODD_BUT_RIGHT[name]))) == []
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_random_numbers_are_left_alone():
    np.random.seed(3)
    random.seed(3)
    wanted = np.random.uniform(), random.random()
    np.random.seed(3)
    random.seed(3)
    diagnose(whole(ODD_BUT_RIGHT["it draws from the global generators"]))
    assert (np.random.uniform(), random.random()) == wanted


# Wrong, in odd ways ----------------------------------------------------------------------------

RIGHT = INIT + FORWARD + BACKWARD
ODD_AND_WRONG = {
    "weights under no name": (RIGHT.replace("self.weights", "self.mine").replace(
        "self.f = act", "self.f, self.yours = act, self.mine * 2"), "parameters-missing"),
    "another constructor": (RIGHT.replace("n_out, act", "n_out"), "parameters-missing"),
    "weights the other way round": (RIGHT.replace("(n_out, n_in)", "(n_in, n_out)"),
                                    "parameters-shape"),
    "one bias for all": (RIGHT.replace("(n_out, 1)", "(1, 1)"), "parameters-shape"),
    "whole numbers": (RIGHT.replace("np.random.uniform(-1, 1, (n_out, n_in))",
                                    "np.random.randint(-9, 9, (n_out, n_in))"),
                      "whole-numbers"),
    "zeros": (RIGHT.replace("np.random.uniform(-1, 1, (n_out, n_in))", "np.zeros((n_out, n_in))"),
              "constant-weights"),
    "no constructor": (RIGHT.replace("self.f = act", "raise KeyError('x')"), "init-fails"),
    "it exits": (RIGHT.replace("back = ", "exit(3)\n        back = "), "backward-fails"),
    "a weird error": (RIGHT.replace("back = ", "raise LookupError('no')\n        back = "),
                      "backward-fails"),
    "recursion": (RIGHT.replace("back = ", "self.backward(grad, eta)\n        back = "),
                  "backward-fails"),
    "biases of one axis": (RIGHT.replace("(n_out, 1)", "n_out"), "n-by-n"),
    "no learning rate parameter": (RIGHT.replace("grad, eta)", "grad)").replace("eta *", "0.01 *"),
                                   "backward-fails"),
    "a tuple is returned": (RIGHT.replace("return back", "return back, delta"), "not-recognised"),
    "a row is returned": (RIGHT.replace("return back", "return back.T"), "returns-row"),
    "clipped steps": (RIGHT.replace("eta * delta.dot(self.a_in.T)",
                                    "np.clip(eta * delta.dot(self.a_in.T), -.01, .01)"),
                      "not-recognised"),
    "momentum": (RIGHT.replace("self.f = act", "self.f = act\n        self.v = 0").replace(
        "self.weights -= eta * delta.dot(self.a_in.T)",
        "self.v = 0.9 * self.v + delta.dot(self.a_in.T)\n        self.weights -= eta * self.v"),
        "not-recognised"),
    "weight decay": (RIGHT.replace(
        "self.biases -=", "self.weights *= 0.99\n        self.biases -="), "not-recognised"),
    "noise": (RIGHT.replace("eta * delta\n", "eta * delta + np.random.normal()\n"),
              "not-recognised"),
    "an alias for the old weights": (RIGHT.replace(
        "back = self.weights.T.dot(delta)", "old = self.weights").replace(
        "return back", "return old.T.dot(delta)"), "updated-too-early"),
    "b -= with a row": (RIGHT.replace("eta * delta\n", "eta * delta.T\n"), "backward-fails"),
    "relu alone is known": (RIGHT.replace(
        "self.f.derivative(self.pre)", "(self.pre > 0)"), "always-relu"),
    "an error where it is square no more": (RIGHT.replace(
        "delta.dot(self.a_in.T)", "self.a_in.dot(delta.T)"), "outer-transposed"),
    "forward keeps a": (RIGHT.replace("return self.f(self.pre)",
                                      "self.pre = self.f(self.pre)\n        return self.pre"),
                        "derivative-at-a"),
    "forward gives text": (RIGHT.replace("return self.f(self.pre)", "return 'a'"),
                           "forward-shape"),
    "forward gives rows of different lengths": (
        RIGHT.replace("return self.f(self.pre)", "return [[1], [2, 3]]"), "forward-shape"),
    "forward gives two": (RIGHT.replace("return self.f(self.pre)",
                                        "return self.f(self.pre), self.pre"), "forward-shape"),
    "not written": (INIT + FORWARD + "\n    def backward(self, da, eta):\n"
                    "        raise NotImplementedError\n", "unfinished"),
    "backward is missing": (INIT + FORWARD, "unfinished"),
    "forward is missing": (INIT + BACKWARD, "unfinished"),
    "only pass": (INIT + FORWARD + "\n    def backward(self, da, eta):\n        pass\n",
                  "unfinished"),
    "NaN": (RIGHT.replace("return back", "return back * np.nan"), "not-recognised"),
    "float16": (RIGHT.replace("np.asarray(a, dtype=float)", "np.asarray(a, np.float16) * "
                              "np.float16(0.3337)"), "forward-wrong"),
    "dividing": (RIGHT.replace("eta * delta.dot", "delta.dot").replace(
        "(self.a_in.T)", "(self.a_in.T) / eta"), "not-recognised"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD_AND_WRONG)
def test_odd_and_wrong(name, capsys):
    text, key = ODD_AND_WRONG[name]
    found = keys(diagnose(whole(text)))
    assert found == [key]
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_an_error_of_the_call_itself_is_told():
    text, _ = ODD_AND_WRONG["no learning rate parameter"]
    (finding,) = diagnose(whole(text)).findings
    assert "takes 2 positional arguments but 3 were given" in finding.evidence
    assert finding.right == "backward(da, learning_rate)"


def test_shapes_have_the_learners_own_names():
    text = RIGHT.replace("delta.dot(self.a_in.T)", "(delta @ self.a_in)")
    (finding,) = diagnose(whole(text)).findings
    assert "delta is (2, 1) and a_in is (3, 1)" in finding.evidence
    (finding,) = diagnose(learners.layer(dW="d_weights = dz @ self.inputs")).findings
    assert "dz is (2, 1) and inputs is (3, 1): the product dz · inputsᵀ" in finding.evidence
    (finding,) = diagnose(learners.layer(da_prev="da_prev = np.dot(self.weights, da).T @ dz @ da")
                          ).findings  # fmt: skip
    assert finding.key == "backward-fails"


def test_a_course_folder_may_be_called_chainrule(tmp_path):
    """The learner's line is found wherever their file lies."""
    import importlib.util

    folder = tmp_path / "chainrule" / "numpy"
    folder.mkdir(parents=True)
    text = HEAD + RIGHT.replace("back = ", "raise LookupError('no')\n        back = ")
    (folder / "mine.py").write_text(text)
    spec = importlib.util.spec_from_file_location("mine", folder / "mine.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (finding,) = diagnose(module.Layer).findings
    assert finding.line.endswith("raise LookupError('no')")


# Fits -------------------------------------------------------------------------------------------

ODD_RIGHT_FITS = {
    "scalars": {"da": "p = float(y_hat[0, 0])\nt = float(y[0])\nda = (p - t) / (p * (1 - p))"},
    "flat outputs": {"da": "p = y_hat[0]\nda = (p - y) / (p * (1 - p))"},
    "float32 rows": {"before": "training_data = training_data.astype(np.float32)"},
    "shuffled in place": {"shuffle": "state = np.random.get_state()\n"
                          "np.random.shuffle(training_data)\nnp.random.set_state(state)\nnp.random.shuffle(labels)"},
    "two digits": {"show": "print(f'{average_loss:.2f}')"},
    "many digits": {"show": "print('loss', average_loss)"},
    "in powers of ten": {"show": "print(f'Loss: {average_loss:.3e}')"},
    "loss and accuracy": {"show": "print(f'Loss {average_loss:.3f}, accuracy {0.5:.3f}, 0.1 s')"},
    "accuracy and loss": {"show": "print(f'accuracy {0.5:.3f} loss {average_loss:.3f}')"},
    "two numbers without a word": {"show": "print(f'{0.123:.3f} {average_loss:.3f}')"},
    "every other epoch": {"show": "if epoch % 2: print(f'Loss {average_loss:.3f}')"},
    "more lines": {"show": "print('epoch', epoch)\nprint(f'Loss {average_loss:.3f}')\nprint()"},
    "a bar to the error stream": {"show": "import sys\nprint('#', file=sys.stderr)"},
    "a list of losses is returned": {"show": "pass"},
    "the network after the epoch": {
        "average": "np.mean([float((-(t * np.log(self.forward(v)) + (1 - t) * "
        "np.log(1 - self.forward(v))))[0, 0]) for v, t in zip(training_data, labels)][:n])",
        "show": "pass"},
    "a rate that falls": {"show": "learning_rate *= 0.9"},
    "a float32 rate": {"before": "learning_rate = np.float32(learning_rate)"},
    "a rate that falls from step to step": {"loss": "loss += -np.log(y_hat if y[0] else 1 - y_hat)",
        "back": "for layer in reversed(self.layers):\n    da = layer.backward(da, learning_rate)\n"
        "learning_rate *= 0.99"},
    "indices": {"da": "i = len(self.layers) - 1\nda = (y_hat - y) / (y_hat * (1 - y_hat))",
                "back": "while i >= 0:\n    da = self.layers[i].backward(da, learning_rate)\n"
                "    i -= 1"},
}  # fmt: skip


@pytest.mark.parametrize("name", ODD_RIGHT_FITS)
def test_odd_but_right_fits(name, capsys):
    parts = ODD_RIGHT_FITS[name]
    assert keys(diagnose(perceptron=learners.perceptron(**parts))) == []
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_the_average_after_an_epoch_is_no_mistake():
    after = {
        "average": "np.mean([-np.log(p) if t[0] else -np.log(1 - p) for p, t in "
        "((self.forward(v)[0, 0], t) for v, t in zip(training_data, labels))])",
    }
    assert keys(diagnose(perceptron=learners.perceptron(**after))) == []


ODD_WRONG_FITS = {
    "too few epochs": ({"fit": learners.FIT.replace("range(epochs)", "range(1, epochs)")},
                       "epochs-missing"),
    "one sample too few": ({"fit": learners.FIT.replace(
        "zip(training_data, labels)", "zip(training_data[1:], labels[1:])")}, "samples-missing"),
    "one sample an epoch": ({"fit": learners.FIT.replace(
        "zip(training_data, labels)", "zip(training_data[:1], labels[:1])")}, "samples-missing"),
    "the first label for all": ({"da": "da = (y_hat - labels[0]) / (y_hat * (1 - y_hat))"},
                                "labels-wrong"),
    "only X is shuffled": ({"shuffle": "training_data = training_data[np.random.permutation(n)]"},
                           "shuffled-apart"),
    "the last layer is left out": ({"back": "for layer in self.layers[-2::-1]:\n"
                                    "    da = layer.backward(da, learning_rate)"}, "da-shape"),
    "another signature": ({"fit": learners.FIT.replace("range(epochs)", "range(self.epochs)")},
                          "fit-fails"),
    "it exits": ({"da": "exit()"}, "fit-fails"),
    "a percentage": ({"show": "print(f'Loss {100 * average_loss:.1f}')"}, "loss-not-recognised"),
    "standardised rows": ({"before": "training_data = (training_data - training_data.mean(axis=0))"
                           " / training_data.std(axis=0)"}, "rows-changed"),
    "a rate that is halved from layer to layer": ({"back": "rate = learning_rate\n"
        "for layer in reversed(self.layers):\n    da = layer.backward(da, rate)\n    rate /= 2"},
        "learning-rate-changed"),
    "another rate for the first layer, later": ({"back": "for layer in reversed(self.layers):\n"
        "    rate = learning_rate * (2 if epoch and layer is self.layers[0] else 1)\n"
        "    da = layer.backward(da, rate)"}, "learning-rate-changed"),
    "the loss of the step before": ({"da": "da = (old - y) / (old * (1 - old))\nold = y_hat",
                                     "before": "old = 0.5 * np.ones((1, 1))"}, "not-recognised"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD_WRONG_FITS)
def test_odd_and_wrong_fits(name, capsys):
    parts, key = ODD_WRONG_FITS[name]
    assert keys(diagnose(perceptron=learners.perceptron(**parts))) == [key]
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_a_wrong_forward_of_the_network_is_said_first():
    source = learners.PERCEPTRON.replace("return outputs", "return inputs")
    made = learners.made(source.format(fit="        pass"), "Perceptron")
    found, remarks = look_at_fit(made)
    assert [finding.key for finding in found] == ["perceptron-forward"]
    assert remarks == []


def test_a_fit_of_its_own_cannot_be_followed():
    text = "class Perceptron:\n    def __init__(self, layers):\n        self.layers = layers\n" \
        "    def fit(self, x, y, epochs, rate):\n        self.layers[0].weights += 1\n"  # fmt: skip
    found, (remark,) = look_at_fit(learners.made(text, "Perceptron"))
    assert found == []
    assert "cannot be followed" in remark
