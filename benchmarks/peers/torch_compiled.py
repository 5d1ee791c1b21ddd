"""PyTorch with torch.compile: the whole step, forward to Adam, as one compiled graph."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmarks.cells import Cell
from benchmarks.data import LEARNING_RATE, inputs
from benchmarks.peers import Way, Ways
from benchmarks.peers.torch_network import (
    PACKAGES,
    answering_network,
    batches,
    loss_of,
    network,
    tensors,
)

__all__ = ["PACKAGES", "prediction", "training"]

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


def training(cell: Cell) -> Ways:
    """Compile as it is and with every candidate for the matrix products tried.

    The C++ wrapper takes the calls between kernels out of Python; without it, and with the
    optimizer outside the graph, the same steps took longer in every cell.
    """
    torch.compiler.reset()  # or the number of compiled versions meets a limit
    return {
        "one graph": _one_graph(cell, cpp_wrapper=True),
        "one graph, max-autotune": _one_graph(
            cell, cpp_wrapper=True, max_autotune=True, coordinate_descent_tuning=True
        ),
    }


def _one_graph(cell: Cell, **options: bool) -> Way:
    x, y = tensors(cell)
    model, loss_function = network(cell), loss_of(cell)
    theta = {name: value.detach() for name, value in model.named_parameters()}
    memory = [({name: torch.zeros_like(value) for name, value in theta.items()}) for _ in range(2)]
    t = torch.zeros((), dtype=x.dtype)

    def loss(theta: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return loss_function(torch.func.functional_call(model, theta, (x,)), y)

    def step(x: Tensor, y: Tensor) -> None:
        gradient = torch.func.grad(loss)(theta, x, y)
        if cell.optimizer == "sgd":
            for name, g in gradient.items():
                theta[name].sub_(LEARNING_RATE * g)
            return
        step_size = LEARNING_RATE / (1 - _BETA1**t)
        root = torch.sqrt(1 - _BETA2**t)
        for name, g in gradient.items():
            m, v = memory[0][name], memory[1][name]
            m.lerp_(g, 1 - _BETA1)
            v.lerp_(g * g, 1 - _BETA2)
            theta[name].sub_(step_size * m / (v.sqrt() / root + _EPSILON))

    compiled = torch.compile(step, dynamic=False, fullgraph=True, options=options)

    def run(passes: int) -> None:
        with torch.no_grad():
            for _ in range(passes):
                for x_batch, y_batch in batches(x, y, cell.batch_size):
                    t.add_(1)  # inside, compiled kernels that run at once read it too early
                    compiled(x_batch, y_batch)

    return run


def prediction(cell: Cell) -> Ways:
    """Compile the network alone, with and without the C++ wrapper."""
    torch.compiler.reset()
    return {
        "module": _answers(cell),
        "module, C++ wrapper": _answers(cell, cpp_wrapper=True),
    }


def _answers(cell: Cell, **options: bool) -> Way:
    x = torch.from_numpy(inputs(cell))
    model = torch.compile(answering_network(cell), dynamic=False, fullgraph=True, options=options)

    def run(passes: int) -> None:
        with torch.inference_mode():
            for _ in range(passes):
                model(x)

    return run
