"""What a gradient check found: a table of quantities, notes, and one verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.gradients.differences import Compared
from chainrule.numerals import number


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """The result of a gradient check, for `print`, for `require` (which raises) and for `plot`.

    Attributes
    ----------
    compared : tuple of Compared
        The derivatives by formula and by differences, a quantity each.
    tolerance : float
        An error above it is one.
    notes : tuple of str
    not_compared : tuple of str
        What had to be compared and could not be, as where a gradient is missing: no pass.
    """

    compared: tuple[Compared, ...]
    tolerance: float
    notes: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every entry agrees that had to; False if there is none."""
        return self._agree and not self._nothing and not self.not_compared

    @property
    def _agree(self) -> bool:
        return all(one.worst[0] <= self.tolerance for one in self.compared)

    @property
    def _nothing(self) -> bool:
        return all(one.skipped.all() for one in self.compared)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        width = max(10, *(len(one.name) for one in self.compared)) if self.compared else 10
        lines = [f"{'quantity':<{width}} {'entries':>8} {'skipped':>8} {'worst error':>12}  where"]
        lines += [self._line(one, width) for one in self.compared]
        lines += [f"not compared: {what}" for what in self.not_compared]
        lines += [f"note: {note}" for note in (*self._skipped(), *self.notes)]
        return "\n".join([*lines, f"{self._verdict} (relative error up to {self.tolerance:g})"])

    @property
    def _verdict(self) -> str:
        if self._nothing:
            return "NOTHING COULD BE COMPARED"
        if not self._agree:
            return "NOT ALL AGREE"
        return "NOT ALL COMPARED" if self.not_compared else "all agree"

    def _line(self, one: Compared, width: int) -> str:
        worst, at = one.worst
        where = ""
        if worst > self.tolerance:
            entry = f"[{', '.join(map(str, at))}]" if at else ""
            where = (
                f"{one.name}{entry}: formula {number(one.formula[at])}, "
                f"differences {number(one.differences[at])}"
            )
        numbers = f"{one.formula.size:>8} {int(one.skipped.sum()):>8} {worst:>12.1e}"
        return f"{one.name:<{width}} {numbers}  {where}".rstrip()

    def _skipped(self) -> list[str]:
        kinks = sum(int(one.kinks.sum()) for one in self.compared)
        faint = sum(int(one.faint.sum()) for one in self.compared)
        unseen = sum(int(one.unseen.sum()) for one in self.compared)
        told = {
            "at a kink of f or f′, or too steep": kinks,
            "too small for differences to tell": faint,
            "so many that only some, drawn by chance, were looked at": unseen,
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
