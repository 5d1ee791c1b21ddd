"""Tables: CSV, TSV and Parquet files, their columns to numbers, their targets and back."""

from chainrule.tables.answers import Answers, recognise_target
from chainrule.tables.columns import Columns, Encoded, learn
from chainrule.tables.errors import TableError
from chainrule.tables.examples import EXAMPLES, load_example
from chainrule.tables.reading import read_table
from chainrule.tables.recognising import Typed, recognise
from chainrule.tables.splitting import Split, require_shares, split_rows
from chainrule.tables.table import Table
from chainrule.tables.targets import ClassTarget, NumberTarget, Target

__all__ = [
    "EXAMPLES",
    "Answers",
    "ClassTarget",
    "Columns",
    "Encoded",
    "NumberTarget",
    "Split",
    "Table",
    "TableError",
    "Target",
    "Typed",
    "learn",
    "load_example",
    "read_table",
    "recognise",
    "recognise_target",
    "require_shares",
    "split_rows",
]
