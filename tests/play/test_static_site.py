import base64
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from chainrule.cli.app import run
from chainrule.course.gallery import by_quantity
from chainrule.play import static_site
from chainrule.play.playground.frames import unpack
from chainrule.play.playground.recording import RUNS, as_script, record
from chainrule.play.static_site import FolderError, export


@pytest.fixture(scope="module")
def recording():
    return record(RUNS[0])


@pytest.fixture
def quick(monkeypatch):
    """Make an export of one run, without the gallery's trainings."""
    monkeypatch.setattr(static_site, "_gallery", lambda: "<!doctype html><title>gallery</title>")
    monkeypatch.setattr(static_site, "RUNS", RUNS[:1])


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.found += [values[name] for name in ("href", "src") if values.get(name)]


def links_of(path):
    parser = Links()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser.found


def test_each_epoch_has_a_frame_of_its_own_weights(recording):
    frames = [unpack(base64.b64decode(text)) for text in recording["frames"]]
    assert [header["shown_epoch"] for header, _ in frames] == recording["epochs"]
    assert {header["epoch"] for header, _ in frames} == {recording["epochs"][-1]}
    thetas = [arrays["theta"] for _, arrays in frames]
    assert len({theta.tobytes() for theta in thetas}) == len(thetas)
    losses = [header["loss"] for header, _ in frames]
    assert losses[-1] < 0.2 * losses[0]
    assert "points" in frames[0][1]


def test_the_panels_belong_to_the_frames(recording):
    for text, panels in zip(recording["frames"], recording["panels"], strict=True):
        header, arrays = unpack(base64.b64decode(text))
        for row, panel in enumerate(panels):
            assert (panel["epoch"], panel["row"]) == (header["shown_epoch"], row)
            W = next(step["value"] for step in panel["steps"] if step["name"] == "W¹")
            assert np.ravel(W).tolist() == arrays["theta"][: np.size(W)].tolist()


def test_equal_recordings_and_no_end_of_a_script(recording):
    assert record(RUNS[0]) == recording
    told = {**recording, "title": "</script><b>"}
    script = as_script(told)
    assert "</" not in script
    assert json.loads(script.partition(".recording = ")[2].rstrip(";\n"))["title"] == "</script><b>"


@pytest.mark.parametrize("one", RUNS, ids=lambda one: one.name)
def test_every_run_learns(one):
    last, _ = unpack(base64.b64decode(record(one)["frames"][-1]))
    assert last["loss"] < 0.15
    assert last["accuracy"] is None or last["accuracy"] > 0.95


def test_every_link_leads_to_a_file_of_the_export(quick, tmp_path):
    pages = [path for path in export(tmp_path / "site") if path.suffix == ".html"]
    assert len(pages) == 10
    for page in pages:
        for link in links_of(page):
            assert not re.match(r"[a-z]+:|/", link), (page.name, link)
            if not link.startswith("#"):
                assert (page.parent / link).is_file(), (page.name, link)


def test_statements_hints_and_solutions_can_be_read(quick, tmp_path):
    list(export(tmp_path / "site"))
    text = (tmp_path / "site" / "learn-training.html").read_text(encoding="utf-8")
    assert text.count("<summary>Hint ") == 12
    assert "<math>" in text
    assert "dz = da * self.activation.derivative" in text
    assert "runs no code" in text


def test_an_export_can_be_made_again_but_never_over_other_files(quick, tmp_path):
    folder = tmp_path / "site"
    assert list(export(folder)) == list(export(folder))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(FolderError, match="holds other files; give a new or empty folder"):
        list(export(tmp_path / "mine"))
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    with pytest.raises(FolderError, match="is a file"):
        list(export(tmp_path / "mine" / "thesis.txt"))


def test_the_command_says_where_the_pages_are(quick, tmp_path, capsys):
    assert run(["play", "--export", str(tmp_path / "site")]) == 0
    assert capsys.readouterr().out == f"10 pages in {tmp_path / 'site'}: open index.html\n"
    (tmp_path / "file").write_text("")
    assert run(["play", "--export", str(tmp_path / "file")]) == 2
    assert "is a file; give a new or empty folder" in capsys.readouterr().err


@pytest.mark.slow
def test_an_export_with_a_gallery(tmp_path, monkeypatch):
    some = {quantity: group[:2] for quantity, group in by_quantity().items()}
    monkeypatch.setattr("chainrule.course.gallery.by_quantity", lambda: some)
    written = list(export(tmp_path / "site"))
    gallery = (tmp_path / "site" / "gallery.html").read_text(encoding="utf-8")
    assert gallery.count("<svg") > len(some)
    assert sum(path.stat().st_size for path in written) < 40e6
    assert not list((tmp_path / "site").rglob("*.md"))
