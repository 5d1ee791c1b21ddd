"""What a page takes away: Python code that makes the same run, the weights, the data."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np

from chainrule.catalog import look_up
from chainrule.layers import Layer
from chainrule.perceptron import Perceptron
from chainrule.play.playground.runner import Run
from chainrule.play.playground.state import as_json


def export(what: str, run: Run) -> dict[str, str]:
    """Return a file of a run: name, media type and text.

    Parameters
    ----------
    what : {"python", "weights", "data"}
    run : Run

    Raises
    ------
    ValueError
        If `what` is none of these.
    """
    name, kind, text = look_up(_EXPORTS, what, "export")
    return {"what": what, "name": name, "type": kind, "text": text(run)}


def weights(run: Run) -> str:
    """Return the weights and all settings as JSON."""
    layers = [
        {
            "activation": str(layer.activation),
            "weights": layer.weights.tolist(),
            "biases": layer.biases[:, 0].tolist(),
        }
        for layer in run.network.layers
    ]
    document = {
        "epoch": run.epoch,
        "inputs": list(run.points.inputs),
        "classes": list(run.points.classes),
        "layers": layers,
        "state": as_json(run.state),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode()


def read_weights(text: str) -> Perceptron:
    """Return the network of a file that `weights` wrote.

    Parameters
    ----------
    text : str

    Raises
    ------
    msgspec.MsgspecError, ValueError
        If the text is no such file.
    """
    file = msgspec.json.decode(text, type=_Weights)
    layers = []
    for one in file.layers:
        W = np.array(one.weights, dtype=np.float64)
        layer = Layer(W.shape[1], W.shape[0], one.activation, rng=0)
        layer.weights, layer.biases = W, np.array(one.biases)[:, np.newaxis]
        layers.append(layer)
    return Perceptron(layers)


class _WeightsOfLayer(msgspec.Struct):
    activation: str
    weights: list[list[float]]
    biases: list[float]


class _Weights(msgspec.Struct):
    layers: list[_WeightsOfLayer]


def data(run: Run) -> str:
    """Return the points as CSV: the network's inputs and the target."""
    points, text = run.points, io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*points.inputs, points.target])
    for x, y in zip(points.x.tolist(), points.y.tolist(), strict=True):
        writer.writerow([*map(repr, x), points.classes[int(y)] if points.classes else repr(y)])
    return text.getvalue()


def python(run: Run) -> str:
    """Return Python code that makes the same run with chainrule alone."""
    return "\n".join(_python(run)) + "\n"


def _python(run: Run) -> Iterator[str]:
    state = run.state
    yield '"""A run of the playground of chainrule."""'
    yield ""
    yield "import numpy as np"
    yield ""
    yield "from chainrule import Layer, Perceptron"
    if state.l1 or state.l2:
        yield "from chainrule.penalties import Penalty"
    if _is_drawn(run):
        yield "from chainrule.play.playground.data_sets import draw_points"
    yield ""
    yield from _points(run)
    yield ""
    yield f"rng = np.random.default_rng({state.seed})"
    yield "model = Perceptron("
    yield "    ["
    for layer in run.network.layers:
        sizes = f"{layer.n_inputs}, {layer.n_neurons}, {str(layer.activation)!r}"
        drawn = f"initializer={state.initializer or 'uniform'!r}, rng=rng"
        yield f"        Layer({sizes}, {drawn}),"
    yield "    ]"
    yield ")"
    yield from _edited(run)
    if run.epoch:
        yield from _fit(run)


def _is_drawn(run: Run) -> bool:
    return run.state.data.name not in ("own", "drawn")


def _points(run: Run) -> Iterator[str]:
    data, points = run.state.data, run.points
    if _is_drawn(run):
        settings = f"noise={data.noise!r}, classes={data.classes}, seed={data.seed}"
        yield f"x, y = draw_points({data.name!r}, {data.n}, {settings})"
    else:
        yield f"# inputs: {', '.join(points.inputs)!r}; target: {points.target!r}"
        yield f"x = np.array({points.x.tolist()!r})"
        yield f"y = np.array({points.y.tolist()!r})"
    count = int(run.held_out.sum())
    yield "held_out = np.zeros(len(x), dtype=bool)"
    yield f"held_out[np.random.default_rng({data.seed}).permutation(len(x))[:{count}]] = True"
    if run.task.y.shape[1] > 1:
        yield f"y = np.eye({run.task.y.shape[1]})[y.astype(int)]"


def _edited(run: Run) -> Iterator[str]:
    if run.edited:
        yield ""
        yield "# In the playground weights were set by hand, single samples or batches were stepped"
        yield "# through, or other code trained: this code trains without that."


def _fit(run: Run) -> Iterator[str]:
    state = run.state
    rates = [one for one in run.rates if one[0] < run.epoch]
    yield ""
    yield "history = model.fit("
    yield "    x[~held_out],"
    yield "    y[~held_out],"
    yield f"    epochs={run.epoch},"
    if len(rates) == 1:
        yield f"    learning_rate={rates[0][1]!r},"
    else:
        until = [f"epoch < {start}" for start, _ in rates[1:]]
        values = [repr(rate) for _, rate in rates]
        select = f"np.select([{', '.join(until)}], [{', '.join(values[:-1])}], {values[-1]})"
        yield "    learning_rate=1.0,"
        yield f"    schedule=lambda epoch, epochs: {select},"
    yield f"    loss={state.loss!r},"
    yield f"    optimizer={state.optimizer!r},"
    yield f"    batch_size={run.task.batch_size},"
    if state.l1 or state.l2:
        yield f"    penalty=Penalty(l1={state.l1!r}, l2={state.l2!r}),"
    if run.task.dropout:
        yield f"    dropout={state.dropout!r},"
    if run.held_out.any():
        yield "    validation_data=(x[held_out], y[held_out]),"
    yield "    rng=rng,"
    yield "    verbose=False,"
    yield ")"
    yield "print(f\"loss {history['loss'][-1]:.6g} after {len(history)} epochs\")"


_EXPORTS: dict[str, tuple[str, str, Callable[[Any], str]]] = {
    "python": ("chainrule_run.py", "text/x-python", python),
    "weights": ("weights.json", "application/json", weights),
    "data": ("points.csv", "text/csv", data),
}
