"""How a gradient becomes a step of θ.

An optimizer is a frozen dataclass of hyper-parameters. It keeps nothing itself: its running
averages are `slots` vectors of θ's size that the caller holds. The learning rate comes with
every step, since a schedule may change it. `t` counts the steps from 1.

To add one, write the class and a row in the table at the end of the file. A `step` is arithmetic
and NumPy's functions of numbers alone, on its arguments and the rows of `state`, so that an engine
can compile it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from chainrule.arrays import Array
from chainrule.catalog import look_up
from chainrule.ranges import require_not_negative, require_positive, require_rate


class Optimizer(Protocol):
    """What the training loop asks of an optimizer."""

    @property
    def slots(self) -> int:
        """The number of vectors of θ's size that it keeps between steps."""
        ...

    def step(self, theta: Array, grad: Array, state: Array, t: int, learning_rate: float) -> None:
        """Update `theta` (n,) and `state` (slots, n) in place from `grad` (n,)."""
        ...


def fresh_state(optimizer: Optimizer, theta: Array) -> Array:
    """Return the optimizer's memory before the first step: zeros of shape (slots, n).

    Examples
    --------
    >>> fresh_state(Adam(), np.ones(3)).shape
    (2, 3)
    """
    return np.zeros((optimizer.slots, theta.size), dtype=theta.dtype)


@dataclass(frozen=True)
class SGD:
    """Step against the gradient: θ ← θ − η g.

    Examples
    --------
    >>> theta = np.array([1.0])
    >>> SGD().step(theta, np.array([2.0]), np.empty((0, 1)), 1, learning_rate=0.25)
    >>> theta
    array([0.5])
    """

    slots: ClassVar[int] = 0

    def step(self, theta: Array, grad: Array, state: Array, t: int, learning_rate: float) -> None:
        """Update `theta` in place."""
        theta -= learning_rate * grad


@dataclass(frozen=True)
class Momentum:
    """Keep a velocity: v ← μ v − η g, θ ← θ + v (Polyak 1964).

    Parameters
    ----------
    momentum : float in [0, 1)
        μ.
    """

    momentum: float = 0.9
    slots: ClassVar[int] = 1

    def __post_init__(self) -> None:
        require_rate("momentum", self.momentum)

    def step(self, theta: Array, grad: Array, state: Array, t: int, learning_rate: float) -> None:
        """Update `theta` and the velocity in place."""
        v = state[0]
        v *= self.momentum
        v -= learning_rate * grad
        theta += v


@dataclass(frozen=True)
class Nesterov:
    """Look ahead along the velocity: v ← μ v − η g, θ ← θ + μ v − η g.

    Sutskever, Martens, Dahl & Hinton 2013, "On the importance of initialization and momentum",
    eq. 3 and 4, with θ standing for the point that has already looked ahead.

    Parameters
    ----------
    momentum : float in [0, 1)
        μ.
    """

    momentum: float = 0.9
    slots: ClassVar[int] = 1

    def __post_init__(self) -> None:
        require_rate("momentum", self.momentum)

    def step(self, theta: Array, grad: Array, state: Array, t: int, learning_rate: float) -> None:
        """Update `theta` and the velocity in place."""
        v = state[0]
        v *= self.momentum
        v -= learning_rate * grad
        theta += self.momentum * v - learning_rate * grad


@dataclass(frozen=True)
class RMSProp:
    """Divide by the recent size of the gradient: s ← ρ s + (1−ρ) g², θ ← θ − η g / (√s + ε).

    Tieleman & Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning".

    Parameters
    ----------
    rho : float in [0, 1)
        ρ, how slowly the average forgets.
    epsilon : float
        ε, above 0.
    """

    rho: float = 0.9
    epsilon: float = 1e-8
    slots: ClassVar[int] = 1

    def __post_init__(self) -> None:
        require_rate("rho", self.rho)
        require_positive("epsilon", self.epsilon)

    def step(self, theta: Array, grad: Array, state: Array, t: int, learning_rate: float) -> None:
        """Update `theta` and the running average in place."""
        s = state[0]
        s += (1 - self.rho) * (grad * grad - s)
        theta -= learning_rate * grad / (np.sqrt(s) + self.epsilon)


@dataclass(frozen=True)
class Adam:
    """Adapt the step to the first and second moment of the gradient.

    m ← β₁ m + (1−β₁) g, v ← β₂ v + (1−β₂) g², θ ← θ − η √(1−β₂ᵗ)/(1−β₁ᵗ) · m / (√v + ε).

    Kingma & Ba 2015, "Adam", algorithm 1 in the order of computation that the end of section 2
    gives, which is also scikit-learn's.

    Parameters
    ----------
    beta_1, beta_2 : float in [0, 1)
        How slowly the two averages forget.
    epsilon : float
        ε, above 0.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    slots: ClassVar[int] = 2

    def __post_init__(self) -> None:
        _require_averages(self.beta_1, self.beta_2, self.epsilon)

    def step(self, theta: Array, grad: Array, state: Array, t: int, learning_rate: float) -> None:
        """Update `theta` and the two running averages in place."""
        m, v = _averages(grad, state, self.beta_1, self.beta_2)
        rate = learning_rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        theta -= rate * m / (np.sqrt(v) + self.epsilon)


def _require_averages(beta_1: float, beta_2: float, epsilon: float) -> None:
    require_rate("beta_1", beta_1)
    require_rate("beta_2", beta_2)
    require_positive("epsilon", epsilon)


def _averages(grad: Array, state: Array, beta_1: float, beta_2: float) -> tuple[Array, Array]:
    """Update the two running averages of Adam in place and return them: m, v."""
    m, v = state[0], state[1]
    m += (1 - beta_1) * (grad - m)
    v += (1 - beta_2) * (grad * grad - v)
    return m, v


@dataclass(frozen=True)
class AdamW:
    """Adam whose weight decay bypasses the moments: θ ← θ − η λ θ, then Adam's step.

    Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2, with the
    learning rate η as its schedule multiplier. All of θ decays, biases too.

    Parameters
    ----------
    weight_decay : float
        λ, at least 0.
    beta_1, beta_2, epsilon : float
        As in `Adam`.
    """

    weight_decay: float = 0.01
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    slots: ClassVar[int] = 2

    def __post_init__(self) -> None:
        require_not_negative("weight_decay", self.weight_decay)
        _require_averages(self.beta_1, self.beta_2, self.epsilon)

    def step(self, theta: Array, grad: Array, state: Array, t: int, learning_rate: float) -> None:
        """Update `theta` and the two running averages in place."""
        theta *= 1 - learning_rate * self.weight_decay
        m, v = _averages(grad, state, self.beta_1, self.beta_2)
        rate = learning_rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        theta -= rate * m / (np.sqrt(v) + self.epsilon)


@dataclass(frozen=True)
class NAdam:
    """Adam with Nesterov's look-ahead in the first moment.

    θ ← θ − η m̄ / (√v̂ + ε) with m̄ = β₁ m/(1−β₁ᵗ⁺¹) + (1−β₁) g/(1−β₁ᵗ) and v̂ = v/(1−β₂ᵗ).

    Dozat 2016, "Incorporating Nesterov Momentum into Adam", algorithm 2 with a constant μ = β₁.

    Parameters
    ----------
    beta_1, beta_2, epsilon : float
        As in `Adam`.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    slots: ClassVar[int] = 2

    def __post_init__(self) -> None:
        _require_averages(self.beta_1, self.beta_2, self.epsilon)

    def step(self, theta: Array, grad: Array, state: Array, t: int, learning_rate: float) -> None:
        """Update `theta` and the two running averages in place."""
        m, v = _averages(grad, state, self.beta_1, self.beta_2)
        ahead = self.beta_1 / (1 - self.beta_1 ** (t + 1))
        here = (1 - self.beta_1) / (1 - self.beta_1**t)
        v_hat = v / (1 - self.beta_2**t)
        theta -= learning_rate * (ahead * m + here * grad) / (np.sqrt(v_hat) + self.epsilon)


@dataclass(frozen=True)
class Decaying:
    """An optimizer with decoupled weight decay: θ ← θ − η λ θ, then the optimizer's step.

    Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 1, with the
    learning rate η as its schedule multiplier.

    Parameters
    ----------
    optimizer : Optimizer
    weight_decay : float
        λ.
    """

    optimizer: Optimizer
    weight_decay: float

    @property
    def slots(self) -> int:
        """As many as the optimizer's."""
        return self.optimizer.slots

    def step(self, theta: Array, grad: Array, state: Array, t: int, learning_rate: float) -> None:
        """Update `theta` and the optimizer's memory in place."""
        theta *= 1 - learning_rate * self.weight_decay
        self.optimizer.step(theta, grad, state, t, learning_rate)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
    "nadam": NAdam,
}


def get_optimizer(optimizer: str | Optimizer) -> Optimizer:
    """Return the optimizer of that name with its defaults; an optimizer is returned as it is.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If it is neither a name nor an optimizer (a class is not: write ``Adam()``).

    Examples
    --------
    >>> get_optimizer("momentum")
    Momentum(momentum=0.9)
    """
    if isinstance(optimizer, str):
        return look_up(OPTIMIZERS, optimizer, "optimizer")()
    if isinstance(optimizer, type) or not callable(getattr(optimizer, "step", None)):
        raise TypeError(
            f"an optimizer is a name or an object such as Adam(beta_1=0.8), got {optimizer!r}; "
            f"known names: {', '.join(OPTIMIZERS)}"
        )
    return optimizer
