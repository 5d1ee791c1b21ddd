import copy
import pickle

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chainrule.activations import ACTIVATIONS, Activation, get_activation, ramp, relu, sigmoid

ROWS = pytest.mark.parametrize("row", ACTIVATIONS.values(), ids=repr)
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
GRID = np.linspace(-6.03, 6.05, 41).reshape(1, 41)  # 0 is not on it

# f'(0) where it jumps there: the value that is taken from the left
KINKED_AT_0 = {"relu": 0.0, "leaky_relu": 0.01, "selu": 1.7580993408473768599, "ramp": 0.0}

# worked out with 40 digits from the formulas of the papers: f(z), f'(z) at −1.5 and at 1.5
EXACT = {
    "identity": ((-1.5, 1.0), (1.5, 1.0)),
    "relu": ((0.0, 0.0), (1.5, 1.0)),
    "leaky_relu": ((-0.015, 0.01), (1.5, 1.0)),
    "elu": ((-0.77686983985157017107, 0.22313016014842982893), (1.5, 1.0)),
    "selu": (
        (-1.3658143533672527412, 0.39228498748012411875),
        (1.5760514810332207401, 1.0507009873554804934),
    ),
    "gelu": (
        (-0.10021080190328709901, -0.12746919222997952542),
        (1.399789198096712901, 1.1274691922299795254),
    ),
    "silu": (
        (-0.27363828570953451059, -0.04129415429914294436),
        (1.2263617142904654894, 1.0412941542991429444),
    ),
    "mish": (
        (-0.29809974216680675745, -0.064097815892258643134),
        (1.403378266395802585, 1.0884879850078476576),
    ),
    "softplus": (
        (0.2014132779827524095, 0.18242552380635634039),
        (1.7014132779827524095, 0.81757447619364365961),
    ),
    "sigmoid": (
        (0.18242552380635634039, 0.1491464520703328565),
        (0.81757447619364365961, 0.1491464520703328565),
    ),
    "tanh": (
        (-0.90514825364486643824, 0.1807066389236485306),
        (0.90514825364486643824, 0.1807066389236485306),
    ),
    "cos": (
        (0.070737201667702910088, 0.99749498660405443094),
        (0.070737201667702910088, -0.99749498660405443094),
    ),
    "ramp": ((0.0, 0.0), (1.0, 0.0)),
}

# name, z, f(z): where a careless formula keeps no digit
SMALL = [
    ("elu", -1e-12, -9.999999999995e-13),
    ("selu", -1e-12, -1.75809934084649782e-12),
    ("gelu", -10.0, -7.61985302416052606e-23),
    ("silu", -40.0, -1.6993417021166355909e-16),
    ("mish", -40.0, -1.6993417021166355945e-16),
    ("softplus", -40.0, 4.2483542552915889863e-18),
    ("sigmoid", -40.0, 4.2483542552915889773e-18),
]


def slope(f, z, h=1e-5):
    """Return f'(z) by central differences."""
    return (f(z + h) - f(z - h)) / (2 * h)


@ROWS
def test_the_derivative_is_the_slope_of_the_function(row):
    np.testing.assert_allclose(row.derivative(GRID), slope(row, GRID), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(
    "row", [row for row in ACTIVATIONS.values() if row.name not in KINKED_AT_0], ids=repr
)
def test_the_derivative_of_a_smooth_function_is_its_slope_at_0_too(row):
    np.testing.assert_allclose(row.derivative(0.0), slope(row, 0.0), atol=6e-6)


@pytest.mark.parametrize("name", KINKED_AT_0)
def test_a_kink_takes_the_derivative_from_the_left(name):
    assert ACTIVATIONS[name].derivative(0.0) == pytest.approx(KINKED_AT_0[name], rel=1e-15)


@ROWS
@given(z=st.floats(-30, 30))
@settings(deadline=None)
def test_the_derivative_is_the_slope_anywhere(row, z):
    assume(abs(z) > 1e-3 and abs(z - 1) > 1e-3)  # of ramp's kinks one is at 1
    assert row.derivative(z) == pytest.approx(slope(row, z), rel=1e-7, abs=2e-9)


def test_a_ramp_rises_between_its_kinks_alone():
    np.testing.assert_array_equal(ramp([-0.5, 0, 0.25, 1, 1.5]), [0, 0, 0.25, 1, 1])
    np.testing.assert_array_equal(ramp.derivative([-0.5, 0, 0.25, 1, 1.5]), [0, 0, 1, 0, 0])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_derivatives_have_all_their_digits(name):
    row = ACTIVATIONS[name]
    for z, (a, slope_at_z) in zip((-1.5, 1.5), EXACT[name], strict=True):
        assert row(z) == pytest.approx(a, rel=1e-14, abs=0)
        assert row.derivative(z) == pytest.approx(slope_at_z, rel=1e-14, abs=0)


@pytest.mark.parametrize(("name", "z", "a"), SMALL)
def test_small_values_keep_their_digits(name, z, a):
    assert ACTIVATIONS[name](z) == pytest.approx(a, rel=1e-13, abs=0)


@ROWS
@DTYPES
def test_extreme_z_stays_finite(row, dtype):
    z = np.array([[-800, -40, -0.0, 0, 40, 800]], dtype)
    assert np.isfinite(row(z)).all()
    assert np.isfinite(row.derivative(z)).all()
    assert np.abs(row.derivative(z)).max() < 1.76  # no row is steeper than selu at 0


@ROWS
def test_nan_is_not_hidden(row):
    z = np.array([np.nan, 1.0])
    assert np.isnan(row(z)).tolist() == [True, False]


@ROWS
@DTYPES
def test_the_dtype_and_the_shape_stay(row, dtype):
    z = GRID.astype(dtype)
    for result in (row(z), row.derivative(z)):
        assert result.dtype == dtype
        assert result.shape == z.shape


@ROWS
def test_float32_agrees_with_float64(row):
    z = GRID.astype(np.float32)
    np.testing.assert_allclose(row(z), row(z.astype(float)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        row.derivative(z), row.derivative(z.astype(float)), rtol=1e-5, atol=1e-6
    )


@ROWS
@pytest.mark.parametrize("z", [[-2, 0, 3], np.array([-2, 0, 3], np.int8), np.float16([-2, 0, 3])])
def test_other_numbers_become_float64(row, z):
    assert row(z).dtype == row.derivative(z).dtype == np.float64
    np.testing.assert_array_equal(row(z), row(np.array([-2.0, 0.0, 3.0])))


@ROWS
def test_z_is_left_alone(row):
    z = GRID.copy()
    results = row(z), row.derivative(z)
    for result in results:
        assert not np.shares_memory(result, z)
    np.testing.assert_array_equal(z, GRID)


@ROWS
@pytest.mark.parametrize(
    "repeat", [copy.copy, copy.deepcopy, lambda row: pickle.loads(pickle.dumps(row))]
)
def test_a_copied_or_pickled_row_is_the_same_row(row, repeat):
    assert repeat(row) == row
    np.testing.assert_array_equal(repeat(row)(GRID), row(GRID))


def test_the_table_is_kept_by_name():
    assert [row.name for row in ACTIVATIONS.values()] == list(ACTIVATIONS)
    assert all(get_activation(name) is row for name, row in ACTIVATIONS.items())
    assert repr(relu) == "relu"


def test_an_activation_of_ones_own_works_like_a_row():
    square = Activation("square", lambda z: z * z, lambda z, a: 2 * z)
    assert get_activation(square) is square
    assert square([3, -1]).tolist() == [9, 1]
    assert square.derivative([3, -1]).tolist() == [6, -2]


def test_df_gets_the_value_of_f():
    exp = Activation("exp", np.exp, lambda z, a: a)
    assert exp.derivative(1.5) == np.exp(1.5)


def test_a_plain_class_with_derivative_is_an_activation():
    class Cube:
        def __call__(self, z):
            return z**3

        def derivative(self, z):
            return 3 * z**2

    cube = Cube()
    assert get_activation(cube) is cube


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(ValueError, match=r"unknown activation 'sigmod'; did you mean 'sigmoid'\?"):
        get_activation("sigmod")


class OnlyDerivative:
    derivative = np.cos


@pytest.mark.parametrize("thing", [None, 3, np.tanh, sigmoid.derivative, OnlyDerivative()])
def test_what_has_no_derivative_is_no_activation(thing):
    with pytest.raises(TypeError, match=r"derivative\(z\), got .*write Activation\(name, f, df\)"):
        get_activation(thing)
