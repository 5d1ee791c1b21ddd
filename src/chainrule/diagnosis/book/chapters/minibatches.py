"""Chapter 7: what is wrong with how rows are cut into batches.

The rows of the chapter's `Layer.backward` and `Perceptron.fit` stand with those of one sample.
"""

from __future__ import annotations

from dataclasses import replace

from chainrule.diagnosis.book.rows import Mistake, Page

BATCHES, EPOCHS = "batches", "batches, again"
"""What is looked at, one after the other: one call, and several."""

_CUT = Page(BATCHES, "rows", "[order[i : i + batch_size] for i in range(0, n, batch_size)]",
            ("return", "yield", "range"))  # fmt: skip
_ORDER = replace(_CUT, right="a new order for every call: np.random.permutation(n)")

ROWS: tuple[Mistake, ...] = (
    *_CUT.rows(
        ("no-batches", "batches returns no pieces"),
        ("no-row", "a number is no row of the data"),
        ("last-dropped", "the last, smaller batch is left out"),
        ("rows-missing", "row {row} is in no batch"),
        ("rows-twice", "a row comes twice"),
        ("empty-batch", "a batch is empty"),
        ("as-many", "there are batch_size batches; right are batches of batch_size rows"),
        ("batch-sizes", "the batches have other sizes"),
    ),
    *_ORDER.rows(("not-shuffled", "the rows are not shuffled")),
    *replace(_ORDER, where=EPOCHS).rows(
        ("not-shuffled", "the order is the same in every epoch"),
    ),
)  # fmt: skip
