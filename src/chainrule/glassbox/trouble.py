"""Where the first number of a step that is not finite stands, and what made it so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.glassbox.steps import BACKWARD, GIVEN, LOSS, UPDATE, Quantity


@dataclass(frozen=True)
class NotFinite:
    """A NaN or an infinity.

    Attributes
    ----------
    name : str
        Of the quantity.
    layer : int
        Counted from 1; 0 for what belongs to none.
    index : tuple of int
        Of the entry.
    sample : int, optional
        Counted from 0, where the quantity has a column for each sample.
    value : float
    why : str
    """

    name: str
    layer: int
    index: tuple[int, ...]
    sample: int | None
    value: float
    why: str

    def __str__(self) -> str:
        place = f"{self.name}[{', '.join(map(str, self.index))}]"
        whose = f", sample {self.sample}" if self.sample is not None else ""
        of = f" (layer {self.layer}{whose})" if self.layer else f" ({whose[2:]})" if whose else ""
        return f"{place} is {_word(self.value)}{of}: {self.why}"


def _word(value: float) -> str:
    return "NaN" if np.isnan(value) else "infinity" if value > 0 else "−infinity"


def first_not_finite(steps: Sequence[Quantity]) -> NotFinite | None:
    """Look for the first one in the order of computation.

    An infinite daⁿ that the step goes around (ŷ − y needs no division) comes after those that
    spoil something.
    """
    known = {step.name: step for step in steps}
    found = [step for step in steps if not np.isfinite(step.value).all()]
    if not found:
        return None
    step = next((step for step in found if not step.remark), found[0])
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(np.atleast_1d(step.value)))[0])
    value = float(np.atleast_1d(step.value)[index])
    by_sample = step.name[0] in "azŷℓyd" and not step.name.startswith(("dW", "db"))
    sample = index[-1] if by_sample and step.part != UPDATE else None
    return NotFinite(step.name, step.layer, index, sample, value, _why(step, known, index))


def _why(step: Quantity, known: Mapping[str, Quantity], index: tuple[int, ...]) -> str:
    if step.remark:
        return step.remark
    if step.part == GIVEN:
        return "it was given so"
    largest = np.finfo(step.value.dtype).max
    limit = f"larger than {largest:.2g}, the largest number of {step.value.dtype}"
    if step.part == UPDATE:
        return f"the step is {limit}"
    if step.name.startswith("z"):
        return f"the sum {step.formula} is {limit}, or adds ∞ and −∞"
    if step.name.startswith("a") or step.name == "ŷ":
        z = known[step.sources[0]].value[index]
        return f"{step.formula} at {z:.4g} overflows"
    if step.part == LOSS and not step.name.startswith("da"):
        return f"{step.formula} has log 0, or is {limit}"
    if step.part == BACKWARD and "⊙" in step.formula:
        da, z = (known[name].value[index] for name in step.sources)
        return f"{da:.4g} times the derivative at {z:.4g} is 0 · ∞, or {limit}"
    return f"{step.formula} is {limit}, or adds ∞ and −∞"
