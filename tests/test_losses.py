import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.symbol import Symbol
from scipy import special
from sklearn import metrics

from chainrule import activations
from chainrule.activations import ACTIVATIONS, Activation, identity, relu, sigmoid, softplus, tanh
from chainrule.losses import (
    LOSSES,
    Loss,
    absolute_error,
    binary_cross_entropy,
    get_loss,
    huber,
    log_cosh,
    poisson,
    quantile,
    softmax_cross_entropy,
    squared_error,
)

ALL = [
    *((name, loss) for name, loss in LOSSES.items()),
    ("label_smoothing=0.1", softmax_cross_entropy(label_smoothing=0.1)),
    ("delta=0.3", huber(delta=0.3)),
    ("delta=2.5", huber(delta=2.5)),
    ("q=0.1", quantile(0.1)),
    ("q=0.9", quantile(0.9)),
]
EVERY = pytest.mark.parametrize("loss", [loss for _, loss in ALL], ids=[name for name, _ in ALL])
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
WITHOUT_LINK = [squared_error, absolute_error, huber(0.3), log_cosh, quantile(0.9)]


def labels_for(loss, shape, rng):
    """Return random y of a kind that the loss allows: the widest of four."""
    candidates = (
        rng.normal(0, 2, shape),
        rng.integers(0, 7, shape).astype(float),
        rng.uniform(0, 1, shape),
        rng.dirichlet(np.ones(shape[0]), shape[1]).T,
    )
    return next(y for y in candidates if loss.allows(y).all())


def slope(value, z, h=1e-5):
    """Return ∂value/∂z of shape (n_outputs, m) by central differences, one output at a time."""
    steps = h * np.eye(len(z))[:, :, np.newaxis]
    return np.stack([(value(z + step) - value(z - step)) / (2 * h) for step in steps])


@EVERY
@pytest.mark.parametrize("seed", range(3))
def test_dz_is_the_slope_of_the_value(loss, seed):
    rng = np.random.default_rng(seed)
    z, y = rng.normal(0, 2, (3, 11)), labels_for(loss, (3, 11), rng)
    np.testing.assert_allclose(
        loss.dz(z, y), slope(lambda z: loss.value(z, y), z), rtol=1e-7, atol=1e-8
    )


@EVERY
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.1, 1.0, 3.0]))
@settings(deadline=None)
def test_dz_is_the_slope_of_the_value_anywhere(loss, seed, scale):
    rng = np.random.default_rng(seed)
    z, y = rng.normal(0, scale, (2, 5)), labels_for(loss, (2, 5), rng)
    r = np.abs(z - y)
    kinks = [0, 0.3, 1, 2.5]
    away = np.min([np.abs(r - kink) for kink in kinks], axis=0) > 1e-4
    dz, expected = loss.dz(z, y), slope(lambda z: loss.value(z, y), z)
    rounding = 1e-9 * loss.value(z, y).max()  # of the value, divided by the step
    np.testing.assert_allclose(dz[away], expected[away], rtol=1e-6, atol=1e-7 + rounding)


@EVERY
def test_a_value_for_each_sample_and_a_dz_for_each_z(loss):
    z = np.zeros((3, 5))
    y = labels_for(loss, z.shape, np.random.default_rng(0))
    assert loss.value(z, y).shape == (5,)
    assert loss.dz(z, y).shape == loss.link(z).shape == (3, 5)


@EVERY
@DTYPES
@pytest.mark.parametrize("extreme", [-800, -40, 0, 40, 800])
def test_extreme_z_stays_finite(loss, dtype, extreme):
    z = np.full((3, 7), extreme, dtype)
    z[1, ::2] *= -1
    y = np.tile(np.eye(3, dtype=dtype), 3)[:, :7]  # allowed by every loss
    assert loss.allows(y).all()
    for result in (loss.value(z, y), loss.dz(z, y), loss.link(z)):
        assert np.isfinite(result).all()
        assert result.dtype == dtype
    assert (loss.value(z, y) >= 0).all()


@EVERY
def test_z_and_y_are_left_alone(loss):
    rng = np.random.default_rng(0)
    z, y = rng.normal(0, 2, (3, 4)), labels_for(loss, (3, 4), rng)
    before = z.copy(), y.copy()
    loss.value(z, y), loss.dz(z, y)
    np.testing.assert_array_equal((z, y), before)


@EVERY
def test_float32_agrees_with_float64(loss):
    rng = np.random.default_rng(1)
    z = rng.normal(0, 2, (3, 9)).astype(np.float32)
    y = labels_for(loss, z.shape, rng).astype(np.float32)
    wide = z.astype(float), y.astype(float)
    np.testing.assert_allclose(loss.value(z, y), loss.value(*wide), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(loss.dz(z, y), loss.dz(*wide), rtol=1e-5, atol=1e-5)


@EVERY
@pytest.mark.parametrize("repeat", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copied_or_pickled_loss_computes_the_same(loss, repeat):
    z, y = np.array([[0.5, -2.0], [1.5, 0.25]]), np.eye(2)
    again = repeat(loss)
    assert again.name == loss.name
    np.testing.assert_array_equal(again.value(z, y), loss.value(z, y))
    np.testing.assert_array_equal(again.dz(z, y), loss.dz(z, y))
    np.testing.assert_array_equal(again.link(z), loss.link(z))


# Values --------------------------------------------------------------------------------------

LOG_3 = 1.0986122886681098
WORKED = [
    # binary cross-entropy: log(1 + exp(∓1.5)), a soft label between, and log 2 at z = 0
    (binary_cross_entropy, [1.5], [1.0], 0.2014132779827524095),
    (binary_cross_entropy, [1.5], [0.0], 1.7014132779827524095),
    (binary_cross_entropy, [1.5], [0.25], 1.3264132779827524095),
    (binary_cross_entropy, [0.0, 0.0], [1.0, 0.0], 2 * 0.6931471805599453),
    # softmax of (0.5, −1.25, 2): −log p = 1.7326…, 3.4826…, 0.2326…
    (softmax_cross_entropy(), [0.5, -1.25, 2.0], [0, 1, 0], 3.4826219831020326765),
    (softmax_cross_entropy(), [0.5, -1.25, 2.0], [0.5, 0, 0.5], 0.98262198310203267647),
    # 0.7 + 0.3/3 = 0.8 of the right class and 0.1 of each other one
    (softmax_cross_entropy(0.3), [0.5, -1.25, 2.0], [0, 0, 1], 0.70762198310203267647),
    (softmax_cross_entropy(0.3), [0.0, 0.0, 0.0], [0, 0, 1], LOG_3),
    (squared_error, [3.0, -1.0], [1.0, 2.0], 6.5),
    (absolute_error, [3.0, -1.0], [1.0, 2.0], 5.0),
    # |r| = 0.5, 1 and 3: ½r², ½ from both sides, δ(|r| − ½δ)
    (huber(), [0.5, -1.0, 3.0], [0, 0, 0], 0.125 + 0.5 + 2.5),
    (huber(2.0), [0.5, -1.0, 3.0], [0, 0, 0], 0.125 + 0.5 + 4.0),
    (log_cosh, [0.75], [0.0], 0.25826609742280710008),
    (log_cosh, [1.0], [1.75], 0.25826609742280710008),
    (log_cosh, [800.0], [0.0], 799.30685281944005469),
    (quantile(0.9), [0.0, 0.0], [2.0, -3.0], 2.1),  # 0.9·2 + 0.1·3
    (quantile(0.25), [0.0, 0.0], [2.0, -4.0], 3.5),  # 0.25·2 + 0.75·4
    (quantile([0.9, 0.25]), [0.0, 0.0], [2.0, -4.0], 4.8),  # 0.9·2 + 0.75·4
    (poisson, [0.5], [3.0], 0.44455813670445722103),
    (poisson, [0.0], [0.5], 0.15342640972002734),  # 1 − ½ − ½ log 2
    (poisson, [0.5, 0.0], [0.0, 1.0], 1.6487212707001281468),  # exp(½) − 0 and 1 − 1
]


@pytest.mark.parametrize(("loss", "z", "y", "value"), WORKED)
def test_values_worked_by_hand(loss, z, y, value):
    z, y = np.array([z]).T, np.array([y], float).T
    assert loss.value(z, y) == pytest.approx(value, rel=1e-14)


def test_every_row_has_a_value_worked_by_hand():
    assert {loss.name for loss, *_ in WORKED} == set(LOSSES)


def columns(seed, n_outputs=1):
    return np.random.default_rng(seed).normal(0, 2, (n_outputs, 30))


def test_binary_cross_entropy_is_the_log_loss():
    z, y = columns(0), (columns(1) > 0).astype(float)
    expected = metrics.log_loss(y[0], special.expit(z[0]))
    assert binary_cross_entropy.value(z, y).mean() == pytest.approx(expected, rel=1e-12)


def test_binary_cross_entropy_of_many_labels_is_the_sum_over_them():
    z, y = columns(0, 4), (columns(1, 4) > 0).astype(float)
    y[:, 0] = 1.0  # more than one label at once
    expected = sum(metrics.log_loss(y[k], special.expit(z[k])) for k in range(4))
    assert binary_cross_entropy.value(z, y).mean() == pytest.approx(expected, rel=1e-12)


def test_softmax_cross_entropy_is_the_log_loss():
    z, classes = columns(0, 3), np.arange(30) % 3
    expected = metrics.log_loss(classes, special.softmax(z, axis=0).T)
    value = softmax_cross_entropy().value(z, np.eye(3)[:, classes])
    assert value.mean() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("loss", "metric", "times"),
    [
        (squared_error, metrics.mean_squared_error, 2),
        (absolute_error, metrics.mean_absolute_error, 1),
        (quantile(0.5), metrics.mean_absolute_error, 2),
        *(
            (quantile(q), lambda y, z, q=q: metrics.mean_pinball_loss(y, z, alpha=q), 1)
            for q in (0.05, 0.5, 0.9)
        ),
        *(
            (huber(delta), lambda y, z, d=delta: special.huber(d, z - y).mean(), 1)
            for delta in (0.3, 1.0, 4.0)
        ),
        (log_cosh, lambda y, z: np.log(np.cosh(z - y)).mean(), 1),
    ],
)
def test_regression_losses_agree_with_other_libraries(loss, metric, times):
    z, y = columns(0), columns(1)
    assert times * loss.value(z, y).mean() == pytest.approx(metric(y[0], z[0]), rel=1e-12)


def test_poisson_is_half_the_deviance():
    z, y = columns(0), np.maximum(columns(1), 0)
    assert (y == 0).any()
    expected = metrics.mean_poisson_deviance(y[0], np.exp(z[0]))
    assert 2 * poisson.value(z, y).mean() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("z", "y"), [(40.0, 1.0), (-40.0, 0.0)])
def test_the_loss_of_a_sure_and_right_answer_keeps_its_digits(z, y):
    value = binary_cross_entropy.value(np.array([[z]]), np.array([[y]]))
    assert value == pytest.approx(4.2483542552915889863e-18, rel=1e-12, abs=0)


@pytest.mark.parametrize(("z", "y"), [(-40.0, 1.0), (40.0, 0.0), (-800.0, 1.0), (800.0, 0.0)])
def test_the_loss_of_a_sure_and_wrong_answer_is_the_margin(z, y):
    assert binary_cross_entropy.value(np.array([[z]]), np.array([[y]])) == abs(z)


def test_log_cosh_of_a_small_error_keeps_its_digits():
    r = np.array([[1e-9, -1e-6, 1e-3]])
    expected = [5e-19, 4.9999999999991666667e-13, 4.9999991666668888888e-07]
    np.testing.assert_allclose(log_cosh.value(r, np.zeros((1, 3))), expected, rtol=1e-12)


@DTYPES
def test_log_cosh_is_never_negative(dtype):
    r = np.logspace(-9, 1, 2001).astype(dtype)[np.newaxis]
    assert (np.diff(log_cosh.value(r, np.zeros_like(r))) >= 0).all()
    assert log_cosh.value(r, r).tolist() == [0.0] * 2001


def test_the_slope_of_a_kinked_loss_at_its_kink_is_0():
    z = np.array([[1.5, -2.0]])
    for loss in (absolute_error, quantile(0.9), quantile(0.2)):
        assert loss.dz(z, z).tolist() == [[0.0, 0.0]]


# Links and minima ----------------------------------------------------------------------------


def test_softmax_gives_probabilities_whatever_is_added_to_z():
    z = columns(0, 4)
    p = softmax_cross_entropy().link(z)
    np.testing.assert_allclose(p, special.softmax(z, axis=0), rtol=1e-13)
    np.testing.assert_allclose(p.sum(axis=0), 1, rtol=1e-14)
    np.testing.assert_allclose(softmax_cross_entropy().link(z + 1000), p, rtol=1e-11)


def test_the_links():
    z = columns(0, 3)
    np.testing.assert_allclose(binary_cross_entropy.link(z), special.expit(z), rtol=1e-14)
    np.testing.assert_allclose(poisson.link(z), np.exp(z), rtol=1e-14)
    for loss in WITHOUT_LINK:
        np.testing.assert_array_equal(loss.link(z), z)


@pytest.mark.parametrize(("dtype", "largest"), [(np.float32, 70), (np.float64, 690)])
def test_exp_is_cut_only_where_it_would_overflow(dtype, largest):
    z = np.array([[-largest, 0, largest, 10 * largest]], dtype)
    rates = poisson.link(z)
    np.testing.assert_allclose(rates[0, :3], np.exp(z[0, :3]), rtol=1e-6)
    assert rates[0, 2] < rates[0, 3] < np.finfo(dtype).max
    assert np.isfinite(poisson.value(np.full((1000, 1), 800, dtype), np.ones((1000, 1), dtype)))


@pytest.mark.parametrize("loss", LOSSES.values(), ids=repr)
def test_the_loss_is_least_and_its_slope_0_where_the_prediction_is_y(loss):
    rng = np.random.default_rng(3)
    z, nudges = rng.normal(0, 2, (3, 6)), rng.normal(0, 0.5, (20, 3, 6))
    y = loss.link(z)
    np.testing.assert_allclose(loss.dz(z, y), 0, atol=1e-14)
    assert all((loss.value(z + nudge, y) > loss.value(z, y)).all() for nudge in nudges)


@pytest.mark.parametrize("q", [0.1, 0.5, 0.75])
def test_the_best_constant_of_the_pinball_loss_is_the_quantile(q):
    y = np.random.default_rng(0).exponential(size=(1, 101))
    totals = [quantile(q).value(np.full_like(y, constant), y).sum() for constant in y[0]]
    assert y[0, np.argmin(totals)] == np.quantile(y, q, method="inverted_cdf")


def test_the_best_constant_of_poisson_is_the_log_of_the_mean():
    y = np.array([[0.0, 1.0, 5.0, 2.0]])
    assert poisson.dz(np.full_like(y, np.log(2.0)), y).sum() == pytest.approx(0, abs=1e-14)


def test_softmax_labels_may_carry_a_weight():
    rng = np.random.default_rng(5)
    z, y = rng.normal(size=(3, 4)), rng.dirichlet(np.ones(3), 4).T * [1.0, 2.0, 0.5, 0.0]
    loss = softmax_cross_entropy()
    np.testing.assert_allclose(loss.dz(z, y), slope(lambda z: loss.value(z, y), z), atol=1e-9)


def test_smoothed_softmax_pulls_towards_the_smoothed_label():
    dz = softmax_cross_entropy(0.4).dz(np.zeros((4, 1)), np.eye(4)[:, :1])
    np.testing.assert_allclose(dz[:, 0], [0.25 - 0.7, 0.15, 0.15, 0.15], atol=1e-15)


# After the activation of the output layer ----------------------------------------------------


def test_the_division_of_the_cross_entropy_by_hand_gives_the_same_dz():
    z, y = np.linspace(-15, 15, 31)[np.newaxis], np.arange(31)[np.newaxis] % 2.0
    a = sigmoid(z)
    da = (a - y) / (a * (1 - a))
    dz = binary_cross_entropy.after(sigmoid).dz(z, y)
    np.testing.assert_allclose(da * sigmoid.derivative(z), dz, rtol=1e-12)


@EVERY
def test_after_identity_a_loss_is_itself(loss):
    assert loss.after(identity) is loss


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=repr)
@pytest.mark.parametrize("loss", WITHOUT_LINK, ids=repr)
def test_after_an_activation_the_chain_rule_gives_dz(loss, activation):
    rng = np.random.default_rng(7)
    z, y = rng.normal(0, 2, (2, 9)), rng.normal(0, 2, (2, 9))
    after = loss.after(activation)
    np.testing.assert_allclose(after.value(z, y), loss.value(activation(z), y), rtol=1e-15)
    np.testing.assert_allclose(
        after.dz(z, y), slope(lambda z: after.value(z, y), z), rtol=1e-6, atol=1e-8
    )
    np.testing.assert_array_equal(after.link(z), activation(z))


@DTYPES
def test_squared_error_after_sigmoid_stays_finite(dtype):
    loss = squared_error.after(sigmoid)
    z, y = np.array([[-800, -40, 0, 40, 800]], dtype), np.ones((1, 5), dtype)
    assert loss.value(z, y).tolist() == pytest.approx([0.5, 0.5, 0.125, 0, 0])
    assert loss.dz(z, y).tolist()[0] == pytest.approx([0, 0, -0.125, 0, 0])
    assert loss.dz(z, y).dtype == loss.value(z, y).dtype == dtype


def test_a_loss_after_an_activation_says_so_and_can_be_pickled():
    loss = pickle.loads(pickle.dumps(squared_error.after(tanh)))
    assert repr(loss) == "squared_error after tanh"
    assert loss.dz(np.array([[0.0]]), np.array([[1.0]])).tolist() == [[-1.0]]


class PlainSigmoid:
    """As a course writes it."""

    def __call__(self, z):
        return 1 / (1 + np.exp(-z))

    def derivative(self, z):
        return self(z) * (1 - self(z))


class PlainSoftmax:
    def __call__(self, z):
        return np.exp(z) / np.exp(z).sum(axis=0)

    def derivative(self, z):
        raise NotImplementedError


def test_any_other_activation_is_called_as_it_is():
    z, y = np.array([[-2.0, 0.5, 3.0]]), np.array([[0.3, 0.9, -1.0]])
    ours, plain = squared_error.after(sigmoid), squared_error.after(PlainSigmoid())
    for part in ("value", "dz"):
        np.testing.assert_allclose(getattr(plain, part)(z, y), getattr(ours, part)(z, y))


def test_a_link_is_known_by_its_values():
    exp = Activation("my_exp", np.exp, lambda z, a: a)
    assert binary_cross_entropy.after(sigmoid) is binary_cross_entropy
    assert binary_cross_entropy.after(PlainSigmoid()) is binary_cross_entropy
    assert poisson.after(exp) is poisson
    softmax = softmax_cross_entropy()
    assert softmax.after(PlainSoftmax()) is softmax


@pytest.mark.parametrize(
    ("loss", "activation"),
    [
        (binary_cross_entropy, relu),
        (binary_cross_entropy, tanh),
        (softmax_cross_entropy(), sigmoid),
        (poisson, relu),
        (poisson, softplus),
    ],
)
def test_a_pair_that_does_not_fit_is_refused(loss, activation):
    message = f"the loss '{loss}' needs an output layer .* got {activation}; known links: sigmoid"
    with pytest.raises(ValueError, match=message):
        loss.after(activation)


# Names, parameters and labels ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        *((lambda s=s: softmax_cross_entropy(s), r"in \[0, 1\), got") for s in (-0.1, 1, np.nan)),
        *((lambda d=d: huber(d), "above 0 and finite, got") for d in (0, -1.0, np.nan)),
        *((lambda q=q: quantile(q), r"in \(0, 1\), got") for q in (0, 1, -0.5, np.nan, [0.1, 1])),
        *((lambda q=q: quantile(q), "a number or a sequence") for q in ([], [[0.1]])),
    ],
)
def test_parameters_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("loss", "y", "allowed"),
    [
        (binary_cross_entropy, [[0, 0.5, 1, -0.1, 1.1]], [[1, 1, 1, 0, 0]]),
        (poisson, [[0, 0.5, 7, -0.1]], [[1, 1, 1, 0]]),
        (squared_error, [[-1, 1e9, np.nan, np.inf]], [[1, 1, 0, 0]]),
        (softmax_cross_entropy(), [[1, 0.3, 1, 1.5, 0], [0, 0.7, 1, -0.5, 0]], [1, 1, 0, 0, 0]),
    ],
)
def test_a_loss_knows_its_labels(loss, y, allowed):
    assert loss.allows(np.array(y, float)).tolist() == np.array(allowed, bool).tolist()


def test_the_table_is_kept_by_name():
    assert [row.name for row in LOSSES.values()] == list(LOSSES)
    assert all(get_loss(name) is row for name, row in LOSSES.items())
    assert get_loss(huber(2.0)).value(np.array([[4.0]]), np.zeros((1, 1))) == 6.0


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(ValueError, match=r"unknown loss 'squared_eror'; did you mean 'squared_e"):
        get_loss("squared_eror")


@pytest.mark.parametrize("thing", [None, huber, activations.relu])
def test_what_is_not_a_loss_is_refused(thing):
    with pytest.raises(TypeError, match=r"a loss is a name or a Loss, got .*huber\(delta=2.0\)"):
        get_loss(thing)


def test_a_loss_of_ones_own_works_like_a_row():
    cubic = Loss(
        "cubic",
        lambda z, y: (np.abs(z - y) ** 3).sum(axis=0),
        lambda z, y: 3 * (z - y) * np.abs(z - y),
        lambda z: z,
    )
    assert get_loss(cubic) is cubic
    assert cubic.after(identity) is cubic
    assert cubic.allows(np.array([1.0, np.nan])).tolist() == [True, False]


# For an engine that compiles formulas ------------------------------------------------------

AFTER = [loss.after(row) for loss in WITHOUT_LINK for row in ACTIVATIONS.values()]


@pytest.mark.parametrize("loss", [*LOSSES.values(), softmax_cross_entropy(0.1), *AFTER], ids=repr)
def test_a_loss_looks_at_no_number(loss):
    rng = np.random.default_rng(7)
    z, y = rng.normal(0, 2, (3, 5)), rng.dirichlet(np.ones(3), 5).T
    for part in ("value", "dz"):
        formula = getattr(loss, part)
        np.testing.assert_array_equal(formula(Symbol(z), Symbol(y)).numbers, formula(z, y))
    np.testing.assert_array_equal(loss.link(Symbol(z)).numbers, loss.link(z))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("smoothed", [0.1, 1.0])
def test_probabilities_of_many_classes_in_float32_have_a_sum_of_one(order, smoothed):
    k = 10_000
    y = smoothed / k + (1 - smoothed) * np.eye(20, k)
    y = y.astype(np.float32, order=order)
    assert get_loss("softmax_cross_entropy").first_not_allowed(y) is None
    y[3] *= np.float32(1.001)
    assert get_loss("softmax_cross_entropy").first_not_allowed(y) == (3, 0)


@pytest.mark.parametrize("y", [np.zeros((0, 3)), np.array([[True, True]])])
def test_labels_that_are_none_or_truth_values_are_looked_at_like_others(y):
    wanted = (0, 0) if y.dtype == bool else None
    assert get_loss("softmax_cross_entropy").first_not_allowed(y) == wanted
