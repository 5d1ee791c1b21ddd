"""The kernels that a network's programs call, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from chainrule.activations import ACTIVATIONS, Activation, Elementwise
from chainrule.engines.compiled import (
    dots,
    elementwise,
    masks,
    movement,
    products,
    program,
    registers,
    sharing,
    streaming,
    totals,
    waiting,
)
from chainrule.engines.compiled.code import address_of
from chainrule.engines.compiled.machine import Machine
from chainrule.engines.compiled.samples import Shape
from chainrule.engines.compiled.simd import Kernel
from chainrule.losses import LOSSES, Loss
from chainrule.optimizers import OPTIMIZERS, Optimizer
from chainrule.penalties import Penalty


@cache
def _address(write: Callable[..., Kernel], *target: Any) -> int:
    return address_of(write(*target))


def is_ours(what: Any) -> bool:
    """Say whether a plug-in is a row of a table, so that its formula never changes."""
    if isinstance(what, Activation):
        return ACTIVATIONS.get(what.name) is what
    if isinstance(what, Loss):
        return LOSSES.get(what.name) is what
    if isinstance(what, tuple):
        return all(map(is_ours, what))
    return isinstance(what, int | Penalty) or type(what) in OPTIMIZERS.values()


class Kernels:
    """Addresses of machine code for one processor and dtype, for one training.

    What a user's own activation or loss computes may change between trainings, so its kernels
    are written anew for each; if nothing changed, their code is known by their text.

    Parameters
    ----------
    machine : Machine
    dtype : dtype
        float32 or float64.
    """

    def __init__(self, machine: Machine, dtype: Any) -> None:
        self.machine = machine
        self.dtype = np.dtype(dtype)
        self.lanes = machine.lanes(self.dtype)
        self._known: dict[tuple[Any, ...], tuple[int, tuple[Any, ...]]] = {}

    def _made(self, write: Callable[..., Kernel], *what: Any) -> int:
        key = write, *map(id, what)
        if key not in self._known:  # which holds `what`, so that no other object has its id
            if all(map(is_ours, what)):
                made = _address(write, *what, self.machine, self.dtype)
            else:
                made = address_of(write(*what, self.machine, self.dtype))
            self._known[key] = made, what
        return self._known[key][0]

    # Whatever the network

    @property
    def run(self) -> int:
        """Return the kernel: Run a program."""
        return _address(program.run, self.machine)

    @property
    def claim(self) -> int:
        """Return the kernel: Begin a piece of work, or pass it over."""
        return _address(sharing.claim, self.machine)

    @property
    def take(self) -> int:
        """Return the kernel: Begin a panel of the rows that nobody has taken."""
        return _address(sharing.take, self.machine)

    @property
    def barrier(self) -> int:
        """Return the kernel: Wait for the other workers."""
        return _address(waiting.barrier, self.machine)

    @property
    def serve(self) -> int:
        """Return the kernel: Do what comes into a mailbox."""
        return _address(waiting.serve, self.machine)

    @property
    def work_along(self) -> int:
        """Return the kernel: Have all workers do their jobs."""
        return _address(waiting.work_along, self.machine)

    @property
    def product(self) -> int:
        """Return the kernel: C = start + A·B."""
        return self._made(products.product)

    @property
    def transposed_product(self) -> int:
        """Return the kernel: C = start + Aᵀ·B."""
        return self._made(products.transposed_product)

    @property
    def dots(self) -> int:
        """Return the kernel: z = W·a + b for a few samples."""
        return self._made(dots.dots)

    @property
    def gather_few(self) -> int:
        """Return the kernel: A few rows of a table, one beside the other, if they are finite."""
        return self._made(movement.gather_few)

    @property
    def release_few(self) -> int:
        """Return the kernel: Samples, one beside the other, into rows of a table."""
        return self._made(movement.release_few)

    @property
    def gather(self) -> int:
        """Return the kernel: Rows of a table into a panel."""
        return self._made(movement.gather)

    @property
    def gather_finite(self) -> int:
        """Return the kernel: Rows of a table into a panel, if they are finite."""
        return self._made(movement.gather_finite)

    @property
    def gather_sparse(self) -> int:
        """Return the kernel: Rows of a CSR matrix into a panel."""
        return self._made(movement.gather_sparse)

    @property
    def release(self) -> int:
        """Return the kernel: A panel into rows of a table."""
        return self._made(movement.release)

    @property
    def dropout_mask(self) -> int:
        """Return the kernel: A panel's mask of dropout."""
        return self._made(masks.dropout_mask)

    @property
    def multiply(self) -> int:
        """Return the kernel: a ⊙ b."""
        return self._made(masks.multiply)

    @property
    def transpose(self) -> int:
        """Return the kernel: Rows to columns."""
        return self._made(movement.transpose)

    @property
    def copy_rows(self) -> int:
        """Return the kernel: Rows of one array into another."""
        return self._made(movement.copy_rows)

    @property
    def row_sums(self) -> int:
        """Return the kernel: db = dz summed over m."""
        return self._made(movement.row_sums)

    @property
    def add_weights(self) -> int:
        """Return the kernel: Σw."""
        return self._made(totals.add_weights)

    @property
    def weigh(self) -> int:
        """Return the kernel: wᵢ / Σw."""
        return self._made(totals.weigh)

    @property
    def settle_loss(self) -> int:
        """Return the kernel: The batch's loss."""
        return self._made(totals.settle_loss)

    @property
    def settle_gradient(self) -> int:
        """Return the kernel: ‖g‖² and R(W)."""
        return _address(totals.settle_gradient, self.machine)

    @property
    def clip_factor(self) -> int:
        """Return the kernel: limit / ‖g‖."""
        return _address(totals.clip_factor, self.machine)

    @property
    def sum_of_squares(self) -> int:
        """Return the kernel: Σg²."""
        return self._made(elementwise.sum_of_squares)

    @property
    def sum_of_parts(self) -> int:
        """Return the kernel: the panels' gradients added up."""
        return self._made(elementwise.sum_of_parts)

    @property
    def scale(self) -> int:
        """Return the kernel: g · factor."""
        return self._made(elementwise.scale)

    # By the tables' rows

    def forward(self, activation: Elementwise) -> int:
        """Return the kernel: a = f(z)."""
        return self._made(elementwise.activation_forward, activation)

    def backward(self, activation: Elementwise) -> int:
        """Return the kernel: dz = da ⊙ f'(z)."""
        return self._made(elementwise.activation_backward, activation)

    def loss_and_dz(self, loss: Loss, n_outputs: int) -> int:
        """Return the kernel: The loss and ∂L/∂z."""
        return self._made(elementwise.loss_and_dz, loss, n_outputs)

    def link(self, loss: Loss, n_outputs: int) -> int:
        """Return the kernel: ŷ = link(z)."""
        return self._made(elementwise.link, loss, n_outputs)

    def step(self, optimizer: Optimizer) -> int:
        """Return the kernel: The optimizer's step."""
        return self._made(elementwise.optimizer_step, optimizer)

    def penalty_gradient(self, penalty: Penalty) -> int:
        """Return the kernel: g + ∂R/∂W."""
        return self._made(elementwise.penalty_gradient, penalty)

    # By the architecture

    def registers(self, shapes: tuple[Shape, ...], loss: Loss, optimizer: Optimizer) -> int:
        """Return the kernel: an epoch of batches of one, with the weights in registers."""
        return self._made(registers.online, shapes, loss, optimizer)

    def streaming(self, shapes: tuple[Shape, ...], loss: Loss, optimizer: Optimizer) -> int:
        """Return the kernel: an epoch of batches of one, with the weights in memory."""
        return self._made(streaming.streaming, shapes, loss, optimizer)
