"""A program of any make: the loss, the parameters, and the derivatives by differences.

One class with W1 and b1, functions with dictionaries, a script: all that is asked of a program is
that its loss can be computed again once a parameter has been moved.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.gradients.bound import bound
from chainrule.gradients.calls import numbers_of, steady
from chainrule.gradients.collecting import collect
from chainrule.gradients.differences import Differences, differences
from chainrule.gradients.parameters import Parameter

_MOST = 2000  # entries of all parameters; of more, some are drawn
_DRAWN = 200  # of each parameter


class Program:
    """A loss and the numbers that may be its parameters.

    Parameters
    ----------
    loss : callable
        Of no argument, or of the parameters.
    parameters : array, list, tuple, dict or object
    source : numpy.random.Generator

    Attributes
    ----------
    held : list of Parameter
        All numbers that `parameters` leads to.
    """

    def __init__(self, loss: Any, parameters: Any, source: np.random.Generator) -> None:
        self.container, self.held, self._source = parameters, collect(parameters), source
        if not self.held:
            raise TypeError(
                "parameters must be an array, a list, tuple or dict of arrays, or an object that "
                f"has some; got {parameters!r:.80}"
            )
        self._loss = bound("the loss", loss, parameters)
        self.here = np.nan

    def __enter__(self) -> Program:
        try:
            for one in self.held:
                if one.dtype.kind == "f" and one.surely:
                    one.make_movable()
            self.here = float(steady("the loss", lambda: np.array(self.loss())))
            if not np.isfinite(self.here):
                raise ValueError(f"the loss is {self.here}: begin where it is finite")
            self._require_digits()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for one in self.held:
            one.put_back()

    def loss(self) -> float:
        """Return the loss as the program computes it now.

        Raises
        ------
        TypeError, ValueError
            If it is not one number in float64.
        """
        value = self._loss()
        if isinstance(value, tuple):
            raise TypeError(
                f"the loss must be one number, got a tuple of {len(value)}; give the first alone, "
                "as lambda: loss(…)[0]"
            )
        numbers = numbers_of("the loss", value)
        if numbers.size != 1:
            raise ValueError(f"the loss must be one number, got {numbers.shape}: np.mean or np.sum")
        return float(numbers.reshape(()))

    def reset(self) -> None:
        """Let all parameters be those of the beginning."""
        for one in self.held:
            one.reset()

    def require_same_loss(self, name: str) -> None:
        """Raise ValueError if the loss is another one though all parameters are put back."""
        if not np.isclose(self.loss(), self.here, rtol=1e-12, atol=0.0):
            raise ValueError(
                f"{name} changes something that the loss reads and `parameters` does not hold, as "
                "where W = W − … binds a new array to a name: give parameters=globals(), or the "
                "object or dict that holds the arrays"
            )

    def depends_on(self, one: Parameter) -> bool:
        """Say whether the loss changes when a parameter is moved, at random and far."""
        try:
            one.make_movable()
        except TypeError:  # nobody can tell
            return False
        return any(value != self.here for value in self._losses_near(one))

    def _losses_near(self, one: Parameter) -> list[float]:
        found = []
        for size in (0.01, 0.3, 1.0):
            one.numbers[...] = one.saved + size * self._source.normal(size=one.saved.shape)
            one.show()
            try:
                found.append(self.loss())
            except Exception:  # it has looked at what was moved, then
                found.append(np.nan)
        one.reset()
        return found

    def _likely(self) -> list[Parameter]:
        likely = [one for one in self.held if one.looks_like_one and one.dtype.kind == "f"][:4]
        for one in likely:
            one.make_movable()
        return likely

    def _require_digits(self) -> None:
        """Raise ValueError if the loss is rounded too coarsely for finite differences."""
        near = [value for one in self._likely() for value in self._losses_near(one)]
        several = {value for value in near if np.isfinite(value)} - {self.here}
        if len(several) < 3:
            return
        if all(value in (float(np.float32(value)), round(value, 6)) for value in several):
            raise ValueError(
                "the loss has few digits only (float32? round?), so that differences of it tell "
                "nothing: let it compute in float64, and return it as it is"
            )

    def differences(self, one: Parameter, total: int) -> Differences:
        """Return the loss's derivatives by a parameter, of all entries or of some."""
        entries = None
        if total > _MOST and one.saved.size > _DRAWN:
            drawn = self._source.choice(one.saved.size, _DRAWN, replace=False)
            entries = [tuple(map(int, np.unravel_index(i, one.saved.shape))) for i in drawn]

        def loss() -> float:
            one.show()
            return self.loss()

        found = differences(loss, one.numbers, entries)
        one.reset()
        return found
