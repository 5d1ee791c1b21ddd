"""Files that are spoilt in any way are refused in a sentence, soon and within bounded memory."""

import json
import os
import subprocess
import sys

import pytest
from oracles import hostile_files

pytestmark = pytest.mark.skipif(
    not os.access("/proc/self/clear_refs", os.W_OK), reason="only Linux says the peak"
)


def spoil(folder, count, seed):
    command = [sys.executable, hostile_files.__file__, str(folder), str(count), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_some_hostile_files(tmp_path):
    found = spoil(tmp_path, 200, 0)
    assert found["n_bad"] == 0, "\n\n".join(found["bad"])
    assert sum(found["found"].values()) == 200
    assert found["found"]["edited: refused"] > 25
    assert found["found"]["flood: refused"] == 2


@pytest.mark.slow
def test_many_hostile_files(tmp_path):
    count = int(os.environ.get("CHAINRULE_HOSTILE_FILES", "5000"))
    found = spoil(tmp_path, count, os.environ.get("CHAINRULE_HOSTILE_SEED", "1"))
    assert found["n_bad"] == 0, "\n\n".join(found["bad"])
    assert sum(found["found"].values()) == count


def test_what_breaks_is_seen(tmp_path, monkeypatch):
    """Errors of any other kind, errors without the file's name, and endless ones are told apart."""
    path = tmp_path / "file"
    path.write_bytes(b"no model")
    for error, said in ((KeyError("a"), "KeyError"), (hostile_files.TooLongError(), "TooLong")):
        bad = []

        def load(path, error=error):
            raise error

        monkeypatch.setattr(hostile_files, "load", load)
        assert hostile_files.outcome(path, bad) == "broke"
        assert said in bad[0]
    monkeypatch.undo()
    bad = []
    assert hostile_files.outcome(path, bad) == "refused"
    assert not bad
