"""All pages at all sizes, light and dark: nothing sticks out, and a person looks at the pictures.

``CHAINRULE_PICTURES=docs/images/play pytest -m slow tests/play/browser/test_pictures.py`` makes the
documentation's pictures anew; without it the narrowest is tried.
"""

import os
from pathlib import Path

import pytest

SIZES = {360: 780, 1024: 768, 1280: 860, 2560: 1440}
ALL = [(width, scheme) for width in SIZES for scheme in ("light", "dark")]
CHOSEN = ALL if "CHAINRULE_PICTURES" in os.environ else [(360, "light")]
PAGES = {"challenge": "/learn/training", "playground": "/playground", "gallery": "/gallery"}


def challenge(page):
    page.wait_for_selector(".cm-content")


def playground(page):
    page.wait_for_function("() => window.chainrule?.app?.frame")
    page.fill("#until-epoch", "60")
    page.press("#until-epoch", "Enter")
    page.wait_for_function("() => chainrule.app.frame.epoch >= 60 && !chainrule.app.playing")
    if page.viewport_size["width"] > 2000:
        page.evaluate("chainrule.app.choosePoint({row: 3})")
        page.wait_for_selector("math")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


def gallery(page):
    page.click("#mistakes a >> nth=0")
    page.wait_for_selector("#mistake-body h3")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), CHOSEN)
@pytest.mark.parametrize("name", PAGES)
def test_pages_fit_every_width(page, server, tmp_path, name, width, scheme):
    folder = Path(os.environ.get("CHAINRULE_PICTURES", tmp_path))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    page.goto(server.origin + PAGES[name])
    globals()[name](page)
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0, f"{wider} pixels stick out"
    picture = page.screenshot(type="jpeg", quality=70)
    assert len(picture) > 10_000
    (folder / f"{name}-{width}-{scheme}.jpg").write_bytes(picture)
