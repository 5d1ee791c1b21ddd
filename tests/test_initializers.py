import numpy as np
import pytest

from chainrule.initializers import INITIALIZERS, get_initializer, orthogonal, uniform

ROWS = pytest.mark.parametrize("name", INITIALIZERS)
N_IN, N_OUT = 300, 200

# name: the variance of a weight between 300 inputs and 200 neurons, and how it is spread
SPREAD = {
    "uniform": (1 / 3, "uniform"),
    "glorot_uniform": (2 / 500, "uniform"),
    "glorot_normal": (2 / 500, "normal"),
    "he_uniform": (2 / 300, "uniform"),
    "he_normal": (2 / 300, "normal"),
    "lecun_normal": (1 / 300, "normal"),
    "orthogonal": (1 / 300, "orthogonal"),  # 200 rows of length 1 with 300 entries each
}
KURTOSIS = {"uniform": 1.8, "normal": 3.0, "orthogonal": 3.0}  # E x⁴ / (E x²)²


@ROWS
@pytest.mark.parametrize("source", [np.random.default_rng, np.random.RandomState])
@pytest.mark.parametrize("shape", [(1, 1), (2, 5), (5, 2), (3, 3)])
def test_shapes(name, source, shape):
    n_neurons, n_inputs = shape
    weights, biases = INITIALIZERS[name](source(0), n_inputs, n_neurons)
    assert weights.shape == (n_neurons, n_inputs)
    assert biases.shape == (n_neurons, 1)
    assert weights.dtype == biases.dtype == np.float64
    assert weights.all()  # none is left 0


@ROWS
def test_mean_and_variance(name):
    variance, spread = SPREAD[name]
    weights, _ = INITIALIZERS[name](np.random.default_rng(0), N_IN, N_OUT)
    n = weights.size
    error_of_mean = np.sqrt(variance / n)
    error_of_variance = variance * np.sqrt((KURTOSIS[spread] - 1) / n)
    assert abs(weights.mean()) < 5 * error_of_mean
    assert abs((weights**2).mean() - variance) < 5 * error_of_variance


@ROWS
def test_the_tails(name):
    variance, spread = SPREAD[name]
    weights, _ = INITIALIZERS[name](np.random.default_rng(0), N_IN, N_OUT)
    largest = np.abs(weights).max() / np.sqrt(variance)
    if spread == "uniform":  # the share of 60 000 draws beyond 0.999 √3 is 0.001
        assert 0.999 * np.sqrt(3) < largest <= np.sqrt(3)
    else:  # of 60 000 normal draws about 4 lie beyond 4 standard deviations, 0.04 beyond 5
        assert 3.5 < largest < 6


@ROWS
def test_biases_are_0_but_in_the_plain_uniform(name):
    _, biases = INITIALIZERS[name](np.random.default_rng(0), 3, 50)
    if name == "uniform":
        assert biases.all()
        assert np.abs(biases).max() <= 1
        assert biases.min() < -0.8 < 0.8 < biases.max()
    else:
        assert not biases.any()


@pytest.mark.parametrize("shape", [(7, 3), (3, 7), (5, 5), (1, 4), (4, 1)])
def test_orthogonal_rows_or_columns_are_orthonormal(shape):
    n_neurons, n_inputs = shape
    weights, _ = orthogonal(np.random.default_rng(0), n_inputs, n_neurons)
    product = weights @ weights.T if n_neurons <= n_inputs else weights.T @ weights
    np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-14)


@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (2, 2)])
def test_orthogonal_has_no_preferred_sign(shape):
    rng = np.random.default_rng(0)
    draws = [np.sign(np.diag(orthogonal(rng, *shape)[0])) for _ in range(400)]
    assert (np.abs(np.mean(draws, axis=0)) < 5 / np.sqrt(400)).all()


def test_uniform_draws_weights_then_biases_from_the_global_generator():
    np.random.seed(7)  # the generator that plain scripts seed
    expected = np.random.uniform(-1, 1, (3, 2)), np.random.uniform(-1, 1, (3, 1))
    np.random.seed(7)
    weights, biases = uniform(np.random, 2, 3)
    np.testing.assert_array_equal(weights, expected[0])
    np.testing.assert_array_equal(biases, expected[1])


@ROWS
def test_the_module_is_a_source_too(name):
    np.random.seed(5)
    weights, biases = INITIALIZERS[name](np.random, 4, 3)
    again = INITIALIZERS[name](np.random.RandomState(5), 4, 3)
    np.testing.assert_array_equal(weights, again[0])
    np.testing.assert_array_equal(biases, again[1])


@ROWS
def test_same_seed_same_bits(name):
    def draw(seed):
        return np.hstack(INITIALIZERS[name](np.random.default_rng(seed), 4, 3))

    np.testing.assert_array_equal(draw(1), draw(1))
    assert (draw(1)[:, :4] != draw(2)[:, :4]).all()


@ROWS
def test_a_generator_leaves_the_global_one_alone(name):
    np.random.seed(0)
    INITIALIZERS[name](np.random.default_rng(0), 4, 3)
    assert np.random.uniform() == np.random.RandomState(0).uniform()


def test_the_table_is_kept_by_name():
    assert all(get_initializer(name) is row for name, row in INITIALIZERS.items())


def test_a_function_of_ones_own_is_an_initializer():
    def ones(rng, n_inputs, n_neurons):
        return np.ones((n_neurons, n_inputs)), np.zeros((n_neurons, 1))

    assert get_initializer(ones) is ones


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(
        ValueError, match=r"unknown initializer 'he_norml'; did you mean 'he_normal'\?"
    ):
        get_initializer("he_norml")


@pytest.mark.parametrize("thing", [None, 0.5])
def test_what_is_not_an_initializer_is_refused(thing):
    with pytest.raises(TypeError, match=r"a name or a function .*, got"):
        get_initializer(thing)
