"""Mistakes in the gradients of a whole network, beside those of a layer and of a fit.

A program may be written in any way: what is looked for are the numbers that these lines make. In
their names `da` is the right daⁿ, `share` the factor of the loss (1/m for a mean), `k` the number
of outputs and `z_before` the z of the layer before.
"""

from __future__ import annotations

from chainrule.diagnosis.book.rows import Mistake, Page

WHERE, PROGRAM = "a program", "whole network"

_RIGHT_DA = "daⁿ = ∂L/∂ŷ of the very loss that is computed, with its 1/m and its ½"
_SQUARED = "daⁿ = 2(ŷ − y) of (ŷ − y)², ŷ − y of ½(ŷ − y)²"
_HIDDEN = "dz = da ⊙ f′(z) with this layer's f"
_DW, _DB = ("dW", "grad_W"), ("db", "grad_b")
_SUM = "sums over the samples, as the loss is a sum"

_OF_DA = Page(WHERE, "daⁿ", _RIGHT_DA, (), "da", PROGRAM)
_OF_SQUARE = Page(WHERE, "daⁿ", _SQUARED, (), "da", PROGRAM)
_OF_DZ = Page(WHERE, "dz", _HIDDEN, ("dz", "delta"), "dz", PROGRAM)
_OUTPUT = Page(WHERE, "daⁿ", "dzⁿ = ∂L/∂ŷ ⊙ f′(z) of the very loss that is computed", ("dz",),
               "dz", PROGRAM)  # fmt: skip
_WEIGHTS = Page(WHERE, "dW", "dW = dz · a_prevᵀ", _DW, "dW", PROGRAM)
_SUMMED_W = Page(WHERE, "dW", f"dW and db are {_SUM}", _DW, "dW", PROGRAM)
_BIASES = Page(WHERE, "db", "db = Σ dz over the samples", _DB, "db", PROGRAM)
_SUMMED_B = Page(WHERE, "db", f"dW and db are {_SUM}", _DB, "db", PROGRAM)
_BACK = Page(WHERE, "da_prev", "da_prev = Wᵀ · dz", ("da", "dz"), "da_prev", PROGRAM)

FACTORS = (
    *_OF_DA.rows(
        ("sign", "y − ŷ in place of ŷ − y: every step goes up the loss", "da = -da"),
        ("times-n", "all gradients are m times too large, m the number of samples: a sum in place "
         "of a mean", "da = da * y.shape[1]"),
        ("mean", "all gradients are divided by m, the number of samples, though the loss is not, "
         "or are so twice", "da = da / y.shape[1]"),
        ("times-k", "all gradients are k times too large, k the number of outputs: the loss is a "
         "mean over these too", "da = da * k"),
        ("divided-by-k", "all gradients are divided by k, the number of outputs, though the loss "
         "is not, or are so twice", "da = da / k"),
    ),
)  # fmt: skip
"""Mistakes of daⁿ of whatever loss: a factor of all gradients."""

OF_SQUARES = (
    *_OF_SQUARE.rows(
        ("two-missing", "the 2 of the square's derivative is missing: the loss has no ½",
         "da = da / 2"),
        ("two-too-many", "there is a 2 too many: the loss has a ½ before its square",
         "da = da * 2"),
    ),
)  # fmt: skip

MIXED_UP = (
    *_OUTPUT.rows(
        ("cross-entropy", "dzⁿ is ŷ − y, that of the cross-entropy: the loss is the squared error",
         "dz = (y_hat - y) / y.shape[1]"),
        ("cross-entropy", "dzⁿ is ŷ − y, that of the cross-entropy: the loss is the squared error",
         "dz = y_hat - y"),
    ),
)  # fmt: skip

OF_SOFTMAX = (
    *_OUTPUT.rows(
        ("sigma-prime-lost", "ŷ − y is dzⁿ already, and is multiplied by ŷ(1 − ŷ) once more",
         "dz = share * (y_hat - y) * y_hat * (1 - y_hat)"),
    ),
)  # fmt: skip

OF_LAYERS = (
    *_OF_DZ.rows(
        ("a-times-1-minus-a", "a(1 − a) is σ′ of a sigmoid layer; this layer's f is another",
         "a = self.activation(self.outputs)\ndz = da * a * (1 - a)"),
        ("1-minus-a", "1 − a in place of 1 − a²: the square is missing",
         "dz = da * (1 - self.activation(self.outputs))"),
        ("1-minus-a-squared", "1 − a² is tanh′ of a tanh layer; this layer's f is another",
         "a = self.activation(self.outputs)\ndz = da * (1 - a**2)"),
    ),
    *_WEIGHTS.rows(
        ("dW-from-z-before", "dW is made of the z of the layer before, not of its a",
         "d_weights = dz @ self.z_before.T"),
        ("dW-zero", "dW is 0", "d_weights = 0 * self.weights"),
    ),
    *_BIASES.rows(("db-zero", "db is 0", "d_biases = 0 * self.biases")),
    *_BACK.rows(
        ("W-missing", "Wᵀ is missing in da_prev: it is dz itself", "da_prev = dz"),
    ),
)  # fmt: skip

AVERAGED = (
    *_SUMMED_W.rows(
        ("dW-averaged", "dW is the mean over the samples; the loss is their sum",
         "d_weights = dz @ self.inputs.T / dz.shape[1]"),
    ),
    *_SUMMED_B.rows(
        ("db-averaged", "db is the mean over the samples; the loss is their sum",
         "d_biases = dz.mean(axis=1, keepdims=True)"),
    ),
)  # fmt: skip
"""Mistakes where the loss is a sum over the samples."""

SEEN = (
    Mistake(
        "gradient-missing",
        "{name} has no gradient, and the loss depends on it",
        "dW",
        "a gradient for every parameter, of its name or in its place",
        WHERE,
        baseline=PROGRAM,
    ),
)

ROWS = (*FACTORS, *OF_SQUARES, *MIXED_UP, *OF_SOFTMAX, *OF_LAYERS, *AVERAGED, *SEEN)
