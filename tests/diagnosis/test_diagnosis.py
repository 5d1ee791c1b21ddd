"""Mistakes are named, right code passes, and nothing is ever misnamed."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from oracles import learners

import chainrule
from chainrule.activations import relu, sigmoid, tanh
from chainrule.course.gallery import ENTRIES
from chainrule.diagnosis import diagnose
from chainrule.diagnosis.book import get_mistake, mistakes_in
from chainrule.diagnosis.layers.bench import outcomes
from chainrule.diagnosis.layers.observing import observe
from chainrule.diagnosis.layers.probes import Probe, agrees, probes
from chainrule.diagnosis.page_code import page_class

WHERE = "Layer.backward"
MISTAKES = [row for row in mistakes_in(WHERE) if row.key != "backward-fails"]


def keys(diagnosis):
    return [finding.key for finding in diagnosis.findings]


# Right code ------------------------------------------------------------------------------------

RIGHT_DZ = [
    learners.RIGHT["dz"],
    "dz = np.multiply(da, self.activation.derivative(self.outputs))",
    "dz = self.activation.derivative(self.outputs) * da",
    "dz = np.array(da)\ndz *= self.activation.derivative(self.outputs)",
    "dz = np.einsum('ij,ij->ij', da, self.activation.derivative(self.outputs))",
    "slope = np.diag(self.activation.derivative(self.outputs).ravel())\ndz = slope @ da",
    "dz = np.array([[d * s] for d, s in zip(da[:, 0], "
    "self.activation.derivative(self.outputs)[:, 0])])",
]
RIGHT_DW = [
    learners.RIGHT["dW"],
    "d_weights = np.outer(dz, self.inputs)",
    "d_weights = np.dot(dz, self.inputs.T)",
    "d_weights = dz * self.inputs.T",
    "d_weights = np.einsum('i,j->ij', dz.ravel(), self.inputs.ravel())",
    "d_weights = np.matmul(dz, np.transpose(self.inputs))",
    "d_weights = (self.inputs @ dz.T).T",
    "d_weights = np.kron(dz, self.inputs.T)",
    "d_weights = np.zeros_like(self.weights)\n"
    "for i in range(len(dz)):\n"
    "    for j in range(len(self.inputs)):\n"
    "        d_weights[i, j] = dz[i, 0] * self.inputs[j, 0]",
    "d_weights = np.tensordot(dz, self.inputs, axes=([1], [1]))",
]
RIGHT_DB = [
    learners.RIGHT["db"],
    "d_biases = dz.copy()",
    "d_biases = np.sum(dz, axis=1, keepdims=True)",
    "d_biases = dz.sum(axis=1).reshape(-1, 1)",
    "d_biases = dz * 1",
    "d_biases = dz.mean(axis=1, keepdims=True)",
]
RIGHT_DA_PREV = [
    learners.RIGHT["da_prev"],
    "da_prev = np.dot(self.weights.T, dz)",
    "da_prev = (dz.T @ self.weights).T",
    "da_prev = np.einsum('ij,ik->jk', self.weights, dz)",
    "da_prev = np.sum(self.weights * dz, axis=0, keepdims=True).T",
    "da_prev = self.weights.transpose().dot(dz)",
]
RIGHT_UPDATES = [
    {},
    {"W": "self.weights = self.weights - learning_rate * d_weights"},
    {"b": "self.biases = self.biases - learning_rate * d_biases"},
    {"W": "self.weights += -learning_rate * d_weights"},
    {"W": "self.weights -= d_weights * learning_rate",
     "b": "self.biases -= d_biases * learning_rate"},
    {"W": "np.subtract(self.weights, learning_rate * d_weights, out=self.weights)"},
    {"W": "self.weights[:] = self.weights - learning_rate * d_weights"},
    {"order": ("dz", "da_prev", "dW", "db", "b", "W", "return")},
    {"order": ("dz", "dW", "db", "da_prev", "b", "W", "return")},
    {"order": learners.EARLY, "W": "old = self.weights.copy()\n" + learners.RIGHT["W"],
     "da_prev": "da_prev = old.T @ dz"},
    {"da_prev": "", "return": "return answer", "dW": "answer = self.weights.T @ dz\n"
     + learners.RIGHT["dW"]},
]  # fmt: skip
RIGHT_LAYERS = [
    *({"dz": line} for line in RIGHT_DZ),
    *({"dW": line} for line in RIGHT_DW),
    *({"db": line} for line in RIGHT_DB),
    *({"da_prev": line} for line in RIGHT_DA_PREV),
    *RIGHT_UPDATES,
    {"dz": RIGHT_DZ[3], "dW": RIGHT_DW[3], "db": RIGHT_DB[2], "da_prev": RIGHT_DA_PREV[4]},
]
FOR = "for layer in reversed(self.layers):\n    da = layer.backward(da, learning_rate)"
RIGHT_FITS = [
    {},
    {"da": "da = -(y / y_hat) + (1 - y) / (1 - y_hat)"},
    {"da": "da = np.divide(y_hat - y, y_hat - y_hat ** 2)"},
    {"da": "p = np.clip(y_hat, 1e-12, 1 - 1e-12)\nda = (p - y) / (p * (1 - p))"},
    {"da": "da = (y_hat - y) / (y_hat * (1 - y_hat) + 1e-8)"},
    {"da": "da = -1 / y_hat if y[0] == 1 else 1 / (1 - y_hat)"},
    {"back": "for layer in self.layers[::-1]:\n    da = layer.backward(da, learning_rate)"},
    {"back": "for i in range(len(self.layers) - 1, -1, -1):\n"
     "    da = self.layers[i].backward(da, learning_rate)"},
    {"back": "i = len(self.layers)\nwhile i:\n    i -= 1\n"
     "    da = self.layers[i].backward(da, learning_rate)"},
    {"shuffle": "order = np.random.permutation(n)\n"
     "training_data = training_data[order]\nlabels = labels[order]"},
    {"shuffle": "pairs = list(zip(training_data, labels))\nnp.random.shuffle(pairs)\n"
     "training_data = np.array([p[0] for p in pairs])\nlabels = np.array([p[1] for p in pairs])"},
    {"shuffle": "pass"},
    {"loss": "loss -= y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)"},
    {"loss": "loss += -np.log(y_hat) if y[0] == 1 else -np.log(1 - y_hat)"},
    {"loss": "loss += -(y * np.log(y_hat + 1e-12) + (1 - y) * np.log(1 - y_hat + 1e-12))"},
    {"reset": "loss = 0.0"},
    {"reset": "losses = []",
     "loss": "losses.append(float(-(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))[0, 0]))",
     "average": "sum(losses) / n"},
    {"average": "(loss / n).item()"},
    {"show": "print(epoch + 1, average_loss)"},
    {"show": "print('epoch', epoch, 'loss', round(average_loss, 4))"},
    {"show": "pass"},
    {"da": "da = y_hat - y\nda = da / y_hat\nda = da / (1 - y_hat)"},
]  # fmt: skip


def test_there_are_enough_right_variants():
    assert len(RIGHT_LAYERS) + len(RIGHT_FITS) >= 60


@pytest.mark.parametrize("lines", RIGHT_LAYERS)
def test_right_layers_pass(lines):
    assert keys(diagnose(learners.layer(**lines))) == []


@pytest.mark.parametrize("parts", RIGHT_FITS)
def test_right_fits_pass(parts):
    assert keys(diagnose(perceptron=learners.perceptron(**parts))) == []


def test_our_own_classes_pass():
    assert diagnose(chainrule.Layer, chainrule.Perceptron).ok


# Mistakes ----------------------------------------------------------------------------------------


def test_every_known_mistake_is_tried():
    assert {mistake.key for mistake in MISTAKES} == set(learners.WRONG)


@pytest.mark.parametrize("key", learners.WRONG)
def test_every_mistake_in_a_layer_is_named(key):
    diagnosis = diagnose(learners.layer(**learners.WRONG[key]))
    assert keys(diagnosis) == [key]
    (finding,) = diagnosis.findings
    assert "one of these" not in finding.title
    assert "right is" in finding.evidence
    assert finding.line.startswith("line ")
    assert finding.title in str(diagnosis)


def _both_signs(f, square):
    """Return a layer whose z are of both signs in the first call."""
    probe = next(p for p in probes() if (p.W.shape[0] == p.W.shape[1]) == square)
    z = np.resize([0.8, -0.6, 0.4, -0.9], (len(probe.W), 1))
    return Probe(f, probe.W, z - probe.W @ probe.calls[0][0], probe.calls)


@pytest.mark.parametrize("f", [sigmoid, tanh, relu], ids=str)
@pytest.mark.parametrize("square", [True, False])
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.key)
def test_a_mistake_differs_from_the_right_rules_where_it_can(mistake, square, f):
    """What is said to be indistinguishable on one kind of layer is so by its formula."""
    probe = _both_signs(f, square)
    seen = observe(learners.layer(), probe)
    same = agrees(seen.outcomes, outcomes(probe, [mistake]))
    hidden = {
        "relu": {"derivative-at-a", "always-relu", "derivative-twice"},
        "sigmoid": {"always-sigmoid"}, "tanh": {"always-tanh"},
    }[str(f)]  # fmt: skip
    assert same == (mistake.key in hidden)


def test_pairs_of_mistakes_are_named_or_not_recognised_but_never_misnamed():
    exact = 0
    rng = np.random.default_rng(0)
    pairs = [
        (a, b)
        for a, b in combinations(learners.WRONG, 2)
        if not learners.WRONG[a].keys() & learners.WRONG[b].keys()
    ]
    for number in rng.choice(len(pairs), 60, replace=False):
        pair = pairs[number]
        both = {**learners.WRONG[pair[0]], **learners.WRONG[pair[1]]}
        found = set(keys(diagnose(learners.layer(**both))))
        exact += found == set(pair)
        honest = found == set(pair) or found & {"not-recognised", "backward-fails"}
        if found & set(pair) and found & {"not-recognised", "backward-fails"}:
            honest = found - {"not-recognised", "backward-fails"} <= set(pair)
        elif found == {"one-of-several"} or len(found & set(pair)) == 1 < len(found):
            honest = _explained(both, pair)  # and so does what is named: they do the same
        hidden = len(found) == 1 and found & {*pair, *_SUMS.get(frozenset(pair), ())}
        assert honest or hidden, (pair, found)
        if hidden and not honest:
            _require_hidden(both, *found)
    assert exact > 40


_SUMS = {
    frozenset({"W-added", "b-added"}): ("added",),
    frozenset({"W-overwritten", "b-overwritten"}): ("overwritten",),
    frozenset({"W-never-updated", "b-never-updated"}): ("never-updated",),
    frozenset({"W-without-learning-rate", "b-without-learning-rate"}): ("no-learning-rate",),
    frozenset({"W-learning-rate-twice", "b-learning-rate-twice"}): ("learning-rate-twice",),
    frozenset({"W-accumulates", "b-accumulates"}): ("dW-accumulates",),
}


def _require_hidden(lines, key):
    """Look whether the one named mistake does all that the pair does: then it is no misname."""
    assert _explained(lines, [key])


def _explained(lines, keys_):
    mistakes = [get_mistake(WHERE, key) for key in keys_]
    return all(
        agrees(observe(learners.layer(**lines), probe).outcomes, outcomes(probe, mistakes))
        for probe in probes()
    )


@pytest.mark.parametrize("key", learners.WRONG_FIT)
def test_every_mistake_in_a_fit_is_named(key):
    diagnosis = diagnose(perceptron=learners.perceptron(**learners.WRONG_FIT[key]))
    assert keys(diagnosis) == [key]
    assert diagnosis.findings[0].line.startswith("line ")


def test_two_mistakes_in_a_fit_are_both_named():
    both = {**learners.WRONG_FIT["sign"], **learners.WRONG_FIT["loss-sign"]}
    assert keys(diagnose(perceptron=learners.perceptron(**both))) == ["sign", "loss-sign"]
    apart = {**learners.WRONG_FIT["sigma-prime-lost"], **learners.WRONG_FIT["shuffled-apart"]}
    assert keys(diagnose(perceptron=learners.perceptron(**apart))) == [
        "shuffled-apart", "sigma-prime-lost"
    ]  # fmt: skip


@pytest.mark.parametrize(("lines", "told"), [
    ({"dz": "dz = da", "return": "return da"},
     ["f′(z) is missing", "dz is returned", "; or ", "da is returned as it came"]),
    ({"dz": "dz = -da * self.activation.derivative(self.outputs)", "return": ""},
     ["dz has the wrong sign", "; or ", "the step is added"]),
])  # fmt: skip
def test_what_cannot_be_told_apart_is_one_finding(lines, told):
    (finding,) = diagnose(learners.layer(**lines)).findings
    assert finding.key == "one-of-several"
    assert finding.title.startswith("one of these, which do the same: ")
    assert all(words in finding.title for words in told)
    assert finding.evidence


BATCH = """
n = len(training_data)
for epoch in range(epochs):
    y_hat = self.forward(training_data.T)
    da = (y_hat - labels.T) / (y_hat * (1 - y_hat))
    for layer in self.layers[::-1]:
        da = layer.backward(da, learning_rate)
"""
SHORT = """
for epoch in range(epochs):
    for x, y in zip(training_data, labels):
        da = self.layers[1].forward(self.layers[0].forward(x))
        for layer in self.layers[1::-1]:
            da = layer.backward(da, learning_rate)
"""


@pytest.mark.parametrize(("fit", "key"), [
    ("pass", "unfinished"), ("n = 0", "forward-never"), (BATCH, "not-one-by-one"),
    (SHORT, "forward-order"),
    (BATCH.replace("labels.T", "labels"), "n-by-n"),
    (learners.FIT.replace("y_hat = self.forward(x)", "h = self.forward(x)\n"
     "        y_hat = self.layers[-1].forward(self.layers[-1].inputs)"), None),
])  # fmt: skip
def test_other_ways_through_the_data(fit, key):
    found = keys(diagnose(perceptron=learners.perceptron(fit)))
    assert found == ([key] if key else [])


@pytest.mark.parametrize(("parts", "told"), [
    ({"shuffle": "pass"}, "the same order every epoch"),
    ({"shuffle": "order = np.random.permutation(n)\n"
      "training_data[:], labels[:] = training_data[order], labels[order]"},
     "shuffles the caller's own array"),
    ({"show": "learning_rate *= 0.9"}, "the learning rate changes while training"),
    ({"show": "pass"}, "was not found in what is printed"),
])  # fmt: skip
def test_what_is_no_mistake_is_a_remark(parts, told):
    diagnosis = diagnose(perceptron=learners.perceptron(**parts))
    assert diagnosis.ok
    assert any(told in remark for remark in diagnosis.remarks)
    assert f"note: {diagnosis.remarks[0]}" in str(diagnosis)


def test_backward_outside_of_the_loop():
    assert keys(diagnose(perceptron=learners.perceptron(learners.OUTSIDE))) == ["backward-outside"]


def test_neurons_that_begin_alike():
    constant = learners.layer(init="self.weights = np.ones((n_neurons, n_inputs))")
    diagnosis = diagnose(constant)
    assert keys(diagnosis) == ["constant-weights"]
    assert "['1', '1', '1']" in diagnosis.findings[0].evidence
    wrong = learners.layer(init="self.weights = np.zeros((n_neurons, n_inputs))",
                           **learners.WRONG["b-added"])  # fmt: skip
    assert keys(diagnose(wrong)) == ["constant-weights", "b-added"]


# The list of mistakes that people make; each number with the keys that name it. Keys of `backward`
# and `fit` are tried above, one by one; the others by the test below.
LIST = {
    1: ["outer-transposed"],
    2: ["dW-entry-by-entry", "da_prev-entry-by-entry", "backward-fails"],
    3: ["updated-too-early"],
    4: ["no-derivative"],
    5: ["derivative-at-a"],
    6: ["z-times-1-minus-z"],
    7: ["1-minus-z-squared"],
    8: ["added", "W-added", "b-added"],
    9: ["sign", "dz-negated", "sign-and-sigma-prime"],
    10: ["sigma-prime-lost", "sigma-prime-twice", "derivative-twice"],
    11: ["db-sum", "db-mean"],
    12: ["db-times-inputs"],
    13: ["b-into-matrix", "b-takes-dW"],
    14: ["n-by-n", "returns-flat", "returns-row"],
    15: ["dW-for-W"],
    16: ["W-not-transposed", "da-for-dz", "dW-without-derivative", "db-without-derivative"],
    17: ["mean", "times-n"],
    18: ["remark: log 0"],
    19: ["shuffled-apart"],
    20: ["rows-duplicated"],
    21: ["constant-weights"],
    22: ["dW-accumulates", "W-accumulates", "b-accumulates"],
    23: ["no-learning-rate", "W-without-learning-rate", "b-without-learning-rate",
         "learning-rate-twice", "W-learning-rate-twice", "b-learning-rate-twice"],
    24: ["overwritten", "W-overwritten", "b-overwritten"],
    25: ["always-sigmoid", "always-relu", "always-tanh"],
    26: ["b-never-updated", "W-never-updated", "returns-dW", "returns-nothing"],
    27: ["layers-forward", "not-chained", "backward-outside"],
    28: ["loss-not-reset", "loss-not-averaged", "loss-half", "loss-other-half", "loss-halved",
         "loss-sign"],
}  # fmt: skip
ELSEWHERE = {"backward-fails", "remark: log 0", "constant-weights", "backward-outside"}


def test_every_number_of_the_list_is_covered():
    tried = {*learners.WRONG, *learners.WRONG_FIT} | ELSEWHERE
    assert list(LIST) == list(range(1, 29))
    assert {key for keys_ in LIST.values() for key in keys_} <= tried


def _groups(f, square):
    """Return the mistakes that do the same on one kind of layer; "" are the right rules."""
    probe = _both_signs(f, square)
    seen = {"": outcomes(probe)}
    seen |= {mistake.key: outcomes(probe, [mistake]) for mistake in MISTAKES}
    groups = []
    for key, done in seen.items():
        for group in groups:
            if agrees(done, seen[group[0]]):
                group.append(key)
                break
        else:
            groups.append([key])
    return {frozenset(group) for group in groups if len(group) > 1}


# What cannot be told apart on one kind of layer alone: by its formula ("" are the right rules), or
# since NumPy refuses both in the same way. Over all kinds every mistake is by itself.
_REFUSED = frozenset({
    "W-not-transposed", "dW-entry-by-entry", "da_prev-entry-by-entry", "dW-from-z", "dW-from-a",
    "outer-transposed", "derivative-at-inputs",
})  # fmt: skip
_AS_RIGHT = {
    "sigmoid": frozenset({"", "always-sigmoid"}),
    "tanh": frozenset({"", "always-tanh"}),
    "relu": frozenset({"", "always-relu", "derivative-at-a", "derivative-twice"}),
}


@pytest.mark.parametrize("square", [True, False])
@pytest.mark.parametrize("f", [sigmoid, tanh, relu], ids=str)
def test_every_mistake_is_by_itself_or_in_a_known_group(f, square):
    assert _groups(f, square) == {_AS_RIGHT[str(f)], *([] if square else [_REFUSED])}


def test_the_gallery_shows_the_list():
    """A remark has no key: what it warns of is switched on in the loss and in daⁿ."""
    keys_ = {key for of_one in LIST.values() for key in of_one}
    assert keys_ - set(ENTRIES) == {"remark: log 0"}
    assert {"log-of-zero", "zero-by-zero"} <= set(ENTRIES)
    assert {mistake.key for mistake in MISTAKES} <= set(ENTRIES)


@pytest.mark.parametrize(("line", "told"), [
    ("dz = da @ self.activation.derivative(self.outputs)", "as many columns on the left"),
    ("dz = da * self.activation.derivative(self.outputs).T",
     "dz is (2, 2); it must be (2, 1): look at the line that makes it"),
])  # fmt: skip
def test_a_product_of_da_and_the_derivative(line, told):
    """Number 2 where nothing can be computed, on any layer of several neurons."""
    (finding,) = diagnose(learners.layer(dz=line)).findings
    assert finding.key == "backward-fails"
    assert told in finding.evidence


def test_known_mistakes_are_far_apart():
    """No two of them, and none and the right rules, are near on every probe."""
    rows = {"": [], **{mistake.key: [mistake] for mistake in MISTAKES}}
    seen = {key: [outcomes(p, row) for p in probes()] for key, row in rows.items()}
    for a, b in combinations(seen, 2):
        assert max(_apart(x, y) for x, y in zip(seen[a], seen[b], strict=True)) > 1e-2, (a, b)


def _apart(one, other):
    if len(one) != len(other):
        return np.inf
    pairs = [pair for a, b in zip(one, other, strict=True) for pair in zip(a, b, strict=True)]
    return max(_distance(a, b) for a, b in pairs)


def _distance(a, b):
    if isinstance(a, str) or a is None or b is None:
        return 0.0 if a is b or (isinstance(a, str) and a == b) else np.inf
    a, b = np.asarray(a, float), np.asarray(b, float)
    return float(np.abs(a - b).max()) if a.shape == b.shape else np.inf


# What is not known -------------------------------------------------------------------------------


@pytest.mark.parametrize(("lines", "told"), [
    ({"dz": "dz = 1.5 * da * self.activation.derivative(self.outputs)"}, "differs is dz"),
    ({"db": "d_biases = 3 * dz"}, "differs is db"),
    ({"da_prev": "da_prev = 2 * self.weights.T @ dz"}, "differs is da_prev"),
])  # fmt: skip
def test_what_is_not_recognised_is_said_to_be(lines, told):
    (finding,) = diagnose(learners.layer(**lines)).findings
    assert finding.key == "not-recognised"
    assert told in finding.title


@pytest.mark.parametrize(("lines", "told"), [
    ({"dW": "d_weights = dz @ self.inputs"}, "dz · inputsᵀ needs the transpose"),
    ({"dW": "d_weights = np.dot(dz, self.inputs)"}, "dz is (2, 1) and inputs is (3, 1)"),
    ({"dz": "dz = np.dot(da, self.activation.derivative(self.outputs))"}, "entry by entry is `*`"),
    ({"dW": "d_weights = dz + self.inputs"}, "entry by entry they do not fit"),
    ({"dW": "d_weights = undefined"}, "NameError: name 'undefined' is not defined"),
    ({"dz": "raise NotImplementedError"}, "NotImplementedError"),
])  # fmt: skip
def test_errors_are_retold(lines, told):
    (finding,) = diagnose(learners.layer(**lines)).findings
    assert told in finding.evidence
    assert finding.line.endswith(next(iter(lines.values())))


@pytest.mark.parametrize(("forward", "key"), [
    ("return self.outputs", "forward-returns-z"),
    ("return self.activation(self.weights @ self.inputs)", "forward-without-biases"),
    ("return self.activation(self.outputs - 2 * self.biases)", "forward-minus-biases"),
    ("return self.activation(self.activation(self.outputs))", "forward-activation-twice"),
    ("return 1 / (1 + np.exp(-self.outputs))", "forward-always-sigmoid"),
    ("return np.maximum(0, self.outputs)", "forward-always-relu"),
    ("return 2 * self.activation(self.outputs)", "forward-wrong"),
    ("return self.weights @ np.ones(3)", "forward-shape"),
    ("return self.activation(self.weights @ self.inputs + self.biases.ravel())", "n-by-n"),
    ("return None", "forward-shape"),
    ("return self.activation(self.outputs).ravel()", "forward-shape"),
    ("return self.weights @ self.inputs.T", "forward-fails"),
])  # fmt: skip
def test_a_wrong_forward_is_found_first(forward, key):
    source = learners.LAYER.replace("return self.activation(self.outputs)", forward)
    layer = learners.made(source.format(init=learners.INIT, backward="        pass"), "Layer")
    assert keys(diagnose(layer)) == [key]


def test_the_page_s_own_lack_of_a_guard_is_a_remark():
    (remark,) = diagnose(perceptron=learners.perceptron()).remarks or ("",)
    assert "log 0" in remark
    guarded = {"da": "p = np.clip(y_hat, 1e-12, 1 - 1e-12)\nda = (p - y) / (p * (1 - p))"}
    assert diagnose(perceptron=learners.perceptron(**guarded)).remarks == ()


def test_only_classes_can_be_diagnosed():
    with pytest.raises(TypeError, match="is a class, got"):
        diagnose(chainrule.Layer(2, 2, "relu"))
    with pytest.raises(TypeError, match="give a Layer class"):
        diagnose()


def test_what_numpy_draws_is_left_alone():
    np.random.seed(3)
    wanted = np.random.uniform(size=3)
    np.random.seed(3)
    diagnose(perceptron=learners.perceptron())
    np.testing.assert_array_equal(np.random.uniform(size=3), wanted)


# Several at once --------------------------------------------------------------------------------


def _parts(row):
    if row.both:
        return {part for key in row.both for part in get_mistake(WHERE, key).lines}
    return {"order"} if row.order else set(row.lines)


def _drawn_together(rng):
    chosen, used = [], set()
    for row in rng.permutation(np.array(MISTAKES, object)):
        if len(chosen) < 3 and not _parts(row) & used:
            chosen.append(row)
            used |= _parts(row)
    return chosen


def test_three_mistakes_are_each_named_or_called_unrecognised_but_never_misnamed():
    """Rows of the page's own code in three parts; what does the same as two of them counts."""
    rng = np.random.default_rng(0)
    honest = {"not-recognised", "backward-fails", "forward-fails", "one-of-several"}
    exact = 0
    for _ in range(40):
        rows = _drawn_together(rng)
        found = set(keys(diagnose(page_class("Layer", rows))))
        wanted = {row.key for row in rows}
        halves = {key for row in rows for key in row.both}
        wholes = {row.key for row in MISTAKES if row.both and set(row.both) <= wanted | halves}
        assert found, wanted
        assert found <= wanted | halves | wholes | honest, (wanted, found)
        exact += found == wanted
    assert exact > 25
