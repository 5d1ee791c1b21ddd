"""`diagnose`: which mistake a learner's `Layer` or `Perceptron` has."""

from __future__ import annotations

from typing import Any

from chainrule.diagnosis.findings import Diagnosis, Finding
from chainrule.diagnosis.fits import look_at_fit
from chainrule.diagnosis.layer_checks import look_at_layer

__all__ = ["Diagnosis", "Finding", "diagnose"]


def diagnose(layer: Any = None, perceptron: Any = None) -> Diagnosis:
    """Find out which mistake a hand-written `Layer` or `Perceptron` has.

    The classes' code is run: on small layers, on seven samples. What it prints is not shown, and
    NumPy's and Python's global random numbers are as before.

    Parameters
    ----------
    layer : class, optional
        ``Layer(n_inputs, n_neurons, activation)`` with `weights`, `biases`, ``forward(inputs)``
        and ``backward(da, learning_rate)``, as on the page.
    perceptron : class, optional
        ``Perceptron(layers)`` with ``fit(training_data, labels, epochs, learning_rate)``.

    Returns
    -------
    Diagnosis

    Raises
    ------
    TypeError
        If neither is given, or one of them is no class.

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
    """
    for name, given in (("layer", layer), ("perceptron", perceptron)):
        if given is not None and not isinstance(given, type):
            raise TypeError(f"{name} is a class, got {given!r}; give the class itself")
    if layer is None and perceptron is None:
        raise TypeError("give a Layer class, a Perceptron class, or both")
    findings: list[Finding] = []
    remarks: list[str] = []
    if layer is not None:
        findings += look_at_layer(layer)
    if perceptron is not None:
        found, said = look_at_fit(perceptron)
        findings += found
        remarks += said
    return Diagnosis(tuple(findings), tuple(remarks))
