"""`trace`: every number of one training step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from numpy.typing import ArrayLike

from chainrule.catalog import look_up
from chainrule.losses import Loss
from chainrule.ranges import require_positive
from chainrule.tracing.entries import entry
from chainrule.tracing.html import as_document, as_html
from chainrule.tracing.networks import as_network
from chainrule.tracing.notation import raised
from chainrule.tracing.steps import Quantity, quantities
from chainrule.tracing.text import RowNames, as_text
from chainrule.tracing.trouble import NotFinite, find_not_finite


@dataclass(frozen=True, eq=False)
class Trace(Mapping[str, Quantity]):
    """The quantities of one step, by name: ``trace["dW²"]``, or ``trace["dW2"]``.

    `print` shows text, a notebook HTML.

    Attributes
    ----------
    steps : tuple of Quantity
        In the order in which they are computed.
    title : str
    row_names : mapping of str to sequence of str
        The names of the rows of some quantities: ``{"a⁰": ["width", "height"]}``.
    """

    steps: tuple[Quantity, ...]
    title: str
    row_names: RowNames = field(default_factory=dict)
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
        return as_text(self.title, self.steps, self.not_finite, self.row_names)

    def __repr__(self) -> str:
        return f"<Trace of {len(self)} quantities: {self.title}>"

    def _repr_html_(self) -> str:
        return as_html(self.title, self.steps, self.not_finite, self.row_names)

    def as_page(self) -> str:
        """Return the trace as a self-contained HTML document."""
        return as_document(self.title, self._repr_html_())

    def as_dict(self) -> dict[str, Any]:
        """Return the trace as JSON-compatible data; a number that is not finite is None."""
        return {
            "title": self.title,
            "not_finite": None if self.not_finite is None else str(self.not_finite),
            "steps": [
                {
                    "name": step.name,
                    "formula": step.formula,
                    "part": step.part,
                    "layer": step.layer,
                    "sources": list(step.sources),
                    "shape": list(step.shape),
                    "value": _plain(step.value.tolist()),
                    "remark": step.remark,
                }
                for step in self.steps
            ],
        }

    def of_layer(self, number: int) -> dict[str, Quantity]:
        """Return one layer's quantities by the names in the layer's code.

        Parameters
        ----------
        number : int
            Counted from 1.

        Returns
        -------
        dict
            "W", "b", "a_prev", "z", "a" and, of a step with y, "da", "dz", "dW", "db", "da_prev",
            "W new" and "b new". A last layer lacks "da" where an own loss's link mixes the outputs.

        Raises
        ------
        ValueError
            If there is no such layer.
        """
        last = max(step.layer for step in self.steps)
        if not 1 <= number <= last:
            raise ValueError(f"there is no layer {number!r}; they are counted from 1 to {last}")
        up, before = raised(number), raised(number - 1)
        names = {name: f"{name}{up}" for name in ("W", "b", "z", "a", "da", "dz", "dW", "db")}
        names |= {"a_prev": f"a{before}", "da_prev": f"da{before}"}
        names |= {f"{name} new": f"{name}{up} new" for name in ("W", "b")}
        return {own: self._by_name[name] for own, name in names.items() if name in self._by_name}

    @property
    def not_finite(self) -> NotFinite | None:
        """The first NaN or infinity and its cause; None if all numbers are finite."""
        return find_not_finite(self.steps)

    def entry(self, name: str, *index: int) -> str:
        """Return an entry's formula filled with numbers.

        Parameters
        ----------
        name : str
            A computed quantity.
        *index : int
            Row and column, from 0.

        Raises
        ------
        ValueError
            If there is no such quantity.
        IndexError
            If the quantity has no such entry.

        Examples
        --------
        >>> from chainrule import Layer, Perceptron
        >>> layer = Layer(2, 1, "sigmoid")
        >>> layer.weights, layer.biases = [[1.0, -1.0]], [[0.5]]
        >>> trace(Perceptron([layer]), [2.0, 2.5], [1.0]).entry("z1", 0, 0)
        'z¹[0, 0] = 1 × 2 + −1 × 2.5 + 0.5 = 0'
        """
        return entry(self._by_name, self[name], index)


_RAISE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if isfinite(value) else None


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
        One sample, or a batch with one per row.
    y : array of shape (n_outputs,), (m,) or (m, n_outputs), optional
        Without y, only the forward pass.
    loss : str or Loss, optional
        By default the estimator's, or binary cross-entropy.
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
    view = as_network(network, x, y, loss)
    m = view.x.shape[1]
    samples = f"{m} sample{'s' if m > 1 else ''}"
    title = f"The way forward of {samples}"
    if y is not None:
        title = f"One step on {samples}: loss {view.loss.name}, η = {learning_rate:g}"
    names = getattr(network, "feature_names_in_", None)
    row_names = {} if names is None else {"a⁰": [str(name) for name in names]}
    return Trace(tuple(quantities(view, float(learning_rate))), title, row_names)
