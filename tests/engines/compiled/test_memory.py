"""Where arrays begin: at cache lines, and rows where they do not push each other out."""

import os

import numpy as np
import pytest

from chainrule.engines.compiled.memory import Memory, address

LINE = 64


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("rows", "columns"), [(1, 1), (3, 4), (5, 40), (8, 64), (7, 256), (4, 784)]
)
def test_rows_lie_an_odd_number_of_lines_apart(rows, columns, dtype):
    array = Memory().zeros_in_rows(rows, columns, dtype)
    assert array.shape == (rows, columns)
    assert array.dtype == dtype
    if "CHAINRULE_FENCE" not in os.environ:  # which ends an array at a page, wherever it begins
        assert address(array) % LINE == 0
    apart, used = array.strides[0], columns * array.itemsize
    assert used <= apart < used + 2 * LINE
    if used > 2 * LINE:
        assert apart % LINE == 0
        assert apart // LINE % 2 == 1
    array[:] = np.arange(rows * columns).reshape(rows, columns)  # no two numbers at one place
    np.testing.assert_array_equal(array.ravel(), np.arange(rows * columns))


def test_the_lines_of_a_column_are_spread_over_the_cache():
    """A cache of 64 sets: of 256 rows, no set gets more than its even share."""
    array = Memory().zeros_in_rows(256, 256, np.float64)
    sets = np.array([address(row) // LINE % 64 for row in array])
    assert np.bincount(sets, minlength=64).max() == 256 // 64
