"""`chainrule course`: the chapters as exercises."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.cli import gallery
from chainrule.cli.course_folder import (
    asked_for,
    chapter_of,
    checked,
    existing,
    found,
    reading_and_writing,
    remembered,
    require_exercise,
    require_file,
)
from chainrule.cli.errors import INTERRUPTED, BadInputError, speaking
from chainrule.course import folder as course_folder
from chainrule.course import progress, terminal_text
from chainrule.course.chapters import Chapter, chapters, get_chapter
from chainrule.course.noting import next_chapter, note_hint, note_solution
from chainrule.course.sandbox import MOST_MEMORY, MOST_SECONDS, Limits
from chainrule.course.verdict import Verdict
from chainrule.course.watch import watch_saves

WRONG = 1

app = typer.Typer(
    help="Write a perceptron by hand, chapter by chapter, and be told which mistake it is.",
    add_completion=False,
)


def _chapter(name: str | None) -> str | None:
    if name is not None:
        try:
            get_chapter(name)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    return name


def _seconds(number: float) -> float:
    return _up_to(number, MOST_SECONDS, "seconds")


def _megabytes(number: float) -> float:
    return _up_to(number, MOST_MEMORY, "MB")


def _up_to(number: float, most: float, unit: str) -> float:
    if not 0 < number <= most:
        raise typer.BadParameter(f"{number:g} is not above 0 and at most {most:,.0f} {unit}")
    return number


ChapterName = Annotated[
    str | None,
    typer.Argument(
        metavar="CHAPTER",
        callback=_chapter,
        help="Its name or number; by default the one last begun.",
        show_default=False,
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        "-f",
        metavar="DIR",
        help="The course's folder; found by itself from inside of it.",
    ),
]
Seconds = Annotated[
    float, typer.Option("--time-limit", callback=_seconds, help="Seconds a check may take.")
]
Memory = Annotated[
    float,
    typer.Option(
        "--memory-limit", callback=_megabytes, help="MB a check may take (not on Windows)."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Brief = Annotated[
    bool, typer.Option("--brief", help="Say only which steps are right; hints tell the rest.")
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Add the right formula and the line to look at.")
]


@app.callback(invoke_without_command=True)
def course(context: typer.Context, folder: Folder = None) -> None:
    """Write a perceptron by hand, chapter by chapter, and be told which mistake it is."""
    if context.invoked_subcommand is not None:
        if folder is not None:
            raise BadInputError(
                f"--folder comes after the command: chainrule course {context.invoked_subcommand} "
                f"--folder {folder}"
            )
        return
    if found(folder) is None:
        with speaking():
            print("Write a perceptron by hand, in seven chapters:\n")
            print("\n".join(terminal_text.list_chapters()))
            print(
                "\nTo begin: chainrule course start        (all commands: chainrule course --help)"
            )
        return
    status(folder=folder)


@app.command()
def start(chapter: ChapterName = None, folder: Folder = None) -> None:
    """Put a chapter's statement and starter file into the folder, by default of the next chapter.

    What is there already stays as it is.
    """
    place = folder or found(None) or Path(course_folder.NAME)
    with reading_and_writing():
        known = progress.load(place)
        begun = get_chapter(chapter) if chapter else next_chapter(known)
        fresh = not known.chapters
        written = course_folder.start_chapter(place, begun)
    with speaking():
        console = _console()
        terminal_text.print_lines(console, [str(begun), ""])
        for path, is_new in written:
            if path.name in (begun.statement_file, begun.file):
                what = "the statement" if path.suffix == ".md" else "yours to complete"
                print(f"  {'written' if is_new else 'kept   '}  {path}   {what}")
        if fresh:
            print(f"  written  {place / 'README.md'}   how the course goes")
        then = (
            "Then: chainrule course check, or chainrule course watch, which checks at every save."
        )
        terminal_text.print_lines(console, ["", then])


@app.command()
def check(
    chapter: ChapterName = None,
    folder: Folder = None,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.py",
            help="Check this file, from wherever it lies; no progress is kept.",
        ),
    ] = None,
    as_json: AsJson = False,
    brief: Brief = False,
    explain: Explain = False,
    time_limit: Seconds = 10.0,
    memory_limit: Memory = 2048.0,
) -> None:
    """Check a chapter's file, and name the mistake where there is one.

    Exit code 0 if all is right, 1 if not, 2 if there is nothing to check.
    """
    limits = Limits(time_limit, memory_limit)
    place = None
    if file is not None:
        asked = chapter_of(chapter, file)
        require_file(file)
    else:
        place = existing(folder)
        asked = asked_for(place, chapter)
        file = place / asked.file
        require_exercise(file)
    verdict = checked(asked, file, limits)
    with speaking():
        _show(asked, verdict, as_json=as_json, brief=brief, explain=explain)
    if place is not None:
        remembered(place, asked, verdict)
    raise typer.Exit(0 if verdict.passed else WRONG)


@app.command()
def watch(
    chapter: ChapterName = None,
    folder: Folder = None,
    brief: Brief = False,
    explain: Explain = False,
    time_limit: Seconds = 10.0,
    memory_limit: Memory = 2048.0,
) -> None:
    """Check at every save, until all is right. Ctrl-C ends it."""
    place = existing(folder)
    asked = asked_for(place, chapter)
    path = place / asked.file
    limits = Limits(time_limit, memory_limit)
    require_exercise(path)
    try:
        for _ in watch_saves(path):
            try:
                verdict = checked(asked, path, limits)
            except BadInputError:  # it was there a moment ago, and will be again
                continue
            with speaking():
                _console().rule(style="dim")
                _show(asked, verdict, as_json=False, brief=brief, explain=explain)
            remembered(place, asked, verdict)
            with speaking():
                if not verdict.passed:
                    print(f"\nWaiting for {path} to be saved (Ctrl-C ends)", flush=True)
            if verdict.passed:
                return
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


@app.command()
def hint(chapter: ChapterName = None, folder: Folder = None) -> None:
    """Give the next hint: where to look, then the quantity, the formula, and at last the line."""
    place = existing(folder)
    asked = asked_for(place, chapter)
    with reading_and_writing():
        given = note_hint(place, asked)
    with speaking():
        if given is None:
            said = f"{asked.title} is right: there is nothing to hint at. To try: {asked.next}"
            terminal_text.print_lines(_console(), [said])
            return
        console = _console()
        terminal_text.print_lines(
            console, [f"{given.about}   hint {given.level} of {given.levels}", ""]
        )
        terminal_text.print_lines(console, given.text.split("\n"), indent=2)
        more = "chainrule course hint says more"
        if given.last:
            more = (
                f"That was the last hint. One way to do it: chainrule course solution {asked.name}"
            )
        terminal_text.print_lines(console, ["", more])


@app.command()
def solution(chapter: ChapterName = None, folder: Folder = None) -> None:
    """Print a solution of a chapter, and note in the progress that the reader saw it."""
    place = found(folder)
    if place is None and chapter is None:
        existing(folder)
    asked = asked_for(place, chapter) if place else get_chapter(str(chapter))
    if place is not None:
        with reading_and_writing():
            note_solution(place, asked)
    with speaking():
        if sys.stdout is not None and sys.stdout.isatty():
            from rich.syntax import Syntax

            _console().print(Syntax(asked.solution, "python", background_color="default"))
        else:
            print(asked.solution, end="")


@app.command()
def status(folder: Folder = None, as_json: AsJson = False) -> None:
    """Show which chapters are begun, and which are right."""
    place = existing(folder)
    with reading_and_writing():
        known = progress.load(place)
    with speaking():
        if as_json:
            print(json.dumps(_status(known)))
            return
        terminal_text.print_status(_console(), known)


@app.command()
def reset(
    chapter: ChapterName = None,
    folder: Folder = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Put a chapter's starter file back. Your own file is kept in the folder 'old'."""
    place = existing(folder)
    asked = asked_for(place, chapter)
    if not yes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise BadInputError(f"reset puts {asked.file} back to its beginning: add --yes")
        if not typer.confirm(f"Put {asked.file} back to its beginning? Yours is kept in 'old'."):
            raise typer.Exit(WRONG)
    with reading_and_writing():
        kept = course_folder.reset_chapter(place, asked)
    with speaking():
        if kept is not None:
            print(f"  kept     {kept}   your file")
        print(f"  written  {place / asked.file}   the starter file")


app.command()(gallery.gallery)


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False, emoji=False)


def _show(asked: Chapter, verdict: Verdict, *, as_json: bool, brief: bool, explain: bool) -> None:
    if as_json:
        print(json.dumps(verdict.as_json(), allow_nan=False))
        return
    console = _console()
    terminal_text.print_verdict(console, asked, verdict, brief=brief, explain=explain)
    terminal_text.print_outcome(console, asked, verdict)


def _status(known: progress.Progress) -> dict[str, Any]:
    rows = [
        {
            "number": chapter.number,
            "name": chapter.name,
            "title": chapter.title,
            **asdict(known.chapters.get(chapter.name, progress.ChapterProgress())),
        }
        for chapter in chapters().values()
    ]
    return {"current": known.current, "chapters": rows}
