import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.dropout import mask, philox, rates

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)

# kat_vectors of the authors' Random123, philox4x32 with 10 rounds: counter, key, words
KNOWN_ANSWERS = [
    ("0 0 0 0", "0 0", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    (" ".join(4 * ["ffffffff"]), " ".join(2 * ["ffffffff"]), "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


def numbers(words):
    return [int(word, 16) for word in words.split()]


def words_of(counter, key):
    return [int(word) for word in philox(tuple(np.array(c, np.uint64) for c in counter), key)]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(counter, key, words):
    assert words_of(numbers(counter), tuple(numbers(key))) == numbers(words)


def test_philox_takes_many_counters_at_once():
    counters = np.random.default_rng(0).integers(0, 2**32, (4, 5, 3), dtype=np.uint64)
    together = np.array(philox(tuple(counters), (7, 8)))
    assert together.shape == (4, 5, 3)
    for at in np.ndindex(5, 3):
        assert together[:, *at].tolist() == words_of(counters[:, *at], (7, 8))


@given(
    seed=st.integers(0, 2**64 - 1),
    t=st.integers(1, 2**33),
    layer=st.integers(0, 5),
    rate=st.floats(0, 0.99),
    n_inputs=st.integers(1, 9),
    m=st.integers(1, 5),
)
def test_every_entry_is_decided_by_its_own_word(*, seed, t, layer, rate, n_inputs, m):
    drawn = mask(seed, t, layer, rate, (n_inputs, m), FLOAT64)
    assert drawn.shape == (n_inputs, m)
    key = seed % 2**32, seed // 2**32
    for r, s in np.ndindex(n_inputs, m):
        word = words_of((s, r // 4, layer, t % 2**32), key)[r % 4]
        assert drawn[r, s] == (1 / (1 - rate) if word >= round(rate * 2**32) else 0)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_share_that_is_left_out_is_the_rate(rate):
    drawn = mask(3, 1, 0, rate, (500, 400), FLOAT64)
    error = 5 * np.sqrt(rate * (1 - rate) / drawn.size)  # five standard deviations
    assert (drawn == 0).mean() == pytest.approx(rate, abs=error)
    assert drawn.mean() == pytest.approx(1, abs=error / (1 - rate))


PLACES = [(0, 1, 0), (1, 1, 0), (2**32, 1, 0), (0, 2, 0), (0, 1, 1)]  # seed, step, layer


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(PLACES, 2)))
def test_seed_step_and_layer_each_give_another_mask(one, other):
    first, second, again = (mask(*at, 0.5, (20, 20), FLOAT64) for at in (one, other, one))
    np.testing.assert_array_equal(first, again)
    assert 0.3 < (first == second).mean() < 0.7


def test_at_rate_zero_all_are_kept_as_they_are():
    np.testing.assert_array_equal(mask(0, 1, 0, 0.0, (5, 3), FLOAT64), np.ones((5, 3)))


def test_at_a_rate_next_to_one_none_is_kept():
    assert not mask(0, 1, 0, float(np.nextafter(1, 0)), (5, 3), FLOAT64).any()


def test_float32_masks_keep_the_same_inputs():
    single, double = (mask(0, 1, 0, 0.3, (9, 7), dtype) for dtype in (FLOAT32, FLOAT64))
    assert single.dtype == FLOAT32
    np.testing.assert_array_equal(single, double.astype(FLOAT32))


# Rates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dropout", "n_layers", "expected"),
    [
        (0.0, 3, ()),
        (0, 1, ()),
        (0.5, 2, (0.0, 0.5)),
        (0.5, 4, (0.0, 0.5, 0.5, 0.5)),
        (np.float32(0.5), 2, (0.0, 0.5)),
        ([0.1, 0.5], 2, (0.1, 0.5)),
        ((0, 0), 2, ()),
        ([0.2], 1, (0.2,)),
        (np.array([0.25, 0.5]), 2, (0.25, 0.5)),
    ],
)
def test_rates_are_one_for_each_layers_inputs(dropout, n_layers, expected):
    given_rates = rates(dropout, n_layers)
    assert given_rates == expected
    assert all(type(rate) is float for rate in given_rates)


@pytest.mark.parametrize(
    ("dropout", "n_layers", "error", "message"),
    [
        (1.0, 2, ValueError, "dropout must be in [0, 1), got 1.0"),
        (-0.1, 2, ValueError, "dropout must be in [0, 1), got -0.1"),
        (float("nan"), 2, ValueError, "dropout must be in [0, 1), got nan"),
        ([0.5, 1.5], 2, ValueError, "dropout must be in [0, 1), got 1.5"),
        ([0.5], 2, ValueError, "dropout has 1 rates for 2 layers; give one for each"),
        (0.5, 1, ValueError, "there are none; write dropout=[0.5] to leave out inputs"),
        ("0.5", 2, TypeError, "dropout is a rate or one rate for each layer, got '0.5'"),
        (None, 2, TypeError, "dropout is a rate or one rate for each layer, got None"),
        (True, 2, TypeError, "a dropout rate is a number, got True"),
        ([0.5, "a"], 2, TypeError, "a dropout rate is a number, got 'a'"),
        (np.eye(2), 2, TypeError, "a dropout rate is a number, got array("),
    ],
)
def test_what_is_no_rate_is_refused(dropout, n_layers, error, message):
    with pytest.raises(error, match=re.escape(message)):
        rates(dropout, n_layers)
