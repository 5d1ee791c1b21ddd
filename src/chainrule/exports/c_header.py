"""A model as one header of C99: no allocation, no library but math.h, with its own test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.exports.c_columns import (
    encoding,
    field_constants,
    fields_of,
    level_constants,
    named_constants,
)
from chainrule.exports.c_network import WITHIN, network_functions
from chainrule.exports.c_words import TYPES, Names, require_prefix, string, table
from chainrule.exports.chains import n_parameters
from chainrule.exports.forward_pass import (
    Classes,
    Features,
    ForwardPass,
    Labels,
    Numbers,
    networks,
)
from chainrule.scale import Scale
from chainrule.version import __version__

_RESERVED = ("H", "N_INPUTS", "N_OUTPUTS", "N_FEATURES", "TEST_MAIN")
_RESTORED = """\
/* (z * deviation + mean) * 2^exponent, at most the largest double. */
static inline double {p}_restored(double z, int exponent, double mean, double deviation)
{{
    const double x = ldexp(z * deviation + mean, exponent);
    return x > {largest} ? {largest} : x < -{largest} ? -{largest} : x;
}}
"""

_CLASS = """\
/* The number of the most probable class, for what {p}_predict wrote. */
static inline int {p}_class(const {output} *outputs)
{{
    int i, best = 0;
    for (i = 1; i < {P}_N_OUTPUTS; i++) best = outputs[i] > outputs[best] ? i : best;
    return best;
}}
"""

_MAIN = """\
#ifdef {P}_TEST_MAIN
/* Without an argument: whether the answers are the library's. With "-": an answer for every row
   of numbers on standard input, "nan" where one is missing. */
#include <stdio.h>

int main(int argc, char **argv)
{{
    static const double rows[][{P}_N_INPUTS] = {{
{rows}
    }};
    static const double expected[][{P}_N_OUTPUTS] = {{
{expected}
    }};
    const int n_rows = (int)(sizeof rows / sizeof rows[0]);
    {input} row[{P}_N_INPUTS];
    {output} outputs[{P}_N_OUTPUTS];
    double x, farthest = 0.0;
    int i, j;

    if (argc > 1 && argv[1][0] == '-') {{
        for (i = 0; scanf("%lf", &x) == 1; i = (i + 1) % {P}_N_INPUTS) {{
            row[i] = ({input})x;
            if (i < {P}_N_INPUTS - 1) continue;
            {p}_predict(row, outputs);
            for (j = 0; j < {P}_N_OUTPUTS; j++)
                printf("%.17g%c", (double)outputs[j], j < {P}_N_OUTPUTS - 1 ? ' ' : '\\n');
        }}
        return 0;
    }}
    for (i = 0; i < n_rows; i++) {{
        for (j = 0; j < {P}_N_INPUTS; j++) row[j] = ({input})rows[i][j];
        {p}_predict(row, outputs);
        for (j = 0; j < {P}_N_OUTPUTS; j++) {{
            x = fabs((double)outputs[j] - expected[i][j]) / (1.0 + fabs(expected[i][j]));
            if (!(x <= farthest)) farthest = x; /* also where x is NaN */
        }}
    }}
    printf("%d rows, farthest from the library's answers by %g{names}\\n", n_rows, farthest{shown});
    return farthest <= {tolerance!r} ? 0 : 1;
}}
#endif
"""


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows for a header's own test, and the answers that the library gives.

    Attributes
    ----------
    rows : array of shape (n_rows, n_inputs)
    answers : array of shape (n_rows, n_answers)
    tolerance : float
        Relative, of answers beyond 1.
    """

    rows: Array
    answers: Array
    tolerance: float


def c_header(forward_pass: ForwardPass, name: str, sample: Sample) -> str:
    """Return the text of the header.

    Parameters
    ----------
    forward_pass : ForwardPass
        With weights of the type in which the header is to compute.
    name : str
        With which the header's names begin.
    sample : Sample

    Raises
    ------
    ExportError
        If C does not take the name, or a class's name is too long.
    """
    return "\n".join(_Header(forward_pass, require_prefix(name), sample).lines()) + "\n"


def row_of_numbers(forward_pass: ForwardPass, row: dict[str, Any]) -> list[float]:
    """Return one row as numbers for the header: NaN for missing, a category's code."""
    if isinstance(forward_pass.inputs, Features):
        return [float(value) for value in row.values()]
    return [
        float("nan") if row[column.name] is None else column_number(column, row[column.name])
        for column in forward_pass.inputs.features
    ]


def column_number(column: Any, value: Any) -> float:
    """Return a value as the header takes it: a category's code, a moment's seconds since 1970."""
    if hasattr(column, "levels"):
        levels = column.levels
        return float(levels.index(value) if value in levels else len(levels))
    if hasattr(value, "timestamp"):
        return float(np.datetime64(value, "us").astype(np.int64)) / 1e6
    return float(value)


class _Header:
    """The parts of a header, in order."""

    def __init__(self, forward_pass: ForwardPass, prefix: str, sample: Sample) -> None:
        self.net, self.p, self.sample = forward_pass, prefix, sample
        self.real, _ = TYPES[forward_pass.dtype]
        self.names = Names(prefix, _RESERVED)
        plain = isinstance(forward_pass.inputs, Features)
        self.input = self.real if plain else "double"
        answer = forward_pass.answer
        self.restores = isinstance(answer, Numbers) and bool(answer.scales)
        self.output = "double" if self.restores else self.real

    @property
    def words(self) -> dict[str, str]:
        """What the templates name."""
        return {"p": self.p, "P": self.p.upper(), "input": self.input, "output": self.output}

    def lines(self) -> Iterator[str]:
        p, P = self.p, self.p.upper()  # the constants' prefix
        yield from self._about()
        yield from ["", f"#ifndef {P}_H", f"#define {P}_H", "", "#include <math.h>", ""]
        yield f"typedef {self.real} {p}_real; /* the type of the network's arithmetic */"
        yield f"#define {P}_N_INPUTS {len(self.net.names)}"
        yield f"#define {P}_N_FEATURES {self.net.n_features} /* of the first layer */"
        yield f"#define {P}_N_OUTPUTS {self.net.n_answers}"
        yield ""
        yield from self._inputs()
        if self.net.selection or (isinstance(self.net.answer, Numbers) and self.net.answer.bounds):
            yield from WITHIN.format(p=p).splitlines()
            yield ""
        yield from network_functions(self.net, p)
        yield from self._predict()
        yield from self._classes()
        yield from self._main()
        yield f"#endif /* {P}_H */"

    def _about(self) -> Iterator[str]:
        p, P = self.p, self.p.upper()
        yield "/*"
        yield f" * {p}.h: the predictions of {networks(self.net)}, in C99."
        yield f" * Written by chainrule {__version__}. Needs math.h alone; allocates nothing."
        if len(self.net.members) > 1:
            yield f" * {sum(map(n_parameters, self.net.members))} weights and biases."
        yield " *"
        yield f" *     {self.input} row[{P}_N_INPUTS];"
        yield f" *     {self.output} outputs[{P}_N_OUTPUTS];"
        yield f" *     {p}_predict(row, outputs);"
        yield " *"
        yield from (f" * {line}" for line in self._what_goes_in())
        yield from (f" * {line}" for line in self._what_comes_out())
        yield " *"
        yield " * A test, which asks for the answers that the library gave:"
        yield f" *     cc -std=c99 -O2 -D{P}_TEST_MAIN -x c {p}.h -o {p}_test -lm && ./{p}_test"
        yield " */"

    def _what_goes_in(self) -> Iterator[str]:
        inputs = self.net.inputs
        if isinstance(inputs, Features):
            yield f"In goes a row of {len(inputs.names)} numbers, in the order of the training"
            if inputs.scales:
                yield "and in its units: they are standardised here."
            else:
                yield "and on its scale; none may be missing."
            return
        yield "In goes a row of doubles, one for each column of the table, at the places that the"
        yield "constants below name: a number in the units of the table, not standardised; for a"
        yield "category one of its constants; 0 or 1 for false or true; for a date the seconds"
        yield "since 1970-01-01 UTC. NAN stands for a missing value of any column."

    def _what_comes_out(self) -> Iterator[str]:
        match self.net.answer:
            case Classes():
                yield f"Out comes the probability of each class; {self.p}_class says which is the"
                yield f"largest, and {self.p}_class_name what that class is called."
            case Labels():
                yield "Out comes the probability of each label; a row has those above 0.5."
            case _:
                n = self.net.n_answers
                units = ", in the units of the target" if self.restores else ""
                yield f"Out {'comes one number' if n == 1 else f'come {n} numbers'}{units}."

    def _inputs(self) -> Iterator[str]:
        inputs = self.net.inputs
        if not isinstance(inputs, Features):
            fields = fields_of(inputs, self.names)
            yield from field_constants(fields)
            yield ""
            yield from level_constants(fields, self.names)
            yield ""
            yield from encoding(fields, inputs, self.p)
            yield ""
        elif inputs.names != tuple(f"x{i}" for i in range(len(inputs.names))):
            yield from named_constants(inputs, self.names)
            yield ""

    def _predict(self) -> Iterator[str]:
        p, P = self.p, self.p.upper()
        if self.restores:
            largest = repr(float(np.finfo(np.float64).max))
            yield from _RESTORED.format(p=p, largest=largest).splitlines()
            yield ""
        n_raw = self.net.n_outputs
        yield f"/* Write {P}_N_OUTPUTS numbers for a row of {P}_N_INPUTS. */"
        yield f"static inline void {p}_predict(const {self.input} *row, {self.output} *outputs)"
        yield "{"
        yield f"    {p}_real raw[{n_raw}];"
        source = "row"
        if not isinstance(self.net.inputs, Features):
            yield f"    {p}_real features[{P}_N_FEATURES];"
            yield ""
            yield f"    {p}_encode(row, features);"
            source = "features"
        yield f"    {p}_network({source}, raw);"
        yield from (f"    {line}" for line in self._outputs(n_raw))
        yield "}"
        yield ""

    def _outputs(self, n_raw: int) -> Iterator[str]:
        answer = self.net.answer
        if isinstance(answer, Classes) and n_raw == 1:
            yield "outputs[0] = 1 - raw[0];"
            yield "outputs[1] = raw[0];"
        elif isinstance(answer, Numbers) and answer.scales:
            for i, scale in enumerate(answer.scales):
                yield f"outputs[{i}] = {self._restored(scale, f'raw[{i}]')};"
            for i, (low, high) in enumerate(answer.bounds):
                yield f"outputs[{i}] = {self.p}_within(outputs[{i}], {low!r}, {high!r});"
        else:
            yield from (f"outputs[{i}] = raw[{i}];" for i in range(n_raw))

    def _restored(self, scale: Scale, z: str) -> str:
        return f"{self.p}_restored({z}, {scale.exponent}, {scale.mean!r}, {scale.deviation!r})"

    def _classes(self) -> Iterator[str]:
        answer = self.net.answer
        if isinstance(answer, Numbers):
            return
        if isinstance(answer, Classes):
            yield from _CLASS.format(**self.words).splitlines()
            yield ""
        what = "class" if isinstance(answer, Classes) else "label"
        yield f"/* The name of a {what}, in UTF-8; 0 where there is none of this number. */"
        yield f"static inline const char *{self.p}_{what}_name(int number)"
        yield "{"
        yield "    static const char *const names[] = {"
        yield from (f"        {string(str(level))}," for level in answer.levels)
        yield "    };"
        yield f"    return number >= 0 && number < {len(answer.levels)} ? names[number] : 0;"
        yield "}"
        yield ""

    def _main(self) -> Iterator[str]:
        p, names, shown = self.p, "", ""
        if isinstance(self.net.answer, Classes):
            names, shown = "; the last is %s", f", {p}_class_name({p}_class(outputs))"
        elif isinstance(self.net.answer, Labels):
            names, shown = "; the first label is %s", f", {p}_label_name(0)"
        text = _MAIN.format(
            names=names,
            shown=shown,
            rows="\n".join(table(self.sample.rows, "")),
            expected="\n".join(table(self.sample.answers.astype(np.float64), "")),
            tolerance=self.sample.tolerance,
            **self.words,
        )
        yield from text.splitlines()
        yield ""
