"""Mistakes that only several samples at once show, in `Layer.backward` and in `Perceptron.fit`.

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

_GROWING = "self.biases = self.biases - learning_rate * d_biases"
SUMS = ("dW-summed", "db-summed")
"""Rows that together are no mistake: 1/m may stand in daⁿ."""
AS_FLAT = "b-into-matrix"
"""The row of one sample whose effect on a batch equals that of "db-flat"."""

REFUSED = "Layer.backward, shapes that NumPy refuses"
FIT_WHERE = "Perceptron.fit, mini-batches"
_ROWS = "for rows in batches(n, batch_size): x = training_data[rows].T"
_DA = "(y_hat - y) / (y_hat * (1 - y_hat))"
_ONCE = "daⁿ = (ŷ − y) / (ŷ (1 − ŷ)), and 1/m once"
_OF_DA = Page(FIT_WHERE, "daⁿ", _ONCE, ("backward", "da", "for"), "da", MINI_BATCH)
_OF_Y = Page(FIT_WHERE, "y", "x, y = training_data[rows].T, labels[rows].T", ("labels",), "",
             MINI_BATCH)  # fmt: skip
_OF_X = Page(FIT_WHERE, "a⁰", _ROWS, ("backward", "da", "for"), "", MINI_BATCH)
_OF_W = Page(FIT_WHERE, "W", _ONCE, ("backward", "da", "for"), "", MINI_BATCH)
_RIGHT_LOSS = (
    "the sum of the losses of all the epoch's samples, from 0 in every epoch, divided by n"
)
_MEAN = "np.mean(-(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))"


def _loss(key: str, title: str, **lines: str) -> Mistake:
    return Mistake(key, title, "L", _RIGHT_LOSS, FIT_WHERE, lines, ("loss",), baseline=MINI_BATCH)


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
    ),
    *(
        Mistake(key, title, _DB.quantity, _DB.right, WHERE, {"db": line, "b": _GROWING}, _DB.words,
                baseline=MINI_BATCH)
        for key, title, line in (
            ("db-not-summed", _MATRIX, "d_biases = dz"),
            ("db-not-summed-by-m", _MATRIX, "d_biases = dz / dz.shape[1]"),
            ("db-flat", _FLAT, "d_biases = dz.mean(axis=1)"),
            ("db-flat-sum", _FLAT, "d_biases = dz.sum(axis=1)"),
        )
    ),
    *_DA_PREV.rows(
        ("da_prev-divided", "da_prev is divided by m; the layers before would divide once more",
         "da_prev = self.weights.T @ dz / dz.shape[1]"),
        ("da_prev-averaged", "da_prev is averaged over the samples; each sample keeps its column",
         "da_prev = (self.weights.T @ dz).mean(axis=1, keepdims=True)"),
        ("da_prev-summed", "da_prev is summed over the samples; each sample keeps its column",
         "da_prev = (self.weights.T @ dz).sum(axis=1, keepdims=True)"),
    ),
    *Page(REFUSED, "db", "db = (1/m) Σ dz over the columns: dz.sum(axis=1, keepdims=True) / m",
          ("d_biases", "db"), "", MINI_BATCH).rows(
        ("db-not-summed", "db has a column for each sample: sum over axis=1, with keepdims=True"),
        ("db-flat", "db is flat, (n,): with the column b it makes a square; keepdims=True keeps it "
         "one"),
    ),
    *Page(REFUSED, "dW", "dW = (1/m) dz · a_prevᵀ", ("d_weights", "dW"), "", MINI_BATCH).rows(
        ("dW-transposed", "dW is transposed: the product is the wrong way round, a_prev · dzᵀ"),
    ),
    *Page(REFUSED, "da_prev", "da_prev = Wᵀ · dz", ("da_prev", "return"), "", MINI_BATCH).rows(
        ("W-not-transposed", "W is not transposed: W · dz in place of Wᵀ · dz"),
    ),
    *Page(REFUSED, "da_prev", "each line of the backward pass, with its shape", (), "",
          MINI_BATCH).rows(("backward-fails", "`backward` cannot be computed for a batch")),
    # of the fit
    *_OF_DA.rows(
        ("sum-not-mean", "the step is that of the sum of the losses: 1/m is missing",
         f"da = {_DA} * y.shape[1]"),
        ("divided-twice", "1/m is there twice, in `backward` and in daⁿ",
         f"da = {_DA} / y.shape[1]"),
        ("by-batch-size", "it is divided by batch_size; the last batch has fewer samples",
         f"da = {_DA} / batch_size * y.shape[1]"),
        ("by-batch-size-too", "1/m is there twice: in `backward`, and as 1/batch_size",
         f"da = {_DA} / batch_size"),
        ("by-n", "it is divided by the number of all samples", f"da = {_DA} / n * y.shape[1]"),
        ("by-n-too", "1/m is there twice: in `backward`, and as 1/n", f"da = {_DA} / n"),
        ("sign", "y − ŷ in place of ŷ − y: every step goes up the loss", f"da = -{_DA}"),
        ("sigma-prime-lost", "daⁿ is ŷ − y, which is dzⁿ: ŷ (1 − ŷ) is missing below the line",
         "da = y_hat - y"),
        ("sigma-prime-twice", "daⁿ is multiplied by ŷ (1 − ŷ), not divided",
         "da = (y_hat - y) * y_hat * (1 - y_hat)"),
    ),
    *_OF_Y.rows(
        ("labels-inverted", "1 − y stands where y belongs"),
        ("apart", "x and y of a batch are not the same rows"),
    ),
    *_OF_W.rows(
        ("not-recognised", "wrong, not recognised: the first quantity that differs is the weights "
         "after training"),
        ("backward-never", "`fit` does not change the weights"),
    ),
    *_OF_X.rows(
        ("forward-never", "`fit` never sends a batch forward"),
        ("rows-changed", "not every row is learnt from once an epoch"),
        ("epochs-missing", "there are {epochs} epochs, not {wanted}"),
        ("epochs-too-many", "there are {epochs} epochs, not {wanted}"),
        ("one-epoch", "there is one epoch, whatever `epochs` says: here {wanted}"),
        ("one-by-one", "the samples go one by one, not as batches"),
        ("one-batch", "all rows go at once: batch_size is not used"),
        ("batch-shapes", "the batches have other shapes"),
    ),
    _loss("loss-of-batches", "the batches' averages are added up, and divided by n",
          loss=f"loss += {_MEAN}"),
    _loss("loss-of-batches-summed", "the batches' averages are added up, but not averaged",
          loss=f"loss += {_MEAN}", average="average_loss = loss"),
    _loss("loss-of-last-batch", "the last batch's loss is printed, not the epoch's",
          loss=f"loss = {_MEAN}", average="average_loss = loss"),
)  # fmt: skip
