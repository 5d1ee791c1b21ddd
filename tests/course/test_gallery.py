"""What the gallery trains is what the diagnosis names, and the right network is right."""

from __future__ import annotations

import contextlib
import io
import warnings
from itertools import pairwise

import numpy as np
import pytest
from course.writing import changed, keys, looked_at
from oracles import learners, page_solution

import chainrule
from chainrule.course.gallery import ENTRIES, Setting, by_quantity, chosen, shown, train, verdict
from chainrule.course.gallery.entries import QUANTITIES
from chainrule.course.gallery.runs import SIZES, TrainingRun
from chainrule.course.gallery.set_ups import SET_UPS
from chainrule.course.gallery.watched import Watch, numpy_drawing_from
from chainrule.diagnosis import diagnose
from chainrule.diagnosis.book import GUARDED, MINI_BATCH, ONE_SAMPLE, PIECES, lines_of
from chainrule.diagnosis.page_code import page_class

SMALL = Setting(samples=40, epochs=3)


def of(where, baseline=ONE_SAMPLE):
    return [key for key, row in ENTRIES.items() if (row.where, row.baseline) == (where, baseline)]


IN_LAYER, IN_FORWARD, AT_FIRST = map(of, ("Layer.backward", "Layer.forward", "Layer.__init__"))
IN_FIT = of("Perceptron.fit")
IN_BATCHES, AT_AN_OUTLIER = of("Perceptron.fit", MINI_BATCH), of("Perceptron.fit", GUARDED)
FOUND = {"zero-weights": "constant-weights"}
"""What the diagnosis names by another key."""


def layer_of(*shape, f=chainrule.sigmoid, seed=0):
    return page_class("Layer", np=numpy_drawing_from(np.random.RandomState(seed)))(*shape, f)


# The right network --------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_the_right_network_is_trained_as_the_page_s_solution_is(activation, capsys):
    X, y = chainrule.make_circles(60, rng=0)
    np.random.seed(3)
    layer = page_class("Layer")
    f = chainrule.activations.get_activation(activation)
    ours = [layer(2, 6, f), layer(6, 6, f), layer(6, 1, chainrule.sigmoid)]
    f = getattr(page_solution, activation)
    theirs = [
        page_solution.Layer(2, 6, f),
        page_solution.Layer(6, 6, f),
        page_solution.Layer(6, 1, page_solution.sigmoid),
    ]
    for one, other in zip(ours, theirs, strict=True):
        other.weights, other.biases = one.weights.copy(), one.biases.copy()
    said = []
    for model in (page_class("Perceptron")(ours), page_solution.Perceptron(theirs)):
        np.random.seed(4)
        model.fit(X, y, 5, 0.05)
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one.weights, other.weights, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(one.biases, other.biases, rtol=1e-12, atol=1e-14)


def test_the_page_s_right_code_is_the_layer_s_own_backward_to_the_bit():
    rng = np.random.default_rng(0)
    ours, theirs = layer_of(3, 2, f=chainrule.tanh), chainrule.Layer(3, 2, chainrule.tanh)
    theirs.weights, theirs.biases = ours.weights, ours.biases
    for _ in range(50):
        x, da = rng.normal(size=3), rng.normal(size=(2, 1))
        np.testing.assert_array_equal(ours.forward(x), theirs.forward(x))
        np.testing.assert_array_equal(ours.backward(da, 0.1), theirs.backward(da, 0.1))
    np.testing.assert_array_equal(ours.weights, theirs.weights)
    np.testing.assert_array_equal(ours.biases, theirs.biases)


def test_a_setting_gives_the_same_run_again_and_the_right_network_learns():
    run, again = train([], Setting()), train([], SMALL)
    assert run.accuracy == 1.0
    assert run.printed[-1] < 0.02
    np.testing.assert_array_equal(again.theta, train([], SMALL).theta)


def test_answers_all_at_once_are_those_of_the_layers_one_by_one():
    run = train([], SMALL)
    points = np.array([[0.2, -0.4], [1.4, 0.9], [-0.7, 0.1]])
    one_by_one = []
    for a in points:
        for layer in run.layers:
            a = layer.forward(a)  # noqa: PLW2901
        one_by_one.append(a[0, 0])
    np.testing.assert_allclose(run.answers(points), one_by_one, rtol=1e-14)
    grid = run.on_grid(3)
    np.testing.assert_allclose(grid[0, 2], run.answers(np.array([[1.0, 1.0]]))[0])  # up, right
    np.testing.assert_allclose(grid[2, 0], run.answers(np.array([[-1.0, -1.0]]))[0])


# The gallery shows the book, and the diagnosis speaks of the same --------------------------------


def test_every_mistake_is_of_one_kind():
    kinds = [IN_LAYER, IN_FORWARD, AT_FIRST, IN_FIT, IN_BATCHES, AT_AN_OUTLIER]
    assert all(kinds)
    assert sorted(key for kind in kinds for key in kind) == sorted(ENTRIES)


def test_every_mistake_has_its_lines_and_its_place_in_the_list():
    listed = [row.key for group in by_quantity().values() for row in group]
    assert sorted(listed) == sorted(ENTRIES)
    assert list(by_quantity()) == list(QUANTITIES)
    assert all(shown(row) and "{" not in row.title for row in ENTRIES.values())
    assert "loss-sign-not-averaged" not in ENTRIES
    assert len(chosen(["loss-sign", "loss-not-averaged"])) == 2  # two keys show it


@pytest.mark.parametrize(("key", "lines"), [
    ("db-sum", ["d_biases = np.sum(dz)"]),
    ("added", ["self.weights += learning_rate * d_weights",
               "self.biases += learning_rate * d_biases"]),
    ("updated-too-early", ["self.weights -= learning_rate * d_weights",
                           "da_prev = self.weights.T @ dz"]),
    ("returns-nothing", ["missing: return da_prev"]),
    ("backward-outside", ["after the samples:", "    for layer in reversed(self.layers):",
                          "        da = layer.backward(da, learning_rate)"]),
    ("loss-not-reset-nor-averaged", ["before the epochs:", "    loss = 0",
                                     "average_loss = loss[0, 0]"]),
    ("rows-drawn-again", ["missing: order = np.random.permutation(n)",
                          "missing: training_data, labels = training_data[order], labels[order]",
                          "for i in np.random.choice(n, n):",
                          "    x, y = training_data[i], labels[i]"]),
])  # fmt: skip
def test_lines_as_they_are_shown(key, lines):
    assert shown(ENTRIES[key]).splitlines() == lines


@pytest.mark.parametrize("key", [*IN_LAYER, *IN_FORWARD, *AT_FIRST])
def test_a_layer_with_the_mistake_is_named_by_the_diagnosis(key):
    (finding,) = diagnose(page_class("Layer", chosen([key]))).findings
    assert finding.key == FOUND.get(key, key)
    if key == "backward-fails":  # here it is known why
        assert ENTRIES[key].title.startswith(f"{finding.title}: ")
        assert "entry by entry is `*`" in finding.evidence
    else:
        assert finding.title == ENTRIES[key].title


@pytest.mark.parametrize("key", IN_FIT)
def test_a_fit_with_the_mistake_is_named_by_the_diagnosis(key):
    (finding,) = diagnose(perceptron=page_class("Perceptron", chosen([key]))).findings
    assert (finding.key, finding.title) == (key, ENTRIES[key].title)
    assert finding.quantity == ENTRIES[key].quantity


# Set-ups: a learner's own text, trained, does what the gallery shows ------------------------------


def given(setting):
    """Return what a run begins with: points, labels, the layers' numbers, the epochs' orders."""
    rng = np.random.RandomState(setting.seed)
    X, y = chainrule.make_circles(setting.samples, noise=setting.noise, rng=rng)
    right = page_class("Layer", np=numpy_drawing_from(rng))
    layers = [right(*shape, None) for shape in pairwise(SIZES)]
    orders = [
        np.random.default_rng([setting.seed, epoch]).permutation(setting.samples)
        for epoch in range(1, setting.epochs + 1)
    ]
    return X, y, [(layer.weights, layer.biases) for layer in layers], orders


def learnt(Layer, Perceptron, start, *arguments):
    """Train a learner's classes; return what they print, their weights, and what stopped them."""
    functions = [chainrule.relu, chainrule.relu, chainrule.sigmoid]
    layers = [Layer(*shape, f) for shape, f in zip(pairwise(SIZES), functions, strict=True)]
    for layer, (weights, biases) in zip(layers, start, strict=True):
        layer.weights, layer.biases = weights.copy(), biases.copy()
    error = ""
    with contextlib.redirect_stdout(io.StringIO()) as printed, np.errstate(all="ignore"):
        try:
            Perceptron(layers).fit(*arguments)
        except ValueError as stopped:
            error = f"ValueError: {stopped}"
    theta = [np.ravel(a) for layer in layers for a in (layer.weights, layer.biases)]
    return printed.getvalue(), np.concatenate(theta), error


def assert_as_shown(run, printed, theta, error):
    lines = [f"Loss at epoch {number}: {loss:.3f}" for number, loss in enumerate(run.losses, 1)]
    assert printed.splitlines() == lines
    assert run.error.startswith(error)
    assert bool(run.error) == bool(error)
    np.testing.assert_allclose(theta, run.theta, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("key", [*IN_FIT, *IN_BATCHES, *AT_AN_OUTLIER])
def test_the_watch_alters_no_number(key):
    setting = Setting(samples=40, epochs=1, learning_rate=0.05)
    (mistake,), run = chosen([key]), train(chosen([key]), setting)
    X, y, start, _ = given(setting)
    set_up = SET_UPS[mistake.baseline]
    X[0] *= set_up.farther
    said = learnt(
        page_class("Layer", [], mistake.baseline),
        page_class("Perceptron", [mistake], mistake.baseline,
                   np=numpy_drawing_from(np.random.default_rng([setting.seed, 1]))),
        start, X, y, 1, setting.learning_rate * set_up.faster, set_up.batch_size,
    )  # fmt: skip
    assert_as_shown(run, *said)
    if not run.error:
        np.testing.assert_array_equal(said[1], run.theta)


_ROWS = "x, y = training_data[rows].T, labels[rows]"


def _of_chapter_7(key):
    """Return what to exchange in chapter 7's code: its lines and those that are shown."""
    fit = PIECES["Perceptron.fit"].right(MINI_BATCH)
    for part, lines in lines_of([ENTRIES[key]]).items():
        if part == "samples":  # chapter 7 cuts the batches in a function of its own
            assert lines.endswith(_ROWS)
            yield f"{_ROWS}.T", _ROWS
        else:
            yield fit[part], _indented(lines)


@pytest.mark.parametrize("key", ["", *IN_BATCHES])
def test_chapter_7_s_code_with_the_lines_that_are_shown_does_what_is_shown(key):
    setting = Setting(samples=70, epochs=3, learning_rate=0.03)
    source = changed(
        "minibatches",
        ("np.dot(self.weights.T, dz)", "self.weights.T @ dz"),  # whose error is worded otherwise
        *(_of_chapter_7(key) if key else ()),
    )
    names = {"__name__": "learner"}
    exec(source, names)
    X, y, start, orders = given(setting)
    names["batches"] = lambda n, size: np.split(orders.pop(0), range(size, n, size))
    run = train(chosen([key or IN_BATCHES[0]]), setting)
    set_up = SET_UPS[MINI_BATCH]
    rate = setting.learning_rate * set_up.faster
    said = learnt(names["Layer"], names["Perceptron"], start, X, y, 3, rate, set_up.batch_size)
    assert_as_shown(run if key else run.right, *said)


def _indented(lines):
    return lines.replace("\n", "\n" + 16 * " ")


WITH_THE_GUARD = {
    "loss": "p = np.clip(y_hat, 1e-15, 1 - 1e-15)\n"
    "loss += -(y * np.log(p) + (1 - y) * np.log(1 - p))",
    "da": "p = np.clip(y_hat, 1e-15, 1 - 1e-15)\nda = (p - y) / (p * (1 - p))",
}


@pytest.mark.parametrize("keys_", [[], *([key] for key in AT_AN_OUTLIER), AT_AN_OUTLIER])
def test_code_without_the_guard_does_what_is_shown(keys_):
    setting = Setting(samples=70, epochs=5, learning_rate=0.05)
    lines = lines_of([ENTRIES[key] for key in keys_])
    shuffle = "order = orders.pop(0)\ntraining_data, labels = training_data[order], labels[order]"
    Perceptron = learners.perceptron(**{**WITH_THE_GUARD, **lines, "shuffle": shuffle})
    X, y, start, orders = given(setting)
    Perceptron.fit.__globals__["orders"] = orders
    assert y[0] == 0
    X[0] *= SET_UPS[GUARDED].farther
    run = train(chosen(keys_ or AT_AN_OUTLIER), setting)
    assert np.isnan(run.losses).any()  # so that there is something to show
    said = learnt(learners.layer(), Perceptron, start, X, y, 5, setting.learning_rate)
    assert_as_shown(run if keys_ else run.right, *said)


def test_what_diagnosis_and_check_say_of_a_missing_guard():
    def remarks(*rows):
        diagnosis = diagnose(perceptron=page_class("Perceptron", rows, GUARDED))
        assert diagnosis.ok
        return [remark for remark in diagnosis.remarks if "log 0" in remark]

    assert len(remarks(ENTRIES["zero-by-zero"])) == 1
    assert remarks(ENTRIES["log-of-zero"]) == []
    assert remarks() == []
    with warnings.catch_warnings(action="ignore"):
        (remark,) = looked_at("loss", changed("loss"))["loss"]["remarks"]
    assert "log 0" in remark


def test_an_outlier_ends_the_training_in_nan_unless_it_is_guarded_against():
    """Well into training, when the losses look good: 0.625, 0.429, 0.192, NaN."""
    run = train(chosen(["zero-by-zero"]), Setting())
    assert run.right.accuracy == 1.0
    assert np.isfinite(run.right.losses).all()
    epoch, _ = run.not_finite
    assert 2 < epoch < 10
    assert np.isfinite(run.losses[: epoch - 1]).all()
    assert np.isnan(run.losses[epoch - 1 :]).all()
    assert np.isnan(run.theta).all()
    printed_only = train(chosen(["log-of-zero"]), Setting())
    np.testing.assert_array_equal(printed_only.theta, run.right.theta)
    assert np.isnan(printed_only.losses[-1])
    assert verdict(printed_only, train([], SMALL)).sentence.endswith(
        "only what is printed differs."
    )


def test_every_answer_against_every_label_learns_the_average_label():
    """By hand: the (m, m) mean has its least value where every ŷ is the average of y."""
    setting = Setting(samples=100, epochs=30)
    run = train(chosen(["n-by-n-averaged"]), setting)
    X, y = setting.new_points
    assert np.abs(run.answers(X) - y.mean()).max() < 0.2
    assert run.printed[-1] == pytest.approx(np.log(2), abs=0.02)


@pytest.mark.parametrize(("key", "found"), [
    ("n-by-n-labels", "raises"),
    ("n-by-n-averaged", "not-recognised"),  # wrong, and no guess
])  # fmt: skip
def test_what_the_check_of_chapter_7_says(key, found):
    source = changed("minibatches", *_of_chapter_7(key))
    assert keys(looked_at("minibatches", source)) == {"fit": [found]}


# What a mistake does ------------------------------------------------------------------------------


def test_the_mistake_alone_differs():
    """A step worked by hand: with db ← da the biases of the last layer move by η da."""
    setting = Setting(samples=1, epochs=1, learning_rate=0.1)
    right, run = train([], setting), train(chosen(["db-without-derivative"]), setting)
    y_hat = np.exp(-right.losses[0])
    _, y = chainrule.make_circles(1, rng=np.random.RandomState(10))
    y_hat = y_hat if y[0, 0] else 1 - y_hat
    da = (y_hat - y[0, 0]) / (y_hat * (1 - y_hat))
    dz = y_hat - y[0, 0]
    moved = run.layers[2].biases[0, 0] - right.layers[2].biases[0, 0]
    assert run.losses == right.losses  # the loss is taken before the first step
    np.testing.assert_allclose(moved, -0.1 * (da - dz), rtol=1e-9)
    np.testing.assert_array_equal(run.layers[2].weights, right.layers[2].weights)


class Noting:
    """A layer that answers 0.5 and notes the rows that it gets."""

    def __init__(self):
        self.rows = []

    def forward(self, x):
        self.rows.append(x[0])
        return np.array([[0.5]])

    def backward(self, da, learning_rate):
        """Learn nothing."""


def test_the_orders_of_the_samples_are_the_right_ones_whatever_a_fit_draws():
    X, visited = np.arange(18.0).reshape(9, 2), []
    for mistakes in ((), chosen(["shuffled-apart"])):
        layer = Noting()
        model = Watch(1).perceptron_class(mistakes, ONE_SAMPLE)([layer])
        model.fit(X, np.ones((9, 1)), 3, 0.1)
        visited.append(layer.rows)
    assert visited[0] == visited[1]
    first = np.random.default_rng([1, 1]).permutation(9)
    second = first[np.random.default_rng([1, 2]).permutation(9)]
    assert visited[0][:18] == [*X[first, 0], *X[second, 0]]


def test_an_error_is_told_as_a_learner_sees_it():
    run = train(chosen(["outer-transposed"]), SMALL)
    weights = np.zeros((1, 6))
    with pytest.raises(ValueError, match="broadcast") as numpys:
        weights -= np.zeros((6, 1))
    assert run.error.startswith(f"ValueError: {numpys.value}")
    assert "d_weights is (6, 1) and weights is (1, 6)" in run.error
    assert run.where == "epoch 1, sample 1, `backward` of layer 3"
    run = train(chosen(["b-into-matrix"]), SMALL)
    assert run.where == "epoch 1, sample 2, `forward` of layer 2"
    assert "inputs is (36, 1); it must be (6, 1)" in run.error
    run = train(chosen(["n-by-n"]), SMALL)
    assert run.where == "epoch 1, sample 1, `forward` of layer 2"
    assert "inputs is (36, 1); it must be (6, 1)" in run.error
    run = train(chosen(["n-by-n-labels"]), SMALL)
    assert run.where == "epoch 1, batch 1, `backward` of layer 3"
    assert "dz is (20, 20); it must be (1, 20)" in run.error
    run = train(chosen(["backward-fails"]), SMALL)
    assert run.where == "epoch 1, sample 1, `backward` of layer 2"
    assert "da is (6, 1) and outputs is (6, 1)" in run.error
    run = train(chosen(["returns-nothing"]), SMALL)
    assert run.error.startswith("TypeError: unsupported operand")
    assert run.accuracy is None


def test_two_mistakes_at_once():
    both = train(chosen(["sign", "b-never-updated"]), SMALL)
    sign, never = (train(chosen([key]), SMALL) for key in ("sign", "b-never-updated"))
    assert not np.array_equal(both.theta, sign.theta)
    for layer, still, start in zip(both.layers, never.layers, train([], SMALL).layers, strict=True):
        np.testing.assert_array_equal(layer.biases, still.biases)
        assert (layer.biases != start.biases).any()


@pytest.mark.parametrize("other", ["W-added", "W-never-updated"])
def test_an_order_of_the_lines_keeps_the_other_mistake_s_line(other):
    """Worked by hand: da_prev is made of W as the other mistake leaves it."""
    for pair in ([other, "updated-too-early"], ["updated-too-early", other]):
        layer = page_class("Layer", chosen(pair))(3, 2, chainrule.identity)
        before, x, da = layer.weights.copy(), np.array([1.0, 2.0, 3.0]), np.array([[1.0], [-2.0]])
        layer.forward(x)
        da_prev = layer.backward(da, 0.1)
        after = before + (0.1 * da * x if other == "W-added" else 0.0)
        np.testing.assert_allclose(layer.weights, after, rtol=1e-12)
        np.testing.assert_allclose(da_prev, after.T @ da, rtol=1e-12)


@pytest.mark.parametrize(("keys", "told"), [
    (["db-summ"], "unknown mistake 'db-summ'; did you mean 'db-sum'"),
    (["db-sum", "db-mean"], "both change `db` in backward"),
    (["sign", "brackets"], "both change `da` in fit"),
    (["n-by-n", "n-by-n-labels"], r"n-by-n \(as on the page\) and n-by-n-labels \(mini-batches\)"),
    (["sign", "log-of-zero"], "need different networks"),
    (["n-by-n-labels", "n-by-n-averaged"], "both change `samples` in fit"),
    (["derivative-at-a", "dz-negated"], "both change `dz` in backward"),
    (["returns-nothing", "dW-for-W"], "both change `da_prev` in backward"),
    (["updated-too-early", "returns-dz"], "both change `da_prev` in backward"),
    (["constant-weights", "zero-weights"], "both change initial weights"),
    (["sign", "db-sum", "mean"], "one or two mistakes can be switched on, got 3"),
    ([], "got 0"),
])  # fmt: skip
def test_mistakes_that_cannot_be_switched_on(keys, told):
    with pytest.raises(ValueError, match=told):
        chosen(keys)


@pytest.mark.parametrize(("wrong", "told"), [
    ({"activation": "rleu"}, "did you mean 'relu'"),
    ({"learning_rate": 0.0}, "learning_rate must be above 0"),
    ({"noise": -1.0}, "noise must be at least 0"),
    ({"epochs": 0}, "epochs must be at least 1"),
    ({"samples": 0}, "samples must be at least 1"),
])  # fmt: skip
def test_settings_that_cannot_be_used(wrong, told):
    with pytest.raises(ValueError, match=told):
        Setting(**wrong)


# What printed losses show -------------------------------------------------------------------------


def made(losses, key="db-sum", accuracy=1.0, layers=None, **more):
    layers = [layer_of(1, 1)] if layers is None else layers
    return TrainingRun(chosen([key]), tuple(losses), layers, accuracy, **more)


RIGHT = made([0.7, 0.3, 0.1], layers=[layer_of(1, 1, seed=1)])


@pytest.mark.parametrize(("losses", "accuracy", "kind", "betrayed", "looks_right"), [
    ([0.7, 0.3, 0.1], 1.0, "falls", False, True),
    ([0.7, 0.3, 0.3], 1.0, "falls", False, True),
    ([0.7, 0.6, 0.6001], 0.97, "falls", False, True),  # it is not seen in three digits
    ([0.7, 0.6, 0.5], 0.6, "falls", False, False),
    ([0.7, 0.3, 0.4], 1.0, "lower", False, False),
    ([0.7, 0.3, 0.7], 1.0, "not lower", True, False),
    ([0.7, 0.6, 0.6999], 1.0, "not lower", True, False),
    ([0.7, float("nan"), float("nan")], 0.0, "not finite", True, False),
    ([0.7, 0.5, float("inf")], 1.0, "not finite", True, False),
])  # fmt: skip
def test_kinds_of_printed_losses(losses, accuracy, kind, betrayed, looks_right):
    judged = verdict(made(losses, accuracy=accuracy), RIGHT)
    assert (judged.kind, judged.betrayed, judged.looks_right) == (kind, betrayed, looks_right)


def test_sentences_are_honest():
    assert "printed losses do not show the mistake" in verdict(made([0.7, 0.1]), RIGHT).sentence
    nan = made([0.7, float("nan")], not_finite=(2, 17))
    assert "NaN from epoch 2 on (first at sample 17)" in verdict(nan, RIGHT).sentence
    same = verdict(made(RIGHT.losses, layers=RIGHT.layers), RIGHT)
    assert same.kind == "no difference"
    assert not same.betrayed
    once = verdict(made([float("nan"), 0.3, float("inf"), 0.2], not_finite=(1, 5)), RIGHT)
    assert "is NaN in epochs 1, 3 (first at sample 5)" in once.sentence
    assert once.betrayed
    large = verdict(made([700.0, 300.0], layers=RIGHT.layers), RIGHT)
    assert "The weights are right" in large.sentence
    assert "costs 0.693" in large.sentence
    assert "rises in epochs 3, 5" in verdict(made([0.7, 0.3, 0.4, 0.2, 0.3]), RIGHT).sentence
    assert "it shows nothing" in verdict(made([0.7]), RIGHT).sentence
    assert not verdict(made([0.7]), RIGHT).betrayed
    stopped = made([], accuracy=None, error="ValueError: no", where="epoch 1, sample 1")
    assert verdict(stopped, RIGHT).betrayed


def test_what_has_no_effect_is_said_to_have_none():
    setting = Setting(activation="sigmoid", samples=20, epochs=2)
    right = train([], setting)
    run = train(chosen(["always-sigmoid"]), setting)
    assert verdict(run, right).kind == "no difference"
    printed_only = train(chosen(["loss-halved"]), setting)
    np.testing.assert_array_equal(printed_only.theta, right.theta)
    assert verdict(printed_only, right).sentence.endswith("only what is printed differs.")


def test_where_a_loss_was_not_finite_first():
    setting = Setting(samples=200, epochs=2, learning_rate=0.1)
    run = train(chosen(["sign"]), setting)
    epoch, sample = run.not_finite
    assert epoch == 1
    assert 1 < sample <= 200
    assert not np.isfinite(run.losses[0])


def test_updated_too_early_looks_right_as_it_was_measured():
    """The known case: its losses follow the right ones to a few thousandths."""
    right, run = train([], Setting()), train(chosen(["updated-too-early"]), Setting())
    assert np.abs(np.subtract(run.losses, right.losses)).max() < 0.01
    assert verdict(run, right).looks_right
