"""The learner's own classes as an engine: epoch by epoch, in a process with limits."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from chainrule import Layer, make_circles
from chainrule.course.chapters import get_chapter
from chainrule.course.sandbox import Limits
from chainrule.engines import Task, TrainingState
from chainrule.layers import joined
from chainrule.losses import get_loss
from chainrule.optimizers import get_optimizer
from chainrule.play.lessons.gallery import record
from chainrule.play.lessons.learner_process import LearnerError, start_training
from chainrule.play.lessons.learner_run import LearnerEngine

SOLUTION = get_chapter("training").solution
X, Y = make_circles(100, rng=np.random.RandomState(0))


def layers_of(seed=0, sizes=(2, 6, 1)):
    rng = np.random.default_rng(seed)
    names = ["relu"] * (len(sizes) - 2) + ["sigmoid"]
    return [
        (a, b, name, rng.uniform(-1, 1, (b, a)), rng.uniform(-1, 1, b))
        for a, b, name in zip(sizes, sizes[1:], names, strict=False)
    ]


def network(seed=0, sizes=(2, 6, 1)):
    layers = []
    for a, b, name, weights, biases in layers_of(seed, sizes):
        layer = Layer(a, b, name)
        layer.weights, layer.biases = weights, biases.reshape(-1, 1)
        layers.append(layer)
    return layers


def task_of(layers):
    loss = get_loss("binary_cross_entropy").after(layers[-1].activation)
    return Task(X, Y, loss, get_optimizer("sgd"), batch_size=1)


def trainer_of(code, layers, **more):
    task = task_of(layers)
    state = TrainingState.fresh(task, joined(layers))
    return LearnerEngine("training", code, **more).start(layers, task, state), state


def epoch(trainer, rate=0.1):
    return trainer.run_epoch(np.arange(len(X)), np.full(len(X), rate))


def test_losses_and_weights_come_after_every_epoch():
    with start_training(SOLUTION, layers_of(), X, Y, learning_rate=0.1) as run:
        epochs = [next(run) for _ in range(20)]
    assert [one.epoch for one in epochs] == list(range(1, 21))
    assert epochs[-1].loss < 0.5 * epochs[0].loss
    assert run.way == "Perceptron.fit"
    (w1, b1), (w2, b2) = epochs[-1].weights
    assert (w1.shape, b1.shape, w2.shape, b2.shape) == ((6, 2), (6, 1), (1, 6), (1, 1))
    y_hat = 1 / (1 + np.exp(-(w2 @ np.maximum(0, w1 @ X.T + b1) + b2)))
    by_hand = -np.mean(np.log(np.where(Y.T == 1, y_hat, 1 - y_hat)))
    assert epochs[-1].loss == pytest.approx(by_hand, rel=1e-12)
    assert epochs[-1].theta.size == 6 * 2 + 6 + 6 + 1


def test_the_same_seed_gives_the_same_epochs_as_the_learner_s_own_code():
    def losses(seed):
        with start_training(SOLUTION, layers_of(), X, Y, seed=seed, epochs=3) as run:
            return [one.loss for one in run]

    assert losses(1) == losses(1) != losses(2)


def test_a_file_whose_fit_is_not_written_is_driven_sample_by_sample():
    start, end = SOLUTION.index("        n = training_data"), SOLUTION.index("\n\nif __name__")
    code = SOLUTION[:start] + "        raise NotImplementedError\n" + SOLUTION[end:]
    with start_training(code, layers_of(), X, Y, learning_rate=0.1, epochs=20) as run:
        losses = [one.loss for one in run]
    assert run.way == "Layer.backward"
    assert losses[-1] < 0.5 * losses[0]


def test_the_code_of_the_mini_batches_chapter_gets_its_batch_size():
    code = get_chapter("minibatches").solution
    with start_training(code, layers_of(), X, Y, learning_rate=1.0, batch_size=10) as run:
        losses = [next(run).loss for _ in range(20)]
    assert losses[-1] < losses[0]


def test_a_wrong_backward_trains_otherwise():
    code = record("dz-negated")["code"]
    with start_training(code, layers_of(), X, Y, learning_rate=0.1) as run:
        losses = [next(run).loss for _ in range(3)]
    assert losses[-1] > losses[0]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("def f(:\n", "syntax"),
        ("x = 1", "has no attribute 'Layer'"),
        (get_chapter("training").starter, "not written yet"),
        ("import os\nos._exit(0)", "ended before the training was over"),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(code, said):
    with (
        pytest.raises(LearnerError, match=said),
        start_training(code, layers_of(), X, Y) as run,
    ):
        next(run)


def test_an_epoch_without_end_is_ended_and_its_line_is_told():
    code = SOLUTION.replace("        n = training_data.shape[0]\n", "        while True: pass\n")
    with (
        pytest.raises(LearnerError, match="had not ended after 1 s; it was at line 41"),
        start_training(code, layers_of(), X, Y, limits=Limits(seconds=1.0)) as run,
    ):
        next(run)


def test_what_cannot_be_learnt_is_refused():
    layers = layers_of()
    for wrong, x, y in (
        (layers_of(sizes=(2, 3, 2)), X, Y),
        (layers, X[:, :1], Y),
        (layers, X, Y + 0.5),
        (layers, np.zeros((6000, 2)), np.zeros(6000)),
        ([], X, Y),
    ):
        with pytest.raises(LearnerError):
            start_training(SOLUTION, wrong, x, y)
    with pytest.raises(LearnerError, match="there is no code"):
        LearnerEngine("training", "  ")


def test_a_stop_ends_the_process_at_once():
    run = start_training("import time\ntime.sleep(60)\n", layers_of(), X, Y)
    pid, began = run._process.pid, time.monotonic()
    run.stop()
    run.stop()
    assert time.monotonic() - began < 5
    assert list(run) == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_at_most_four_run_at_once_and_a_stop_makes_room():
    runs = [start_training(SOLUTION, layers_of(), X, Y) for _ in range(4)]
    try:
        with pytest.raises(LearnerError, match="4 trainings"):
            start_training(SOLUTION, layers_of(), X, Y)
        runs.pop().stop()
        runs.append(start_training(SOLUTION, layers_of(), X, Y))
    finally:
        for run in runs:
            run.stop()


# As an engine of the playground -----------------------------------------------------------------


def test_the_engine_trains_the_playground_s_layers_in_place():
    layers = network()
    trainer, state = trainer_of(SOLUTION, layers)
    before = joined(layers).copy()
    results = [epoch(trainer) for _ in range(10)]
    trainer.close()
    assert results[-1].loss < results[0].loss
    assert not np.array_equal(before, joined(layers))
    assert state.t == 10 * len(X)
    engine = LearnerEngine("training", SOLUTION)
    z = engine.predict(layers, X)
    assert np.mean(get_loss("binary_cross_entropy").value(z.T, Y.T)) == pytest.approx(
        results[-1].loss
    )
    assert engine.output(layers, X, None) is None


def test_weights_set_by_hand_and_another_rate_are_taken_up():
    layers = network()
    trainer, _ = trainer_of(SOLUTION, layers)
    epoch(trainer)
    for layer in layers:
        layer.weights[:], layer.biases[:] = 0.0, 0.0
    result = epoch(trainer, 1e-9)
    trainer.close()
    assert result.loss == pytest.approx(np.log(2), abs=1e-6)


def test_biases_that_grow_into_a_matrix_are_refused_in_a_sentence():
    code = SOLUTION.replace("        d_biases = dz\n", "        d_biases = dz.T\n").replace(
        "        self.biases -= learning_rate * d_biases\n",
        "        self.biases = self.biases - learning_rate * d_biases\n",
    )
    layers = network()
    trainer, _ = trainer_of(code, layers)
    with pytest.raises(LearnerError):
        epoch(trainer)
    trainer.close()
