"""What a stream's rows need beyond a file's: parts, sums of findings, limits."""

import errno
import io
from collections import Counter

import polars as pl
import pytest

from chainrule.tables import Choices, Findings, TableError, in_parts, rows_from_stream
from chainrule.tables.files import json_lines
from chainrule.tables.findings import Unseen


def blocks(content, wanted=("a",), **options):
    stream = io.BufferedReader(io.BytesIO(content))
    return rows_from_stream("rows", stream, frozenset(wanted), **options)[1]


def test_every_refused_item_is_found_in_its_place():
    def total(numbers):
        if min(numbers) < 0:
            raise TableError(f"{min(numbers)} is negative")
        return sum(numbers)

    assert str([*in_parts(total, [1, 2, -3, 4, 5, -6])]) == (
        "[1, 2, TableError('-3 is negative'), 4, 5, TableError('-6 is negative')]"
    )
    assert [*in_parts(total, [1, 2, 3])] == [6]


def test_findings_of_blocks_add_up():
    parts = [
        Findings(("x",), {"a": 1}, {"a": "taken as the mean"}, {"c": Unseen(Counter(red=2))}),
        Findings((), {}, {}, {"d": Unseen(Counter(up=1))}),
        Findings(
            ("y", "x"), {"a": 2}, {"a": "taken as the mean"}, {"c": Unseen(Counter(red=1, blue=1))}
        ),
    ]
    total = sum(parts, start=Findings())
    assert total.extra == ("x", "y")
    assert total.notes == (
        "ignored, not in training: 'x', 'y'",
        "column 'a': 3 missing values, though none when it was trained; taken as the mean",
        "5 values not seen in training are treated as missing (column 'c': 'red' (3), 'blue' (1); "
        "column 'd': 'up' (1)); --strict refuses them",
    )


def test_very_many_categories_are_counted_without_keeping_all():
    blocks_of = [Unseen.among(pl.Series(map(str, range(n, n + 9000)))) for n in (0, 9000, 18000)]
    often = Unseen(Counter({"often": 5}))
    total = often + blocks_of[0] + blocks_of[1] + blocks_of[2]
    assert total.total == 27_005
    assert len(total.times) == 10_000
    assert str(total).startswith("'often' (5), '")
    assert str(total).endswith(" and more than 9997 more")


def test_a_line_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(json_lines, "_LONGEST", 100)
    with pytest.raises(TableError, match="line 2 is longer than 100 characters"):
        list(blocks(b'{"a": 1}\n{"a": "' + b"x" * 2**21))


class Broken(io.RawIOBase):
    """A stream that fails behind its first bytes."""

    def __init__(self):
        self.begun = False

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.begun:
            raise OSError(errno.EIO, "Input/output error")
        self.begun = True
        buffer[:9] = b'{"a": 1}\n'
        return 9


def test_a_stream_that_fails_is_said():
    found = rows_from_stream("rows", io.BufferedReader(Broken()), {"a"})[1]
    assert next(found).n_rows == 1
    with pytest.raises(TableError, match="rows cannot be read: Input/output error"):
        next(found)


def test_undecodable_bytes_are_said_with_their_line():
    with pytest.raises(TableError, match=r"rows is not UTF-8: byte 0xe9 in line 2"):
        list(blocks(b'{"a": 1}\n{"a": "\xe9"}\n'))


def test_the_tables_have_the_lines_of_their_rows():
    tables = list(blocks(b'\na,b\n1,"x\n\ny"\n\n2,z\n\n', choices=Choices()))
    assert [table.n_rows for table in tables] == [0, 2, 0]
    assert tables[1].places.tolist() == [3, 7]
    assert tables[1].frame["b"].to_list() == ["x\n\ny", "z"]
    tables = list(blocks(b'\n{"a": 1}\n\n{"a": 2, "b": 5}\n{"a": null}'))
    assert [table.places.tolist() for table in tables] == [[2], [4], [5]]
    assert tables[1].frame["a"].to_list() == [2]
    assert tables[2].frame.rows() == [(None,)]
