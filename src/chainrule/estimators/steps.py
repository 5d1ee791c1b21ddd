"""From an estimator's parameters to steps: the optimizer, and a learning rate for every epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers import SGD, Adam, AdamW, Decaying, Momentum, Nesterov, Optimizer
from chainrule.schedules import SCHEDULES, Schedule, get_schedule

_LEAST_RATE = 1e-6  # below it, "adaptive" gives up
OF_SGD = ("constant", "invscaling", "adaptive")  # scikit-learn's, which "adam" does not look at
FOR_ALL = ("plateau", *(name for name in SCHEDULES if name not in {"constant", "inverse_scaling"}))


class _UndampedMomentum(Momentum):
    """μ = 1, which scikit-learn allows: the velocity never fades."""

    def __post_init__(self) -> None:
        pass


class _UndampedNesterov(Nesterov):
    """The same, looking ahead."""

    def __post_init__(self) -> None:
        pass


def _with_momentum(momentum: float, *, nesterovs: bool) -> Optimizer:
    if momentum == 1:
        return _UndampedNesterov(1.0) if nesterovs else _UndampedMomentum(1.0)
    return Nesterov(momentum) if nesterovs else Momentum(momentum)


def optimizer_of(parameters: Any) -> Optimizer:
    """Return the optimizer of an estimator's parameters: of its solver, or the solver itself.

    Examples
    --------
    >>> from types import SimpleNamespace as Parameters
    >>> sgd = Parameters(solver="sgd", momentum=0.5, nesterovs_momentum=True, weight_decay=0.0)
    >>> optimizer_of(sgd)
    Nesterov(momentum=0.5)
    """
    solver, decay = parameters.solver, parameters.weight_decay
    if solver == "adam":
        averages = parameters.beta_1, parameters.beta_2, parameters.epsilon
        return AdamW(decay, *averages) if decay else Adam(*averages)
    optimizer: Optimizer = SGD()
    if not isinstance(solver, str):
        optimizer = solver
    elif parameters.momentum:
        optimizer = _with_momentum(parameters.momentum, nesterovs=parameters.nesterovs_momentum)
    return Decaying(optimizer, decay) if decay else optimizer


@dataclass
class LearningRate:
    """The learning rate of every step; as a schedule, a multiple of the first one.

    Parameters
    ----------
    first : float
    rule : str or Schedule
        "constant"; "invscaling" divides by (t + 1)^power_t, where t counts the samples seen in
        all earlier epochs; "adaptive" and "plateau" divide by 5 whenever `give_way` is asked
        for; or a schedule.
    power_t : float
    warm_up : float
        Epochs in which the learning rate rises from 0 to what it would be.
    horizon : int
        The epochs that a schedule reckons with at least: those of several fits together.
    earlier : int
        Epochs that were over before those that are counted.
    """

    first: float
    rule: str | Schedule = "constant"
    power_t: float = 0.5
    warm_up: float = 0.0
    horizon: int = 0
    earlier: int = 0
    now: float = field(init=False)

    def __post_init__(self) -> None:
        self.now = float(self.first)
        own = isinstance(self.rule, str) and self.rule in {*OF_SGD, "plateau"}
        self._schedule = None if own else get_schedule(self.rule)

    def __call__(self, epoch: Array, epochs: float) -> Array:
        """Return what the first learning rate is multiplied by at each of the times `epoch`."""
        epoch, epochs = epoch + self.earlier, epochs + self.earlier
        factors = np.full(len(epoch), self.now / self.first)
        if self._schedule is not None:
            factors = factors * self._schedule(epoch, max(epochs, self.horizon))
        if self.warm_up:
            step = 1 / len(epoch)  # the first step is a small one, not none
            factors = factors * np.minimum(1.0, (epoch + step) / self.warm_up)
        return factors

    @property
    def settings(self) -> tuple[float, str | Schedule, float, float]:
        """The constructor's arguments; two learning rates with equal settings start out equal."""
        return self.first, self.rule, self.power_t, self.warm_up

    def epoch_is_over(self, t: int) -> None:
        """Go on to the next epoch, when t samples have been seen."""
        if self.rule == "invscaling":
            self.now = float(self.first) / (t + 1) ** self.power_t

    @property
    def gives_way(self) -> bool:
        """Whether smaller steps are tried where nothing improves."""
        return self.rule in ("adaptive", "plateau")

    def give_way(self) -> bool:
        """Make smaller steps, as nothing improves; return False if that is no way out."""
        if not self.gives_way or self.now <= _LEAST_RATE:
            return False
        self.now /= 5.0
        return True


def learning_rate_of(parameters: Any, *, horizon: int) -> LearningRate:
    """Return the learning rate of an estimator's parameters, at its beginning."""
    first, rule = float(parameters.learning_rate_init), parameters.learning_rate
    if parameters.solver == "adam" and isinstance(rule, str) and rule in OF_SGD:
        rule = "constant"
    return LearningRate(first, rule, parameters.power_t, parameters.warm_up, horizon)
