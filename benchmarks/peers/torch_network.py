"""What PyTorch's two columns share: data, network and loss."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from benchmarks.cells import Cell
from benchmarks.data import class_numbers, inputs, targets
from benchmarks.environment import THREADS

PACKAGES = ("torch",)

_ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
_LOSSES = {
    "classes": functional.cross_entropy,
    "binary": functional.binary_cross_entropy_with_logits,
    "numbers": functional.mse_loss,
}

torch.set_num_threads(THREADS)


def network(cell: Cell) -> nn.Sequential:
    """Return the network up to the last layer's raw output."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(cell.sizes):
        layers += [nn.Linear(n_in, n_out), _ACTIVATIONS[cell.activation]()]
    return nn.Sequential(*layers[:-1]).to(getattr(torch, cell.dtype))


def answering_network(cell: Cell) -> nn.Sequential:
    """Return the network up to probabilities or numbers."""
    ends: dict[str, nn.Module] = {
        "classes": nn.Softmax(dim=1),
        "binary": nn.Sigmoid(),
        "numbers": nn.Identity(),
    }
    return nn.Sequential(network(cell), ends[cell.target]).eval()


def loss_of(cell: Cell) -> Any:
    """Return the mean loss of raw outputs."""
    return _LOSSES[cell.target]


def tensors(cell: Cell) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the rows and their labels; classes as numbers, which is PyTorch's fastest form."""
    y = targets(cell)
    labels = class_numbers(y) if cell.target == "classes" else y
    return torch.from_numpy(inputs(cell)), torch.from_numpy(labels)


def batches(
    x: torch.Tensor, y: torch.Tensor, size: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield slices of the shuffled rows: one gather per epoch, views per step."""
    order = torch.randperm(len(x))
    return zip(x[order].split(size), y[order].split(size), strict=True)
