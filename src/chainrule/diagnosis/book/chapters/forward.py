"""Chapter 3: mistakes on the way forward through a layer and through the network."""

from __future__ import annotations

from dataclasses import replace

from chainrule.diagnosis.book import layers
from chainrule.diagnosis.book.chapters.same import same
from chainrule.diagnosis.book.rows import Mistake, Page, Piece

OF_LAYER, KEPT, OF_NETWORK = "layer's forward", "kept", "network's forward"
_THROUGH = "for layer in self.layers:\n    inputs = layer.forward(inputs)"
PIECES = (
    replace(layers.FORWARD, name=OF_LAYER),
    Piece(OF_NETWORK, "def forward(self, inputs):", "{for}\n{return}",
          {"for": _THROUGH, "return": "return inputs"}),
)  # fmt: skip

LAYER = Page(
    OF_LAYER, "a", "a = f(z) with z = W · a_prev + b", ("return", "self.outputs"), "return"
)
NETWORK = Page(OF_NETWORK, "ŷ", "aˡ = layerˡ(aˡ⁻¹), from x to the last layer's ŷ",
               ("forward", "for", "return"), "for")  # fmt: skip

ROWS: tuple[Mistake, ...] = (
    *same(LAYER, layers.FORWARD_WHERE,
        ("not-applied", "z is returned: the activation is not applied"),
        ("no-bias", "the biases are missing in z"),
        ("bias-subtracted", "the biases are subtracted"),
        ("twice", "the activation is applied twice"),
        ("flat-in-between", "W · a_prev is flat and the column b makes a square of it"),
    ),
    *LAYER.rows(
        ("bias-after", "the biases are added after the activation",
         "return self.activation(self.outputs - self.biases) + self.biases"),
        ("derivative-for-value", "f′(z) is returned, not f(z)",
         "return self.activation.derivative(self.outputs)"),
        ("a-row", "the result is a row, not a column", "return self.activation(self.outputs).T"),
        ("flat", "the result is flat, not a column",
         "return self.activation(self.outputs).ravel()"),
    ),
    *replace(LAYER, part="inputs").rows(
        ("not-a-column", "the inputs are not made a column: flat W · a_prev plus the column b "
         "makes a square", "self.inputs = np.array(inputs, np.float64)"),
    ),
    *replace(LAYER, part="z").rows(
        ("entry-by-entry", "W and a_prev are multiplied entry by entry: that is no matrix product",
         "self.outputs = self.weights * self.inputs.T + self.biases"),
        ("W-transposed", "W is transposed: z = W · a_prev, not Wᵀ · a_prev",
         "self.outputs = self.weights.T @ self.inputs + self.biases"),
    ),
    *Page(KEPT, "inputs", "self.inputs = np.array(inputs).reshape(-1, 1)",
          ("self.inputs", "inputs")).rows(
        ("inputs-not-kept", "the inputs are not kept as self.inputs"),
        ("inputs-no-column", "self.inputs is no column: training needs its transpose"),
        ("inputs-wrong", "wrong, not recognised: `inputs` is not a_prev"),
    ),
    *Page(KEPT, "z", "self.outputs = z = W · a_prev + b", ("self.outputs", "outputs")).rows(
        ("outputs-not-kept", "z is not kept as self.outputs"),
        ("outputs-are-a", "self.outputs is a = f(z); training needs z, before the activation"),
        ("outputs-no-bias", "self.outputs is W · a_prev, without the biases"),
        ("outputs-wrong", "wrong, not recognised: `outputs` is not z"),
    ),
    *Page(KEPT, "W", "forward computes; only backward updates",
          ("self.weights", "self.biases")).rows(
        ("weights-changed", "a forward pass changes the weights or biases"),
    ),
    *NETWORK.rows(
        ("not-chained", "every layer gets x: what the layer before gave is lost",
         "for layer in self.layers:\n    a = layer.forward(inputs)\nreturn a"),
        ("first-only", "only the first layer is used",
         "for layer in self.layers:\n    return layer.forward(inputs)"),
        ("reversed", "the layers are gone through from the last to the first",
         "for layer in reversed(self.layers):\n    inputs = layer.forward(inputs)"),
        ("last-missing", "the last layer is left out",
         "for layer in self.layers[:-1]:\n    inputs = layer.forward(inputs)"),
        ("first-missing", "the first layer is left out",
         "for layer in self.layers[1:]:\n    inputs = layer.forward(inputs)"),
        ("activated-again", "an activation is applied again between the layers",
         "for layer in self.layers:\n    inputs = layer.activation(layer.forward(inputs))"),
        ("x-itself", "x comes back as it is", ""),
    ),
    *replace(NETWORK, part="return").rows(
        ("activated-again", "the activation is applied again: layer.forward has done that",
         "return layer.activation(inputs)"),
        ("raw", "the last layer's z is returned, not its a", "return layer.outputs"),
    ),
)  # fmt: skip
