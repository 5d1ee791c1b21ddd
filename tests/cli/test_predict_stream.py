"""`chainrule predict MODEL -`: rows of standard input are answered as they come."""

import io
import json
import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.served import JSON_ROW, ROW, served_model

from chainrule.cli.app import run
from chainrule.models import BlockPredictor
from chainrule.saving import save
from chainrule.tables import rows_from_stream

MODEL = served_model()
LINE = json.dumps(JSON_ROW)
HEADER = ",".join(ROW)
CSV_ROW = '1.5,"12,345.50",Bern,2,True,2021-01-03,x'
ANSWER = MODEL.predict(ROW).frame


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("served") / "model"
    save(MODEL, path)
    return str(path)


@pytest.fixture
def predict(model, monkeypatch, capfd):
    """Return what runs the command on a text: exit code, standard output, standard error."""

    def run_on(text, *options):
        raw = text if isinstance(text, bytes) else text.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(raw))))
        code = run(["predict", model, "-", *options])
        said = capfd.readouterr()
        return code, said.out, said.err

    return run_on


def answers(out):
    return pl.read_csv(io.StringIO(out), schema=ANSWER.schema)


def json_answers(out):
    return pl.DataFrame([json.loads(line) for line in out.splitlines()], schema=ANSWER.schema)


def several(n):
    return pl.concat([ANSWER] * n)


def test_json_lines_are_answered_by_json_lines(predict):
    code, out, err = predict(f"{LINE}\n\n  \r\n{LINE}")
    assert (code, err) == (0, "")
    assert json_answers(out).equals(several(2))


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\n{CSV_ROW}\n{CSV_ROW}\n",
        f"\ufeff{HEADER}\r\n{CSV_ROW}\r\n\r\n{CSV_ROW}",
        f"\n{HEADER}\n\n{CSV_ROW}\n  \n{CSV_ROW}\n\n",
        f"{HEADER}\n{CSV_ROW}\n{CSV_ROW}".replace(",", ";").replace("12;345", "12,345"),
        f"{HEADER}\n{CSV_ROW}\n{CSV_ROW}\n".encode("utf-16"),
    ],
    ids=["plain", "bom", "blank above", "semicolons", "utf-16"],
)
def test_csv_is_answered_by_csv(predict, text):
    code, out, err = predict(text)
    assert (code, err) == (0, "")
    assert answers(out).equals(several(2))


def test_a_decomposed_name_is_the_same_column(predict):
    code, out, err = predict("\n".join([HEADER.replace("é", "e\u0301"), CSV_ROW]))
    assert code == 0
    assert answers(out).equals(ANSWER)
    assert err == "note: the column named 'cafe\\u0301' in the file is called 'café'\n"


def test_options_say_how_csv_is_written(predict):
    text = f"# about\n{HEADER}\nleave me out\n{CSV_ROW}\n".replace(",", "~").replace("12~", "12,")
    text = text.replace('"', "'").replace("x\n", "ü\n")
    options = ["--delimiter", "~", "--quote", "'", "--comment", "#", "--skip", "3"]
    code, out, err = predict(text.encode("cp1252"), *options, "--encoding", "cp1252")
    assert code == 0
    assert answers(out).equals(MODEL.predict({**ROW, "café": "ü"}).frame)
    assert "column 'café': 'ü' (1)" in err


def test_quotes_can_be_ordinary_characters(predict):
    row = "\t".join(["1.5", "7", 'Be"rn', "2", "1", "2021-01-03", "x"])
    code, _, err = predict(HEADER.replace(",", "\t") + f"\n{row}\n", "--quote", "none")
    assert code == 0
    assert "'Be\"rn' (1)" in err


def test_a_file_has_the_same_answers_byte_for_byte(predict, model, tmp_path, capfd):
    rows = "".join(f'{i / 7},"{i + 1},000",Bern,{i % 4},{i % 2},2020-01-02,x\n' for i in range(77))
    table = tmp_path / "t.csv"
    table.write_text(f"{HEADER}\n{rows}")
    assert run(["predict", model, str(table)]) == 0
    whole = capfd.readouterr()
    assert predict(table.read_bytes()) == (0, whole.out, whole.err)


def test_either_format_can_be_asked_for(predict):
    _, out, _ = predict(LINE, "--to", "csv")
    assert answers(out).equals(ANSWER)
    _, out, _ = predict(f"{HEADER}\n{CSV_ROW}", "--to", "jsonl")
    assert json_answers(out).equals(ANSWER)
    code, _, err = predict('{"a"}', "--format", "csv")
    assert code == 2
    assert "lacks the columns" in err
    code, _, err = predict(f"{HEADER}\n{CSV_ROW}", "--format", "jsonl")
    assert code == 2
    assert "line 1 is no JSON" in err


def test_a_header_alone_is_answered_by_a_header(predict):
    code, out, err = predict(HEADER)
    assert (code, err) == (0, "")
    assert out == ",".join(ANSWER.columns) + "\n"


REFUSED = {
    "nothing": (b"", "standard input is empty"),
    "blanks": (b"\xef\xbb\xbf \r\n\n", "standard input is empty"),
    "an array": (f"[\n{LINE}]", "is a JSON array; give JSON lines"),
    "a web page": ("<!DOCTYPE html><html>", "is an HTML page"),
    "Parquet": (b"PAR1\x15\x04", "is a file of the type parquet"),
    "gzip": (b"\x1f\x8b\x08", "is gzipped"),
    "a zip": (b"PK\x03\x04\x14\0\0\0\0\0xl/workbook.xml", "give the file's name in place of -"),
    "no such columns": ("a,b\n1,2\n", "lacks the columns 'size', 'price'"),
    "a column twice": (f"{HEADER},size\n{CSV_ROW},1\n", "more than one column named 'size'"),
    "a quoted header": (f'"{HEADER}\n1,2', "line 1: a quote that begins here"),
    "keys in a first row": ('{"size": 1}\n', "lacks the columns 'price'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_rows_is_refused(predict, name):
    text, said = REFUSED[name]
    code, out, err = predict(text)
    assert code == 2
    assert not out or out == ",".join(ANSWER.columns) + "\n"
    assert err.startswith("chainrule: standard input")
    assert said in err
    assert err.count("\n") == 1


BAD_LINES = {
    "no JSON": ("{size", "is no JSON (Expecting property name"),
    "a broken line": ('{"size": 1', "is no JSON (Expecting ',' delimiter, character 11)"),
    "two objects": (LINE + LINE, "is no JSON (Extra data"),
    "an array": ("[1, 2]", "'[1, 2]' is an array, no object"),
    "null": ("null", "'null' is null, no object"),
    "a key twice": ('{"size": 1, "size": 2}', "more than one value for 'size'"),
    "a name twice": ('{"size": 1, "size ": 2}', "more than one value for 'size'"),
    "a nested value": ('{"size": {"value": 1}}', "column 'size': \"{'value': 1}\" is an object"),
    "a list": ('{"city": ["Bern"]}', "is a list"),
    "no number": ('{"size": "large"}', "column 'size': 'large' is not a number"),
    "Infinity": ('{"size": -Infinity}', "column 'size': '-inf' is infinite"),
    "too large": ('{"size": 1e999}', "column 'size': 'inf' is infinite"),
    "very many digits": ('{"size": ' + "1" * 5000 + "}", "4300"),
    "very deep": ('{"size": ' + "[" * 100_000, "recursion"),
    "half a character": ('{"city": "\\ud800"}', "holds half a character"),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_is_said_and_the_rows_before_it_are_answered(predict, name):
    bad, said = BAD_LINES[name]
    code, out, err = predict(f"{LINE}\n\n{LINE}\n{bad}\n{LINE}\n")
    assert code == 2
    assert json_answers(out).equals(several(2))
    assert "standard input, line 4" in err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_can_be_answered_by_its_error(predict, name):
    bad, said = BAD_LINES[name]
    code, out, _ = predict(
        f"{bad}\n{LINE}\n{bad}\n{LINE}", "--on-error", "skip", "--format", "jsonl"
    )
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [list(line) == ["error"] for line in lines] == [True, False, True, False]
    assert "line 3" in lines[2]["error"]
    assert said in lines[2]["error"]
    assert pl.DataFrame(lines[1::2], schema=ANSWER.schema).equals(several(2))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("x,1,Bern,2,1,2021-01-03,x", "line 5, column 'size': 'x' is not a number"),
        ("1,2,3", "line 5: 3 fields where the header has 7"),
        ('1,2,"Be"rn,2,1,2021-01-03,x', "line 5: text follows a closing quote"),
    ],
)
def test_a_bad_row_of_csv_is_said_and_the_rows_before_it_are_answered(predict, bad, said):
    code, out, err = predict(f"{HEADER}\n{CSV_ROW}\n\n{CSV_ROW}\n{bad}\n{CSV_ROW}\n")
    assert code == 2
    assert answers(out).equals(several(2))
    assert said in err


def test_a_quote_that_is_never_closed_is_said(predict):
    code, out, err = predict(f'{HEADER}\n{CSV_ROW}\n1,2,"Bern,2,1,2021-01-03,x\n')
    assert code == 2
    assert answers(out).equals(ANSWER)
    assert "line 3: a quote that begins here is never closed" in err


def test_not_a_number_and_null_are_missing(predict):
    for value in ("NaN", "null", '"NA"', '""'):
        _, out, _ = predict(LINE.replace("1.5", value))
        assert json_answers(out).equals(MODEL.predict({**ROW, "size": None}).frame)


def test_what_was_found_is_said_once(predict):
    row = json.dumps({**JSON_ROW, "city": "Rom", "more": [1]})
    blocks = (row + "\n") * 30_000  # of more than one block
    code, out, err = predict(blocks)
    assert (code, out.count("\n")) == (0, 30_000)
    assert err.count("\n") == 2
    assert "30000 values not seen in training are treated as missing" in err
    assert "'Rom' (30000)" in err
    assert "ignored, not in training: 'more'" in err
    code, out, err = predict(LINE + "\n" + row, "--strict")
    assert code == 2
    assert json_answers(out).equals(ANSWER)
    assert "line 2, column 'city': 'Rom' is none of the categories" in err


def test_a_file_is_written_whole_or_not_at_all(predict, tmp_path):
    out = tmp_path / "out.jsonl"
    code, printed, _ = predict(f"{LINE}\n{LINE}", "--out", str(out))
    assert (code, printed) == (0, "")
    whole = out.read_text()
    assert json_answers(whole).equals(several(2))
    code, _, _ = predict(f"{LINE}\nnull", "--out", str(out))
    assert code == 2
    assert out.read_text() == whole
    assert list(tmp_path.iterdir()) == [out]


def test_options_that_do_not_go_together(predict, model, tmp_path, capfd, monkeypatch):
    assert "--header and --sheet go with a file" in predict(LINE, "--header", "1")[2]
    assert "give --to jsonl" in predict(f"{HEADER}\n{CSV_ROW}", "--on-error", "skip")[2]
    table = tmp_path / "t.csv"
    table.write_text(f"{HEADER}\n{CSV_ROW}\n")
    assert run(["predict", model, str(table), "--to", "jsonl"]) == 2
    assert "go with -; leave them out for a file" in capfd.readouterr().err
    monkeypatch.setattr(sys, "stdin", None)
    assert run(["predict", model, "-"]) == 2
    assert "standard input is closed" in capfd.readouterr().err


class Slow(io.RawIOBase):
    """A stream that hands out its bytes in given pieces."""

    def __init__(self, content, sizes):
        self.content, self.sizes = content, iter(sizes)

    def readable(self):
        return True

    def readinto(self, buffer):
        size = min(next(self.sizes, len(self.content)), len(buffer))
        piece, self.content = self.content[:size], self.content[size:]
        buffer[: len(piece)] = piece
        return len(piece)


TEXTS = st.text(alphabet='aä"\n,;\r ', max_size=5)


@settings(max_examples=40)
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=6),
    sizes=st.lists(st.integers(1, 60), max_size=40),
    quoted=st.booleans(),
)
def test_pieces_of_any_size_are_the_same_rows(texts, sizes, quoted):
    cities = [" ".join(text.split()) if not quoted else text for text in texts]
    if quoted:
        written = [city.replace('"', '""').join('""') for city in cities]
        body = "".join(f'1.5,"12,345.50",{city},2,True,2021-01-03,x\n' for city in written)
        content = f"{HEADER}\n{body}".encode()
    else:
        rows = [{**JSON_ROW, "city": city} for city in cities]
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    stream = io.BufferedReader(Slow(content, sizes))
    _, blocks = rows_from_stream("rows", stream, MODEL.columns.wanted)
    found = pl.concat(BlockPredictor(MODEL).predict(blocks))
    assert found.equals(MODEL.predict([{**ROW, "city": city} for city in cities]).frame)


@contextmanager
def dialogue(model, monkeypatch):
    """Run the command on pipes; yield what to write to and what to read from."""
    (their_in, our_out), (our_in, their_out) = os.pipe(), os.pipe()
    ended = []
    with (
        os.fdopen(their_in) as stdin, os.fdopen(their_out, "w") as stdout,
        os.fdopen(our_in, "rb", buffering=0) as reading, os.fdopen(our_out, "wb", 0) as writing,
    ):  # fmt: skip
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys, "stdout", stdout)
        running = threading.Thread(target=lambda: ended.append(run(["predict", model, "-"])))
        running.start()
        try:
            yield writing, reading
        finally:
            writing.close()
            running.join(60)
    assert ended == [0]


@pytest.mark.parametrize(
    "rows",
    [
        [f"{LINE}\n"] * 3,
        [f"{LINE}\n", f"{LINE}\n{LINE[:9]}", f"{LINE[9:]}\n"],
        [f"{LINE}\r\n", f"{LINE}\r\n"],
        [f"{HEADER}\n{CSV_ROW}\n", f"{CSV_ROW}\n\n", f"{CSV_ROW}\n"],
        [f"{HEADER}\n{CSV_ROW}\n", f"{CSV_ROW}\n".replace("Bern", '5" pipe')],
        [f"{HEADER}\n{CSV_ROW}\n", f"{CSV_ROW}\n".replace("Bern", '"a\nb"')],
    ],
    ids=["lines", "pieces", "crlf", "blank", "stray quote", "line end in quotes"],
)
def test_a_writer_who_waits_gets_an_answer(model, monkeypatch, rows):
    begun = 1 if rows[0].startswith(HEADER) else 0  # lines before the first answer
    with dialogue(model, monkeypatch) as (writing, reading):
        got = b""
        for number, row in enumerate(rows, begun + 1):
            writing.write(row.encode())
            while got.count(b"\n") < number:
                assert select.select([reading], [], [], 60)[0], "no answer"
                got += reading.read(10_000)


COMMAND = [sys.executable, "-m", "chainrule", "predict"]


def test_a_reader_that_goes_away_ends_the_command_in_silence(model, monkeypatch, capsys):
    with dialogue(model, monkeypatch) as (writing, reading):
        reading.close()
        writing.write(f"{LINE}\n".encode())
    assert capsys.readouterr().err == ""


def test_ctrl_c_ends_the_command(model):
    with subprocess.Popen(
        [*COMMAND, model, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        process.stdin.write(f"{LINE}\n".encode())
        process.stdin.flush()
        assert process.stdout.readline().startswith(b'{"prediction":')
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, b"chainrule: interrupted\n")


PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_of(model, text, times):
    """Return the peak memory, in KiB, of a command that gets a text again and again."""
    command = [sys.executable, "-c", PEAK, *COMMAND, model, "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        for _ in range(times):
            child.stdin.write(text)
        child.stdin.close()
        return int(child.stdout.read())


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(model):
    rows = f"{LINE}\n".encode() * 1000
    few, many = (peak_of(model, rows, times) for times in (1, 300))
    assert 50_000 < few < many + 10_000
    assert many < few + 100_000
