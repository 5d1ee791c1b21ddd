"""Predictions for rows that come block by block, told of once at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from chainrule.models.tabular import TableModel
from chainrule.tables import Findings, Note, Table, TableError, in_parts


class BlockPredictor:
    """Predicts tables that are parts of one.

    Parameters
    ----------
    model : TableModel
    strict, interval
        As of `TableModel.predict`.

    Attributes
    ----------
    findings : Findings
        Of all rows predicted so far.
    notes : list of Note
        About their reading.
    """

    def __init__(
        self, model: TableModel, *, strict: bool = False, interval: float | None = None
    ) -> None:
        self._model, self._strict, self._interval = model, strict, interval
        self.findings = Findings()
        self.notes: list[Note] = []

    def predict(self, blocks: Iterable[Table | TableError]) -> Iterator[pl.DataFrame | TableError]:
        """Yield the answers for the rows, and an error in place of each row that is refused.

        Parameters
        ----------
        blocks : iterable of Table or TableError
        """
        for block in blocks:
            if isinstance(block, TableError):
                yield block
                continue
            self.notes += block.notes
            yield from self._answers(block)

    def _answers(self, table: Table) -> Iterator[pl.DataFrame | TableError]:
        def answers(rows: range) -> tuple[pl.DataFrame, Findings]:
            whole = len(rows) == table.n_rows
            part = table if whole else table.take(np.arange(rows.start, rows.stop))
            return self._model.answers(part, strict=self._strict, interval=self._interval)

        for found in in_parts(answers, range(table.n_rows)):
            if isinstance(found, TableError):
                yield found
            else:
                frame, findings = found
                self.findings += findings
                yield frame
