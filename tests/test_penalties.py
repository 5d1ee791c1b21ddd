import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.penalties import NO_PENALTY, Penalty, get_penalty

W = np.array([[1.5, -2.0, 0.5], [-0.25, 3.0, -1.0]])


@pytest.mark.parametrize(
    ("penalty", "value"),
    [
        (Penalty(), 0.0),
        (Penalty(l1=0.5), 0.5 * 8.25),
        (Penalty(l2=0.5), 0.25 * (2.25 + 4 + 0.25 + 0.0625 + 9 + 1)),
        (Penalty(l1=0.5, l2=0.5), 4.125 + 4.140625),
    ],
)
def test_the_value_is_that_of_the_elastic_net(penalty, value):
    assert penalty.value(W) == pytest.approx(value, rel=1e-14)


@given(st.floats(0, 10), st.floats(0, 10))
def test_the_gradient_is_the_slope_of_the_value(l1, l2):
    penalty, h = Penalty(l1=l1, l2=l2), 1e-6
    slopes = np.empty_like(W)
    for place in np.ndindex(W.shape):
        above, below = W.copy(), W.copy()
        above[place] += h
        below[place] -= h
        slopes[place] = (penalty.value(above) - penalty.value(below)) / (2 * h)
    np.testing.assert_allclose(penalty.gradient(W), slopes, rtol=1e-6, atol=1e-6)


def test_at_zero_nothing_pulls():
    assert Penalty(l1=1.0, l2=1.0).gradient(np.zeros((1, 2))).tolist() == [[0, 0]]


def test_float32_stays_float32():
    assert Penalty(l1=0.1, l2=0.1).gradient(W.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize(("weight", "divided"), [(4.0, 0.25), (0.5, 2.0), (0.0, 0.0)])
def test_it_may_be_divided_by_the_weight_of_the_batch(weight, divided):
    assert Penalty(l2=1.0).scale(weight) == 1.0
    assert Penalty(l2=1.0, divided_by_batch=True).scale(weight) == divided


@pytest.mark.parametrize(
    ("penalty", "something"),
    [
        (NO_PENALTY, False),
        (Penalty(divided_by_batch=True), False),
        (Penalty(l1=1e-9), True),
        (Penalty(l2=1e-9), True),
    ],
)
def test_it_is_true_when_something_is_penalised(penalty, something):
    assert bool(penalty) is something


@pytest.mark.parametrize("name", ["l1", "l2"])
@pytest.mark.parametrize("bad", [-1e-9, np.nan, np.inf])
def test_what_is_no_strength_is_refused(name, bad):
    with pytest.raises(ValueError, match=f"{name} must be at least 0 and finite, got"):
        Penalty(**{name: bad})


def test_none_is_no_penalty_and_a_penalty_is_itself():
    penalty = Penalty(l1=1.0)
    assert get_penalty(None) is NO_PENALTY
    assert get_penalty(penalty) is penalty


@pytest.mark.parametrize("bad", [0.1, "l2", Penalty])
def test_anything_else_is_refused(bad):
    with pytest.raises(TypeError, match=r"a penalty is a Penalty such as Penalty\(l2=1e-4\), got"):
        get_penalty(bad)
