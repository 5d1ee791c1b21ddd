"""Which inputs of a layer are left out in a step of training.

The random bits are a function of the seed, the step, the layer, the input and the sample, and of
nothing that was drawn before. So every engine, with any number of threads, leaves out the same
inputs, and a run that goes on after a pause does too.

Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, "Dropout".
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.ranges import require_rate

Words: TypeAlias = NDArray[np.integer[Any]]
"""Numbers below 2³² in 64 bits each, so that a product of two does not overflow."""

_LOW = 0xFFFFFFFF
_MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
_KEY_STEPS = 0x9E3779B9, 0xBB67AE85  # of the golden ratio and √3 − 1
_ROUNDS = 10


def philox(counter: tuple[Words, Words, Words, Words], key: tuple[int, int]) -> tuple[Words, ...]:
    """Return the four random words of Philox4x32-10 for each counter.

    Salmon, Moraes, Dror & Shaw 2011, "Parallel Random Numbers: As Easy as 1, 2, 3", section 3.3.

    Parameters
    ----------
    counter : four arrays of uint64 below 2³²
        Of shapes that go together.
    key : two int below 2³²

    Returns
    -------
    four arrays of uint64 below 2³²

    Examples
    --------
    >>> zero = np.zeros((), dtype=np.uint64)
    >>> [f"{word:08x}" for word in philox((zero, zero, zero, zero), (0, 0))]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(_ROUNDS):
        first, third = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            (third >> 32) ^ c1 ^ k0,
            third & _LOW,
            (first >> 32) ^ c3 ^ k1,
            first & _LOW,
        )
        k0, k1 = (k0 + _KEY_STEPS[0]) & _LOW, (k1 + _KEY_STEPS[1]) & _LOW
    return c0, c1, c2, c3


def mask(  # noqa: PLR0917  # the coordinates of a mask
    seed: int, t: int, layer: int, rate: float, shape: tuple[int, int], dtype: np.dtype[Any]
) -> Array:
    """Return what the inputs of a layer are multiplied by in a step.

    Input r of sample s is left out if word r % 4 of Philox with the counter
    (s, r // 4, layer, t) is below rate·2³². The kept ones are divided by 1 − rate, so that
    their sum stays what it is on average, and nothing needs to be done at prediction.

    Parameters
    ----------
    seed : int
        Its low 64 bits are the key.
    t : int
        The step, counted from 1 over the whole run; its low 32 bits count.
    layer : int
        Counted from 0.
    rate : float in [0, 1)
        The share that is left out.
    shape : tuple of int
        (n_inputs, m)
    dtype : dtype

    Returns
    -------
    array of shape (n_inputs, m)
        0 or 1 / (1 − rate).

    Examples
    --------
    >>> mask(seed=7, t=1, layer=0, rate=0.5, shape=(2, 6), dtype=np.dtype(float))
    array([[2., 2., 2., 2., 0., 0.],
           [0., 2., 0., 2., 2., 2.]])
    """
    n_inputs, m = shape
    groups = -(-n_inputs // 4)
    counter = (
        np.arange(m, dtype=np.uint64),
        np.arange(groups, dtype=np.uint64)[:, np.newaxis],
        np.array(layer, dtype=np.uint64),
        np.array(t & _LOW, dtype=np.uint64),
    )
    words = np.stack(philox(counter, (seed & _LOW, seed >> 32 & _LOW)), axis=1)
    kept = words.reshape(4 * groups, m)[:n_inputs] >= round(rate * 2**32)
    return np.where(kept, dtype.type(1 / (1 - rate)), dtype.type(0))


def rates(dropout: float | Sequence[float], n_layers: int) -> tuple[float, ...]:
    """Return the rate for each layer's inputs, or () where nothing is left out.

    Parameters
    ----------
    dropout : float or sequence of float
        One rate in [0, 1) for the outputs of all hidden layers, or one for each layer's inputs.
    n_layers : int

    Raises
    ------
    ValueError, TypeError
        If a rate is no such number, or they are not one for each layer.

    Examples
    --------
    >>> rates(0.5, n_layers=3)
    (0.0, 0.5, 0.5)
    >>> rates(0.0, n_layers=3)
    ()
    """
    if isinstance(dropout, str) or not isinstance(dropout, Real | Sequence | np.ndarray):
        raise TypeError(f"dropout is a rate or one rate for each layer, got {dropout!r}")
    if isinstance(dropout, Real):
        each = _for_hidden_outputs(dropout, n_layers)
    else:
        each = [*map(_rate, dropout)]
    if len(each) != n_layers:
        raise ValueError(f"dropout has {len(each)} rates for {n_layers} layers; give one for each")
    return tuple(each) if any(each) else ()


def _for_hidden_outputs(dropout: object, n_layers: int) -> list[float]:
    rate = _rate(dropout)
    if rate and n_layers == 1:
        raise ValueError(
            f"dropout {rate} is for the outputs of hidden layers, and there are none; write "
            f"dropout=[{rate}] to leave out inputs of the network"
        )
    return [0.0, *[rate] * (n_layers - 1)]


def _rate(rate: object) -> float:
    if isinstance(rate, bool) or not isinstance(rate, Real):
        raise TypeError(f"a dropout rate is a number, got {rate!r}")
    require_rate("dropout", float(rate))
    return float(rate)
