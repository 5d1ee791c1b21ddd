"""The page's `forward` as two small rules, so that a mistake can replace one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

ForwardRule = Callable[[Any], Any]
"""Gets the layer, which has `weights`, `biases` and `inputs`."""

RIGHT_FORWARD: dict[str, ForwardRule] = {
    "inputs": lambda layer: np.array(layer.inputs, np.float64).reshape(-1, 1),
    "z": lambda layer: layer.weights @ layer.inputs + layer.biases,
}
