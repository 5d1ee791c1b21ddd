"""The exported pages in Chromium, opened as files."""

import pytest

from chainrule.play import static_site
from chainrule.play.playground.recording import RUNS


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(static_site, "_gallery", lambda: "<!doctype html><title>gallery</title>")
        patch.setattr(static_site, "RUNS", RUNS[:1])
        list(static_site.export(folder))
    return folder


@pytest.fixture
def opened(browser, site):
    """Give a function that opens a file; nothing may go elsewhere, and no error happen."""
    context, wrong = browser.new_context(), []

    def ask(request):
        if not request.url.startswith(("file:", "data:", "blob:")):
            wrong.append(request.url)

    context.on("request", ask)
    context.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda error: wrong.append(str(error.error)))

    def open_file(name):
        page = context.new_page()
        page.goto((site / name).as_uri())
        return page

    yield open_file
    context.close()
    assert wrong == []


def test_a_recorded_run_is_stepped_through(opened):
    page = opened("playground-circles.html")
    page.wait_for_function("() => window.chainrule?.app?.frame")
    assert page.evaluate("chainrule.app.frame.shown_epoch") == 0
    assert "recorded run" in page.inner_text("#recorded")
    page.click("[data-step=epoch]")
    assert page.evaluate("chainrule.app.frame.shown_epoch") == 1
    page.evaluate("chainrule.app.choosePoint({row: 1})")
    page.wait_for_selector("math")
    page.click("#play")
    page.wait_for_function("() => chainrule.app.frame.shown_epoch === 200")
    assert page.evaluate("chainrule.app.frame.accuracy") > 0.95
    assert page.locator(".settings").get_attribute("inert") is not None


def test_what_needs_a_server_says_so(opened):
    page = opened("playground-circles.html")
    page.wait_for_function("() => window.chainrule?.app?.frame")
    page.evaluate("chainrule.app.send({do: 'reset'})")
    assert "recorded run" in page.inner_text("#notice")


def test_the_pages_are_linked(opened):
    page = opened("index.html")
    page.click("text=Challenge: training the perceptron")
    page.click("summary >> nth=0")
    assert page.locator("details[open]").count() == 1
    page.click("nav >> text=Playground")
    page.wait_for_function("() => window.chainrule?.app?.frame")
