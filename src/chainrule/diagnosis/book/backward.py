"""Mistakes in `Layer.backward`.

A row replaces one part. Two rows that come together, one of the weights and one of the biases, may
have a key of their own (`both`).
"""

from __future__ import annotations

from chainrule.diagnosis.book.rows import MINI_BATCH, SOFTMAX, Mistake, Page, Piece

WHERE = "Layer.backward"
BACKWARD = Piece(
    WHERE,
    "def backward(self, da, learning_rate):",
    "{dz}\n{dW}\n{db}\n{da_prev}\n{W}\n{b}\n{return}",
    {
        "dz": "dz = da * self.activation.derivative(self.outputs)",
        "dW": "d_weights = dz @ self.inputs.T",
        "db": "d_biases = dz",
        "da_prev": "da_prev = self.weights.T @ dz",
        "W": "self.weights -= learning_rate * d_weights",
        "b": "self.biases -= learning_rate * d_biases",
        "return": "return da_prev",
    },
    {
        MINI_BATCH: {
            "dW": "d_weights = dz @ self.inputs.T / dz.shape[1]",
            "db": "d_biases = dz.sum(axis=1, keepdims=True) / dz.shape[1]",
        },
        SOFTMAX: {
            "dz": "a = self.activation(self.outputs)\n"
            "dz = a * (da - np.sum(a * da, axis=0, keepdims=True))",
        },
    },
)
EARLY = ("dz", "dW", "db", "W", "b", "da_prev", "return")
"""The order of an update that comes too early."""

_UPDATE_W, _UPDATE_B = "W ← W − η dW", "b ← b − η db"
_W, _B = ("self.weights", "weights"), ("self.biases", "biases")
_DW, _DB = ("d_weights", "dW", "inputs"), ("d_biases", "db", "sum", "mean")
_DA_PREV = ("da_prev", "return")
_RIGHT_DA = "da_prev = Wᵀ · dz"
_ANEW = "dW = dz · a_prevᵀ, anew in every call"

_DZ = Page(WHERE, "dz", "dz = da ⊙ f′(z)", ("dz", "derivative"), "dz")
_THIS_F = Page(WHERE, "dz", "dz = da ⊙ f′(z) with this layer's f", ("dz", "derivative"), "dz")
_RAW_Z = Page(WHERE, "dz", "dz = da ⊙ f′(z) with the raw z", ("dz", "derivative"), "dz")
_WEIGHTS = Page(WHERE, "dW", "dW = dz · a_prevᵀ", _DW, "dW")
_BIASES = Page(WHERE, "db", "db = dz", _DB, "db")
_BACK = Page(WHERE, "da_prev", _RIGHT_DA, _DA_PREV, "da_prev")
_COLUMN = Page(WHERE, "da_prev", f"{_RIGHT_DA}, a column", _DA_PREV, "da_prev")
_RETURN = Page(WHERE, "da_prev", "return da_prev", ("return", "def backward"), "return")
_STEP_W = Page(WHERE, "W", _UPDATE_W, _W, "W")
_STEP_B = Page(WHERE, "b", _UPDATE_B, _B, "b")


def _both(
    key: str, title: str, pair: tuple[str, str], quantity: str = "W", words: tuple[str, ...] = _W
) -> Mistake:
    right = f"{_UPDATE_W}, {_UPDATE_B}" if quantity == "W" else _ANEW
    return Mistake(key, title, quantity, right, WHERE, words=words, both=pair)


ROWS: tuple[Mistake, ...] = (
    *_DZ.rows(
        ("no-derivative", "f′(z) is missing: dz is da itself", "dz = da"),
        ("derivative-twice", "f′(z) is multiplied in twice",
         "dz = da * self.activation.derivative(self.outputs) ** 2"),
        ("dz-negated", "dz has the wrong sign, and with it all that is made of it",
         "dz = -da * self.activation.derivative(self.outputs)"),
        ("activation-for-derivative", "da is multiplied by f(z), not by f′(z)",
         "dz = da * self.activation(self.outputs)"),
    ),
    *_RAW_Z.rows(
        ("derivative-at-a", "f′ is taken at a = f(z) in place of z (or `forward` keeps a as the "
         "raw output)", "dz = da * self.activation.derivative(self.activation(self.outputs))"),
        ("derivative-at-inputs", "f′ is taken at the layer's inputs in place of z",
         "dz = da * self.activation.derivative(self.inputs)"),
    ),
    *Page(WHERE, "dz", "σ′(z) = σ(z)(1 − σ(z))", ("dz", "derivative"), "dz").rows(
        ("z-times-1-minus-z", "z(1 − z) in place of σ(z)(1 − σ(z)): that formula is for a",
         "dz = da * self.outputs * (1 - self.outputs)"),
    ),
    *Page(WHERE, "dz", "tanh′(z) = 1 − tanh²(z)", ("dz", "derivative"), "dz").rows(
        ("1-minus-z-squared", "1 − z² in place of 1 − tanh²(z): that formula is for a",
         "dz = da * (1 - self.outputs**2)"),
    ),
    *_THIS_F.rows(
        ("always-sigmoid", "σ′ is used for every layer, whatever its activation",
         "s = 1 / (1 + np.exp(-self.outputs))\ndz = da * s * (1 - s)"),
        ("always-relu", "relu′ is used for every layer, whatever its activation",
         "dz = da * (self.outputs > 0)"),
        ("always-tanh", "tanh′ is used for every layer, whatever its activation",
         "dz = da * (1 - np.tanh(self.outputs) ** 2)"),
    ),
    *_WEIGHTS.rows(
        ("outer-transposed", "the outer product is the wrong way round: a_prev · dzᵀ",
         "d_weights = self.inputs @ dz.T"),
        ("dW-without-derivative", "dW is made of da, not of dz", "d_weights = da @ self.inputs.T"),
        ("dW-entry-by-entry", "dz and a_prev are multiplied entry by entry, not as an outer "
         "product",
         "d_weights = dz * self.inputs"),
        ("dW-from-z", "dW is made of z, not of the layer's inputs",
         "d_weights = dz @ self.outputs.T"),
        ("dW-from-a", "dW is made of the layer's own a, not of its inputs",
         "d_weights = dz @ self.activation(self.outputs).T"),
    ),
    *Page(WHERE, "dW", _ANEW, ("+=", *_DW), "dW").rows(
        ("W-accumulates", "dW is added to that of the last call",
         "self.d_weights += dz @ self.inputs.T\nd_weights = self.d_weights"),
    ),
    *_BIASES.rows(
        ("db-sum", "db is one number, the sum of dz: each neuron has its own",
         "d_biases = np.sum(dz)"),
        ("db-mean", "db is one number, the mean of dz: each neuron has its own",
         "d_biases = np.mean(dz)"),
        ("db-times-inputs", "db is multiplied by the inputs: the rows of dW, summed",
         "d_biases = d_weights.sum(axis=1, keepdims=True)"),
        ("db-without-derivative", "db is made of da, not of dz", "d_biases = da"),
    ),
    *Page(WHERE, "db", "db = dz, anew in every call", ("+=", *_DB), "db").rows(
        ("b-accumulates", "db is added to that of the last call",
         "self.d_biases += dz\nd_biases = self.d_biases"),
    ),
    _both("dW-accumulates", "gradients are added to those of the last call",
          ("W-accumulates", "b-accumulates"), "dW", ("+=", *_DW)),
    *Page(WHERE, "b", "b ← b − η dz, both columns", _B, "b").rows(
        ("b-into-matrix", "the biases grow into a matrix: dzᵀ is a row against their column",
         "self.biases = self.biases - learning_rate * d_biases.T"),
    ),
    *_STEP_B.rows(
        ("b-takes-dW", "the biases are moved by dW and grow into its shape",
         "self.biases = self.biases - learning_rate * d_weights"),
    ),
    Mistake("updated-too-early", "the weights are updated before da_prev is computed", "da_prev",
            "da_prev = Wᵀ · dz with W as it was before the update", WHERE,
            {"W": "self.weights -= learning_rate * d_weights",
             "da_prev": "da_prev = self.weights.T @ dz"}, _DA_PREV, EARLY),
    *_BACK.rows(
        ("dW-for-W", "da_prev is made of dW, not of W", "da_prev = d_weights.T @ dz"),
        ("W-not-transposed", "W is not transposed in da_prev", "da_prev = self.weights @ dz"),
        ("da-for-dz", "da_prev is made of da, not of dz", "da_prev = self.weights.T @ da"),
        ("da_prev-entry-by-entry", "Wᵀ and dz are multiplied entry by entry, not as a product",
         "da_prev = self.weights.T * dz"),
        ("da_prev-times-derivative", "da_prev is multiplied by f′ of the inputs: the layer before "
         "does that with its own f and z",
         "da_prev = self.weights.T @ dz * self.activation.derivative(self.inputs)"),
    ),
    *_COLUMN.rows(
        ("returns-flat", "da_prev is returned without its second axis: (n,) against (n, 1) makes "
         "(n, n) in the layer before", "da_prev = (self.weights.T @ dz).ravel()"),
        ("returns-row", "da_prev is returned as a row, not as a column",
         "da_prev = (self.weights.T @ dz).T"),
    ),
    *_RETURN.rows(
        ("returns-nothing", "nothing is returned: the layer before needs da_prev", ""),
        ("returns-dW", "dW is returned in place of da_prev", "return d_weights"),
        ("returns-dz", "dz is returned in place of da_prev", "return dz"),
        ("returns-da", "da is returned as it came", "return da"),
    ),
    *_STEP_W.rows(
        ("W-added", "the weights' step is added, not subtracted",
         "self.weights += learning_rate * d_weights"),
        ("W-without-learning-rate", "the learning rate η is missing in the weights' step",
         "self.weights -= d_weights"),
        ("W-learning-rate-twice", "the learning rate η is applied twice in the weights' step",
         "self.weights -= learning_rate**2 * d_weights"),
        ("W-overwritten", "the weights are overwritten by their step",
         "self.weights = -learning_rate * d_weights"),
        ("W-never-updated", "the weights are never updated", ""),
    ),
    *_STEP_B.rows(
        ("b-added", "the biases' step is added, not subtracted",
         "self.biases += learning_rate * d_biases"),
        ("b-without-learning-rate", "the learning rate η is missing in the biases' step",
         "self.biases -= d_biases"),
        ("b-learning-rate-twice", "the learning rate η is applied twice in the biases' step",
         "self.biases -= learning_rate**2 * d_biases"),
        ("b-overwritten", "the biases are overwritten by their step",
         "self.biases = -learning_rate * d_biases"),
        ("b-never-updated", "the biases are never updated", ""),
    ),
    _both("added", "the step is added: it goes up the loss, not down", ("W-added", "b-added")),
    _both("no-learning-rate", "the learning rate η is missing",
          ("W-without-learning-rate", "b-without-learning-rate")),
    _both("learning-rate-twice", "the learning rate η is applied twice",
          ("W-learning-rate-twice", "b-learning-rate-twice")),
    _both("overwritten", "the weights are overwritten by their step",
          ("W-overwritten", "b-overwritten")),
    _both("never-updated", "neither weights nor biases are ever updated",
          ("W-never-updated", "b-never-updated"), words=("def backward",)),
    *Page(WHERE, "dz", "dz = a ⊙ (da − Σ a ⊙ da)", ("dz", "derivative"), "dz", SOFTMAX).rows(
        ("softmax-elementwise", "softmax is taken for an elementwise f, with f′ = a(1 − a): each a "
         "depends on every z", "a = self.activation(self.outputs)\ndz = da * a * (1 - a)"),
    ),
    Mistake("backward-fails", "`backward` cannot be computed: da and f′(z) are multiplied as "
            "matrices, not entry by entry", "dz", "dz = da ⊙ f′(z)", WHERE,
            {"dz": "dz = da @ self.activation.derivative(self.outputs)"}, ("dz",)),
)  # fmt: skip
