"""The command: ``python -m benchmarks``, and what else can be measured; see ``--help``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import (
    checkpoints,
    checks,
    crowd,
    estimators,
    exports,
    kernels,
    large_tables,
    machine,
    memory,
    neighbour,
    report,
    scaling,
    serve,
    side_by_side,
    start,
    tools,
)
from benchmarks.cells import (
    ACTIVATIONS,
    DTYPES,
    GRID,
    Cell,
    prediction_cells,
    training_cells,
)
from benchmarks.environment import RESULTS, peers_python, stay_on_few_processors
from benchmarks.goals import OURS
from benchmarks.install import install, install_tools
from benchmarks.peers import PEERS
from benchmarks.quality import command as quality
from benchmarks.quality import report as quality_report
from benchmarks.quality.methods import METHODS
from benchmarks.quality.store import Store
from benchmarks.quality.tables import TABLES
from benchmarks.results import Results, load
from benchmarks.rounds import measure
from benchmarks.tables import Table, markdown, show

_ROUNDS, _QUICK_ROUNDS = 7, 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; without a name it is the grid."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or (given[0] not in _COMMANDS and given[0] not in {"-h", "--help"}):
        given.insert(0, "grid")
    options = _parser().parse_args(given)
    try:
        _COMMANDS[options.command](options)
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f"benchmarks: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in _COMMANDS.items():
        assert command.__doc__
        about = command.__doc__.splitlines()[0]
        sub = commands.add_parser(name, help=about, description=about)
        if not name.startswith("install"):
            _add_options(sub)
        if name == "grid":
            _add_grid_options(sub)
        if name == "quality":
            _add_quality_options(sub)
    return parser


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--peers", type=_names, help=f"of {','.join(PEERS)}")
    parser.add_argument("--engine", default="", help="chainrule's; default: compiled if there is")
    parser.add_argument("--rounds", type=int, help=f"default {_ROUNDS}")
    parser.add_argument("--python", type=Path, default=peers_python(), help="where the peers are")
    parser.add_argument("--out", type=Path, default=RESULTS, help="a folder for what is written")


def _add_grid_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cells", type=_names, help=f"of {','.join(c.name for c in GRID)}")
    parser.add_argument("--activation", type=_names, help=f"of {','.join(ACTIVATIONS)}")
    parser.add_argument("--dtype", type=_names, help=f"of {','.join(DTYPES)}")
    parser.add_argument("--work", type=_names, default=["training", "prediction"])
    parser.add_argument("--quick", action="store_true", help="relu, float32, few rounds")


def _add_quality_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=TABLES, help="a folder of tables")
    parser.add_argument("--methods", type=_names_by_semicolon, help=f"of {'; '.join(METHODS)}")
    parser.add_argument("--splits", type=int, default=3, help="how many; default 3")
    parser.add_argument("--rows", type=int, default=6000, help="to train on, at most; default 6000")
    parser.add_argument("--report-only", action="store_true", help="of what is measured already")


def _names_by_semicolon(text: str) -> list[str]:
    return [name.strip() for name in text.split(";")]


def _names(text: str) -> list[str]:
    return text.split(",")


def _grid(options: argparse.Namespace) -> None:
    """Training and prediction beside the peers."""
    results = _run(_grid_cells(options), options.peers or list(PEERS), options)
    show(report.tables(results))
    _say_written(report.write(results, options.out, "grid"))


def _grid_cells(options: argparse.Namespace) -> list[Cell]:
    """Return the chosen cells, those of one dtype together; a quick seed in its own dtype."""
    quick_dtypes = ["float32"] if options.quick else list(DTYPES)
    dtypes = options.dtype or quick_dtypes
    activations = options.activation or (["relu"] if options.quick else list(ACTIVATIONS))
    cells: list[Cell] = []
    if "training" in options.work:
        cells += training_cells(options.cells, activations, dtypes)
    if "training" in options.work and options.quick:
        cells = [cell for cell in cells if cell.name != "seed"]
        seed = {"seed"}.intersection(options.cells or ["seed"])
        cells += training_cells(seed, activations, ["float64"])
    if "prediction" in options.work:
        cells += prediction_cells(options.cells, dtypes)
    return sorted(cells, key=lambda cell: cell.dtype)


def _scaling(options: argparse.Namespace) -> None:
    """Cost against width, depth, batch and rows."""
    results = _run(scaling.cells(), options.peers or [OURS], options)
    show(scaling.tables(results))
    _say_written(scaling.write(results, options.out))


def _run(cells: list[Cell], peers: list[str], options: argparse.Namespace) -> Results:
    rounds = _rounds(options)
    _require_known(peers)
    run = measure(cells, peers, rounds, python=options.python, engine=options.engine, say=_progress)
    settings = {"rounds": str(rounds), "engine": options.engine or "default"}
    return Results(run, machine.describe(), settings)


def _rounds(options: argparse.Namespace) -> int:
    return options.rounds or (_QUICK_ROUNDS if getattr(options, "quick", False) else _ROUNDS)


def _require_known(peers: Sequence[str]) -> None:
    if unknown := set(peers) - set(PEERS):
        raise ValueError(f"unknown peers {sorted(unknown)}; known: {', '.join(PEERS)}")


def _memory(options: argparse.Namespace) -> None:
    """Peak memory of a fit beside the data's size."""
    peers = options.peers or [OURS, "sklearn"]
    _require_known(peers)
    tables, found = memory.tables(peers, python=options.python, engine=options.engine)
    _write_plain("memory", tables, found, options.out)


def _start(options: argparse.Namespace) -> None:
    """Cold and warm start of a first small fit."""
    peers = options.peers or [OURS]
    _require_known(peers)
    tables, found = start.tables(
        peers, _rounds(options), python=options.python, engine=options.engine
    )
    _write_plain("start", tables, found, options.out)


def _neighbour(options: argparse.Namespace) -> None:
    """Training and prediction beside other programs that compute all the time."""
    stay_on_few_processors()
    peers = options.peers or list(neighbour.PEERS_BESIDE)
    _require_known(peers)
    tables, found = neighbour.tables(
        peers, _rounds(options), python=options.python, engine=options.engine, say=_progress
    )
    _write_plain("neighbour", tables, found, options.out)


def _pages(options: argparse.Namespace) -> None:
    """Training beside a page, twenty pages at once, pictures in Chromium."""
    from benchmarks import pages  # which needs the extra play

    stay_on_few_processors()
    tables, found = pages.tables()
    _write_plain("pages", tables, found, options.out)


def _tools(options: argparse.Namespace) -> None:
    """Tools for scikit-learn, each asked for what people ask it: what works, what it says."""
    tables, found = tools.tables(options.python)
    _write_plain("tools", tables, found, options.out)


def _measured(
    name: str, tables_of: Callable[[int], tuple[list[Table], list[dict[str, Any]]]], about: str
) -> Callable[[argparse.Namespace], None]:
    """Return the command of a measurement that takes nothing but the number of rounds."""

    def command(options: argparse.Namespace) -> None:
        stay_on_few_processors()
        tables, found = tables_of(_rounds(options))
        _write_plain(name, tables, found, options.out)

    command.__doc__ = about
    return command


def _write_plain(name: str, tables: list[Table], found: list[dict[str, Any]], folder: Path) -> None:
    show(tables)
    folder.mkdir(parents=True, exist_ok=True)
    about = machine.describe()
    described = Table("Machine", ["what", "which"], list(about.items()))
    page = "\n\n".join(map(markdown, [*tables, described]))
    text = json.dumps({"machine": about, "found": found}, indent=1, ensure_ascii=False)
    paths = [folder / f"{name}.json", folder / f"{name}.md"]
    for path, content in zip(paths, (text, page), strict=True):
        path.write_text(content + "\n", encoding="utf-8")
    _say_written(paths)


def _quality(options: argparse.Namespace) -> None:
    """How good the answers of default settings are on real tables, beside boosting and RealMLP."""
    store = Store(options.out / "quality-fits.json")
    splits = list(range(options.splits))
    if not options.report_only:
        methods = options.methods or list(METHODS)
        quality.measure(
            *(options.data, store),
            methods=methods, splits=splits, rows=options.rows, python=options.python, say=_progress,
        )  # fmt: skip
    _write_plain("quality", quality_report.tables(store, options.rows, splits), [], options.out)


def _report(options: argparse.Namespace) -> None:
    """Print and write the last grid's tables again, from its JSON."""
    results = load(options.out / "grid.json")
    show(report.tables(results))
    _say_written(report.write(results, options.out, "grid"))


def _install(options: argparse.Namespace) -> None:
    """Put the peers into a virtual environment of their own."""
    del options
    install()


def _install_tools(options: argparse.Namespace) -> None:
    """Put the tools that `tools` asks beside the peers."""
    del options
    install_tools()


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def _say_written(paths: Sequence[Path]) -> None:
    print("written:", ", ".join(path.name for path in paths))  # noqa: T201


_COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    "grid": _grid,
    "scaling": _scaling,
    "memory": _memory,
    "start": _start,
    "crowd": _measured("crowd", crowd.tables, "Processors' time of four fits at once."),
    "beside": _measured(
        "beside", side_by_side.tables, "Eight small networks side by side and one after the other."
    ),
    "neighbour": _neighbour,
    "estimators": _measured(
        "estimators", estimators.tables, "Our estimators beside scikit-learn's."
    ),
    "kernels": _measured(
        "kernels", kernels.tables, "Where the time of a step goes, kernel by kernel."
    ),
    "checks": _measured(
        "checks", checks.tables, "How long a check of the course takes, for every chapter."
    ),
    "large-tables": _measured(
        "large-tables", large_tables.tables, "Large CSV files, read and encoded beside polars."
    ),
    "exports": _measured(
        "exports",
        exports.tables,
        "Time of a prediction of a model exported to C, and its distance from the library's.",
    ),
    "checkpoints": _measured(
        "checkpoints",
        checkpoints.tables,
        "Cost of checkpoints to a training, and the start of one on a gigabyte.",
    ),
    "serve": _measured(
        "serve", serve.tables, "Rows a second and peak memory of `chainrule predict MODEL -`."
    ),
    "pages": _pages,
    "quality": _quality,
    "tools": _tools,
    "report": _report,
    "install": _install,
    "install-tools": _install_tools,
}

if __name__ == "__main__":
    main()
