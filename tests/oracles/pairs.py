"""All pairs of two lists, of which a short run takes a cross."""

import itertools

import pytest


def crossed(first, second, usual):
    """Return every pair as a test's parameters; slow is a pair with neither of the usual two."""
    return [
        pytest.param(a, b, marks=[] if a == usual[0] or b == usual[1] else pytest.mark.slow)
        for a, b in itertools.product(first, second)
    ]
