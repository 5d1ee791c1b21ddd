"""Chapter 7: the loss printed for each epoch of a fit by mini-batches.

The average may be taken during the epoch, or over all rows before or after the epoch: all three are
right. An unrecognised loss is only a remark, since training does not use the printed loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.diagnosis import Finding
from chainrule.diagnosis.book import MINI_BATCH, found, mistakes_in
from chainrule.diagnosis.book.batches import FIT_WHERE
from chainrule.diagnosis.fits.losses import agree, numbers_of_epochs, of_losses, printed_by
from chainrule.diagnosis.fits.outputs import loss
from chainrule.numerals import number

_RIGHT = "the sum of the losses of all the epoch's samples, from 0 in every epoch, divided by n"


@dataclass(frozen=True, eq=False)
class EpochOutputs:
    """ŷ, labels and average losses of all epochs.

    Attributes
    ----------
    p, y : list of list of array
        By epoch and batch: ŷ before the batch's step, and the batch's labels.
    whole : sequence of float
        The average loss of all rows before each epoch, and after the last one.
    """

    p: list[list[Any]]
    y: list[list[Any]]
    whole: Sequence[float]

    @property
    def batches(self) -> Array:
        """The average loss of each batch, one row per epoch."""
        return np.array(
            [
                [float(loss(p, y).mean()) for p, y in zip(*epoch, strict=True)]
                for epoch in zip(self.p, self.y, strict=True)
            ]
        )

    @property
    def samples(self) -> tuple[Array, Array]:
        """ŷ and y of each sample in the order of the batches, one row per epoch."""
        p, y = (
            np.array([np.concatenate([one.ravel() for one in epoch]) for epoch in epochs])
            for epochs in (self.p, self.y)
        )
        return p, y


def check_printed_losses(printed: str, epochs: EpochOutputs, line: str) -> Iterator[Finding | str]:
    """Yield differences between the printed losses and the epochs' average losses.

    Parameters
    ----------
    printed : str
    epochs : EpochOutputs
    line : str
        The line to show.
    """
    printed_losses = numbers_of_epochs(printed, len(epochs.p))
    if printed_losses is None:
        yield (
            "the average loss of an epoch was not found in what `fit` prints; the statement asks "
            "for 'Loss at epoch 1: 0.693'"
        )
        return
    p, y = epochs.samples
    right = loss(p, y).mean(axis=1)
    whole = np.array(epochs.whole)
    if any(agree(printed_losses, losses) for losses in (right, whole[1:], whole[:-1])):
        return
    told = f"epoch 1 prints {number(printed_losses[0].value)}; right is {number(right[0])}"
    means = epochs.batches
    if agree(printed_losses, means.mean(axis=1)):
        yield (
            "the printed loss is the average of the batches' averages, in which the samples of a "
            f"smaller batch count for more: {told}"
        )
        return
    fitting = [
        *(row for row in of_losses() if row.key != "loss-of-last"
          and agree(printed_losses, printed_by((row,), p, y))),
        *(row for row in mistakes_in(FIT_WHERE, MINI_BATCH) if row.quantity == "L"
          and agree(printed_losses, printed_by((row,), epochs.p, epochs.y, MINI_BATCH))),
    ]  # fmt: skip
    if len(fitting) == 1:
        row = found(fitting[0].where, fitting[0].key, told, line)
        yield replace(row, title=f"{row.title} (the weights are right)", right=_RIGHT)
    else:
        yield f"the printed loss is none that is known: {told}"
