"""What the grid's run says, in tables: the goals first, with what falls short or is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks import plot
from benchmarks.cells import DTYPES
from benchmarks.environment import THREADS
from benchmarks.goals import OURS, Verdict, verdicts
from benchmarks.peers import PEERS
from benchmarks.results import (
    Results,
    gflops,
    median,
    samples_per_second,
    save,
    short,
    spread,
    with_prefix,
)
from benchmarks.rounds import Figure, Measured
from benchmarks.tables import Table, markdown

_GOAL_COLUMNS = [
    "cell", "demand", "wanted", "measured", "in words", "would take of the FMA peak",
]  # fmt: skip
_FIGURE_COLUMNS = [
    "cell", "who", "µs per step", "spread", "samples/s", "GFLOP/s", "of peak", "ours is faster",
]  # fmt: skip


def tables(results: Results) -> list[Table]:
    """Return the goals before the figures, then the peak."""
    found: list[Table] = []
    for work, title in (("training", "Training"), ("prediction", "Prediction")):
        measured = [one for one in results.run.measured if one.cell.work == work]
        if measured:
            found += [_goals(title, results, measured), _figures(title, results, measured)]
    return [*found, _peaks(results)]


def write(results: Results, folder: Path, name: str) -> list[Path]:
    """Write the JSON, Markdown and picture of a run; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.{ending}" for ending in ("json", "md", "png")]
    save(results, paths[0])
    paths[1].write_text(page(results, name), encoding="utf-8")
    plot.grid(results, paths[2])
    return paths


def page(results: Results, name: str) -> str:
    """Return the Markdown page."""
    parts = [
        "# Training and prediction speed, beside the peers",
        _summary(results),
        f"![Times beside chainrule's]({name}.png)",
        *map(markdown, [*tables(results), ways(results), machine_table(results)]),
    ]
    return "\n\n".join(parts) + "\n"


def _summary(results: Results) -> str:
    words = [verdict.word for one in results.run.measured for verdict in _verdicts(results, one)]
    lost = sum(word.startswith("LOST") for word in words)
    counts = [
        f"{words.count('met')} met",
        f"{words.count('falls short')} fall short",
        f"{lost} lost to a peer",
        f"{words.count('not measured')} not measured",
    ]
    missing = [f"{name} is missing: {why}" for name, why in results.run.missing.items()]
    return f"Of {len(words)} demands: {', '.join(counts)}.\n\n" + "\n".join(
        [
            f"All on {THREADS} threads, each in its own process on the same processors, in turns; "
            f"medians over {results.settings['rounds']} rounds, warm. Ratios are medians' ratios.",
            *missing,
        ]
    )


def _verdicts(results: Results, measured: Measured) -> list[Verdict]:
    return verdicts(measured, results.peak(measured.cell.dtype))


def _goals(title: str, results: Results, measured: Iterable[Measured]) -> Table:
    rows = [
        [
            one.cell.label,
            verdict.demand,
            _amount(verdict.demand, verdict.wanted),
            _amount(verdict.demand, verdict.got),
            verdict.word,
            "–" if verdict.would_take is None else f"{verdict.would_take:.0%}",
        ]
        for one in measured
        for verdict in _verdicts(results, one)
    ]
    return Table(f"{title}: goals", _GOAL_COLUMNS, rows)


def _amount(demand: str, number: float | None) -> str:
    if number is None:
        return "–"
    return f"{number:.0%}" if demand == "of the FMA peak" else f"{short(number)} ×"


def _figures(title: str, results: Results, measured: Iterable[Measured]) -> Table:
    rows = [row for one in measured for row in _figure_rows(results, one)]
    return Table(f"{title}: figures", _FIGURE_COLUMNS, rows)


def _figure_rows(results: Results, measured: Measured) -> Iterator[list[str]]:
    """Yield one row for each peer, the fastest first and the skipped last."""
    done, cell = measured.done(), measured.cell
    for name in sorted(done, key=lambda name: done[name].median):
        yield [cell.label, PEERS[name].title, *_numbers(results, measured, name)]
    for name in measured.figures:
        if name not in done:
            yield [cell.label, PEERS[name].title, "skipped", *["–"] * 5]


def _numbers(results: Results, measured: Measured, name: str) -> list[str]:
    figure, cell, ours = measured.figures[name], measured.cell, measured.done().get(OURS)
    share = results.share_of_peak(measured, figure)
    return [
        short(figure.median * 1e6),
        spread(figure.seconds),
        with_prefix(samples_per_second(cell, figure)),
        short(gflops(cell, figure)),
        "–" if share is None else f"{share:.1%}",
        "–" if ours is None or name == OURS else f"{short(figure.median / ours.median)} ×",
    ]


def ways(results: Results) -> Table:
    """Return the way in which each peer was fastest, or why it was skipped."""
    names = list(dict.fromkeys(name for one in results.run.measured for name in one.figures))
    rows = [
        [
            one.cell.label,
            f"{one.cell.network}, {one.cell.batch_size if one.cell.work == 'training' else '–'}",
            spread(one.apart, unit=1e-9),
            *(_way(one.figures.get(name)) for name in names),
        ]
        for one in results.run.measured
    ]
    columns = ["cell", "network, batch", "apart, ns", *(PEERS[name].title for name in names)]
    note = (
        "Every peer's ways are tried while it warms up; the fastest is measured. How far apart the "
        "processors were is the time of a barrier between our workers, before each round."
    )
    return Table("Ways", columns, rows, note)


def _way(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    return f"skipped: {figure.skipped}" if figure.skipped else figure.way


def _peaks(results: Results) -> Table:
    rows = [
        [dtype, str(threads), short(median(rates)), spread(rates, unit=1)]
        for dtype in DTYPES
        for threads in (1, THREADS)
        if (rates := results.peak_rates(dtype, threads))
    ]
    note = "Measured before every cell; shares of peak are shares of the highest."
    return Table("Peak: GFLOP/s of nothing but FMAs", ["dtype", "threads", "median", "spread"],
                 rows, note)  # fmt: skip


def machine_table(results: Results) -> Table:
    """Return the machine, the versions and the settings as a table."""
    described: Mapping[str, str] = {
        **results.machine,
        **results.run.versions,
        **results.settings,
    }
    return Table("Machine, packages, settings", ["what", "which"], list(described.items()))
