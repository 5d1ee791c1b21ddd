"""Numbers of any size to numbers near one, and back.

The square of 1e200 overflows and that of 1e-200 vanishes, so values are first divided by a
power of two near the largest: exact, and no square goes astray.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_FARTHEST = 1e300  # deviations; beyond, a difference may overflow
_LARGEST = float(np.finfo(np.float64).max)


class Scale(msgspec.Struct, frozen=True):
    """z = (x / 2**exponent - mean) / deviation.

    Attributes
    ----------
    mean, deviation : float
        Of ``x / 2**exponent``; the deviation of values that are all the same is 0.
    exponent : int
    """

    mean: Annotated[float, msgspec.Meta(ge=-1.0, le=1.0)]
    deviation: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
    exponent: Annotated[int, msgspec.Meta(ge=-1100, le=1100)]

    @property
    def varies(self) -> bool:
        """Whether the values were not all the same."""
        return self.deviation > 0.0

    def standardise(self, values: FloatArray) -> FloatArray:
        """Return values in deviations from the mean; finite for every finite value."""
        with np.errstate(over="ignore"):
            z = (np.ldexp(values, -self.exponent) - self.mean) / (self.deviation or 1.0)
        return np.clip(z, -_FARTHEST, _FARTHEST)

    def restore(self, z: FloatArray) -> FloatArray:
        """Return standardised values in their own units, at most the largest float."""
        with np.errstate(over="ignore"):
            values = np.ldexp(z * self.deviation + self.mean, self.exponent)
        return np.clip(values, -_LARGEST, _LARGEST)


def learn_scale(values: FloatArray) -> Scale:
    """Return the scale by which `values`, finite and at least one, get mean 0 and deviation 1."""
    _, exponents = np.frexp(np.abs(values).max(keepdims=True))
    exponent = int(exponents[0])
    near_one = np.ldexp(values, -exponent)
    mean = float(near_one.mean())
    # Equal values may leave a deviation of rounding noise: whether they vary is seen in them.
    deviation = float(near_one.std()) if values.min() < values.max() else 0.0
    return Scale(mean, deviation, exponent)
