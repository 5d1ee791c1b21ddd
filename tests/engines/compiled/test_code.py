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


@pytest.mark.slow
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
    monkeypatch.setattr(code, "_notice", code._Notice())
    with pytest.warns(RuntimeWarning, match=r"No space left on device\); set CHAINRULE_CACHE_DIR"):
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
    monkeypatch.setattr(code, "_notice", code._Notice())
    with pytest.warns(
        RuntimeWarning, match=r"cannot be kept \(Could not determine home directory\)"
    ):
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


# Where the code cannot be kept ------------------------------------------------------------------

NOWHERE = """
import os, pwd, sys, warnings
for name in ("HOME", "XDG_CACHE_HOME", "CHAINRULE_CACHE_DIR"):
    os.environ.pop(name, None)
def nobody(uid):
    raise KeyError(uid)
pwd.getpwuid = nobody
"""


def notices(folder=None, before="", **environment):
    """Return a fit's lines that name the remedy, and those that tell where code will be kept."""
    given = os.environ | environment
    given.pop("CHAINRULE_CACHE_DIR")
    if folder is not None:
        given["CHAINRULE_CACHE_DIR"] = str(folder)
    slow = "import chainrule.engines.compiled.code as c; c._announce._seconds = 0.999\n"
    done = subprocess.run(
        [sys.executable, "-c", before + slow + FIT, "sgd"],
        env=given, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert int(done.stdout.split()[0]) > 5
    return [line for line in lines if "CHAINRULE_CACHE_DIR" in line], [
        line for line in lines if "will be kept" in line
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pwd")
def test_a_process_without_a_home_warns_once():
    (line,), made = notices(before=NOWHERE)
    assert "RuntimeWarning" in line
    assert "Could not determine home directory" in line
    assert not made


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other folders")
def test_a_home_that_is_a_file_and_a_folder_that_is_one(tmp_path):
    (tmp_path / "file").write_text("no folder")
    (line,), made = notices(tmp_path / "file")
    assert str(tmp_path / "file") in line
    assert not made
    (line,), _ = notices(HOME=str(tmp_path / "file"), XDG_CACHE_HOME="")
    assert str(tmp_path / "file" / ".cache") in line


def test_a_folder_that_can_be_written_earns_no_notice(tmp_path):
    assert notices(tmp_path) == ([], [f"making machine code for this processor; it will be kept in {tmp_path}"])  # fmt: skip # noqa: E501


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_that_may_only_be_read(tmp_path):
    tmp_path.chmod(0o500)
    (line,), _ = notices(tmp_path)
    assert "Permission denied" in line


def test_the_notice_comes_once_also_where_it_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(code, "_notice", code._Notice())
    with pytest.raises(RuntimeWarning, match="machine code is made anew in every process"):
        code._write("key", b"code")
    assert code._write("key", b"code") is False
