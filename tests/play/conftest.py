"""Runs that a test has begun give their cores back at its end, as a closed page does."""

import pytest

pytest.importorskip("starlette", reason="the page needs the extra play")

from chainrule.play.playground.runner import Run


@pytest.fixture(scope="session", autouse=True)
def begun():
    """Give the runs that there are."""
    runs = []
    with pytest.MonkeyPatch.context() as patch:
        begin = Run.__init__

        def noted(self, *arguments):
            begin(self, *arguments)
            runs.append(self)

        patch.setattr(Run, "__init__", noted)
        yield runs


@pytest.fixture(autouse=True)
def cores_are_given_back(begun):
    """Close all runs, as a core that one holds is missing to the fits of later tests."""
    yield
    for run in begun:
        run.close()
    begun.clear()
