"""Chapter 2: what is wrong with what a layer and a perceptron begin with."""

from __future__ import annotations

from chainrule.diagnosis.book.rows import Mistake, Page

WEIGHTS, BIASES, ACTIVATION, LAYERS, BUILD = "weights", "biases", "activation", "layers", "build"

_W = Page(WEIGHTS, "W", "self.weights = np.random.uniform(-1, 1, (n_neurons, n_inputs))",
          ("self.weights", "weights"))  # fmt: skip
_B = Page(BIASES, "b", "self.biases = np.random.uniform(-1, 1, (n_neurons, 1))",
          ("self.biases", "biases"))  # fmt: skip
_F = Page(ACTIVATION, "f", "self.activation = activation_function",
          ("self.activation", "activation"))  # fmt: skip
_KEPT = Page(LAYERS, "layers", "self.layers = layers", ("self.layers", "layers"))
_WORDS, _SIZES = (
    ("Layer", "return"),
    "2 → 6 → 6 → 1: Layer(2, 6, relu), Layer(6, 6, relu), Layer(6, 1, sigmoid)",
)

ROWS: tuple[Mistake, ...] = (
    *(row for name in (WEIGHTS, BIASES)
      for row in Page(name, name, f"self.{name} = …", (f"self.{name}", "def __init__")).rows(
          ("attribute-missing", f"a Layer has no `{name}`"),
          ("no-number", f"`{name}` holds no numbers"),
      )),
    *_W.rows(
        ("weights-transposed", "W is transposed: a row belongs to a neuron, a column to an input"),
        ("weights-shape", "W has another shape"),
        ("constant-weights",
         "neurons begin alike: their gradients are equal, and they stay alike"),
        ("equal-columns",
         "each neuron weighs all its inputs alike: there is one number for a whole row of W"),
        ("whole-numbers", "the weights are whole numbers"),
        ("all-positive", "no weight is negative"),
        ("too-large",
         "weights lie outside of −1 … 1: they are not drawn from uniform(−1, 1)"),
    ),
    *Page(WEIGHTS, "W", "np.random.seed(…) belongs outside of the class", _W.words).rows(
        ("seeded-inside", "every layer begins with the same numbers"),
    ),
    *_B.rows(
        ("biases-flat", "b is flat, not a column: (5, 1) + (5,) makes a square (5, 5)"),
        ("biases-row", "b is a row, not a column: (5, 1) + (1, 5) makes a square (5, 5)"),
        ("biases-of-inputs", "b has a number for each input; right is one for each neuron"),
        ("biases-matrix", "b has the shape of W; right is one number for each neuron"),
        ("bias-single", "b is a single number; right is one for each neuron"),
        ("biases-shape", "b has another shape"),
    ),
    *_F.rows(
        ("attribute-missing", "a Layer has no `activation`"),
        ("activation-lost", "the layer keeps another activation than it is given"),
    ),
    *_KEPT.rows(
        ("attribute-missing", "a Perceptron has no `layers`"),
        ("layers-reversed", "the layers are kept in reverse order"),
        ("layers-nested", "the list of layers is put into another list"),
        ("layers-lost", "the layers are not kept"),
        ("last-layer", "only the last layer is kept"),
        ("first-layer", "only the first layer is kept"),
        ("not-recognised", "wrong, not recognised: `layers` is not what was given"),
    ),
    *Page(BUILD, "layers", "return Perceptron([…])", _WORDS).rows(
        ("no-network", "build() returns {what}"),
    ),
    *Page(BUILD, "W", _SIZES, _WORDS).rows(
        ("layer-count", "the network has {count} layers, not 3 (the inputs are no layer)"),
        ("layer-sizes", "the layers have other sizes"),
    ),
    *Page(BUILD, "f", _SIZES, _WORDS).rows(
        ("wrong-activation", "layer {number} has another activation than {f!r}"),
    ),
)  # fmt: skip
