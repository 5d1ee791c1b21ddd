import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from chainrule.arrays import finite_rows

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64])
def test_no_copy_of_what_has_the_dtype_already(dtype):
    values = np.ones((3, 2), dtype)
    assert finite_rows("x", values, 2, dtype) is values
    assert np.shares_memory(finite_rows("x", values[:, 0], 1, dtype), values)


@pytest.mark.parametrize(
    "values",
    [
        [[1, 0], [0, 1]],
        [[True, False], [False, True]],
        np.eye(2, dtype=np.uint8),
        np.eye(2, dtype=np.float16),
        np.eye(2, dtype=np.longdouble),
        np.eye(2, dtype=">f8"),
    ],
)
@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64])
def test_all_kinds_of_numbers_become_the_dtype(values, dtype):
    rows = finite_rows("x", values, 2, dtype)
    assert rows.dtype == dtype
    assert rows.tolist() == [[1, 0], [0, 1]]


def test_one_column_may_be_flat():
    assert finite_rows("y", [3, 4], 1, FLOAT64).tolist() == [[3], [4]]


@pytest.mark.parametrize(
    ("values", "n_columns", "shape"),
    [
        ([], 1, (0, 1)),
        (np.empty((0, 2)), 2, (0, 2)),
        ([1.0, 2.0], 2, (2,)),
        (3.0, 1, ()),
        ([[1.0, 2.0]], 1, (1, 2)),
        ([[1.0], [2.0]], 2, (2, 1)),
        ([[[1.0]]], 1, (1, 1, 1)),
    ],
)
def test_another_shape_is_refused(values, n_columns, shape):
    message = f"x must have the shape (n, {n_columns}) with at least one row, got {shape}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        finite_rows("x", values, n_columns, FLOAT64)


@given(
    shape=arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    n_columns=st.integers(1, 4),
)
@settings(deadline=None)
def test_a_shape_is_taken_or_refused(shape, n_columns):
    values = np.ones(shape)
    flat = n_columns == 1 and len(shape) == 1
    if shape and shape[0] > 0 and (flat or shape[1:] == (n_columns,)):
        assert finite_rows("x", values, n_columns, FLOAT64).shape == (shape[0], n_columns)
    else:
        with pytest.raises(ValueError, match="x must have the shape"):
            finite_rows("x", values, n_columns, FLOAT64)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([["a"]], "<U1"),
        ([[None]], "object"),
        ([[1j]], "complex128"),
        (np.array([["2020-01-01"]], "M8[D]"), r"datetime64\[D\]"),
        (np.array([[1]], "m8[s]"), r"timedelta64\[s\]"),
    ],
)
def test_what_is_no_number_is_refused(values, dtype):
    with pytest.raises(TypeError, match=f"^labels must be numbers, got an array of {dtype}$"):
        finite_rows("labels", values, 1, FLOAT64)


def test_rows_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match=r"^x must have rows of one length, got \[\[1, 2\], \[3\]"):
        finite_rows("x", [[1, 2], [3]], 2, FLOAT64)


def test_a_long_message_is_cut():
    with pytest.raises(ValueError, match="rows of one length") as caught:
        finite_rows("x", [[1] * 1000, [3]], 2, FLOAT64)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@given(row=st.integers(0, 4), column=st.integers(0, 2))
@settings(deadline=None)
def test_the_first_value_that_is_not_finite_is_named(bad, row, column):
    values = np.ones((5, 3))
    values[row, column] = bad
    values[row + 1 :] = np.nan
    message = f"x must be finite, got {bad} in row {row}, column {column} (counted from 0); remove"
    with pytest.raises(ValueError, match=re.escape(message)):
        finite_rows("x", values, 3, FLOAT64)


@pytest.mark.parametrize("values", [[1.0, -1e300], [[1.0], [-1e300]]])
def test_what_is_too_large_for_float32_is_named_as_it_was(values):
    assert finite_rows("x", values, 1, FLOAT64).shape == (2, 1)
    with pytest.raises(ValueError, match=r"finite.*, got -1e\+300 in row 1, column 0"):
        finite_rows("x", values, 1, FLOAT32)


@given(arrays.arrays(np.float64, (4, 2), elements=st.floats(-1e30, 1e30)))
@settings(deadline=None)
def test_values_stay(values):
    np.testing.assert_array_equal(finite_rows("x", values, 2, FLOAT64), values)
    np.testing.assert_array_equal(finite_rows("x", values, 2, FLOAT32), values.astype(np.float32))
