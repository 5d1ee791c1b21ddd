"""What large weights cost: a penalty R(W) that is added to the loss of every batch.

Biases are free. Weight decay that bypasses the gradient is the optimizer `AdamW`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array
from chainrule.ranges import require_not_negative


@dataclass(frozen=True)
class Penalty:
    """The elastic net over all weights: R(W) = l1·Σ|w| + ½·l2·Σw².

    Parameters
    ----------
    l1, l2 : float
        At least 0 each.
    divided_by_batch : bool
        Whether R is divided by the batch's number of samples (by the sum of their weights, if
        they have some), as by scikit-learn, whose ``alpha`` is then `l2`. A batch whose
        weights are all 0 then has no penalty.

    Raises
    ------
    ValueError
        If `l1` or `l2` is negative or not finite.

    Examples
    --------
    >>> W = np.array([[3.0, -4.0]])
    >>> penalty = Penalty(l1=0.1, l2=1.0)
    >>> penalty.value(W), penalty.gradient(W)
    (13.2, array([[ 3.1, -4.1]]))
    """

    l1: float = 0.0
    l2: float = 0.0
    divided_by_batch: bool = False

    def __post_init__(self) -> None:
        require_not_negative("l1", self.l1)
        require_not_negative("l2", self.l2)

    def __bool__(self) -> bool:
        """Say whether anything is penalised."""
        return self.l1 > 0 or self.l2 > 0

    def value(self, weights: Array) -> float:
        """Return R of one layer's weights."""
        absolute = np.abs(weights).sum(dtype=np.float64)
        return float(self.l1 * absolute + 0.5 * self.l2 * np.square(weights, dtype=float).sum())

    def gradient(self, weights: Array) -> Array:
        """Return ∂R/∂W, of the weights' shape; 0 is taken for the slope of |w| at 0."""
        return self.l1 * np.sign(weights) + self.l2 * weights

    def scale(self, batch_weight: float) -> float:
        """Return what R is multiplied by in a batch.

        Parameters
        ----------
        batch_weight : float
            The number of its samples, or the sum of their weights.
        """
        if not self.divided_by_batch:
            return 1.0
        return 1.0 / batch_weight if batch_weight > 0 else 0.0


NO_PENALTY = Penalty()


def get_penalty(penalty: Penalty | None) -> Penalty:
    """Return the penalty; None is none.

    Raises
    ------
    TypeError
        If it is no `Penalty`.

    Examples
    --------
    >>> get_penalty(None)
    Penalty(l1=0.0, l2=0.0, divided_by_batch=False)
    """
    if penalty is None:
        return NO_PENALTY
    if not isinstance(penalty, Penalty):
        raise TypeError(f"a penalty is a Penalty such as Penalty(l2=1e-4), got {penalty!r}")
    return penalty
