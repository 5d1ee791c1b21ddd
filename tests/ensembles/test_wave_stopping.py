import numpy as np
import pytest

from chainrule import Layer
from chainrule.ensembles.wave_stopping import WaveStopping
from chainrule.schedules import CosLog
from chainrule.training import Run


def ended(losses, epochs):
    """Return after how many epochs a run with these validation losses ends, and its best epoch."""
    layers = [Layer(1, 1, "identity", rng=0)]
    run = Run(layers, run_history := Run(layers, None, epochs).state.history, epochs)
    run.state.history = run_history
    with WaveStopping(CosLog(), epochs) as stopping:
        for epoch, loss in enumerate(losses, start=1):
            run.history.rows.append({"epoch": epoch, "loss": 0.0, "validation_loss": loss})
            layers[0].theta[:] = epoch
            if stopping(run):
                break
    return len(run.history), int(layers[0].theta[0])


@pytest.mark.parametrize(
    ("best", "end"),
    [(1, 3), (2, 7), (3, 7), (4, 15), (7, 15), (12, 15), (15, 15)],
)
def test_a_run_ends_after_a_wave_that_has_brought_nothing(best, end):
    losses = np.abs(np.arange(1, 16) - best) + 1.0
    assert ended(losses, 15) == (end, best)


def test_ends_of_waves_between_epochs_are_those_of_the_next():
    assert CosLog().ends(64) == pytest.approx([64 / 15, 64 * 3 / 15, 64 * 7 / 15, 64])
    losses = np.arange(64.0)
    assert ended(losses, 64) == (13, 1)
