"""`chainrule train --checkpoint DIR`, and `--resume`."""

import shutil

import pytest

from chainrule.cli.app import run

TABLE = ["train", "--example", "wine", "--hidden", "8", "--patience", "50"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "run"


def test_a_run_in_two_parts_writes_the_same_model(folder, tmp_path, capsys):
    assert run([*TABLE, "--epochs", "6", "--out", "whole"]) == 0
    assert run([*TABLE, "--epochs", "3", "--checkpoint", "run", "--resume"]) == 0
    assert run([*TABLE, "--epochs", "6", "--checkpoint", "run", "--resume", "--out", "parts"]) == 0
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "whole").read_bytes()
    assert "all 6 epochs are over" in capsys.readouterr().out


def test_a_folder_with_a_run_is_not_written_over(folder, capsys):
    assert run([*TABLE, "--epochs", "2", "--checkpoint", "run"]) == 0
    assert run([*TABLE, "--epochs", "2", "--checkpoint", "run"]) == 2
    said = capsys.readouterr().err
    assert "run has checkpoints of a run, the last one epoch-000002.safetensors; resume" in said


def test_another_run_is_refused_by_what_differs(folder, capsys):
    assert run([*TABLE, "--epochs", "2", "--checkpoint", "run"]) == 0
    resumed = ["--epochs", "2", "--checkpoint", "run", "--resume", "--learning-rate", "0.5"]
    assert run([*TABLE, *resumed]) == 2
    assert "learning_rate_init was 0.001 and is 0.5; give" in capsys.readouterr().err


def test_a_damaged_checkpoint_is_a_note(folder, capsys):
    assert run([*TABLE, "--epochs", "2", "--checkpoint", "run"]) == 0
    assert run([*TABLE, "--epochs", "4", "--checkpoint", "run", "--resume"]) == 0
    (folder / "epoch-000004.safetensors").write_bytes(b"torn")
    assert run([*TABLE, "--epochs", "4", "--checkpoint", "run", "--resume"]) == 0
    said = capsys.readouterr().err
    assert "note: run/epoch-000004.safetensors is not a checkpoint file, or is damaged" in said
    assert "CheckpointWarning" not in said


def test_an_ensemble_goes_on_to_the_same_model(folder, tmp_path, capsys):
    table = ["train", "--example", "wine"]
    assert run([*table, "--checkpoint", "run", "--out", "whole"]) == 0
    for number in (5, 6, 7, 8):
        shutil.rmtree(folder / f"network-{number}")
    assert run([*table, "--checkpoint", "run"]) == 2
    assert "network-1 has checkpoints of a run" in capsys.readouterr().err
    assert run([*table, "--checkpoint", "run", "--resume", "--out", "parts"]) == 0
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "whole").read_bytes()


def test_options_that_mean_nothing(capsys):
    assert run([*TABLE, "--resume"]) == 2
    assert "give --checkpoint DIR too" in capsys.readouterr().err
    assert run(["train", "--checkpoint", "run"]) == 2
    assert "--checkpoint goes with a table" in capsys.readouterr().err
