"""Chapter 1: mistakes in activations, their derivatives, and one neuron."""

from __future__ import annotations

from dataclasses import replace

from chainrule.diagnosis.book.rows import Mistake, Page, Piece

_SLOPE = "s = 1 / (1 + np.exp(-z))\nreturn s * (1 - s)"
PIECES = (
    Piece("sigmoid", "def sigmoid(z):", "{return}", {"return": "return 1 / (1 + np.exp(-z))"}),
    Piece("sigmoid.derivative", "def derivative(z):", "{a}\n{return}",
          {"a": "a = sigmoid(z)", "return": "return a * (1 - a)"}),
    Piece("relu", "def relu(z):", "{return}", {"return": "return np.maximum(0, z)"}),
    Piece("relu.derivative", "def derivative(z):", "{return}",
          {"return": "return np.where(z > 0, 1, 0)"}),
    Piece("neuron", "def neuron(x, w, b, f):", "{z}\n{a}\n{return}",
          {"z": "z = np.dot(w, x) + b", "a": "a = f(z)", "return": "return z, a"}),
)  # fmt: skip

_RETURN, _DERIVATIVE = ("return",), ("derivative", "return")
SIGMOID = Page("sigmoid", "a", "a = σ(z) = 1 / (1 + e⁻ᶻ)", _RETURN, "return")
D_SIGMOID = Page("sigmoid.derivative", "f′(z)", "σ′(z) = σ(z) (1 − σ(z))", _DERIVATIVE, "return")
RELU = Page("relu", "a", "a = max(0, z), entry by entry", _RETURN, "return")
D_RELU = Page("relu.derivative", "f′(z)", "f′(z) = 1 where z > 0, and 0 where z < 0", _DERIVATIVE,
              "return")  # fmt: skip
Z = Page("neuron", "z", "z = w₁x₁ + … + wₙxₙ + b", ("z", "return"), "z")
A = Page("neuron", "a", "a = f(z)", ("a", "return"), "a")

ROWS: tuple[Mistake, ...] = (
    *SIGMOID.rows(
        ("exp-sign", "the sign of z is wrong: 1 / (1 + eᶻ) falls, σ rises",
         "return 1 / (1 + np.exp(z))"),
        ("brackets", "brackets are missing: 1 / 1 + e⁻ᶻ is 1 + e⁻ᶻ", "return 1 / 1 + np.exp(-z)"),
        ("one-missing", "the 1 + below the line is missing", "return 1 / np.exp(-z)"),
        ("one-minus", "1 − e⁻ᶻ is below the line, not 1 + e⁻ᶻ", "return 1 / (1 - np.exp(-z))"),
        ("not-applied", "z comes back as it is", "return z"),
        ("relu-for-sigmoid", "this is ReLU, not σ", "return np.maximum(0, z)"),
        ("tanh-for-sigmoid", "this is tanh, not σ", "return np.tanh(z)"),
        ("derivative-for-value", "this is the derivative σ′, not σ", _SLOPE),
        ("step", "this is a step from 0 to 1, not σ", "return np.where(z > 0, 1, 0)"),
        ("summed", "e⁻ᶻ is summed over the entries (that is softmax)",
         "return np.exp(z) / np.sum(np.exp(z))"),
    ),
    *D_SIGMOID.rows(
        ("z-times-1-minus-z", "z (1 − z) is not σ(z) (1 − σ(z)): z was taken for a",
         "return z * (1 - z)"),
        ("derivative-at-a", "the derivative is taken at a = σ(z), not at z",
         "return sigmoid(a) * (1 - sigmoid(a))"),
        ("value-for-derivative", "this is σ itself, not σ′", "return a"),
        ("one-minus-only", "the first factor σ(z) is missing", "return 1 - a"),
        ("sign", "the sign is wrong: σ rises, so σ′ is positive", "return -a * (1 - a)"),
        ("one-plus", "1 + σ(z) should be 1 − σ(z)", "return a * (1 + a)"),
        ("squared", "this is 1 − σ², not σ (1 − σ)", "return 1 - a**2"),
        ("tanh-derivative", "this is 1 − tanh², the derivative of tanh",
         "return 1 - np.tanh(z) ** 2"),
        ("relu-derivative", "this is the derivative of ReLU", "return np.where(z > 0, 1, 0)"),
    ),
    *RELU.rows(
        ("absolute", "negative z are made positive: that is |z|", "return np.abs(z)"),
        ("minimum", "the minimum is taken, not the maximum", "return np.minimum(0, z)"),
        ("step", "this is a step from 0 to 1: where z > 0, a is z itself",
         "return np.where(z > 0, 1, 0)"),
        ("not-applied", "z comes back as it is", "return z"),
        ("sign", "the sign is turned round: max(0, −z)", "return np.maximum(0, -z)"),
        ("one-for-zero", "the maximum with 1 is taken, not with 0", "return np.maximum(1, z)"),
        ("largest", "the largest entry is found; entry by entry it is np.maximum(0, z)",
         "return np.max(z)"),
        ("largest-of-column", "np.max(z, 0) finds the largest entry along axis 0; entry by entry "
         "it is np.maximum(0, z)", "return np.max(z, 0)"),
        ("leaky", "negative z leave a small rest: that is leaky ReLU",
         "return np.where(z > 0, z, 0.01 * z)"),
        ("sigmoid-for-relu", "this is σ, not ReLU", "return 1 / (1 + np.exp(-z))"),
    ),
    *D_RELU.rows(
        ("value-for-derivative", "this is ReLU itself, not its derivative",
         "return np.maximum(0, z)"),
        ("ones", "the slope is 1 everywhere, also where ReLU is flat", "return np.ones_like(z)"),
        ("turned-round", "1 and 0 are swapped", "return np.where(z > 0, 0, 1)"),
        ("sign-of-z", "where z < 0 the slope is 0, not −1", "return np.sign(z)"),
        ("z-itself", "where z > 0 the slope is 1, not z", "return z"),
        ("sigmoid-derivative", "this is the derivative of σ", _SLOPE),
        ("at-kink", "at z = 0 the slope is none between 0 and 1",
         "return np.where(z > 0, 1, np.where(z < 0, 0, -1))"),
    ),
    *Z.rows(
        ("no-bias", "the bias b is missing in z", "z = np.dot(w, x)"),
        ("bias-subtracted", "the bias b is subtracted", "z = np.dot(w, x) - b"),
        ("bias-multiplied", "b is multiplied, not added", "z = np.dot(w, x) * b"),
        ("bias-often", "b is added once for every input: it comes after the sum",
         "z = np.sum(w * x + b)"),
        ("not-summed", "w and x are multiplied entry by entry, but not added up", "z = w * x + b"),
        ("no-weights", "the inputs are added up without their weights", "z = np.sum(x) + b"),
        ("weights-added", "the weights are added, not multiplied", "z = np.sum(w + x) + b"),
        ("averaged", "the products are averaged, not added up", "z = np.mean(w * x) + b"),
        ("one-input", "only the first input is used", "z = w[0] * x[0] + b"),
    ),
    *replace(Z, part="return").rows(
        ("order", "z and a are returned in the wrong order", "return a, z"),
    ),
    *Page("neuron", "z, a", "return z, a", _RETURN).rows(
        ("not-a-pair", "neuron does not return two numbers"),
    ),
    *A.rows(
        ("not-applied", "the activation f is not applied", "a = z"),
        ("twice", "the activation f is applied twice", "a = f(f(z))"),
        ("derivative-for-value", "a is f′(z), not f(z)", "a = f.derivative(z)"),
        ("no-bias", "a is made without the bias: f(w · x)", "a = f(np.dot(w, x))"),
        ("always-sigmoid", "the activation is always σ, not the f that is given",
         "a = sigmoid(z)"),
        ("always-relu", "the activation is always ReLU, not the f that is given", "a = relu(z)"),
    ),
)  # fmt: skip
