"""`diagnose`: which mistake a learner's `Layer`, `Perceptron` or whole program has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chainrule.diagnosis.findings import Diagnosis, Finding
from chainrule.diagnosis.fits.judging import look_at_fit
from chainrule.diagnosis.layers.judging import look_at_layer
from chainrule.diagnosis.programs.judging import look_at_program
from chainrule.diagnosis.reading.own_activations import OwnActivation, own_activations
from chainrule.diagnosis.reading.readings import Reading


def diagnose(
    layer: Any = None,
    perceptron: Any = None,
    *,
    activation: Any = None,
    read_as: Reading | Mapping[str, Any] | None = None,
    loss: Callable[..., Any] | None = None,
    parameters: Any = None,
    gradients: Any = None,
    step: Callable[..., Any] | None = None,
    learning_rate: float | None = None,
    x: Any = None,
    y: Any = None,
) -> Diagnosis:
    """Find out which mistake a hand-written `Layer`, `Perceptron` or whole program has.

    The classes' code is run: on small layers, on seven samples. What it prints is not shown, and
    NumPy's and Python's global random numbers are as before.

    A program of any other make is given by its loss, its parameters, and its gradients or a step.
    With the data that the loss is of, it is found out how its network is built (`read_as` says
    how), and the book's mistakes are looked for in all its layers.

    Parameters
    ----------
    layer : class, optional
        ``Layer(n_inputs, n_neurons, activation)`` with `weights`, `biases`, ``forward(inputs)``
        and ``backward(da, learning_rate)``, as on the page; or written by another convention of
        those that are read (`docs/conventions.md`).
    perceptron : class, optional
        ``Perceptron(layers)`` with ``fit(training_data, labels, epochs, learning_rate)``.
    activation : object, class or sequence of them, optional
        The activations that the layer is made for, in place of those of its own file: each a
        function of z, or an object with a `derivative`.
    read_as : Reading or mapping, optional
        How the layer's class is to be read, where it is misread: ``{"samples": "rows"}``.
    loss, parameters, gradients, step, learning_rate : optional
        A program, as `check_gradients` takes it.
    x, y : array, optional
        The data that the program's loss is of, samples in rows or in columns. Without them only
        what the numbers alone tell is said.

    Returns
    -------
    Diagnosis

    Raises
    ------
    TypeError
        If nothing is given, or a class is no class, or a program is not given in full.
    ValueError
        If `activation` is none that is known, `read_as` names what a reading has not, or a program
        cannot be checked.

    Examples
    --------
    >>> import chainrule
    >>> class Layer(chainrule.Layer):
    ...     def backward(self, da, learning_rate):
    ...         dz = da * self.activation.derivative(self.outputs)
    ...         self.weights -= learning_rate * dz @ self.inputs.T
    ...         self.biases -= learning_rate * dz
    ...         return self.weights.T @ dz
    >>> print(diagnose(Layer).findings[0].title)
    the weights are updated before da_prev is computed

    A program of one's own:

    >>> import numpy as np
    >>> x, y, p = np.array([[1.0], [2.0], [6.0]]), np.array([3.0, 5.0, 8.0]), [np.ones(1), 0.1]
    >>> loss = lambda: np.mean((x @ p[0] + p[1] - y) ** 2)
    >>> error = x @ p[0] + p[1] - y
    >>> gradients = [2 * error @ x / 3, 2 * error.sum()]
    >>> print(diagnose(loss=loss, parameters=p, gradients=gradients, x=x, y=y).findings[0].title)
    db is the sum over the samples; right is the average, with 1/m
    """
    program = {"gradients": gradients, "step": step, "learning_rate": learning_rate, "x": x, "y": y}
    if loss is not None or parameters is not None or any(v is not None for v in program.values()):
        if loss is None or parameters is None or layer is not None or perceptron is not None:
            raise TypeError(
                "give a program by itself: loss=, parameters=, and gradients= or step= with "
                "learning_rate="
            )
        return look_at_program(loss, parameters, **program)
    for name, given in (("layer", layer), ("perceptron", perceptron)):
        if given is not None and not isinstance(given, type):
            raise TypeError(f"{name} is a class, got {given!r}; give the class itself")
    if layer is None and perceptron is None:
        raise TypeError(
            "give a Layer class, a Perceptron class, or both; or a program's loss= and parameters="
        )
    findings: list[Finding] = []
    remarks: list[str] = []
    told = ""
    if layer is not None:
        judged = look_at_layer(layer, _own(activation), like=read_as)
        findings += judged.findings
        remarks += judged.remarks
        told = judged.read_as
    if perceptron is not None:
        found, said = look_at_fit(perceptron)
        findings += found
        remarks += said
    return Diagnosis(tuple(findings), tuple(remarks), told)


def _own(activation: Any) -> list[OwnActivation] | None:
    """Return the activations that the caller hands over."""
    if activation is None:
        return None
    several = activation if isinstance(activation, Sequence) else [activation]
    names = {getattr(one, "__name__", type(one).__name__): one for one in several}
    own = own_activations(names, named=False)
    if len(own) < len(names):
        raise ValueError(
            f"activation is a function of z, an object that can be called, or a class of one; none "
            f"that is known was found in {activation!r}"
        )
    return own
