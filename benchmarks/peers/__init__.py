"""Who is measured: one module per peer, each with the functions of the table below.

A peer's module is imported in its own worker alone. It may have

- ``training(cell)`` and ``prediction(cell)``, which give the ways (by name) in which this peer
  can do the work. The worker warms each up and keeps the fastest, so that every peer is seen
  at its best. A way is a function of the number of passes over the cell's rows that returns
  when the work is done.
- ``PACKAGES``, whose versions the report names.

Work that the peer cannot do raises `UnsupportedError`, with the reason in plain words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

Way: TypeAlias = Callable[[int], object]
Ways: TypeAlias = dict[str, Way]


class UnsupportedError(Exception):
    """What is asked is no work of this peer; the text says why."""


class Peer(NamedTuple):
    """Where a peer is found.

    Attributes
    ----------
    module : str
    title : str
        Its name in tables.
    work : tuple of str
    cells : tuple of str, optional
        The only rows of the grid in which it takes part.
    """

    module: str
    title: str
    work: tuple[str, ...]
    cells: tuple[str, ...] | None = None


PEERS = {
    "chainrule": Peer("chainrule_", "chainrule", ("training", "prediction")),
    "sklearn": Peer("sklearn_", "scikit-learn", ("training", "prediction")),
    "torch": Peer("torch_eager", "PyTorch eager", ("training", "prediction")),
    "compile": Peer("torch_compiled", "torch.compile", ("training", "prediction")),
    "jax": Peer("jax_", "JAX", ("training",)),
    "page": Peer("page", "NumPy loop", ("training",), cells=("seed",)),
    "onnxruntime": Peer("onnxruntime_", "ONNX Runtime", ("prediction",)),
}
