"""Ensembles that Ctrl-C or a kill ended: what is left of them, and how they go on."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from chainrule import Checkpoints
from chainrule.checkpoints import CheckpointError
from chainrule.ensembles import BinnedNumber, FeatureRoles, Recipe, fit_ensemble, fitting, members
from chainrule.losses import get_loss

SMALL = Recipe(hidden=(8,), members=3, epochs=15, batch_size=32, least_steps=0, learning_rate=0.03)
ROLES = FeatureRoles((BinnedNumber(0), BinnedNumber(1)))
RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 2)).astype(np.float32)
Y = (X[:, :1] + X[:, 1:] ** 2 - 1).astype(np.float32)


def fit(y=Y, **options):
    return fit_ensemble(
        X, y, get_loss("squared_error"), ROLES, SMALL, **{"seed": 0, "n_threads": 1, **options}
    )


@pytest.fixture
def every_epoch(tmp_path):
    return Checkpoints(tmp_path / "run", every_epochs=1, keep=1000)


def numbers(folder):
    return sorted(int(path.stem[-6:]) for path in folder.glob("epoch-*.safetensors"))


def test_a_fit_that_was_killed_goes_on_to_the_same_bits(every_epoch):
    free, whole = fit(), fit(checkpoint=every_epoch)
    folder = Path(every_epoch.folder)
    assert numbers(folder / "network-1") == list(range(1, len(whole.histories[0]) + 1))
    for path in (folder / "network-2").glob("epoch-*.safetensors"):
        if int(path.stem[-6:]) > 4:
            path.unlink()
    shutil.rmtree(folder / "network-3")
    again = fit(checkpoint=every_epoch, resume=True)
    for found in (whole, again):
        np.testing.assert_array_equal(found.held_out, free.held_out)
        np.testing.assert_array_equal(found.ensemble.predict(X), free.ensemble.predict(X))
        assert [h.weights_epoch for h in found.histories] == [
            h.weights_epoch for h in free.histories
        ]


def test_another_fit_is_refused(every_epoch):
    fit(checkpoint=every_epoch)
    with pytest.raises(CheckpointError, match="has checkpoints of a run"):
        fit(checkpoint=every_epoch)
    with pytest.raises(CheckpointError, match="of another run: y has other rows or numbers"):
        fit(Y * 2, checkpoint=every_epoch, resume=True)
    with pytest.raises(CheckpointError, match="of another run: seed was"):
        fit(checkpoint=every_epoch, resume=True, seed=1)


def test_what_goes_with_checkpoints(every_epoch):
    with pytest.raises(ValueError, match="resume=True goes on from a checkpoint"):
        fit(resume=True)
    with pytest.raises(ValueError, match="leave out max_time, or checkpoint"):
        fit(checkpoint=every_epoch, max_time=1.0)


def interrupting(monkeypatch, member, epoch):
    """Have Ctrl-C come at the end of an epoch of a member."""
    stop = members.WaveStopping.__call__
    begun = []

    def watched(self, run):
        if run.state not in begun:
            begun.append(run.state)
        if len(begun) == member and run.epoch == epoch:
            raise KeyboardInterrupt
        return stop(self, run)

    monkeypatch.setattr(members.WaveStopping, "__call__", watched)


def test_ctrl_c_leaves_out_a_member_that_had_hardly_begun(monkeypatch):
    free = fit()
    interrupting(monkeypatch, member=2, epoch=2)
    found = fit()
    assert found.interrupted
    assert not free.interrupted
    assert len(found.histories) == len(found.ensemble.networks) == 1
    known = np.isfinite(found.held_out)
    assert known.sum() == 30
    np.testing.assert_array_equal(found.held_out_by, np.where(known[:, 0], 0, -1))
    np.testing.assert_array_equal(found.held_out[known], free.held_out[known])


def test_ctrl_c_in_the_first_epochs_leaves_what_there_is(monkeypatch):
    interrupting(monkeypatch, member=1, epoch=2)
    found = fit()
    assert found.interrupted
    assert [len(history) for history in found.histories] == [2]


def test_ctrl_c_before_anything_was_learned_is_ctrl_c(monkeypatch):
    def at_once(runs, n_threads):
        for run in runs:
            run.state.history.interrupt(run.plan.epochs)
        return [run.state.history for run in runs]

    monkeypatch.setattr(fitting, "train_side_by_side", at_once)
    with pytest.raises(KeyboardInterrupt):
        fit()
