"""`coefs_` and `intercepts_`: the network's weights as scikit-learn's users and tools read them.

A tool that replays a model computes a @ W + b and the activation, layer by layer, from inputs and
to outputs in their own units. So what is shown of a network that was trained on scaled numbers has
the scaling folded in; of any other network it is views of θ. Either way a number that the user
writes there is the network's from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from itertools import chain
from operator import is_
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.estimators.scales import Scales
from chainrule.layers import joined
from chainrule.perceptron import Perceptron

NAMES = ("coefs_", "intercepts_")


def weights_of(network: Perceptron) -> tuple[list[Array], list[Array]]:
    """Return a network's weights and biases in scikit-learn's shapes: views of θ."""
    joined(network.layers)  # where θ stays from now on
    coefs = [layer.weights.T for layer in network.layers]
    return coefs, [layer.biases.ravel() for layer in network.layers]


class ShownWeights:
    """A network, and what an estimator's attributes show of it.

    Parameters
    ----------
    network : Perceptron
    scales : Scales
        Of the numbers that the network takes and gives.
    """

    def __init__(self, network: Perceptron, scales: Scales) -> None:
        self.network, self._scales = network, scales
        self._arrays: list[Array] = []  # as they were shown; none before somebody looked
        self._held: list[Array] = []  # what stood in them then
        self._theta: Array = np.empty(0)  # and what it was folded from

    def show(self, attributes: MutableMapping[str, Any]) -> None:
        """Have the weights of now among the attributes; where they are shown already, in place."""
        if self._arrays and self._are_of_now:
            return
        shown = self._scales.folded_into(*weights_of(self.network))
        if self._arrays:
            for array, now in zip(self._arrays, chain(*shown), strict=True):
                array[...] = now
        else:
            attributes.update(zip(NAMES, shown, strict=True))
            self._arrays = list(chain(*shown))
        self._note()

    def keep_up(self, attributes: MutableMapping[str, Any]) -> None:
        """Bring the shown arrays up to date after a fit: users may write to the arrays."""
        if self._arrays:
            self.show(attributes)

    @property
    def _are_of_now(self) -> bool:
        return not self._scales or np.array_equal(self._theta, self.network.theta)

    def _note(self) -> None:
        if self._scales:
            self._held = [array.copy() for array in self._arrays]
            self._theta = self.network.theta.copy()

    def are_all_there_is_in(self, attributes: Mapping[str, Any]) -> bool:
        """Say whether the user has put no other arrays among the attributes."""
        try:
            now = [*attributes.get("coefs_", ()), *attributes.get("intercepts_", ())]
        except TypeError:  # a list of none
            return False
        return len(now) == len(self._arrays) and all(map(is_, now, self._arrays))

    @property
    def were_written_to(self) -> bool:
        """Whether other numbers stand in the arrays than were shown there; in views, never."""
        return not all(map(np.array_equal, self._arrays, self._held)) if self._held else False

    def take(self, theta: Array) -> None:
        """Have the weights that were written into the arrays."""
        self.network.theta = theta
        self._note()


def lengths(model: Any, name: str) -> list[int]:
    """Return how long each array of an attribute is, without a look at the numbers in it.

    Raises
    ------
    AttributeError
        If there are none.
    """
    if name in model.__dict__:
        return list(map(len, model.__dict__[name]))
    if "_shown" in model.__dict__:
        views = dict(zip(NAMES, weights_of(model.__dict__["_shown"].network), strict=True))
        return list(map(len, views[name]))
    raise AttributeError(f"{type(model).__name__!r} object has no attribute {name!r}")


class Shown:
    """An attribute that shows weights: `coefs_` or `intercepts_`."""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    def __get__(self, model: Any, owner: type[Any] | None = None) -> Any:
        """Return the arrays, one for each layer."""
        if model is None:
            return self
        model._show_weights()
        if self._name not in model.__dict__:
            raise AttributeError(f"{type(model).__name__!r} object has no attribute {self._name!r}")
        model._warn_of_another_activation()
        return model.__dict__[self._name]

    def __set__(self, model: Any, values: Any) -> None:
        """Keep what the user gives, for the next one who needs the network."""
        model._show_weights()  # the others, as they are now
        model.__dict__[self._name] = values
        for name in ("n_layers_", "n_outputs_"):  # they follow from these
            model.__dict__.pop(name, None)

    def __delete__(self, model: Any) -> None:
        """Have no network any more."""
        model._show_weights()
        del model.__dict__[self._name]
        model.__dict__.pop("_shown", None)


class WorkedOut:
    """An attribute that is worked out at every look, until somebody sets it.

    Programs make a fitted model by hand, out of a file of numbers, and set what they know.

    Parameters
    ----------
    how : callable
        ``how(model)`` returns the value; an AttributeError says that the model has none.
    """

    def __init__(self, how: Callable[[Any], Any]) -> None:
        self._how = how

    def __get__(self, model: Any, owner: type[Any] | None = None) -> Any:
        """Return the value."""
        return self if model is None else self._how(model)
