"""Every save is seen once, however the editor saves."""

from chainrule.course.watch import watch_saves


def watching(file, doings):
    """Return how often a save was seen, while `doings` happen one at each pause."""
    doings = iter(doings)

    class OverError(Exception):
        pass

    def pause(_seconds):
        doing = next(doings, None)
        if doing is None:
            raise OverError
        doing()

    seen = []
    try:
        for _ in watch_saves(file, sleep=pause):
            seen.append(file.read_text())
    except OverError:
        pass
    return seen


def nothing():
    pass


def test_saves_replacements_and_a_moment_without_the_file(tmp_path):
    file = tmp_path / "loss.py"
    file.write_text("one")

    def replaced():
        (tmp_path / "loss.py.new").write_text("three")
        (tmp_path / "loss.py.new").replace(file)

    two, four = lambda: file.write_text("two"), lambda: file.write_text("four")
    seen = watching(file, [
        nothing, nothing, two, nothing, nothing, replaced, nothing, nothing,
        file.unlink, nothing, nothing, four, nothing, nothing,
    ])  # fmt: skip
    assert seen == ["one", "two", "three", "four"]


def test_a_file_that_is_still_being_written_is_waited_for(tmp_path):
    file = tmp_path / "loss.py"
    file.write_text("one")
    parts = [lambda n=n: file.write_text("x" * n) for n in range(10, 14)]
    assert watching(file, [nothing, *parts, nothing, nothing]) == ["one", "x" * 13]


def test_modules_beside_it_count_and_other_files_do_not(tmp_path):
    file = tmp_path / "loss.py"
    file.write_text("one")
    beside, notes = tmp_path / "mine.py", tmp_path / "notes.txt"
    seen = watching(file, [
        nothing, nothing, lambda: notes.write_text("a"), nothing, nothing,
        lambda: beside.write_text("b"), nothing, nothing,
    ])  # fmt: skip
    assert seen == ["one", "one"]


def test_a_save_during_a_check_is_seen_after_it(tmp_path):
    file = tmp_path / "loss.py"
    file.write_text("one")
    seen = []

    for _ in watch_saves(file, sleep=lambda _seconds: None):
        seen.append(file.read_text())
        if len(seen) == 1:
            file.write_text("second")
        else:
            break
    assert seen == ["one", "second"]
