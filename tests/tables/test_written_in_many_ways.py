"""One table, written in any of the ways of people and programs, is read as the same or refused."""

import csv
import datetime as dt
import gzip
import io
import os
import random
import unicodedata
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pytest

from chainrule.tables import TableError, infer, infer_target, inspect, read_table

FEW = 150
MANY = int(os.environ.get("CHAINRULE_WRITTEN_FILES", "100"))
"""How many files the slow tests write; 2000 take a quarter of an hour."""
SIZES = {
    "chainrule.tables.files.delimited._BLOCK": (1, 40, 170, 2**22),
    "chainrule.tables.files.decoding.BLOCK": (1, 7, 64, 2**23),
    "chainrule.tables.files.delimited.SAMPLE": (1, 300, 2**18),
    "chainrule.tables.files.delimited._CHUNK": (5, 2**18),
}
WORDS = ["red", "Grün", "bleu clair", "Zürich", "naïve", "O'Neil", "café", "x-ray", "North", "São"]
ODD_WORDS = ['5" pipe', 'say "hi"', "a, b", "c; d", "left|right", "two\nlines", "tab\there", "#7"]
NAMES = [
    "size",
    "price (EUR)",
    "état",
    "Größe, außen",
    "net weight",
    "age",
    "y2",
    "Länge; cm",
    "n°",
]
MISSING_NUMBERS = ["", "NA", "NULL", "n/a", "NaN", "-", "?"]
MISSING_WORDS = ["", "NA", "NULL"]
DATES = ["%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%Y-%m-%dT%H:%M:%S", "%d-%b-%Y", "%Y-%m-%d %H:%M"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass
class Column:
    """What a column holds, and how its cells are written."""

    name: str
    kind: str
    values: list
    cells: list


@dataclass
class Written:
    """A file and the table that is in it."""

    columns: list
    target: str
    content: bytes = b""
    suffix: str = ".csv"
    delimiter: str = ","
    options: dict = field(default_factory=dict)
    habits: list = field(default_factory=list)
    named: bool = True
    """Whether the columns' names are in the file."""


def number_column(rng, name, n, delimiter):
    """Return numbers with a point or a comma, or whole ones."""
    style = rng.choice(["point", "point", "comma", "whole", "exponent"])
    if style == "whole":
        values = [float(rng.randrange(5, 4000)) for _ in range(n)]
        cells = [str(int(value)) for value in values]
    else:
        values = [round(rng.uniform(-90, 900), rng.choice([1, 2])) for _ in range(n)]
        cells = [f"{value:.3e}" if style == "exponent" else repr(value) for value in values]
        values = [float(cell) for cell in cells]
    if style == "comma":
        cells = [cell.replace(".", ",") for cell in cells]
    return Column(name, "number", *with_missing(rng, values, cells, MISSING_NUMBERS))


def word_column(rng, name, n, delimiter):
    """Return a few words, some with delimiters, quotes and line ends in them."""
    some = rng.sample(WORDS, 3) + (rng.sample(ODD_WORDS, 1) if rng.random() < 0.4 else [])
    values = [rng.choice(some) for _ in range(n)]
    return Column(name, "category", *with_missing(rng, values, list(values), MISSING_WORDS))


def boolean_column(rng, name, n, delimiter):
    """Return words of truth, in one case or in mixed case."""
    no, yes = rng.choice([("no", "yes"), ("False", "True"), ("nein", "ja"), ("N", "Y")])
    values = [float(i % 2 if i < 2 else rng.random() < 0.5) for i in range(n)]
    cells = [yes if value else no for value in values]
    if rng.random() < 0.3:
        cells = [cell.upper() if rng.random() < 0.3 else cell for cell in cells]
    return Column(name, "boolean", *with_missing(rng, values, cells, MISSING_NUMBERS))


def date_column(rng, name, n, delimiter):
    """Return moments in one format."""
    style = rng.choice(DATES)
    values = [
        dt.datetime(2023, 1, 1) + dt.timedelta(minutes=rng.randrange(700_000)) for _ in range(n)
    ]
    values[0] = values[0].replace(day=28)  # a day that is no month
    if "H" not in style:
        values = [value.replace(hour=0, minute=0) for value in values]
    cells = [value.strftime(style.replace("%b", MONTHS[value.month - 1])) for value in values]
    return Column(name, "date", *with_missing(rng, values, cells, MISSING_NUMBERS))


def with_missing(rng, values, cells, words):
    """Leave some cells without a value, but for the first rows."""
    if rng.random() < 0.6:
        return values, cells
    word = rng.choice(words)
    for at in range(3, len(values)):
        if rng.random() < 0.15:
            values[at], cells[at] = None, word
    return values, cells


def table_of(rng, delimiter):
    """Return a table of some features and a target."""
    n = rng.randrange(14, 60)
    makers = [number_column, number_column, word_column, boolean_column, date_column]
    names = rng.sample(NAMES, rng.randrange(2, 6))
    columns = [rng.choice(makers)(rng, name, n, delimiter) for name in names]
    if rng.random() < 0.9 and not any(column.kind == "number" for column in columns):
        columns.append(number_column(rng, "height", n, delimiter))
    classes = rng.choice([["a", "b"], ["ja", "nein"], ["low", "mid", "high"], ["été", "hiver"]])
    values = [classes[i % len(classes)] for i in range(n)]
    rng.shuffle(values)
    columns.insert(rng.randrange(len(columns) + 1), Column("kind", "target", values, list(values)))
    return columns


QUOTING = {
    "minimal": {"quoting": csv.QUOTE_MINIMAL},
    "all": {"quoting": csv.QUOTE_ALL},
    "nonnumeric": {"quoting": csv.QUOTE_NONNUMERIC},
    "backslash": {"quoting": csv.QUOTE_ALL, "doublequote": False, "escapechar": "\\"},
    "apostrophe": {"quoting": csv.QUOTE_ALL, "quotechar": "'"},
}


def line_of(cells, delimiter, style, blanks):
    """Return a record without its line end."""
    if delimiter in ("::", "||"):
        return delimiter.join(cells)
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n", **QUOTING[style]).writerow(cells)
    line = out.getvalue()[:-1]
    if blanks == "after":
        return delimiter.join(" " + part for part in split_outside(line, delimiter))[1:]
    if blanks == "around":
        return f" {delimiter} ".join(split_outside(line, delimiter))
    return line


def split_outside(line, delimiter):
    """Split a record at the delimiters that are not within quotes."""
    parts, quoted = [""], False
    for character in line:
        quoted ^= character == '"'
        if character == delimiter and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def write(seed):
    """Return a table and a file in which it is written, after the habits of somebody."""
    rng = random.Random(seed)
    delimiter = rng.choice([",", ",", ",", ";", ";", "\t", "\t", "|", "\x01", "::", "||", " "])
    columns = table_of(rng, delimiter)
    found = Written(columns, "kind")
    habits = found.habits
    style = rng.choice(
        ["minimal", "minimal", "minimal", "all", "nonnumeric", "backslash", "apostrophe"]
    )
    texts = [cell for column in columns for cell in [column.name, *column.cells]]
    plain = not any(set(text) & set(delimiter + "\"'\\\n") for text in texts)
    if delimiter in ("::", "||") and any(set(text) & set(':|"\n') for text in texts):
        delimiter = ","
    if delimiter == " " and (not plain or any(not text or "\t" in text for text in texts)):
        delimiter, style = ";", "all"
    if style == "apostrophe" and any(set(text) & set("'\"\n\\") for text in texts):
        style = "all"
    if style == "backslash" and any("\n" in text for text in texts):
        style = "all"
    blanks = ""
    if len(delimiter) == 1 and delimiter not in (" ", "\t") and style in ("minimal", "all"):
        tricky = any("\n" in text or '"' in text for text in texts)
        blanks = "" if tricky else rng.choice(["", "", "", "after", "around"])
    habits += [f"delimiter {delimiter!r}", style, blanks]
    n = len(columns[0].cells)
    rows = [list(cells) for cells in zip(*(column.cells for column in columns), strict=True)]
    header = [spelled(rng, column.name, habits) for column in columns]
    extra = rng.choice(["", "", "", "", "", "index", "R", "unnamed", "trailing", "trailing rows"])
    if extra in ("index", "R", "unnamed"):
        habits.append(extra)
        rows = [[str(i + 1), *row] for i, row in enumerate(rows)]
        header = {"index": ["index", *header], "R": header, "unnamed": ["", *header]}[extra]
        if delimiter == " " and extra == "unnamed":
            header[0] = "Unnamed: 0".replace(" ", "")
            header[0], extra = "index", "index"
    found.index = extra in ("index", "R", "unnamed")

    def line(cells):
        return line_of(cells, delimiter, style, blanks)

    end = "" if not extra.startswith("trailing") or delimiter == " " else delimiter
    if end:
        habits.append(extra)
    top = line(header) + (end if extra == "trailing" else "")
    body = [line(row) + end for row in rows]
    lines = [*above(rng, found, len(header), delimiter, habits)]
    found.named = rng.random() > 0.04 or extra != "" or any("Report" in each for each in lines)
    if found.named:
        lines.append(top)
    else:
        habits.append("no header")
        found.options["header"] = 0
    lines += between(rng, found, body, [top, delimiter, end, len(rows[0])], lines)
    found.delimiter = delimiter
    found.content, found.suffix = encoded(rng, found, lines, habits)
    if delimiter == "\t" and rng.random() < 0.3:
        found.suffix = found.suffix.replace(".csv", ".tsv")
    assert n == len(body)
    return found


def spelled(rng, name, habits):
    """Return a name with what cannot be seen in it."""
    style = rng.choice(["", "", "", "", "", "NFD", "zero width", "no-break"])
    if style:
        habits.append(f"name {style}")
    return {
        "NFD": unicodedata.normalize("NFD", name),
        "zero width": name + "\u200b",
        "no-break": name.replace(" ", "\u00a0"),
    }.get(style, name)


def above(rng, found, width, delimiter, habits):
    """Return the lines above the header."""
    habit = rng.choice(
        ["", "", "", "", "blank", "comments", "comment", "sep", "title", "title row"]
    )
    if habit in ("sep", "title row") and delimiter not in (",", ";", "\t", "|"):
        return []
    habits.append(f"above: {habit}")
    return {
        "": [],
        "blank": [""] * rng.randrange(1, 4),
        "comments": ["# made by a program", f"# on day 3{delimiter} 2024", "#"],
        "comment": [rng.choice(["# x=3", '% it\'s "new"', "// a table", "! notes"])],
        "sep": [rng.choice(["sep={}", "SEP={}", '"sep={}"']).format(delimiter)],
        "title": ["Report of all there is", *rng.choice([[], [""]])],
        "title row": ["Report" + delimiter * (width - 1)],
    }[habit]


def between(rng, found, body, about, lines):
    """Return the rows with what else stands among them."""
    top, delimiter, end, width = about
    out, habits = list(body), found.habits
    if found.named and rng.random() < 0.06 and len(delimiter) == 1 and delimiter in ",;\t|":
        habits.append("units")
        units = {"number": "[mm]", "date": "[d]"}
        cells = [units.get(column.kind, "[-]") for column in found.columns]
        out.insert(0, delimiter.join(["[-]"] * (width - len(cells)) + cells) + end)
    if found.named and rng.random() < 0.08 and "R" not in habits:
        habits.append("header again")
        out.insert(rng.randrange(len(out) // 2, len(out)), top)
    if any(each.startswith("#") for each in lines) and rng.random() < 0.5:
        habits.append("comments between")
        out.insert(rng.randrange(1, len(out)), f'# a "new{delimiter} part')
    if rng.random() < 0.1:
        habits.append("blank lines")
        for _ in range(3):
            out.insert(rng.randrange(1, len(out) + 1), "")
    if rng.random() < 0.05:
        habits.append("footer")
        out.append(f"({len(body)} rows)")
    return out


def encoded(rng, found, lines, habits):
    """Return the file's bytes and the end of its name."""
    end = rng.choice(["\n", "\n", "\r\n", "\r\n", "\r", "\r\r\n"])
    text = end.join(line.replace("\n", end if end != "\r\r\n" else "\r\n") for line in lines)
    text += rng.choice([end, end, "", end + "\x1a", end + end])
    encoding = rng.choice(
        ["utf-8"] * 4 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
    )
    if found.delimiter == "\x01" and encoding.startswith("utf-16-"):
        encoding = "utf-16"  # without a mark, control characters are a sign of no text
    if encoding == "cp1252" and "\u200b" not in text:
        text = unicodedata.normalize("NFC", text)
        if rng.random() < 0.7:
            found.options["encoding"] = "cp1252"
    elif encoding == "cp1252":
        encoding = "utf-8"
    if encoding == "utf-8-sig" and rng.random() < 0.3:
        text = "\ufeff" + text
    habits += [f"end {end!r}", encoding]
    raw = text.encode(encoding)
    if rng.random() < 0.1:
        return gzip.compress(raw), ".csv.gz"
    return raw, ".csv"


def outcome(path, found):
    """Say how a file was read: "same", "noted: …", "refused: …" or "silently different: …"."""
    try:
        table = read_table(path, **found.options)
        if not found.named:
            names = {c: f"column {n}" for n, c in enumerate((c.name for c in found.columns), 1)}
            table = table.renamed({new: old for old, new in names.items()})
        seen = inspect(table, found.target)
        answers = infer_target(table, found.target)
        rows = table if answers.rows is None else table.take(answers.rows)
        typed = infer(rows, target=found.target)
    except TableError as error:
        assert len(str(error).splitlines()) == 1
        return f"refused: {error}"
    difference = differing(found, seen, typed, answers)
    if difference is None:
        return "same"
    about, said = difference
    column = [note for note in seen.notes if note.column == about or f"'{about}'" in note]
    if about is None:
        column = [note for note in seen.notes if note.line is not None]
    return f"noted: {said} {column}" if column else f"silently different: {said} {seen.notes}"


def differing(found, seen, typed, answers):
    """Return which column was read otherwise than it was written, and how; None if none."""
    names = [column.name for column in seen.columns if column.left_out is None]
    wanted = [column.name for column in found.columns]
    constant = {c.name for c in seen.columns if c.left_out and "different" not in c.left_out}
    if names != [name for name in wanted if name not in constant]:
        return None, f"columns {names}, not {wanted}"
    for column in found.columns:
        if column.name in constant:
            continue
        read, wanted = values_of(column, typed, answers), column.values
        kind = next(each.kind for each in seen.columns if each.name == column.name)
        if column.kind not in (kind, "target") or not alike(read, wanted):
            return column.name, f"{column.name} is {kind} {read}, not {column.kind} {wanted}"
    return None


def values_of(column, typed, answers):
    """Return the values of a column as they are read."""
    if column.kind == "target":
        return [answers.classes[label] for label in answers.labels]
    values = typed.table.frame[column.name]
    return (values.cast(pl.String) if column.kind == "category" else values).to_list()


def alike(values, wanted):
    return len(values) == len(wanted) and all(
        (value is None and other is None)
        or value == other
        or (isinstance(other, float) and value is not None and np.isclose(value, other))
        for value, other in zip(values, wanted, strict=True)
    )


def in_typed_file(found, path):
    """Write the table's values with their types, as Parquet or Arrow."""
    frame = pl.DataFrame({column.name: column.values for column in found.columns})
    booleans = [column.name for column in found.columns if column.kind == "boolean"]
    frame = frame.with_columns(pl.col(booleans).cast(pl.Boolean)) if booleans else frame
    write_file = frame.write_parquet if path.suffix == ".parquet" else frame.write_ipc
    write_file(path)
    found.options, found.named = {}, True


def outcome_of_cells(path, found):
    """Say whether the cells are those that were written; the kinds are not looked at."""
    try:
        table = read_table(path, **found.options)
    except TableError as error:
        assert len(str(error).splitlines()) == 1
        return f"refused: {error}"
    skipped = [name for name in table.columns if name in (*table.index, *table.unnamed, "index")]
    columns = [name for name in table.columns if name not in skipped]
    wanted = [column.name for column in found.columns]
    if not found.named:
        wanted = [f"column {number + 1}" for number in range(len(wanted))]
    cells = [table.frame[name].cast(pl.String).to_list() for name in columns]
    written = [[as_read(cell) for cell in column.cells] for column in found.columns]
    if columns == wanted and cells == written:
        return "same"
    return f"silently different: {columns} {cells}, not {wanted} {written} {table.notes}"


def as_read(cell):
    """Return a cell as it should be read."""
    return unicodedata.normalize("NFC", cell).strip() or None


def files(tmp_path, monkeypatch, seeds):
    """Yield written tables and their files; every second one is to be read in pieces."""
    for seed in seeds:
        found = write(seed)
        path = tmp_path / f"data{found.suffix}"
        path.write_bytes(found.content)
        rng = random.Random(seed)
        for constant, sizes in SIZES.items():
            monkeypatch.setattr(constant, rng.choice(sizes) if seed % 2 else sizes[-1])
        yield seed, found, path


def everything(path, options):
    """Return all that is read, or what is said instead."""
    try:
        table = read_table(path, **options)
    except TableError as error:
        return str(error)
    cells = [column.cast(pl.String).to_list() for column in table.frame]
    return table.columns, cells, list(table.places), [str(note) for note in table.notes]


def check(tmp_path, monkeypatch, seeds, outcome_of):
    """Read many files: none is silently different, and few are refused."""
    results = list[str]()
    for seed, found, path in files(tmp_path, monkeypatch, seeds):
        result = outcome_of(path, found)
        assert not result.startswith("silently"), (seed, found.habits, result)
        results.append(result)
    assert results.count("same") >= 0.9 * len(results), results


def test_cells_written_in_many_ways(tmp_path, monkeypatch):
    check(tmp_path, monkeypatch, range(FEW), outcome_of_cells)


def test_tables_written_in_many_ways(tmp_path, monkeypatch):
    check(tmp_path, monkeypatch, range(FEW, FEW + FEW // 12), outcome)


@pytest.mark.parametrize("name", ["data.parquet", "data.arrow"])
def test_tables_in_typed_files(tmp_path, name):
    for seed in range(5):
        found = write(seed)
        in_typed_file(found, tmp_path / name)
        assert outcome(tmp_path / name, found) == "same", seed


def test_polars_and_the_csv_module_read_the_same(tmp_path, monkeypatch):
    for seed, found, path in files(tmp_path, monkeypatch, range(FEW // 3)):
        by_polars = everything(path, found.options)
        with monkeypatch.context() as patch:
            patch.setattr("chainrule.tables.files.delimited.parse_block", lambda *_: None)
            assert everything(path, found.options) == by_polars, (seed, found.habits)


@pytest.mark.slow
def test_many_cells_written_in_many_ways(tmp_path, monkeypatch):
    check(tmp_path, monkeypatch, range(1000, 1000 + MANY), outcome_of_cells)


@pytest.mark.slow
def test_many_tables_written_in_many_ways(tmp_path, monkeypatch):
    check(tmp_path, monkeypatch, range(1000, 1000 + MANY // 3), outcome)


@pytest.mark.slow
def test_polars_and_the_csv_module_read_many_the_same(tmp_path, monkeypatch):
    seeds = range(1000, 1000 + MANY // 3)
    for seed, found, path in files(tmp_path, monkeypatch, seeds):
        by_polars = everything(path, found.options)
        with monkeypatch.context() as patch:
            patch.setattr("chainrule.tables.files.delimited.parse_block", lambda *_: None)
            assert everything(path, found.options) == by_polars, (seed, found.habits)
