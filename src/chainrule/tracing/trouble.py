"""Find the first NaN or infinity of a training step, and its cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.tracing.steps import GIVEN, Quantity


@dataclass(frozen=True)
class NotFinite:
    """A NaN or infinity of a trace: its place and its cause.

    Attributes
    ----------
    name : str
        Of the quantity.
    layer : int
        Counted from 1; 0 for a quantity of no layer.
    index : tuple of int
        Of the entry.
    sample : int, optional
        Counted from 0, where the quantity has a column for each of several samples.
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
        index = f"[{', '.join(map(str, self.index))}]" if self.index else ""
        places = [f"layer {self.layer}"] if self.layer else []
        if self.sample is not None:
            places.append(f"sample {self.sample}, counted from 0")
        place = f" ({', '.join(places)})" if places else ""
        return f"{self.name}{index} is {_word(self.value)}{place}: {self.why}"


def _word(value: float) -> str:
    return "NaN" if np.isnan(value) else "infinity" if value > 0 else "−infinity"


def find_not_finite(steps: Sequence[Quantity]) -> NotFinite | None:
    """Return the first NaN or infinity in order of computation; None if there is none.

    An infinite daⁿ that the step does not use (ŷ − y needs no division) counts only where all
    other numbers are finite.
    """
    known = {step.name: step for step in steps}
    found = [step for step in steps if not np.isfinite(step.value).all()]
    if not found:
        return None
    step = next((step for step in found if not step.remark), found[0])
    index = _first(step.value)
    of_several = step.by_sample and step.value.ndim > 0 and step.value.shape[-1] > 1
    sample = index[-1] if of_several else None
    value = float(step.value[index])
    return NotFinite(step.name, step.layer, index, sample, value, _why(step, known, index))


def _first(value: Array) -> tuple[int, ...]:
    """Return the index of the first non-finite entry, in the first sample with any."""
    places = [tuple(int(i) for i in place) for place in np.argwhere(~np.isfinite(value))]
    return min(places, key=lambda place: place[::-1])


def _why(step: Quantity, known: Mapping[str, Quantity], index: tuple[int, ...]) -> str:
    if step.part == GIVEN:
        return "it was given so"
    if step.remark:
        return step.remark
    told = _told_by_numpy(step, known, index)
    return f"{step.formula}: {told}" if told else f"{step.formula} is not finite"


def _told_by_numpy(step: Quantity, known: Mapping[str, Quantity], index: tuple[int, ...]) -> str:
    """Recompute the quantity and return NumPy's report on the failing operation."""
    if step.compute is None:
        return ""
    values = [known[name].value for name in step.sources]
    if step.by_sample and step.value.ndim == 2:  # of the sample alone
        m = step.value.shape[1]
        values = [v[:, [index[1]]] if known[name].by_sample and v.shape[1] == m else v
                  for name, v in zip(step.sources, values, strict=True)]  # fmt: skip
    limit = f"{np.finfo(step.value.dtype).max:.2g}, the largest {step.value.dtype}"
    try:
        with np.errstate(all="raise", under="ignore"):
            step.compute(*values)
    except FloatingPointError as error:
        return _retold(str(error), _at(step, values), limit)
    except Exception as error:  # a learner's activation
        return f"{type(error).__name__}: {error}"
    if _at(step, values):
        return f"it is so by itself{_at(step, values)}"
    return f"a product or a sum goes beyond {limit}"  # BLAS does not tell


def _at(step: Quantity, values: Sequence[Any]) -> str:
    """Name the largest argument of a function of one quantity; "" for other formulas."""
    if len(values) != 1 or step.name.startswith("db") or not values[0].size:
        return ""
    extreme = values[0].ravel()[np.argmax(np.abs(values[0]))]
    return f" at {extreme:.4g}"


_WORDS = {
    ("divide by zero", "log"): "log 0",
    ("divide by zero", "log1p"): "log 0",
    ("divide by zero", "log2"): "log 0",
    ("divide by zero", "log10"): "log 0",
    ("divide by zero", "divide"): "a division by 0",
    ("divide by zero", "reciprocal"): "a division by 0",
    ("invalid value", "divide"): "0/0 or ∞/∞",
    ("invalid value", "log"): "the log of a number below 0",
    ("invalid value", "sqrt"): "the root of a number below 0",
    ("invalid value", "subtract"): "∞ − ∞",
    ("invalid value", "add"): "∞ − ∞",
    ("invalid value", "multiply"): "0 · ∞",
    ("invalid value", "matmul"): "∞ − ∞ or 0 · ∞",
}


def _retold(message: str, place: str, limit: str) -> str:
    kind, _, function = message.partition(" encountered in ")
    if kind == "overflow":
        return f"overflow of {function}{place}, beyond {limit}"
    return f"{_WORDS.get((kind, function), message)}{place}"
