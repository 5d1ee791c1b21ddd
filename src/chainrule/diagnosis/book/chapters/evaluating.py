"""Chapter 6: mistakes in the split of the rows, the predicted labels and the accuracy."""

from __future__ import annotations

from dataclasses import replace

from chainrule.diagnosis.book.rows import Mistake, Page, Piece

SPLIT, SHAPES, PLACES, SEED = "split", "split's shapes", "split's rows", "split's seed"
"""What is looked at, one after the other: whether it is four arrays; their shapes; where each row
went; what the seed and `test_size` do."""

PIECES = (
    Piece("predict", "def predict(model, X):", "{return}",
          {"return": "return np.array([np.round(model.forward(row)[0]) for row in X])"}),
    Piece("accuracy", "def accuracy(y, predictions):", "{return}",
          {"return": "return np.mean(np.ravel(y) == np.ravel(predictions))"}),
)  # fmt: skip

PREDICT = Page("predict", "labels", "1 where ŷ is above 0.5, and 0 elsewhere",
               ("round", "forward", "return"), "return")  # fmt: skip
ACCURACY = Page("accuracy", "accuracy", "(rows with prediction = y) / n",
                ("mean", "sum", "return"), "return")  # fmt: skip
_RETURNED = Page(SPLIT, "rows", "return X_train, X_test, y_train, y_test", ("return",))
_SIZES = replace(_RETURNED, where=SHAPES, right="the test set has n · test_size rows")
_CUT = replace(_RETURNED, where=PLACES,
    right="order = a permutation of the rows; test, train = order[:n_test], order[n_test:]",
)  # fmt: skip
_DRAWN = replace(_RETURNED, where=SEED, right="np.random.RandomState(seed).permutation(n)")

ROWS: tuple[Mistake, ...] = (
    *_RETURNED.rows(("no-parts", "split does not return four arrays")),
    *replace(_RETURNED, where=SHAPES).rows(
        ("no-parts", "split returns {count} things, not four"),
        ("share",
         "training and test rows are swapped: test_size is the share of the test rows"),
        ("order", "the four arrays are returned in another order"),
    ),
    *replace(_SIZES, right="y[train], not raveled").rows(
        ("labels-flat", "the labels lose their shape (n, 1)"),
    ),
    *_SIZES.rows(("sizes", "the sets have other sizes")),
    *_CUT.rows(
        ("rows-changed", "a row is no row of the data"),
        ("overlap", "test rows are training rows, too: the network has seen them"),
        ("rows-lost", "some rows come twice, and others are in neither set"),
        ("not-shuffled", "the rows are not shuffled: data is often sorted by its labels"),
    ),
    *replace(_CUT, right="the same order for both: X[train], y[train]").rows(
        ("apart", "X and y are split apart: a row meets another row's label"),
    ),
    *_DRAWN.rows(
        ("seed-ignored", "the same seed gives another split"),
        ("seed-fixed", "every seed gives the same split"),
    ),
    *replace(_SIZES, where=SEED).rows(("share", "test_size is not used")),
    *PREDICT.rows(
        ("not-rounded", "the probabilities come back, not labels",
         "return np.array([model.forward(row)[0] for row in X])"),
        ("threshold-0", "every ŷ is above 0: the label is 1 where it is above 0.5",
         "return np.array([model.forward(row)[0] > 0 for row in X])"),
        ("turned-round", "the labels are turned round",
         "return np.array([1 - np.round(model.forward(row)[0]) for row in X])"),
        ("rounded-down", "everything is rounded down to 0: int(ŷ) and // cut off",
         "return np.array([int(model.forward(row)[0, 0]) for row in X])"),
        ("one-row", "only the first row is predicted",
         "for row in X:\n    return np.round(model.forward(row)[0])"),
        ("last-row", "only the last row is predicted",
         "for row in X:\n    label = np.round(model.forward(row)[0])\nreturn label"),
        ("reversed", "the labels come in reverse order",
         "return np.array([np.round(model.forward(row)[0]) for row in X[::-1]])"),
        ("signs", "labels are −1 and 1; here they are 0 and 1",
         "return np.array([np.sign(model.forward(row)[0] - 0.5) for row in X])"),
    ),
    *ACCURACY.rows(
        ("square", "(n, 1) against (n,) makes a square of n × n comparisons",
         "return np.mean(y == predictions)"),
        ("square-summed", "(n, 1) against (n,) makes a square of n × n comparisons",
         "return np.sum(y == predictions) / len(y)"),
        ("error-rate", "this is the share of wrong predictions",
         "return np.mean(np.ravel(y) != np.ravel(predictions))"),
        ("count", "the right predictions are counted, but not divided by n",
         "return np.sum(np.ravel(y) == np.ravel(predictions))"),
        ("percent", "this is in percent; a share lies between 0 and 1",
         "return 100 * np.mean(np.ravel(y) == np.ravel(predictions))"),
        ("all-or-nothing", "it asks whether all are right",
         "return np.array_equal(np.ravel(y), np.ravel(predictions))"),
        ("each", "every row's answer comes back: they are not averaged",
         "return np.ravel(y) == np.ravel(predictions)"),
        ("ones-only", "only rows with label 1 are counted as right",
         "return np.mean(np.ravel(y) * np.ravel(predictions))"),
        ("recall", "this is the share among the rows with label 1 (recall)",
         "return np.mean(np.ravel(predictions)[np.ravel(y) == 1])"),
        ("mean-prediction", "this is the share of predictions that are 1",
         "return np.mean(predictions)"),
    ),
)  # fmt: skip
