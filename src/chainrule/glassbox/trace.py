"""`trace`: one step of training, every number of it, on a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainrule.arrays import Array
from chainrule.catalog import look_up
from chainrule.glassbox import pages
from chainrule.glassbox.networks import look_at
from chainrule.glassbox.steps import Quantity, quantities
from chainrule.glassbox.trouble import NotFinite, first_not_finite
from chainrule.losses import Loss
from chainrule.ranges import require_positive


@dataclass(frozen=True, eq=False)
class Trace(Mapping[str, Quantity]):
    """The quantities of one step, by their names: ``trace["dW²"]``, or ``trace["dW2"]``.

    `print` shows a page of text, a notebook a page of HTML.

    Attributes
    ----------
    steps : tuple of Quantity
        In the order in which they are computed.
    title : str
    """

    steps: tuple[Quantity, ...]
    title: str
    _by_name: dict[str, Quantity] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {step.name: step for step in self.steps})

    def __getitem__(self, name: str) -> Quantity:
        return look_up(self._by_name, name.translate(_RAISE), "quantity of the trace")

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        return pages.as_text(self.title, self.steps, self.not_finite)

    def __repr__(self) -> str:
        return f"<Trace of {len(self)} quantities: {self.title}>"

    def _repr_html_(self) -> str:
        return pages.as_html(self.title, self.steps, self.not_finite)

    @property
    def not_finite(self) -> NotFinite | None:
        """The first NaN or infinity, and where it comes from; None if there is none."""
        return first_not_finite(self.steps)

    def entry(self, name: str, *index: int) -> str:
        """Return one entry's formula with its numbers in it.

        Parameters
        ----------
        name : str
            A quantity that a formula gives.
        *index : int
            Row and column, from 0.

        Raises
        ------
        ValueError
            If there is no such quantity.
        IndexError
            If it has no such entry.

        Examples
        --------
        >>> from chainrule import Layer, Perceptron
        >>> layer = Layer(2, 1, "sigmoid")
        >>> layer.weights, layer.biases = [[1.0, -1.0]], [[0.5]]
        >>> trace(Perceptron([layer]), [2.0, 2.5], [1.0]).entry("z1", 0, 0)
        'z¹[0, 0] = 1 × 2 + −1 × 2.5 + 0.5 = 0'
        """
        return pages.entry(self._by_name, self[name], index)


_RAISE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def trace(
    network: Any,
    x: ArrayLike,
    y: ArrayLike | None = None,
    *,
    loss: str | Loss | None = None,
    learning_rate: float = 0.01,
) -> Trace:
    """Write out one step of training by gradient descent, without changing the network.

    Parameters
    ----------
    network : Perceptron, fitted estimator, or object with `layers`
        Of a learner's own classes, layers with `weights`, `biases` and `activation` are read; the
        numbers are what the formulas make of them, whatever the classes' own methods do.
    x : array of shape (n_inputs,) or (m, n_inputs)
        One sample, or a batch with one in each row.
    y : array of shape (n_outputs,), (m,) or (m, n_outputs), optional
        Without it, only the way forward.
    loss : str or Loss, optional
        That of the estimator, or binary cross-entropy.
    learning_rate : float
        η of the update.

    Returns
    -------
    Trace

    Raises
    ------
    TypeError, ValueError
        If the network or the samples cannot be read.

    Examples
    --------
    >>> from chainrule import Layer, Perceptron
    >>> layer = Layer(2, 1, "sigmoid")
    >>> layer.weights, layer.biases = [[1.0, -1.0]], [[0.5]]
    >>> step = trace(Perceptron([layer]), [2.0, 2.5], [1.0])
    >>> step["z1"].value, step["dW1"].value
    (array([[0.]]), array([[-1.  , -1.25]]))
    """
    require_positive("learning_rate", learning_rate)
    sight = look_at(network, x, y, loss)
    m = sight.x.shape[1]
    title = f"One step on {m} sample{'s' if m > 1 else ''}"
    if y is not None:
        title += f": loss {sight.loss.name}, η = {learning_rate:g}"
    return Trace(tuple(quantities(sight, learning_rate)), title)


def values(step: Trace) -> dict[str, Array]:
    """Return the numbers alone, by name."""
    return {name: np.array(quantity.value) for name, quantity in step.items()}
