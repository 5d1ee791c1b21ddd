"""How many threads there may be, and that they end however a fit ends."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading

import joblib
import numpy as np
import pytest
from oracles.ctrl_c import after_ctrl_c
from threadpoolctl import threadpool_limits

from chainrule import DivergenceError, Layer, Perceptron
from chainrule.activations import Activation
from chainrule.engines import compiled as module
from chainrule.engines import cores
from chainrule.engines.compiled import Compiled
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.machine import host
from chainrule.engines.compiled.workers import Workers
from chainrule.engines.cores import available_cores, share_of_cores

KERNELS = Kernels(host(), np.float64)


@pytest.fixture
def eight_cores(monkeypatch):
    """A machine of eight cores, on which nobody says otherwise."""
    monkeypatch.setattr(cores, "_bound_cores", lambda: 8)
    monkeypatch.setattr(cores, "_container_cores", lambda: float("inf"))
    monkeypatch.setattr(cores, "_threadpool_limit", lambda: float("inf"))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    cores._environment.cache_clear()
    yield
    cores._environment.cache_clear()


@pytest.mark.parametrize(
    ("said", "expected"), [("1", 1), ("3", 3), ("2,1", 2), ("99", 8), ("0", 1), ("-4", 1), ("x", 8)]
)
def test_the_environment_may_allow_fewer(eight_cores, monkeypatch, said, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert available_cores() == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [("max 100000", 8), ("150000 100000", 1), ("50000 100000", 1), ("400000 100000", 4), ("?", 8)],
)
def test_the_container_may_allow_fewer(eight_cores, monkeypatch, content, expected):
    monkeypatch.undo()
    monkeypatch.setattr(cores, "_bound_cores", lambda: 8)
    monkeypatch.setattr(cores, "_threadpool_limit", lambda: float("inf"))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(cores.Path, "read_text", lambda *args, **options: content)
    cores._container_cores.cache_clear()
    assert available_cores() == expected
    cores._container_cores.cache_clear()


def test_threadpoolctl_may_allow_fewer():
    before = available_cores()
    with threadpool_limits(1):
        assert available_cores() == 1
    assert available_cores() == before


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process")
def test_a_process_that_is_bound_to_one_core():
    code = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "from chainrule.engines.cores import available_cores\n"
        "print(available_cores())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "1\n"


@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
def test_one_each_where_joblib_runs_others_beside(backend):
    jobs = (joblib.delayed(available_cores)() for _ in range(4))
    assert joblib.Parallel(n_jobs=2, backend=backend)(jobs) == [1] * 4


def test_as_many_as_loky_says():
    with joblib.parallel_config("loky", inner_max_num_threads=1):
        jobs = (joblib.delayed(available_cores)() for _ in range(4))
        assert joblib.Parallel(n_jobs=2)(jobs) == [1] * 4


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork"
)
def test_one_in_a_pool_of_processes():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.apply(available_cores) == 1


def test_a_share_of_the_cores_is_the_threads_own():
    before, others = available_cores(), []
    with share_of_cores(3):
        thread = threading.Thread(target=lambda: others.append(available_cores()))
        thread.start()
        thread.join()
        first, second = (Workers.for_a_fit(None, KERNELS) for _ in range(2))
        assert (available_cores(), first.count, second.count) == (3, 3, 3)
    assert (others, available_cores()) == ([before], before)
    first.close(), second.close()
    assert cores.taken._busy == 0


def test_fits_of_one_process_share_the_cores(monkeypatch):
    monkeypatch.setattr(cores, "available_cores", lambda: 4)
    first, second = Workers.for_a_fit(3, KERNELS), Workers.for_a_fit(None, KERNELS)
    third = Workers.for_a_fit(None, KERNELS)
    assert (first.count, second.count, third.count) == (3, 1, 1)
    for each in (first, second, third):
        each.close()
    last = Workers.for_a_fit(None, KERNELS)
    assert last.count == 4
    last.close()


def network():
    rng = np.random.default_rng(0)
    return Perceptron([Layer(30, 130, "tanh", rng=rng), Layer(130, 2, "identity", rng=rng)])


X = np.random.default_rng(1).normal(size=(200, 30))
Y = np.random.default_rng(2).normal(size=(200, 2))
OPTIONS = {"loss": "squared_error", "batch_size": 100, "verbose": False, "rng": 0}


def free_cores():
    return cores.taken._busy


def fail(run):
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("error", "more"),
    [
        (DivergenceError, {"learning_rate": 1e9}),
        (ZeroDivisionError, {"callbacks": [fail]}),
    ],
    ids=["diverged", "a callback failed"],
)
def test_nothing_is_left_of_a_fit_that_failed(error, more):
    threads, busy = set(threading.enumerate()), free_cores()
    with pytest.raises(error):
        network().fit(X, Y, 50, **({"learning_rate": 0.01} | OPTIONS | more), engine=Compiled(3))
    assert set(threading.enumerate()) <= threads  # those of an earlier prediction may end by now
    assert free_cores() == busy


def test_nothing_is_left_where_a_formula_cannot_be_written():
    threads, busy = set(threading.enumerate()), free_cores()
    odd = Activation("odd", np.sort, lambda z, a: np.ones_like(z))
    layers = [Layer(30, 3, odd, rng=0), Layer(3, 2, "identity", rng=1)]
    with pytest.warns(RuntimeWarning, match="runs in NumPy") as caught:
        Perceptron(layers).fit(X, Y, 2, 0.01, **OPTIONS, engine=Compiled(2))
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert set(threading.enumerate()) <= threads  # those of an earlier prediction may end by now
    assert free_cores() == busy


def test_a_large_prediction_uses_the_cores_there_are(monkeypatch):
    x = np.random.default_rng(0).normal(size=(4000, 30))
    model, asked = network(), []

    def two():
        asked.append(True)
        return 2

    monkeypatch.setattr(module, "available_cores", two)
    together = model.predict(x)
    assert asked
    np.testing.assert_array_equal(together, model.predict(x, engine=Compiled(1)))


LONG = """
import signal, sys, time
import numpy as np
from chainrule import Layer, Perceptron
from chainrule.engines.compiled import Compiled

signal.signal(signal.SIGINT, signal.default_int_handler)
rng = np.random.default_rng(0)
x, y = rng.normal(size=(20000, 50)), rng.normal(size=(20000, 5))
net = Perceptron([Layer(50, 300, "tanh", rng=rng), Layer(300, 5, "identity", rng=rng)])
options = dict(loss="squared_error", batch_size=64, verbose=False, engine=Compiled(2))
first = net.theta.copy()

def say(run):
    print("ready", flush=True)

history = net.fit(x, y, 10**6, 1e-4, callbacks=[say], **options)
print(history.interrupted, len(history) == history.weights_epoch)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_ends_a_fit_on_two_threads():
    output, code = after_ctrl_c(LONG)
    assert output.splitlines()[-1] == "True True"
    assert code == 0
