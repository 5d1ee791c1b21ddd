"""Mistakes in `Layer.backward` that only several samples at once show.

The other rows of `Layer.backward` are looked for as well, with the averages' lines.
"""

from __future__ import annotations

from chainrule.diagnosis.book.backward import WHERE
from chainrule.diagnosis.book.rows import MINI_BATCH, Mistake, Page

_DW = Page(WHERE, "dW", "dW = (1/m) dz · a_prevᵀ", ("d_weights", "dW", "self.weights"), "dW",
           MINI_BATCH)  # fmt: skip
_DB = Page(WHERE, "db", "db = (1/m) Σ dz over the columns", ("d_biases", "db", "self.biases"), "db",
           MINI_BATCH)  # fmt: skip
_DA_PREV = Page(WHERE, "da_prev", "da_prev = Wᵀ · dz, (n_inputs, m)", ("da_prev", "return"),
                "da_prev", MINI_BATCH)  # fmt: skip
_MATRIX = "db keeps a column for each sample: the biases grow into a matrix"
_FLAT = "db is flat, (n,): with the column b it makes a square"
_EVERYTHING = "db is summed over the neurons as well: all biases move alike"

ROWS: tuple[Mistake, ...] = (
    *_DW.rows(
        ("dW-summed", "dW is the sum over the samples; right is the average, with 1/m",
         "d_weights = dz @ self.inputs.T"),
        ("dW-divided-twice", "dW is divided by m twice",
         "d_weights = dz @ self.inputs.T / dz.shape[1] ** 2"),
        ("dW-by-neurons", "dW is divided by the number of neurons, not of samples",
         "d_weights = dz @ self.inputs.T / len(dz)"),
        ("dW-without-derivative", "dW is made of da, not of dz",
         "d_weights = da @ self.inputs.T / dz.shape[1]"),
    ),
    *_DB.rows(
        ("db-summed", "db is the sum over the samples; right is the average, with 1/m",
         "d_biases = dz.sum(axis=1, keepdims=True)"),
        ("db-over-everything", "db is averaged over the neurons as well: all biases move alike",
         "d_biases = np.mean(dz)"),
        ("db-sum-of-everything", _EVERYTHING, "d_biases = np.sum(dz)"),
        ("db-everything-by-m", _EVERYTHING, "d_biases = np.sum(dz) / dz.shape[1]"),
        ("db-first-sample", "db is that of the first sample only", "d_biases = dz[:, :1]"),
        ("db-first-by-m", "db is that of the first sample only",
         "d_biases = dz[:, :1] / dz.shape[1]"),
        ("db-divided-twice", "db is divided by m twice",
         "d_biases = dz.mean(axis=1, keepdims=True) / dz.shape[1]"),
        ("db-without-derivative", "db is made of da, not of dz",
         "d_biases = da.mean(axis=1, keepdims=True)"),
        ("db-not-summed", _MATRIX, "d_biases = dz"),
        ("db-not-summed-by-m", _MATRIX, "d_biases = dz / dz.shape[1]"),
        ("db-flat", _FLAT, "d_biases = dz.mean(axis=1)"),
        ("db-flat-sum", _FLAT, "d_biases = dz.sum(axis=1)"),
    ),
    *_DA_PREV.rows(
        ("da_prev-divided", "da_prev is divided by m; the layers before would divide once more",
         "da_prev = self.weights.T @ dz / dz.shape[1]"),
        ("da_prev-averaged", "da_prev is averaged over the samples; each sample keeps its column",
         "da_prev = (self.weights.T @ dz).mean(axis=1, keepdims=True)"),
        ("da_prev-summed", "da_prev is summed over the samples; each sample keeps its column",
         "da_prev = (self.weights.T @ dz).sum(axis=1, keepdims=True)"),
    ),
)  # fmt: skip
