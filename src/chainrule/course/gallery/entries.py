"""The gallery's choice of mistakes from the book, and their lines as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from textwrap import indent
from typing import TypeVar

from chainrule.catalog import nearest
from chainrule.course.gallery.set_ups import SET_UPS
from chainrule.diagnosis.book import MINI_BATCH, MISTAKES, PIECES, Mistake, lines_of

QUANTITIES: dict[str, str] = {
    "dz": "dz = da ⊙ f′(z)",
    "dW": "dW = dz · a_prevᵀ",
    "db": "db = dz",
    "da_prev": "da_prev = Wᵀ · dz",
    "W": "W, its first value and its update W ← W − η dW",
    "b": "b, and its update b ← b − η db",
    "daⁿ": "daⁿ = (ŷ − y) / (ŷ(1 − ŷ))",
    "da": "da, on its way back through the layers",
    "η": "η, the learning rate",
    "y": "y, the labels",
    "a⁰": "a⁰, the rows that are visited",
    "z": "z = W · a_prev + b",
    "L": "L, the loss that is printed",
}
"""The quantities of the shown mistakes, in the order of the list, with their formulas."""

_TRAINED = ("Layer.__init__", "Layer.forward", "Layer.backward", "Perceptron.fit")
_TWO_OTHERS = "loss-sign-not-averaged"  # two keys switch it on


def _is_shown(row: Mistake) -> bool:
    has_lines = bool(row.lines or row.both) and row.key != _TWO_OTHERS
    of_averages = row.where == "Layer.backward" and row.baseline == MINI_BATCH
    can_be_trained = row.where in _TRAINED and row.baseline in SET_UPS and not of_averages
    return has_lines and can_be_trained and row.quantity in QUANTITIES


def _in_words(row: Mistake) -> str:
    aside = " (the weights are right)" if row.quantity == "L" else ""
    return row.title.format(what="the same numbers") + aside


ENTRIES: dict[str, Mistake] = {
    row.key: replace(row, title=_in_words(row)) for row in MISTAKES if _is_shown(row)
}
"""The mistakes by key, in the order of the book, with their titles filled in."""


Grouped = TypeVar("Grouped")


def by_quantity() -> dict[str, list[Mistake]]:
    """Group the mistakes by the quantity made wrong first.

    Examples
    --------
    >>> [mistake.key for mistake in by_quantity()["y"]]
    ['shuffled-apart', 'labels-inverted']
    """
    return group_by_quantity(ENTRIES.values(), lambda mistake: mistake)


def group_by_quantity(
    items: Iterable[Grouped], mistake_of: Callable[[Grouped], Mistake]
) -> dict[str, list[Grouped]]:
    """Group items by the quantity that their mistake makes wrong first."""
    groups: dict[str, list[Grouped]] = {quantity: [] for quantity in QUANTITIES}
    for item in items:
        groups[mistake_of(item).quantity].append(item)
    return {quantity: members for quantity, members in groups.items() if members}


_PLACES = {"before": "before the epochs", "after": "after the samples"}


def shown(mistake: Mistake) -> str:
    """Return a mistake's lines as one text, with left-out lines marked as missing.

    Examples
    --------
    >>> print(shown(ENTRIES["b-never-updated"]))
    missing: self.biases -= learning_rate * d_biases
    >>> print(shown(ENTRIES["loss-not-reset"]))
    before the epochs:
        loss = 0
    """
    return "\n".join(_shown_parts(mistake))


def _shown_parts(mistake: Mistake) -> Iterator[str]:
    right, lines = _right(mistake), lines_of([mistake])
    for part, text in lines.items():
        if part in _PLACES:
            yield f"{_PLACES[part]}:\n{indent(text, '    ')}"
        elif text:
            yield text
        elif right[part] not in lines.values():  # else it stands elsewhere
            yield indent(right[part], "missing: ")


def _right(mistake: Mistake) -> dict[str, str]:
    return PIECES[mistake.where].right(mistake.baseline)


def chosen(keys: Sequence[str]) -> tuple[Mistake, ...]:
    """Return the mistakes of one or two keys.

    Raises
    ------
    ValueError
        If a key is unknown, or two mistakes cannot be made at once.

    Examples
    --------
    >>> [mistake.title for mistake in chosen(["db-sum"])]
    ['db is one number, the sum of dz: each neuron has its own']
    """
    for key in keys:
        if key not in ENTRIES:
            hint = nearest(key, ENTRIES) or ";"
            raise ValueError(f"unknown mistake {key!r}{hint} 'chainrule course gallery' lists all")
    mistakes = tuple(ENTRIES[key] for key in keys)
    if not 1 <= len(mistakes) <= 2:
        raise ValueError(f"one or two mistakes can be switched on, got {len(mistakes)}")
    common = set.intersection(*map(_changed, mistakes)) if mistakes[1:] else set()
    if common:
        raise ValueError(
            f"{keys[0]} and {keys[1]} both change {', '.join(sorted(common))}; choose two that can "
            "be made at once"
        )
    _require_one_set_up(mistakes)
    return mistakes


_SAME_PART = {"return": "da_prev"}  # what is not returned has no effect


def _changed(mistake: Mistake) -> set[str]:
    """Return the changed parts in words; for a mistake of order, the quantity."""
    _, method = mistake.where.split(".")
    if method == "__init__":
        return {"initial weights"}
    right = _right(mistake)
    parts = {part for part, text in lines_of([mistake]).items() if text != right[part]}
    names = parts or {mistake.quantity}
    return {f"`{_SAME_PART.get(name, name)}` in {method}" for name in names}


def _require_one_set_up(mistakes: Sequence[Mistake]) -> None:
    names = [SET_UPS[mistake.baseline].name or "as on the page" for mistake in mistakes]
    if len(set(names)) > 1:
        told = " and ".join(
            f"{one.key} ({name})" for one, name in zip(mistakes, names, strict=True)
        )
        raise ValueError(f"{told} need different networks; switch on one after the other")
