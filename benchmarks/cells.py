"""What is measured: networks, batch sizes and rows, as one table.

A cell is one row of the grid. Its variants (another hidden activation, another dtype) are cells
too, made by `dataclasses.replace`, so that every part of the benchmark handles one kind of thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, Literal

Target = Literal["binary", "classes", "numbers"]
Work = Literal["training", "prediction"]

ACTIVATIONS = ("relu", "tanh", "sigmoid")
DTYPES = ("float32", "float64")
PREDICTED = ("small", "mid", "mnist")
PREDICTED_ROWS = (1, 100, 100_000)


@dataclass(frozen=True)
class Cell:
    """A network, its data and how it is trained or asked.

    Attributes
    ----------
    name : str
    sizes : tuple of int
        Inputs, hidden neurons, outputs.
    batch_size : int
    rows : int
        Of training data, so many that an epoch is long beside the call that starts it; in
        prediction the rows of one call.
    target : "binary", "classes" or "numbers"
        Binary cross-entropy, softmax cross-entropy or squared error.
    optimizer : "adam" or "sgd"
    activation : str
        Of all hidden layers.
    dtype : str
    work : "training" or "prediction"
    """

    name: str
    sizes: tuple[int, ...]
    batch_size: int
    rows: int
    target: Target = "classes"
    optimizer: str = "adam"
    activation: str = "relu"
    dtype: str = "float32"
    work: Work = "training"

    @property
    def label(self) -> str:
        """The cell's name among its variants."""
        rows = f" × {self.rows}" if self.work == "prediction" else ""
        return f"{self.name}{rows} {self.activation} f{self.dtype[-2:]}"

    @property
    def network(self) -> str:
        """The layers' sizes as people write them."""
        return "-".join(map(str, self.sizes))

    @property
    def steps(self) -> int:
        """Steps of one pass over the rows; a prediction is one step."""
        return self.rows // self.batch_size if self.work == "training" else 1

    @property
    def n_parameters(self) -> int:
        """Weights and biases."""
        return sum((n_in + 1) * n_out for n_in, n_out in pairwise(self.sizes))

    @property
    def flop(self) -> int:
        """Floating-point operations of the matrix products of one step."""
        if self.work == "prediction":
            return sum(_products(self.sizes)) * self.rows
        return flop_of_training(self.sizes, self.batch_size)

    def as_json(self) -> dict[str, Any]:
        """Return the fields, for a worker or a file."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Cell:
        """Make the cell of which `as_json` told."""
        return cls(**{**fields, "sizes": tuple(fields["sizes"])})


def flop_of_training(sizes: Sequence[int], samples: int) -> int:
    """Return the floating-point operations of the matrix products, for so many samples seen.

    There are three products per layer (forward, dW, da_prev) but for the first, whose da_prev
    nobody needs.
    """
    first, *others = _products(sizes)
    return (2 * first + 3 * sum(others)) * samples


def _products(sizes: Sequence[int]) -> list[int]:
    """Return the operations of each layer's product with one sample."""
    return [2 * n_in * n_out for n_in, n_out in pairwise(sizes)]


GRID = (
    Cell("seed", (2, 6, 6, 1), 1, 5_000, "binary", "sgd", dtype="float64"),
    Cell("iris", (4, 16, 3), 32, 64_000),
    Cell("small", (20, 100, 2), 200, 50_000),
    Cell("narrow", (20, 64, 64, 2), 32, 32_000),
    Cell("mid", (50, 256, 256, 5), 256, 25_600),
    Cell("mnist", (784, 128, 10), 128, 12_800),
    Cell("wide", (784, 512, 512, 10), 256, 5_120),
    Cell("regression", (8, 64, 64, 1), 64, 64_000, "numbers"),
    Cell("deep", (30, *[128] * 6, 3), 128, 25_600),
)


def training_cells(
    names: Iterable[str] | None = None,
    activations: Sequence[str] = ACTIVATIONS,
    dtypes: Sequence[str] = DTYPES,
) -> Iterator[Cell]:
    """Yield the rows of the grid in all their variants, those of one dtype together."""
    chosen = _chosen(names)
    for dtype in dtypes:
        for activation in activations:
            yield from (replace(cell, activation=activation, dtype=dtype) for cell in chosen)


def prediction_cells(
    names: Iterable[str] | None = None, dtypes: Sequence[str] = DTYPES
) -> Iterator[Cell]:
    """Yield one row, a hundred and a hundred thousand for some of the networks."""
    chosen = [cell for cell in _chosen(names) if cell.name in PREDICTED]
    for dtype in dtypes:
        for cell in chosen:
            for rows in PREDICTED_ROWS:
                yield replace(cell, rows=rows, work="prediction", dtype=dtype)


def _chosen(names: Iterable[str] | None) -> list[Cell]:
    known = {cell.name: cell for cell in GRID}
    names = known if names is None else list(names)
    if unknown := set(names) - set(known):
        raise ValueError(f"unknown cells {sorted(unknown)}; known: {', '.join(known)}")
    return [known[name] for name in names]
