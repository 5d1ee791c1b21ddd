"""Mistakes in `Perceptron.fit`: daⁿ, the way back, the rows, the printed loss."""

from __future__ import annotations

from chainrule.diagnosis.book.rows import GUARDED, MINI_BATCH, Mistake, Page, Piece

WHERE = "Perceptron.fit"
_LOSS = "-(y * np.log({p}) + (1 - y) * np.log(1 - {p}))"
_CROSS_ENTROPY, _CLIP = _LOSS.format(p="y_hat"), "p = np.clip(y_hat, 1e-15, 1 - 1e-15)\n"
_BACK = "for layer in reversed(self.layers):\n    da = layer.backward(da, learning_rate)"
_DA = "da = (y_hat - y) / (y_hat * (1 - y_hat))"
_AVERAGE = "average_loss = loss[0, 0] / n"
_BATCHES = "for i in range(0, n, batch_size):\n    rows = order[i : i + batch_size]\n"

FIT = Piece(
    WHERE,
    "def fit(self, training_data, labels, epochs, learning_rate, batch_size=None):",
    """n = training_data.shape[0]
{before}
for epoch in range(epochs):
    {reset}
    {shuffle}
    {samples}
        {y_hat}
        {loss}
        {da}
        {back}
    {after}
    {average}
    print(f"Loss at epoch {{epoch + 1}}: {{average_loss:.3f}}")""",
    {
        "before": "",
        "reset": "loss = 0",
        "shuffle": "order = np.random.permutation(n)\n"
        "training_data, labels = training_data[order], labels[order]",
        "samples": "for x, y in zip(training_data, labels):",
        "y_hat": "y_hat = self.forward(x)",
        "loss": f"loss += {_CROSS_ENTROPY}",
        "da": _DA,
        "back": _BACK,
        "after": "",
        "average": _AVERAGE,
    },
    {
        MINI_BATCH: {
            "shuffle": "order = np.random.permutation(n)",
            "samples": f"{_BATCHES}    x, y = training_data[rows].T, labels[rows].T",
            "loss": f"loss += np.sum({_CROSS_ENTROPY})",
            "average": "average_loss = loss / n",
        },
        GUARDED: {
            "loss": f"{_CLIP}loss += {_LOSS.format(p='p')}",
            "da": f"{_CLIP}da = (p - y) / (p * (1 - p))",
        },
    },
)

_RIGHT_DA = "daⁿ = (ŷ − y) / (ŷ(1 − ŷ))"
_CHAIN = "from the last layer to the first: da = layer.backward(da, learning_rate)"
_LOOPS = "for each epoch: for each sample: forward, daⁿ, backward through the layers"
_ORDER = "every row once an epoch: order = np.random.permutation(n), then X[order], y[order]"
_TURNED = "y is (1, m) as ŷ is: x, y = training_data[rows].T, labels[rows].T"
_RIGHT_LOSS = "L = −(y log ŷ + (1 − y) log(1 − ŷ)), summed from 0 in every epoch, divided by n"
_GUARD = "p = np.clip(y_hat, 1e-15, 1 - 1e-15) in place of ŷ"
_TURNED_BATCH = {"samples": f"{_BATCHES}    x, y = training_data[rows].T, labels[rows]"}
_BACKWARD = ("reversed", "backward", "for")

_OF_DA = Page(WHERE, "daⁿ", _RIGHT_DA, ("da", "/"), "da")
_BACK_ROWS = Page(WHERE, "da", _CHAIN, _BACKWARD, "back")
_LOSSES = Page(WHERE, "L", _RIGHT_LOSS, ("loss",), "loss")
_AVERAGES = Page(WHERE, "L", _RIGHT_LOSS, ("loss",), "average")
_SEEN = Page(WHERE, "dW", _LOOPS, ("backward", "for"))


def _loss(key: str, title: str, **lines: str) -> Mistake:
    return Mistake(key, title, "L", _RIGHT_LOSS, WHERE, lines, ("loss",))


ROWS: tuple[Mistake, ...] = (
    *_OF_DA.rows(
        ("sign", "y − ŷ in place of ŷ − y: every step goes up the loss",
         "da = (y - y_hat) / (y_hat * (1 - y_hat))"),
        ("sigma-prime-lost", "daⁿ is ŷ − y, which is dzⁿ: the layer multiplies by σ′(z) once more",
         "da = y_hat - y"),
        ("sign-and-sigma-prime", "daⁿ is y − ŷ: the sign is wrong, and ŷ(1 − ŷ) is missing",
         "da = y - y_hat"),
        ("sigma-prime-twice", "daⁿ is multiplied by ŷ(1 − ŷ), not divided: σ′ is counted twice",
         "da = (y_hat - y) * y_hat * (1 - y_hat)"),
        ("squared-error", "daⁿ is that of the squared error, 2(ŷ − y)", "da = 2 * (y_hat - y)"),
        ("brackets", "brackets are missing: (ŷ − y) / ŷ · (1 − ŷ)",
         "da = (y_hat - y) / y_hat * (1 - y_hat)"),
        ("first-term", "daⁿ has the first term only, −y/ŷ", "da = -y / y_hat"),
        ("second-term", "daⁿ has the second term only, (1 − y)/(1 − ŷ)",
         "da = (1 - y) / (1 - y_hat)"),
        ("term-sign", "the second term of daⁿ has the wrong sign: −y/ŷ − (1 − y)/(1 − ŷ)",
         "da = -y / y_hat - (1 - y) / (1 - y_hat)"),
        ("loss-for-derivative", "daⁿ is the loss itself, not its derivative",
         f"da = {_CROSS_ENTROPY}"),
        ("mean", "daⁿ is divided by the number of samples, though each has its own step",
         f"{_DA} / n"),
        ("times-n", "daⁿ is multiplied by the number of samples", f"{_DA} * n"),
    ),
    Mistake("zero-by-zero", "daⁿ divides by ŷ(1 − ŷ) where ŷ is rounded to 0 or 1: 0/0 is NaN",
            "daⁿ", f"{_RIGHT_DA} with {_GUARD}", WHERE, {"da": _DA}, ("da",), baseline=GUARDED),
    Mistake("n-by-n-labels", "the labels are a column against the row ŷ: ŷ − y is (m, m), each "
            "answer against every label", "daⁿ", _TURNED, WHERE, _TURNED_BATCH, ("labels",),
            baseline=MINI_BATCH),
    Mistake("n-by-n-averaged", "loss and daⁿ are (m, m), each answer against every label, and "
            "averaged to fit again: the network learns the average label", "daⁿ", _TURNED, WHERE,
            {**_TURNED_BATCH, "loss": f"each = {_CROSS_ENTROPY}\nloss += len(rows) * np.mean(each)",
             "da": f"{_DA}\nda = np.mean(da, axis=0, keepdims=True)"}, ("labels",),
            baseline=MINI_BATCH),
    *_BACK_ROWS.rows(
        ("layers-forward", "the layers are gone through forward, not backward",
         "for layer in self.layers:\n    layer.backward(da, learning_rate)"),
        ("not-chained", "da is not handed on: a layer does not get the da_prev of the one behind "
         "it", "for layer in reversed(self.layers):\n    layer.backward(da, learning_rate)"),
        ("layers-missing", "`backward` is not called once on every layer",
         "self.layers[-1].backward(da, learning_rate)"),
    ),
    *Page(WHERE, "da", _LOOPS, ("backward", "for"), "back").rows(
        ("backward-never", "`fit` never goes backward through the layers", "pass"),
    ),
    Mistake("backward-outside", "`backward` is called outside of the loop over the samples", "dW",
            _LOOPS, WHERE, {"back": "", "after": _BACK}, ("backward", "for")),
    *Page(WHERE, "η", "layer.backward(da, learning_rate)", ("backward",), "back").rows(
        ("learning-rate-changed", "`backward` is given another learning rate",
         "for layer in reversed(self.layers):\n    da = layer.backward(da, learning_rate / n)"),
    ),
    *Page(WHERE, "y", "the same permutation for both: X[order], y[order]",
          ("permutation", "shuffle"), "shuffle").rows(
        ("shuffled-apart", "X and y are shuffled apart: a row meets another row's label",
         "training_data = training_data[np.random.permutation(n)]\n"
         "labels = labels[np.random.permutation(n)]"),
    ),
    *Page(WHERE, "y", "daⁿ is made of y", ("da",), "da").rows(
        ("labels-inverted", "1 − y stands where y belongs", f"y = 1 - y\n{_DA}"),
    ),
    *Page(WHERE, "a⁰", _ORDER, ("permutation", "shuffle", "randint", "choice"), "shuffle").rows(
        ("rows-duplicated", "rows are lost while they are shuffled: some come twice, others never "
         "again", "for i, j in enumerate(np.random.permutation(n)):\n"
         "    training_data[i], training_data[j] = training_data[j], training_data[i]\n"
         "    labels[i], labels[j] = labels[j], labels[i]"),
    ),
    Mistake("rows-drawn-again", "rows are drawn with replacement: in an epoch some come twice, "
            "others never", "a⁰", _ORDER, WHERE,
            {"shuffle": "", "samples": "for i in np.random.choice(n, n):\n"
             "    x, y = training_data[i], labels[i]"},
            ("permutation", "shuffle", "randint", "choice")),
    # what is printed
    *_AVERAGES.rows(
        ("loss-not-averaged", "the loss is summed over the samples, not averaged",
         "average_loss = loss[0, 0]"),
        ("loss-halved", "the loss is half as large as it is", "average_loss = loss[0, 0] / n / 2"),
        ("loss-averaged-twice", "the loss is divided by the number of samples twice",
         "average_loss = loss[0, 0] / n / n"),
    ),
    *_LOSSES.rows(
        ("loss-half", "half of the loss is missing: the term (1 − y) log(1 − ŷ)",
         "loss += -y * np.log(y_hat)"),
        ("loss-other-half", "half of the loss is missing: the term y log ŷ",
         "loss += -(1 - y) * np.log(1 - y_hat)"),
        ("loss-sign", "the loss has the wrong sign",
         "loss += y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)"),
        ("loss-squared", "the squared error is printed, not the cross-entropy",
         "loss += (y_hat - y) ** 2"),
        ("loss-halved-squared", "half the squared error is printed, not the cross-entropy",
         "loss += 0.5 * (y_hat - y) ** 2"),
    ),
    _loss("loss-not-reset", "the loss is not set back to 0 when an epoch begins",
          reset="", before="loss = 0"),
    _loss("loss-not-reset-nor-averaged", "the loss is neither set back to 0 nor averaged",
          reset="", before="loss = 0", average="average_loss = loss[0, 0]"),
    _loss("loss-sign-not-averaged", "the loss has the wrong sign and is not averaged",
          loss="loss += y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)",
          average="average_loss = loss[0, 0]"),
    _loss("loss-of-last", "the last sample's loss is printed, not the average",
          loss=f"loss = {_CROSS_ENTROPY}", average="average_loss = loss[0, 0]"),
    Mistake("log-of-zero", "the loss takes the log of a ŷ that is rounded to 0 or 1: log 0 is −∞, "
            "and 0 · log 0 is NaN", "L", f"L with {_GUARD}", WHERE,
            {"loss": f"loss += {_CROSS_ENTROPY}"}, ("loss",), baseline=GUARDED),
    # seen from outside: the calls of the layers tell
    Mistake("loss-not-recognised", "the printed loss is wrong, not recognised how", "L",
            _RIGHT_LOSS, WHERE, words=("loss",)),
    Mistake("trained-by-squared-error", "`fit` trains by {which}, loss and daⁿ alike; the page's "
            "loss is the cross-entropy", "L", f"{_RIGHT_LOSS}; {_RIGHT_DA}", WHERE,
            words=("da", "loss")),
    Mistake("forward-never", "`fit` never sends a sample forward", "ŷ", _LOOPS, WHERE,
            words=("for",)),
    Mistake("not-one-by-one", "the samples do not go one by one", "a⁰", _LOOPS, WHERE,
            words=("backward", "for")),
    *_SEEN.rows(
        ("epochs-missing", "there are {count} epochs, not {wanted}"),
        ("samples-missing", "not every sample is learnt from once an epoch"),
    ),
    Mistake("forward-order", "a sample does not go forward through every layer", "ŷ",
            "a = layer.forward(a), from the first layer to the last", WHERE, words=("forward",)),
    Mistake("rows-changed", "a sample is no row of the data", "a⁰", "x = training_data[i]", WHERE,
            words=("permutation", "shuffle", "randint", "choice")),
    Mistake("rates-differ", "the layers of one step are given different learning rates", "η",
            "layer.backward(da, learning_rate)", WHERE, words=("backward",)),
    Mistake("labels-wrong", "daⁿ is made with another label than the row's own", "y",
            "y = labels[i] for x = training_data[i]", WHERE, words=("y", "labels")),
    Mistake("not-recognised", "wrong, not recognised: the first quantity that differs is daⁿ",
            "daⁿ", _RIGHT_DA, WHERE, words=("da", "/")),
    Mistake("n-by-n", "(n,) or a row against a column (n, 1): daⁿ is (n, n)", "da", _LOOPS, WHERE),
    Mistake("da-shape", "da has another shape than its layer's output", "da", _LOOPS, WHERE),
    Mistake("unfinished", "`fit` is not written yet", "daⁿ",
            "forward, loss, daⁿ, backward through the layers", WHERE, words=("def fit",)),
    Mistake("fit-missing", "the network has no method `fit`", "daⁿ",
            "fit(training_data, labels, epochs, learning_rate)", WHERE),
    Mistake("network-not-made", "the network is not made as on the page: Perceptron(layers), of "
            "layers that exist; {taken}", "layers", "Perceptron([Layer(2, 3, relu), …])", WHERE),
    Mistake("fit-fails", "`fit` cannot be run", "daⁿ", _LOOPS, WHERE),
    Mistake("perceptron-forward", "the network's `forward` does not give the last layer's a", "ŷ",
            "each layer gets what the one before gave; the last one's a is returned", WHERE),
)  # fmt: skip
