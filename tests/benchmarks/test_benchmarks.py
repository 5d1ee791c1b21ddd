"""The benchmarks' arithmetic and their protocol, on the work of chainrule and NumPy alone."""

import doctest
import io
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("benchmarks.cells", reason="the benchmarks stay out of the wheel")

from benchmarks import __main__ as command
from benchmarks import (
    checks,
    crowd,
    environment,
    estimators,
    exports,
    fresh,
    goals,
    install,
    kernels,
    memory,
    neighbour,
    peak,
    report,
    results,
    scaling,
    side_by_side,
    tables,
    tools,
    worker,
)
from benchmarks.cells import GRID, Cell, prediction_cells, training_cells
from benchmarks.data import class_numbers, data_bytes, inputs, targets
from benchmarks.peers import PEERS, UnsupportedError, chainrule_, page
from benchmarks.rounds import Figure, Measured, Process, Run, measure
from chainrule.engines.compiled.machine import host

SEED = replace(GRID[0], rows=20)
TINY = Cell("tiny", (3, 5, 2), 4, 12)


def test_the_operations_of_a_step_are_those_of_its_matrix_products():
    # Forward 2·m·(3·5 + 5·2), dW the same, da_prev 2·m·5·2: nobody needs the first layer's.
    assert TINY.flop == 4 * (2 * 25 + 2 * 25 + 2 * 10)
    assert replace(TINY, work="prediction", rows=7).flop == 7 * 2 * 25
    assert TINY.n_parameters == 3 * 5 + 5 + 5 * 2 + 2


def test_every_row_of_the_grid_is_whole_batches_and_has_a_goal():
    for cell in GRID:
        assert cell.rows % cell.batch_size == 0
        assert cell.name in goals.TRAINING
        assert Cell.from_json(json.loads(json.dumps(cell.as_json()))) == cell


def test_variants_keep_the_work_and_unknown_cells_are_named():
    cells = list(training_cells(["iris", "seed"]))
    assert len(cells) == 2 * 3 * 2
    assert {cell.dtype for cell in cells[:6]} == {"float32"}
    assert [cell.rows for cell in prediction_cells(["mid", "seed"], ["float32"])] == [1, 100, 10**5]
    with pytest.raises(ValueError, match="unknown cells \\['irs'\\]; known: seed, iris"):
        list(training_cells(["irs"]))


@pytest.mark.parametrize("target", ["binary", "classes", "numbers"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_data_has_the_cells_shape_and_dtype(target, dtype):
    cell = replace(TINY, target=target, dtype=dtype)
    x, y = inputs(cell), targets(cell)
    assert (x.shape, y.shape, x.dtype, y.dtype) == ((12, 3), (12, 2), dtype, dtype)
    assert x.nbytes + y.nbytes == data_bytes(cell)
    if target == "classes":
        np.testing.assert_array_equal(np.eye(2)[class_numbers(y)], y)


@pytest.mark.parametrize("target", ["classes", "numbers"])
def test_our_own_worker_trains_and_predicts(target):
    asked = worker.Worker(chainrule_)
    for work in ("training", "prediction"):
        cell = replace(TINY, work=work, target=target)
        ready = asked.answer({"ask": "prepare", "cell": cell.as_json()})
        assert set(ready) == {"way", "passes"}
        assert asked.answer({"ask": "repeat"})["seconds"] > 0


def test_our_answers_are_probabilities():
    model = chainrule_.network(TINY)
    answers = chainrule_.answers(TINY, model, inputs(TINY))
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-6)


def test_the_pages_loop_learns_the_weights_that_our_engine_learns():
    layers = page._layers(SEED)
    model = chainrule_.network(SEED)
    for theirs, ours in zip(layers, model.layers, strict=True):
        theirs.weights, theirs.biases = ours.weights.copy(), ours.biases.copy()
    x, y = inputs(SEED), targets(SEED)
    np.random.seed(1)
    page._epoch(layers, x, y)
    np.random.seed(1)
    model.fit(x, y, 1, 1e-3, engine="reference", verbose=False)
    for theirs, ours in zip(layers, model.layers, strict=True):
        np.testing.assert_allclose(theirs.weights, ours.weights, rtol=0, atol=1e-13)
        np.testing.assert_allclose(theirs.biases, ours.biases, rtol=0, atol=1e-13)


def test_the_page_declines_what_it_cannot():
    with pytest.raises(UnsupportedError, match="single samples"):
        page.training(TINY)
    answer = worker.Worker(page).answer({"ask": "prepare", "cell": TINY.as_json()})
    assert answer == {"skipped": "the page trains by single samples, for one yes or no"}


def peer_with(ways):
    """Return a peer that does any work in these ways."""
    return SimpleNamespace(PACKAGES=(), training=lambda cell: ways, prediction=lambda cell: ways)


def test_the_fastest_way_is_kept():
    calls = []
    ways = {"slow": lambda passes: time.sleep(0.01 * passes), "fast": calls.append}

    asked = worker.Worker(peer_with(ways))
    assert asked.answer({"ask": "prepare", "cell": TINY.as_json()})["way"] == "fast"
    warm = len(calls)
    asked.answer({"ask": "repeat"})
    assert len(calls) == warm + 1


def test_a_repetition_of_training_is_of_some_epochs():
    calls = []
    ways = {"slow": lambda passes: (calls.append(passes), time.sleep(0.2))}
    asked, cell = worker.Worker(peer_with(ways)), TINY.as_json()
    for work, passes in (("training", 3), ("prediction", 1)):
        assert asked.answer({"ask": "prepare", "cell": cell | {"work": work}})["passes"] == passes
        asked.answer({"ask": "repeat"})
        assert calls[-1] == passes


class ProcessClock:
    """A clock of a process whose threads take one processor until they come to rest."""

    def __init__(self, monkeypatch, rest):
        self.now, self.rest = 0.0, rest
        monkeypatch.setattr(environment, "time", self)

    def perf_counter(self):
        return self.now

    def process_time(self):
        return min(self.now, self.rest)

    def sleep(self, seconds):
        self.now += seconds


def test_threads_of_the_one_before_come_to_rest(monkeypatch):
    clock = ProcessClock(monkeypatch, rest=0.1)
    environment.come_to_rest()
    assert 0.1 <= clock.now < 0.12


def test_threads_that_never_rest_are_not_waited_for(monkeypatch):
    clock = ProcessClock(monkeypatch, rest=float("inf"))
    environment.come_to_rest()
    assert 1 <= clock.now < 1.1


def test_everyone_comes_to_rest_before_the_answer(monkeypatch):
    told = []
    monkeypatch.setattr(worker, "come_to_rest", lambda: told.append("rest"))
    asked = worker.Worker(peer_with({"only": lambda passes: told.append("run")}))
    for question in ({"ask": "prepare", "cell": TINY.as_json()}, {"ask": "repeat"}):
        assert "skipped" not in asked.answer(question)
        assert told[-2:] == ["run", "rest"]


def test_questions_are_answered_line_by_line_and_errors_are_answers():
    answers = io.StringIO()
    questions = ['{"ask": "about"}\n', '{"ask": "prepare", "cell": {"work": "training"}}\n']
    worker.serve(worker.Worker(page), questions, answers)
    about, failed = map(json.loads, answers.getvalue().splitlines())
    assert about == {"versions": {"numpy": np.__version__}}
    assert failed["skipped"].startswith("it failed: KeyError")


def test_a_peer_that_is_not_installed_is_said(monkeypatch):
    monkeypatch.setitem(PEERS, "nobody", PEERS["page"]._replace(module="nobody"))
    with Process("nobody", Path(sys.executable)) as process:
        assert "ended" in process.ask("about")["skipped"]


def test_rounds_measure_everyone_and_files_keep_it(tmp_path):
    said = []
    run = measure([SEED], ["chainrule", "page"], 2, python=Path(sys.executable), say=said.append)
    found = results.Results(run, {"processor": "any"}, {"rounds": "2"})
    (measured,) = run.measured
    assert [len(figure.seconds) for figure in measured.figures.values()] == [2, 2]
    assert [0 < seconds < 1 for seconds in measured.apart] == [True, True]
    assert set(run.versions) >= {"numpy", "chainrule"}
    assert found.peak("float64") > 0
    pytest.importorskip("matplotlib")
    paths = report.write(found, tmp_path, "grid")
    assert all(path.stat().st_size for path in paths)
    assert results.load(paths[0]) == found
    command.main(["report", "--out", str(tmp_path)])


def measured_with(cell, **medians):
    figures = {name: Figure([seconds], "way") for name, seconds in medians.items()}
    return Measured(cell, figures)


def test_verdicts_say_what_is_met_what_falls_short_and_what_is_lost():
    wide = next(cell for cell in GRID if cell.name == "wide")
    rate = wide.flop / 1e9  # in GFLOP/s, of a step that takes a second
    one = measured_with(wide, chainrule=1.0, sklearn=2.0, jax=1.5)
    words = [verdict.word for verdict in goals.verdicts(one, rate / 0.8)]
    assert words == ["met", "falls short", "met"]
    lost = measured_with(wide, chainrule=1.0, jax=0.5)
    words = [verdict.word for verdict in goals.verdicts(lost, None)]
    assert words == ["LOST to JAX", "not measured", "not measured"]
    assert goals.verdicts(measured_with(wide, jax=1.0), 1.0)[0].word == "not measured"


def test_a_verdict_says_what_share_of_the_peak_the_demand_would_take():
    mid = next(cell for cell in GRID if cell.name == "mid")
    peak_rate = mid.flop / 1e9 / 0.25  # GFLOP/s: a step at the peak takes a quarter of a second
    one = measured_with(mid, chainrule=0.5, jax=0.8, sklearn=0.6)
    shares = [verdict.would_take for verdict in goals.verdicts(one, peak_rate)]
    assert shares == pytest.approx([0.25 / (0.6 / 2), 0.25 / (0.6 / 3)])
    assert goals.verdicts(one, None)[0].would_take is None


def test_the_estimators_are_held_to_what_is_wanted():
    fit = {"what": "fit it", "theirs": 5.8, "ours": 2.0, "ratio": 2.9, "wanted": estimators.FIT}
    words = ["fit it", "5.8", "2", "2.90 ×", "3 ×", "falls short"]
    assert estimators.time_row(fit) == [*words, "–", "–"]
    assert estimators.time_row(fit | {"flop": 58e6}) == [*words, "29", "30"]
    assert estimators.time_row(fit | {"ratio": 3.0})[5] == "met"
    others = [fit | {"ratio": ratio} for ratio in (4.0, 25.0)]
    mean = estimators.mean_of([*others, fit | {"what": "predict", "ratio": 1.0}])
    row = estimators.time_row(json.loads(json.dumps(mean)))
    assert row == ["all fits, geometric mean", "–", "–", "10.00 ×", "8 ×", "met", "–", "–"]


def test_the_operations_of_a_fit_are_those_of_its_products():
    fitted = SimpleNamespace(coefs_=[np.ones((4, 3)), np.ones((3, 2))], n_iter_=5)
    forward, d_weights, d_a = 12 + 6, 12 + 6, 6
    assert estimators.flop_of(fitted, rows=10) == 2 * (forward + d_weights + d_a) * 10 * 5


@pytest.mark.parametrize(("ours", "word"), [(0.95, "met"), (0.89, "met"), (0.87, "falls short")])
def test_a_score_may_be_a_standard_error_lower(ours, word):
    found = {"table": "some", "theirs": 0.9, "ours": ours, "error": 0.02}
    assert estimators.score_row(found)[-2:] == ["0.8800", word]


def test_a_right_and_a_mistaken_file_of_every_chapter_is_checked():
    subjects = checks.subjects()
    assert len({subject.chapter for subject in subjects}) == 7
    assert [subject.right for subject in subjects] == [True, False] * 7
    assert len({subject.source for subject in subjects}) == 14


CHECKER = """
import json, sys
_, chapter, *options = sys.argv
right = "(y_hat - y) /" in open(chapter + ".py").read()
if options:
    found = [] if right else [{"key": "sign"}]
    print(json.dumps({"state": "right" if right else "wrong", "steps": [{"findings": found}]}))
sys.exit(0 if right else 1)
"""


def test_checks_are_timed_once_they_say_what_they_should(monkeypatch):
    monkeypatch.setattr(checks, "COMMAND", [sys.executable, "-c", CHECKER])
    right, wrong = (one for one in checks.subjects() if one.chapter == "loss")
    (table,), (load, *found) = checks.tables(2, [right, wrong])
    assert set(load) == {"what", "before", "after"}
    assert [(one["file"], len(one["seconds"])) for one in found] == [("right", 2), ("sign", 2)]
    assert [row[:2] for row in table.rows] == [["loss", "right"], ["loss", "sign"]]
    with pytest.raises(ValueError, match="a check of loss says"):
        checks.tables(1, [wrong._replace(right=True)])


def test_a_check_is_held_to_its_seconds():
    found = {"chapter": "loss", "file": "right", "seconds": [1, 1.9, 9], "computing": [1, 1, 2]}
    row = ["loss", "right", "1.9", "1 … 9", "1", "< 2 s", "met"]
    assert checks.row(found) == row
    assert checks.row(found | {"seconds": [2.0]})[-1] == "falls short"


@pytest.mark.skipif("CHAINRULE_FENCE" in os.environ, reason="fences copy what they stand beside")
def test_a_fit_makes_no_copy_of_the_data():
    cell = Cell("many", (200, 5, 2), 50, 10_000)
    rest = fresh.allocations("chainrule", cell)["allocated_bytes"]
    rest -= sum(memory.needed(cell).values())
    assert rest < 0.3 * data_bytes(cell)


def test_what_a_fit_allocates_beside_what_it_needs_is_data():
    assert memory.needed(TINY) == {"parameters": 32 * 4 * 4, "activations": 240, "orders": 288}
    sizes = {"data": 2**20, "allocated": 3 * 2**20, "parameters": 2**20}
    found = {"cell": "it", "peer": "us", **sizes, "activations": 2**19, "orders": 2**19}
    row = ["it", "us", "1", "3", "1", "0.5", "0.5", "1.00 ×"]
    assert memory.allocation_row(found) == row
    assert memory.allocation_row(found | {"allocated": 10})[-1] == "0.00 ×"
    skipped = memory.allocation_row(found | {"skipped": "no such peer"})
    assert skipped == [*row[:3], "skipped: no such peer", *["–"] * 4]


@pytest.mark.parametrize("backend", crowd.BACKENDS)
def test_a_crowds_processor_time_is_that_of_all_its_fits(backend):
    processors, clock = crowd.crowd(backend, TINY, 1)
    assert processors > 0
    assert clock > 0


def test_networks_side_by_side_are_held_to_those_one_after_the_other(monkeypatch):
    monkeypatch.setattr(side_by_side, "HIDDEN", ((3,), (300,)))
    monkeypatch.setattr(side_by_side, "_SECONDS", 0.01)
    (networks, search), _ = side_by_side.tables(1)
    assert [row[0] for row in networks.rows] == ["3", "300"]
    assert [row[0] for row in search.rows] == ["3", "300"]
    assert networks.rows[1][-1] == "–"
    seconds = {"two": [1.9, 3.0], "one": [2.0, 2.0], "beside": [1.0, 2.0]}
    row = side_by_side._row({"hidden": (128, 128), "seconds": seconds})
    assert row == ["128-128", "1.9", "2", "1", "1.90 ×", "2.00 ×", "2", "met"]
    seconds["two"] = [1.7, 3.0]
    assert side_by_side._row({"hidden": (128,), "seconds": seconds})[-1] == "falls short"


def test_the_other_dtype_may_only_not_be_behind():
    iris = next(training_cells(["iris"]))
    assert goals.goals_of(iris) == {"best": 4.0, "sklearn": 12.0}
    assert goals.goals_of(replace(iris, dtype="float64")) == {"best": 1.0}
    assert "page" in goals.goals_of(GRID[0])
    assert goals.goals_of(replace(GRID[0], dtype="float32")) == {"best": 1.0}


def test_growth_in_proportion_has_the_power_one():
    measured = [measured_with(cell, chainrule=cell.flop * 1e-9) for cell in scaling.cells()]
    found = results.Results(Run(measured), {}, {"rounds": "1"})
    powers = {row[-1] for table in scaling.tables(found) for row in table.rows}
    assert powers == {"–", "1.00"}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_fma_loop_computes_what_it_says(dtype):
    # Each sum halves its distance to 1 in every FMA, so twelve of them end at 12.
    assert peak.fma_loop(dtype)(50) == peak.SUMS
    distances = sum(s - 1 for s in range(peak.SUMS)) / 2**peak.TURNS_PER_LOOP
    assert peak.fma_loop(dtype)(1) == peak.SUMS + distances
    assert peak.flop_per_loop(dtype) == 2 * peak.lanes(dtype) * peak.SUMS * peak.TURNS_PER_LOOP


def test_a_wrong_name_ends_in_one_line():
    with pytest.raises(SystemExit, match="benchmarks: unknown peers \\['jacks'\\]"):
        command.main(["--peers", "jacks", "--cells", "iris"])


@pytest.mark.parametrize("module", [peak, results, tables], ids=lambda module: module.__name__)
def test_examples_are_right(module):
    assert doctest.testmod(module)._asdict().items() >= {"failed": 0}.items()


def test_every_kernel_of_a_step_is_timed():
    found = kernels.of_cell(TINY, 2)
    assert sum(one["share"] for one in found) == pytest.approx(1)
    width = host().lanes(np.dtype(TINY.dtype))  # the batch's four samples, and padding
    forward = {one["kernel"]: one for one in found}[f"product 5 × {width}, 3"]
    assert (forward["calls"], forward["flop"]) == (1, 2 * 5 * width * 3)
    assert found[-1]["kernel"] == "others"
    shares = [one["share"] for one in found[:-1]]
    assert shares == sorted(shares, reverse=True)
    known = forward | {"share": 0.5, "seconds": 1e-6, "flop": 120}
    assert kernels.row(known)[2:] == ["1", "1", "50.0%", "0.12"]


def beside(who, *medians):
    cell = TINY.as_json()
    return {
        "cell": cell,
        "label": TINY.label,
        "who": who,
        "medians": dict(zip("012", medians, strict=True)),
    }


@pytest.mark.parametrize(
    ("ours", "theirs", "word"),
    [
        ((1.0, 2.2, 9.0), (2.0, 3.0, 9.5), "met"),
        ((1.0, 2.3, 9.0), (2.0, 3.0, 9.5), "falls short"),
        ((1.0, 2.0, 9.0), (2.0, 1.9, 9.5), "LOST to JAX beside one"),
        ((1.0, 2.0, 9.0), (2.0, 3.0, 8.9), "LOST to JAX beside two"),
    ],
)
def test_beside_a_neighbour_we_are_held_to_our_own_time_and_to_the_peers(ours, theirs, word):
    found = [beside("chainrule", *ours), beside("jax", *theirs)]
    ours_row, theirs_row = neighbour.rows(found, "training")
    assert ours_row[-1] == word
    assert ours_row[:3] == [TINY.label, "chainrule", "1000000"]
    assert theirs_row[4] == f"{theirs[1] / theirs[0]:.2f} ×"
    assert not [*neighbour.rows(found, "prediction")]


def test_neighbours_run_during_the_block_and_end_with_it():
    with neighbour.neighbours(2) as loops:
        assert [loop.poll() for loop in loops] == [None, None]
    assert len(loops) == 2
    assert None not in [loop.poll() for loop in loops]


def test_a_neighbour_ends_with_the_process_that_began_it():
    nobody = "0"
    command = [sys.executable, "-c", neighbour._LOOP, nobody]
    assert subprocess.run(command, check=False, timeout=60).returncode == 0


def test_everyone_is_measured_alone_and_beside_neighbours(monkeypatch):
    both = [TINY, replace(TINY, work="prediction")]
    monkeypatch.setattr(neighbour, "cells", lambda: both)
    monkeypatch.setattr(neighbour, "_SECONDS_TO_SETTLE", 0.0)
    monkeypatch.setattr(neighbour, "_SECONDS", 0.01)
    peers = {"python": Path(sys.executable), "engine": "", "say": lambda line: None}
    tables, found = neighbour.tables(["chainrule"], 2, **peers)
    assert [table.title for table in tables] == ["Training", "Prediction"]
    assert [len(times) for one in found for times in one["seconds"].values()] == [2] * 6
    again = json.loads(json.dumps(found))
    assert [*neighbour.rows(again, "training")] == [*neighbour.rows(found, "training")]


def test_an_exported_network_is_timed_and_compared(monkeypatch):
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc here")
    monkeypatch.setattr(exports, "_COMPILERS", ("gcc",))
    monkeypatch.setattr(exports, "_NETWORKS", (((3, 4, 2), "relu"),))
    (table,), found = exports.tables(1)
    assert [one["type"] for one in found] == ["float"] * 2 + ["double"] * 2
    assert all(one["distance"] < 1e-6 and one["seconds"][0] > 0 for one in found)
    assert len(table.rows) == 4
    assert "gcc is gcc" in table.note
    monkeypatch.setattr(exports, "_COMPILERS", ("no-such-compiler",))
    with pytest.raises(ValueError, match="there is no C compiler: no-such-compiler"):
        exports.tables(1)


def test_every_tool_that_is_asked_is_installed_for_it():
    assert {asked.tool for asked in tools.ASKED} <= {*install.TOOLS, "joblib", "scikit-learn"}
    assert len({(asked.tool, asked.what) for asked in tools.ASKED}) == len(tools.ASKED)


def test_what_a_tool_says_stands_in_one_line():
    def fail(data):
        raise ValueError("two\nlines | " + "x" * 300)

    def leave_out(data):
        raise tools.NotAskedError

    said = tools.outcome(fail, None)
    assert said.startswith("ValueError: two lines / xxx")
    assert len(said) < 170
    assert tools.outcome(leave_out, None) == "–"
    assert tools.outcome(lambda data: None, None) == "works"


def test_answers_that_differ_are_no_answers():
    tools._equal([1.0, 2.0], [1.0, 2.0 + 1e-7])
    for got, expected in (([1.0], [1.1]), ([[1.0]], [1.0]), (["a"], ["b"])):
        with pytest.raises(AssertionError):
            tools._equal(got, expected)
