"""`chainrule compare`: ours beside other methods on the same rows, each with its defaults."""

from __future__ import annotations

import json
import sys

import typer

from chainrule.catalog import look_up
from chainrule.cli import options
from chainrule.cli.comparison import as_data, how_to_install, print_comparison
from chainrule.cli.errors import INTERRUPTED, BadInputError, speaking
from chainrule.cli.tables import Reading, kinds_of, table_and_target, without, words_of
from chainrule.comparing import METHODS, Figures, Problem, is_installed, problem_of
from chainrule.comparing import compare as compared
from chainrule.reports import plain


def compare(
    table: options.Data = None,
    target: options.Target = None,
    example: options.Example = None,
    task: options.TaskName = "auto",
    category: options.Category = None,
    kind: options.Kind = None,
    missing: options.Missing = None,
    not_missing: options.NotMissing = None,
    drop: options.Drop = None,
    test_size: options.TestSize = 0.2,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    quote: options.Quote = None,
    comment: options.Comment = None,
    header: options.Header = None,
    skip: options.Skip = None,
    sheet: options.Sheet = None,
    methods: options.Methods = None,
    repeats: options.Repeats = 1,
    seed: options.ComparisonSeed = 0,
    as_json: options.AsJson = False,
) -> None:
    """Fit several methods to TABLE with their defaults, and score them on the same test rows.

    Each method runs in a process of its own. Nothing is tuned, neither ours nor theirs.
    """
    chosen, lacking = _chosen(methods)
    reading = Reading(delimiter, encoding, quote, comment, header, skip, sheet)
    rows, target = table_and_target(reading, table, example, target)
    problem = problem_of(
        without(rows, drop or [], target),
        target,
        task=task,
        categories=category or [],
        kinds=kinds_of(kind),
        words=words_of(missing, not_missing),
        test_size=test_size,
        seed=seed,
        repeats=repeats,
    )
    if not as_json:
        with speaking():
            _announce(rows.name, problem)
    found, interrupted = _measured(problem, chosen)
    with speaking():
        if as_json:
            print(json.dumps(as_data(rows.name, problem, found, lacking), allow_nan=False))
        else:
            print_comparison(problem, found, lacking)
    if interrupted:
        raise typer.Exit(INTERRUPTED)


def _chosen(methods: str | None) -> tuple[list[str], list[str]]:
    """Return the methods to run, and those that would be but are not installed."""
    if methods is None:
        there = {key: is_installed(method) for key, method in METHODS.items()}
        return [key for key in there if there[key]], [key for key in there if not there[key]]
    keys = [key.strip() for key in methods.split(",")]
    for key in keys:
        _require(key)
    return list(dict.fromkeys(keys)), []


def _require(key: str) -> None:
    try:
        method = look_up(METHODS, key, "method")
    except ValueError as error:
        raise BadInputError(f"--methods: {error}") from None
    if not is_installed(method):
        raise BadInputError(f"{method.name} is not installed; {how_to_install([key])}")


def _announce(name: str, problem: Problem) -> None:
    split = problem.splits[0]
    print(
        plain(f"{name}: {problem.frame.height} rows, {problem.frame.width} columns to learn from")
    )
    print(plain(problem.sentence))
    print(f"rows: {len(split.train)} to learn from, {len(split.test)} to test")
    for note in problem.notes:
        print(plain(f"note: {note}"))
    print()


def _measured(problem: Problem, keys: list[str]) -> tuple[list[Figures], bool]:
    """Return the figures of all methods, or of those that were through at Ctrl-C."""
    found = list[Figures]()
    try:
        for figures in compared(problem, keys):
            found.append(figures)
            if sys.stderr.isatty():
                print(f"{METHODS[figures.key].name}: done", file=sys.stderr)
    except KeyboardInterrupt:
        return found, True
    return found, False
