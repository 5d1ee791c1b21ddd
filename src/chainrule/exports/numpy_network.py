"""Networks in an exported Python file: their weights, and the lines that compute their outputs."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array
from chainrule.exports.chains import Block, Blocks, Chain, Dense
from chainrule.exports.formulas import FORMULAS
from chainrule.exports.forward_pass import Features, ForwardPass

_READABLE = 20_000  # numbers of one layer of all networks; more are base64
_LINE = 96


class NetworkText:
    """The lines of a file's networks.

    Parameters
    ----------
    forward_pass : ForwardPass

    Attributes
    ----------
    has_encoded : bool
        Whether an array is written as its bytes, which the file then has to read.
    """

    def __init__(self, forward_pass: ForwardPass) -> None:
        self.net = forward_pass
        self.has_encoded = any(
            self._is_large(array)
            for chain in forward_pass.members
            for layer in chain
            for block in layer
            for array in (block.weights, block.biases)
        )

    def _is_large(self, array: Array) -> bool:
        return array.size * len(self.net.members) > _READABLE

    # Weights ------------------------------------------------------------------------------------

    def weights(self) -> Iterator[str]:
        """Yield the lines of all arrays."""
        inputs, chosen = self.net.inputs, self.net.selection
        if isinstance(inputs, Features) and inputs.scales:
            yield from _array("MEANS", np.array([scale.mean for scale in inputs.scales]), "float")
            deviations = np.array([scale.deviation for scale in inputs.scales])
            yield from _array("DEVIATIONS", deviations, "float")
        if chosen is not None:
            yield "# Which features enter the networks, and within which bounds."
            yield from _array("TAKEN", chosen.features, "int")
            yield from _array("LOW", chosen.low, "DTYPE")
            yield from _array("HIGH", chosen.high, "DTYPE")
        yield "# Of each layer W, of shape (n_neurons, n_inputs), and b."
        for member, chain in self._numbered():
            yield from self._arrays(member, chain)

    def _numbered(self) -> Iterator[tuple[str, Chain]]:
        """Yield each network with what its names have before the layer's number."""
        members = self.net.members
        for number, chain in enumerate(members, start=1):
            yield (f"{number}_" if len(members) > 1 else ""), chain

    def _arrays(self, member: str, chain: Chain) -> Iterator[str]:
        for k, layer in enumerate(chain, start=1):
            for place, block in _places(f"{member}{k}", layer):
                yield from self._numbers(f"W{place}", block.weights)
                yield from self._numbers(f"B{place}", block.biases)
                if not isinstance(block, Dense):
                    yield from _array(f"I{place}", block.inputs, "int")

    def _numbers(self, name: str, array: Array) -> Iterator[str]:
        if self._is_large(array):
            return _encoded(name, array)
        return _array(name, array, "DTYPE")

    # Functions ----------------------------------------------------------------------------------

    def functions(self) -> Iterator[str]:
        """Yield the lines of the activations, the link, and the members of an ensemble."""
        for name in sorted({*self.net.activations, self.net.link} - {"identity"}):
            yield from _function(name)
        if len(self.net.members) == 1:
            return
        for member, chain in self._numbered():
            yield f"def member_{member.rstrip('_')}(a: Any) -> Any:"
            yield from self._steps(member, chain)
            yield "    return a"
            yield from ["", ""]

    def outputs(self) -> Iterator[str]:
        """Yield the lines from the features a to the outputs a."""
        members = self.net.members
        if self.net.selection is not None:
            yield "    a = np.clip(a[:, TAKEN], LOW, HIGH)"
        if len(members) == 1:
            yield from self._steps("", members[0])
        else:
            calls = [f"member_{k}(a)" for k in range(1, len(members) + 1)]
            yield "    answers = ["
            yield from wrapped(calls, "        ")
            yield "    ]"
            yield "    a = np.mean(answers, axis=0)"

    def _steps(self, member: str, chain: Chain) -> Iterator[str]:
        for k, layer in enumerate(chain, start=1):
            places = _places(f"{member}{k}", layer)
            if len(layer) == 1:
                yield from (f"    a = {_block(place, block, 'a')}" for place, block in places)
                continue
            yield "    parts = ["
            for place, block in places:
                yield f"        {_block(place, block, _share(block))},"
            yield "    ]"
            yield "    a = np.hstack(parts)"
        if self.net.link != "identity":
            yield f"    a = {self.net.link}(a)"


def _places(layer: str, blocks: Blocks) -> Iterator[tuple[str, Block]]:
    """Yield each block with what its names end with."""
    for g, block in enumerate(blocks, start=1):
        yield (layer if len(blocks) == 1 else f"{layer}_{g}"), block


def _share(block: Block) -> str:
    """Return the expression of a block's inputs, of the layer's inputs a."""
    if isinstance(block, Dense):
        return f"a[:, {block.first_input}:{block.end_of_inputs}]"
    return "a"


def _block(place: str, block: Block, inputs: str) -> str:
    """Return the expression of a block's outputs."""
    if isinstance(block, Dense):
        z = f"{inputs} @ W{place}.T + B{place}"
    else:
        z = f"{inputs}[:, I{place}] * W{place} + B{place}"
    return z if block.activation == "identity" else f"{block.activation}({z})"


def _function(name: str) -> Iterator[str]:
    yield f"def {name}(z: Any) -> Any:"
    if name == "softmax":
        yield "    e = np.exp(z - z.max(axis=1, keepdims=True))  # exp(z) overflows for large z"
        yield "    return e / e.sum(axis=1, keepdims=True)"
    else:
        yield f"    return {FORMULAS[name].numpy}"
    yield from ["", ""]


def wrapped(texts: Iterable[str], indent: str) -> Iterator[str]:
    """Yield lines of texts with commas between them."""
    line = indent
    for text in texts:
        if line != indent and len(line) + len(text) > _LINE:
            yield line.rstrip()
            line = indent
        line += f"{text}, "
    if line != indent:
        yield line.rstrip()


def _array(name: str, array: NDArray[Any], dtype: str) -> Iterator[str]:
    """Yield an array with all its digits."""
    yield f"{name} = np.array(["
    for row in array if array.ndim == 2 else [array]:
        texts = [str(value) for value in row]
        if array.ndim == 1:
            yield from wrapped(texts, "    ")
        else:
            first, *others = wrapped(texts, "     ")
            yield "\n".join([f"    [{first.strip()}", *others]).rstrip(",") + "],"
    yield f"], {dtype})"


def _encoded(name: str, array: Array) -> Iterator[str]:
    """Yield a large array as its bytes, the smallest first."""
    data = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
    yield f"{name} = _array("
    for line in textwrap.wrap(base64.b64encode(data).decode(), _LINE - 10):
        yield f'    "{line}"'
    yield f"    , {array.shape})"
