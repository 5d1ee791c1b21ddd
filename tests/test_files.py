import os
import stat
import subprocess
import sys

import pytest

from chainrule.files import require_writable, whole_file


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def umask():
    """Let a test set the umask, and put the old one back."""
    old = os.umask(0o022)
    yield os.umask
    os.umask(old)


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"old")
    return path


def test_the_file_appears_when_the_block_is_over(tmp_path):
    path = tmp_path / "model"
    with whole_file(path) as file:
        file.write(b"new")
        file.flush()
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["model"]


def test_an_old_file_is_replaced_at_the_end(model):
    with whole_file(model) as file:
        file.write(b"new")
        file.flush()
        assert model.read_bytes() == b"old"
    assert model.read_bytes() == b"new"
    assert names(model.parent) == ["model"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_after_an_error_the_old_file_is_untouched(model, error):
    before = model.stat()
    with pytest.raises(error), whole_file(model) as file:  # noqa: PT012
        file.write(b"half")
        raise error
    assert model.read_bytes() == b"old"
    assert model.stat().st_ino == before.st_ino
    assert model.stat().st_mtime_ns == before.st_mtime_ns
    assert names(model.parent) == ["model"]


def test_after_an_error_there_is_no_new_file(tmp_path):
    with pytest.raises(ValueError, match="no"), whole_file(tmp_path / "model"):
        raise ValueError("no")
    assert names(tmp_path) == []


@pytest.mark.parametrize("permissions", [0o600, 0o640, 0o755])
def test_a_replaced_file_keeps_its_mode(model, umask, permissions):
    umask(0o077)
    model.chmod(permissions)
    with whole_file(model) as file:
        file.write(b"new")
    assert mode(model) == permissions


@pytest.mark.parametrize(("mask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_honours_the_umask(tmp_path, umask, mask, expected):
    umask(mask)
    with whole_file(tmp_path / "model"):
        pass
    assert mode(tmp_path / "model") == expected
    assert umask(0o022) == mask  # and leaves it as it was


def test_a_half_written_file_lies_beside_the_path_and_is_private(tmp_path):
    with whole_file(tmp_path / "model"):
        (part,) = tmp_path.iterdir()
        assert part.name.startswith(".model.")
        assert part.suffix == ".part"
        assert mode(part) == 0o600


def test_all_of_it_is_on_the_disk_before_it_gets_its_name(model, monkeypatch):
    synced = []

    def fsync(descriptor):
        synced.append((os.fstat(descriptor).st_size, model.read_bytes()))

    monkeypatch.setattr(os, "fsync", fsync)
    with whole_file(model) as file:
        file.write(b"longer")
    assert synced == [(6, b"old")]
    assert model.read_bytes() == b"longer"


def test_two_at_a_time_do_not_mix(tmp_path):
    path = tmp_path / "model"
    with whole_file(path) as first, whole_file(path) as second:
        first.write(b"1" * 10)
        second.write(b"2")
    assert path.read_bytes() == b"1" * 10  # the last that is ready
    assert names(tmp_path) == ["model"]


@pytest.mark.parametrize("name", ["m" * 255, "µ" * 127])
def test_a_name_may_be_as_long_as_names_can_be(tmp_path, name):
    with whole_file(tmp_path / name) as file:
        file.write(b"new")
    assert names(tmp_path) == [name]


FULL_DISK = """
import pathlib, resource, signal, sys
from chainrule.files import whole_file

path, n_bytes = pathlib.Path(sys.argv[1]), int(sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    with whole_file(path) as file:
        file.write(b"x" * n_bytes)
except OSError as error:
    sys.exit(f"refused: {error.strerror}")
"""


def write_under_a_limit(path, n_bytes):
    return subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path), str(n_bytes)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# more than the limit: in one write, and a little, which is still in the buffer when it is closed
@pytest.mark.parametrize("n_bytes", [1_000_000, 4097])
@pytest.mark.skipif(sys.platform == "win32", reason="file sizes are limited by POSIX systems")
def test_a_full_disk_leaves_the_old_file_and_no_litter(model, n_bytes):
    result = write_under_a_limit(model, n_bytes)
    assert result.stderr.strip() == "refused: File too large"
    assert model.read_bytes() == b"old"
    assert names(model.parent) == ["model"]


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes are limited by POSIX systems")
def test_what_just_fits_is_written(model):
    result = write_under_a_limit(model, 4096)
    assert (result.returncode, result.stderr) == (0, "")
    assert model.read_bytes() == b"x" * 4096


# Before the work -----------------------------------------------------------------------------


def test_a_path_that_can_be_written_passes_and_nothing_is_left(tmp_path, model):
    require_writable(tmp_path / "other")
    require_writable(model)
    assert names(tmp_path) == ["model"]
    assert model.read_bytes() == b"old"


def lowest_free_descriptor():
    descriptor = os.open(os.devnull, os.O_RDONLY)
    os.close(descriptor)
    return descriptor


def test_nothing_stays_open(tmp_path):
    before = lowest_free_descriptor()
    require_writable(tmp_path / "model")
    with whole_file(tmp_path / "model"):
        pass
    assert lowest_free_descriptor() == before


BOTH = pytest.mark.parametrize(
    "check",
    [require_writable, lambda path: whole_file(path).__enter__()],
    ids=["require_writable", "whole_file"],
)


@BOTH
def test_a_folder_cannot_be_written(tmp_path, check):
    with pytest.raises(IsADirectoryError, match="Is a folder, not a file.*" + tmp_path.name):
        check(tmp_path)
    assert names(tmp_path) == []


@BOTH
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes with a path")
def test_a_pipe_or_device_is_not_replaced(tmp_path, check):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match=r"Is a device or a pipe, not a file.*pipe"):
        check(tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()
    assert names(tmp_path) == ["pipe"]


@BOTH
def test_a_folder_that_is_missing_is_named(tmp_path, check):
    with pytest.raises(FileNotFoundError, match="missing"):
        check(tmp_path / "missing" / "model")


@BOTH
def test_a_file_is_no_folder(model, check):
    with pytest.raises(NotADirectoryError, match="model"):
        check(model / "weights")
    assert model.read_bytes() == b"old"
