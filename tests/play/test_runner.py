import msgspec
import numpy as np
import pytest
from play.small_runs import after_epochs, begun

from chainrule.engines.cores import taken
from chainrule.play.playground.memory import (
    MOST_EPOCHS,
    MOST_POINTS,
    CurvePoint,
    Curves,
    Memory,
    columns,
)
from chainrule.play.playground.state import DataSettings


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "nadam"])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_an_epoch_in_batches_is_an_epoch(optimizer, dropout):
    whole = after_epochs(begun(optimizer=optimizer, dropout=dropout), 4)
    run = begun(optimizer=optimizer, dropout=dropout)
    after_epochs(run, 1)
    for _ in range(-(-45 // 7)):
        run.run_part("batch")
    assert (run.epoch, run.position) == (2, 0)
    run.run_part("batch")
    after_epochs(run, 2)  # the first of them is the rest of the begun one
    assert run.epoch == 4
    assert np.allclose(run.theta, whole, rtol=1e-9, atol=1e-12)
    assert run.step == 4 * 7


def test_an_epoch_in_samples_is_an_epoch_of_batches_of_one():
    whole = after_epochs(begun(batch_size=1), 2)
    run = begun(batch_size=1)
    for _ in range(45):
        run.run_part("sample")
    after_epochs(run, 1)
    assert np.allclose(run.theta, whole, rtol=1e-9, atol=1e-12)


def test_the_loss_of_an_epoch_in_parts_is_the_mean_of_all_its_rows():
    whole, run = begun(), begun()
    after_epochs(whole, 1)
    for _ in range(7):
        run.run_part("batch")
    assert run.loss == pytest.approx(whole.loss, rel=1e-9)


def test_a_reset_begins_the_same_run_again():
    run = begun()
    first = after_epochs(run, 3)
    run.reset()
    assert run.epoch == 0
    assert np.array_equal(after_epochs(run, 3), first)


def test_a_changed_learning_rate_keeps_the_weights():
    run = begun()
    before = after_epochs(run, 2)
    run.set_rate(0.5, msgspec.structs.replace(run.state, learning_rate=0.5))
    assert np.array_equal(run.theta, before)
    assert run.rates == [(0, 0.03), (2, 0.5)]
    run.run_epoch()
    assert run.epoch == 3


def test_diverging_training_stops_with_the_weights_of_the_last_whole_epoch():
    data = DataSettings("plane", n=60)
    run = begun(
        data=data, layers=(), loss="squared_error", optimizer="sgd", learning_rate=1e6, batch_size=1
    )
    for _ in range(300):
        before, epoch = run.theta.copy(), run.epoch
        run.run_epoch()
        if run.stopped:
            break
    assert "is not finite" in run.stopped
    assert f"in epoch {epoch + 1}" in run.stopped
    assert np.array_equal(run.theta, before)
    assert run.epoch == epoch
    run.set_rate(1e-9, msgspec.structs.replace(run.state, learning_rate=1e-9))
    run.run_epoch()
    assert (run.stopped, run.epoch) == ("", epoch + 1)


def test_a_weight_is_set_where_it_is_asked_for():
    run = begun()
    run.set_weight(1, 2, 1, 5.0)
    run.set_weight(2, 0, None, -3.0)
    assert run.network.layers[0].weights[2, 1] == 5
    assert run.network.layers[1].biases[0, 0] == -3
    assert np.count_nonzero(run.theta != begun().theta) == 2


@pytest.mark.parametrize("place", [(0, 0, 0), (3, 0, 0), (1, 3, 0), (1, 0, 2), (2, 1, None)])
def test_a_weight_that_is_not_there_is_refused(place):
    with pytest.raises(ValueError, match=r"there is no layer|has the shape"):
        begun().set_weight(*place, 1.0)


def test_figures_are_those_of_the_formulas():
    run = begun()
    after_epochs(run, 3)
    run.evaluate()
    last = run.curves.last
    x, y = run.points.x, run.points.y
    y_hat = run.network.predict(x)[:, 0]
    held = run.held_out
    entropy = -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
    assert last.validation_loss == pytest.approx(entropy[held].mean())
    assert last.accuracy == ((y_hat > 0.5) == y)[~held].mean()
    assert last.validation_accuracy == ((y_hat > 0.5) == y)[held].mean()
    assert last.loss == run.loss


def test_the_memory_keeps_the_first_epoch_and_bounded_many():
    memory = Memory()
    for epoch in range(5000):
        memory.add(epoch, np.array([epoch]), 0.0)
    kept = [one.epoch for one in memory.entries]
    assert kept[0] == 0
    assert MOST_EPOCHS / 2 <= len(kept) <= MOST_EPOCHS
    assert len(set(np.diff(kept))) == 1
    assert all(one.theta[0] == one.epoch for one in memory.entries)
    assert memory.nearest(0).epoch == 0
    assert abs(memory.nearest(3333).epoch - 3333) <= memory.stride


def test_the_memory_of_a_large_network_is_bounded_in_bytes():
    memory = Memory()
    for epoch in range(300):
        memory.add(epoch, np.zeros(50_000), 0.0)
    assert len(memory.entries) <= 32
    assert memory.entries[0].epoch == 0


def test_the_curves_are_bounded_and_in_order():
    curves = Curves(CurvePoint(0, 0.0, 0.0, 0.0, 0.0))
    for epoch in range(1, 3 * MOST_POINTS):
        curves.add(CurvePoint(epoch, 0.0, 0.0, 0.0, 0.0))
    epochs = columns(curves.table())["epochs"]
    assert len(epochs) <= MOST_POINTS
    assert epochs[0] == 0
    assert epochs[-1] == 3 * MOST_POINTS - 1
    assert (np.diff(epochs) > 0).all()


def test_a_weight_set_by_hand_changes_the_loss_that_is_shown():
    run = begun()
    after_epochs(run, 5)
    before = run.loss
    run.set_weight(2, 0, None, 100.0)
    assert run.loss > before + 1
    assert run.edited


def test_a_closed_run_gives_its_cores_back():
    before = taken.free()
    run = begun()
    after_epochs(run, 1)
    run.close()
    assert taken.free() == before
    after_epochs(run, 1)  # and it can go on
    assert run.epoch == 2
