"""PyTorch eager: the plain training loop, with each of its Adams."""

from __future__ import annotations

from typing import Any

import torch

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

_OPTIMIZERS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}


def training(cell: Cell) -> Ways:
    """Try the fused, the foreach and the plain update."""
    kind = _OPTIMIZERS[cell.optimizer]
    return {
        "fused": _loop(cell, kind, fused=True),
        "foreach": _loop(cell, kind, foreach=True),
        "one by one": _loop(cell, kind, foreach=False),
    }


def _loop(cell: Cell, kind: Any, **options: bool) -> Way:
    x, y = tensors(cell)
    model, loss_function = network(cell), loss_of(cell)
    optimizer = kind(model.parameters(), lr=LEARNING_RATE, **options)

    def run(passes: int) -> None:
        for _ in range(passes):
            for x_batch, y_batch in batches(x, y, cell.batch_size):
                optimizer.zero_grad(set_to_none=True)
                loss_function(model(x_batch), y_batch).backward()
                optimizer.step()

    return run


def prediction(cell: Cell) -> Ways:
    """Call the network in inference mode."""
    model, x = answering_network(cell), torch.from_numpy(inputs(cell))

    def run(passes: int) -> None:
        with torch.inference_mode():
            for _ in range(passes):
                model(x)

    return {"inference mode": run}
