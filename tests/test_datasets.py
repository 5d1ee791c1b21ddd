import numpy as np
import pytest

from chainrule.datasets import make_circles


def radii(X):
    return np.hypot(*X.T)


@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_shapes_and_labels(n):
    X, y = make_circles(n, rng=0)
    assert X.shape == (n, 2)
    assert y.shape == (n, 1)
    assert X.dtype == y.dtype == np.float64
    assert sorted(y[:, 0]) == [0] * ((n + 1) // 2) + [1] * (n // 2)


def test_without_noise_the_points_lie_on_the_circles():
    X, y = make_circles(50, noise=0, radius=0.3, rng=0)
    np.testing.assert_allclose(radii(X), np.where(y[:, 0] == 1, 0.3, 1.0), rtol=1e-14)


def test_the_default_radius_is_a_half():
    X, y = make_circles(noise=0, rng=0)
    assert len(X) == 1000
    np.testing.assert_allclose(radii(X)[y[:, 0] == 1], 0.5, rtol=1e-14)


@pytest.mark.parametrize("label", [0, 1])
def test_the_points_lie_all_around(label):
    X, y = make_circles(2000, noise=0, rng=0)
    directions = X[y[:, 0] == label] / radii(X)[y[:, 0] == label, np.newaxis]
    assert np.abs(directions.mean(axis=0)).max() < 5 * np.sqrt(0.5 / 1000)
    assert np.abs((directions**2).mean(axis=0) - 0.5).max() < 5 * np.sqrt(0.125 / 1000)


@pytest.mark.parametrize(("options", "deviation"), [({}, 0.05), ({"noise": 0.2}, 0.2)])
def test_noise_is_the_standard_deviation_in_each_direction(options, deviation):
    X, _ = make_circles(20_000, **options, rng=0)
    moved = (X - make_circles(20_000, noise=0, rng=0)[0]) / deviation
    assert np.abs((moved**2).mean(axis=0) - 1).max() < 5 * np.sqrt(2 / 20_000)
    assert abs((moved[:, 0] * moved[:, 1]).mean()) < 5 / np.sqrt(20_000)


def test_same_seed_same_points():
    first, again, other = (make_circles(9, rng=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0], again[0])
    assert (first[0] != other[0]).all()


def test_a_generator_goes_on():
    rng = np.random.default_rng(1)
    first, second = make_circles(9, rng=rng), make_circles(9, rng=rng)
    np.testing.assert_array_equal(first[0], make_circles(9, rng=1)[0])
    assert (first[0] != second[0]).all()


def test_without_rng_the_global_generator_draws():
    np.random.seed(3)  # the generator that plain scripts seed
    X, _ = make_circles(9)
    np.testing.assert_array_equal(X, make_circles(9, rng=np.random.RandomState(3))[0])


def test_what_is_not_a_source_of_random_numbers_is_refused():
    with pytest.raises(TypeError, match="rng is a seed"):
        make_circles(9, rng="seed")
