"""A table's columns in ONNX: an input for each, and the nodes that make features of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from chainrule.exports.onnx_graph import ML, Graph
from chainrule.scale import Scale
from chainrule.tables import Columns, MissingWords
from chainrule.tables.features import (
    LAST_PLACE,
    CategoryColumn,
    DateColumn,
    FeatureColumn,
    NumberColumn,
)
from chainrule.tables.kinds.kind import Category
from chainrule.tables.kinds.words_for_missing import AS_WRITTEN

_DAY = 86_400.0
_FIRST, _LAST = -62_135_596_800.0, 253_402_300_799.0  # seconds of the years 1 to 9999
_MOST = 1000  # 2**1000 is a double, 2**1100 is none


class ColumnNodes:
    """The nodes that make features of the columns of a table.

    Parameters
    ----------
    graph : Graph
    columns : Columns
    values : mapping of str to str
        The name of the value that holds each column, of shape (n_rows, 1).
    """

    def __init__(self, graph: Graph, columns: Columns, values: Mapping[str, str]) -> None:
        self._graph, self._columns, self._values = graph, columns, values

    def features(self) -> str:
        """Add the nodes; return the name of the features, of shape (n_rows, n_features)."""
        parts = [part for column in self._columns.features for part in self._of(column)]
        in_type = [self._graph.cast(part, self._graph.dtype) for part in parts]
        return self._graph.add("Concat", *in_type, axis=1)

    def _of(self, column: FeatureColumn) -> list[str]:
        match column:
            case NumberColumn():
                return self._number(column)
            case CategoryColumn():
                return [self._category(column)]
            case DateColumn():
                return self._date(column)

    def _double(self, number: float) -> str:
        return self._graph.constant(number, np.float64)

    def _number(self, column: NumberColumn) -> list[str]:
        graph = self._graph
        x = graph.cast(self._values[column.name], np.float64)
        for number in self._columns.words.numbers:  # NaN where it is declared missing
            declared = graph.add("Equal", x, self._double(number))
            x = graph.add("Where", declared, self._double(np.nan), x)
        gone = graph.add("IsNaN", x)
        value = [self._standardised(x, gone, column.scale)] if column.scale.varies else []
        place = [self._place(x, gone, column)] if column.knots else []
        return value + place + [gone] * column.has_missing

    def _place(self, x: str, gone: str, column: NumberColumn) -> str:
        """Return the place among knots: of every bin what lies below x, added up."""
        graph, scale = self._graph, column.scale
        x = graph.add("Where", gone, self._double(scale.mean), self._near_one(x, scale))
        knots = np.ldexp([column.knots], -scale.exponent)  # ONNX Runtime takes 1e-50 for 0
        widths = np.diff(knots)
        parts = graph.add("Sub", x, graph.constant(knots[:, :-1], np.float64))
        parts = graph.add("Div", parts, graph.constant(widths, np.float64))
        parts = graph.add("Min", graph.add("Max", parts, self._double(0.0)), self._double(1.0))
        steps = np.full((widths.size, 1), 2 * LAST_PLACE / widths.size)
        place = graph.add("MatMul", parts, graph.constant(steps, np.float64))
        return graph.add("Sub", place, self._double(LAST_PLACE))

    def _standardised(self, x: str, gone: str, scale: Scale) -> str:
        """Return (x / 2**exponent − mean) / deviation; what is missing becomes the mean."""
        graph = self._graph
        z = graph.add("Sub", self._near_one(x, scale), self._double(scale.mean))
        z = graph.add("Div", z, self._double(scale.deviation))
        z = graph.add("Where", gone, self._double(0.0), z)
        return graph.add("Min", graph.add("Max", z, self._double(-1e6)), self._double(1e6))

    def _near_one(self, x: str, scale: Scale) -> str:
        """Return x / 2**exponent."""
        exponent = -scale.exponent
        first = max(-_MOST, min(exponent, _MOST))
        for power in (first, exponent - first):
            if power:
                x = self._graph.add("Mul", x, self._double(float(np.ldexp(1.0, power))))
        return x

    def _category(self, column: CategoryColumn) -> str:
        graph = self._graph
        levels = Category().read(pl.Series(list(column.levels), dtype=pl.String)).to_list()
        n_features = len(column.feature_names)
        missing = n_features - 1 if column.has_missing else n_features
        other = len(levels) if column.has_other else missing
        place = {**dict.fromkeys(missing_texts(self._columns.words), missing)}
        place |= {level: number for number, level in enumerate(levels)}
        place |= {f"{level}.0": n for level, n in list(place.items()) if _is_whole(level)}
        codes = graph.add(
            "LabelEncoder",
            self._values[column.name],
            domain=ML,
            keys_strings=list(place),
            values_int64s=list(place.values()),
            default_int64=other,
        )
        row = graph.constant([np.arange(n_features)], np.int64)
        return graph.add("Equal", codes, row)  # a place beyond the last has no feature

    def _date(self, column: DateColumn) -> list[str]:
        graph = self._graph
        given = graph.cast(self._values[column.name], np.float64)
        gone = graph.add("IsNaN", given)
        x = graph.add("Where", gone, self._double(0.0), given)
        x = graph.add("Min", graph.add("Max", x, self._double(_FIRST)), self._double(_LAST))
        days = graph.add("Div", x, self._double(_DAY))
        day = graph.add("Floor", days)
        turns = [self._of_year(day), self._of_week(day)]
        if column.has_time:
            turns.append(graph.add("Sub", days, day))
        parts = [self._standardised(days, gone, column.scale)] if column.scale.varies else []
        for turn in turns:
            angle = graph.add("Mul", turn, self._double(2 * np.pi))
            for wave in ("Sin", "Cos"):
                around = graph.add(wave, angle)
                parts.append(graph.add("Where", gone, self._double(0.0), around))
        return parts + [gone] * column.has_missing

    def _of_week(self, day: str) -> str:
        since_monday = self._graph.add("Add", day, self._double(3.0))  # 1970 began on a Thursday
        return self._graph.add("Div", self._remainder(since_monday, 7.0), self._double(7.0))

    def _of_year(self, day: str) -> str:
        """Return which part of the year is over; years as they would begin on 1 March.

        Then the leap day is the last of its year: from days to years by divisions alone.
        """
        graph, double = self._graph, self._double
        shifted = graph.add("Add", day, double(719_468.0))
        of_era = self._remainder(shifted, 146_097.0)
        leaps = self._sum(
            (-1.0, self._quotient(of_era, 1460.0)),
            (1.0, self._quotient(of_era, 36_524.0)),
            (-1.0, self._quotient(of_era, 146_096.0)),
        )
        year = self._quotient(graph.add("Add", of_era, leaps), 365.0)
        begun = self._sum(
            (365.0, year), (1.0, self._quotient(year, 4.0)), (-1.0, self._quotient(year, 100.0))
        )
        since_march = graph.add("Sub", of_era, begun)
        is_new = graph.add("GreaterOrEqual", since_march, double(306.0))
        # The year of an era of 400 years says alone whether it is a leap year.
        year = graph.add("Add", year, graph.cast(is_new, np.float64))
        leap = graph.cast(self._is_leap(year), np.float64)
        late = self._sum((1.0, since_march), (1.0, double(59.0)), (1.0, leap))
        early = graph.add("Sub", since_march, double(306.0))
        ordinal = graph.add("Where", is_new, early, late)
        return graph.add("Div", ordinal, graph.add("Add", leap, double(365.0)))

    def _is_leap(self, year: str) -> str:
        graph = self._graph
        by_4, by_100, by_400 = (
            graph.add("Equal", self._remainder(year, number), self._double(0.0))
            for number in (4.0, 100.0, 400.0)
        )
        return graph.add("Or", graph.add("And", by_4, graph.add("Not", by_100)), by_400)

    def _quotient(self, x: str, number: float) -> str:
        return self._graph.add("Floor", self._graph.add("Div", x, self._double(number)))

    def _remainder(self, x: str, number: float) -> str:
        multiple = self._graph.add("Mul", self._quotient(x, number), self._double(number))
        return self._graph.add("Sub", x, multiple)

    def _sum(self, *terms: tuple[float, str]) -> str:
        total = ""
        for factor, value in terms:
            term = self._graph.add("Mul", value, self._double(factor))
            total = self._graph.add("Add", total, term) if total else term
        return total


def missing_texts(words: MissingWords) -> list[str]:
    """Return the texts that stand for a missing category."""
    return sorted({*AS_WRITTEN, *words.added} - set(words.kept))


def _is_whole(text: Any) -> bool:
    return bool(text) and text.lstrip("+-").isdecimal() and text.isascii()


def input_types(columns: Columns) -> list[tuple[str, np.dtype[Any]]]:
    """Return the name and the type of each column's input; the type of texts is object."""
    return [
        (column.name, np.dtype(object if isinstance(column, CategoryColumn) else np.float64))
        for column in columns.features
    ]
