"""How the learning rate changes while training goes on.

A schedule gives a factor: the learning rate of a step is the factor times the learning rate
that was asked for. Time is counted in epochs, in fractions within an epoch, so a schedule does
not depend on the batch size: with 4 steps an epoch, the first steps are at 0, 0.25, 0.5, 0.75.

To add one, write the class and a row in the table at the end of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from chainrule.arrays import Array
from chainrule.catalog import look_up
from chainrule.ranges import (
    require_inner_share,
    require_not_negative,
    require_positive,
    require_share,
)


class Schedule(Protocol):
    """What the training loop asks of a schedule."""

    def __call__(self, epoch: Array, epochs: float) -> Array:
        """Return the factor at each of the times `epoch`, of `epochs` asked for."""
        ...


@dataclass(frozen=True)
class Constant:
    """Keep the learning rate.

    Examples
    --------
    >>> Constant()(np.array([0.0, 5.0]), epochs=10)
    array([1., 1.])
    """

    def __call__(self, epoch: Array, epochs: float) -> Array:
        """Return ones."""
        return np.ones_like(epoch)


@dataclass(frozen=True)
class InverseScaling:
    """Divide by a power of the time: (1 + epoch)^−power.

    Parameters
    ----------
    power : float
        At least 0.

    Examples
    --------
    >>> InverseScaling(0.5)(np.array([0.0, 3.0]), epochs=10)
    array([1. , 0.5])
    """

    power: float = 0.5

    def __post_init__(self) -> None:
        require_not_negative("power", self.power)

    def __call__(self, epoch: Array, epochs: float) -> Array:
        """Return the factors."""
        return (1 + epoch) ** -self.power


@dataclass(frozen=True)
class Step:
    """Multiply by `factor` once every `every` epochs.

    Parameters
    ----------
    every : float
        Epochs, above 0.
    factor : float
        Above 0.

    Examples
    --------
    >>> Step(every=10, factor=0.5)(np.array([0.0, 9.9, 10.0, 20.0]), epochs=30)
    array([1.  , 1.  , 0.5 , 0.25])
    """

    every: float = 30
    factor: float = 0.1

    def __post_init__(self) -> None:
        require_positive("every", self.every)
        require_positive("factor", self.factor)

    def __call__(self, epoch: Array, epochs: float) -> Array:
        """Return the factors."""
        return self.factor ** np.floor(epoch / self.every)


@dataclass(frozen=True)
class Exponential:
    """Multiply by `factor` every epoch, smoothly: factor^epoch.

    Parameters
    ----------
    factor : float
        Above 0.

    Examples
    --------
    >>> Exponential(0.5)(np.array([0.0, 1.0, 2.0]), epochs=10)
    array([1.  , 0.5 , 0.25])
    """

    factor: float = 0.95

    def __post_init__(self) -> None:
        require_positive("factor", self.factor)

    def __call__(self, epoch: Array, epochs: float) -> Array:
        """Return the factors."""
        return np.power(self.factor, epoch)


def _half_cosine(progress: Array) -> Array:
    """Return the fall from 1 at progress 0 to 0 at progress 1 along half a cosine."""
    return 0.5 * (1 + np.cos(np.pi * np.clip(progress, 0, 1)))


@dataclass(frozen=True)
class Cosine:
    """Rise linearly for `warm_up` epochs, then fall along half a cosine to `final`.

    Loshchilov & Hutter 2017, "SGDR", eq. 5, without restarts.

    Parameters
    ----------
    warm_up : float
        Epochs, at least 0.
    final : float in [0, 1]
        The factor at the end.

    Examples
    --------
    >>> Cosine(warm_up=2)(np.array([0.0, 1.0, 2.0, 6.0, 10.0]), epochs=10)
    array([0. , 0.5, 1. , 0.5, 0. ])
    """

    warm_up: float = 0
    final: float = 0.0

    def __post_init__(self) -> None:
        require_not_negative("warm_up", self.warm_up)
        require_share("final", self.final)

    def __call__(self, epoch: Array, epochs: float) -> Array:
        """Return the factors."""
        rising = epoch / self.warm_up if self.warm_up else np.ones_like(epoch)
        left = max(epochs - self.warm_up, np.finfo(float).eps)  # a warm-up may outlast them
        falling = self.final + (1 - self.final) * _half_cosine((epoch - self.warm_up) / left)
        return np.where(epoch < self.warm_up, rising, falling)


@dataclass(frozen=True)
class OneCycle:
    """Rise to the learning rate and fall far below it, both along half a cosine.

    The cycle of Smith & Topin 2018, "Super-Convergence", whose ramps are straight; half a cosine
    is what most libraries use since.

    Parameters
    ----------
    peak : float in (0, 1)
        The share of the epochs after which the learning rate is reached.
    start : float in [0, 1]
        The factor at the beginning; with 0 the first step does nothing.
    final : float in [0, 1]
        The factor at the end.

    Examples
    --------
    >>> OneCycle(peak=0.5, start=0.2, final=0.0)(np.array([0.0, 5.0, 10.0]), epochs=10)
    array([0.2, 1. , 0. ])
    """

    peak: float = 0.3
    start: float = 0.04
    final: float = 1e-4

    def __post_init__(self) -> None:
        require_inner_share("peak", self.peak)
        require_share("start", self.start)
        require_share("final", self.final)

    def __call__(self, epoch: Array, epochs: float) -> Array:
        """Return the factors."""
        top = self.peak * epochs
        rising = 1 - (1 - self.start) * _half_cosine(epoch / top)
        falling = self.final + (1 - self.final) * _half_cosine((epoch - top) / (epochs - top))
        return np.where(epoch < top, rising, falling)


@dataclass(frozen=True)
class FlatThenCosine:
    """Keep the learning rate for a share of the epochs, then fall to 0 along half a cosine.

    Holzmüller, Grinsztajn & Steinwart 2024, "Better by Default" (arXiv 2407.04491), section 3,
    "flat_cos": ½ (1 + cos(π (max(1, 2t) − 1))) for the share t of the epochs that is over.

    Parameters
    ----------
    flat : float in (0, 1)
        The share of the epochs before the fall.

    Examples
    --------
    >>> FlatThenCosine()(np.array([0.0, 5.0, 7.5, 10.0]), epochs=10)
    array([1. , 1. , 0.5, 0. ])
    """

    flat: float = 0.5

    def __post_init__(self) -> None:
        require_inner_share("flat", self.flat)

    def __call__(self, epoch: Array, epochs: float) -> Array:
        """Return the factors."""
        return _half_cosine((epoch / epochs - self.flat) / (1 - self.flat))


@dataclass(frozen=True)
class CosLog:
    """Rise from 0 and fall to 0 in cosine waves, each twice as long as the one before.

    ½ (1 − cos(2π log₂(1 + (2ⁿ − 1) t))) for the share t of the epochs that is over. Holzmüller,
    Grinsztajn & Steinwart 2024, "Better by Default" (arXiv 2407.04491), section 3, "coslog_4",
    with n = 4. The first step does nothing.

    Parameters
    ----------
    cycles : float
        n, how many waves: above 0; a whole number has the last wave end with the epochs.

    Examples
    --------
    >>> CosLog(cycles=2)(np.array([0.0, 1.0, 2.0, 3.0]), epochs=3).round(2)
    array([0.  , 0.  , 0.93, 0.  ])
    """

    cycles: float = 4

    def __post_init__(self) -> None:
        require_positive("cycles", self.cycles)

    def __call__(self, epoch: Array, epochs: float) -> Array:
        """Return the factors."""
        t = np.clip(epoch / epochs, 0, 1)
        waves = np.log2(1 + (2.0**self.cycles - 1) * t)
        return 0.5 * (1 - np.cos(2 * np.pi * waves))

    def ends(self, epochs: float) -> Array:
        """Return when each whole wave ends, in epochs: the factor is 0 there.

        Examples
        --------
        >>> CosLog(cycles=3).ends(14)
        array([ 2.,  6., 14.])
        """
        waves = np.arange(1, int(self.cycles) + 1)
        return epochs * (2.0**waves - 1) / (2.0**self.cycles - 1)


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "inverse_scaling": InverseScaling,
    "step": Step,
    "exponential": Exponential,
    "cosine": Cosine,
    "one_cycle": OneCycle,
    "flat_then_cosine": FlatThenCosine,
    "cos_log": CosLog,
}


def get_schedule(schedule: str | Schedule) -> Schedule:
    """Return the schedule of that name with its defaults; a schedule is returned as it is.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If it is neither a name nor a schedule (a class is not: write ``Cosine()``).

    Examples
    --------
    >>> get_schedule("step")
    Step(every=30, factor=0.1)
    """
    if isinstance(schedule, str):
        return look_up(SCHEDULES, schedule, "schedule")()
    if isinstance(schedule, type) or not callable(schedule):
        raise TypeError(
            f"a schedule is a name or an object such as Cosine(warm_up=5), got {schedule!r}; "
            f"known names: {', '.join(SCHEDULES)}"
        )
    return schedule
