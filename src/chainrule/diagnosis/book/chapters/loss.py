"""Chapter 4: mistakes in the binary cross-entropy, its derivative, and the average of an epoch."""

from __future__ import annotations

from chainrule.diagnosis.book import fit
from chainrule.diagnosis.book.chapters.same import same
from chainrule.diagnosis.book.rows import Mistake, Page, Piece

_L = "-(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))"
_D = "(y_hat - y) / (y_hat * (1 - y_hat))"
PIECES = (
    Piece("loss", "def loss(y_hat, y):", "{return}", {"return": f"return {_L}"}),
    Piece("d_loss", "def d_loss(y_hat, y):", "{da}\nreturn da", {"da": fit.FIT.parts["da"]}),
    Piece("average_loss", "def average_loss(y_hats, y):", "{return}",
          {"return": "return np.mean(loss(y_hats, y))"}),
)  # fmt: skip

LOSS = Page("loss", "L", "L = −(y log ŷ + (1 − y) log(1 − ŷ))", ("return", "loss"), "return")
D_LOSS = Page("d_loss", "daⁿ", "daⁿ = (ŷ − y) / (ŷ (1 − ŷ))", ("return", "/"), "da")
AVERAGE = Page("average_loss", "average loss", "(1/N) Σ L", ("return", "mean", "sum"), "return")

ROWS: tuple[Mistake, ...] = (
    *LOSS.rows(
        ("sign", "the sign is wrong: the logarithm of a number below 1 is negative, L is positive",
         "return y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)"),
        ("sign-of-one-term", "the minus is for both terms: brackets are missing",
         "return -y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)"),
        ("second-term-missing", "the term (1 − y) log(1 − ŷ) is missing",
         "return -y * np.log(y_hat)"),
        ("first-term-missing", "the term y log ŷ is missing",
         "return -(1 - y) * np.log(1 - y_hat)"),
        ("y-missing", "the factors y and 1 − y are missing",
         "return -np.log(y_hat) - np.log(1 - y_hat)"),
        ("swapped", "y and 1 − y are swapped",
         "return -((1 - y) * np.log(y_hat) + y * np.log(1 - y_hat))"),
        ("log-of-y", "the logarithm of y is taken; right is that of ŷ",
         "return -(y_hat * np.log(y) + (1 - y_hat) * np.log(1 - y))"),
        ("log2", "the logarithm is that to base 2; right is the natural one",
         "return -(y * np.log2(y_hat) + (1 - y) * np.log2(1 - y_hat))"),
        ("log10", "the logarithm is that to base 10; right is the natural one",
         "return -(y * np.log10(y_hat) + (1 - y) * np.log10(1 - y_hat))"),
        ("squared-error", "this is the squared error (ŷ − y)²", "return (y_hat - y) ** 2"),
        ("half-squared-error", "this is half the squared error", "return (y_hat - y) ** 2 / 2"),
        ("absolute-error", "this is the absolute error |ŷ − y|", "return np.abs(y_hat - y)"),
        ("halved", "the loss is half as large as it is", f"return {_L} / 2"),
        ("averaged", "it is averaged already: one loss for each sample is asked for here",
         f"return np.mean({_L})"),
        ("summed", "it is summed already: one loss for each sample is asked for here",
         f"return np.sum({_L})"),
        ("derivative-for-loss", "this is the derivative of the loss", f"return {_D}"),
    ),
    *same(D_LOSS, fit.WHERE,
        ("sign", "y − ŷ in place of ŷ − y: every step would go up the loss"),
        ("sigma-prime-lost", "ŷ (1 − ŷ) is missing below the line: ŷ − y is dzⁿ, not daⁿ"),
        ("sign-and-sigma-prime",), ("sigma-prime-twice",), ("brackets",), ("first-term",),
        ("second-term",), ("term-sign",), ("squared-error",), ("loss-for-derivative",),
    ),
    *D_LOSS.rows(
        ("brackets-above", "brackets are missing: ŷ − y / (ŷ (1 − ŷ))",
         "da = y_hat - y / (y_hat * (1 - y_hat))"),
        ("y-below", "y (1 − y) is below the line; right is ŷ (1 − ŷ)",
         "da = (y_hat - y) / (y * (1 - y))"),
        ("averaged", "daⁿ is averaged: one derivative for each sample is asked for here",
         f"da = np.mean({_D})"),
    ),
    *AVERAGE.rows(
        ("built-on-loss", "average_loss is only as wrong as loss: put loss right first"),
        ("not-averaged", "the losses are summed, but not divided by N",
         "return np.sum(loss(y_hats, y))"),
        ("not-summed", "every sample's loss comes back: they are not averaged",
         "return loss(y_hats, y)"),
        ("divided-twice", "the sum is divided by N twice",
         "return np.mean(loss(y_hats, y)) / len(y)"),
        ("last", "only the last sample's loss is returned", "return loss(y_hats, y)[-1]"),
        ("first", "only the first sample's loss is returned", "return loss(y_hats, y)[0]"),
        ("each-divided", "every loss is divided by N, but they are not summed",
         "return loss(y_hats, y) / len(y)"),
        ("loss-of-average", "the loss of the average ŷ and y is taken; right is the average of the "
         "losses", "return loss(np.mean(y_hats), np.mean(y))"),
        ("sign", "the sign is wrong", "return -np.mean(loss(y_hats, y))"),
        ("one-less", "it is divided by N − 1, not by N",
         "return np.sum(loss(y_hats, y)) / (len(y) - 1)"),
        ("summed-and-minus", "the losses are summed with the wrong sign",
         "return -np.sum(loss(y_hats, y))"),
        ("median", "the median is taken, not the mean", "return np.median(loss(y_hats, y))"),
        ("squared-error", "this is the mean squared error", "return np.mean((y_hats - y) ** 2)"),
    ),
)  # fmt: skip
