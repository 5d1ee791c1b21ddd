import itertools

import numpy as np
import pytest
from oracles import page_solution

from chainrule.engines import ENGINES, Epoch, EpochResult, get_engine, reference
from chainrule.engines.reference import backpropagate, flat, predict, run_epoch
from chainrule.layers import Layer, joined
from chainrule.losses import LOSSES, get_loss
from chainrule.optimizers import SGD, Adam, fresh_state

HIDDEN = {
    "no hidden layer": ([2], []),
    "tanh": ([2, 4], ["tanh"]),
    "relu, gelu": ([2, 5, 4], ["relu", "gelu"]),
    "softplus, elu, sigmoid": ([1, 2, 6, 4], ["softplus", "elu", "sigmoid"]),
}
EVERY_HIDDEN = pytest.mark.parametrize(("sizes", "hidden"), HIDDEN.values(), ids=HIDDEN)
EVERY_LOSS = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def network(sizes, activations, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [
        Layer(n_in, n_out, activation, rng=rng, dtype=dtype)
        for (n_in, n_out), activation in zip(itertools.pairwise(sizes), activations, strict=True)
    ]


def labels_for(loss, shape, rng):
    """Return random y of a kind that the loss allows: the widest of three."""
    candidates = (
        rng.normal(0, 2, shape),
        rng.uniform(0, 1, shape),
        rng.dirichlet(np.ones(shape[0]), shape[1]).T,
    )
    return next(y for y in candidates if loss.allows(y).all())


def slope(f, at, h=1e-6):
    """Return ∂f/∂at by central differences, moving one number of `at` in place at a time."""
    result = np.empty(at.size)
    for i, kept in enumerate(at.copy()):
        at[i] = kept + h
        above = f()
        at[i] = kept - h
        result[i] = (above - f()) / (2 * h)
        at[i] = kept
    return result


def mean_loss(layers, loss, x, y):
    return float(loss.value(predict(layers, x.T).T, y).mean())


def require_slope(layers, loss, n_outputs, m):
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 1, (layers[0].n_inputs, m)), labels_for(loss, (n_outputs, m), rng)
    theta = joined(layers)
    values, gradients = backpropagate(layers, loss, x, y)
    grad = flat(gradients)
    expected = slope(lambda: mean_loss(layers, loss, x, y), theta)
    np.testing.assert_allclose(grad, expected, rtol=1e-6, atol=1e-8)
    assert np.abs(expected).max() > 1e-3
    assert values.mean() == pytest.approx(mean_loss(layers, loss, x, y), rel=1e-14)


# The gradient ------------------------------------------------------------------------------


@EVERY_LOSS
@EVERY_HIDDEN
@pytest.mark.parametrize("m", [1, 7])
def test_the_gradient_is_the_slope_of_the_mean_loss(loss, sizes, hidden, m):
    layers = network([*sizes, 3], [*hidden, "identity"])
    require_slope(layers, loss.after(layers[-1].activation), 3, m)


@EVERY_HIDDEN
def test_the_gradient_of_cross_entropy_behind_a_sigmoid_is_that_slope_too(sizes, hidden):
    layers = network([*sizes, 3], [*hidden, "sigmoid"])
    require_slope(layers, get_loss("binary_cross_entropy").after(layers[-1].activation), 3, 7)


@pytest.mark.parametrize("output", ["tanh", "softplus", "sigmoid", "gelu"])
@pytest.mark.parametrize(
    "name", ["squared_error", "absolute_error", "huber", "log_cosh", "quantile"]
)
def test_the_gradient_behind_an_output_activation_is_that_slope_too(name, output):
    layers = network([2, 4, 3], ["tanh", output])
    require_slope(layers, get_loss(name).after(layers[-1].activation), 3, 7)


def test_the_gradients_stand_in_the_order_of_theta():
    layers = network([2, 4, 3], ["tanh", "identity"])
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 1, (2, 7)), rng.normal(0, 1, (3, 7))
    _, gradients = backpropagate(layers, get_loss("squared_error"), x, y)
    for layer, gradient in zip(layers, gradients, strict=True):
        assert gradient.d_weights.shape == layer.weights.shape
        assert gradient.d_biases.shape == layer.biases.shape
    np.testing.assert_array_equal(flat(gradients)[:8], gradients[0].d_weights.ravel())
    np.testing.assert_array_equal(flat(gradients)[-3:], gradients[1].d_biases.ravel())


# One epoch ---------------------------------------------------------------------------------


def page_gradient(layers, x, y):
    """Return loss and flat gradient of one sample by the page's own code and formulas."""
    copies = []
    for layer in layers:
        twin = page_solution.Layer(
            layer.n_inputs, layer.n_neurons, getattr(page_solution, layer.activation.name)
        )
        twin.weights, twin.biases = layer.weights.copy(), layer.biases.copy()
        copies.append(twin)
    y_hat = page_solution.Perceptron(copies).forward(x)
    da = (y_hat - y) / (y_hat * (1 - y_hat))
    for twin in reversed(copies):
        da = twin.backward(da, learning_rate=1.0)
    parts = [
        part.ravel()
        for layer, twin in zip(layers, copies, strict=True)
        for part in (layer.weights - twin.weights, layer.biases - twin.biases)
    ]
    loss = -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
    return loss.item(), np.concatenate(parts)


def epoch_of(x, y, layers, *, batch_size, rates=None, optimizer=None, order=None, t=0):
    n_steps = -(-len(x) // batch_size)
    optimizer = optimizer or SGD()
    return Epoch(
        x,
        y,
        np.arange(len(x)) if order is None else np.asarray(order),
        batch_size,
        np.full(n_steps, 0.3) if rates is None else np.asarray(rates),
        get_loss("binary_cross_entropy"),
        optimizer,
        fresh_state(optimizer, joined(layers)),
        t,
    )


def samples(n=9, seed=3):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1, (n, 2)), rng.integers(0, 2, (n, 1)).astype(float)


@pytest.mark.parametrize("batch_size", [1, 2, 7, 9])
def test_an_epoch_steps_against_the_mean_gradient_of_each_batch(batch_size):
    """Nine rows: the last of the batches of 2 and of 7 is short, and a mean over its own rows."""
    x, y = samples()
    ours, theirs = (network([2, 4, 1], ["tanh", "sigmoid"]) for _ in range(2))
    rates = np.linspace(0.5, 0.1, -(-9 // batch_size))
    order = np.random.default_rng(0).permutation(9)
    result = run_epoch(ours, epoch_of(x, y, ours, batch_size=batch_size, rates=rates, order=order))
    theta, losses, squares = joined(theirs), [], []
    for step, start in enumerate(range(0, 9, batch_size)):
        rows = order[start : start + batch_size]
        pairs = [page_gradient(theirs, x[row], y[row]) for row in rows]
        grad = sum(grad for _, grad in pairs) / len(rows)
        theta -= rates[step] * grad
        losses += [loss for loss, _ in pairs]
        squares.append((grad**2).sum())
    np.testing.assert_allclose(joined(ours), theta, rtol=1e-12, atol=1e-14)
    assert result.loss == pytest.approx(sum(losses) / 9, rel=1e-12)
    assert result.gradient_norm == pytest.approx(np.sqrt(np.mean(squares)), rel=1e-12)


def test_an_epoch_may_visit_some_rows_only():
    x, y = samples()
    ours, theirs = (network([2, 4, 1], ["tanh", "sigmoid"]) for _ in range(2))
    epoch = epoch_of(x, y, ours, batch_size=2, order=[4, 2, 7], rates=[0.3, 0.3])
    picked = epoch_of(x[[4, 2, 7]], y[[4, 2, 7]], theirs, batch_size=2)
    assert run_epoch(ours, epoch) == run_epoch(theirs, picked)
    np.testing.assert_array_equal(joined(ours), joined(theirs))


def test_steps_are_counted_on_from_the_epochs_before():
    x, y = samples()
    ours, theirs = (network([2, 4, 1], ["tanh", "sigmoid"]) for _ in range(2))
    optimizer, counts = Adam(), []

    class Counting:
        slots = optimizer.slots

        def step(self, theta, grad, state, t, learning_rate):
            counts.append(t)
            optimizer.step(theta, grad, state, t, learning_rate)

    run_epoch(ours, epoch_of(x, y, ours, batch_size=4, optimizer=Counting(), t=6))
    run_epoch(theirs, epoch_of(x, y, theirs, batch_size=4, optimizer=optimizer, t=6))
    assert counts == [7, 8, 9]
    np.testing.assert_array_equal(joined(ours), joined(theirs))


def test_a_learning_rate_is_needed_for_every_step():
    x, y = samples()
    layers = network([2, 1], ["sigmoid"])
    with pytest.raises(ValueError, match="zip"):
        run_epoch(layers, epoch_of(x, y, layers, batch_size=4, rates=[0.1, 0.1]))


def test_an_epoch_leaves_the_samples_alone():
    x, y = samples()
    before = x.copy(), y.copy()
    layers = network([2, 4, 1], ["tanh", "sigmoid"])
    run_epoch(layers, epoch_of(x, y, layers, batch_size=2))
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])


@pytest.mark.parametrize("optimizer", [SGD(), Adam()], ids=["sgd", "adam"])
def test_float32_stays_float32(optimizer):
    x, y = (array.astype(np.float32) for array in samples())
    layers = network([2, 4, 1], ["tanh", "sigmoid"], dtype=np.float32)
    epoch = epoch_of(x, y, layers, batch_size=2, optimizer=optimizer)
    result = run_epoch(layers, epoch)
    values, gradients = backpropagate(layers, epoch.loss, x.T, y.T)
    arrays = [joined(layers), epoch.state, values, flat(gradients), predict(layers, x)]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    assert [type(number) for number in result] == [float, float]


# Prediction --------------------------------------------------------------------------------


def test_a_prediction_is_the_last_z_of_every_row():
    layers = network([2, 4, 3], ["relu", "sigmoid"])
    x = np.random.default_rng(0).normal(0, 1, (9, 2))
    hidden = np.maximum(x @ layers[0].weights.T + layers[0].biases.T, 0)
    expected = hidden @ layers[1].weights.T + layers[1].biases.T
    np.testing.assert_allclose(predict(layers, x), expected, rtol=1e-13)


def test_a_large_table_is_predicted_in_parts(monkeypatch):
    layers = network([2, 4, 3], ["tanh", "identity"])
    x = np.random.default_rng(0).normal(0, 1, (10, 2))
    whole = predict(layers, x)
    for rows in (1, 3, 5, 10, 11):
        monkeypatch.setattr(reference, "_ROWS_AT_ONCE", rows)
        np.testing.assert_allclose(predict(layers, x), whole, rtol=1e-13)


def test_a_prediction_leaves_what_backward_needs():
    layers = network([2, 3], ["tanh"])
    layers[0].forward([1.0, 2.0])
    inputs, outputs = layers[0].inputs, layers[0].outputs
    predict(layers, np.ones((4, 2)))
    assert layers[0].inputs is inputs
    assert layers[0].outputs is outputs


# Engines by name ---------------------------------------------------------------------------


def test_engines_are_found_by_name():
    assert get_engine("reference") is ENGINES["reference"] is reference


def test_an_unknown_engine_is_named_with_the_nearest():
    with pytest.raises(ValueError, match="unknown engine 'refrence'; did you mean 'reference'"):
        get_engine("refrence")


def test_a_result_has_a_loss_and_a_gradient_norm():
    assert EpochResult(0.5, 2.0) == EpochResult(loss=0.5, gradient_norm=2.0)
