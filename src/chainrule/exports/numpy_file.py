"""A model as one Python file for NumPy alone: columns, weights and functions."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from chainrule.exports import numpy_parts as parts
from chainrule.exports.c_words import require_prefix
from chainrule.exports.forward_pass import (
    Classes,
    Features,
    ForwardPass,
    Labels,
    Numbers,
    networks,
)
from chainrule.exports.numpy_network import NetworkText, wrapped
from chainrule.scale import Scale
from chainrule.tables import Columns, MissingWords
from chainrule.tables.features import CategoryColumn, DateColumn, FeatureColumn, NumberColumn
from chainrule.tables.kinds.kind import Boolean, Category
from chainrule.tables.kinds.words_for_missing import AS_WRITTEN, IN_ANY_CASE
from chainrule.version import __version__

_LINE = 96


def numpy_file(forward_pass: ForwardPass, name: str) -> str:
    """Return the text of the file.

    Parameters
    ----------
    forward_pass : ForwardPass
    name : str
        The module's, for the example in its docstring.
    """
    return "\n".join(_File(forward_pass, require_prefix(name)).lines()) + "\n"


class _File:
    """The parts of a file, in order."""

    def __init__(self, forward_pass: ForwardPass, name: str) -> None:
        self.net, self.name = forward_pass, name
        self.networks = NetworkText(forward_pass)
        self.functions: list[Any] = [parts._cells]

    def lines(self) -> Iterator[str]:
        body = [*self._functions_of_rows(), *self._outputs(), *self._predict()]
        constants = [*self._constants()]
        if self.networks.has_encoded:
            self._use(parts._array)
        weights = [*self.networks.weights(), "", ""]
        yield from self._about()
        yield "from __future__ import annotations"
        yield ""
        used = [inspect.getsource(function) for function in self.functions]
        everything = "\n".join([*used, *body])
        for module in ("base64", "datetime", "math", "re"):
            if f"{module}." in everything:
                yield f"import {module}"
        yield "from typing import Any"
        yield ""
        yield "import numpy as np"
        yield ""
        yield from constants
        for text in used:
            yield from ["", "", *text.rstrip().splitlines()]
        yield from ["", "", *weights]
        yield from body

    def _about(self) -> Iterator[str]:
        yield f'"""The predictions of {networks(self.net)}.'
        yield ""
        yield f"Written by chainrule {__version__}; needs NumPy alone."
        yield ""
        yield f"    import {self.name}"
        yield ""
        yield f"    {self.name}.predict([{{name: value, ...}}, ...])  # for all names in COLUMNS"
        yield f"    {self.name}.predict([[value, ...], ...])  # in the order of COLUMNS"
        yield ""
        yield from textwrap.wrap(self._what_goes_in(), _LINE)
        if not isinstance(self.net.answer, Numbers):
            yield "`predict_proba` gives the probability of each of CLASSES."
        yield '"""'
        yield ""

    def _what_goes_in(self) -> str:
        if isinstance(self.net.inputs, Features):
            return "All values are finite numbers, as in the training."
        return (
            "Values are as in the table, not standardised: numbers, texts for categories, true or "
            "false, datetimes or texts like 2024-12-31T10:30. None, NaN and words such as NA are "
            "missing values. A category that training did not see counts as it did there."
        )

    def _constants(self) -> Iterator[str]:
        yield from _listed("COLUMNS", self.net.names)
        answer = self.net.answer
        if isinstance(answer, Classes | Labels):
            yield from _listed("CLASSES", answer.levels)
        if isinstance(self.net.inputs, Columns):
            yield from _missing(self.net.inputs.words)
        yield f"DTYPE = np.{self.net.dtype}"

    # From rows to features ----------------------------------------------------------------------

    def _functions_of_rows(self) -> Iterator[str]:
        yield "def encode(rows: Any) -> Any:"
        yield '    """Return what the first layer takes, of shape (n_rows, n_features)."""'
        inputs = self.net.inputs
        if isinstance(inputs, Features):
            self._use(parts._plain)
            if inputs.scales:
                yield "    return ((_plain(rows) - MEANS) / DEVIATIONS).astype(DTYPE)"
            else:
                yield "    return _plain(rows)"
        else:
            self._use(parts._is_missing)
            yield "    cells = _cells(rows)"
            yield "    features = ["
            for place, column in enumerate(inputs.features):
                yield f"        *{self._features(column, f'cells[{place}]')},"
            yield "    ]"
            yield "    return np.array(features, DTYPE).T"
        yield from ["", ""]

    def _use(self, *functions: Any) -> None:
        self.functions += [one for one in functions if one not in self.functions]

    def _features(self, column: FeatureColumn, cells: str) -> str:
        match column:
            case NumberColumn():
                self._use(parts._numbers, parts._standardised, parts._number_features)
                reading = "_numbers"
                if isinstance(column.kind, Boolean):
                    self._use(parts._truths)
                    reading = "_truths"
                values = f"{reading}({column.name!r}, {cells})"
                if column.knots:
                    self._use(parts._binned_features)
                    return (
                        f"_binned_features({values}, {_scale(column.scale)}, {column.has_missing}, "
                        f"{column.mean!r}, {list(column.knots)!r})"
                    )
                return f"_number_features({values}, {_scale(column.scale)}, {column.has_missing})"
            case CategoryColumn():
                self._use(parts._text, parts._category_features)
                levels = Category().read(pl.Series(list(column.levels), dtype=pl.String))
                return (
                    f"_category_features({cells}, {levels.to_list()!r}, {column.has_other}, "
                    f"{column.has_missing})"
                )
            case DateColumn():
                self._use(parts._moments, parts._standardised, parts._date_features)
                return (
                    f"_date_features(_moments({column.name!r}, {cells}), {_scale(column.scale)}, "
                    f"{column.has_time}, {column.has_missing})"
                )

    # From features to answers -------------------------------------------------------------------

    def _outputs(self) -> Iterator[str]:
        yield from self.networks.functions()
        yield "def outputs(rows: Any) -> Any:"
        yield '    """Return a row of numbers for each row: the probability of each class, or ŷ."""'
        yield "    a = encode(rows)"
        yield from self.networks.outputs()
        answer = self.net.answer
        if isinstance(answer, Classes) and self.net.n_outputs == 1:
            yield "    a = np.hstack([1 - a, a])"
        if isinstance(answer, Numbers) and answer.scales:
            self._use(parts._restored)
            restored = ", ".join(
                f"_restored(a[:, {k}], *{_triple(scale)})" for k, scale in enumerate(answer.scales)
            )
            yield f"    a = np.stack([{restored}], axis=1)"
            if answer.bounds:
                low, high = map(list, zip(*answer.bounds, strict=True))
                yield f"    a = np.clip(a, {low}, {high})"
        yield "    return a"
        yield from ["", ""]

    def _predict(self) -> Iterator[str]:
        answer = self.net.answer
        yield "def predict(rows: Any) -> Any:"
        match answer:
            case Classes() if self.net.n_outputs == 1:
                yield '    """Return the more probable class of each row."""'
                yield "    return np.array(CLASSES)[(outputs(rows)[:, 1] > 0.5).astype(int)]"
            case Classes():
                yield '    """Return the most probable class of each row."""'
                yield "    return np.array(CLASSES)[outputs(rows).argmax(axis=1)]"
            case Labels():
                yield '    """Return 1 for each of CLASSES that a row has, else 0."""'
                yield "    return (outputs(rows) > 0.5).astype(int)"
            case Numbers(flat=True) if self.net.n_outputs == 1:
                yield '    """Return a number for each row."""'
                yield "    return outputs(rows)[:, 0]"
            case _:
                yield '    """Return a row of numbers for each row."""'
                yield "    return outputs(rows)"
        if isinstance(answer, Classes | Labels):
            yield from ["", "", "def predict_proba(rows: Any) -> Any:"]
            yield '    """Return the probability of each of CLASSES, a row for each row."""'
            yield "    return outputs(rows)"


def _missing(words: MissingWords) -> Iterator[str]:
    kept = set(words.kept)
    yield from _listed("MISSING", sorted({*AS_WRITTEN, *words.added} - kept), "{}")
    lower = {word.lower() for word in kept}
    yield from _listed("MISSING_IN_ANY_CASE", sorted(IN_ANY_CASE - lower), "{}")
    yield from _listed("MISSING_NUMBERS", words.numbers)


def _scale(scale: Scale) -> str:
    return _triple(scale) if scale.varies else "None"


def _triple(scale: Scale) -> str:
    return f"({scale.mean!r}, {scale.deviation!r}, {scale.exponent})"


def _listed(name: str, values: Iterable[Any], brackets: str = "[]") -> Iterator[str]:
    texts = [ascii(value) for value in values]
    if not texts:
        yield f"{name} = {'set()' if brackets == '{}' else '[]'}"
        return
    yield f"{name} = {brackets[0]}"
    yield from wrapped(texts, "    ")
    yield brackets[1]
