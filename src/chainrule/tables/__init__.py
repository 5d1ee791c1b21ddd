"""Tables: CSV, TSV and Parquet files, their columns to numbers, their targets and back."""

from chainrule.tables.columns import Columns, Encoded, learn
from chainrule.tables.errors import TableError
from chainrule.tables.examples import EXAMPLES, load_example
from chainrule.tables.files.layouts import Choices
from chainrule.tables.files.reading import read_table
from chainrule.tables.files.streams import rows_from_stream
from chainrule.tables.findings import Findings
from chainrule.tables.from_python import table_of
from chainrule.tables.inference.absent import about_unused
from chainrule.tables.inference.columns import Typed, infer
from chainrule.tables.inference.inspecting import Inspection, inspect
from chainrule.tables.inference.learning_tables import infer_learning_table
from chainrule.tables.inference.targets import InferredTarget, infer_target
from chainrule.tables.kinds.kind import Kind, kind_named
from chainrule.tables.kinds.missing import MissingWords, missing_words
from chainrule.tables.names import clean_name
from chainrule.tables.notes import Note
from chainrule.tables.parts import in_parts
from chainrule.tables.splitting import Split, require_shares, split_rows
from chainrule.tables.table import Table
from chainrule.tables.targets import ClassTarget, NumberTarget, Target

recognise = infer  # its name up to version 0.1

__all__ = [
    "EXAMPLES",
    "Choices",
    "ClassTarget",
    "Columns",
    "Encoded",
    "Findings",
    "InferredTarget",
    "Inspection",
    "Kind",
    "MissingWords",
    "Note",
    "NumberTarget",
    "Split",
    "Table",
    "TableError",
    "Target",
    "Typed",
    "about_unused",
    "clean_name",
    "in_parts",
    "infer",
    "infer_learning_table",
    "infer_target",
    "inspect",
    "kind_named",
    "learn",
    "load_example",
    "missing_words",
    "read_table",
    "recognise",
    "require_shares",
    "rows_from_stream",
    "split_rows",
    "table_of",
]
