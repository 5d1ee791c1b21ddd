"""Every chapter has its texts, a solution that passes and a starter that is not finished."""

import ast
import re

import pytest
from course.writing import keys, looked_at

from chainrule.course.chapters import after, chapters, get_chapter
from chainrule.course.checks import CHECKS

CHAPTERS = list(chapters().values())
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)


def test_they_are_the_course_s_in_its_order():
    assert [chapter.number for chapter in CHAPTERS] == [1, 2, 3, 4, 5, 6, 7]
    assert [chapter.name for chapter in CHAPTERS] == list(CHECKS)
    assert after(CHAPTERS[0]) is CHAPTERS[1]
    assert after(CHAPTERS[-1]) is None


@every_chapter
def test_every_step_has_a_check_and_four_hints(chapter):
    assert [step.key for step in chapter.steps] == list(CHECKS[chapter.name])
    for step in chapter.steps:
        assert len(step.hints) == len(set(step.hints)) == 4
        assert "Look at" in step.hints[0] or step.key == "together"
    assert chapter.next


@every_chapter
def test_the_solution_passes(chapter):
    results = looked_at(chapter.name, chapter.solution)
    assert keys(results) == {}
    assert list(results) == [step.key for step in chapter.steps]


@every_chapter
def test_the_starter_is_unfinished_and_nothing_worse(chapter):
    results = looked_at(chapter.name, chapter.starter)
    assert results
    for result in results.values():
        (finding,) = result["findings"]
        assert finding["key"] == "unfinished"
        assert "not written yet" in finding["title"]


def _signatures(source):
    """Return what is to be written, by its names and arguments."""
    return {
        (owner.name if isinstance(owner, ast.ClassDef) else "", one.name): ast.unparse(one.args)
        for owner in ast.walk(ast.parse(source))
        if isinstance(owner, ast.ClassDef | ast.Module)
        for one in owner.body
        if isinstance(one, ast.FunctionDef)
    }


@every_chapter
def test_starter_and_solution_have_the_same_names(chapter):
    assert _signatures(chapter.starter) == _signatures(chapter.solution)


@every_chapter
def test_the_statement_names_what_is_to_be_written(chapter):
    asked = re.findall(r"def (\w+)\([^)]*\):\n(?: +\"\"\".*\n)? +raise Not", chapter.starter)
    assert asked or chapter.name == "layer"
    for name in asked:
        assert name in chapter.statement or name.startswith("__")
    assert f"`{chapter.file}`" in chapter.statement
    assert max(map(len, chapter.statement.splitlines())) <= 120
    assert not re.search(r"\\frac|\\sum|\$", chapter.statement), "formulas are Unicode"


def test_a_chapter_is_found_by_name_number_or_file():
    assert get_chapter("loss") is get_chapter("4") is get_chapter("loss.py")
    with pytest.raises(ValueError, match="did you mean 'training'"):
        get_chapter("trainig")
