"""`check_gradients`: derivatives by formula beside central differences, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainrule.gradients.differences import Compared
from chainrule.gradients.subjects import of_function, of_layer, of_loss, of_network
from chainrule.losses import Loss
from chainrule.numerals import number
from chainrule.ranges import require_positive


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """What a check found; `print` shows it, `require` raises, `plot` draws it.

    Attributes
    ----------
    compared : tuple of Compared
    tolerance : float
        An error above it is one.
    notes : tuple of str
    """

    compared: tuple[Compared, ...]
    tolerance: float
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every entry that could be compared agrees; False if there is none."""
        agree = all(one.worst[0] <= self.tolerance for one in self.compared)
        return agree and not self._nothing

    @property
    def _nothing(self) -> bool:
        return all(one.skipped.all() for one in self.compared)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = [f"{'quantity':<10} {'entries':>8} {'skipped':>8} {'worst error':>12}  where"]
        lines += [self._line(one) for one in self.compared]
        lines += [f"note: {note}" for note in (*self._skipped(), *self.notes)]
        verdict = "all agree" if self.ok else "NOT ALL AGREE"
        if self._nothing:
            verdict = "NOTHING COULD BE COMPARED"
        return "\n".join([*lines, f"{verdict} (relative error up to {self.tolerance:g})"])

    def _line(self, one: Compared) -> str:
        worst, at = one.worst
        where = ""
        if worst > self.tolerance:
            where = (
                f"{one.name}[{', '.join(map(str, at))}]: formula {number(one.formula[at])}, "
                f"differences {number(one.differences[at])}"
            )
        skipped = int(one.skipped.sum())
        return f"{one.name:<10} {one.formula.size:>8} {skipped:>8} {worst:>12.1e}  {where}".rstrip()

    def _skipped(self) -> list[str]:
        kinks = sum(int(one.kinks.sum()) for one in self.compared)
        faint = sum(int(one.faint.sum()) for one in self.compared)
        told = {
            "at a kink of f or f′, or too steep": kinks,
            "too small for differences to tell": faint,
        }
        return [f"skipped, {why}: {count}" for why, count in told.items() if count]

    def require(self) -> None:
        """Do nothing if all agree; for tests.

        Raises
        ------
        AssertionError
            With the report.
        """
        if not self.ok:
            raise AssertionError(f"gradients are wrong\n{self}")

    def plot(self) -> Any:
        """Draw the errors of all entries as a heat map, a panel for each quantity.

        Skipped entries are grey, the worst one that is wrong is framed.

        Returns
        -------
        matplotlib Figure

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        try:
            from chainrule.gradients.heat_map import heat_map
        except ImportError as error:
            raise ImportError("plots need matplotlib: pip install 'chainrule[plot]'") from error
        return heat_map(self.compared, self.tolerance)


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
        compared = [of_function(subject, derivative, x)]
    elif isinstance(subject, Loss):
        compared = [of_loss(subject, x, y, source)]
    elif hasattr(subject, "layers") or hasattr(subject, "as_seen_in_training"):
        compared, notes = of_network(subject, x, y, loss)
    elif hasattr(subject, "forward") and hasattr(subject, "backward"):
        compared, notes = of_layer(subject, x, source)
    elif callable(subject) and callable(getattr(subject, "derivative", None)):
        compared = [of_function(subject, subject.derivative, x)]
    else:
        raise TypeError(
            "check_gradients takes a network, a layer with forward and backward, an activation "
            f"with derivative, a Loss, or a function and its derivative=…; got {subject!r}"
        )
    return GradientCheck(tuple(compared), tolerance, tuple(notes))
