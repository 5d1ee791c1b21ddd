"""Random numbers that are the same in every check, and everyone else's as they were."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import numpy as np


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let the global generators draw from a seed, and then go on where they were.

    Parameters
    ----------
    seed : int
        Of NumPy's generator, which the course draws from, and of Python's.
    """
    numpys, pythons = np.random.get_state(), random.getstate()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(numpys)  # noqa: NPY002
        random.setstate(pythons)
