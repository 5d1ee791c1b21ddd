"""The learner's folder and its progress: nothing is overwritten, nothing is lost."""

import json
import shutil

import pytest

from chainrule.course import folder, progress
from chainrule.course.chapters import chapters, get_chapter

NEURON = get_chapter("neuron")


def test_start_writes_what_is_missing_and_nothing_else(tmp_path):
    place = tmp_path / "a" / "course"
    written = dict(folder.start(place, NEURON))
    assert all(written.values())
    assert {path.name for path in written} == {
        "neuron.md", "neuron.py", "README.md", "activations.py", "layers.py", "utils.py",
        "perceptron.py", "data.py",
    }  # fmt: skip
    (place / "neuron.py").write_text("mine = 1\n")
    (place / "neuron.md").unlink()
    again = dict(folder.start(place, NEURON))
    assert [path.name for path, is_new in again.items() if is_new] == ["neuron.md"]
    assert (place / "neuron.py").read_text() == "mine = 1\n"
    assert (place / "neuron.md").read_text(encoding="utf-8") == NEURON.statement


def test_even_a_broken_link_is_left_alone(tmp_path):
    try:
        (tmp_path / "neuron.py").symlink_to(tmp_path / "nowhere.py")
    except OSError as error:
        pytest.skip(f"this system lets its users make no links: {error}")
    folder.start(tmp_path, NEURON)
    assert (tmp_path / "neuron.py").is_symlink()
    assert not (tmp_path / "nowhere.py").exists()


def test_no_chapter_s_file_has_the_name_of_a_given_module():
    assert not {chapter.file for chapter in chapters().values()} & set(folder.given_files())


def test_reset_keeps_every_file_of_the_learner(tmp_path):
    folder.start(tmp_path, NEURON)
    for number in (1, 2, 3):
        (tmp_path / "neuron.py").write_text(f"mine = {number}\n")
        kept = folder.reset(tmp_path, NEURON)
        assert kept == tmp_path / "old" / f"neuron-{number}.py"
        assert kept.read_text() == f"mine = {number}\n"
        assert (tmp_path / "neuron.py").read_text(encoding="utf-8") == NEURON.starter
    (tmp_path / "neuron.py").unlink()
    assert folder.reset(tmp_path, NEURON) is None
    assert len(list((tmp_path / "old").iterdir())) == 3


def test_reset_forgets_that_it_was_right_but_not_that_the_solution_was_seen(tmp_path):
    folder.start(tmp_path, NEURON)
    with progress.changing(tmp_path) as known:
        done = known.of("neuron")
        done.passed, done.solution_seen, done.checks = "then", "before", 7
        done.last, done.hints = {"step": "relu"}, {"relu": {"level": 2}}
    folder.reset(tmp_path, NEURON)
    done = progress.load(tmp_path).of("neuron")
    assert (done.passed, done.solution_seen, done.checks) == (None, "before", 7)
    assert (done.last, done.hints) == ({}, {})


def test_the_folder_is_found_from_inside_and_from_beside(tmp_path):
    assert folder.find(tmp_path) is None
    place = tmp_path / folder.NAME
    folder.start(place, NEURON)
    (place / "deeper").mkdir()
    assert folder.find(tmp_path) == folder.find(place) == folder.find(place / "deeper") == place


# Progress --------------------------------------------------------------------------------------


def test_progress_is_plain_and_knows_nothing_of_the_machine(tmp_path):
    folder.start(tmp_path / "here", NEURON)
    with progress.changing(tmp_path / "here") as known:
        known.of("neuron").checks = 3
    text = (tmp_path / "here" / progress.FILE).read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert text.count("\n") > 15
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    assert progress.load(tmp_path / "there") == progress.load(tmp_path / "here")
    assert json.loads(text)["chapters"]["neuron"]["checks"] == 3


def test_what_is_not_changed_is_not_written(tmp_path):
    folder.start(tmp_path, NEURON)
    before = (tmp_path / progress.FILE).stat().st_mtime_ns
    with progress.changing(tmp_path) as known:
        known.of("neuron").checks += 0
    folder.start(tmp_path, NEURON)
    assert (tmp_path / progress.FILE).stat().st_mtime_ns == before


def _change_and_fail(place):
    with progress.changing(place) as known:
        known.of("neuron").checks = 9
        raise KeyError


def test_nothing_is_written_if_the_block_fails(tmp_path):
    folder.start(tmp_path, NEURON)
    with pytest.raises(KeyError):
        _change_and_fail(tmp_path)
    assert progress.load(tmp_path).of("neuron").checks == 0


@pytest.mark.parametrize(("text", "said"), [
    (b"", "Expecting value"),
    (b'{"version": 1, "chapters": {"neu', "Unterminated string"),
    (b"[]", "no chapters"),
    (b'{"version": 1, "current": "", "chapters": []}', "no chapters"),
    (b'{"version": 1, "current": 3, "chapters": {}}', "'current'"),
    (b'{"version": 1, "current": "", "chapters": {"loss": 5}}', "chapter 'loss' is 5"),
    (b'{"version": 1, "current": "", "chapters": {"loss": {"checks": "x"}}}',
     "'checks' of chapter 'loss'"),
    (b'{"version": 2, "current": "", "chapters": {}}', "newer chainrule"),
    (b"\xff\xfe", "UTF-8"),
    (b"<<<<<<< ours\n", "Expecting value"),
])  # fmt: skip
def test_a_damaged_file_is_one_clear_line_and_left_as_it_is(tmp_path, text, said):
    (tmp_path / progress.FILE).write_bytes(text)
    for use in (lambda: progress.load(tmp_path), lambda: folder.start(tmp_path, NEURON),
                lambda: folder.reset(tmp_path, NEURON)):  # fmt: skip
        with pytest.raises(progress.ProgressError) as raised:
            use()
        assert said in str(raised.value)
        assert str(raised.value).count("\n") == 0
    assert (tmp_path / progress.FILE).read_bytes() == text
    assert sorted(path.name for path in tmp_path.iterdir()) == [progress.FILE]


def test_what_a_later_chainrule_adds_does_no_harm(tmp_path):
    row = {"checks": 2, "stars": 5}
    known = {"version": 1, "current": "loss", "chapters": {"loss": row}, "theme": "dark"}
    (tmp_path / progress.FILE).write_text(json.dumps(known))
    assert progress.load(tmp_path).of("loss").checks == 2
