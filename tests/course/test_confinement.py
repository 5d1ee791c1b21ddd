"""What a learner's file is refused, and how what it changed is put back, seen one by one."""

import builtins
import ctypes.util
import io
import json
import os
import subprocess

import numpy as np
import pytest

import chainrule
from chainrule.course import child, confinement
from chainrule.course.checks import CHECKS  # noqa: F401  # so that chainrule's modules are there
from chainrule.course.integrity import Integrity


@pytest.mark.parametrize("event", sorted(confinement._NETWORK))
def test_the_network_is_refused(event):
    with pytest.raises(ConnectionRefusedError, match="no network"):
        confinement._refuse(event, (None, ("127.0.0.1", 80)))


@pytest.mark.parametrize("event", sorted(confinement._PROCESSES))
def test_other_processes_are_refused(event):
    with pytest.raises(PermissionError, match="no other processes"):
        confinement._refuse(event, ())
    with pytest.raises(PermissionError):
        confinement._refuse_processes(["ls"])


def test_only_the_process_itself_can_be_ended():
    confinement._refuse("os.kill", (os.getpid(), 9))
    confinement._refuse("open", ("loss.py", "r", 0))
    for event in ("os.kill", "os.killpg"):
        with pytest.raises(PermissionError):
            confinement._refuse(event, (os.getppid(), 9))


@pytest.fixture
def refusing(monkeypatch, capsys):
    monkeypatch.setattr(subprocess, "Popen", confinement._NotRun)
    monkeypatch.setattr(os, "system", confinement._not_run)
    return capsys


def test_a_program_that_is_not_started_looks_as_if_it_were_not_found(refusing):
    assert os.waitstatus_to_exitcode(os.system("wget x")) == 127
    assert subprocess.call(["wget", "x"]) == 127
    assert subprocess.run("wget x", shell=True, capture_output=True, check=False).stdout == b""
    assert subprocess.getstatusoutput("wget x") == (127, "")
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.check_output(["wget", "x"])
    assert refusing.readouterr().err.count("the check starts no other processes") == 5


def test_those_who_read_its_pipes_find_them_empty(refusing):
    with subprocess.Popen(["ls"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.read() == ""
        assert (process.wait(), process.poll(), process.communicate()) == (127, 127, ("", ""))
        process.terminate()
    assert subprocess.Popen[bytes] is confinement._NotRun
    ctypes.util.find_library("no-such-library")


# What is put back -----------------------------------------------------------------------------


@pytest.mark.parametrize(("owner", "name", "told"), [
    (np, "allclose", "numpy.allclose"),
    (np.linalg, "norm", "numpy.linalg.norm"),
    (builtins, "all", "builtins.all"),
    (builtins, "isinstance", "builtins.isinstance"),
    (json, "dumps", "json.dumps"),
    (chainrule.Layer, "forward", "chainrule.layers.Layer.forward"),
])  # fmt: skip
def test_what_was_replaced_is_put_back_and_named(owner, name, told):
    integrity = Integrity()
    original = vars(owner)[name]
    setattr(owner, name, lambda *_, **__: True)
    altered = integrity.restore()
    assert vars(owner)[name] is original
    assert altered[0] == told
    assert integrity.restore() == []


def test_a_name_that_was_deleted_is_put_back():
    integrity = Integrity()
    original = np.allclose
    del np.allclose
    assert integrity.restore() == ["numpy.allclose"]
    assert np.allclose is original


def test_new_names_and_data_and_print_may_change(monkeypatch):
    monkeypatch.setattr(np, "mine", len, raising=False)
    integrity = Integrity()
    np.mine_too, known = 3, builtins.print
    builtins.print = known.__call__
    try:
        assert integrity.restore() == []
    finally:
        builtins.print = known
        del np.mine_too


# What is told ---------------------------------------------------------------------------------


def test_answers_carry_the_secret():
    reading, writing = os.pipe()
    child._teller(writing, "secret")({"begin": ""})
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b'secret{"begin": ""}\n'


def test_a_copy_of_the_process_has_nothing_to_say(monkeypatch):
    processes = iter([1, 2])
    monkeypatch.setattr(os, "getpid", lambda: next(processes))
    child._teller(-1, "secret")({"end": True})  # writing to −1 would fail


def test_what_is_left_to_be_printed_is_no_reason_to_fail(monkeypatch):
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", io.StringIO())
    child._flush()
