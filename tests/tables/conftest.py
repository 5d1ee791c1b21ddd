"""Tables written to a file and read back."""

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from chainrule.tables import Table, read_table


@pytest.fixture
def read(tmp_path):
    """Return a function that reads text or bytes as a file."""

    def read_content(content, name="data.csv", **options):
        path = tmp_path / name
        raw = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
        return read_table(path, **options)

    return read_content


@pytest.fixture
def read_parquet(tmp_path):
    """Return a function that writes columns as Parquet and reads them back."""

    def read_columns(columns):
        path: Path = tmp_path / "data.parquet"
        pl.DataFrame(columns).write_parquet(path)
        return read_table(path)

    return read_columns


@pytest.fixture
def table():
    """Return a function that makes a table of columns without a file."""

    def make(**columns):
        frame = pl.DataFrame(columns)
        return Table("data.csv", frame, np.arange(2, frame.height + 2), "line")

    return make
