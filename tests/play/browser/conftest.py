"""Real Chromium on a real `chainrule play`: nothing from elsewhere, and no error on the console.

A test asks for `page`, which has been to the address with the token already. Whatever the page asks
for elsewhere, and whatever it writes to the console as an error, fails the test at its end; a test
that provokes an error names it: ``allowed_errors.append("a part of its text")``.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from oracles.played import Played

AXE = Path(__file__).parent / "axe" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PICTURED = {"data", "blob"}
"""Schemes of pictures that a page makes itself."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Count the tests in a browser among the slow ones, unless a path on the command line asks."""
    if config.getoption("file_or_dir"):
        return
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def server(tmp_path):
    """Give a running server; at its end it must have had nothing to complain of."""
    running = Played(tmp_path / "course", "--port", "0")
    yield running
    _, said = running.end()
    complaints = [line for line in said.splitlines() if not line.startswith("making machine code")]
    assert complaints in ([], ["chainrule: interrupted"])


@pytest.fixture(scope="module")
def browser():
    """Give Chromium; skip the test where Chromium or Playwright is not installed."""
    api = pytest.importorskip(
        "playwright.sync_api", reason="no Playwright here: pip install 'chainrule[dev]'"
    )
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium here: apt-get install chromium")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def allowed_errors():
    """Give the list of parts of console errors that a test provokes."""
    return []


@dataclass
class Watched:
    """What a page asked for, and what it wrote to the console as errors."""

    origin: str
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def elsewhere(self):
        """Return what was asked of others than the server, but for pictures the page has made."""
        return [url for url in self.asked if not self._is_own(url)]

    def _is_own(self, url):
        parts, own = urlsplit(url), urlsplit(self.origin)
        return parts.scheme in PICTURED or (
            parts.scheme in ("http", "ws") and parts.netloc == own.netloc
        )


@pytest.fixture
def watched(server):
    """Give the record of the page's requests and errors."""
    return Watched(server.origin)


@pytest.fixture
def page(browser, server, watched, allowed_errors):
    """Give an open page of the server, watched for requests elsewhere and for errors."""
    context = browser.new_context()
    context.on("request", lambda request: watched.asked.append(request.url))
    context.on(
        "console",
        lambda said: watched.errors.append(said.text) if said.type == "error" else None,
    )
    context.on("weberror", lambda error: watched.errors.append(str(error.error)))
    context.on(
        "page",
        lambda one: one.on("websocket", lambda socket: watched.asked.append(socket.url)),
    )
    opened = context.new_page()
    opened.goto(server.address)
    yield opened
    context.close()
    assert watched.elsewhere() == []
    assert [
        text for text in watched.errors if not any(part in text for part in allowed_errors)
    ] == []


@pytest.fixture(scope="session")
def violations():
    """Give a function from a page to what axe finds wrong on it, a line each."""
    source = AXE.read_text(encoding="utf-8")

    def found(page):
        page.evaluate(f"() => {{ {source}\n }}")
        results = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
        return [
            f"{rule['id']}: {rule['help']}: {node['target']} {node['html'][:160]}"
            for rule in results["violations"]
            for node in rule["nodes"]
        ]

    return found
