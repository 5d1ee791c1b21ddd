import copy
import math
import pickle

import numpy as np
import pytest

from chainrule.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    CosLog,
    Exponential,
    FlatThenCosine,
    InverseScaling,
    OneCycle,
    Step,
    get_schedule,
)

ROWS = pytest.mark.parametrize("name", SCHEDULES)
TIMES = np.arange(0, 12, 0.25)
HALF_ROOT_2, ROOT_2 = math.sqrt(0.5), math.sqrt(2)

# schedule, epochs asked for, {time: factor}
WORKED = [
    (Constant(), 8, {0: 1, 0.5: 1, 7.75: 1, 8: 1}),
    (InverseScaling(), 8, {0: 1, 0.44: 1 / 1.2, 3: 0.5, 8: 1 / 3}),
    (InverseScaling(2), 8, {0: 1, 0.5: 4 / 9, 1: 0.25, 8: 1 / 81}),
    (InverseScaling(0), 8, {0: 1, 8: 1}),
    (Step(), 90, {0: 1, 29.75: 1, 30: 0.1, 59.75: 0.1, 60: 0.01, 90: 0.001}),
    (Step(every=2, factor=0.5), 8, {0: 1, 1.9: 1, 2: 0.5, 3.9: 0.5, 4: 0.25, 8: 1 / 16}),
    (Step(every=0.5, factor=3), 2, {0: 1, 0.25: 1, 0.5: 3, 1: 9, 1.75: 27}),
    (Exponential(), 2, {0: 1, 1: 0.95, 2: 0.9025}),
    (Exponential(0.25), 8, {0: 1, 0.5: 0.5, 1: 0.25, 8: 0.25**8}),
    (Cosine(), 8, {0: 1, 2: (1 + HALF_ROOT_2) / 2, 4: 0.5, 6: (1 - HALF_ROOT_2) / 2, 8: 0}),
    (Cosine(final=0.2), 6, {0: 1, 2: 0.8, 3: 0.6, 4: 0.4, 6: 0.2}),
    (Cosine(warm_up=2), 10, {0: 0, 0.5: 0.25, 1: 0.5, 1.5: 0.75, 2: 1, 6: 0.5, 10: 0}),
    (Cosine(warm_up=2, final=0.5), 8, {0: 0, 1: 0.5, 2: 1, 4: 0.875, 5: 0.75, 8: 0.5}),
    (OneCycle(), 10, {0: 0.04, 1.5: 0.52, 3: 1, 6.5: 0.50005, 10: 1e-4}),
    (OneCycle(0.5, 0.2, 0.1), 12, {0: 0.2, 2: 0.4, 3: 0.6, 4: 0.8, 6: 1, 8: 0.775, 12: 0.1}),
    (FlatThenCosine(), 8, {0: 1, 3.9: 1, 4: 1, 5: (1 + HALF_ROOT_2) / 2, 6: 0.5, 8: 0}),
    (FlatThenCosine(0.75), 16, {0: 1, 12: 1, 13: (1 + HALF_ROOT_2) / 2, 14: 0.5, 16: 0}),
    # log₂(1 + 15 t) is ½ at t = (√2 − 1)/15, and 1½, 2½, 3½ at (2√2 − 1)/15, …: the tops
    (CosLog(), 15, {0: 0, ROOT_2 - 1: 1, 1: 0, 2 * ROOT_2 - 1: 1, 3: 0, 7: 0, 15: 0}),
    (CosLog(), 30, {16 * ROOT_2 - 2: 1, 2 * (2**3.25 - 1): 0.5, 2 * (2**0.75 - 1): 0.5}),
    (CosLog(1), 4, {0: 0, 4 * (2**0.25 - 1): 0.5, 4 * (ROOT_2 - 1): 1, 4: 0}),
]


@pytest.mark.parametrize(("schedule", "epochs", "factors"), WORKED)
def test_factors_worked_by_hand(schedule, epochs, factors):
    result = schedule(np.array(list(factors), float), epochs)
    assert result.tolist() == pytest.approx(list(factors.values()), rel=1e-13, abs=1e-15)


def test_every_row_has_factors_worked_by_hand():
    assert {type(schedule) for schedule, *_ in WORKED} == set(SCHEDULES.values())


@ROWS
def test_all_times_at_once_or_one_by_one(name):
    schedule = get_schedule(name)
    together = schedule(TIMES, 12)
    assert together.shape == TIMES.shape
    assert together.dtype == np.float64
    assert together.tolist() == [schedule(np.array([time]), 12)[0] for time in TIMES]


@ROWS
def test_a_times_factor_does_not_depend_on_the_batch_size(name):
    schedule = get_schedule(name)
    fine, coarse = np.arange(0, 5, 1 / 8), np.arange(0, 5, 1 / 2)
    np.testing.assert_array_equal(schedule(fine, 5)[::4], schedule(coarse, 5))


@ROWS
@pytest.mark.parametrize("epochs", [1, 2, 12])
def test_factors_are_positive_and_at_most_1(name, epochs):
    factors = get_schedule(name)(np.arange(0.25, epochs, 0.25), epochs)
    assert (factors > 0).all()
    assert (factors <= 1).all()
    assert get_schedule(name)(np.zeros(1), epochs) > 0 or name == "cos_log"


@ROWS
def test_times_are_left_alone(name):
    times = TIMES.copy()
    factors = get_schedule(name)(times, 12)
    assert not np.shares_memory(factors, times)
    np.testing.assert_array_equal(times, TIMES)


@ROWS
def test_after_the_end_the_last_factor_is_finite(name):
    assert np.isfinite(get_schedule(name)(np.array([12.0, 13.0, 50.0]), 12)).all()


@pytest.mark.parametrize(
    "schedule", [Cosine(final=0.1), OneCycle(final=0.1), FlatThenCosine(), CosLog()]
)
def test_after_the_end_the_last_factor_stays(schedule):
    final = getattr(schedule, "final", 0.0)
    assert schedule(np.array([12.0, 13.0, 50.0]), 12).tolist() == pytest.approx([final] * 3)


@pytest.mark.parametrize("warm_up", [12, 13, 50, 1e6])
def test_a_warm_up_may_outlast_the_epochs(warm_up):
    factors = Cosine(warm_up=warm_up)(TIMES, 12)
    np.testing.assert_allclose(factors, TIMES / warm_up, rtol=1e-15)


@pytest.mark.parametrize("peak", [0.01, 0.25, 0.5, 0.99])
def test_one_cycle_has_one_peak_and_it_is_1(peak):
    times = np.linspace(0, 12, 1201)
    factors = OneCycle(peak=peak)(times, 12)
    top = np.argmax(factors)
    assert times[top] == pytest.approx(peak * 12)
    assert factors[top] == pytest.approx(1, rel=1e-15)
    assert (np.diff(factors[: top + 1]) > 0).all()
    assert (np.diff(factors[top:]) < 0).all()


@pytest.mark.parametrize("cycles", [1, 2, 4, 7])
def test_cos_log_has_as_many_tops_and_the_last_zero_is_the_end(cycles):
    times = np.linspace(0, 12, 24_001)
    factors = CosLog(cycles)(times, 12)
    tops = (factors[1:-1] > factors[:-2]) & (factors[1:-1] >= factors[2:])
    assert tops.sum() == cycles
    assert factors[-1] == pytest.approx(0, abs=1e-15)


@ROWS
def test_a_row_is_its_parameters(name):
    schedule = get_schedule(name)
    assert schedule == SCHEDULES[name]() == copy.deepcopy(schedule)
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert type(schedule).__name__.lower() == name.replace("_", "")


@pytest.mark.parametrize(
    ("cls", "name", "values", "allowed"),
    [
        (InverseScaling, "power", [-0.1, math.inf], "at least 0 and finite"),
        (Step, "every", [0, -1, math.inf], "above 0 and finite"),
        (Step, "factor", [0, -1, math.inf], "above 0 and finite"),
        (Exponential, "factor", [0, -1, math.inf], "above 0 and finite"),
        (Cosine, "warm_up", [-1, math.inf], "at least 0 and finite"),
        (Cosine, "final", [-0.1, 1.1], r"in \[0, 1\]"),
        (OneCycle, "peak", [0, 1, -0.1], r"in \(0, 1\)"),
        (OneCycle, "start", [1.1, -0.1], r"in \[0, 1\]"),
        (OneCycle, "final", [-0.1, 1.1], r"in \[0, 1\]"),
        (FlatThenCosine, "flat", [0, 1, -0.1], r"in \(0, 1\)"),
        (CosLog, "cycles", [0, -1, math.inf], "above 0 and finite"),
    ],
)
def test_parameters_out_of_range_are_refused(cls, name, values, allowed):
    for value in [*values, math.nan]:
        with pytest.raises(ValueError, match=f"{name} must be {allowed}, got {value}"):
            cls(**{name: value})


def test_the_ends_of_the_ranges_are_allowed():
    assert Cosine(final=1)(TIMES, 12).tolist() == [1] * len(TIMES)
    assert OneCycle(start=1, final=1)(TIMES, 12).tolist() == [1] * len(TIMES)


def test_a_function_of_ones_own_is_a_schedule():
    def falling(epoch, epochs):
        return 1 - epoch / epochs

    assert get_schedule(falling) is falling


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(ValueError, match=r"unknown schedule 'cosin'; did you mean 'cosine'\?"):
        get_schedule("cosin")


@pytest.mark.parametrize("thing", [Cosine, None, 0.1])
def test_what_is_not_a_schedule_is_refused(thing):
    with pytest.raises(TypeError, match=r"such as Cosine\(warm_up=5\), got .*; known names: const"):
        get_schedule(thing)
