"""The ways in which a program may come from its loss to dzⁿ: right, or with mistakes of daⁿ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.activations import sigmoid
from chainrule.arrays import Array
from chainrule.diagnosis.book import programs
from chainrule.diagnosis.page_code import run_part
from chainrule.diagnosis.programs.layers import LayerAt, Rows, Way, alike
from chainrule.diagnosis.programs.losses import SQUARED, LossForm, Scale
from chainrule.diagnosis.reading.own_activations import softmax

_SIGN, *_COUNTS = programs.FACTORS
_TWO_MISSING, _TWO_TOO_MANY = programs.OF_SQUARES
_FIRST = "no-derivative"


class Output(NamedTuple):
    """What the last layer's gradients may be made of."""

    rows: Rows
    da: Array
    dz: Array


class Answers(NamedTuple):
    """The network's outputs, the targets, and the loss between them."""

    y_hat: Array
    y: Array
    form: LossForm
    scale: Scale

    def made(self, line: str, name: str, **known: Any) -> Any:
        """Return what a line assigns to a name; None if it raises."""
        names = {
            "np": np, "y_hat": self.y_hat, "y": self.y, "k": len(self.y),
            "share": self.scale.factor, **known,
        }  # fmt: skip
        try:
            run_part(line, names)
        except Exception:  # what the lines of a mistake raise is no number
            return None
        return names[name]

    def da(self) -> Array:
        """Return the right daⁿ."""
        right: Array = self.scale.factor * self.made(self.form.da, "da")
        return right

    def mistakes(self, f: Any) -> Rows:
        """Return the loss's mistakes; none for a squared loss unless f is sigmoid or softmax."""
        mixed_up = self.form is SQUARED and f not in (sigmoid, softmax)
        return () if mixed_up else self.form.mistakes

    def factors(self) -> Iterator[Way]:
        """Yield the mistakes that are a factor, but for the sign, and the factor."""
        two = (_TWO_TOO_MANY if self.scale.halved else _TWO_MISSING,) * (self.form is SQUARED)
        for row in (*_COUNTS, *two):
            factor = self.made(row.lines["da"], "da", da=np.ones(()))
            if factor is not None and factor != 1:
                yield Way((row,), factor)


def outputs(layer: LayerAt, answers: Answers) -> list[Output]:
    """Return the ways from the loss to dzⁿ, the shortest first; none does what a shorter one does.

    A mistake of daⁿ and one of f′ that make the same dzⁿ are one: a program has one line for both.
    """
    da = answers.da()
    right, *of_dz = [Output(way.rows, da, way.values) for way in layer.dz(da)]
    of_da = list(_of_da(layer, answers, da))
    single = [one for one in of_dz if one.rows[0].key == _FIRST]
    single += _new([one for one in of_da if len(one.rows) == 1], [right, *single])
    single += _new([one for one in of_dz if one.rows[0].key != _FIRST], single)
    factors = [
        (way.rows, float(way.values)) for way in answers.factors()
    ]  # fmt: skip
    scaled = [_times(right, *factor) for factor in factors]
    pairs = [one for one in of_da if len(one.rows) == 2]
    pairs += [_times(one, *factor) for one in (*single, *scaled) for factor in factors
              if factor[0][0] not in one.rows]  # fmt: skip
    return [right, *single, *scaled, *_new(pairs, [right, *single, *scaled])]


def _of_da(layer: LayerAt, answers: Answers, da: Array) -> Iterator[Output]:
    """Yield what mistakes of daⁿ make, alone and with one of dz."""
    for row in (_SIGN, *answers.mistakes(layer.f)):
        if "dz" in row.lines:
            dz = answers.made(row.lines["dz"], "dz")
            if dz is not None:
                yield Output((row,), da, dz)
            continue
        made = answers.made(row.lines["da"], "da", da=da)
        if made is None:
            continue
        wrong = made if row is _SIGN else answers.scale.factor * made
        for way in layer.dz(wrong):
            yield Output((row, *way.rows), wrong, way.values)


def _times(one: Output, rows: Rows, factor: float) -> Output:
    return Output((*one.rows, *rows), factor * one.da, factor * one.dz)


def _new(found: Sequence[Output], known: Sequence[Output]) -> list[Output]:
    """Leave out what does the same as what is known."""
    return [one for one in found if not any(alike(one.dz, other.dz) for other in known)]
