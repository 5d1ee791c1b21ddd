"""Several networks side by side: the bits of one after the other, and the orderly ways to end."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest
from oracles.ctrl_c import after_ctrl_c
from training.runs import Room

from chainrule import EarlyStopping, Layer
from chainrule.divergence import DivergenceError
from chainrule.engines import Task, cores, get_engine
from chainrule.engines.compiled import Compiled
from chainrule.layers import joined
from chainrule.losses import get_loss
from chainrule.optimizers import Adam
from chainrule.schedules import get_schedule
from chainrule.training import (
    Plan,
    PlannedRun,
    RunState,
    Samples,
    train,
    train_side_by_side,
)

RNG = np.random.default_rng(1)
X, Y = RNG.normal(size=(90, 4)), RNG.normal(size=(90, 2))
FOLDS = [np.flatnonzero(np.arange(90) % 5 != fold) for fold in range(5)]
ENGINES = {"compiled": Compiled(), "reference": get_engine("reference")}


def planned(seed, *, width=33, rate=0.01, epochs=4, engine="compiled", callbacks=(), **options):
    """Return a run on a fold of one table, which all runs share."""
    rng = np.random.default_rng(seed)
    layers = [Layer(4, width, "tanh", rng=rng), Layer(width, 2, "identity", rng=rng)]
    rows, loss = FOLDS[seed % 5], get_loss("squared_error")
    task = Task(X, Y, loss, Adam(), 16, rows=rows, dropout=(0.0, 0.2), seed=seed)
    held = np.setdiff1d(np.arange(90), rows)
    plan = Plan(
        epochs,
        rate,
        get_schedule("cosine"),
        ENGINES[engine],
        validation=Samples(X[held], Y[held]),
        callbacks=callbacks,
    )
    return PlannedRun(layers, task, plan, RunState(seed), **options)


def outcome(run):
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in run.state.history.rows]
    return joined(run.layers).tobytes(), rows, run.state.history.stopped


def one_after_the_other(runs):
    for run in runs:
        train(run.layers, run.task, run.plan, run.state)
    return [outcome(run) for run in runs]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n_threads", [1, 2, 3, 8, None])
def test_the_bits_are_those_of_one_after_the_other(n_threads, engine):
    runs, others = ([planned(seed, engine=engine) for seed in range(6)] for _ in range(2))
    histories = train_side_by_side(runs, n_threads)
    assert all(history is run.state.history for history, run in zip(histories, runs, strict=True))
    assert [outcome(run) for run in runs] == one_after_the_other(others)


def test_networks_of_several_sizes_and_lengths():
    sizes = [(5, 3), (130, 2), (64, 7), (300, 1)]
    runs, others = (
        [planned(i, width=width, epochs=epochs) for i, (width, epochs) in enumerate(sizes)]
        for _ in range(2)
    )
    histories = train_side_by_side(iter(runs), 2)
    assert [len(history) for history in histories] == [3, 2, 7, 1]
    assert [outcome(run) for run in runs] == one_after_the_other(others)


def test_best_epochs_are_each_runs_own():
    def stopping(seed):
        return planned(seed, rate=0.3, epochs=40, callbacks=[EarlyStopping(patience=2)])

    runs, others = ([stopping(seed) for seed in range(4)] for _ in range(2))
    train_side_by_side(runs, 2)
    assert [outcome(run) for run in runs] == one_after_the_other(others)


def test_a_run_goes_on_side_by_side():
    whole = [planned(seed, epochs=6) for seed in range(3)]
    stop = [lambda run: run.epoch == 2]
    parts = [planned(seed, epochs=6, callbacks=stop, keeps_memory=True) for seed in range(3)]
    train_side_by_side(parts, 2)
    again = [
        PlannedRun(run.layers, run.task, planned(i, epochs=6).plan, run.state)
        for i, run in enumerate(parts)
    ]
    train_side_by_side(again, 2)
    assert [outcome(run) for run in again] == one_after_the_other(whole)


def test_no_run_is_no_history():
    assert train_side_by_side([]) == []


@pytest.mark.parametrize(
    ("n_threads", "runs", "expected"),
    [(2, 5, [1] * 5), (4, 2, [2, 2]), (3, 2, [2, 1]), (5, 1, [5]), (1, 3, [1] * 3)],
)
def test_the_cores_are_divided(n_threads, runs, expected):
    found = {}

    def look(seed):
        return [lambda run: found.update({seed: cores.available_cores()})]

    train_side_by_side([planned(seed, callbacks=look(seed)) for seed in range(runs)], n_threads)
    assert [found[seed] for seed in range(runs)] == expected
    assert cores.taken._busy == 0


def test_all_threads_end():
    before = set(threading.enumerate())
    train_side_by_side([planned(seed) for seed in range(4)], 3)
    assert set(threading.enumerate()) <= before


# How a run ends ----------------------------------------------------------------------------


class Meeting:
    """Callbacks of two runs: the first one does something when the second is in its first epoch."""

    def __init__(self, do):
        self.do, self.begun, self.done = do, threading.Event(), threading.Event()

    def strike(self, run):
        assert self.begun.wait(60)
        self.done.set()
        self.do()

    def wait(self, run):
        self.begun.set()
        assert self.done.wait(60)


def interrupt():
    raise KeyboardInterrupt


def fail():
    raise ZeroDivisionError("boom")


def test_an_interruption_of_one_ends_all_with_whole_epochs():
    meeting, events = Meeting(interrupt), []
    runs = [
        planned(0, epochs=10**6, callbacks=[meeting.strike]),
        planned(1, epochs=10**6, callbacks=[meeting.wait, Room("b", events)]),
        planned(2),
    ]
    initial = joined(runs[2].layers).copy()
    histories = train_side_by_side(runs, 2)
    assert [history.interrupted for history in histories] == [True] * 3
    assert (len(histories[0]), len(histories[2])) == (1, 0)
    assert histories[2].stopped == "interrupted when 0 of 4 epochs were over"
    np.testing.assert_array_equal(joined(runs[2].layers), initial)
    assert events[-1] == "leave b"
    for seed in (0, 1):
        whole = len(histories[seed])
        assert 1 <= whole == histories[seed].weights_epoch < 10**6
        alone = planned(seed, epochs=10**6, callbacks=[lambda run, whole=whole: run.epoch == whole])
        train(alone.layers, alone.task, alone.plan, alone.state)
        np.testing.assert_array_equal(joined(runs[seed].layers), joined(alone.layers))


def test_an_error_of_one_ends_the_others_and_is_raised():
    meeting, events = Meeting(fail), []
    runs = [
        planned(0, callbacks=[meeting.strike]),
        planned(1, epochs=10**6, callbacks=[meeting.wait, Room("b", events)]),
        planned(2),
    ]
    with pytest.raises(ZeroDivisionError, match="boom") as raised:
        train_side_by_side(runs, 2)
    assert raised.value.__notes__ == ["Run 0 of those side by side, counted from 0."]
    history = runs[1].state.history
    assert 1 <= len(history) == history.weights_epoch < 10**6
    assert history.stopped == "a run beside this one ended: boom"
    assert not history.interrupted
    assert events[-1] == "leave b"
    assert len(runs[2].state.history) == 0
    assert cores.taken._busy == 0


def test_a_divergence_names_its_run():
    runs = [planned(0), planned(1, rate=1e300)]
    with pytest.raises(DivergenceError, match="epoch 1") as raised:
        train_side_by_side(runs, 1)
    assert raised.value.__notes__ == ["Run 1 of those side by side, counted from 0."]
    assert len(runs[0].state.history) == 4


SIGNALLED = """
import signal, threading
from training.test_side_by_side import planned, train_side_by_side

signal.signal(signal.SIGINT, signal.default_int_handler)
epochs, said, lock = {epochs}, [], threading.Lock()

def say(run):
    histories = [each.state.history for each in runs]
    ready = all(len(history) >= 2 for history in histories)
    with lock:
        if ready and not said and (epochs[0] > 2 or histories[0].stopped):
            said.append(True)
            print("ready", flush=True)

runs = [planned(seed, epochs=n, callbacks=[say]) for seed, n in enumerate(epochs)]
for history in train_side_by_side(runs, len(runs)):
    print(history.interrupted or len(history) == 2, 2 <= len(history) == history.weights_epoch)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize("epochs", [[10**9] * 3, [2, 10**9]], ids=["all", "all but the first"])
def test_a_real_ctrl_c_reaches_all(epochs, monkeypatch):
    """The first run is the main thread's, which may be done and wait for the others."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["tests", os.environ.get("PYTHONPATH", "")]))
    output, code = after_ctrl_c(SIGNALLED.format(epochs=epochs))
    assert output == "True True\n" * len(epochs)
    assert code == 0


# What is refused ---------------------------------------------------------------------------


def test_what_two_runs_share_is_refused():
    one, two = planned(0), planned(1)
    shared = [
        ("layers", PlannedRun(one.layers, two.task, two.plan, two.state)),
        ("a state", PlannedRun(two.layers, two.task, two.plan, one.state)),
        ("a generator", PlannedRun(two.layers, two.task, two.plan, RunState(one.state.rng))),
    ]
    for what, run in shared:
        with pytest.raises(ValueError, match=rf"{what}.* of its own, but runs 0 and 2 share"):
            train_side_by_side([one, planned(3), run])
    stopping = [EarlyStopping()]
    with pytest.raises(ValueError, match="callbacks that are entered of its own"):
        train_side_by_side([planned(0, callbacks=stopping), planned(1, callbacks=stopping)])
    assert len(one.state.history) == 0


def test_the_global_generator_is_one_generator():
    runs = [PlannedRun(run.layers, run.task, run.plan, RunState()) for run in map(planned, (0, 1))]
    with pytest.raises(ValueError, match=r"a generator, as RunState\(seed\) has it"):
        train_side_by_side(runs)
    assert len(train_side_by_side(runs[:1])) == 1


@pytest.mark.parametrize("n_threads", [0, -1])
def test_too_few_threads_are_refused(n_threads):
    with pytest.raises(ValueError, match=f"n_threads must be at least 1, got {n_threads}"):
        train_side_by_side([planned(0)], n_threads)
