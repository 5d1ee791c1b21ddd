"""Print verdicts, hints and progress in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from chainrule.course.chapters import Chapter, after, chapters
from chainrule.course.progress import ChapterProgress, Progress
from chainrule.course.verdict import NOT_REACHED, RIGHT, UNFINISHED, WRONG, StepResult, Verdict
from chainrule.diagnosis import Finding
from chainrule.reports.words import plain

if TYPE_CHECKING:
    from rich.console import Console

_MARKS = {RIGHT: ("✓", "green"), WRONG: ("✗", "red"), UNFINISHED: ("○", ""),
          NOT_REACHED: ("○", "dim")}  # fmt: skip
_SAID = {UNFINISHED: "not written yet", NOT_REACHED: "not looked at yet"}
_MOST_LINES = 12  # of what a file printed
_RAISED = frozenset(
    ["raises", "recursion", "memory", "exits", "asks", "interrupts", "import-fails",
     "module-missing", "init-fails", "forward-fails", "backward-fails", "fit-fails"]
)  # fmt: skip


def print_verdict(
    console: Console, chapter: Chapter, verdict: Verdict, *, brief: bool, explain: bool
) -> None:
    """Print the result of a check.

    Parameters
    ----------
    console : rich.console.Console
    chapter : Chapter
    verdict : Verdict
    brief : bool
        Whether to say only which steps are right.
    explain : bool
        Whether to add the right formulas and the lines to look at.
    """
    _line(console, f"{chapter}   {verdict.file}", "bold")
    console.print()
    for step in verdict.steps if _any_reached(verdict) else ():
        _step(console, step, brief=brief, explain=explain)
    if verdict.trouble is not None:
        _line(console, f"✗ {verdict.trouble.title}", "red")
        _trouble(console, verdict.trouble)
    for note in verdict.notes:
        _indented(console, f"note: {note}", 2)
    not_started = verdict.trouble is not None and verdict.trouble.key == "not-started"
    _printed(console, verdict.printed, "check" if not_started else "file")


def _any_reached(verdict: Verdict) -> bool:
    return any(step.state != NOT_REACHED for step in verdict.steps)


def _step(console: Console, step: StepResult, *, brief: bool, explain: bool) -> None:
    mark, style = _MARKS[step.state]
    said = f": {_SAID[step.state]}" if step.state in _SAID else ""
    _line(console, f"{mark} {step.title}{said}", style)
    if step.state == WRONG and not brief:
        for finding in step.findings:
            _finding(console, finding, explain=explain)
    if step.state == RIGHT:
        for remark in step.remarks:
            _indented(console, f"note: {remark}", 4, "dim", hang=6)


def _finding(console: Console, finding: Finding, *, explain: bool) -> None:
    _indented(console, finding.title, 4)
    rows = {"seen": finding.evidence}
    if explain:
        rows |= {"right": finding.right, "look at": finding.line}
    elif finding.key in _RAISED:  # where it stopped is no secret: Python would have said it
        rows |= {"look at": finding.line}
    _rows(console, rows)


def _trouble(console: Console, trouble: Finding) -> None:
    """Print the error that ended the check, always with its line: nobody can go on without."""
    line = "" if trouble.line in trouble.evidence else trouble.line
    _rows(console, {"seen": trouble.evidence, "look at": line, "help": trouble.right})


def _rows(console: Console, rows: Mapping[str, str]) -> None:
    for name, text in rows.items():
        if text:
            lines = text.split("\n")
            _indented(console, f"{name + ':':<9}{lines[0]}", 4, hang=9)
            for more in lines[1:]:
                _indented(console, more, 4 + 9)


def _printed(console: Console, printed: str, who: str) -> None:
    lines = printed.rstrip().split("\n") if printed.strip() else []
    if not lines:
        return
    console.print()
    _line(console, f"The {who} printed:", "dim")
    for line in lines[:_MOST_LINES]:
        _indented(console, line[:200], 4, "dim")
    if len(lines) > _MOST_LINES:
        _indented(console, f"… and {len(lines) - _MOST_LINES} lines more", 4, "dim")


def print_outcome(console: Console, chapter: Chapter, verdict: Verdict) -> None:
    """Print the next chapter after a right file, else where to find help."""
    console.print()
    if verdict.passed:
        _line(console, f"All right. {chapter.title}: done.", "bold green")
        _indented(console, f"To try: {chapter.next}", 0)
        following = after(chapter)
        if following is not None:
            _line(console, f"Next: chainrule course start {following.name}")
        return
    right = sum(step.state == RIGHT for step in verdict.steps)
    _line(
        console,
        f"{right} of {len(verdict.steps)} right. Help: chainrule course hint {chapter.name}",
        "bold",
    )


# Progress --------------------------------------------------------------------------------------


def print_status(console: Console, progress: Progress) -> None:
    """Print the progress in each chapter, one per line."""
    for chapter in chapters().values():
        done = progress.chapters.get(chapter.name, ChapterProgress())
        mark, style = ("✓", "green") if done.passed else ("○", "" if done.started else "dim")
        here = "→" if chapter.name == progress.current else " "
        title = f"{here} {mark} {chapter.number}  {chapter.name:<12} {chapter.title:<36}"
        _line(console, f"{title} {_state_of(done)}".rstrip(), style)
    passed = sum(bool(done.passed) for done in progress.chapters.values())
    console.print()
    _line(console, f"{passed} of {len(chapters())} chapters are right.")


def _state_of(done: ChapterProgress) -> str:
    """Describe the progress in a chapter."""
    checks = f"{done.checks} check{'' if done.checks == 1 else 's'}"
    if done.passed:
        return f"right, {checks}" + (", with the solution seen" if done.with_solution else "")
    if done.started:
        return f"begun, {checks}" + (", solution seen" if done.solution_seen else "")
    return ""


def list_chapters() -> Iterator[str]:
    """Yield a line for each chapter, without progress."""
    for chapter in chapters().values():
        yield f"  {chapter.number}  {chapter.name:<12} {chapter.title}"


# Lines -----------------------------------------------------------------------------------------


def _line(console: Console, text: str, style: str = "") -> None:
    _indented(console, text, 0, style)


def _indented(console: Console, text: str, indent: int, style: str = "", hang: int = 0) -> None:
    """Print indented text; styles and control characters in the text have no effect.

    A terminal gets wrapped text, with further lines `hang` deeper; a pipe gets one line.
    """
    from rich.text import Text

    said = Text(_harmless(text), style)
    if not console.is_terminal:
        console.print(Text(" " * indent).append(said), soft_wrap=True)
        return
    first, *more = said.wrap(console, max(20, console.width - indent)) or [said]
    first.rstrip()
    console.print(Text(" " * indent).append(first))
    if more:
        rest = Text(said.plain[len(first.plain) :].lstrip(), style)
        for line in rest.wrap(console, max(20, console.width - indent - hang)):
            line.rstrip()
            console.print(Text(" " * (indent + hang)).append(line))


def _harmless(text: str) -> str:
    """Remove control characters, but keep repeated spaces, which align columns."""
    return " ".join(map(plain, text.split(" ")))


def print_lines(console: Console, lines: Sequence[str], indent: int = 0) -> None:
    """Print lines, wrapped to the terminal's width."""
    for line in lines:
        _indented(console, line, indent)
