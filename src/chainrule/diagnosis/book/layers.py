"""Mistakes in how a layer is made and in its `forward`, and what is seen from outside."""

from __future__ import annotations

from chainrule.diagnosis.book.rows import MINI_BATCH, Mistake, Page, Piece

INIT_WHERE, FORWARD_WHERE, SEEN = "Layer.__init__", "Layer.forward", "Layer"
INIT = Piece(
    INIT_WHERE,
    "def __init__(self, n_inputs, n_neurons, activation_function):",
    "{W}\n{b}\nself.activation = activation_function\nself.d_weights = self.d_biases = 0.0",
    {
        "W": "self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))",
        "b": "self.biases = np.random.uniform(-1, 1, (n_neurons, 1))",
    },
)
FORWARD = Piece(
    FORWARD_WHERE,
    "def forward(self, inputs):",
    "{inputs}\n{z}\n{return}",
    {
        "inputs": "self.inputs = np.array(inputs, np.float64).reshape(-1, 1)",
        "z": "self.outputs = self.weights @ self.inputs + self.biases",
        "return": "return self.activation(self.outputs)",
    },
    {MINI_BATCH: {"inputs": "self.inputs = np.array(inputs, np.float64)"}},
)

_A = Page(FORWARD_WHERE, "a", "a = f(W · a_prev + b)", ("outputs", "return"), "return")
_MADE = "Layer(n_inputs, n_neurons, activation) with arrays `weights` and `biases`"


def _all(key: str, what: str, weights: str) -> Mistake:
    title = f"all neurons begin with {what}: their gradients are equal, and they stay alike"
    lines = {"W": weights, "b": "self.biases = np.zeros((n_neurons, 1))"}  # else b tells them apart
    return Mistake(key, title, "W", "draw the initial weights at random", INIT_WHERE, lines,
                   ("self.weights",))  # fmt: skip


ROWS: tuple[Mistake, ...] = (
    Mistake("n-by-n", "(n,) or a row against a column (n, 1): their sum is (n, n)", "z",
            "W · a_prev and b are columns (n_neurons, 1)", FORWARD_WHERE,
            {"z": "self.outputs = self.weights @ self.inputs.ravel() + self.biases"}, ("return",)),
    *_A.rows(
        ("forward-returns-z", "`forward` returns z: the activation is missing",
         "return self.outputs"),
        ("forward-without-biases", "`forward` leaves the biases out",
         "return self.activation(self.weights @ self.inputs)"),
        ("forward-minus-biases", "`forward` subtracts the biases",
         "return self.activation(self.weights @ self.inputs - self.biases)"),
        ("forward-activation-twice", "`forward` applies the activation twice",
         "return self.activation(self.activation(self.outputs))"),
        ("forward-always-sigmoid", "`forward` uses the sigmoid, whatever the layer's activation",
         "return 1 / (1 + np.exp(-self.outputs))"),
        ("forward-always-relu", "`forward` uses relu, whatever the layer's activation",
         "return np.maximum(0, self.outputs)"),
        ("forward-wrong", "`forward` gives other numbers, not recognised why"),
        ("forward-shape", "`forward` gives another shape"),
        ("forward-random", "`forward` gives two results for the same inputs (dropout? noise?): "
         "switch it off, or fix its seed"),
    ),
    Mistake("forward-fails", "`forward` cannot be computed{for_which}", "z", "z = W · a_prev + b",
            FORWARD_WHERE),
    _all("constant-weights", "{what}", "self.weights = np.full((n_neurons, n_inputs), 0.5)"),
    _all("zero-weights", "0", "self.weights = np.zeros((n_neurons, n_inputs))"),
    Mistake("whole-numbers", "the weights begin as whole numbers, which no step can move", "W",
            "make them floats", INIT_WHERE, words=("self.weights",)),
    Mistake("parameters-shape", "the weights or biases have another shape", "W",
            "W is (n_neurons, n_inputs), b is (n_neurons, 1)", INIT_WHERE,
            words=("self.weights",)),
    Mistake("parameters-missing", "the layer is not made as on the page", "W", _MADE, INIT_WHERE),
    Mistake("init-fails", "a layer cannot be made{for_which}", "W", _MADE, INIT_WHERE),
    Mistake("not-read", "not read: {why}", "W",
            "Layer(n_inputs, n_neurons, …) with weights, biases, `forward` and `backward`",
            INIT_WHERE),
    # of the backward pass
    Mistake("backward-fails", "`backward` cannot be computed{for_which}", "da_prev",
            "backward(da, learning_rate)", SEEN),
    Mistake("not-recognised", "wrong, not recognised: {which}", "", "", SEEN),
    Mistake("one-of-several", "one of these, which do the same: {these}", "", "", SEEN),
    Mistake("unfinished", "`{method}` is not written yet", "dz", "dz = da ⊙ f′(z), and so on",
            SEEN),
)  # fmt: skip
