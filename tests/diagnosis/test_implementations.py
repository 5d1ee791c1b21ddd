"""The table of learners' implementations is true: central differences of this file's own say so."""

import contextlib
import io
import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from diagnosis.implementations import driven
from diagnosis.implementations.table import ROWS, load

from chainrule import sigmoid, tanh

# Nothing of chainrule's gradients or diagnosis is used here: what is right is found out anew.


pytestmark = pytest.mark.usefixtures("seeded")


def of(*kinds):
    return pytest.mark.parametrize("row", [row for row in ROWS if row.kind in kinds], ids=str)


def slopes(loss, numbers, step=1e-6):
    """Return the central differences of a loss by each entry, which is moved where it lies."""
    found = np.zeros(numbers.shape)
    for place in np.ndindex(numbers.shape):
        kept = numbers[place]
        numbers[place] = kept + step
        above = loss()
        numbers[place] = kept - step
        below = loss()
        numbers[place] = kept
        found[place] = (above - below) / (2 * step)
    return found


def precision(dtype):
    """Return the step of the differences and how near is near."""
    return (1e-2, 2e-3) if dtype == np.float32 else (1e-6, 1e-6)


def differing(name, theirs, ours, tolerance):
    """Yield what to say of a quantity that is not what the differences are."""
    if np.shape(theirs) != np.shape(ours):
        yield f"{name} has the shape {np.shape(theirs)}, not {np.shape(ours)}"
    elif not np.allclose(np.asarray(theirs, float), ours, rtol=tolerance, atol=tolerance):
        yield f"{name} differs"


# Classes -----------------------------------------------------------------------------------------


def at(thing, path):
    for name in path.split("."):
        thing = thing[name] if isinstance(thing, dict) else getattr(thing, name)
    return thing


def drawn(rng, samples, n, m):
    return rng.normal(size={"columns": (n, m), "rows": (m, n), "flat": (n,)}[samples])


def called(use, made, x):
    return getattr(made, use.forward)(x, *((True,) if use.phase else ()))


def sent_forward(use, made, x):
    np.random.seed(2)  # chance, where there is some, falls the same way every time
    a = called(use, made, x.copy())
    return np.array(at(made, use.of or use.output) if use.of or use.output else a, float)


def wrong_in_a_class(row):
    """Return what in a layer or an activation is not as the differences say."""
    use, found, layers = row.how, [], row.kind != "activation"
    module = load(row.name)
    sizes = [(3, 2), (3, 3)] if layers else [(3, 3)]
    batches = (1, 4) if use.batches else (1,)
    for made_with, (n, k), m, seed in product(use.made_with, sizes, batches, range(2)):
        rng = np.random.default_rng(seed)
        given = (np.zeros((n, k)), np.zeros(k)) if use.arrays else (n, k)
        made = getattr(module, use.name)(*(given if layers else ()), *made_with(module))
        if layers:
            at(made, use.W)[...] = rng.normal(size=at(made, use.W).shape)
            at(made, use.b)[...] = rng.normal(size=at(made, use.b).shape)
        for learning_rate in (0.3, 0.7):
            x, da = drawn(rng, use.samples, n, m), drawn(rng, use.samples, k, m)
            try:
                found += wrong_in_a_pass(use, made, x, da, use.learning_rate or learning_rate, m)
            except ValueError as error:  # shapes that do not fit
                found.append(str(error))
                break
    return found


def wrong_in_a_pass(use, made, x, da, learning_rate, m):
    def loss():
        return use.sign * float(np.sum(da * sent_forward(use, made, x)))

    layer = bool(hasattr(made, use.W.split(".", 1)[0]))
    dtype = at(made, use.W).dtype if layer else np.asarray(called(use, made, x)).dtype
    step, tolerance = precision(dtype)
    share = m if use.means else 1
    right = {"da_prev": use.sign * slopes(loss, x, step)}
    if layer:
        right["dW"] = slopes(loss, at(made, use.W), step) / share
        right["db"] = slopes(loss, at(made, use.b), step) / share
    use.begin(made)
    sent_forward(use, made, x)
    before = [np.array(at(made, path)) for path in (use.W, use.b)] if layer else []
    da_prev = use.backward(made, da.copy(), learning_rate)
    yield from differing("da_prev", da_prev, right["da_prev"], tolerance)
    for name, path in zip(("dW", "db"), use.gradients, strict=False):
        yield from differing(name, at(made, path), right[name], tolerance)
    if use.step is not None:
        use.step(made, learning_rate)
    if layer and (use.step is not None or not use.gradients):
        for name, path, old in zip(("dW", "db"), (use.W, use.b), before, strict=True):
            if np.shape(at(made, path)) != old.shape:
                yield f"{path} has another shape"
                return
            moved = (old - at(made, path)) / learning_rate
            yield from differing(f"the step of {name}", moved, right[name], tolerance)


@of("layer", "activation")
def test_classes_are_what_the_table_says(row):
    assert ("wrong" if wrong_in_a_class(row) else "right") == row.verdict


# The page's classes ------------------------------------------------------------------------------

X, Y = np.array([[0.5, -1.0], [-0.3, 0.8], [1.2, 0.1]]), np.array([[1], [0], [0]])


def wrong_in_a_page(row):
    """Return what in a layer and in a fit is not as on the page."""
    module = load(row.name)
    layers = [module.Layer(2, 3, tanh), module.Layer(3, 1, sigmoid)]
    net = module.Perceptron(layers)

    def losses():
        p = np.array([net.forward(x.reshape(-1, 1)).item() for x in X])
        return -(Y[:, 0] * np.log(p) + (1 - Y[:, 0]) * np.log(1 - p))

    found = wrong_in_a_class(row)
    arrays = [layer.weights for layer in layers] + [layer.biases for layer in layers]
    right = [slopes(lambda: losses()[0], array) for array in arrays]
    mean, printed = losses().mean(), io.StringIO()
    with contextlib.redirect_stdout(printed):
        net.fit(X.copy(), Y.copy(), 2, 0.0)
    numbers = [float(text) for text in re.findall(r"\d\.\d+", printed.getvalue())]
    found += differing("the printed loss", numbers, [mean, mean], 1e-3)
    before = [array.copy() for array in arrays]
    with contextlib.redirect_stdout(io.StringIO()):
        net.fit(X[:1].copy(), Y[:1].copy(), 1, 0.5)
    after = [layer.weights for layer in layers] + [layer.biases for layer in layers]
    for old, new, slope in zip(before, after, right, strict=True):
        found += differing("a step of fit", (old - new) / 0.5, slope, 1e-6)
    return found


@of("page")
def test_page_classes_are_what_the_table_says(row):
    assert ("wrong" if wrong_in_a_page(row) else "right") == row.verdict


# Programs ----------------------------------------------------------------------------------------


def paths(thing, so_far=()):
    """Yield the way to each array of floats in lists, tuples and dicts."""
    if isinstance(thing, np.ndarray) and thing.dtype.kind == "f":
        yield so_far
    elif isinstance(thing, dict | list | tuple):
        for key in thing if isinstance(thing, dict) else range(len(thing)):
            yield from paths(thing[key], (*so_far, key))


def read(thing, path):
    for key in path:
        beside = isinstance(thing, dict) and key not in thing  # dW1 for W1
        thing = thing[f"d{key}"] if beside else thing[key]
    return thing


def wrong_in_a_program(row):
    """Return what in a program's gradients, or in its step, is not as the differences say."""
    program = row.how(load(row.name))
    loss, parameters, found = program["loss"], program["parameters"], []
    loss()  # so that all that a forward pass keeps is there
    places = list(paths(parameters))
    assert places
    kept = [read(parameters, path).copy() for path in places]
    right = [slopes(loss, read(parameters, p), precision(read(parameters, p).dtype)[0])
             for p in places]  # fmt: skip
    assert any(slope.any() for slope in right)
    if "gradients" in program:
        theirs = [np.asarray(read(program["gradients"], path)) for path in places]
    else:
        loss()
        program["step"]()
        after = [read(parameters, path) for path in places]
        theirs = [(a - b) / program["learning_rate"] for a, b in zip(kept, after, strict=True)]
    for path, old, its, slope in zip(places, kept, theirs, right, strict=True):
        found += differing(str(path), its, slope, precision(old.dtype)[1])
    return found


@of("program")
def test_programs_are_what_the_table_says(row):
    assert ("wrong" if wrong_in_a_program(row) else "right") == row.verdict


# The table ---------------------------------------------------------------------------------------


def test_table_and_folder_are_of_one_mind():
    folder = Path(driven.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"table", "driven"}
    assert {row.name for row in ROWS} == files
    assert len({str(row) for row in ROWS}) == len(ROWS)
