"""A model exported to C: how long one prediction takes, and how near it is to the library's."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import short
from benchmarks.tables import Table
from chainrule.exports import to_c
from chainrule.exports.checking import C_OPTIONS, answers_of_c
from chainrule.layers import Layer
from chainrule.perceptron import Perceptron

_COMPILERS = ("gcc", "clang")
_OPTIMIZE = ("-O2", "-O3")
_NETWORKS = (
    ((16, 32, 32, 3), "relu"),
    ((16, 32, 32, 3), "tanh"),
    ((784, 128, 10), "relu"),
)
_LOSS = "softmax_cross_entropy"
_N_ROWS = 10_000
_COLUMNS = [
    "network", "type", "compiler", "µs a prediction", "min", "max", "farthest from the library",
]  # fmt: skip
_PROGRAM = """\
#include <stdio.h>
#include <time.h>
#include "net.h"

int main(void)
{
    static net_real rows[64][NET_N_INPUTS];
    net_real outputs[NET_N_OUTPUTS], sum = 0;
    clock_t begin, end;
    int i, j, n = %d;

    for (i = 0; i < 64; i++)
        for (j = 0; j < NET_N_INPUTS; j++)
            rows[i][j] = (net_real)((i * 37 + j * 11) %% 40 - 20) / 10;
    begin = clock();
    for (i = 0; i < n; i++) {
        net_predict(rows[i %% 64], outputs);
        sum += outputs[i %% NET_N_OUTPUTS];
    }
    end = clock();
    printf("%%.17g %%g\\n", (double)(end - begin) / CLOCKS_PER_SEC / n, (double)sum);
    return 0;
}
"""


def tables(rounds: int) -> tuple[list[Table], list[dict[str, Any]]]:
    """Measure every network, type and compiler; return a table and the numbers."""
    found = list(_found(rounds))
    note = (
        "Processor's time of one row at a time, probabilities included, compiled with "
        f"{' '.join(C_OPTIONS)}; median, least and most of {rounds} runs. The farthest of "
        f"{_N_ROWS} rows of normal numbers; weights by glorot_uniform. {_versions()}"
    )
    return [Table("Exported to C", _COLUMNS, list(map(_row, found)), note)], found


def _found(rounds: int) -> Iterator[dict[str, Any]]:
    compilers = [name for name in _COMPILERS if shutil.which(name)]
    if not compilers:
        raise ValueError(f"there is no C compiler: {' or '.join(_COMPILERS)}")
    for sizes, activation in _NETWORKS:
        for precision, dtype in (("float", np.float32), ("double", np.float64)):
            network = _network(sizes, activation, dtype)
            header = to_c(network, name="net", loss=_LOSS)
            for compiler in compilers:
                far = _distance(network, header, compiler)
                for optimize in _OPTIMIZE:
                    yield {
                        "network": f"{'-'.join(map(str, sizes))} {activation}",
                        "type": precision,
                        "compiler": f"{compiler} {optimize}",
                        "seconds": _seconds(header, compiler, optimize, rounds, sum(sizes)),
                        "distance": far,
                    }


def _versions() -> str:
    """Return what each compiler calls itself."""
    said = []
    for name in filter(shutil.which, _COMPILERS):
        done = subprocess.run([name, "--version"], capture_output=True, text=True, check=True)
        said.append(f"{name} is {done.stdout.splitlines()[0]}")
    return "; ".join(said) + "."


def _network(sizes: tuple[int, ...], activation: str, dtype: Any) -> Perceptron:
    functions = [activation] * (len(sizes) - 2) + ["identity"]
    rng = np.random.default_rng(0)
    return Perceptron(
        [
            Layer(n_in, n_out, f, initializer="glorot_uniform", rng=rng, dtype=dtype)
            for n_in, n_out, f in zip(sizes, sizes[1:], functions, strict=False)
        ]
    )


def _distance(network: Perceptron, header: str, compiler: str) -> float:
    n_inputs = network.layers[0].n_inputs
    x = np.random.default_rng(1).normal(size=(_N_ROWS, n_inputs)).astype(np.float32)
    got = answers_of_c(header, "net", x.tolist(), compiler)
    return float(np.abs(got - network.predict(x, loss=_LOSS)).max())


def _seconds(header: str, compiler: str, optimize: str, rounds: int, width: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "net.h").write_text(header, encoding="ascii")
        source, program = Path(folder, "main.c"), Path(folder, "main")
        source.write_text(_PROGRAM % (20_000_000 // width), encoding="ascii")
        command = [compiler, *C_OPTIONS, optimize, str(source), "-o", str(program), "-lm"]
        subprocess.run(command, check=True)
        runs = (subprocess.run([str(program)], capture_output=True, text=True, check=True)
                for _ in range(rounds))  # fmt: skip
        return [float(run.stdout.split()[0]) for run in runs]


def _row(found: dict[str, Any]) -> list[str]:
    seconds = found["seconds"]
    return [
        found["network"],
        found["type"],
        found["compiler"],
        *(short(of(seconds) * 1e6) for of in (statistics.median, min, max)),
        f"{found['distance']:.1e}",
    ]
