import io

import numpy as np
import pytest
from rich.console import Console
from training.runs import X, Y, network

from chainrule import EarlyStopping, History, ProgressBar
from chainrule.training import Run, print_loss


def fit_scored(scores, *callbacks, net=None):
    """Train with "validation_m" running through `scores`; return network, history, θ by epoch."""
    net, remaining = net or network(), iter(scores)
    thetas = [net.theta.copy()]
    history = net.fit(
        X,
        Y,
        len(scores),
        0.3,
        rng=0,
        validation_data=(X, Y),
        metrics={"m": lambda y, p: next(remaining)},
        callbacks=[lambda run: thetas.append(run.theta.copy()), *callbacks],
        verbose=False,
    )
    return net, history, thetas


NAN = float("nan")


SEQUENCES = [
    # mode, patience, min_delta; the scores; how many epochs there are, which is the best
    (("min", 1, 0), [3, 2, 2, 9, 9], 3, 2),
    (("min", 2, 0), [3, 2, 1, 1, 1, 0, 0], 5, 3),
    (("min", 2, 0), [3, 4, 2, 4, 1, 4, 4, 0], 7, 5),
    (("min", 3, 0), [1, 2, 3, 0, 4, 5, 6, 7], 7, 4),
    (("min", 9, 0), [3, 2, 1, 2, 3], 5, 3),
    (("min", 1, 0), [5, 4, 3], 3, 3),
    (("max", 1, 0), [1, 2, 2, 9], 3, 2),
    (("max", 2, 0), [-3, -1, -2, -1, 9], 4, 2),
    (("max", 2, 0), [9, 1, 2, 3], 3, 1),
    (("min", 2, 0.5), [3, 2.75, 2.5, 2], 3, 1),
    (("min", 2, 0.5), [3, 2.75, 2.25, 2, 1.75, 0], 5, 3),
    (("max", 2, 0.5), [3, 3.25, 3.75, 4, 4.25, 9], 5, 3),
    (("min", 2, 0), [NAN, 5, 4, 5, 5, 0], 5, 3),
    (("max", 2, 0), [NAN, 5, NAN, 6, NAN, NAN, 9], 6, 4),
    (("min", 2, 0), [NAN, NAN, NAN, 0], 3, 1),
]


@pytest.mark.parametrize(("options", "scores", "n_epochs", "best"), SEQUENCES)
def test_patience_counts_the_epochs_without_improvement(options, scores, n_epochs, best):
    mode, patience, min_delta = options
    stop = EarlyStopping("validation_m", patience, min_delta, mode)
    net, history, thetas = fit_scored(scores, stop)
    assert len(history) == n_epochs
    assert history.weights_epoch == best
    np.testing.assert_array_equal(net.theta, thetas[best])
    assert (thetas[best] != thetas[best - 1]).any()
    by = f" by more than {min_delta}" if min_delta else ""
    stopped_early = f"validation_m has not improved{by} for {patience} epochs since epoch {best}"
    all_over = f"all {len(scores)} epochs are over"
    assert history.stopped == (stopped_early if n_epochs - best == patience else all_over)


def test_the_best_weights_come_back_after_an_error_too():
    def fail(run):
        if run.epoch == 3:
            raise RuntimeError("boom")

    net = network()
    with pytest.raises(RuntimeError, match="boom"):
        fit_scored([2, 1, 3, 3], EarlyStopping("validation_m", mode="min"), fail, net=net)
    _, _, thetas = fit_scored([2, 1, 3, 3])
    np.testing.assert_array_equal(net.theta, thetas[2])


def test_the_loss_of_training_can_be_watched():
    net = network()
    history = net.fit(
        X,
        Y,
        50,
        40.0,
        rng=0,
        callbacks=[EarlyStopping("loss", patience=3)],
        verbose=False,
    )
    assert len(history) < 50
    assert history.weights_epoch == 1 + int(np.argmin(history["loss"]))


def test_validation_loss_is_watched_unless_told_otherwise():
    stop = EarlyStopping()
    assert (stop.monitor, stop.mode, stop.patience) == ("validation_loss", "min", 10)


def test_one_object_serves_one_fit_after_another():
    stop = EarlyStopping("validation_m", patience=2, mode="max")
    net, first, _ = fit_scored([9, 1, 1, 1], stop)
    _, second, thetas = fit_scored([1, 2, 1, 1, 1], stop, net=net)
    assert (len(first), first.weights_epoch) == (3, 1)
    assert (len(second), second.weights_epoch) == (4, 2)
    np.testing.assert_array_equal(net.theta, thetas[2])


def test_it_keeps_no_weights_between_fits():
    stop, net = EarlyStopping("validation_m", mode="max"), network()
    fit_scored([9, 1], stop, net=net)
    after = net.theta.copy()
    with stop:  # a run that ends before its first epoch
        pass
    np.testing.assert_array_equal(net.theta, after)


def test_it_can_be_shown_after_a_fit():
    stop = EarlyStopping("validation_m", patience=3, mode="max")
    fit_scored([1, 2], stop)
    assert repr(stop) == (
        "EarlyStopping(monitor='validation_m', patience=3, min_delta=0.0, mode='max')"
    )


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"patience": 0}, "patience must be at least 1 epoch, got 0"),
        ({"min_delta": -0.1}, "min_delta must be at least 0 and finite, got -0.1"),
        ({"min_delta": NAN}, "min_delta must be at least 0 and finite, got nan"),
        ({"mode": "up"}, "mode must be 'min' or 'max'"),
        ({"monitor": "validation_accuracy"}, "which 'validation_accuracy' is better, got None"),
    ],
)
def test_parameters_out_of_range_are_refused(keywords, message):
    with pytest.raises(ValueError, match=message):
        EarlyStopping(**keywords)


def test_an_unknown_column_is_named_with_the_nearest():
    with pytest.raises(ValueError, match="unknown column of the history 'validation_n'; did you"):
        fit_scored([1, 2], EarlyStopping("validation_n", mode="min"))


# Printing ----------------------------------------------------------------------------------


def test_the_loss_is_printed_in_the_pages_words(capsys):
    layers = network().layers
    print_loss(Run(layers, History([{"loss": 1.0}, {"loss": 0.69347}]), epochs=5))
    assert capsys.readouterr().out == "Loss at epoch 2: 0.693\n"


# Progress ----------------------------------------------------------------------------------


def progress_shown(*, terminal, validation=True, epochs=3):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=terminal, width=100, color_system=None)
    seen = []

    def refresh(run):
        bar._progress.refresh()  # rich draws ten times a second only
        seen.append(run.history.rows[-1])

    bar = ProgressBar(console)
    network().fit(
        X,
        Y,
        epochs,
        0.3,
        rng=0,
        validation_data=(X, Y) if validation else None,
        callbacks=[bar, refresh],
        verbose=False,
    )
    return screen.getvalue(), seen


@pytest.mark.parametrize("validation", [True, False])
def test_the_bar_shows_epochs_losses_and_the_time_left_on_a_terminal(validation):
    output, rows = progress_shown(terminal=True, validation=validation)
    for epoch, row in enumerate(rows, start=1):
        assert f"epoch {epoch}/3" in output
        assert f"loss {row['loss']:.4f}" in output
        assert (f"validation {row.get('validation_loss', 0):.4f}" in output) is validation
    assert "left 0:00" in output or "left 00:00" in output


def test_the_bar_is_cleared_at_the_end():
    output, _ = progress_shown(terminal=True)
    assert output.endswith("\x1b[2K")


def test_the_bar_shows_nothing_elsewhere():
    output, rows = progress_shown(terminal=False)
    assert output.strip() == ""
    assert len(rows) == 3


def test_the_bar_writes_to_standard_error_and_only_to_a_terminal(capfd, monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    network().fit(X, Y, 2, 0.3, rng=0, callbacks=[ProgressBar()], verbose=False)
    assert capfd.readouterr() == ("", "")


def test_one_bar_serves_one_fit_after_another():
    screen = io.StringIO()
    bar = ProgressBar(Console(file=screen, force_terminal=True, width=100))
    for epochs in (2, 5):
        network().fit(
            X,
            Y,
            epochs,
            0.3,
            rng=0,
            callbacks=[bar, lambda run: bar._progress.refresh()],
            verbose=False,
        )
    assert "epoch 5/5" in screen.getvalue()


def test_the_bar_must_be_opened_by_fit():
    with pytest.raises(RuntimeError, match="pass it to fit, which opens it"):
        ProgressBar()(Run(network().layers, History(), epochs=1))
