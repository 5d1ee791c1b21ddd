"""Initial weights and biases.

An initializer is a function ``(rng, n_inputs, n_neurons) -> weights, biases`` with weights of
shape (n_neurons, n_inputs) and biases of shape (n_neurons, 1). `rng` is a NumPy ``Generator``,
a ``RandomState``, or the module ``numpy.random`` itself: the page's scripts seed that one.

To add one, write the function and a row in the table at the end of the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.catalog import look_up

Float64: TypeAlias = NDArray[np.float64]


class RandomSource(Protocol):
    """What is asked of a source of random numbers."""

    def uniform(self, low: float, high: float, size: tuple[int, int], /) -> Any:
        """Draw from [low, high)."""
        ...

    def normal(self, loc: float, scale: float, size: tuple[int, int], /) -> Any:
        """Draw from a normal distribution."""
        ...

    def permutation(self, x: Any, /) -> Any:
        """Draw an order of 0 … x−1, or of an array's numbers: a new array."""
        ...

    def bytes(self, length: int, /) -> bytes:
        """Draw random bytes."""
        ...


Initializer: TypeAlias = Callable[[RandomSource, int, int], tuple[Float64, Float64]]


def uniform(rng: RandomSource, n_inputs: int, n_neurons: int) -> tuple[Float64, Float64]:
    """Draw weights, then biases, from uniform(−1, 1): the page's own.

    Examples
    --------
    >>> weights, biases = uniform(np.random.default_rng(0), 2, 3)
    >>> weights.shape, biases.shape
    ((3, 2), (3, 1))
    """
    return rng.uniform(-1, 1, (n_neurons, n_inputs)), rng.uniform(-1, 1, (n_neurons, 1))


def _zeros(n_neurons: int) -> Float64:
    return np.zeros((n_neurons, 1))


def _uniform_of_variance(
    variance: float, rng: RandomSource, n_inputs: int, n_neurons: int
) -> tuple[Float64, Float64]:
    bound = np.sqrt(3 * variance)  # the variance of uniform(−b, b) is b²/3
    return rng.uniform(-bound, bound, (n_neurons, n_inputs)), _zeros(n_neurons)


def _normal_of_variance(
    variance: float, rng: RandomSource, n_inputs: int, n_neurons: int
) -> tuple[Float64, Float64]:
    return rng.normal(0, np.sqrt(variance), (n_neurons, n_inputs)), _zeros(n_neurons)


def glorot_uniform(rng: RandomSource, n_inputs: int, n_neurons: int) -> tuple[Float64, Float64]:
    """Draw weights from uniform(−b, b), b = √(6/(n_in + n_out)); zero biases.

    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks", eq. 16. For tanh and sigmoid.
    """
    return _uniform_of_variance(2 / (n_inputs + n_neurons), rng, n_inputs, n_neurons)


def glorot_normal(rng: RandomSource, n_inputs: int, n_neurons: int) -> tuple[Float64, Float64]:
    """Draw weights from a normal distribution of variance 2/(n_in + n_out); zero biases.

    Glorot & Bengio 2010, eq. 12.
    """
    return _normal_of_variance(2 / (n_inputs + n_neurons), rng, n_inputs, n_neurons)


def he_uniform(rng: RandomSource, n_inputs: int, n_neurons: int) -> tuple[Float64, Float64]:
    """Draw weights from uniform(−b, b), b = √(6/n_in); zero biases.

    He, Zhang, Ren & Sun 2015, "Delving Deep into Rectifiers", eq. 10. For relu and its kin.
    """
    return _uniform_of_variance(2 / n_inputs, rng, n_inputs, n_neurons)


def he_normal(rng: RandomSource, n_inputs: int, n_neurons: int) -> tuple[Float64, Float64]:
    """Draw weights from a normal distribution of variance 2/n_in; zero biases.

    He, Zhang, Ren & Sun 2015, eq. 10.
    """
    return _normal_of_variance(2 / n_inputs, rng, n_inputs, n_neurons)


def lecun_normal(rng: RandomSource, n_inputs: int, n_neurons: int) -> tuple[Float64, Float64]:
    """Draw weights from a normal distribution of variance 1/n_in; zero biases.

    LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", eq. 16. What selu is made for.
    """
    return _normal_of_variance(1 / n_inputs, rng, n_inputs, n_neurons)


def orthogonal(rng: RandomSource, n_inputs: int, n_neurons: int) -> tuple[Float64, Float64]:
    """Draw weights whose rows (or columns, if fewer) are orthonormal; zero biases.

    Saxe, McClelland & Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in
    deep linear neural networks", section 3.
    """
    longer, shorter = max(n_inputs, n_neurons), min(n_inputs, n_neurons)
    q, r = np.linalg.qr(rng.normal(0, 1, (longer, shorter)))
    q *= np.where(np.diag(r) < 0, -1, 1)  # without this, QR's sign convention biases the draw
    return (q if n_neurons >= n_inputs else q.T), _zeros(n_neurons)


INITIALIZERS: dict[str, Initializer] = {
    row.__name__: row
    for row in (
        uniform,
        glorot_uniform,
        glorot_normal,
        he_uniform,
        he_normal,
        lecun_normal,
        orthogonal,
    )
}


def get_initializer(initializer: str | Initializer) -> Initializer:
    """Return the initializer of that name; a function is returned as it is.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If it is neither a name nor callable.

    Examples
    --------
    >>> get_initializer("uniform") is uniform
    True
    """
    if isinstance(initializer, str):
        return look_up(INITIALIZERS, initializer, "initializer")
    if callable(initializer):
        return initializer
    raise TypeError(
        f"an initializer is a name or a function (rng, n_inputs, n_neurons) -> weights, biases, "
        f"got {initializer!r}"
    )
