import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from chainrule.scale import Scale, learn_scale

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def test_as_scikit_learn_does():
    values = np.random.default_rng(0).normal(5.0, 300.0, 1000)
    expected = StandardScaler().fit_transform(values[:, np.newaxis])[:, 0]
    assert learn_scale(values).standardise(values) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("size", [1e308, 1.0, 1e-200, 5e-324])
def test_values_of_any_size(size):
    values = np.array([0.0, size, 0.0, size])
    scale = learn_scale(values)
    assert list(scale.standardise(values)) == [-1.0, 1.0, -1.0, 1.0]
    assert list(scale.restore(scale.standardise(values))) == list(values)


def test_values_of_both_signs_whose_difference_overflows():
    values = np.array([-1.7e308, 1.7e308])
    assert list(learn_scale(values).standardise(values)) == [-1.0, 1.0]


@pytest.mark.parametrize("value", [0.0, 0.1, 1e308, -1e-320])
def test_equal_values_do_not_vary(value):
    assert not learn_scale(np.full(1001, value)).varies


def test_neighbouring_values_vary():
    values = np.array([0.1, np.nextafter(0.1, 1)] * 50)
    assert learn_scale(values).varies
    assert np.abs(learn_scale(values).standardise(values)).max() <= 10.0


@given(values=st.lists(FINITE, min_size=2, max_size=9, unique=True), other=FINITE)
def test_finite_and_within_the_format(values, other):
    scale = learn_scale(np.array(values))
    assert scale.varies
    assert msgspec.json.decode(msgspec.json.encode(scale), type=Scale) == scale
    z = scale.standardise(np.array([*values, other]))
    assert np.isfinite(z).all()
    assert np.abs(z[:-1]).max() <= len(values) ** 0.5 + 1e-6
    assert np.isfinite(scale.restore(z * 1e5)).all()
