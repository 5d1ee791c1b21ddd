"""When numbers leave the finite ones: the first cause is named, the last good weights are kept."""

import copy
import pickle
import re

import numpy as np
import pytest

from chainrule import DivergenceError, EarlyStopping, Layer, Perceptron
from chainrule.divergence import require_finite_step
from chainrule.layers import Gradients
from chainrule.penalties import Penalty


def chain(*parameters, activation="identity"):
    """Return a network of one neuron a layer from pairs of weight and bias."""
    layers = [Layer(1, 1, activation, rng=0) for _ in parameters]
    for layer, (weight, bias) in zip(layers, parameters, strict=True):
        layer.theta[:] = weight, bias
    return Perceptron(layers)


# network, x, y, learning rate; what must be named. Every quantity before it is finite.
FIRST_CAUSES = {
    "z of the only layer": (chain((1e200, 0)), [1e200], [0], 0.1, (1, "z")),
    "z of the first layer": (chain((1e200, 0), (0, 1)), [1e200], [0], 0.1, (1, "z")),
    "z of the last layer": (chain((1e200, 0), (1e200, 0)), [1.0], [0], 0.1, (2, "z")),
    "loss": (chain((1, 0), (1e200, 0)), [1], [0], 0.1, (2, "loss")),
    "loss alone": (chain((1e200, 0)), [1], [0], 0.1, (1, "loss")),
    "dz": (chain((1e-300, 0), (1e300, 0)), [1], [-1e100], 0.1, (1, "dz")),
    "dW": (chain((0, 1e150)), [1e200], [0], 0.1, (1, "dW")),
    "dW of the first layer": (chain((0, 0), (1, 1e150)), [1e200], [0], 0.1, (1, "dW")),
    "db": (chain((0, 0), (1e300, 0)), [0, 0, 0], [3e8, 3e8, 3e8], 0.1, (1, "db")),
    "W": (chain((0, 1e100)), [1e100], [0], 1e250, (1, "W")),
    "W of the last layer": (chain((0, 1e100), (0, 1e100)), [0], [0], 1e250, (2, "W")),
    "b": (chain((0, 1e100)), [0], [0], 1e250, (1, "b")),
}


@pytest.mark.parametrize(
    ("net", "x", "y", "rate", "named"), FIRST_CAUSES.values(), ids=FIRST_CAUSES
)
def test_the_first_quantity_that_is_not_finite_is_named(net, x, y, rate, named):
    net = copy.deepcopy(net)
    before = net.theta.copy()
    x, y = np.reshape(x, (-1, 1)), np.reshape(y, (-1, 1))
    with pytest.raises(DivergenceError) as caught:
        net.fit(x, y, 3, rate, loss="squared_error", batch_size=len(x), verbose=False)
    assert (caught.value.layer, caught.value.quantity) == named
    assert (caught.value.epoch, caught.value.weights_epoch) == (1, 0)
    np.testing.assert_array_equal(net.theta, before)


@pytest.mark.parametrize("weight", [1e200, 1.0], ids=["z", "squared error"])
def test_a_validation_loss_that_is_not_finite_is_named(weight):
    net = chain((weight, 0))
    with pytest.raises(
        DivergenceError, match="validation_loss after layer 1 is not finite"
    ) as caught:
        net.fit(
            [[0]],
            [[0]],
            3,
            0.1,
            loss="squared_error",
            validation_data=([[1e200]], [[0]]),
            verbose=False,
        )
    assert (caught.value.epoch, caught.value.weights_epoch) == (1, 0)
    assert net.theta.tolist() == [weight, 0]


# An independent replay ---------------------------------------------------------------------


def replay(net, x, y, rate, epochs):
    """Train relu, then identity, under ½(z−y)² row by row; return where a number went first."""
    (W1, b1), (W2, b2) = ((layer.weights.copy(), layer.biases.copy()) for layer in net.layers)
    for epoch in range(1, epochs + 1):
        kept = np.concatenate([part.ravel() for part in (W1, b1, W2, b2)])
        for row, target in zip(x, y, strict=True):
            a0 = row.reshape(-1, 1)
            z1 = W1 @ a0 + b1
            a1 = np.maximum(z1, 0)
            z2 = W2 @ a1 + b2
            loss = 0.5 * (z2 - target) ** 2
            dz2 = z2 - target
            dW2, db2 = dz2 @ a1.T, dz2
            dz1 = (W2.T @ dz2) * (z1 > 0)
            dW1, db1 = dz1 @ a0.T, dz1
            W1, b1, W2, b2 = W1 - rate * dW1, b1 - rate * db1, W2 - rate * dW2, b2 - rate * db2
            steps = (
                *((1, "z", z1), (2, "z", z2), (2, "loss", loss), (2, "dz", dz2)),
                *((2, "dW", dW2), (2, "db", db2), (1, "dz", dz1), (1, "dW", dW1), (1, "db", db1)),
                *((1, "W", W1), (1, "b", b1), (2, "W", W2), (2, "b", b2)),
            )
            for layer, quantity, numbers in steps:
                if not np.isfinite(numbers).all():
                    return (epoch, layer, quantity), kept
    raise AssertionError("the replay did not diverge")


@pytest.mark.parametrize(
    ("rate", "seed"),
    [(0.6, 0), (0.7, 1), (1.0, 2), (3.0, 3), (30.0, 4), (1e3, 5), (1e10, 6), (1e100, 7)],
)
def test_a_huge_learning_rate_is_reported_as_an_independent_replay_sees_it(rate, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(0, 2, (6, 3)), rng.normal(0, 2, (6, 1))
    net = Perceptron([Layer(3, 5, "relu", rng=rng), Layer(5, 1, "identity", rng=rng)])
    with np.errstate(all="ignore"):
        expected, kept = replay(net, x, y, rate, epochs=1000)
    losses = []
    with pytest.raises(DivergenceError) as caught:
        net.fit(
            x,
            y,
            1000,
            rate,
            loss="squared_error",
            shuffle=False,
            callbacks=[lambda run: losses.append(run.history["loss"][-1])],
            verbose=False,
        )
    error = caught.value
    assert (error.epoch, error.layer, error.quantity) == expected
    assert error.weights_epoch == len(losses) == error.epoch - 1
    np.testing.assert_allclose(net.theta, kept, rtol=1e-6)
    assert np.isfinite(net.theta).all()
    assert np.isfinite(losses).all()


def diverging():
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 2, (6, 3)), rng.normal(0, 2, (6, 1))
    net = Perceptron([Layer(3, 5, "tanh", rng=rng), Layer(5, 1, "identity", rng=rng)])
    return net, {"training_data": x, "labels": y, "loss": "squared_error", "rng": 0}


def test_the_weights_kept_are_those_of_the_last_whole_epoch():
    net, options = diverging()
    with pytest.raises(DivergenceError) as caught:
        net.fit(**options, epochs=1000, learning_rate=0.9, verbose=False)
    epoch = caught.value.epoch
    assert epoch > 2
    other, _ = diverging()
    other.fit(**options, epochs=epoch - 1, learning_rate=0.9, verbose=False)
    np.testing.assert_array_equal(net.theta, other.theta)
    assert f"diverged in epoch {epoch}: " in str(caught.value)
    assert f"The weights are those of epoch {epoch - 1}." in str(caught.value)


def test_it_says_so_when_the_best_weights_were_restored_instead():
    net, options = diverging()
    thetas = [net.theta.copy()]
    keep = [lambda run: thetas.append(run.theta.copy()), EarlyStopping("loss", patience=1000)]
    with pytest.raises(DivergenceError) as caught:
        net.fit(**options, epochs=1000, learning_rate=0.9, callbacks=keep, verbose=False)
    best = caught.value.weights_epoch
    assert 0 < best < caught.value.epoch - 1
    np.testing.assert_array_equal(net.theta, thetas[best])
    assert f"The weights are those of epoch {best}." in str(caught.value)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_diverges_with_an_error_and_without_a_warning(optimizer, dtype):
    """Warnings are errors in these tests."""
    rng = np.random.default_rng(0)
    net = Perceptron([Layer(3, 1, "identity", rng=rng, dtype=dtype)])
    x, y = rng.normal(0, 2, (6, 3)), rng.normal(0, 2, (6, 1))
    with pytest.raises(DivergenceError):
        net.fit(
            x,
            y,
            1000,
            5.0,
            loss="squared_error",
            optimizer=optimizer,
            rng=0,
            validation_data=(1e3 * x, y),
            verbose=False,
        )
    assert np.isfinite(net.theta).all()
    assert net.theta.dtype == dtype


def test_numbers_that_are_finite_one_by_one_do_not_diverge():
    """Two weights of 1.5e308 have no finite sum."""
    net = chain((1.5e308, 1.5e308))
    history = net.fit([[0.0]], [[1.5e308]], 1, 0.1, loss="absolute_error", verbose=False)
    assert history["loss"] == [0.0]


def test_a_penalty_that_is_not_finite_is_named_with_its_layer():
    net = chain((1, 0), (1e200, 0), activation="tanh")
    net.layers[0].theta[:] = 0  # so that z is
    with pytest.raises(DivergenceError, match="penalty of layer 2 is not finite") as caught:
        net.fit([[1]], [[0]], 1, 0.1, loss="squared_error", penalty=Penalty(l2=1), verbose=False)
    assert (caught.value.layer, caught.value.quantity) == (2, "penalty")
    assert net.theta.tolist() == [0, 0, 1e200, 0]


@pytest.mark.parametrize("engine", ["reference", "compiled"])
@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("penalty", [None, Penalty(l2=0.1)], ids=["alone", "with a penalty"])
def test_losses_whose_sum_over_an_epoch_is_not_finite_are_named(engine, batch_size, penalty):
    """½·1.8e154² is 1.6e308: one has a sum, two have none."""
    net = chain((1, 0))
    x, y = np.zeros((4, 1)), np.full((4, 1), 1.8e154)
    options = {"loss": "squared_error", "batch_size": batch_size, "penalty": penalty}
    with pytest.raises(DivergenceError, match="loss after layer 1 is not finite") as caught:
        net.fit(x, y, 1, 1e-300, **options, engine=engine, verbose=False)
    assert (caught.value.epoch, caught.value.weights_epoch) == (1, 0)
    assert net.theta.tolist() == [1, 0]


def test_a_gradient_is_not_clipped_to_nothing_by_a_norm_that_overflows():
    net = chain((0, 1e100))
    options = {"loss": "squared_error", "clip_norm": 1.0, "verbose": False}
    with pytest.raises(DivergenceError, match="gradient norm after layer 1 is not finite"):
        net.fit([[1e100]], [[0]], 1, 0.1, **options)
    assert net.theta.tolist() == [0, 1e100]


# The error itself --------------------------------------------------------------------------


def test_the_message_says_where_what_and_what_to_try():
    error = DivergenceError(2, "dW", epoch=1)
    assert str(error) == (
        "training diverged in epoch 1: dW of layer 2 is not finite. The weights are the initial "
        "ones. Try a smaller learning rate, standardised inputs and targets, or another initializer"
    )
    assert isinstance(error, ValueError)


def test_the_error_can_be_pickled():
    error = DivergenceError(2, "dW", epoch=4)
    error.weights_epoch = 3
    again = pickle.loads(pickle.dumps(error))
    assert vars(again) == vars(error)
    assert str(again) == str(error)


def gradients(**changed):
    numbers = {name: np.ones((1, 1)) for name in Gradients._fields} | changed
    return Gradients(**numbers)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("field", "quantity"), [("dz", "dz"), ("d_weights", "dW"), ("d_biases", "db")]
)
def test_later_layers_gradients_come_first(bad, field, quantity):
    layers = chain((1, 1), (1, 1), (1, 1)).layers
    later = Gradients._fields[Gradients._fields.index(field) :]
    wrong, right = gradients(**dict.fromkeys(later, np.array([[bad]]))), gradients()
    with pytest.raises(DivergenceError, match=re.escape(f"{quantity} of layer 2 is not finite")):
        require_finite_step(layers, np.ones(1), [wrong, wrong, right])
    require_finite_step(layers, np.ones(1), [right] * 3)
