"""The learner's folder and its progress: nothing is overwritten, nothing is lost."""

import json
import os
import shutil
import tempfile

import pytest

from chainrule.course import folder, progress
from chainrule.course.chapters import chapters, get_chapter

NEURON = get_chapter("neuron")


def test_start_writes_what_is_missing_and_nothing_else(tmp_path):
    place = tmp_path / "a" / "course"
    written = dict(folder.start_chapter(place, NEURON))
    assert all(written.values())
    assert {path.name for path in written} == {
        "neuron.md", "neuron.py", "README.md", "activations.py", "layers.py", "utils.py",
        "perceptron.py", "data.py",
    }  # fmt: skip
    (place / "neuron.py").write_text("mine = 1\n")
    (place / "neuron.md").unlink()
    again = dict(folder.start_chapter(place, NEURON))
    assert [path.name for path, is_new in again.items() if is_new] == ["neuron.md"]
    assert (place / "neuron.py").read_text() == "mine = 1\n"
    assert (place / "neuron.md").read_text(encoding="utf-8") == NEURON.statement


def test_even_a_broken_link_is_left_alone(tmp_path):
    try:
        (tmp_path / "neuron.py").symlink_to(tmp_path / "nowhere.py")
    except OSError as error:
        pytest.skip(f"this system lets its users make no links: {error}")
    folder.start_chapter(tmp_path, NEURON)
    assert (tmp_path / "neuron.py").is_symlink()
    assert not (tmp_path / "nowhere.py").exists()


def test_no_chapter_s_file_has_the_name_of_a_given_module():
    assert not {chapter.file for chapter in chapters().values()} & set(folder.given_files())


def test_reset_keeps_every_file_of_the_learner(tmp_path):
    folder.start_chapter(tmp_path, NEURON)
    for number in (1, 2, 3):
        (tmp_path / "neuron.py").write_text(f"mine = {number}\n")
        kept = folder.reset_chapter(tmp_path, NEURON)
        assert kept == tmp_path / "old" / f"neuron-{number}.py"
        assert kept.read_text() == f"mine = {number}\n"
        assert (tmp_path / "neuron.py").read_text(encoding="utf-8") == NEURON.starter
    (tmp_path / "neuron.py").unlink()
    assert folder.reset_chapter(tmp_path, NEURON) is None
    assert len(list((tmp_path / "old").iterdir())) == 3


def test_reset_forgets_that_it_was_right_but_not_that_the_solution_was_seen(tmp_path):
    folder.start_chapter(tmp_path, NEURON)
    with progress.changing(tmp_path) as known:
        done = known.of("neuron")
        done.passed, done.solution_seen, done.checks = "then", "before", 7
        done.last, done.hints = {"step": "relu"}, {"relu": {"level": 2}}
    folder.reset_chapter(tmp_path, NEURON)
    done = progress.load(tmp_path).of("neuron")
    assert (done.passed, done.solution_seen, done.checks) == (None, "before", 7)
    assert (done.last, done.hints) == ({}, {})


def test_the_folder_is_found_from_inside_and_from_beside(tmp_path):
    assert folder.find(tmp_path) is None
    place = tmp_path / folder.NAME
    folder.start_chapter(place, NEURON)
    (place / "deeper").mkdir()
    assert folder.find(tmp_path) == folder.find(place) == folder.find(place / "deeper") == place


# Progress --------------------------------------------------------------------------------------


def test_progress_is_plain_and_knows_nothing_of_the_machine(tmp_path):
    folder.start_chapter(tmp_path / "here", NEURON)
    with progress.changing(tmp_path / "here") as known:
        known.of("neuron").checks = 3
    text = (tmp_path / "here" / progress.FILE).read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert text.count("\n") > 15
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    assert progress.load(tmp_path / "there") == progress.load(tmp_path / "here")
    assert json.loads(text)["chapters"]["neuron"]["checks"] == 3


def test_what_is_not_changed_is_not_written(tmp_path):
    folder.start_chapter(tmp_path, NEURON)
    before = (tmp_path / progress.FILE).stat().st_mtime_ns
    with progress.changing(tmp_path) as known:
        known.of("neuron").checks += 0
    folder.start_chapter(tmp_path, NEURON)
    assert (tmp_path / progress.FILE).stat().st_mtime_ns == before


def _change_and_fail(place):
    with progress.changing(place) as known:
        known.of("neuron").checks = 9
        raise KeyError


def test_nothing_is_written_if_the_block_fails(tmp_path):
    folder.start_chapter(tmp_path, NEURON)
    with pytest.raises(KeyError):
        _change_and_fail(tmp_path)
    assert progress.load(tmp_path).of("neuron").checks == 0


CHAPTERS = b'{"version": 1, "current": "", "chapters": %s}'
DAMAGED = [
    (b"", "it is empty"),
    (b" \n", "it is empty"),
    (b'{"version": 1, "chapters": {"neu', "it is no JSON: Unterminated string"),
    (b"<<<<<<< ours\n", "it is no JSON: Expecting value"),
    (b"[" * 100_000, "it is no JSON"),
    (b"\xff\xfe", "it is no UTF-8 text"),
    (b"[]", "it is a list; an object with 'version', 'current' and 'chapters' is allowed"),
    (b'{"version": 1, "current": ""}', "'chapters' is missing; an object"),
    (CHAPTERS % b"[]", "'chapters' is []; an object, by the chapters' names, is allowed"),
    (CHAPTERS % b'{"loss": 5}', "chapter 'loss' is 5; an object is allowed"),
    (
        CHAPTERS % b'{"loss": {"checks": "x"}}',
        "'checks' of chapter 'loss' is 'x'; a whole number is allowed",
    ),
    (CHAPTERS % b'{"loss": {"checks": true}}', "a whole number is allowed"),
    (CHAPTERS % b'{"loss": {"checks": -1}}', "a whole number is allowed"),
    (CHAPTERS % b'{"loss": {"passed": 3}}', "'passed' of chapter 'loss' is 3; text or null"),
    (CHAPTERS % b'{"loss": {"hints": []}}', "'hints' of chapter 'loss' is []; an object"),
    (CHAPTERS % b'{"loss": {"with_solution": 1}}', "true or false is allowed"),
    (
        b'{"version": 1, "current": 3, "chapters": {}}',
        "'current' is 3; the name of a chapter is allowed",
    ),
    (b'{"version": 1, "chapters": {}}', "'current' is missing"),
    (b'{"current": "", "chapters": {}}', "'version' is missing; 1 is allowed"),
    (b'{"version": "1", "current": "", "chapters": {}}', "'version' is '1'; 1 is allowed"),
    (b'{"version": 2, "current": "", "chapters": {}}', "a newer chainrule"),
    (CHAPTERS % (b'{"loss": "%s"}' % (b"x" * 10**6)), "an object is allowed"),
]


@pytest.mark.parametrize(("text", "said"), DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_one_clear_line_and_left_as_it_is(tmp_path, text, said):
    (tmp_path / progress.FILE).write_bytes(text)
    require_refused(tmp_path, said)
    assert (tmp_path / progress.FILE).read_bytes() == text


def require_refused(place, said):
    """Require that everything that reads the progress says so in a line, and touches nothing."""
    for use in (lambda: progress.load(place), lambda: folder.start_chapter(place, NEURON),
                lambda: folder.reset_chapter(place, NEURON)):  # fmt: skip
        with pytest.raises(progress.ProgressError) as raised:
            use()
        message = str(raised.value)
        assert said in message
        assert "progress.json" in message
        assert f"chainrule course start --folder {place}" in message or "newer" in message
        assert message.count("\n") == 0
        assert len(message) < 600 + 2 * len(str(place))
    assert sorted(path.name for path in place.iterdir()) == [progress.FILE]


def test_a_folder_in_its_place_is_said_and_left(tmp_path):
    (tmp_path / progress.FILE).mkdir()
    (tmp_path / progress.FILE / "mine.txt").write_text("kept")
    require_refused(tmp_path, "it is a folder; a file is allowed")
    assert (tmp_path / progress.FILE / "mine.txt").read_text() == "kept"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_its_place_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / progress.FILE)
    require_refused(tmp_path, "it is a device or a pipe; a file is allowed")


def test_a_file_that_may_not_be_read_is_said_so(tmp_path, monkeypatch):
    (tmp_path / progress.FILE).write_text("{}")

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "read_bytes", refused)
    require_refused(tmp_path, "it cannot be read (Permission denied)")


def test_a_folder_that_may_not_be_written_is_named_and_nothing_is_changed(tmp_path, monkeypatch):
    """The error of the file beside it, which is written first, would name a file of no one's."""
    folder.start_chapter(tmp_path, NEURON)
    before = (tmp_path / progress.FILE).read_bytes()

    def refused(prefix, suffix, dir):
        raise PermissionError(13, "Permission denied", f"{dir}/{prefix}abc{suffix}")

    monkeypatch.setattr(tempfile, "mkstemp", refused)
    with (
        pytest.raises(progress.ProgressError) as raised,
        progress.changing(tmp_path) as known,
    ):
        known.of("neuron").checks = 3
    assert str(raised.value) == (
        f"{tmp_path / progress.FILE} cannot be written: Permission denied; its folder has to let "
        "you write, and to have room"
    )
    assert (tmp_path / progress.FILE).read_bytes() == before


def test_a_mark_that_an_editor_puts_before_the_text_does_no_harm(tmp_path):
    folder.start_chapter(tmp_path, NEURON)
    path = tmp_path / progress.FILE
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert progress.load(tmp_path).current == "neuron"


def test_what_a_later_chainrule_adds_does_no_harm(tmp_path):
    row = {"checks": 2, "stars": 5}
    known = {"version": 1, "current": "loss", "chapters": {"loss": row}, "theme": "dark"}
    (tmp_path / progress.FILE).write_text(json.dumps(known))
    assert progress.load(tmp_path).of("loss").checks == 2
