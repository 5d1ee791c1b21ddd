"""Tables that made other tools stumble, rebuilt with invented data and read by the command.

Each was reported in public; the comment above a test names some of the reports. What must never
happen is a third thing: neither the right reading nor a note that names the value or the option.
"""

import datetime as dt
import json
import unicodedata
from pathlib import Path

import polars as pl
import pytest
from oracles.pairs import crossed

from chainrule.cli.app import run

N = 60
FEW_EPOCHS = ["--epochs", "1", "--hidden", "4"]
WAVE = [row * 37 % 101 * 0.5 + 3 for row in range(N)]
AB = ["ab"[row % 2] for row in range(N)]


@pytest.fixture
def command(capsys):
    """Return a function that runs the command: exit code, standard output, standard error."""

    def call(*arguments):
        code = run(list(map(str, arguments)))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def write(tmp_path):
    """Return a function that writes columns, a text or bytes into a file."""

    def to_file(content, name="t.csv"):
        path = tmp_path / name
        if isinstance(content, dict):
            frame = pl.DataFrame(content, strict=False)
            if name.endswith(".parquet"):
                frame.write_parquet(path)
            else:
                frame.write_csv(path, separator="\t" if name.endswith(".tsv") else ",")
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return to_file


@pytest.fixture
def inspect(command):
    """Return a function that says as an object how a file is read."""

    def inspected(path, *options):
        code, out, err = command("inspect", path, *options, "--json")
        assert code == 0, err
        return json.loads(out)

    return inspected


@pytest.fixture
def refused(command):
    """Return a function that asserts a refusal and returns its line."""

    def line(path, *options):
        code, _, err = command("inspect", path, *options)
        assert code == 2
        assert err.count("\n") == 1
        return err

    return line


def kind_of(found, name):
    return next(column["kind"] for column in found["columns"] if column["name"] == name)


def texts(found):
    return " | ".join(note["text"] for note in found["notes"])


def one_in(share, word, others):
    """Return N values of which about this share is the word."""
    step = round(1 / share) if share <= 0.5 else 0
    return [word if (row % step == 0 if step else row % 5 < 3) else others[row] for row in range(N)]


# databricks/koalas#1645, pola-rs/polars#7291, pandas-dev/pandas#51664, openml/OpenML#178
INDICES = {
    "in order": list(range(N)),
    "from 1": list(range(1, N + 1)),
    "filtered": [3 * row + 1 for row in range(N)],
    "shuffled": [37 * row % 61 for row in range(N)],
    "of two files": [row % 30 for row in range(N)],
    "as floats": [float(row) for row in range(N)],
}
WRITTEN_BY = {
    "pandas": "__index_level_0__", "pandas, read as text": "Unnamed: 0", "reset": "index",
    "twice": "level_0", "readr": "...1", "data.table": "rn", "R": "X", "R, twice": "X.1",
    "SQLite": "rowid", "Oracle": "ROWNUM", "SAS": "_N_", "SPSS": "$CASENUM", "ArcGIS": "OBJECTID",
    "polars": "row_nr", "KNIME": "Row ID", "in German": "lfd. Nr.", "in Russian": "№",
    "in Chinese": "序号", "by hand": "S.No", "SheetJS": "__EMPTY",
}  # fmt: skip


@pytest.mark.parametrize(
    ("tool", "order"), crossed(WRITTEN_BY, INDICES, usual=("pandas", "in order"))
)
def test_b01_index_columns(inspect, write, tool, order):
    index, data = {WRITTEN_BY[tool]: INDICES[order]}, {"size": WAVE, "kind": AB}
    for name, columns in (("t.csv", index | data), ("t.parquet", data | index)):
        found = inspect(write(columns, name), "--target", "kind")
        assert found["features"] == ["size"]
        assert "--kind COLUMN=number keeps it" in texts(found)


def test_b01_a_column_without_a_name_and_several_at_once(inspect, write):
    rows = "".join(f"{row},{row + 7},{row % 9},{row % 30},{AB[row]}\n" for row in range(N))
    found = inspect(write(",Unnamed: 0,size,index,kind\n" + rows), "--target", "kind")
    assert found["features"] == ["size"]
    assert len(found["left_out"]) == 3


NO_INDEX = {
    "x": range(N), "t": range(1, N + 1), "n": range(N), "year": range(1950, 1950 + N),
    "customer_id": [7 * row % 61 for row in range(N)], "index": [row % 5 for row in range(N)],
    "row": [row % 8 for row in range(N)], "store_id": [row % 4 for row in range(N)],
    "No": [row % 3 for row in range(N)],
}  # fmt: skip


@pytest.mark.parametrize("name", NO_INDEX)
def test_b01_columns_that_only_look_like_an_index_stay(inspect, write, name):
    values = list(NO_INDEX[name])
    found = inspect(write({name: values, "kind": AB}), "--target", "kind")
    assert name in found["features"]
    doubtful = name in ("x", "t", "n", "customer_id")
    assert (f"--drop {name} leaves it out" in texts(found)) == doubtful


@pytest.mark.parametrize(
    ("index", "features"),
    [
        (pl.date_range(dt.date(2024, 1, 1), dt.date(2024, 2, 29), eager=True), ["key", "size"]),
        (["north", "south", "east"] * 20, ["key", "size"]),
        ([7 * row % 61 for row in range(N)], ["size"]),
        ([f"n{row}" for row in range(N)], ["size"]),
    ],
    ids=["dates", "groups", "numbers", "names"],
)
def test_b01_what_pandas_marks_as_index(inspect, tmp_path, index, features):
    frame = pl.DataFrame({"size": WAVE, "kind": AB, "key": index})
    metadata = {"pandas": json.dumps({"index_columns": ["key"], "columns": []})}
    frame.write_parquet(tmp_path / "t.parquet", metadata=metadata)
    found = inspect(tmp_path / "t.parquet", "--target", "kind")
    assert sorted(found["features"]) == features
    assert set(found["left_out"]) == {"size", "key"} - set(features)


# pola-rs/polars#23601, questdb/questdb#3039, duckdb/duckdb#1627
STAMPS = {
    "Postgres": "2024-03-{d:02} {h:02}:15:07.5+00", "hours west": "2024-03-{d:02} {h:02}:15:07-05",
    "BigQuery": "2024-03-{d:02} {h:02}:15:07.123456 UTC", "ISO": "2024-03-{d:02}T{h:02}:15:07Z",
    "Snowflake": "2024-03-{d:02} {h:02}:15:07.000 -0800", "MySQL": "2024-03-{d:02} {h:02}:15:07",
    "SQL Server": "2024-03-{d:02} {h:02}:15:07.1234567 +00:00",
    "compact": "202403{d:02}T{h:02}1507Z",
}  # fmt: skip


@pytest.mark.parametrize("written", STAMPS)
def test_b03_time_stamps(inspect, write, written):
    stamps = [STAMPS[written].format(d=1 + row % 28, h=row % 24) for row in range(N)]
    for name in ("t.csv", "t.parquet"):
        found = inspect(write({"seen": stamps, "kind": AB}, name), "--target", "kind")
        assert kind_of(found, "seen") == "date"


# AndreaBozzo/dataprof#303, Swirrl/csv2rdf#26, d3/d3-dsv#105, JuliaData/CSV.jl#596
SPELLINGS = {
    "any case": (["Yes", "yes", "YES"], ["no", "No"]), "Excel": (["WAHR", "Wahr"], ["FALSCH"]),
    "letters": (["T", "t"], ["F", "f"]), "merged": (["true", "Yes", "1"], ["FALSE", "no", "0"]),
    "French": (["oui", "Oui"], ["NON"]), "Turkish": (["evet"], ["HAYIR"]), "ticks": (["✓"], ["✗"]),
    "Fortran": ([".TRUE."], [".F.", ".FALSE."]), "Chinese": (["是"], ["否"]),
    "Access": (["#TRUE#"], ["#FALSE#"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.parquet"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_b05_booleans(inspect, write, spelling, name):
    true, false = SPELLINGS[spelling]
    flags = [
        (true if row % 3 else false)[row % len(true if row % 3 else false)] for row in range(N)
    ]
    found = inspect(write({"size": WAVE, "paid": flags}, name), "--target", "paid")
    assert len(found["target"]["classes"]) == 2
    found = inspect(write({"paid": flags, "kind": AB}, name), "--target", "kind")
    assert kind_of(found, "paid") == "boolean"
    assert found["notes"] == []


NO_BOOLEANS = [
    ["f", "n", "y"],
    ["n", "o"],
    ["n", "o", "s"],
    ["m", "f"],
    ["NO", "SE"],
    ["a", "b", "0"],
]


@pytest.mark.parametrize("codes", NO_BOOLEANS)
def test_b05_codes_are_no_booleans(inspect, write, codes):
    values = [codes[row % len(codes)] for row in range(N)]
    found = inspect(write({"code": values, "kind": AB}), "--target", "kind")
    assert kind_of(found, "code") == "category"
    assert found["columns"][0]["n_levels"] == len(codes)
    assert found["notes"] == []


@pytest.mark.parametrize("trained", [("yes", "no"), ("T", "F"), ("1", "0"), ("true", "false")])
def test_b05_booleans_between_files(command, write, trained):
    def flags(true, false):
        return [true if row % 3 else false for row in range(N)]

    model = write("", "m")
    first = write({"paid": flags(*trained), "size": WAVE, "kind": AB})
    assert command("train", first, "-t", "kind", "--out", model, *FEW_EPOCHS)[0] == 0
    answers = {
        command("predict", model, write({"paid": flags(*later), "size": WAVE}, name))[:2]
        for later in [("yes", "NO"), ("TRUE", "FALSE"), ("1", "0"), ("1.0", "0.0"), (True, False)]
        for name in ("later.csv", "later.parquet")
    }
    assert len(answers) == 1
    assert answers.pop()[0] == 0
    maybe = write({"paid": ["maybe"] * N, "size": WAVE}, "later.csv")
    code, _, err = command("predict", model, maybe)
    assert code == 2
    assert "line 2, column 'paid': 'maybe'" in err


# CartoDB/cartodb#4483, cmu-delphi/covidcast-indicators#2187
SPOILT = {
    "MySQL's zero date": ("0000-00-00", "2024-01-{:02}"),
    "February": ("2024-02-30", "2024-01-{:02}"),
    "with a time": ("0000-00-00T00:00:00", "2024-01-{:02}T08:00:00"),
    "month 13": ("13.13.2024", "{:02}.05.2024"),
    "a word": ("n.n.", "{}.5"), "two points": ("1.2.3", "{}.25"), "a letter O": ("1O", "{}"),
    "a unit too many": ("5 m", "{} kg"), "a typo": ("yess", "yes|no"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT)
@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_b07_one_impossible_value(inspect, write, case, name):
    bad, good = SPOILT[case]
    ways = good.split("|")
    values = [bad if row == 17 else ways[row % len(ways)].format(1 + row % 28) for row in range(N)]
    found = inspect(write({"day": values, "kind": AB}, name), "--target", "kind")
    note = next(note for note in found["notes"] if bad in note["text"])
    assert note["column"] == "day"
    assert note["line"] == (19 if name == "t.csv" else 18)
    assert "missing" in note["text"]


# hankinsoft/SQLPro#615, databricks/spark-csv#397, biolab/orange3#5172, lightdash/lightdash#6502,
# dilshod/xlsx2csv#268, tidyverse/haven#428, Roche/pyreadstat#161
SURE = [
    "\\N", "NaT", "(null)", "NULL", "<NA>", "#DIV/0!", "#VALUE!", "#¡DIV/0!", "#NV", "#NOM?",
    "#N/A N/A", "#N/A Requesting Data...", "1.#QNAN", "-1.#IND00", "nan(ind)", "NA", "n/a",
    "?", "missing",
    "[Not Available]", "__NA__", "$null$", "undefined", "Err:502",
]  # fmt: skip
PERHAPS = [
    "None", "-", "--", ".", ".a", "unknown", "Not Available", "not_set", "NotApplicable", "No data",
    "DK", "Don't know", "Invalid date", "TBD", "keine Angabe", "Non renseigné", "sin datos",
    "não informado", "нет данных", "不明", "없음", "b.d.", "n.v.t.", "0000-00-00", "********",
]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "share"), crossed(SURE + PERHAPS, [0.02, 0.25, 0.6], usual=("NULL", 0.25))
)
def test_b08_b09_words_for_missing(inspect, write, word, share):
    numbers, names = one_in(share, word, WAVE), one_in(share, word, AB)
    spelled = repr(word)
    found = inspect(write({"x": numbers, "kind": AB}, "t.tsv"), "--target", "kind")
    assert kind_of(found, "x") == "number"
    assert spelled in texts(found)
    found = inspect(write({"size": WAVE, "kind": names}, "t.parquet"), "--target", "kind")
    assert spelled in texts(found)
    assert (word in found["target"]["classes"]) == (word in PERHAPS)
    assert f"--{'' if word in PERHAPS else 'not-'}missing" in texts(found)


NO_WORDS = {
    "sodium": ["K", "Li", "Fe"], "states": ["NE", "OR", "ND", "NC"], "grades": ["A", "B", "F"],
    "signs": ["+", "-"], "opposites": ["known", "unknown"],
    "names": ["Nancy", "Nanking", "Nullarbor"], "tri-state": ["low", "normal", "high"],
    "negations": ["not spam", "no fraud", "never", "other"],
}  # fmt: skip


@pytest.mark.parametrize("case", NO_WORDS)
def test_b09_names_that_only_look_like_words_for_missing(inspect, write, case):
    classes = NO_WORDS[case]
    values = [classes[row % len(classes)] for row in range(N)]
    found = inspect(write({"size": WAVE, "f": values, "kind": values}), "--target", "kind")
    assert found["target"]["classes"] == sorted(classes)
    assert found["notes"] == []


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
@pytest.mark.parametrize("sentinel", [-999, -9999.0, 9999, 99999, 1e30, -2147483648])
def test_b09_numbers_for_missing_are_named(inspect, write, sentinel, name):
    values = one_in(0.1, sentinel, WAVE)
    path = write({"x": values, "y": WAVE, "z": values}, name)
    for target, column in (("y", "x"), ("x", "x")):
        found = inspect(path, "--target", target)
        note = next(note for note in found["notes"] if note["column"] == column)
        option = note["text"].split("--missing ")[1].split()[0]
        assert float(option) == sentinel
    found = inspect(path, "--target", "y", f"--missing={option}")
    assert found["columns"][0]["missing"] == pytest.approx(0.1)


# alteryx/evalml#3966, tensorflow/tfx#819
def test_b10_whole_numbers_as_categories(command, write):
    stores = [None if row % 20 == 0 else f"{1 + row % 3}.0" for row in range(N)]
    model = write("", "m")
    first = write({"store": stores, "size": WAVE, "kind": AB})
    options = ["-t", "kind", "--category", "store", "--out", model, *FEW_EPOCHS]
    assert command("train", first, *options)[0] == 0
    later = [["1.0", "3.0"], ["1", "3"], ["1.00", "3.00"], [1, 3], [1.0, 3.0]]
    said = {
        command("predict", model, write({"store": store, "size": [2.0, 4.0]}, name))
        for store in later
        for name in ("b.csv", "b.parquet")
    }
    assert len(said) == 1
    assert said.pop()[0] == 0


def test_b10_codes_with_zeros_in_front(inspect, write):
    codes = [["007", "7", "07"][row % 3] for row in range(N)]
    found = inspect(write({"code": codes, "kind": AB}), "--target", "kind", "--category", "code")
    assert found["columns"][0]["levels"] == ["007", "07", "7"]
    found = inspect(write({"code": codes, "size": WAVE, "kind": AB}), "--target", "kind")
    assert "'007' (line 2) is read as the number 7; --kind code=category" in texts(found)
    found = inspect(write({"size": WAVE, "code": codes}), "-t", "code", "--kind", "code=category")
    assert found["target"]["classes"] == ["007", "07", "7"]


def test_b10_codes_that_read_as_numbers_with_exponents(inspect, write):
    codes = [f"{1 + row % 9}E{row % 4}" for row in range(N)]
    found = inspect(write({"code": codes, "kind": AB}), "--target", "kind")
    assert "'2E1' (line 3) is read" not in texts(found)  # the first alone
    assert "'1E0' (line 2) is read as the number 1; --kind code=category" in texts(found)


def test_b25_commas_that_part_thousands_or_decimals(refused, inspect, write):
    sums = [f"{1 + row},{row * 37 % 1000:03}" for row in range(N)]
    path = write({"size": WAVE, "sum": sums, "group": AB})
    for options in ([], ["--task", "regression"]):
        said = refused(path, "--target", "sum", *options)
        assert "--kind sum=decimal-comma or --kind sum=thousands-comma decides" in said
    found = inspect(path, "--target", "sum", "--kind", "sum=thousands-comma")
    assert found["target"]["task"] == "regression"
    found = inspect(path, "--target", "size")
    assert "--kind sum=decimal-comma" in texts(found)


def test_a_word_in_a_target_of_numbers_is_named(refused, inspect, write):
    path = write({"size": WAVE, "sum": [row * 1.5 if row != 20 else "n.e." for row in range(N)]})
    said = refused(path, "--target", "sum")
    assert "'n.e.' in line 22; --missing n.e. leaves its rows out" in said
    found = inspect(path, "--target", "sum", "--missing", "n.e.")
    assert found["target"]["task"] == "regression"


@pytest.mark.parametrize("word", ["-", "--", "?", "-999", "don't know", "'", "$", "a b"])
def test_any_word_may_be_declared(inspect, write, word):
    path = write({"size": WAVE, "kind": one_in(0.25, word, AB)})
    found = inspect(path, "--target", "kind", "--missing", word)
    assert found["target"]["classes"] == ["a", "b"]
    found = inspect(path, "--target", "kind", "--not-missing", word)
    assert found["target"]["classes"] == sorted(["a", "b", word])


# OasisLMF/OasisLMF#307, datasets/country-codes#38, wireservice/csvkit#1045
@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_b11_na_is_north_america(inspect, write, name):
    continents = [["NA", "EU", "AS"][row % 3] for row in range(N)]
    path = write({"size": WAVE, "from": [*continents[1:], "EU"], "to": continents}, name)
    found = inspect(path, "--target", "to")
    assert texts(found).count("--not-missing NA keeps it as a value") == 2
    found = inspect(path, "--target", "to", "--not-missing", "NA")
    assert found["target"]["classes"] == ["AS", "EU", "NA"]
    assert found["notes"] == []


def test_b11_the_model_remembers(command, write):
    model = write("", "m")
    values = ["NA" if row % 3 else "zz" if row % 2 else "EU" for row in range(N)]
    first = write({"from": values, "size": WAVE, "kind": AB})
    words = ["--not-missing", "NA", "--missing", "zz"]
    command("train", first, "-t", "kind", "--out", model, *words, *FEW_EPOCHS)
    later = [write({"from": [word], "size": [1.0]}, f"{word}.csv") for word in ("NA", "zz", "EU")]
    na, zz, eu = (command("predict", model, path) for path in later)
    assert na[2] == zz[2] == eu[2] == ""  # each was in training
    assert len({na[1], zz[1], eu[1]}) == 3


# pola-rs/polars#16774, opensafely-core/cohort-extractor#714
@pytest.mark.parametrize("far", [dt.date(9999, 12, 31), dt.date(1, 1, 1), dt.date(1900, 1, 1)])
def test_b23_far_dates(inspect, write, far):
    days = [far if row % 3 else dt.date(2024, 1, 1 + row % 28) for row in range(N)]
    found = [
        inspect(write({"to": days, "kind": AB}, name), "--target", "kind")
        for name in ("t.csv", "t.tsv", "t.parquet")
    ]
    for one in found:
        assert (kind_of(one, "to"), one["columns"][0]["missing"]) == ("date", 0.0)
        assert f"--missing {far} treats it as missing" in texts(one)


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.parquet"])
def test_b23_far_dates_declared_missing(inspect, write, name):
    days = [dt.date(9999, 12, 31 - row % 2) if row % 3 == 0 else dt.date(2024, 1, 1 + row % 28)
            for row in range(N)]  # fmt: skip
    path = write({"to": days, "kind": AB}, name)
    found = inspect(path, "--missing", "9999-12-31", "--missing", "9999-12-30")
    assert (kind_of(found, "to"), found["columns"][0]["missing"]) == ("date", pytest.approx(1 / 3))
    assert found["notes"] == []


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_declared_word_that_is_nowhere_is_said(inspect, write, name):
    path = write({"size": WAVE, "kind": one_in(0.25, "na", AB)}, name)
    words = ["--missing", "-99", "--missing", "3.0", "--not-missing", "na", "--not-missing", "NA"]
    said = [note["text"] for note in inspect(path, "--target", "kind", *words)["notes"]]
    assert said == ["--missing: '-99' is in no column", "--not-missing: 'NA' is in no column"]


# pola-rs/polars#21803, pandas-dev/pandas#44846
@pytest.mark.parametrize("name", ["half", "half_split"])
def test_b24_half_floats(inspect, name):
    found = inspect(Path(__file__).parent / "written_by_pyarrow" / f"{name}.parquet")
    assert kind_of(found, "x") == "number"


# invoice-x/invoice2data#306, tidyverse/readr#1445, pola-rs/polars#18797
@pytest.mark.parametrize("role", ["feature", "target"])
@pytest.mark.parametrize(
    "write_as",
    ["{}'234.50", "{}\u2019234.50", "{}.5 kg", "CHF {}.50", "{}k", "{}.5\u00a0m\u00b2",
     "1.{:03}D+03", "{} %", "$ {}.50", "{} 234,5", "{}.234,5"],
)  # fmt: skip
def test_b25_numbers_with_marks(inspect, write, write_as, role):
    values = [write_as.format(row % 40 + 1) for row in range(N)]
    other = {"feature": {"kind": AB}, "target": {"size": WAVE}}[role]
    target = "kind" if role == "feature" else "x"
    for name in ("t.tsv", "t.parquet"):
        found = inspect(write({"x": values, **other}, name), "--target", target)
        assert kind_of(found, "x") == "number"
        assert "'x'" in texts(found)


# pandas-dev/pandas#36343, opengovsg/postmangovsg#88, gocarina/gocsv#242
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.parquet"])
@pytest.mark.parametrize("target", ["e\u0301tat", "kind\u200b", " kind\u00a0", "\ufeffkind"])
def test_b26_names_that_look_the_same(inspect, write, target, name):
    typed = unicodedata.normalize("NFC", target).strip("\u200b\ufeff\u00a0 ")
    path = write({"size": WAVE, target: AB}, name)
    assert inspect(path, "--target", typed)["target"]["name"] == typed


BODY = "size,kind\n" + "".join(f"{row % 9},{AB[row]}\n" for row in range(N))
FILES = {
    "b13": (b"name,kind\n" + b"O\x92Neill,a\nM\x96B,b\n" * 20, "cp1252"),
    "b15, a page": ("<!DOCTYPE html>\n<html><body><p>a, b</p></body></html>\n", "HTML"),
    "b15, Git LFS": ("version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 1\n", "LFS"),
    "b15, JSON": ('{"rows": [[1, 2], [3, 4]]}\n', "JSON"),
    "b31": ("".join(f"5.{row % 9},3.{row % 4},{AB[row]}\n" for row in range(N)), "header"),
}


@pytest.mark.parametrize("case", FILES)
def test_files_that_are_no_tables_are_called_what_they_are(refused, write, case):
    content, word = FILES[case]
    assert word in refused(write(content), "--target", "kind")


READ = {
    "b16": "sep=;\n" + BODY.replace(",", ";"), "b16, in capitals": "SEP=,\r\n" + BODY,
    "b17": "# exported 2024-05-01\n" + BODY, "b17, with commas": "# station 7, hourly\n" + BODY,
    "b18": BODY.replace("\n", ",\n").replace("kind,", "kind", 1),
    "b19": "size,kind\n" + "".join(f'"{row}",{row % 9},{AB[row]}\n' for row in range(N)),
    "b28": BODY + BODY, "b30": BODY + "(60 rows)\n",
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_lines_around_the_table(command, inspect, write, case):
    path = write(READ[case])
    code, _, err = command("inspect", path, "--target", "kind")
    if code == 2:
        assert any(word in err for word in ("line", "header", "delimiter"))
        return
    found = inspect(path, "--target", "kind")
    assert found["features"] == ["size"]
    assert found["target"]["classes"] == ["a", "b"]
    assert kind_of(found, "size") == "number"


# mholt/PapaParse#600, janisdd/vscode-edit-csv#119
def test_b21_commas_among_semicolons(inspect, write):
    rows = "".join(f"{row % 9},5;{AB[row]}\n" for row in range(N))
    found = inspect(write("size, cm;kind\n" + rows), "--target", "kind")
    assert found["features"] == ["size, cm"]
    assert "comma" in texts(found)


# google/eng-edu#78, deepchecks/deepchecks#1970, lisa-lab/pylearn2#1319
def test_b32_the_census(command, inspect, write):
    def census(n, dot):
        return "age, work, job, country, income\n" + "".join(
            f"{20 + row % 40}, {['?', 'Private'][row % 5 > 0]}, {['?', 'Sales', 'Tech'][row % 3]}, "
            f"{'?' if row % 9 == 0 else ['US', 'NL'][row % 2]}, "
            f"{['<=50K', '>50K'][row % 4 > 2]}{dot}\n"
            for row in range(n)
        )

    train, test, model = write(census(120, "")), write(census(40, "."), "b.csv"), write("", "m")
    found = inspect(train, "--target", "income")
    (note,) = found["notes"]
    assert note["text"].startswith(
        "'?' is taken as missing in 3 columns ('work', 'job', 'country')"
    )
    assert command("train", train, "-t", "income", "--out", model, *FEW_EPOCHS)[0] == 0
    assert command("predict", model, test)[0] == 0
    code, _, err = command("trace", model, test)
    assert code == 2
    assert "'<=50K.'" in err
    assert "'<=50K'" in err


def test_a_clean_table_has_no_notes(inspect, write):
    columns = {
        "age": [20 + row % 40 for row in range(N)], "price": WAVE,
        "city": ["Ulm", "Bonn", "Kiel"] * 20, "paid": ["yes", "no"] * 30,
        "day": [f"2024-01-{1 + row % 28:02}" for row in range(N)], "flag": [0, 1] * 30,
        "group": ["18-24", "25-34", "35+"] * 20, "kind": ["a", "b", "c"] * 20,
    }  # fmt: skip
    for name in ("t.csv", "t.tsv"):
        assert inspect(write(columns, name), "--target", "kind")["notes"] == []
