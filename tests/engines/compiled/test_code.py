"""Machine code is made once, kept on disk, and never trusted unseen."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest

from chainrule.engines.compiled import code, products
from chainrule.engines.compiled.code import address_of, folder
from chainrule.engines.compiled.machine import host

FIT = """
import hashlib, sys
import numpy as np
from chainrule import Layer, Perceptron
from chainrule.engines.compiled import code

made = []
compile_ = code._compile
code._compile = lambda machine, text: made.append(text) or compile_(machine, text)
rng = np.random.default_rng(0)
model = Perceptron([Layer(3, 5, "tanh", rng=rng), Layer(5, 1, "identity", rng=rng)])
x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
options = dict(loss="squared_error", batch_size=5, verbose=False, rng=0)
model.fit(x, y, 2, 0.1, optimizer=sys.argv[1], **options)
print(len(made), hashlib.sha256(model.theta.tobytes()).hexdigest())
"""


def start(folder, optimizer="sgd", **environment):
    return subprocess.Popen(
        [sys.executable, "-c", FIT, optimizer],
        env=os.environ | {"CHAINRULE_CACHE_DIR": str(folder)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process):
    """Return how many kernels a process made, and a hash of the weights."""
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    made, digest = output.split()
    return int(made), digest


def fit(folder, optimizer="sgd", **environment):
    return end(start(folder, optimizer, **environment))


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Return a folder in which a fit has left its machine code, and what the fit said."""
    place = tmp_path_factory.mktemp("kernels") / "not" / "there yet"
    return place, fit(place)


def test_a_later_process_makes_nothing_and_has_the_same_bits(filled):
    place, (made, digest) = filled
    assert made == len(list(place.iterdir())) > 5
    assert fit(place) == (0, digest)


def test_only_what_is_used_is_made(filled):
    place, (made, _) = filled
    assert made < 25
    assert fit(place, "adam")[0] == 1  # the step
    assert fit(place, "adam")[0] == 0


DAMAGES = (
    lambda content: b"",
    lambda content: b"x" * 100,
    lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:],
    lambda content: content[: len(content) // 2],
)


def test_damaged_files_are_made_anew(filled, tmp_path):
    """One process meets every kind of damage: each of its files has one, in turn."""
    place, (made, digest) = filled
    assert made >= 2 * len(DAMAGES)
    for file, damaged in zip(sorted(place.iterdir()), cycle(DAMAGES), strict=False):
        (tmp_path / file.name).write_bytes(damaged(file.read_bytes()))
    assert fit(tmp_path) == (made, digest)
    assert fit(tmp_path) == (0, digest)


def test_four_processes_that_start_at_once(filled, tmp_path):
    _, (made, digest) = filled
    processes = [start(tmp_path / "new") for _ in range(4)]
    assert {end(process)[1] for process in processes} == {digest}
    assert len(list((tmp_path / "new").iterdir())) == made  # and nothing half written
    assert fit(tmp_path / "new")[0] == 0


def test_a_folder_that_cannot_be_made(filled, tmp_path):
    _, (made, digest) = filled
    (tmp_path / "file").write_text("no folder")
    assert fit(tmp_path / "file" / "below") == (made, digest)
    assert fit(tmp_path / "file") == (made, digest)


@pytest.mark.parametrize("call", ["mkstemp", "fdopen", "replace"])
def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch, call):
    def refuse(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path))
    home = {"mkstemp": code.tempfile, "fdopen": code.os, "replace": code.Path}[call]
    monkeypatch.setattr(home, call, refuse)
    code._write("key", b"code")
    assert list(tmp_path.iterdir()) == []
    assert code._read("key") is None


def test_the_folder_is_the_user_s_where_none_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("CHAINRULE_CACHE_DIR")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert folder() == tmp_path / "chainrule" / "kernels"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert folder() == tmp_path / ".cache" / "chainrule" / "kernels"


def test_a_user_without_a_home(monkeypatch):
    def no_home(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("CHAINRULE_CACHE_DIR")
    monkeypatch.setattr(code.Path, "expanduser", no_home)
    code._write("key", b"code")
    assert code._read("key") is None


def test_the_key_is_of_all_that_the_code_follows_from(monkeypatch):
    machine = host()
    text = products.product(machine, np.float32).text()
    key = code._key(machine, text)
    assert code._key(host(), products.product(machine, np.float32).text()) == key
    others = {
        code._key(machine, text + " "),
        code._key(replace(machine, cpu="another"), text),
        code._key(replace(machine, features="+another"), text),
    }
    monkeypatch.setattr(code.llvmlite, "__version__", "0")
    others.add(code._key(machine, text))
    assert len(others | {key}) == 5


def test_the_same_kernel_has_one_address():
    kernels = [products.product(host(), np.float64) for _ in range(2)]
    first, second = map(address_of, kernels)
    assert first == second


def test_what_takes_long_is_announced_once(caplog):
    announcement = code._Announcement()
    with caplog.at_level(logging.WARNING, "chainrule"):
        for _ in range(9):
            announcement.after(0.1)
        assert not caplog.records
        for _ in range(30):
            announcement.after(0.2)
    (record,) = caplog.records
    assert "machine code" in record.getMessage()
    assert str(folder()) in record.getMessage()
