"""Scripts of the course page do the same with our names as with their own."""

import io
import itertools
import runpy
import sys
from contextlib import redirect_stdout
from decimal import Decimal, localcontext

import numpy as np
import pytest
from oracles import page_solution
from sklearn import datasets

import chainrule

ARCHITECTURES = {
    "2-3-1": ([2, 3, 1], "relu"),
    "2-6-6-1": ([2, 6, 6, 1], "relu"),
    "2-6-6-1 tanh": ([2, 6, 6, 1], "tanh"),
    "2-3-1 sigmoid": ([2, 3, 1], "sigmoid"),
    "3-1": ([3, 1], "relu"),
}
EVERY_ARCHITECTURE = pytest.mark.parametrize(
    ("sizes", "hidden"), ARCHITECTURES.values(), ids=ARCHITECTURES
)


def circles(n=60, n_features=2, seed=0):
    X, y = datasets.make_circles(n, noise=0.1, factor=0.5, random_state=seed)
    return np.hstack([X, X[:, :1] * X[:, 1:]])[:, :n_features], y.reshape(-1, 1)


def page_script(sizes, hidden, *, activations, layer, perceptron, seed=10, epochs=10, rate=0.01):
    """Run the page's script with names from these three modules; return the trained model."""
    np.random.seed(seed)
    layers = [
        layer.Layer(n_in, n_out, getattr(activations, hidden))
        for n_in, n_out in itertools.pairwise(sizes[:-1])
    ]
    layers.append(layer.Layer(sizes[-2], sizes[-1], activations.sigmoid))
    model = perceptron.Perceptron(layers)
    model.fit(*circles(n_features=sizes[0], seed=seed), epochs=epochs, learning_rate=rate)
    return model


def require_same_weights(ours, theirs):
    for mine, other in zip(ours.layers, theirs.layers, strict=True):
        np.testing.assert_allclose(mine.weights, other.weights, rtol=0, atol=1e-12)
        np.testing.assert_allclose(mine.biases, other.biases, rtol=0, atol=1e-12)


@EVERY_ARCHITECTURE
@pytest.mark.parametrize("seed", [10, 0, 123])
@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_our_classes_print_the_pages_losses_and_learn_its_weights(
    sizes, hidden, seed, rate, capsys
):
    script = {"sizes": sizes, "hidden": hidden, "seed": seed, "rate": rate}
    theirs = page_script(
        **script, activations=page_solution, layer=page_solution, perceptron=page_solution
    )
    expected = capsys.readouterr().out
    ours = page_script(**script, activations=chainrule, layer=chainrule, perceptron=chainrule)
    assert capsys.readouterr().out == expected
    assert expected.count("Loss at epoch") == 10
    require_same_weights(ours, theirs)


@pytest.mark.parametrize(
    ("activations", "layer", "perceptron"),
    [
        (chainrule, page_solution, page_solution),
        (page_solution, chainrule, page_solution),
        (chainrule, chainrule, page_solution),
        (page_solution, chainrule, chainrule),
    ],
    ids=["our activations", "our Layer", "their Perceptron alone", "their activations alone"],
)
def test_a_mixture_of_ours_and_theirs_is_the_page_too(activations, layer, perceptron, capsys):
    theirs = page_script(
        [2, 6, 6, 1],
        "relu",
        activations=page_solution,
        layer=page_solution,
        perceptron=page_solution,
    )
    expected = capsys.readouterr().out
    mixed = page_script(
        [2, 6, 6, 1], "relu", activations=activations, layer=layer, perceptron=perceptron
    )
    assert capsys.readouterr().out == expected
    require_same_weights(mixed, theirs)


@pytest.mark.parametrize("seed", [10, 3])
def test_initial_values_come_from_the_global_generator_weights_first(seed):
    np.random.seed(seed)
    ours = chainrule.Layer(2, 6, chainrule.relu), chainrule.Layer(6, 1, chainrule.sigmoid)
    state_after = np.random.get_state()[1:3]
    np.random.seed(seed)
    theirs = page_solution.Layer(2, 6, None), page_solution.Layer(6, 1, None)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine.weights, other.weights)
        np.testing.assert_array_equal(mine.biases, other.biases)
    np.testing.assert_equal(state_after, np.random.get_state()[1:3])


def test_training_again_goes_on_as_on_the_page(capsys):
    X, y = circles()
    models = []
    for source in (page_solution, chainrule):
        np.random.seed(10)
        layers = [source.Layer(2, 6, source.relu), source.Layer(6, 1, source.sigmoid)]
        model = source.Perceptron(layers)
        model.fit(X, y, 3, 0.1)
        model.fit(X, y, 2, 0.05)
        models.append(model)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == lines[5:]
    require_same_weights(*models[::-1])


def test_the_learners_data_keeps_its_order():
    X, y = circles()
    before = X.copy(), y.copy()
    np.random.seed(10)
    chainrule.Perceptron([chainrule.Layer(2, 1, "sigmoid")]).fit(X, y, 2, 0.1, verbose=False)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


# Where the page divides by zero ------------------------------------------------------------


def decimal_step(weight, bias, x, y, rate):
    """Return loss, weight and bias of one step by the page's formulas, in 500 digits."""
    with localcontext() as context:
        context.prec = 500
        weight, bias, x, y, rate = (Decimal(number) for number in (weight, bias, x, y, rate))
        y_hat = 1 / (1 + (-(weight * x + bias)).exp())
        loss = -(y * y_hat.ln() + (1 - y) * (1 - y_hat).ln())
        dz = (y_hat - y) / (y_hat * (1 - y_hat)) * (y_hat * (1 - y_hat))
        return float(loss), float(weight - rate * dz * x), float(bias - rate * dz)


def one_neuron(source, weight, bias):
    layer = source.Layer(1, 1, source.sigmoid)
    layer.weights[...], layer.biases[...] = weight, bias
    return source.Perceptron([layer])


@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("weight", [24.0, -400.0], ids=["z = 47", "z = -801"])
def test_a_saturated_output_costs_the_page_its_weights_and_us_nothing(weight, y, capsys):
    X, labels = np.array([[2.0]]), np.array([[y]])
    theirs = one_neuron(page_solution, weight, -1.0)
    with np.errstate(all="ignore"):
        theirs.fit(X, labels, 1, 0.5)
    assert np.isnan(theirs.layers[0].weights).all()
    assert capsys.readouterr().out.split()[-1] in ("nan", "inf")

    ours = one_neuron(chainrule, weight, -1.0)
    history = ours.fit(X, labels, 1, 0.5, verbose=False)
    layer = ours.layers[0]
    np.testing.assert_allclose(
        (history["loss"][0], layer.weights.item(), layer.biases.item()),
        decimal_step(weight, -1.0, 2.0, y, 0.5),
        rtol=1e-14,
    )


def test_a_saturated_output_prints_a_finite_loss(capsys):
    one_neuron(chainrule, 24.0, -1.0).fit(np.array([[2.0]]), np.array([[0.0]]), 1, 0.01)
    assert capsys.readouterr().out == "Loss at epoch 1: 47.000\n"


# The page's scripts, one after the other ---------------------------------------------------

SCRIPTS = {
    "activations.py": "from {activations} import relu, sigmoid\n",
    "data.py": """
from sklearn.datasets import make_circles
from sklearn.model_selection import train_test_split

X, y = make_circles(n_samples=100, noise=0.1, factor=0.5, random_state=10)
y = y.reshape(-1, 1)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=10)
""",
    "utils.py": "from activations import relu, sigmoid\nfrom data import X_train, y_train\n",
    "layers.py": """
import numpy as np
from activations import relu, sigmoid
from {layer} import Layer

np.random.seed(10)
hidden_1 = Layer(2, 6, relu)
hidden_2 = Layer(6, 6, relu)
output_layer = Layer(6, 1, sigmoid)
print(hidden_1.weights, hidden_1.biases.shape, hidden_1.inputs.shape[0], output_layer.weights)
""",
    "perceptron.py": """
from layers import hidden_1, hidden_2, output_layer
from utils import X_train as X, y_train as y
from {perceptron} import Perceptron

model = Perceptron([hidden_1, hidden_2, output_layer])
print(f"{{model.forward(X[0])[0, 0]:.3f}}", hidden_1.inputs.shape, output_layer.outputs.shape)
model.fit(X, y, epochs=10, learning_rate=0.01)
""",
    "evaluate.py": """
import numpy as np
from sklearn.metrics import accuracy_score
from perceptron import X, y, model
from data import X_train, y_train, X_test, y_test

for rows, labels in (X_train, y_train), (X_test, y_test):
    predictions = np.array([np.round(model.forward(row)[0]) for row in rows])
    print(predictions.shape, f"{{accuracy_score(labels, predictions):.3f}}")
print(np.array([model.forward(row)[0] for row in X_test]).round(9).tolist())
""",
}


def run_scripts(folder, **sources):
    """Write the page's modules with these imports and return what the last script prints."""
    folder.mkdir()
    for name, text in SCRIPTS.items():
        (folder / name).write_text(text.format(**sources), encoding="utf-8")
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.syspath_prepend(folder)
        try:
            runpy.run_path(str(folder / "evaluate.py"), run_name="__main__")
        finally:  # the next folder has modules of the same names
            for name in SCRIPTS:
                sys.modules.pop(name.removesuffix(".py"), None)
    return printed.getvalue()


THEIRS = "oracles.page_solution"


@pytest.fixture(scope="module")
def expected_output(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "theirs"
    return run_scripts(folder, activations=THEIRS, layer=THEIRS, perceptron=THEIRS)


@pytest.mark.parametrize(
    "sources",
    [
        ("chainrule", "chainrule", "chainrule"),
        (THEIRS, "chainrule", "chainrule"),
        ("chainrule", THEIRS, THEIRS),
    ],
    ids=["all", "their activations", "our activations"],
)
def test_the_sequence_of_scripts_prints_what_it_prints_on_the_page(
    sources, expected_output, tmp_path
):
    names = dict(zip(("activations", "layer", "perceptron"), sources, strict=True))
    output = run_scripts(tmp_path / "ours", **names)
    assert output.count("Loss at epoch") == 10
    assert output == expected_output
