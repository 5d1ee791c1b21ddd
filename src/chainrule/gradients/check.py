"""`check_gradients`: derivatives by formula beside central differences, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainrule.gradients.functions import of_function
from chainrule.gradients.layers import of_layer
from chainrule.gradients.losses import of_loss
from chainrule.gradients.networks import of_network
from chainrule.gradients.result import GradientCheck
from chainrule.losses import Loss
from chainrule.ranges import require_positive


def check_gradients(
    subject: Any,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    derivative: Callable[[Any], Any] | None = None,
    loss: str | Loss | None = None,
    tolerance: float = 1e-6,
    rng: int = 0,
) -> GradientCheck:
    """Hold derivatives to central differences.

    Parameters
    ----------
    subject : object
        A network (a `Perceptron`, a fitted estimator, a learner's own with `layers`), a layer with
        `forward` and `backward`, an activation with `derivative`, a `Loss`, or any function of
        numbers together with its `derivative`. A learner's own `forward` and `backward` are what
        is checked; they work on copies.
    x, y : array, optional
        Samples for a network or a `Loss`, one in each row; one sample for a layer; numbers for a
        function. Without them a layer, a `Loss` or a function gets some by itself.
    derivative : callable, optional
        f′ of a function f that has none of its own.
    loss : str or Loss, optional
        Of a network: that of the estimator, or binary cross-entropy.
    tolerance : float
        The largest relative error that is none.
    rng : int
        Seed of what is drawn.

    Returns
    -------
    GradientCheck

    Raises
    ------
    TypeError
        If the subject is none of these, or its weights are whole numbers.
    ValueError
        If the samples do not fit.

    Examples
    --------
    >>> from chainrule import Layer, Perceptron
    >>> net = Perceptron([Layer(2, 3, "tanh", rng=0), Layer(3, 1, "sigmoid", rng=1)])
    >>> check_gradients(net, [[0.5, -1.0]], [[1.0]]).require()
    >>> print(check_gradients(lambda x: x**3, [2.0], derivative=lambda x: 2 * x**2))
    quantity    entries  skipped  worst error  where
    f′                1        0      3.3e-01  f′[0]: formula 8, differences 12
    NOT ALL AGREE (relative error up to 1e-06)
    """
    require_positive("tolerance", tolerance)
    source = np.random.default_rng(rng)
    notes: list[str] = []
    if derivative is not None:
        if y is not None:
            raise TypeError(
                "a function is checked with its derivative at x alone; bind y: lambda p: f(y, p)"
            )
        compared, notes = of_function(subject, derivative, x, tolerance)
    elif isinstance(subject, Loss):
        compared = [of_loss(subject, x, y, source)]
    elif hasattr(subject, "layers") or hasattr(subject, "as_seen_in_training"):
        compared, notes = of_network(subject, x, y, loss, tolerance)
    elif hasattr(subject, "forward") and hasattr(subject, "backward"):
        compared, notes = of_layer(subject, x, source, tolerance)
    elif callable(subject) and callable(getattr(subject, "derivative", None)):
        compared, notes = of_function(subject, subject.derivative, x, tolerance)
    else:
        raise TypeError(
            "check_gradients takes a network, a layer with forward and backward, an activation "
            f"with derivative, a Loss, or a function and its derivative=…; got {subject!r}"
        )
    return GradientCheck(tuple(compared), tolerance, tuple(notes))
