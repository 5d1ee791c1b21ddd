"""`check_gradients`: derivatives by formula beside central differences, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.gradients.functions import of_function
from chainrule.gradients.layers import of_layer
from chainrule.gradients.losses import of_loss
from chainrule.gradients.networks import of_network
from chainrule.gradients.program_check import of_program
from chainrule.gradients.result import GradientCheck
from chainrule.losses import Loss
from chainrule.ranges import require_positive


def check_gradients(
    subject: Any,
    x: Any = None,
    y: Any = None,
    *,
    derivative: Callable[[Any], Any] | None = None,
    loss: str | Loss | None = None,
    parameters: Any = None,
    gradients: Any = None,
    step: Callable[..., Any] | None = None,
    learning_rate: float | None = None,
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
        is checked; they work on copies. Or the loss of a program of any other make, a function of
        no argument or of the parameters, with `parameters` and `gradients` or `step`.
    x, y : array, optional
        Samples for a network or a `Loss`, one in each row; one sample for a layer; numbers for a
        function. Without them a layer, a `Loss` or a function gets some by itself.
        Of a program, these are `parameters` and `gradients`.
    derivative : callable, optional
        Of a function f that has none of its own: f′ where f makes a number of each number; the
        gradient, of x's shape, where f makes one number of all; else the matrix of derivatives.
    loss : str or Loss, optional
        Of a network: that of the estimator, or binary cross-entropy.
    parameters : array, list, tuple, dict or object, optional
        What a program computes its loss with: arrays and numbers, nested as one likes. They are
        moved where they are, and put back. Of an object's other attributes none is touched.
    gradients : like the parameters, or callable, optional
        They belong to parameters of the same name (W1 or dW1, grad_W1 …) or place. A function of
        no argument or of the parameters returns them, or leaves them in `parameters`.
    step : callable, optional
        Makes one update, in place or by returning the new parameters; it takes nothing, the
        parameters, or these and the learning rate. A gradient is (before − after) / learning_rate.
    learning_rate : float, optional
        The one that `step` uses.
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
        If the subject is none of these, its weights are whole numbers, or it cannot be called.
    ValueError
        If the samples or shapes do not fit, or a function gives two results for the same input.

    Examples
    --------
    >>> from chainrule import Layer, Perceptron
    >>> net = Perceptron([Layer(2, 3, "tanh", rng=0), Layer(3, 1, "sigmoid", rng=1)])
    >>> check_gradients(net, [[0.5, -1.0]], [[1.0]]).require()
    >>> print(check_gradients(lambda x: x**3, [2.0], derivative=lambda x: 2 * x**2))
    quantity    entries  skipped  worst error  where
    f′                1        0      3.3e-01  f′[0]: formula 8, differences 12
    NOT ALL AGREE (relative error up to 1e-06)

    A program of one's own:

    >>> x, p = np.array([1.0, 2.0, 6.0]), {"w": np.array([0.5]), "b": 0.1}
    >>> loss = lambda: np.mean((p["w"] * x + p["b"] - 1) ** 2)
    >>> error = p["w"] * x + p["b"] - 1
    >>> print(check_gradients(loss, p, {"dw": [2 * error @ x], "db": 2 * error.sum()}).notes[0])
    all gradients are the differences times 3: a sum in place of a mean?
    """
    require_positive("tolerance", tolerance)
    source = np.random.default_rng(rng)
    if _is_program(subject, x, derivative, parameters, gradients, step):
        found = of_program(
            subject, x if parameters is None else parameters, y if gradients is None else gradients,
            step, learning_rate, tolerance=tolerance, source=source,
        )  # fmt: skip
        return GradientCheck(
            tuple(found.compared), tolerance, tuple(found.notes), tuple(found.not_compared)
        )
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
            "with derivative, a Loss, a function and its derivative=…, or a loss, its parameters= "
            f"and gradients= or step=; got {subject!r}"
        )
    return GradientCheck(tuple(compared), tolerance, tuple(notes))


def _is_program(subject: Any, x: Any, derivative: Any, *of_programs: Any) -> bool:
    if any(one is not None for one in of_programs):
        return True
    known = isinstance(subject, Loss) or any(
        hasattr(subject, name)
        for name in ("layers", "as_seen_in_training", "backward", "derivative")
    )
    return callable(subject) and x is not None and derivative is None and not known
