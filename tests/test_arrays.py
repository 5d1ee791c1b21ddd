import re

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from chainrule.arrays import finite_features, finite_rows, weights_of_rows

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


# Sparse rows -------------------------------------------------------------------------------

SPARSE = [sp.csr_array, sp.csr_matrix, sp.csc_array, sp.coo_matrix, sp.lil_array, sp.dok_array]


@pytest.mark.parametrize("make", SPARSE)
@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64])
def test_sparse_rows_become_csr_of_the_dtype(make, dtype):
    values = np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 3.0]])
    rows = finite_features("x", make(values), 3, dtype)
    assert (rows.format, rows.dtype) == ("csr", dtype)
    assert rows.toarray().tolist() == values.tolist()


def test_dense_rows_stay_dense():
    values = np.ones((3, 2))
    assert finite_features("x", values, 2, FLOAT64) is values


def test_no_copy_of_canonical_rows_of_the_dtype():
    rows = sp.csr_array(np.eye(3))
    assert np.shares_memory(finite_features("x", rows, 3, FLOAT64).data, rows.data)


@pytest.mark.parametrize("value", [np.float64, np.int8])
@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64])
def test_columns_are_sorted_and_duplicates_are_summed_in_a_copy(value, dtype):
    data = np.array([100, 1, 100, 2], dtype=value)
    rows = sp.csr_array((data, [2, 0, 2, 1], [0, 3, 4]), shape=(2, 3))
    result = finite_features("x", rows, 3, dtype)
    assert result.toarray().tolist() == [[1, 0, 200], [0, 2, 0]]
    assert result.indices.tolist() == [0, 2, 1]
    assert result.has_canonical_format
    assert rows.data.tolist() == [100, 1, 100, 2]
    assert rows.indices.tolist() == [2, 0, 2, 1]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@given(row=st.integers(0, 4), column=st.integers(0, 2))
def test_the_first_sparse_value_that_is_not_finite_is_named(bad, row, column):
    values = np.zeros((5, 3))
    values[row, column] = bad
    message = f"x must be finite, got {bad} in row {row}, column {column} (counted from 0); remove"
    with pytest.raises(ValueError, match=re.escape(message)):
        finite_features("x", sp.csr_array(values), 3, FLOAT64)


def test_a_sparse_value_too_large_for_float32_is_named_as_it_was():
    rows = sp.coo_array(([-1e300], ([1], [2])), shape=(2, 3))
    with pytest.raises(ValueError, match=r"finite in float32, got -1e\+300 in row 1, column 2"):
        finite_features("x", rows, 3, FLOAT32)


def test_duplicates_whose_sum_overflows_are_refused():
    rows = sp.coo_array(([1e308, 1e308], ([1, 1], [2, 2])), shape=(2, 3))
    with pytest.raises(ValueError, match="x must be finite, got inf in row 1, column 2"):
        finite_features("x", rows, 3, FLOAT64)


@pytest.mark.parametrize("shape", [(2, 2), (0, 3)])
def test_another_sparse_shape_is_refused(shape):
    with pytest.raises(
        ValueError, match=re.escape(f"shape (n, 3) with at least one row, got {shape}")
    ):
        finite_features("x", sp.csr_array(shape), 3, FLOAT64)


def test_sparse_complex_numbers_are_refused():
    with pytest.raises(TypeError, match="x must be numbers, got an array of complex128"):
        finite_features("x", sp.csr_array([[1j]]), 1, FLOAT64)


def test_labels_are_never_sparse():
    with pytest.raises(TypeError, match=r"labels must be a dense array.*pass labels.toarray\(\)"):
        finite_rows("labels", sp.csr_array([[1.0]]), 1, FLOAT64)


# Weights -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64])
@pytest.mark.parametrize("values", [[0, 2, 1], [[0], [2], [1]], np.array([False, True, True]) * 1])
def test_weights_are_one_for_each_row(values, dtype):
    weights = weights_of_rows("sample_weight", values, 3, dtype)
    assert (weights.shape, weights.dtype) == ((3,), dtype)
    assert weights.tolist() == np.ravel(values).tolist()


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([1, 2], ValueError, "sample_weight has 2 numbers for 3 rows; give one for each"),
        (1.0, ValueError, "sample_weight must have the shape"),
        (np.ones((3, 2)), ValueError, "sample_weight must have the shape"),
        ([1, -0.5, 1], ValueError, "sample_weight must be at least 0, got -0.5 in row 1"),
        ([1, np.nan, 1], ValueError, "sample_weight must be finite, got nan in row 1"),
        ([0, 0, 0], ValueError, "sample_weight is 0 for all rows; give a positive weight"),
        ([1e308] * 3, ValueError, "sample_weight must have a sum above 0 and finite, got inf"),
        (["a"] * 3, TypeError, "sample_weight must be numbers"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(values, error, message):
    with pytest.raises(error, match=re.escape(message)):
        weights_of_rows("sample_weight", values, 3, FLOAT64)
