"""A program whose gradients are wrong is told which mistake it has, over its whole network."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from diagnosis.implementations.driven import (
    CLASSES,
    COLUMNS,
    ONE_HOT,
    ONES,
    REALS,
    ROWS,
)
from diagnosis.implementations.table import ROWS as TABLE
from diagnosis.implementations.table import load

from chainrule import diagnose
from chainrule.diagnosis.book import ROWS as BOOK

# The implementations of the table -----------------------------------------------------------------

FLOAT32 = ROWS.astype(np.float32), REALS.astype(np.float32)
DATA = {
    "network_error_first": ([0.4, -0.7], [0.9, 0.2]),
    "network_nabla": (COLUMNS[:, :1], ONE_HOT[:1].T),
    "network_nabla_short": (COLUMNS[:, 1:2], ONE_HOT[1:2].T),
    "network_softmax": (ROWS, CLASSES),
    "network_softmax_sum": (ROWS, ONE_HOT),
    "network_regressor": FLOAT32,
    "network_one_bias": (ROWS, ONE_HOT),
    "network_clipped": (COLUMNS, ROWS.T[::-1]),
    "network_linear_hidden": (ROWS, REALS),
    "network_xor_flat": ([1.0, -0.5], 1),
    "functions_caches_da": (COLUMNS, ONE_HOT.T),
    "functions_tuples": (ROWS, ONE_HOT),
    "functions_tuples_sign": (COLUMNS, REALS.T),
    "functions_affine": (ROWS, CLASSES),
    "functions_affine_decay": (ROWS, CLASSES),
    "functions_list_of_dicts": (COLUMNS, REALS.T),
    "functions_closures": (ROWS, REALS),
    "functions_half_square": (ROWS, REALS),
    "script_xor": ("X", "y"),
    "script_xor_order": ("inputs", "targets"),
    "script_short": ("A", "T"),
    "script_softmax": ("points", "one_hot"),
    "script_samples": ("x", "t"),
    "script_curve": ("x", "t"),
    "script_uphill": ("features", "goal"),
    "other_neurons": ([0.5, -1.0], [1.0, 0.0]),
    "other_lists": ([0.3, -0.8], 1.5),
    "other_bias_row": (ROWS, REALS),
    "other_scalars": ([0.6, -0.2], 1.0),
}
"""x and y of each, or a script's names of them; of the others, samples in rows."""


pytestmark = pytest.mark.usefixtures("seeded")


def programs(verdict):
    chosen = [row for row in TABLE if row.kind == "program" and row.verdict == verdict]
    return pytest.mark.parametrize("row", chosen, ids=str)


def diagnosis_of(row, with_data=True):
    module = load(row.name)
    how = row.how(module)
    x, y = DATA.get(row.name, (ROWS, ONES))
    if isinstance(x, str):
        x, y = getattr(module, x), getattr(module, y)
    return diagnose(**how, **({"x": x, "y": y} if with_data else {}))


def titles_of(keys):
    return [row.title for row in BOOK if row.key in keys]


def assert_never_misnamed(diagnosis, keys):
    assert not diagnosis.ok
    for finding in diagnosis.findings:
        if finding.key == "one-of-several":
            assert any(title in finding.title for title in titles_of(keys)), str(diagnosis)
        else:
            assert finding.key in keys | {"not-recognised"}, str(diagnosis)


@pytest.mark.parametrize("with_data", [True, False])
@programs("right")
def test_right_programs_are_not_blamed(row, with_data):
    diagnosis = diagnosis_of(row, with_data)
    assert diagnosis.ok, str(diagnosis)


@programs("wrong")
def test_wrong_programs_are_told_which_mistake_they_have(row):
    diagnosis = diagnosis_of(row)
    assert_never_misnamed(diagnosis, row.keys)
    known = row.keys - {"not-recognised"}
    named = {finding.key for finding in diagnosis.findings} - {"not-recognised"}
    assert named or not known or row.name == "network_clipped"  # what is clipped hides a sum
    assert bool(diagnosis.read_as) == (row.name != "other_bias_row")


@programs("wrong")
def test_numbers_alone_never_misname(row):
    assert_never_misnamed(diagnosis_of(row, with_data=False), row.keys)


# One program, with one line exchanged -------------------------------------------------------------

PASS = """
def forward(X, W, b):
    A, Z = [X], []
    for l in range(L):
        Z.append({z})
        A.append(last(Z[-1]) if l == L - 1 else f(Z[-1]))
    return A, Z


def loss():
    P = forward(X, W, b)[0][-1]
    return {loss}


def gradients():
    A, Z = forward(X, W, b)
    dW, db = [None] * L, [None] * L
    P = A[-1]
    dZ = {dz_last}
    for l in reversed(range(L)):
        a_prev = A[l]
        dW[l] = {dW}
        db[l] = {db}
        if l:
            z = Z[l - 1]
            dA = {dA}
            dZ = {dz}
    return {{"dW": dW, "db": db}}


def step():
    A, Z = forward(X, W, b)
    P = A[-1]
    dZ = {dz_last}
    for l in reversed(range(L)):
        a_prev = A[l]
        dW, db = {dW}, {db}
        early = dict(enumerate(W))
        if {early}:
            {update_W}
            {update_b}
        if l:
            z = Z[l - 1]
            dA = {dA}
            next_dZ = {dz}
        if not {early}:
            {update_W}
            {update_b}
        dZ = next_dZ if l else None
"""
IN_ROWS = {
    "z": "A[-1] @ W[l] + b[l]",
    "dW": "a_prev.T @ dZ",
    "db": "dZ.sum(axis=0)",
    "dA": "dZ @ W[l].T",
}
IN_COLUMNS = {
    "z": "W[l] @ A[-1] + b[l]",
    "dW": "dZ @ a_prev.T",
    "db": "dZ.sum(axis=1, keepdims=True)",
    "dA": "W[l].T @ dZ",
}
ALWAYS = {
    "dz": "dA * slope(z)",
    "early": "False",
    "update_W": "W[l] -= eta * dW",
    "update_b": "b[l] -= eta * db",
}
LOSSES = {  # the last activation, the loss, dzⁿ
    "binary": ("sigmoid", "np.sum(-Y * np.log(P) - (1 - Y) * np.log(1 - P)) / m", "(P - Y) / m"),
    "half": ("sigmoid", "0.5 * np.sum((P - Y) ** 2) / m", "(P - Y) / m * P * (1 - P)"),
    "mean": ("same", "np.mean((P - Y) ** 2)", "2 * (P - Y) / P.size"),
    "sum": ("sigmoid", "np.sum((P - Y) ** 2)", "2 * (P - Y) * P * (1 - P)"),
    "softmax": ("softmax", "-np.sum(Y * np.log(P)) / m", "(P - Y) / m"),
}
FUNCTIONS = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "same": lambda z: z,
}
SLOPES = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)) * (1 - 1 / (1 + np.exp(-z))),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: (z > 0) * 1.0,
}
M, ETA = 7, 0.3


def program(of, sizes, *, f="tanh", rows=True, step=False, **lines):
    """Return the keywords of `diagnose` for the reference with some lines exchanged."""
    rng = np.random.default_rng(sum(sizes) + rows)
    last, cost, dz_last = LOSSES[of]
    lines = {
        **(IN_ROWS if rows else IN_COLUMNS),
        **ALWAYS,
        "loss": cost,
        "dz_last": dz_last,
    } | lines
    X, k, n = rng.normal(size=(M, sizes[0])), sizes[-1], len(sizes) - 1
    Y = rng.normal(size=(M, k)) if last == "same" else rng.integers(0, 2, (M, k)).astype(float)
    if last == "softmax":
        Y = np.eye(k)[rng.integers(0, k, M)]
    W = [rng.normal(size=pair) for pair in pairwise(sizes)]
    b = [rng.normal(size=size) * 0.3 for size in sizes[1:]]
    if not rows:
        X, Y = X.T, Y.T
        W, b = [one.T.copy() for one in W], [one.reshape(-1, 1) for one in b]
    of_axis = 1 if rows else 0
    softmax = lambda z: np.exp(z) / np.exp(z).sum(axis=of_axis, keepdims=True)  # noqa: E731
    names = {"np": np, "X": X, "Y": Y, "W": W, "b": b, "L": n, "m": M, "k": k, "eta": ETA}
    names |= {"f": FUNCTIONS[f], "slope": SLOPES[f], "last": FUNCTIONS.get(last, softmax)}
    names |= {"sigma": FUNCTIONS["sigmoid"], "sigma_slope": SLOPES["sigmoid"]}
    exec(compile(PASS.format(**lines), "<program>", "exec"), names)
    how = {"loss": names["loss"], "parameters": {"W": W, "b": b}, "x": X, "y": Y}
    if step:
        return {**how, "step": names["step"], "learning_rate": ETA}
    return {**how, "gradients": names["gradients"]()}


def named(**how):
    diagnosis = diagnose(**program(**how))
    return [finding.key for finding in diagnosis.findings], diagnosis


TWO, THREE = (2, 4, 3), (2, 5, 4, 3)
MEANS = ["binary", "half", "mean", "softmax"]


@pytest.mark.parametrize("step", [False, True])
@pytest.mark.parametrize("rows", [True, False])
@pytest.mark.parametrize(("loss", "sizes"), [
    (loss, sizes) for loss in LOSSES for sizes in (TWO, THREE, (4, 1))
    if loss != "softmax" or sizes[-1] > 1  # softmax of one output is 1
])  # fmt: skip
@pytest.mark.parametrize("f", ["tanh", "sigmoid", "relu"])
def test_the_reference_is_right(loss, f, sizes, rows, step):
    assert diagnose(**program(loss, sizes, f=f, rows=rows, step=step)).ok


EXCHANGED = [
    # all gradients by one factor
    ("sign", "binary", {"dz_last": "(Y - P) / m"}),
    ("sign", "sum", {"dz_last": "2 * (Y - P) * P * (1 - P)"}),
    ("times-n", "half", {"dz_last": "(P - Y) * P * (1 - P)"}),
    ("times-n", "softmax", {"dz_last": "P - Y"}),
    ("times-n", "binary", {"dz_last": "P - Y"}),
    ("mean", "binary", {"dz_last": "(P - Y) / m / m"}),
    ("mean", "sum", {"dz_last": "2 * (P - Y) * P * (1 - P) / m"}),
    ("two-missing", "sum", {"dz_last": "(P - Y) * P * (1 - P)"}),
    ("two-too-many", "half", {"dz_last": "2 * (P - Y) / m * P * (1 - P)"}),
    # daⁿ
    ("no-derivative", "sum", {"dz_last": "2 * (P - Y)"}),
    ("no-derivative", "half", {"dz_last": "(P - Y) / m"}),
    ("cross-entropy", "sum", {"dz_last": "P - Y"}),
    ("cross-entropy", "half", {"dz_last": "P - Y"}),
    ("sigma-prime-lost", "binary", {"dz_last": "(P - Y) / m * P * (1 - P)"}),
    ("sigma-prime-lost", "softmax", {"dz_last": "(P - Y) / m * P * (1 - P)"}),
    ("squared-error", "binary", {"dz_last": "2 * (P - Y) / m * P * (1 - P)"}),
    ("sigma-prime-twice", "binary", {"dz_last": "(P - Y) / m * (P * (1 - P)) ** 2"}),
    ("labels-inverted", "binary", {"dz_last": "(P - (1 - Y)) / m"}),
    # f′
    ("no-derivative", "binary", {"dz": "dA"}),
    ("derivative-at-a", "binary", {"dz": "dA * slope(f(z))"}),
    ("derivative-twice", "mean", {"dz": "dA * slope(z) ** 2"}),
    ("activation-for-derivative", "sum", {"dz": "dA * f(z)"}),
    ("1-minus-z-squared", "half", {"dz": "dA * (1 - z**2)"}),
    ("always-sigmoid", "softmax", {"dz": "dA * sigma_slope(z)"}),
    ("always-relu", "mean", {"dz": "dA * (z > 0)"}),
    ("a-times-1-minus-a", "binary", {"dz": "dA * f(z) * (1 - f(z))"}),
    ("1-minus-a", "binary", {"dz": "dA * (1 - f(z))"}),
    ("dz-negated", "binary", {"dz": "-dA * slope(z)"}),
]


two_and_three_layers = pytest.mark.parametrize(
    "sizes", [pytest.param(TWO, id="2"), pytest.param(THREE, id="3", marks=pytest.mark.slow)]
)


@two_and_three_layers
@pytest.mark.parametrize("rows", [True, False], ids=["rows", "columns"])
@pytest.mark.parametrize(("key", "loss", "lines"), EXCHANGED)
def test_a_line_that_is_exchanged_is_named(key, loss, lines, rows, sizes):
    found, diagnosis = named(of=loss, sizes=sizes, rows=rows, **lines)
    assert found == [key], str(diagnosis)


# Lines that are others in rows and in columns
BOTH_WAYS = [
    ("db-summed", MEANS, {"db": "m * dZ.sum(axis=0)"}, {"db": "m * dZ.sum(axis=1, keepdims=True)"}),
    ("dW-summed", MEANS, {"dW": "m * a_prev.T @ dZ"}, {"dW": "m * dZ @ a_prev.T"}),
    ("db-averaged", ["sum"], {"db": "dZ.mean(axis=0)"}, {"db": "dZ.mean(axis=1, keepdims=True)"}),
    ("dW-averaged", ["sum"], {"dW": "a_prev.T @ dZ / m"}, {"dW": "dZ @ a_prev.T / m"}),
    ("db-divided-twice", MEANS, {"db": "dZ.mean(axis=0)"},
     {"db": "dZ.mean(axis=1, keepdims=True)"}),
    ("db-sum", LOSSES, {"db": "dZ.sum() + 0 * b[l]"}, {"db": "dZ.sum() + 0 * b[l]"}),
    ("db-mean", LOSSES, {"db": "dZ.mean() + 0 * b[l]"}, {"db": "dZ.mean() + 0 * b[l]"}),
    ("da_prev-divided", MEANS, {"dA": "dZ @ W[l].T / m"}, {"dA": "W[l].T @ dZ / m"}),
    ("dW-zero", ["half"], {"dW": "0 * W[l]"}, {"dW": "0 * W[l]"}),
    ("db-zero", ["half"], {"db": "0 * b[l]"}, {"db": "0 * b[l]"}),
]  # fmt: skip


@two_and_three_layers
@pytest.mark.parametrize(("key", "losses", "in_rows", "in_columns"), BOTH_WAYS)
def test_sums_means_and_bases_are_told_apart(key, losses, in_rows, in_columns, sizes):
    for loss in losses:
        for rows, lines in ((True, in_rows), (False, in_columns)):
            found, diagnosis = named(of=loss, sizes=sizes, rows=rows, **lines)
            assert found == [key], str(diagnosis)
            everywhere = "every layer" in diagnosis.findings[0].title
            assert everywhere == (key != "da_prev-divided" or sizes == THREE)


EARLY = [
    ("updated-too-early", {"early": "True"}),
    ("W-added", {"update_W": "W[l] += eta * dW"}),
    ("b-added", {"update_b": "b[l] += eta * db"}),
    ("no-learning-rate", {"update_W": "W[l] -= dW", "update_b": "b[l] -= db"}),
    ("W-without-learning-rate", {"update_W": "W[l] -= dW"}),
    ("b-without-learning-rate", {"update_b": "b[l] -= db"}),
    ("learning-rate-twice", {"update_W": "W[l] -= eta**2 * dW", "update_b": "b[l] -= eta**2 * db"}),
    ("W-overwritten", {"update_W": "W[l][...] = -eta * dW"}),
    ("b-never-updated", {"update_b": "pass"}),
    ("W-never-updated", {"update_W": "pass"}),
]


@two_and_three_layers
@pytest.mark.parametrize(("key", "lines"), EARLY)
def test_mistakes_of_a_step_are_named(key, lines, sizes):
    found, diagnosis = named(of="binary", sizes=sizes, step=True, **lines)
    assert found == [key], str(diagnosis)


def test_a_step_that_is_added_may_as_well_be_the_sign():
    lines = {"update_W": "W[l] += eta * dW", "update_b": "b[l] += eta * db"}
    found, diagnosis = named(of="half", sizes=TWO, step=True, **lines)
    assert found == ["one-of-several"]
    for title in titles_of({"sign", "added"})[:2]:
        assert title.partition(":")[0] in diagnosis.findings[0].title


# Several at once, and what is not known -----------------------------------------------------------

PAIRS = [
    ({"no-derivative", "db-summed"}, "half", {"dz": "dA", "db": "m * dZ.sum(axis=0)"}),
    ({"sign", "no-derivative"}, "binary", {"dz_last": "(Y - P) / m", "dz": "dA"}),
    ({"times-n", "two-missing"}, "mean", {"dz_last": "(P - Y) / k"}),
    ({"sigma-prime-lost", "db-mean"}, "binary",
     {"dz_last": "(P - Y) / m * P * (1 - P)", "db": "dZ.mean() + 0 * b[l]"}),
    ({"sign", "times-n"}, "softmax", {"dz_last": "Y - P"}),
    ({"derivative-at-a", "dW-summed"}, "mean",
     {"dz": "dA * slope(f(z))", "dW": "m * a_prev.T @ dZ"}),
]  # fmt: skip


@pytest.mark.parametrize("sizes", [TWO, THREE], ids=["2", "3"])
@pytest.mark.parametrize(("keys", "loss", "lines"), PAIRS)
def test_two_mistakes_are_both_named(keys, loss, lines, sizes):
    found, diagnosis = named(of=loss, sizes=sizes, **lines)
    assert set(found) == keys, str(diagnosis)
    assert len(found) == 2


def test_three_mistakes_of_a_step_are_all_named():
    lines = {"early": "True", "update_b": "b[l] -= db", "dz": "dA * f(z)"}
    found, _ = named(of="binary", sizes=THREE, step=True, **lines)
    assert set(found) == {"updated-too-early", "b-without-learning-rate",
                          "activation-for-derivative"}  # fmt: skip


UNKNOWN = [
    {"dW": "a_prev.T @ dZ + 0.01 * W[l]"},
    {"dW": "1.1 * a_prev.T @ dZ"},
    {"db": "1.3 * dZ.sum(axis=0)"},
    {"dz": "1.2 * dA * slope(z)"},
    {"dz_last": "0.7 * (P - Y)"},
    {"dA": "1.5 * dZ @ W[l].T"},
    {"dW": "np.clip(a_prev.T @ dZ, -0.01, 0.01)", "db": "np.clip(dZ.sum(axis=0), -0.01, 0.01)"},
    {"dW": "np.sign(a_prev.T @ dZ)", "db": "np.sign(dZ.sum(axis=0))"},
    {"dz": "dA * slope(z) * (np.arange(m) > 2)[:, None]"},
    {"dW": "np.full(W[l].shape, np.nan)"},
]


@pytest.mark.parametrize("step", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("lines", UNKNOWN)
def test_what_is_not_known_is_given_no_name(lines, loss, step):
    found, diagnosis = named(of=loss, sizes=TWO, step=step, **lines)
    assert found == ["not-recognised"], str(diagnosis)


@pytest.mark.parametrize("factor", ["m / 4", "m * eta", "k / 4"])
@pytest.mark.parametrize("step", [False, True])
def test_a_factor_of_one_layer_is_no_product_of_mistakes(factor, step):
    """Nor is a factor of dz a mistake of dW that makes the same number by chance."""
    lines = {"dz": f"dA * slope(z) * {factor}"}
    found, diagnosis = named(of="half", sizes=(2, 4, 4, 3), step=step, **lines)
    assert found == ["not-recognised"], str(diagnosis)


def test_a_mistake_of_what_is_handed_on_and_an_early_update():
    found, _ = named(of="mean", sizes=THREE, step=True, early="True", dA="dZ @ W[l].T / m")
    assert set(found) == {"updated-too-early", "da_prev-divided"}


def test_a_known_mistake_is_named_beside_an_unknown_one():
    lines = {"dW": "a_prev.T @ dZ + 0.01 * W[l] if l else a_prev.T @ dZ", "dz": "dA"}
    found, diagnosis = named(of="mean", sizes=TWO, **lines)
    assert found == ["no-derivative", "not-recognised"]
    assert "in layer 1" in diagnosis.findings[0].title
    assert diagnosis.findings[1].title.endswith("is that of W[1]")
    assert "the gradient of W[1][" in diagnosis.findings[1].evidence


def test_a_mistake_in_one_layer_alone_has_its_place():
    found, diagnosis = named(of="half", sizes=THREE, dz="dA if l == 1 else dA * slope(z)")
    assert found == ["no-derivative"]
    assert diagnosis.findings[0].title.endswith("in layer 1")
    assert "W[0][" in diagnosis.findings[0].evidence


def test_a_gradient_that_is_missing_is_said_to_be():
    how = program("half", TWO, dz="dA")
    how["gradients"]["db"] = how["gradients"]["db"][:1]
    diagnosis = diagnose(**how)
    assert [one.key for one in diagnosis.findings] == ["gradient-missing", "no-derivative"]
    assert diagnosis.findings[0].title.startswith("b[1] has no gradient")


def test_a_transposed_gradient():
    how = program("half", TWO)
    how["gradients"]["dW"][0] = how["gradients"]["dW"][0].T
    assert [one.key for one in diagnose(**how).findings] == ["outer-transposed"]
    del how["x"], how["y"]
    assert [one.key for one in diagnose(**how).findings] == ["outer-transposed"]


def test_one_number_for_all_biases():
    how = program("half", TWO)
    how["gradients"]["db"] = [np.array(one.sum()) for one in how["gradients"]["db"]]
    assert [one.key for one in diagnose(**how).findings] == ["db-sum"]
    del how["x"], how["y"]
    assert [one.key for one in diagnose(**how).findings] == ["db-sum"]


# How a program is read ----------------------------------------------------------------------------


def test_it_is_said_how_a_program_was_read():
    _, diagnosis = named(of="mean", sizes=TWO, rows=False, dz="dA")
    assert diagnosis.read_as == (
        "7 samples, in columns: W[0], b[0], tanh → W[1], b[1], identity; the loss is the squared "
        "error, a mean over samples and outputs"
    )


def test_layers_of_different_activations_and_names_of_no_order():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(6, 3)), rng.normal(size=6)
    p = {"v": rng.normal(size=4), "d": np.array(0.3), "u": rng.normal(size=(4, 5)),
         "c": rng.normal(size=4), "w": rng.normal(size=(5, 3)),
         "b": rng.normal(size=5)}  # fmt: skip

    def forward():
        first = np.tanh(p["w"] @ x.T + p["b"][:, None])
        z = p["u"] @ first + p["c"][:, None]
        return first, z, p["v"] @ np.maximum(z, 0) + p["d"]

    def gradients():
        first, z, out = forward()
        d3 = 2 * (out - y)[None, :] / 6
        d2 = (p["v"][:, None] @ d3) * (z > 0)
        d1 = (p["u"].T @ d2) * first * (1 - first)
        return {"v": (d3 @ np.maximum(z, 0).T).ravel(), "d": d3.sum(), "u": d2 @ first.T,
                "c": d2.sum(axis=1), "w": d1 @ x, "b": d1.sum(axis=1)}  # fmt: skip

    def loss():
        return np.mean((forward()[-1] - y) ** 2)

    diagnosis = diagnose(loss=loss, parameters=p, gradients=gradients, x=x, y=y)
    assert [one.key for one in diagnosis.findings] == ["a-times-1-minus-a"]
    assert diagnosis.findings[0].title.endswith("in layer 1")
    assert diagnosis.read_as.startswith("6 samples, in rows: w, b, tanh → u, c, relu → v, d, ident")
    assert 'd1 = (p["u"].T @ d2)' in diagnosis.findings[0].line


def test_a_factor_that_two_losses_have_is_read_as_both(monkeypatch):
    monkeypatch.setitem(globals(), "M", 3)
    for lines in ({"db": "m * dZ.sum(axis=0)"}, {"dA": "dZ @ W[l].T / m"}):
        found, diagnosis = named(of="binary", sizes=TWO, **lines)
        assert diagnosis.read_as.endswith("a mean over samples, or the binary cross-entropy, a "
                                          "mean over outputs")  # fmt: skip
        assert found == ["db-summed" if "db" in lines else "da_prev-divided"]


def test_a_relu_that_is_never_on_is_a_layer_too():
    how = program("half", TWO, f="relu", step=True, dz="dA")
    how["parameters"]["b"][0][...] = -9.0
    diagnosis = diagnose(**how)
    (finding,) = diagnosis.findings
    assert finding.key == "one-of-several"  # where a is 0, 1 − a is 1 as well
    assert any(title in finding.title for title in titles_of({"no-derivative"}))
    assert "relu" in diagnosis.read_as


def test_labels_that_are_numbers_of_classes():
    how = program("softmax", TWO, dz_last="P - Y")
    how["y"] = how["y"].argmax(axis=1)
    assert [one.key for one in diagnose(**how).findings] == ["times-n"]


def test_one_sample_has_neither_sums_nor_means():
    x, y, p = np.array([0.5, -1.0]), 1.0, {"w": np.array([0.2, 0.7]), "b": 0.1}
    how = {"loss": lambda: (p["w"] @ x + p["b"] - y) ** 2, "parameters": p, "x": x, "y": y}
    error = p["w"] @ x + p["b"] - y
    diagnosis = diagnose(**how, gradients={"w": error * x, "b": error})
    assert [one.key for one in diagnosis.findings] == ["two-missing"]
    assert diagnosis.read_as.startswith("one sample: w, b, identity")


@pytest.mark.parametrize("x_y", [{}, {"x": np.ones((7, 2)), "y": np.zeros((7, 3))}])
def test_without_the_data_the_numbers_alone_tell(x_y):
    how = program("half", TWO, dz_last="(Y - P) / m * P * (1 - P)")
    how = {**{name: how[name] for name in ("loss", "parameters", "gradients")}, **x_y}
    diagnosis = diagnose(**how)
    assert [one.key for one in diagnosis.findings] == ["sign"]
    assert ("x= and y=" if not x_y else "could not be found out") in diagnosis.remarks[0]


BY_NUMBERS = [
    ({"dW": "m * a_prev.T @ dZ"}, False, {"dW-summed"}),
    ({"db": "m * dZ.sum(axis=0)"}, False, {"db-summed"}),
    ({"dz_last": "P - Y"}, False, {"times-n", "times-k"}),
    ({"dz_last": "(P - Y) / m / 2"}, False, {"mean", "divided-by-k", "two-missing"}),
    ({"dW": "-a_prev.T @ dZ"}, True, {"W-added"}),
    ({"update_b": "b[l] -= db"}, True, {"b-without-learning-rate"}),
    ({"update_W": "W[l] -= dW", "update_b": "b[l] -= db"}, True, {"no-learning-rate"}),
    ({"update_b": "pass"}, True, {"b-never-updated"}),
    ({"update_W": "pass"}, True, {"W-never-updated"}),
    ({"db": "0 * b[l]"}, False, {"db-zero"}),
    ({"db": "dZ.mean() + 0 * b[l]"}, False, {"db-mean"}),
    ({"dW": "1.1 * a_prev.T @ dZ"}, False, {"not-recognised"}),
]


@pytest.mark.parametrize(("lines", "step", "keys"), BY_NUMBERS)
def test_what_numbers_alone_tell(lines, step, keys):
    how = program("binary", TWO, step=step, **lines)
    diagnosis = diagnose(**{name: how[name] for name in how if name not in "xy"})
    (finding,) = diagnosis.findings
    if len(keys) == 1:
        assert {finding.key} == keys, str(diagnosis)
    else:
        assert finding.key == "one-of-several"
        assert all(any(title in finding.title for title in titles_of({key})) for key in keys)


# Lines, guards, errors ----------------------------------------------------------------------------


class Learner:
    def __init__(self):
        self.W1, self.b1 = np.array([[0.5, -0.4, 0.8]]), np.zeros(3)
        self.W2, self.b2 = np.array([[0.3], [0.9], [-0.7]]), np.zeros(1)

    def cost(self, x, y):
        self.h = np.tanh(x @ self.W1 + self.b1)
        return 0.5 * np.mean((self.h @ self.W2 + self.b2 - y) ** 2)

    def update(self, x, y):
        d = (np.tanh(x @ self.W1 + self.b1) @ self.W2 + self.b2 - y) / len(x)
        dh = d @ self.W2.T * (1 - self.h**2)
        self.W2 -= 0.1 * self.h.T @ d
        self.b2 -= 0.1 * d.sum()
        self.W1 -= 0.1 * x.T @ dh
        self.b1 -= 0.1 * dh.sum()


def test_the_line_of_a_method_that_a_lambda_calls():
    net, (x, y) = Learner(), (np.array([[1.0], [-2.0], [0.5]]), np.array([[1.0], [0.0], [2.0]]))
    diagnosis = diagnose(loss=lambda: net.cost(x, y), parameters=net, learning_rate=0.1,
                         step=lambda: net.update(x, y), x=x, y=y)  # fmt: skip
    (finding,) = diagnosis.findings
    assert finding.key == "db-sum"
    assert finding.line.endswith("self.b1 -= 0.1 * dh.sum()")
    assert finding.title.endswith("in layer 1")


def test_a_guard_in_the_loss_is_no_mistake():
    how = program("softmax", TWO, loss="-np.sum(Y * np.log(P + 1e-7)) / m")
    diagnosis = diagnose(**how)
    assert diagnosis.ok
    assert "guard" in diagnosis.remarks[0]


@pytest.mark.parametrize("given", [
    {"loss": lambda: 1.0}, {"parameters": [1.0]}, {"x": [1.0]}, {"step": lambda: None},
    {"layer": SimpleNamespace, "loss": lambda: 1.0, "parameters": [1.0]},
])  # fmt: skip
def test_a_program_is_given_in_full_and_by_itself(given):
    with pytest.raises(TypeError, match=r"give a program by itself: loss=, parameters="):
        diagnose(**given)


def test_what_cannot_be_checked_is_an_error():
    with pytest.raises(TypeError, match="give gradients="):
        diagnose(loss=lambda: 1.0, parameters=[np.ones(2)])
    with pytest.raises(ValueError, match="does not change the loss"):
        diagnose(loss=lambda: 1.0, parameters=[np.ones(2)], gradients=[np.ones(2)])


def test_parameters_are_what_they_were():
    how = program("half", TWO, step=True, dz="dA")
    before = [one.copy() for several in how["parameters"].values() for one in several]
    diagnose(**how)
    after = [one for several in how["parameters"].values() for one in several]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
