import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from chainrule.ensembles import interval_half_width, temperature_of
from chainrule.losses import get_loss


@pytest.mark.parametrize(
    ("name", "n_outputs"), [("binary_cross_entropy", 1), ("softmax_cross_entropy", 3)]
)
@pytest.mark.parametrize("sureness", [0.6, 1.0, 2.5])
def test_the_temperature_is_that_of_the_least_loss(name, n_outputs, sureness):
    rng = np.random.default_rng(0)
    z = rng.normal(size=(4000, n_outputs))
    loss = get_loss(name)
    p = loss.link(z.T).T
    if n_outputs == 1:
        y = (rng.random(p.shape) < p).astype(float)
    else:
        y = np.eye(3)[[rng.choice(3, p=row) for row in p]]
    found = temperature_of(sureness * z, y, loss)
    best = minimize_scalar(
        lambda t: loss.value(sureness * z.T / t, y.T).mean(), bounds=(0.2, 5), method="bounded"
    ).x
    assert found == pytest.approx(best, rel=0.03)
    assert found == pytest.approx(sureness, rel=0.15)


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9])
def test_intervals_cover_new_rows_as_often_as_they_say(coverage):
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(300):
        half = interval_half_width(rng.standard_t(3, size=60), coverage)
        covered.append(np.mean(np.abs(rng.standard_t(3, size=200)) <= half))
    assert coverage - 0.01 <= np.mean(covered) <= coverage + 1 / 61 + 0.01


def test_too_few_rows_tell_nothing():
    assert interval_half_width(np.ones(8), 0.9) == np.inf
    assert interval_half_width(np.ones(9), 0.9) == 1.0
