import itertools
from contextlib import closing

import numpy as np
import pytest
from oracles import page_solution
from scipy.sparse import csr_array, csr_matrix

from chainrule.dropout import mask
from chainrule.engines import ENGINES, EpochResult, Task, TrainingState, get_engine, reference
from chainrule.engines.reference import backpropagate, differentiate, flat, predict, start
from chainrule.layers import Layer, joined
from chainrule.losses import LOSSES, get_loss
from chainrule.optimizers import SGD, Adam
from chainrule.penalties import Penalty

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
    values, gradients = backpropagate(layers, loss, x, y, np.full(m, 1 / m))
    grad = flat(layers, gradients)
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
    _, gradients = backpropagate(layers, get_loss("squared_error"), x, y, np.full(7, 1 / 7))
    for layer, gradient in zip(layers, gradients, strict=True):
        assert gradient.d_weights.shape == layer.weights.shape
        assert gradient.d_biases.shape == layer.biases.shape
    np.testing.assert_array_equal(flat(layers, gradients)[:8], gradients[0].d_weights.ravel())
    np.testing.assert_array_equal(flat(layers, gradients)[-3:], gradients[1].d_biases.ravel())


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


def run_epoch(layers, x, y, *, batch_size, rates=None, order=None, t=0, state=None, **options):
    n_steps = -(-len(y) // batch_size)
    options = {"loss": get_loss("binary_cross_entropy"), "optimizer": SGD()} | options
    task = Task(x, y, batch_size=batch_size, **options)
    state = state or TrainingState.fresh(task, joined(layers))
    state.t = t
    with closing(start(layers, task, state)) as trainer:
        return trainer.run_epoch(
            np.arange(len(y)) if order is None else np.asarray(order),
            np.full(n_steps, 0.3) if rates is None else np.asarray(rates),
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
    result = run_epoch(ours, x, y, batch_size=batch_size, rates=rates, order=order)
    theta, losses, squares = joined(theirs), [], []
    for step, first in enumerate(range(0, 9, batch_size)):
        rows = order[first : first + batch_size]
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
    some = run_epoch(ours, x, y, batch_size=2, order=[4, 2, 7], rates=[0.3, 0.3])
    assert some == run_epoch(theirs, x[[4, 2, 7]], y[[4, 2, 7]], batch_size=2)
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

    run_epoch(ours, x, y, batch_size=4, optimizer=Counting(), t=6)
    run_epoch(theirs, x, y, batch_size=4, optimizer=optimizer, t=6)
    assert counts == [7, 8, 9]
    np.testing.assert_array_equal(joined(ours), joined(theirs))


def test_a_learning_rate_is_needed_for_every_step():
    x, y = samples()
    layers = network([2, 1], ["sigmoid"])
    with pytest.raises(ValueError, match="zip"):
        run_epoch(layers, x, y, batch_size=4, rates=[0.1, 0.1])


def test_an_epoch_leaves_the_samples_alone():
    x, y = samples()
    before = x.copy(), y.copy()
    layers = network([2, 4, 1], ["tanh", "sigmoid"])
    run_epoch(layers, x, y, batch_size=2)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])


MORE_OF_A_TASK = {
    "sample_weight": np.arange(9, dtype=np.float32),
    "penalty": Penalty(l1=1e-3, l2=1e-3),
    "dropout": (0.2, 0.5),
    "clip_norm": 0.1,
}


@pytest.mark.parametrize("optimizer", [SGD(), Adam()], ids=["sgd", "adam"])
def test_float32_stays_float32(optimizer):
    x, y = (array.astype(np.float32) for array in samples())
    layers = network([2, 4, 1], ["tanh", "sigmoid"], dtype=np.float32)
    task = Task(x, y, get_loss("binary_cross_entropy"), optimizer, 2, **MORE_OF_A_TASK)
    state = TrainingState.fresh(task, joined(layers))
    result = start(layers, task, state).run_epoch(np.arange(9), np.full(5, 0.3))
    step = differentiate(layers, task, np.arange(9), 1)
    arrays = [
        joined(layers),
        state.slots,
        step.values,
        flat(layers, step.gradients),
        predict(layers, x),
    ]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    assert [type(number) for number in result] == [float, float]


# Weights, penalty, dropout, clipping --------------------------------------------------------


def objective(layers, task, rows, t):
    """Return the loss of a batch as its definition has it, sample by sample."""
    total = weight = 0.0
    for s, row in enumerate(rows):
        a = task.x[row].reshape(-1, 1)
        for number, layer in enumerate(layers):
            if task.dropout:
                shape = (layer.n_inputs, len(rows))
                a = a * mask(task.seed, t, number, task.dropout[number], shape, a.dtype)[:, [s]]
            z = layer.weights @ a + layer.biases
            a = layer.activation(z)
        w = 1.0 if task.sample_weight is None else task.sample_weight[row]
        total += w * task.loss.value(z, task.y[row].reshape(-1, 1)).item()
        weight += w
    weights = np.concatenate([layer.weights.ravel() for layer in layers])
    penalty = task.penalty.l1 * np.abs(weights).sum() + task.penalty.l2 / 2 * weights @ weights
    return total / weight + penalty / (weight if task.penalty.divided_by_batch else 1)


SAMPLE_WEIGHT = np.array([0.5, 2.0, 0.0, 1.5, 3.0, 0.1, 1.0, 0.0, 0.7])
MORE = {
    "weights": {"sample_weight": SAMPLE_WEIGHT},
    "l1": {"penalty": Penalty(l1=0.3)},
    "l2": {"penalty": Penalty(l2=0.7)},
    "l1, l2, divided": {"penalty": Penalty(l1=0.3, l2=0.7, divided_by_batch=True)},
    "dropout": {"dropout": (0.25, 0.5), "seed": 3},
    "dropout of the inputs": {"dropout": (0.5, 0.0), "seed": 2**63 + 1},
    "all": {
        "sample_weight": SAMPLE_WEIGHT,
        "penalty": Penalty(l1=0.3, l2=0.7, divided_by_batch=True),
        "dropout": (0.25, 0.5),
        "seed": 3,
    },
}


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "squared_error"])
@pytest.mark.parametrize("options", MORE.values(), ids=MORE)
def test_the_gradient_is_the_slope_of_the_whole_objective(options, loss):
    x, y = samples()
    layers = network([2, 5, 1], ["tanh", "sigmoid"])
    task = Task(x, y, get_loss(loss).after(layers[-1].activation), SGD(), 7, **options)
    rows, t = np.array([4, 2, 0, 8, 6, 1, 3]), 11
    step = differentiate(layers, task, rows, t)
    expected = slope(lambda: objective(layers, task, rows, t), joined(layers))
    np.testing.assert_allclose(flat(layers, step.gradients), expected, rtol=1e-6, atol=1e-8)
    assert step.loss == pytest.approx(objective(layers, task, rows, t), rel=1e-12)
    assert step.gradient_norm == pytest.approx(np.linalg.norm(expected), rel=1e-6)
    plain = differentiate(layers, Task(x, y, task.loss, SGD(), 7), rows, t)
    assert np.abs(flat(layers, plain.gradients) - expected).max() > 1e-3


def test_the_loss_of_an_epoch_is_the_mean_of_its_batches_by_rows_if_so_asked():
    x, y = samples()
    layers = network([2, 4, 1], ["tanh", "sigmoid"])
    options = {"sample_weight": SAMPLE_WEIGHT, "penalty": Penalty(l1=0.1, l2=0.2)}
    task = Task(x, y, get_loss("binary_cross_entropy"), SGD(), 4, **options)
    batches = [np.arange(9)[first : first + 4] for first in (0, 4, 8)]
    total = sum(objective(layers, task, rows, 1) * len(rows) for rows in batches)
    options["loss_by_rows"] = True
    result = run_epoch(layers, x, y, batch_size=4, rates=np.zeros(3), **options)
    assert result.loss == pytest.approx(total / 9, rel=1e-12)


def test_the_loss_of_an_epoch_is_the_mean_of_its_batches_by_weight():
    x, y = samples()
    layers = network([2, 4, 1], ["tanh", "sigmoid"])
    options = {"sample_weight": SAMPLE_WEIGHT, "penalty": Penalty(l1=0.1, l2=0.2)}
    task = Task(x, y, get_loss("binary_cross_entropy"), SGD(), 4, **options)
    batches = [np.arange(9)[first : first + 4] for first in (0, 4, 8)]
    total = sum(objective(layers, task, rows, 1) * SAMPLE_WEIGHT[rows].sum() for rows in batches)
    result = run_epoch(layers, x, y, batch_size=4, rates=np.zeros(3), **options)
    assert result.loss == pytest.approx(total / SAMPLE_WEIGHT.sum(), rel=1e-12)


def test_a_sample_of_weight_two_counts_as_two_samples():
    x, y = samples()
    ours, theirs = (network([2, 4, 1], ["tanh", "sigmoid"]) for _ in range(2))
    counts = np.array([1, 2, 0, 3, 1, 1, 2, 0, 1])
    once = run_epoch(ours, x, y, batch_size=9, sample_weight=counts.astype(float))
    again = np.repeat(np.arange(9), counts)
    repeated = run_epoch(theirs, x[again], y[again], batch_size=11)
    np.testing.assert_allclose(once, repeated, rtol=1e-12)
    np.testing.assert_allclose(joined(ours), joined(theirs), rtol=1e-12)


@pytest.mark.parametrize("weight", [1.0, 2.0, 1e-300, 1e300])
def test_equal_weights_are_no_weights(weight):
    x, y = samples()
    ours, theirs = (network([2, 4, 1], ["tanh", "sigmoid"]) for _ in range(2))
    weighted = run_epoch(ours, x, y, batch_size=4, sample_weight=np.full(9, weight))
    np.testing.assert_allclose(weighted, run_epoch(theirs, x, y, batch_size=4), rtol=1e-12)
    np.testing.assert_allclose(joined(ours), joined(theirs), rtol=1e-12)


@pytest.mark.parametrize("penalty", [Penalty(), Penalty(l1=1.0, l2=1.0, divided_by_batch=True)])
def test_a_batch_without_any_weight_moves_nothing(penalty):
    x, y = samples()
    layers = network([2, 4, 1], ["tanh", "sigmoid"])
    weights = np.zeros(9)
    weights[8] = 1
    before = joined(layers).copy()
    options = {"sample_weight": weights, "penalty": penalty}
    result = run_epoch(layers, x, y, batch_size=4, rates=[1.0, 1.0, 0.0], **options)
    np.testing.assert_array_equal(joined(layers), before)
    assert np.isfinite(result).all()


def test_a_batch_without_any_weight_is_penalised_all_the_same():
    x, y = samples()
    layers = network([2, 4, 1], ["tanh", "sigmoid"])
    expected = [0.75 * layer.weights for layer in layers]
    biases = [layer.biases.copy() for layer in layers]
    options = {"sample_weight": np.eye(9)[8], "penalty": Penalty(l2=0.5)}
    run_epoch(layers, x, y, batch_size=8, rates=[0.5, 0.0], **options)
    for layer, weights, kept in zip(layers, expected, biases, strict=True):
        np.testing.assert_allclose(layer.weights, weights, rtol=1e-13)
        np.testing.assert_array_equal(layer.biases, kept)


def test_masks_change_with_every_step():
    x, y = samples()
    seen = []

    class Seen(SGD):
        def step(self, theta, grad, state, t, learning_rate):
            seen.append(grad.copy())

    layers = network([2, 4, 1], ["tanh", "sigmoid"])
    for t in (0, 2, 0):
        run_epoch(layers, x, y, batch_size=9, optimizer=Seen(), t=t, dropout=(0.0, 0.5))
    first, later, again = seen
    assert (first != later).any()
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("limit", [1e-3, 0.1, 1e3])
def test_a_gradient_above_the_limit_is_scaled_down_to_it(limit):
    x, y = samples()
    ours, theirs = (network([2, 4, 1], ["tanh", "sigmoid"]) for _ in range(2))
    before = joined(ours).copy()
    clipped = run_epoch(ours, x, y, batch_size=9, rates=[1.0], clip_norm=limit)
    free = run_epoch(theirs, x, y, batch_size=9, rates=[1.0])
    assert clipped == free  # the norm is reported as it was
    grad = before - joined(theirs)
    norm = np.linalg.norm(grad)
    np.testing.assert_allclose(before - joined(ours), grad * min(1, limit / norm), rtol=1e-10)


def test_the_penalty_is_clipped_too():
    x, y = samples()
    layers = network([2, 4, 1], ["tanh", "sigmoid"])
    before = joined(layers).copy()
    options = {"penalty": Penalty(l2=1e6), "clip_norm": 0.5}
    assert run_epoch(layers, x, y, batch_size=9, rates=[1.0], **options).gradient_norm > 1e5
    assert np.linalg.norm(before - joined(layers)) == pytest.approx(0.5, rel=1e-10)


# Sparse rows -------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [csr_array, csr_matrix])
@pytest.mark.parametrize("batch_size", [1, 4])
def test_sparse_rows_are_the_rows_they_stand_for(make, batch_size):
    x, y = samples()
    x[x < 0] = 0
    ours, theirs = (network([2, 4, 1], ["tanh", "sigmoid"]) for _ in range(2))
    order = np.random.default_rng(0).permutation(9)
    sparse = run_epoch(ours, make(x), y, batch_size=batch_size, order=order)
    assert sparse == run_epoch(theirs, x, y, batch_size=batch_size, order=order)
    np.testing.assert_array_equal(joined(ours), joined(theirs))
    np.testing.assert_array_equal(predict(ours, make(x)), predict(ours, x))


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
    assert get_engine("reference") is ENGINES["reference"]() is reference


def test_an_unknown_engine_is_named_with_the_nearest():
    with pytest.raises(ValueError, match="unknown engine 'refrence'; did you mean 'reference'"):
        get_engine("refrence")


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_knows_its_name(name):
    assert get_engine(name).name == name


def test_an_engine_may_be_an_object():
    class Mine:
        start = staticmethod(reference.start)
        predict = staticmethod(reference.predict)
        output = staticmethod(reference.output)

    mine = Mine()
    assert get_engine(mine) is mine
    for wrong in (Mine, object(), None, 3):
        with pytest.raises(TypeError, match=r"an engine is a name or an object with start\("):
            get_engine(wrong)


def test_a_result_has_a_loss_and_a_gradient_norm():
    assert EpochResult(0.5, 2.0) == EpochResult(loss=0.5, gradient_norm=2.0)
