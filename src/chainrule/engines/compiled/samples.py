"""An epoch of steps on one sample each: the frame that `registers` and `streaming` fill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from chainrule.activations import Elementwise
from chainrule.engines.compiled import batch
from chainrule.engines.compiled.simd import Kernel
from chainrule.engines.compiled.values import Value


class Shape(NamedTuple):
    """One layer of the architecture."""

    n_inputs: int
    n_neurons: int
    activation: Elementwise


class Sample:
    """The step at hand, while an epoch is written: its row, and what it adds to the totals."""

    def __init__(self, kernel: Kernel, record: Value) -> None:
        self.kernel = kernel
        self.order = kernel.load_int(record + batch.ORDER)
        self.rates = kernel.load_int(record + batch.RATES)
        self.first_t = kernel.load_double(record + batch.T)
        self.done = kernel.variable(kernel.whole(0))
        self.epoch_loss = kernel.variable(kernel.double(0.0))
        self.squares = kernel.variable(kernel.double(0.0))
        self.loss = kernel.variable(kernel.double(0.0))
        self.square = kernel.variable(kernel.double(0.0))

    def begin(self) -> None:
        """Look up the step's row, learning rate and number."""
        done = self.done.value
        self.row = self.kernel.load_int(self.order + done * 8)
        self.rate = self.kernel.load_double(self.rates + done * 8)
        self.t = self.first_t + done.to_float(8) + 1.0
        self.square.value = self.kernel.double(0.0)

    def is_finite(self) -> Value:
        """Return whether the sample's loss and its gradient's norm are."""
        both = self.loss.value + self.square.value
        return both - both == 0.0


@contextmanager
def open_epoch(kernel: Kernel, record: Value, steps: Value) -> Iterator[Sample]:
    """Run the block for each sample, until a loss is not finite."""
    sample = Sample(kernel, record)
    with kernel.repeat(lambda: (sample.done.value < steps) & sample.is_finite()):
        sample.begin()
        yield sample
        with kernel.when(sample.is_finite()):
            sample.epoch_loss.value = sample.epoch_loss.value + sample.loss.value
            sample.squares.value = sample.squares.value + sample.square.value
            sample.done.value = sample.done.value + 1


def close_epoch(kernel: Kernel, record: Value, sample: Sample) -> None:
    """Write into the record what the samples added up to."""
    n = sample.done.value
    for slot, number in (
        (batch.LOSS, sample.epoch_loss.value),
        (batch.SQUARES, sample.squares.value),
        (batch.TOTAL_WEIGHT, n.to_float(8)),
        (batch.T, n.to_float(8)),
    ):
        kernel.store(kernel.load_double(record + slot) + number, record + slot)
    kernel.store(kernel.load_int(record + batch.STEPS) + n, record + batch.STEPS)
    kernel.store(sample.order + n * 8, record + batch.ORDER)
    kernel.store(sample.rates + n * 8, record + batch.RATES)
    stop = kernel.where(sample.is_finite(), kernel.whole(0), batch.LOSS_NOT_FINITE)
    kernel.store(stop, record + batch.STOP)
