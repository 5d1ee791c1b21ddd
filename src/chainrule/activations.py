"""The elementwise functions a = f(z), each beside its derivative f'(z).

To add one, write the two functions and a row in the table at the end of the file; the tests
hold every row to finite differences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from chainrule.arrays import Array
from chainrule.catalog import look_up


class Elementwise(Protocol):
    """What a layer asks of its activation: a call gives f(z), `derivative` gives f'(z)."""

    def __call__(self, z: Array, /) -> Array:
        """Return f(z)."""
        ...

    def derivative(self, z: Array, /) -> Array:
        """Return f'(z)."""
        ...


@dataclass(frozen=True)
class Activation:
    """An elementwise function a = f(z) with its derivative.

    Parameters
    ----------
    name : str
    f : callable
        ``f(z) -> a``, arrays of one shape.
    df : callable
        ``df(z, a) -> f'(z)``; it also gets a = f(z), which is often all it needs.

    Examples
    --------
    >>> sigmoid(np.array([0.0]))
    array([0.5])
    >>> sigmoid.derivative(np.array([0.0]))
    array([0.25])
    """

    name: str
    f: Callable[[Array], Array]
    df: Callable[[Array, Array], Array]

    def __call__(self, z: ArrayLike) -> Array:
        """Return a = f(z)."""
        return self.f(_floating(z))

    def derivative(self, z: ArrayLike) -> Array:
        """Return f'(z), taken at the pre-activation z (not at a)."""
        z = _floating(z)
        return self.df(z, self.f(z))

    def __repr__(self) -> str:
        return self.name


def _floating(z: ArrayLike) -> Array:
    """Return `z` as an array of float32 or float64; whole numbers become float64."""
    z = np.asarray(z)
    return z if z.dtype in (np.float32, np.float64) else z.astype(np.float64)


def _identity(z: Array) -> Array:
    return z.copy()


def _d_identity(z: Array, a: Array) -> Array:
    return np.ones_like(z)


def _relu(z: Array) -> Array:
    return np.maximum(z, 0)


def _d_relu(z: Array, a: Array) -> Array:
    return (z > 0).astype(z.dtype)


_LEAK = 0.01


def _leaky_relu(z: Array) -> Array:
    return np.where(z > 0, z, _LEAK * z)


def _d_leaky_relu(z: Array, a: Array) -> Array:
    return np.where(z > 0, np.ones_like(z), np.full_like(z, _LEAK))


def _elu(z: Array) -> Array:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))  # np.where computes both: keep exp small


def _d_elu(z: Array, a: Array) -> Array:
    return np.where(z > 0, np.ones_like(z), a + 1)


# Klambauer, Unterthiner, Mayr & Hochreiter 2017, "Self-Normalizing Neural Networks"
_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772


def _selu(z: Array) -> Array:
    return _SELU_SCALE * np.where(z > 0, z, _SELU_ALPHA * np.expm1(np.minimum(z, 0)))


def _d_selu(z: Array, a: Array) -> Array:
    return np.where(z > 0, np.full_like(z, _SELU_SCALE), a + _SELU_SCALE * _SELU_ALPHA)


def _normal_cdf(z: Array) -> Array:
    from scipy.special import ndtr  # SciPy takes a while to import and only gelu needs it

    cdf: Array = ndtr(z)
    return cdf


def _normal_pdf(z: Array) -> Array:
    return np.exp(-0.5 * z * z) * z.dtype.type(1 / np.sqrt(2 * np.pi))


def _gelu(z: Array) -> Array:
    return z * _normal_cdf(z)  # Hendrycks & Gimpel 2016, "Gaussian Error Linear Units", section 2


def _d_gelu(z: Array, a: Array) -> Array:
    return _normal_cdf(z) + z * _normal_pdf(z)


def _sigmoid(z: Array) -> Array:
    e = np.exp(-np.abs(z))  # 1 / (1 + exp(-z)) overflows for large negative z
    return np.where(z >= 0, 1, e) / (1 + e)


def _d_sigmoid(z: Array, a: Array) -> Array:
    return a * (1 - a)


def _tanh(z: Array) -> Array:
    return np.tanh(z)


def _d_tanh(z: Array, a: Array) -> Array:
    return 1 - a * a


def _softplus(z: Array) -> Array:
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))  # log(1 + exp(z)) overflows for large z


def _d_softplus(z: Array, a: Array) -> Array:
    return _sigmoid(z)


def _silu(z: Array) -> Array:
    return z * _sigmoid(z)


def _d_silu(z: Array, a: Array) -> Array:
    s = _sigmoid(z)
    return s + a * (1 - s)


def _mish(z: Array) -> Array:
    return z * np.tanh(_softplus(z))  # Misra 2020, "Mish", eq. 1


def _d_mish(z: Array, a: Array) -> Array:
    t = np.tanh(_softplus(z))
    return t + z * _sigmoid(z) * (1 - t * t)


def _cos(z: Array) -> Array:
    return np.cos(z)


def _d_cos(z: Array, a: Array) -> Array:
    return -np.sin(z)


def _ramp(z: Array) -> Array:
    return np.minimum(np.maximum(z, 0), 1)


def _d_ramp(z: Array, a: Array) -> Array:
    return np.logical_and(a > 0, a < 1).astype(z.dtype)


identity = Activation("identity", _identity, _d_identity)
relu = Activation("relu", _relu, _d_relu)
leaky_relu = Activation("leaky_relu", _leaky_relu, _d_leaky_relu)
elu = Activation("elu", _elu, _d_elu)
selu = Activation("selu", _selu, _d_selu)
gelu = Activation("gelu", _gelu, _d_gelu)
silu = Activation("silu", _silu, _d_silu)
mish = Activation("mish", _mish, _d_mish)
softplus = Activation("softplus", _softplus, _d_softplus)
sigmoid = Activation("sigmoid", _sigmoid, _d_sigmoid)
tanh = Activation("tanh", _tanh, _d_tanh)
cos = Activation("cos", _cos, _d_cos)
ramp = Activation("ramp", _ramp, _d_ramp)

ACTIVATIONS: dict[str, Activation] = {
    row.name: row
    for row in (
        identity,
        relu,
        leaky_relu,
        elu,
        selu,
        gelu,
        silu,
        mish,
        softplus,
        sigmoid,
        tanh,
        cos,
        ramp,
    )
}


def get_activation(activation: str | Elementwise) -> Elementwise:
    """Return the activation of that name; an activation object is returned as it is.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If the object cannot be called or has no ``derivative``.

    Examples
    --------
    >>> get_activation("relu")
    relu
    """
    if isinstance(activation, str):
        return look_up(ACTIVATIONS, activation, "activation")
    if callable(activation) and callable(getattr(activation, "derivative", None)):
        return activation
    raise TypeError(
        f"an activation is a name or an object with f(z) and derivative(z), got {activation!r}; "
        "write Activation(name, f, df) to make one"
    )
