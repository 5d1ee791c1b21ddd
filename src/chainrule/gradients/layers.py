"""A layer's dW, db and da_prev beside central differences of what its `forward` gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainrule.gradients.batches import several_at_once
from chainrule.gradients.differences import Compared, compare, differences
from chainrule.gradients.learners import copies_of, dtype_note, floats
from chainrule.grouped import GroupedLayer


def of_layer(
    layer: Any, x: ArrayLike | None, source: np.random.Generator, tolerance: float
) -> tuple[list[Compared], list[str]]:
    """Compare a layer's dW, db and da_prev for Σ da ⊙ a, with a da of both signs.

    Raises
    ------
    TypeError, ValueError
        If the layer cannot be read.
    """
    if isinstance(layer, GroupedLayer):
        raise TypeError(
            "a GroupedLayer is checked in a network: check_gradients(Perceptron([layer]), x, y)"
        )
    (learned,) = copies_of([layer])
    n_neurons, n_inputs = learned.W.shape
    inputs = source.normal(size=(n_inputs, 1)) if x is None else floats("x", x).reshape(-1, 1)
    if len(inputs) != n_inputs:
        raise ValueError(f"the layer takes {n_inputs} inputs, got {inputs.size}")
    da = source.choice([-1.0, 1.0], (n_neurons, 1)) * source.uniform(0.5, 1.5, (n_neurons, 1))
    learned.steady_forward(inputs)
    da_prev = learned.backward(da)
    formulas = {"dW": learned.dW, "db": learned.db, "da_prev": da_prev}
    numbers = {"dW": learned.W, "db": learned.b, "da_prev": inputs}
    rounding = learned.rounding

    def weighted() -> float:
        return float(np.sum(da * learned.forward(inputs)))

    compared = [
        compare(name, formulas[name], differences(weighted, numbers[name]), rounding)
        for name in formulas
    ]
    notes = dtype_note([layer])
    if all(one.worst[0] <= tolerance for one in compared):
        at_once = several_at_once(learned, source)
        return compared + at_once.wrong, notes + at_once.notes
    return compared, notes
