"""No kernel reads or writes outside its buffers: each buffer lies beside a page without access.

A kernel that goes too far ends its process, so the trainings run in processes of their own: this
file, run as a script. What lies between a buffer and the page on its other side has a pattern,
which must be there afterwards. ``CHAINRULE_FENCE=end pytest`` (or ``start``) runs all other tests
like that.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import scipy.sparse
from oracles.fences import Fence, lay_buffers_beside

from chainrule.engines import reference
from chainrule.engines.compiled import Compiled
from chainrule.engines.compiled.machine import host
from chainrule.engines.compiled.memory import address
from chainrule.engines.task import Task, TrainingState
from chainrule.grouped import GroupedLayer, Through
from chainrule.layers import Layer, joined
from chainrule.losses import LOSSES
from chainrule.optimizers import SGD, Adam, Momentum
from chainrule.penalties import Penalty

TESTS = Path(__file__).parents[2]


class Case(NamedTuple):
    """One training; `pairs` makes the batch so many pairs of vectors long, `rest` the last one."""

    widths: tuple
    batch_size: int
    n: int = 23
    optimizer: object = SGD()
    activation: str = "tanh"
    loss: str = "squared_error"
    sparse: bool = False
    pairs: int = 0
    rest: int = 0
    options: dict = {}  # noqa: RUF012
    grouped: bool = False


EVERYTHING = {
    "penalty": Penalty(l1=0.01, l2=0.1, divided_by_batch=True),
    "clip_norm": 0.3,
    "seed": 3,
}
CASES = {
    "registers": Case((3, 5, 2), 1),
    "registers, one number each": Case((1, 1, 1), 1),
    "registers, odd": Case((17, 3, 1), 1, activation="softplus"),
    "streaming, large": Case((130, 17, 3), 1, loss="softmax_cross_entropy"),
    "streaming, large, odd": Case((3, 130, 1), 1, activation="gelu"),
    "streaming, momentum": Case((3, 16, 2), 1, optimizer=Momentum()),
    "streaming, adam": Case((1, 17, 1), 1, optimizer=Adam()),
    "batches": Case((3, 16, 17, 2), 7, optimizer=Adam()),
    "batches, one number each": Case((1, 1), 2, activation="silu"),
    "batches, wide": Case((130, 130, 17), 50, n=130, loss="softmax_cross_entropy"),
    "batches, one worker's panels": Case((3, 16, 1), 100, n=130, optimizer=Momentum()),
    "batches, groups of panels": Case((20, 64, 64, 2), 100, n=230, loss="softmax_cross_entropy"),
    "one batch": Case((17, 3), 23),
    "CSR": Case((17, 3, 2), 7, sparse=True, optimizer=Adam()),
    "CSR, batches of one": Case((130, 3), 1, sparse=True),
    "dropout": Case((3, 17, 130, 1), 7, options={"dropout": (0.3, 0.5, 0.2), "seed": 7}),
    "CSR and dropout": Case((17, 16, 1), 7, sparse=True, options={"dropout": (0.3, 0.5)}),
    "clipping": Case((16, 17, 3), 7, options={"clip_norm": 0.05}, optimizer=Momentum()),
    "penalty": Case((3, 130, 1), 7, options={"penalty": Penalty(l1=0.01, l2=0.1)}),
    "weights": Case((3, 16, 17), 10, options={"sample_weight": np.linspace(0, 2, 23)}),
    "everything": Case(
        (17, 130, 3),
        10,
        options=EVERYTHING | {"dropout": (0.1, 0.5), "sample_weight": np.linspace(0.5, 3, 23)},
        optimizer=Adam(),
    ),
}
CASES |= {
    f"grouped: {name}": CASES[name]._replace(grouped=True)
    for name in ("batches", "batches, wide", "batches, groups of panels", "one batch", "CSR",
                 "CSR, batches of one", "CSR and dropout", "everything")
}  # fmt: skip
CASES["grouped: one vector"] = Case((16, 16, 16, 2), 16, n=32, optimizer=Adam(), grouped=True)
UNEVEN = {  # the last batch is smaller than the others
    "a gradient for each group of panels": Case((3, 16, 1), 0, pairs=94, rest=62),
    "one gradient for all panels": Case((300, 280, 260), 0, pairs=94, rest=62),
}


def train(case, engine, dtype, lanes, fence=None):
    """Train for two epochs and return what is left: losses, θ, the optimizer's memory."""
    lay = np.asarray if fence is None else fence.around
    rng = np.random.default_rng(1)
    batch_size = case.batch_size or case.pairs * 2 * lanes
    n = batch_size + case.rest * 2 * lanes if case.pairs else case.n
    x = rng.normal(size=(n, case.widths[0])).astype(dtype)
    y = rng.normal(size=(n, case.widths[-1])).astype(dtype)
    if "softmax" in case.loss:
        y = np.eye(case.widths[-1], dtype=dtype)[rng.integers(0, case.widths[-1], n)]
    if case.sparse:
        x = scipy.sparse.csr_array(x * (x > 0.5))
        x.data = lay(x.data)
    options = dict(case.options)
    if "sample_weight" in options:
        options["sample_weight"] = lay(options["sample_weight"].astype(dtype))
    layers = network(case, dtype)
    theta = laid(layers, lay)
    x = x if case.sparse else lay(x)
    task = Task(x, lay(y), LOSSES[case.loss], case.optimizer, batch_size, **options)
    state = TrainingState.fresh(task, theta)
    state.slots = lay(state.slots)
    trainer = engine.start(layers, task, state)
    rates = lay(np.linspace(0.01, 0.005, -(-n // batch_size)))
    losses = [trainer.run_epoch(lay(rng.permutation(n)), rates).loss for _ in range(2)]
    trainer.close()
    return np.array(losses), theta.copy(), state.slots.copy()


def laid(layers, lay):
    """Lay the layers' θ and return it."""
    theta = lay(joined(layers).copy())
    start = 0
    for layer in layers:
        layer.theta = theta[start : start + layer.theta.size]
        start += layer.theta.size
    return theta


def network(case, dtype):
    depth = len(case.widths) - 1
    activations = [case.activation] * (depth - 1) + ["identity"]
    make = in_groups if case.grouped else whole
    return [
        make(n_in, n_out, f, seed, dtype)
        for seed, (n_in, n_out, f) in enumerate(
            zip(case.widths, case.widths[1:], activations, strict=False)
        )
    ]


def whole(n_in, n_out, f, seed, dtype):
    return Layer(n_in, n_out, f, initializer="glorot_uniform", rng=seed, dtype=dtype)


def in_groups(n_in, n_out, f, seed, dtype):
    """Return a layer with one neuron, with inputs that go through, and with the rest."""
    through = (min(n_in, n_out) - 1) // 2
    if not through:
        return GroupedLayer([whole(n_in, n_out, f, seed, dtype)])
    rest = n_in - 1 - through, n_out - 1 - through
    groups = [whole(1, 1, f, seed, dtype), whole(*rest, "identity", seed, dtype), Through(through)]
    return GroupedLayer(groups[:: 1 - 2 * (seed % 2)])


def predict(case, engine, dtype, fence):
    layers = network(case, dtype)
    laid(layers, fence.around)
    for n in (1, 2, 7, 65, 100):
        x = np.random.default_rng(n).normal(size=(n, case.widths[0])).astype(dtype)
        expected = reference.predict(layers, x)
        assert_close(engine.predict(layers, fence.around(x)), expected, dtype)
        assert_close(engine.predict(layers, scipy.sparse.csr_array(x)), expected, dtype)
        loss = LOSSES["softmax_cross_entropy"]
        assert_close(engine.output(layers, fence.around(x), loss), loss.link(expected.T).T, dtype)


def assert_close(actual, expected, dtype):
    tolerance = 1e-9 if dtype == np.float64 else 2e-4
    scale = max(1e-3, float(np.abs(expected).max(initial=0.0)))
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * scale)


def run(fence, name, vector_bytes):
    """Run one case in every dtype and number of threads; a kernel that goes too far ends it."""
    case = (CASES | UNEVEN)[name]
    for dtype in (np.dtype(np.float64), np.dtype(np.float32)):
        lanes = host(vector_bytes).lanes(dtype)
        by_hand = train(case, reference, dtype, lanes)
        for threads in (1, 2, 3):
            sys.stderr.write(f"{name}: {dtype}, {threads} threads\n")
            sys.stderr.flush()
            engine = Compiled(threads, vector_bytes, adaptive=False)
            fast = train(case, engine, dtype, lanes, fence)
            for actual, expected in zip(fast, by_hand, strict=True):
                assert_close(actual, expected, dtype)
        predict(case, engine, dtype, fence)
        fence.require_whole()
        fence.pieces.clear()


def finished(side, vector_bytes, names):
    """Run the cases in another process and return it when it has ended."""
    words = [side, str(vector_bytes), *names]
    return subprocess.run(
        [sys.executable, __file__, *words],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.skipif(os.name != "posix", reason="pages without access are made with mprotect")
@pytest.mark.parametrize(
    ("side", "vector_bytes"),
    [
        pytest.param("end", 0, id="end-host"),
        pytest.param("start", 0, id="start-host", marks=pytest.mark.slow),
        pytest.param("end", 16, id="end-16 bytes", marks=pytest.mark.slow),
        pytest.param("start", 16, id="start-16 bytes", marks=pytest.mark.slow),
        pytest.param("end", 32, id="end-32 bytes", marks=pytest.mark.slow),
        pytest.param("start", 32, id="start-32 bytes", marks=pytest.mark.slow),
    ],
)
def test_no_kernel_reads_or_writes_outside_its_buffers(side, vector_bytes):
    process = finished(side, vector_bytes, CASES | UNEVEN)
    assert process.returncode == 0, process.stderr[-3000:]


@pytest.mark.skipif(os.name != "posix", reason="pages without access are made with mprotect")
def test_a_few_kernels_read_and_write_nothing_before_their_buffers():
    process = finished(
        "start",
        0,
        ["registers, odd", "batches", "CSR and dropout", "everything", "grouped: everything"],
    )
    assert process.returncode == 0, process.stderr[-3000:]


@pytest.mark.skipif(os.name != "posix", reason="pages without access are made with mprotect")
@pytest.mark.parametrize("side", ["end", "start"])
def test_the_fence_holds(side):
    process = finished(side, 0, ["too far"])
    assert process.returncode < 0
    assert "Segmentation fault" in process.stderr or "Bus error" in process.stderr


def step_too_far(side):
    array = Fence(side).zeros(3, np.float32)
    ctypes.memset(address(array) + (array.nbytes if side == "end" else -1), 1, 1)


if __name__ == "__main__":
    faulthandler.enable()
    chosen_side, chosen_bytes, *chosen = sys.argv[1:]
    if chosen == ["too far"]:
        step_too_far(chosen_side)
    chosen_fence = Fence(chosen_side)
    lay_buffers_beside(chosen_fence)
    for case_name in chosen:
        run(chosen_fence, case_name, int(chosen_bytes) or None)
