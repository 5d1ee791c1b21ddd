"""The same bits with any number of threads, in any surroundings."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
import time

import joblib
import numpy as np
import pytest

from chainrule import Layer, Perceptron
from chainrule.engines import cores
from chainrule.engines.compiled import Compiled
from chainrule.engines.compiled.machine import LLVM
from chainrule.penalties import Penalty

DATA = np.random.default_rng(0)
X = DATA.normal(size=(300, 20)).astype(np.float32)
Y = np.eye(3, dtype=np.float32)[DATA.integers(0, 3, 300)]


def fit(n_threads=None, epochs=3, **options):
    """Return θ after a training, as bytes."""
    rng = np.random.default_rng(1)
    layers = [
        Layer(n_in, n_out, f, initializer="he_uniform", rng=rng, dtype=np.float32)
        for n_in, n_out, f in ((20, 130, "relu"), (130, 70, "tanh"), (70, 3, "identity"))
    ]
    model = Perceptron(layers)
    model.fit(
        X, Y, epochs, 1e-3,
        **{"loss": "softmax_cross_entropy", "optimizer": "adam", "batch_size": 96, **options},
        engine=Compiled(n_threads, adaptive=False), rng=7, verbose=False,
    )  # fmt: skip
    return model.theta.tobytes()


OPTIONS = {
    "plain": {},
    "clipped": {"clip_norm": 0.1},
    "everything": {
        "dropout": 0.3,
        "clip_norm": 0.5,
        "penalty": Penalty(l1=1e-4, l2=1e-3),
        "sample_weight": np.linspace(0.1, 2, 300),
    },
    "weights, more threads than panels": {
        "batch_size": 20,
        "penalty": Penalty(l2=0.1, divided_by_batch=True),
        "sample_weight": np.linspace(0.1, 2, 300),
    },
    "one batch": {"batch_size": 300},
    "small batches": {"batch_size": 16},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_the_same_bits_with_any_number_of_threads(options):
    bits = {fit(n, **options) for n in (1, 2, 3, 8, None)}
    assert len(bits) == 1


def test_the_same_bits_again_and_again():
    assert len({fit(2) for _ in range(5)}) == 1


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_four_fits_at_once_under_joblib(backend):
    alone = fit(1)
    results = joblib.Parallel(n_jobs=4, backend=backend)(joblib.delayed(fit)() for _ in range(4))
    assert set(results) == {alone}


def test_fits_in_threads_of_one_process():
    results = []
    threads = [threading.Thread(target=lambda: results.append(fit(2))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert set(results) == {fit(1)}


def _fit_into(queue):
    queue.put(fit(2))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_child_process_trains_after_its_parent_did(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    parent = fit(2)
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    child = context.Process(target=_fit_into, args=(queue,))
    child.start()
    assert queue.get(timeout=120) == parent
    child.join()
    assert child.exitcode == 0


def test_no_threads_are_left_behind():
    before = set(threading.enumerate())  # of which others may end meanwhile
    fit(3)
    assert set(threading.enumerate()) <= before


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


@forks
def test_a_child_does_not_wait_for_what_its_parents_threads_held():
    with cores.taken._lock:  # another thread begins a fit
        cores.taken._busy += 5
        child = multiprocessing.get_context("fork").Process(target=_require_freedom)
        child.start()
        cores.taken._busy -= 5
    child.join(60)
    assert child.exitcode == 0


def _require_freedom():
    assert cores.taken._lock.acquire(blocking=False)
    assert cores.taken._busy == 0


@forks
def test_a_child_is_forked_when_no_thread_uses_llvm():
    """LLVM's binding has a lock of its own, which nobody could free in the child."""
    inside, over = threading.Event(), []

    def use():
        with LLVM:
            inside.set()
            time.sleep(0.3)
            over.append(True)

    thread = threading.Thread(target=use)
    thread.start()
    inside.wait()
    child = multiprocessing.get_context("fork").Process(target=_require_llvm, args=(over,))
    child.start()
    child.join(60)
    thread.join()
    assert child.exitcode == 0


def _require_llvm(over):
    assert over
    assert LLVM.acquire(blocking=False)


@forks
@pytest.mark.parametrize(("threads", "rows"), [(1, 1000), (2, 1000), (1, 20000)])
def test_a_child_may_go_on_with_a_fit_that_its_parent_is_in(threads, rows):
    """Some rows have their next order drawn on another thread."""
    script = textwrap.dedent(f"""
        import os, numpy as np
        from chainrule.engines import cores
        from chainrule import Layer, Perceptron
        from chainrule.engines.compiled import Compiled
        net = Perceptron([Layer(30, 100, "tanh", rng=0), Layer(100, 5, "identity", rng=1)])
        x = np.random.default_rng(0).normal(size=({rows}, 30))
        children = []
        def fork(run):
            if run.epoch == 1:
                children.append(os.fork())
        engine = Compiled({threads}, adaptive=False)
        net.fit(x, x[:, :5], 3, 1e-3, loss="squared_error", batch_size=100, verbose=False,
                engine=engine, callbacks=[fork], rng=0)
        print(net.theta.tobytes().hex()[:64], flush=True)
        assert cores.taken._busy == 0
        if children[0]:
            assert os.waitpid(children[0], 0)[1] == 0
        os._exit(0)
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split()
    assert first == second
