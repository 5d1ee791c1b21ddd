"""`chainrule train`: the page's job without a table, a model and a report with one."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import typer

from chainrule.catalog import nearest
from chainrule.cli import options
from chainrule.cli.errors import INTERRUPTED, BadInputError, speaking, writing
from chainrule.cli.page import PAGE, run_page
from chainrule.cli.summary import summary
from chainrule.files import require_writable
from chainrule.models import PreparedTable, Settings, TableModel, fit, prepare, save_model
from chainrule.reports import Report, plain, print_report, write_page
from chainrule.tables import Table, load_example, read_table, require_shares
from chainrule.training import History

_SHARE = 0.2  # of the rows, for the test and for validation


def train(
    table: options.Data = None,
    target: options.Target = None,
    example: options.Example = None,
    task: options.TaskName = "auto",
    category: options.Category = None,
    drop: options.Drop = None,
    test_size: options.TestSize = _SHARE,
    validation_size: options.ValidationSize = _SHARE,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = "utf-8",
    hidden: options.Hidden = None,
    activation: options.ActivationName = None,
    optimizer: options.OptimizerName = None,
    learning_rate: options.LearningRate = None,
    weight_decay: options.WeightDecay = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    patience: options.Patience = None,
    seed: options.Seed = None,
    report: options.ReportFile = None,
    out: options.ModelFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Train a network on TABLE, on an example, or (without either) on the points of two circles.

    The circles' own defaults: hidden 6,6, sgd, rate 0.01, 10 epochs, one row a step.
    """
    chosen = {
        "hidden": hidden,
        "activation": activation,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "epochs": epochs,
        "batch_size": batch_size,
        "patience": patience,
        "seed": seed,
    }
    given = {name: value for name, value in chosen.items() if value is not None}
    if weight_decay is not None and optimizer not in (None, "adamw"):
        raise BadInputError(f"--weight-decay is for adamw, not for {optimizer}")
    if table is None and example is None:
        _require_no_table_options(
            target=target,
            report=report,
            out=out,
            category=category,
            drop=drop,
            patience=patience,
            task=task != "auto",
            delimiter=delimiter,
            encoding=encoding != "utf-8",
            test_size=test_size != _SHARE,
            validation_size=validation_size != _SHARE,
        )
        with speaking():
            if run_page(replace(PAGE, **given), as_json=as_json).interrupted:
                raise typer.Exit(INTERRUPTED)
        return
    try:
        require_shares(test_size, validation_size)
    except ValueError as error:
        raise BadInputError(str(error)) from None
    _require_outputs(table, report, out)
    settings = replace(Settings(), **given)
    rows, target = _rows(table, example, target, delimiter, encoding)
    ready = prepare(
        _without(rows, drop or [], target),
        target,
        task=task,
        categories=category or [],
        test_size=test_size,
        validation_size=validation_size,
        seed=settings.seed,
    )
    if not as_json:
        with speaking():
            _announce(rows, ready)
    model, history = fit(ready, settings)
    if not history.rows:
        print("no epoch was over: there is nothing to report", file=sys.stderr)
        raise typer.Exit(INTERRUPTED)
    told = summary(f"{rows.name} → {target}", ready, settings, model, history)
    failures = _write(told, model, report, out)  # first: to show may fail, as in `… | head`
    with speaking():
        _show(told, settings, model, history, as_json=as_json)
    if failures:
        raise BadInputError("; ".join(failures))
    if history.interrupted:
        raise typer.Exit(INTERRUPTED)


def _require_no_table_options(**given: object) -> None:
    for name, value in given.items():
        if value:
            raise BadInputError(
                f"--{name.replace('_', '-')} goes with a table: chainrule train TABLE --target "
                "COLUMN, or chainrule train --example wine"
            )


def _require_outputs(table: Path | None, *outputs: Path | None) -> None:
    """Find out before the work that what it makes can be written and overwrites nothing read."""
    taken = {}
    for path in filter(None, outputs):
        with writing(path):
            if table is not None:
                taken[table.resolve()] = "the table to read"
            if path.resolve() in taken:
                raise BadInputError(f"{path} is {taken[path.resolve()]}; give another name")
            taken[path.resolve()] = "named for two outputs"
            require_writable(path)


def _rows(
    table: Path | None,
    example: str | None,
    target: str | None,
    delimiter: str | None,
    encoding: str,
) -> tuple[Table, str]:
    if table is None:
        rows, usual_target = load_example(str(example))
        return rows, target or usual_target
    if example is not None:
        raise BadInputError(f"{table} and --example {example}: give one of them")
    rows = read_table(table, encoding=encoding, delimiter=delimiter)
    if target is None:
        raise BadInputError(
            f"which column is to be predicted? add --target COLUMN; columns of {rows.name}: "
            f"{', '.join(rows.columns)}"
        )
    return rows, target


def _without(rows: Table, names: list[str], target: str) -> Table:
    for name in names:
        if name == target:
            raise BadInputError(f"--drop {name!r} is the column to predict; give others")
        if name not in rows.columns:
            hint = nearest(name, rows.columns) or ";"
            raise BadInputError(
                f"--drop {name!r} is no feature column{hint} columns of {rows.name}: "
                f"{', '.join(rows.columns)}"
            )
    return rows.drop(names)


def _show(
    told: Report, settings: Settings, model: TableModel, history: History, *, as_json: bool
) -> None:
    if as_json:
        numbers = {
            "n_features": len(model.columns.feature_names),
            "n_parameters": model.network.theta.size,
            "seconds": sum(history["seconds"]),
            "interrupted": history.interrupted,
            "settings": asdict(settings),
        }
        print(json.dumps({**told.as_json(), **numbers}, allow_nan=False))
        return
    from rich.console import Console

    facts = told.facts
    print(f"network: {facts['Network']}, {facts['Parameters']} parameters")
    print(f"stopped: {facts['Stopped']}")
    print(f"weights: {facts['Weights']}\n")
    print_report(replace(told, notes=()), Console())  # the notes were said before the training


def _announce(rows: Table, ready: PreparedTable) -> None:
    """Say before the training how the table is understood; it may take long."""
    split = ready.split
    print(plain(f"{rows.name}: {rows.n_rows} rows, {len(rows.columns)} columns"))
    print(plain(ready.answers.sentence))
    print(
        f"rows: {len(split.train)} to train on, {len(split.validation)} to validate, "
        f"{len(split.test)} to test"
    )
    for note in ready.notes:
        print(plain(f"note: {note}"))


def _write(told: Report, model: TableModel, report: Path | None, out: Path | None) -> list[str]:
    """Write what was asked for, say so on standard error, and return what failed."""
    outputs = [
        (out, "model", partial(save_model, model)),
        (report, "report", partial(write_page, told)),
    ]
    failures = []
    for path, name, write in outputs:
        if path is None:
            continue
        try:
            with writing(path):
                write(path)
            print(f"{name} written to {path}", file=sys.stderr)
        except BadInputError as error:
            failures.append(str(error))
    return failures
