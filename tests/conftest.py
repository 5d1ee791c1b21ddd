"""Settings of all tests: the same examples and the same terminal everywhere, no asserted times."""

import pytest
from hypothesis import settings

settings.register_profile("chainrule", deadline=None, derandomize=True)
settings.load_profile("chainrule")


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch):
    """Free the tests from what the shell that runs them says of colours and widths."""
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "PYTHONUNBUFFERED", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
