"""Networks in C: a function from features to outputs, and one for each member of an ensemble."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from chainrule.exports.c_words import TYPES, number, table
from chainrule.exports.chains import Block, Blocks, Chain, Dense, n_neurons
from chainrule.exports.formulas import FORMULAS
from chainrule.exports.forward_pass import Features, ForwardPass

WITHIN = """\
/* x, but no less than low and no more than high. */
static inline double {p}_within(double x, double low, double high)
{{
    return x < low ? low : x > high ? high : x;
}}
"""

_SOFTMAX = """\
    /* softmax; less the largest, as exp(z) overflows for large z */
    z = {a}[0];
    for (i = 1; i < {n}; i++) z = {a}[i] > z ? {a}[i] : z;
    sum = 0;
    for (i = 0; i < {n}; i++) sum += {a}[i] = exp{f}({a}[i] - z);
    for (i = 0; i < {n}; i++) {a}[i] /= sum;
"""

_MEAN = """\
    for (i = 0; i < {n_outputs}; i++) outputs[i] = 0;
    for (k = 0; k < {n_members}; k++) {{
        members[k]({source}, answers);
        for (i = 0; i < {n_outputs}; i++) outputs[i] += answers[i];
    }}
    for (i = 0; i < {n_outputs}; i++) outputs[i] /= {n_members};
"""


def network_functions(forward_pass: ForwardPass, prefix: str) -> Iterator[str]:
    """Yield the lines of the functions, the last of which is ``<prefix>_network``."""
    return _Networks(forward_pass, prefix).lines()


class _Networks:
    """The functions of one header."""

    def __init__(self, forward_pass: ForwardPass, prefix: str) -> None:
        self.net, self.p = forward_pass, prefix
        _, self.f = TYPES[forward_pass.dtype]

    def lines(self) -> Iterator[str]:
        if len(self.net.members) == 1:
            yield f"/* All layers: from {self.net.n_features} features to outputs. */"
            yield from self._opened("network")
            yield from self._layers(self.net.members[0], is_whole=True)
            return
        for k, chain in enumerate(self.net.members, start=1):
            yield f"/* Network {k}: from {self.net.n_inputs} inputs to outputs. */"
            yield from self._opened(f"member_{k}")
            yield from self._layers(chain, is_whole=False)
        yield from self._mean()

    def _opened(self, name: str) -> Iterator[str]:
        yield f"static inline void {self.p}_{name}("
        yield f"    const {self.p}_real *features, {self.p}_real *outputs)"
        yield "{"

    def _mean(self) -> Iterator[str]:
        """Yield the function that runs all members on the same inputs."""
        n_members, n_outputs = len(self.net.members), self.net.n_outputs
        yield f"/* All {n_members}, averaged: from {self.net.n_features} features to outputs. */"
        yield from self._opened("network")
        yield f"    static void (*const members[{n_members}])("
        yield f"        const {self.p}_real *, {self.p}_real *) = {{"
        yield from (f"        {self.p}_member_{k + 1}," for k in range(n_members))
        yield "    };"
        yield f"    {self.p}_real answers[{n_outputs}];"
        yield "    int i, k;"
        yield from self._inputs()
        yield ""
        yield from _MEAN.format(
            n_members=n_members, n_outputs=n_outputs, source=self._source
        ).splitlines()
        yield "}"
        yield ""

    # From features to inputs --------------------------------------------------------------------

    @property
    def _is_scaled(self) -> bool:
        return isinstance(self.net.inputs, Features) and bool(self.net.inputs.scales)

    @property
    def _source(self) -> str:
        """The array that the first layers take."""
        if self.net.selection is not None:
            return "inputs"
        return "scaled" if self._is_scaled else "features"

    def _inputs(self) -> Iterator[str]:
        if self._is_scaled:
            yield from self._scaled()
        if self.net.selection is not None:
            yield from self._selected()

    def _scaled(self) -> Iterator[str]:
        assert isinstance(self.net.inputs, Features)
        scales, n = self.net.inputs.scales, len(self.net.names)
        yield from _constants("double", "means", [[scale.mean for scale in scales]], "")
        yield from _constants("double", "deviations", [[scale.deviation for scale in scales]], "")
        yield f"    {self.p}_real scaled[{n}];"
        yield ""
        yield f"    for (i = 0; i < {n}; i++)"
        yield f"        scaled[i] = ({self.p}_real)"
        yield "            ((features[i] - means[0][i]) / deviations[0][i]);"

    def _selected(self) -> Iterator[str]:
        chosen, given = self.net.selection, "scaled" if self._is_scaled else "features"
        assert chosen is not None
        n = len(chosen.features)
        yield from _constants("int", "taken", [chosen.features], "")
        yield from _constants("double", "low", [chosen.low.astype(np.float64)], "")
        yield from _constants("double", "high", [chosen.high.astype(np.float64)], "")
        yield f"    {self.p}_real inputs[{n}];"
        yield ""
        yield f"    for (i = 0; i < {n}; i++)"
        yield f"        inputs[i] = ({self.p}_real)"
        yield f"            {self.p}_within({given}[taken[0][i]], low[0][i], high[0][i]);"

    # Layers -------------------------------------------------------------------------------------

    def _layers(self, chain: Chain, *, is_whole: bool) -> Iterator[str]:
        """Yield the body of a function that runs all layers, between two arrays in turn."""
        for k, layer in enumerate(chain, start=1):
            yield from self._weights(k, layer)
        yield f"    {self.p}_real {', '.join(self._variables(chain))};"
        is_dense = any(isinstance(block, Dense) for layer in chain for block in layer)
        yield f"    int i{', j' if is_dense else ''};"
        source, target = "features", "a"
        if is_whole:
            yield from self._inputs()
            source = self._source
        for k, layer in enumerate(chain, start=1):
            link = self.net.link if layer is chain[-1] else "identity"
            yield ""
            yield from self._layer(k, layer, source, target, link)
            source, target = target, "b" if target == "a" else "a"
        yield ""
        yield f"    for (i = 0; i < {self.net.n_outputs}; i++) outputs[i] = {source}[i];"
        yield "}"
        yield ""

    def _variables(self, chain: Chain) -> Iterator[str]:
        widest = max(map(n_neurons, chain))
        functions = {self.net.link, *(block.activation for layer in chain for block in layer)}
        yield f"a[{widest}]"
        if len(chain) > 1:
            yield f"b[{widest}]"
        if functions != {"identity"}:
            yield "z"
        if self.net.link == "softmax":
            yield "sum"

    def _weights(self, k: int, layer: Blocks) -> Iterator[str]:
        for place, block in _places(k, layer):
            rows = block.weights.T if isinstance(block, Dense) else [block.weights]
            yield from _constants(f"{self.p}_real", f"weights_{place}", rows, self.f)
            yield from _constants(f"{self.p}_real", f"biases_{place}", [block.biases], self.f)
            if not isinstance(block, Dense):
                yield from _constants("int", f"inputs_{place}", [block.inputs], "")

    def _layer(self, k: int, layer: Blocks, source: str, target: str, link: str) -> Iterator[str]:
        first = 0
        for place, block in _places(k, layer):
            functions = [block.activation, *([link] if len(layer) == 1 else [])]
            z = "W a + b" if isinstance(block, Dense) else "w a + b"
            title = ", ".join([z, *(name for name in functions if name != "identity")])
            yield f"    /* layer {place.replace('_', ', block ')}: {title} */"
            neuron = _item(target, first, "i")
            yield from _z(block, place, source, neuron)
            yield from self._applied(block.activation, neuron, len(block.biases))
            first += len(block.biases)
        if link == "softmax":
            yield from _SOFTMAX.format(a=target, n=first, f=self.f).splitlines()
        else:
            yield from self._applied(link, f"{target}[i]", first)

    def _applied(self, name: str, neuron: str, n: int) -> Iterator[str]:
        if name == "identity":
            return
        yield f"    for (i = 0; i < {n}; i++) {{"
        yield f"        z = {neuron};"
        yield f"        {neuron} = {self._formula(name)};"
        yield "    }"

    def _formula(self, name: str) -> str:
        largest = np.log(np.finfo(self.net.dtype).max) - 16  # of exp
        return FORMULAS[name].c.format(f=self.f, largest=number(largest, self.f))


def _z(block: Block, place: str, source: str, neuron: str) -> Iterator[str]:
    """Yield the lines that compute a block's z."""
    n_out = len(block.biases)
    if not isinstance(block, Dense):
        yield f"    for (i = 0; i < {n_out}; i++)"
        yield f"        {neuron} = weights_{place}[0][i] * {source}[inputs_{place}[0][i]]"
        yield f"            + biases_{place}[0][i];"
        return
    yield f"    for (i = 0; i < {n_out}; i++) {neuron} = biases_{place}[0][i];"
    yield f"    for (j = 0; j < {block.weights.shape[1]}; j++)"
    yield f"        for (i = 0; i < {n_out}; i++)"
    given = _item(source, block.first_input, "j")
    yield f"            {neuron} += weights_{place}[j][i] * {given};"


def _places(k: int, layer: Blocks) -> Iterator[tuple[str, Block]]:
    """Yield each block of layer k with its number: the layer's, and the block's of several."""
    for g, block in enumerate(layer, start=1):
        yield (str(k) if len(layer) == 1 else f"{k}_{g}"), block


def _item(array: str, first: int, index: str) -> str:
    return f"{array}[{first} + {index}]" if first else f"{array}[{index}]"


def _constants(kind: str, name: str, rows: Iterable[Iterable[Any]], f: str) -> Iterator[str]:
    """Yield the lines of an array of two axes."""
    lists = [list(row) for row in rows]
    yield f"    static const {kind} {name}[{len(lists)}][{len(lists[0])}] = {{"
    yield from table(lists, f)
    yield "    };"
