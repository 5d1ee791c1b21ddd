"""Predictions without learning, the yardstick beside every score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.arrays import Array
from chainrule.reports.scores import (
    ClassificationScores,
    Codes,
    RegressionScores,
    binary_exponent,
    classification_scores,
    regression_scores,
)


def majority_baseline(
    train_codes: Codes, test_codes: Codes, classes: Sequence[str]
) -> ClassificationScores:
    """Score the answer "the most frequent class", with the training frequencies as probabilities.

    Parameters
    ----------
    train_codes, test_codes : int arrays
        Places in `classes`.
    classes : sequence of str
    """
    frequencies = np.bincount(train_codes, minlength=len(classes)) / len(train_codes)
    return classification_scores(test_codes, np.tile(frequencies, (len(test_codes), 1)), classes)


def mean_baseline(train_values: Array, test_values: Array) -> RegressionScores:
    """Score the answer "the mean of the training rows".

    Parameters
    ----------
    train_values, test_values : arrays of shape (n,)
    """
    exponent = binary_exponent(train_values)  # the sum of many 1e308 overflows
    mean = float(np.ldexp(np.ldexp(train_values, -exponent).mean(dtype=np.float64), exponent))
    return regression_scores(test_values, np.full(len(test_values), mean))
