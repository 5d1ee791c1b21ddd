"""Calibration on held-out rows: the temperature of probabilities, the width of intervals."""

from __future__ import annotations

import numpy as np

from chainrule.arrays import Array
from chainrule.losses import Loss

_STEPS = 97
_QUANTILES = 999
_COLDEST, _HOTTEST = 0.3, 3.3


def temperature_of(z: Array, y: Array, loss: Loss) -> float:
    """Return the temperature T by which the raw outputs z / T have the least mean loss.

    Guo, Pleiss, Sun & Weinberger 2017, "On Calibration of Modern Neural Networks", section 4.2.

    Parameters
    ----------
    z : array of shape (n, n_outputs)
    y : array of shape (n, n_outputs)
    loss : Loss

    Examples
    --------
    >>> from chainrule.losses import get_loss
    >>> z, y = np.array([[9.0], [9.0], [9.0], [-9.0]]), np.array([[1.0], [1.0], [0.0], [0.0]])
    >>> temperature_of(z, y, get_loss("binary_cross_entropy")) > 3
    True
    """
    temperatures = np.geomspace(_COLDEST, _HOTTEST, _STEPS)
    z = z.T.astype(np.float64)
    losses = [float(loss.value(z / t, y.T).mean()) for t in temperatures]
    return float(temperatures[int(np.argmin(losses))])


def interval_half_width(errors: Array, coverage: float) -> float:
    """Return how far on either side of an answer the truth lies with this probability.

    Split conformal prediction: the ⌈(n + 1)·coverage⌉-th smallest absolute error of n held-out rows
    (Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, "Distribution-Free Predictive Inference for
    Regression", algorithm 2). Infinite where there are too few rows.

    Parameters
    ----------
    errors : array of shape (n,)
        Of held-out rows.
    coverage : float in (0, 1)

    Examples
    --------
    >>> interval_half_width(np.array([-1.0, 2.0, 3.0, -4.0]), 0.5)
    3.0
    >>> interval_half_width(np.array([1.0]), 0.9)
    inf
    """
    rank = int(np.ceil((len(errors) + 1) * coverage))
    if rank > len(errors):
        return float("inf")
    return float(np.sort(np.abs(errors))[rank - 1])


def conformal_quantiles(errors: Array) -> Array:
    """Return the absolute errors of held-out rows in ascending order, thinned to 999 at most.

    `interval_half_width` is the same of both for a coverage in thousandths, and for others that of
    the next one: element k, from 1, is the ⌈(n + 1)·k / 1000⌉-th smallest of n.

    Parameters
    ----------
    errors : array of shape (n,)
        NaN where nothing is known.

    Examples
    --------
    >>> errors = np.random.default_rng(0).normal(size=5000)
    >>> few = conformal_quantiles(errors)
    >>> len(few), interval_half_width(few, 0.9) == interval_half_width(errors, 0.9)
    (999, True)
    """
    known = np.sort(np.abs(errors[np.isfinite(errors)]))
    if len(known) <= _QUANTILES:
        return known
    ranks = -(-(len(known) + 1) * np.arange(1, _QUANTILES + 1) // (_QUANTILES + 1))
    return known[np.minimum(ranks, len(known)) - 1]
