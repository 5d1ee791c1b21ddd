"""The target: classes or numbers, to what the network learns and back."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.catalog import nearest
from chainrule.scale import FloatArray, Scale
from chainrule.tables.errors import TableError, enumerate_names, quote
from chainrule.tables.kinds.kind import Boolean, Category, cast, place
from chainrule.tables.kinds.missing import MissingWords
from chainrule.tables.kinds.numbers import Number
from chainrule.tables.names import clean_name
from chainrule.tables.table import Table


class ClassTarget(msgspec.Struct, frozen=True, tag="classes"):
    """One of several classes.

    Attributes
    ----------
    name : str
        The column.
    levels : tuple of str
        The classes in their natural order, written as in the file.
    numeric : bool
        Whether the classes are numbers: then ``1`` and ``1.0`` are the same one.
    boolean : bool
        Whether they are words of truth: then ``yes``, ``Yes`` and ``true`` are the same one.
    words : MissingWords
        By which missing values were told.
    """

    name: str
    levels: Annotated[tuple[str, ...], msgspec.Meta(min_length=2)]
    numeric: bool = False
    boolean: bool = False
    words: MissingWords = MissingWords()

    @property
    def n_outputs(self) -> int:
        """How many outputs the network has: one for two classes, else one a class."""
        return 1 if len(self.levels) == 2 else len(self.levels)

    def codes(self, table: Table) -> NDArray[np.intp]:
        """Return the index of each row's class, shape (n_rows,).

        Raises
        ------
        TableError
            If the column is not there, or a value of it is missing or no known class.
        """
        return self.codes_of(
            table, cast(_with_target(table, self.name), self.name, Category(), self.words)
        )

    def codes_of(self, table: Table, texts: pl.Series) -> NDArray[np.intp]:
        """Return the class indices of texts that stand in the rows of `table`."""
        keys = self._keys(texts.cast(pl.String))
        levels = self._keys(pl.Series(self.levels, dtype=pl.String))
        codes = keys.replace_strict(levels, range(len(levels)), default=None, return_dtype=pl.Int64)
        unknown = codes.is_null().arg_true()
        if len(unknown):
            row = unknown[0]
            got = "nothing" if texts[row] is None else quote(texts[row])
            raise TableError(
                f"{place(table, self.name, row)}: {got} is none of the classes "
                f"{enumerate_names(list(self.levels))}; correct it or remove the row"
            )
        return codes.to_numpy().astype(np.intp)

    def _keys(self, texts: pl.Series) -> pl.Series:
        keys = class_keys(texts, numeric=self.numeric, boolean=self.boolean)
        if self.numeric and set(self.levels) <= {"0", "1", "0.0", "1.0"}:
            return keys.fill_null(Boolean().read(texts))  # as other programs write 0 and 1
        return keys

    def encode(self, table: Table) -> FloatArray:
        """Return 0 and 1, shape (n_rows, n_outputs): one column for two classes, else one-hot."""
        codes = self.codes(table)
        if self.n_outputs == 1:
            return codes[:, np.newaxis].astype(np.float64)
        return np.eye(len(self.levels))[codes]

    def decode(self, outputs: NDArray[np.floating[Any]]) -> list[str]:
        """Return the most probable class of each row of probabilities, (n_rows, n_outputs)."""
        codes = outputs[:, 0] > 0.5 if self.n_outputs == 1 else outputs.argmax(axis=1)
        return [self.levels[code] for code in codes.astype(np.intp)]


class NumberTarget(msgspec.Struct, frozen=True, tag="number"):
    """A number, standardised over the training rows.

    Attributes
    ----------
    name : str
        The column.
    kind : Number
        How it is written.
    scaling : Scale
    words : MissingWords
        By which missing values were told.
    within : tuple of (float, float), optional
        Between which answers are kept: the least and the largest number of training.
    """

    name: str
    kind: Number
    scaling: Scale
    words: MissingWords = MissingWords()
    within: tuple[float, float] | None = None

    @property
    def n_outputs(self) -> int:
        """How many outputs the network has."""
        return 1

    @property
    def mean(self) -> float:
        """The mean of the training rows."""
        return float(np.ldexp(self.scaling.mean, self.scaling.exponent))

    @property
    def scale(self) -> float:
        """The standard deviation of the training rows."""
        return float(np.ldexp(self.scaling.deviation, self.scaling.exponent))

    def encode(self, table: Table) -> FloatArray:
        """Return standardised numbers, shape (n_rows, 1).

        Raises
        ------
        TableError
            If the column is not there, or a value of it is missing or no number.
        """
        values = cast(_with_target(table, self.name), self.name, self.kind, self.words)
        if values.has_nulls():
            row = values.is_null().arg_true()[0]
            raise TableError(f"{place(table, self.name, row)}: no number; remove the row")
        return self.scaling.standardise(values.to_numpy())[:, np.newaxis]

    def decode(self, outputs: NDArray[np.floating[Any]]) -> list[float]:
        """Return outputs, shape (n_rows, 1), in the units of the file."""
        values = self.scaling.restore(outputs[:, 0].astype(np.float64))
        if self.within is not None:
            values = np.clip(values, *self.within)
        return [float(value) for value in values]


Target: TypeAlias = ClassTarget | NumberTarget


def class_keys(texts: pl.Series, *, numeric: bool, boolean: bool) -> pl.Series:
    """Return by what classes are told apart: their numbers, their truth, or their names."""
    if boolean:
        return Boolean().read(texts)
    if not numeric:
        return Category().read(texts)
    plain = Number().read(texts)
    return plain.zip_with(plain.is_not_null(), Number(comma=True).read(texts))


def _with_target(table: Table, name: str) -> Table:
    require_target(table, name)
    return table


def require_target(table: Table, name: str) -> None:
    """Raise TableError if the table has no column of this name."""
    if name not in table.columns and clean_name(name) not in table.columns:
        left_out = next((f" ({note});" for note in table.notes if quote(name) in note), "")
        hint = left_out or nearest(name, table.columns) or ";"
        raise TableError(
            f"{table.name} has no column {quote(name)}{hint} "
            f"columns: {enumerate_names(table.columns)}"
        )
