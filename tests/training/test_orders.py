"""The order of the rows: drawn ahead or when it is needed, it is the same."""

import threading

import numpy as np
import pytest

from chainrule import Layer, Perceptron
from chainrule.engines import cores
from chainrule.engines.compiled import Compiled
from chainrule.training.orders import Orders

N = 20_000  # enough to be drawn ahead
SOURCES = {
    "Generator": np.random.default_rng,
    "MT19937": lambda seed: np.random.Generator(np.random.MT19937(seed)),
    "RandomState": np.random.RandomState,
}


@pytest.fixture(params=SOURCES)
def make_rng(request):
    return SOURCES[request.param]


def orders_of(rng, epochs, *, ahead, between=lambda rng: None, n=N):
    orders = Orders(rng, n, ahead=ahead)
    order, found = np.arange(n), []
    for epoch in range(epochs):
        order = orders.after(order, last=epoch + 1 == epochs)
        found.append(order)
        between(rng)
    orders.close()
    return found


def by_hand(rng, epochs, between=lambda rng: None, n=N):
    """Draw what the page draws."""
    order, found = np.arange(n), []
    for _ in range(epochs):
        order = order[rng.permutation(n)]
        found.append(order)
        between(rng)
    return found


@pytest.mark.parametrize("ahead", [False, True])
def test_each_order_permutes_the_one_before(make_rng, ahead):
    rng, same = make_rng(3), make_rng(3)
    found = orders_of(rng, 4, ahead=ahead)
    np.testing.assert_array_equal(found, by_hand(same, 4))
    assert rng.uniform() == same.uniform()  # the generator stands where it should


@pytest.mark.parametrize("draw", ["uniform", "normal", "permutation"])
def test_who_draws_between_two_epochs_draws_the_same(make_rng, draw):
    def between(rng):
        numbers.append(getattr(rng, draw)(*((5,) if draw == "permutation" else ())))

    numbers = []
    found = orders_of(make_rng(0), 4, ahead=True, between=between)
    ours, numbers = numbers, []
    np.testing.assert_array_equal(found, by_hand(make_rng(0), 4, between))
    np.testing.assert_array_equal(np.array(ours), np.array(numbers))


def test_a_run_that_ends_early_leaves_the_generator_where_it_should(make_rng):
    rng, same = make_rng(1), make_rng(1)
    orders = Orders(rng, N, ahead=True)
    orders.after(np.arange(N))  # and the next one is being drawn
    same.permutation(N)
    assert rng.uniform() == same.uniform()
    orders.close()


def test_an_order_that_does_not_follow_from_the_last_is_drawn_anew(make_rng):
    orders = Orders(make_rng(1), N, ahead=True)
    orders.after(np.arange(N))
    other = np.arange(N)[::-1].copy()
    same = make_rng(1)
    same.permutation(N)
    np.testing.assert_array_equal(orders.after(other), other[same.permutation(N)])
    orders.close()


def test_numpys_own_module_is_a_source_too():
    np.random.seed(2)
    found = orders_of(np.random, 3, ahead=True)
    np.testing.assert_array_equal(found, by_hand(np.random.RandomState(2), 3))


def threads_during(n, *, ahead):
    orders = Orders(np.random.default_rng(0), n, ahead=ahead)
    orders.after(np.arange(n))
    found = [thread.name for thread in threading.enumerate()]
    orders.close()
    return [name for name in found if name.startswith("chainrule-order")]


def test_a_thread_draws_only_what_is_worth_it_and_where_a_core_is_free():
    assert len(threads_during(N, ahead=True)) == 1
    assert threads_during(1000, ahead=True) == []
    assert threads_during(N, ahead=False) == []
    assert not [t for t in threading.enumerate() if t.name.startswith("chainrule-order")]


def fit(n_threads, rng, **more):
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(N, 4)), generator.normal(size=(N, 1))
    model = Perceptron([Layer(4, 8, "relu", rng=0), Layer(8, 1, "identity", rng=1)])
    history = model.fit(
        *(x, y, 3, 1e-3),
        **{"batch_size": 50, "loss": "squared_error", "optimizer": "adam", "verbose": False},
        **{"rng": rng, "engine": Compiled(n_threads)},
        **more,
    )
    return model, history


@pytest.fixture
def ahead(monkeypatch):
    """Note for each run whether it draws ahead, on a machine of two cores."""
    found = []

    class Noted(Orders):
        def __init__(self, rng, n, *, ahead):
            found.append(ahead)
            super().__init__(rng, n, ahead=ahead)

    monkeypatch.setattr("chainrule.training.loop.Orders", Noted)
    monkeypatch.setattr(cores, "available_cores", lambda: 2)
    return found


def test_a_fit_has_the_same_bits_with_its_orders_drawn_ahead(ahead):
    one, two = np.random.default_rng(5), np.random.default_rng(5)
    (alone, _), (beside, _) = fit(1, one), fit(None, two)
    assert ahead == [False, True]
    assert alone.theta.tobytes() == beside.theta.tobytes()
    assert one.uniform() == two.uniform()


def test_a_fit_that_stops_early_draws_no_further(ahead):
    one, two = np.random.default_rng(5), np.random.default_rng(5)
    fit(None, one, callbacks=[lambda run: run.epoch == 2])
    two.permutation(N), two.permutation(N)
    assert ahead == [True]
    assert one.uniform() == two.uniform()


def test_a_fit_beside_others_draws_alone(ahead):
    cores.taken.take(1)
    try:
        fit(None, np.random.default_rng(0))
    finally:
        cores.taken.give_back(1)
    fit(None, np.random.default_rng(0), shuffle=False)
    assert ahead == [False, False]
