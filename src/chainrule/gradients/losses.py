"""A loss's dz beside central differences of its value."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from chainrule.arrays import Array
from chainrule.gradients.calls import steady
from chainrule.gradients.differences import Compared, compare, differences
from chainrule.gradients.learners import floats
from chainrule.losses import Loss


def of_loss(
    loss: Loss, x: ArrayLike | None, y: ArrayLike | None, source: np.random.Generator
) -> Compared:
    """Compare a loss's dz; x holds the raw outputs z, one sample in each row."""
    if (x is None) != (y is None):
        raise ValueError("to check a loss, give both x (the raw outputs z) and y, or neither")
    if x is None or y is None:
        z, targets = _drawn_for(loss, source)
    else:
        z, targets = floats("x", x), floats("y", y)
        if z.ndim != 2 or z.shape != targets.shape:
            raise ValueError(
                f"x and y are (m, n_outputs), one sample in each row, got {z.shape} and "
                f"{targets.shape}"
            )
        z, targets = z.T.copy(), targets.T.copy()
    steady("the loss", lambda: np.asarray(loss.value(z, targets), float))
    found = differences(lambda: float(loss.value(z, targets).sum()), z)
    return compare("dz", loss.dz(z, targets), found)


def _drawn_for(loss: Loss, source: np.random.Generator) -> tuple[Array, Array]:
    """Draw raw outputs and labels that the loss allows: shares, above 0, of so many outputs."""
    for n_outputs in (3, *range(1, 33)):
        y = source.dirichlet(np.ones(n_outputs), 5).T
        if np.all(loss.allows(y)):
            return source.normal(size=(n_outputs, 5)), y
    raise ValueError(f"{loss!r} is for {loss.labels}: give x (the raw outputs z) and y")
