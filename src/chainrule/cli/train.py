"""`chainrule train`: the page's circles without a table, a model and a report with one."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import typer

from chainrule.cli import options
from chainrule.cli.circles import PAGE, train_circles
from chainrule.cli.errors import (
    INTERRUPTED,
    BadInputError,
    speaking,
    warnings_as_notes,
    writing,
)
from chainrule.cli.summary import Times, about_ensemble, scored, summary
from chainrule.cli.tables import Reading, kinds_of, table_and_target, without, words_of
from chainrule.files import require_writable
from chainrule.models import (
    EnsembleSettings,
    PreparedTable,
    Settings,
    TableModel,
    Trained,
    fit,
    n_parameters,
    prepare,
)
from chainrule.reports import Report, plain, print_report, write_html
from chainrule.saving import save
from chainrule.tables import require_shares

_SHOWN = ("Stopped", "Weights", "Held-out loss", "Temperature", "Baseline", "Training time")
_SHARE = 0.2  # of the rows, for the test and for validation


@dataclass(frozen=True)
class Request:
    """What `chainrule train` is asked to do with a table.

    The attributes are the command's options.
    """

    table: Path | None
    example: str | None
    target: str | None
    task: Literal["auto", "classification", "regression"]
    category: list[str] | None
    kind: list[str] | None
    missing: list[str] | None
    not_missing: list[str] | None
    drop: list[str] | None
    test_size: float
    validation_size: float | None
    quick: bool
    max_time: float | None
    reading: Reading
    report: Path | None
    out: Path | None
    checkpoint: Path | None
    resume: bool
    as_json: bool

    @property
    def needs_table(self) -> dict[str, object]:
        """The options that were given and mean nothing without a table."""
        given = {
            **{name: getattr(self, name) for name in ("target", "report", "out", "category", "kind",
                                                     "missing", "not_missing", "drop")},
            "checkpoint": self.checkpoint,
            "task": self.task != "auto",
            **self.reading.given,
            "test_size": self.test_size != _SHARE,
            "validation_size": self.validation_size,
            "quick": self.quick,
            "max_time": self.max_time,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value}


def train(
    table: options.Data = None,
    target: options.Target = None,
    example: options.Example = None,
    task: options.TaskName = "auto",
    category: options.Category = None,
    kind: options.Kind = None,
    missing: options.Missing = None,
    not_missing: options.NotMissing = None,
    drop: options.Drop = None,
    test_size: options.TestSize = _SHARE,
    validation_size: options.ValidationSize = None,
    quick: options.Quick = False,
    max_time: options.MaxTime = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    quote: options.Quote = None,
    comment: options.Comment = None,
    header: options.Header = None,
    skip: options.Skip = None,
    sheet: options.Sheet = None,
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
    checkpoint: options.CheckpointFolder = None,
    resume: options.Resume = False,
    as_json: options.AsJson = False,
) -> None:
    """Train on TABLE, on an example, or (without either) on the points of two circles.

    On a table: an ensemble of small networks, whose defaults need no tuning. With --quick, or any
    option about one network (--hidden, --epochs, …), one plain network.

    The circles' own defaults: hidden 6,6, sgd, rate 0.01, 10 epochs, one row a step.
    'chainrule inspect TABLE' says how a table would be read.
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
    reading = Reading(delimiter, encoding, quote, comment, header, skip, sheet)
    request = Request(
        table, example, target, task, category, kind, missing, not_missing, drop,
        test_size, validation_size, quick, max_time, reading, report, out, checkpoint, resume,
        as_json,
    )  # fmt: skip
    if resume and checkpoint is None:
        raise BadInputError("--resume goes on from a checkpoint; give --checkpoint DIR too")
    if table is None and example is None:
        on_circles(request, given)
    else:
        on_table(request, _settings(request, given))


def _settings(request: Request, given: dict[str, Any]) -> Settings | EnsembleSettings:
    """Return what is to be trained: an ensemble, unless an option is about one network.

    Raises
    ------
    BadInputError
        If other options are for an ensemble.
    """
    of_one = [name for name in given if name != "seed"]
    if request.validation_size is not None:
        of_one.append("validation_size")
    if not (request.quick or of_one):
        return EnsembleSettings(max_time=request.max_time, **given)
    why = "--quick" if request.quick else _option(of_one[0])
    if request.max_time is not None:
        raise BadInputError(f"--max-time is for an ensemble, but {why} asks for one network")
    if not request.quick and not request.as_json:
        print(f"note: {why} is an option of one network: --quick is taken for given")
    return replace(Settings(), **given)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def on_circles(request: Request, given: dict[str, Any]) -> None:
    """Train as the page does.

    Parameters
    ----------
    request : Request
        Names no table.
    given : dict
        The settings that replace the page's own.

    Raises
    ------
    BadInputError
        If an option means nothing without a table.
    """
    without_meaning = [*request.needs_table, *({"patience"} & set(given))]
    for name in without_meaning[:1]:
        raise BadInputError(
            f"{_option(name)} goes with a table: chainrule train TABLE --target "
            "COLUMN, or chainrule train --example wine"
        )
    with speaking():
        if train_circles(replace(PAGE, **given), as_json=request.as_json).interrupted:
            raise typer.Exit(INTERRUPTED)


def on_table(request: Request, settings: Settings | EnsembleSettings) -> None:
    """Read a table, train on it, report, and write the requested files.

    Parameters
    ----------
    request : Request
    settings : Settings or EnsembleSettings

    Raises
    ------
    BadInputError
        If an option cannot be understood, or a file not be written.
    """
    if request.checkpoint is not None and request.max_time is not None:
        raise BadInputError(
            "what there is time for differs from run to run, so that no run goes on to the same "
            "bits; leave out one of --max-time and --checkpoint"
        )
    validation_size = 0.0 if settings.recipe else request.validation_size or _SHARE
    try:
        require_shares(request.test_size, validation_size)
    except ValueError as error:
        raise BadInputError(str(error)) from None
    _require_outputs(request.table, request.report, request.out)
    kinds, words = kinds_of(request.kind), words_of(request.missing, request.not_missing)
    rows, target = table_and_target(request.reading, request.table, request.example, request.target)
    name, size = rows.name, (rows.n_rows, len(rows.columns))
    rows = without(rows, request.drop or [], target)
    ready = prepare(
        rows.for_one_use(),
        target,
        task=request.task,
        categories=request.category or [],
        kinds=kinds,
        words=words,
        test_size=request.test_size,
        validation_size=validation_size,
        seed=settings.seed,
        recipe=settings.recipe,
    )
    if not request.as_json:
        with speaking():
            _announce(name, size, ready)
    trained, times = _trained(request, ready, settings)
    model = trained.model
    told = summary(f"{name} → {target}", ready, settings, model, times)
    if request.report is not None and trained.fitted is not None:
        told = replace(told, sections=about_ensemble(trained.fitted, ready))
    failures = _write(told, model, request)  # first: to show may fail, as in `… | head`
    with speaking():
        _show(told, model, times, as_json=request.as_json)
    if failures:
        raise BadInputError("; ".join(failures))
    if model.record is not None and model.record.interrupted:
        raise typer.Exit(INTERRUPTED)


def _trained(
    request: Request, ready: PreparedTable, settings: Settings | EnsembleSettings
) -> tuple[Trained, Times]:
    """Train, and say how long it took."""
    began, cpu = time.perf_counter(), time.process_time()
    try:
        with warnings_as_notes():
            trained = fit(ready, settings, checkpoint=request.checkpoint, resume=request.resume)
        record = trained.model.record
        learned = record is not None and record.n_epochs > 0
    except KeyboardInterrupt:
        learned = False
    if not learned:
        print("no epoch was over: there is nothing to report", file=sys.stderr)
        raise typer.Exit(INTERRUPTED)
    return trained, Times(time.perf_counter() - began, time.process_time() - cpu)


def _require_outputs(table: Path | None, *outputs: Path | None) -> None:
    """Check before the work that the outputs can be written and overwrite no input."""
    taken = {}
    for path in filter(None, outputs):
        with writing(path):
            if table is not None:
                taken[table.resolve()] = "the table to read"
            if path.resolve() in taken:
                raise BadInputError(f"{path} is {taken[path.resolve()]}; give another name")
            taken[path.resolve()] = "named for two outputs"
            require_writable(path)


def _show(told: Report, model: TableModel, times: Times, *, as_json: bool) -> None:
    record = model.record
    assert record is not None
    if as_json:
        numbers = {
            "n_features": len(model.columns.feature_names),
            "n_parameters": n_parameters(model.predictor),
            **times._asdict(),
            "interrupted": record.interrupted,
            "settings": dict(record.settings),
            "networks": [
                {"epochs": len(history), "weights_epoch": history.weights_epoch}
                for history in record.histories
            ],
            "held_out": dict(record.held_out),
        }
        print(json.dumps({**told.as_json(), **numbers}, allow_nan=False))
        return
    from rich.console import Console

    facts = told.facts
    print(f"network: {facts['Network']}, {facts['Parameters']} parameters")
    for name in _SHOWN:
        if name in facts:
            print(f"{name.lower()}: {facts[name]}")
    print()
    print_report(replace(told, notes=()), Console())  # the notes were said before the training


def _announce(name: str, size: tuple[int, int], ready: PreparedTable) -> None:
    """Say before the training how the table is understood; it may take long."""
    split = ready.split
    print(plain(f"{name}: {size[0]} rows, {size[1]} columns"))
    print(plain(ready.answers.sentence))
    validated = f"{len(split.validation)} to validate, " if len(split.validation) else ""
    print(f"rows: {len(split.train)} to train on, {validated}{len(split.test)} to test")
    for note in ready.notes:
        print(plain(f"note: {note}"))


def _write(told: Report, model: TableModel, request: Request) -> list[str]:
    """Write the requested files, report each on standard error, and return the failures."""
    outputs = [
        (request.out, "model", partial(save, scored(model, told))),
        (request.report, "report", partial(write_html, told)),
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
