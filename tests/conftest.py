"""Settings of all tests: the same examples and the same terminal everywhere, no asserted times."""

import atexit
import gc
import os
import shutil
import tempfile

import pytest
from hypothesis import settings

# Machine code of the tests goes to a folder of their own, which all processes of a run share: those
# that the tests run in, and those that the tests start.
if "CHAINRULE_CACHE_DIR" not in os.environ:
    os.environ["CHAINRULE_CACHE_DIR"] = tempfile.mkdtemp(prefix="chainrule-tests-")
    atexit.register(shutil.rmtree, os.environ["CHAINRULE_CACHE_DIR"], ignore_errors=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter, config):
    """Say after a run of the whole suite that it was not quite the whole."""
    yield
    if config.getoption("markexpr") == "not slow" and not config.getoption("file_or_dir"):
        terminalreporter.write_line(
            "The slow tests were left out: pytest -m '' runs them too (see CONTRIBUTING.md)."
        )


settings.register_profile("chainrule", deadline=None, derandomize=True)
settings.register_profile("short", settings.get_profile("chainrule"), max_examples=25)
settings.load_profile("chainrule")


def pytest_configure(config):
    """Try fewer examples in a run without the slow tests, where a test has no number of its own."""
    if config.getoption("markexpr") == "not slow":
        settings.load_profile("short")


def pytest_collection_finish():
    """Spare the garbage collector the ten thousand tests, which stay until the end anyway."""
    gc.collect()
    gc.freeze()


if "CHAINRULE_FENCE" in os.environ:  # "end" or "start": see tests/engines/compiled/test_guards.py
    from oracles.fences import Fence, lay_buffers_beside

    fence = Fence(os.environ["CHAINRULE_FENCE"])
    lay_buffers_beside(fence)

    @pytest.fixture(autouse=True)
    def whole_fences():
        """Look after each test whether something was written beside a buffer."""
        yield
        fence.require_whole()
        fence.pieces.clear()


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch):
    """Free the tests from what the shell that runs them says of colours and widths."""
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "PYTHONUNBUFFERED", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
