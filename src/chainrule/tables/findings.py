"""Findings of the encoding: unseen, missing and extra columns, added up over blocks of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from chainrule.tables.errors import count, enumerate_names, quote
from chainrule.tables.notes import Note

_SHOWN = 3  # unseen categories of a column that are named
_MOST = 10_000  # unseen categories of a column that are counted one by one


@dataclass(frozen=True)
class Unseen:
    """The categories of a column that training did not see.

    Attributes
    ----------
    times : Counter of str
        How often each stands there: all of them, or the most frequent of very many.
    others : int
        Values that are no longer counted one by one.
    """

    times: Counter[str]
    others: int = 0

    @classmethod
    def among(cls, values: pl.Series) -> Unseen:
        """Count each text of a column."""
        counts = values.cast(pl.String).rename("value").value_counts(name="times")
        return cls(Counter(dict(counts.iter_rows())))

    @property
    def total(self) -> int:
        """The number of values."""
        return self.times.total() + self.others

    def __add__(self, later: Unseen) -> Unseen:
        times = self.times + later.times
        others = self.others + later.others
        if len(times) > _MOST:
            kept = Counter(dict(times.most_common(_MOST)))
            times, others = kept, others + times.total() - kept.total()
        return Unseen(times, others)

    def __str__(self) -> str:
        """Return the most frequent values with how often each stands there."""
        ranked = sorted(self.times.items(), key=lambda item: (-item[1], item[0]))
        shown = ", ".join(f"{quote(value)} ({n})" for value, n in ranked[:_SHOWN])
        if self.others:
            return f"{shown} and more than {len(ranked) - _SHOWN} more"
        return shown + (f" and {len(ranked) - _SHOWN} more" if len(ranked) > _SHOWN else "")


@dataclass(frozen=True)
class Findings:
    """What the user should be told of encoded rows; two blocks' findings add up.

    Attributes
    ----------
    extra : tuple of str
        The columns that training did not have.
    missing : dict of str to int
        How many values are missing in columns where training had all.
    taken_as : dict of str to str
        By column, what a missing value counts as.
    unseen : dict of str to Unseen
    """

    extra: tuple[str, ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)
    taken_as: Mapping[str, str] = field(default_factory=dict)
    unseen: Mapping[str, Unseen] = field(default_factory=dict)

    def __add__(self, later: Findings) -> Findings:
        return Findings(
            tuple(dict.fromkeys((*self.extra, *later.extra))),
            Counter(self.missing) + Counter(later.missing),
            {**self.taken_as, **later.taken_as},
            {
                name: self.unseen[name] + later.unseen[name]
                if name in self.unseen and name in later.unseen
                else (self.unseen.get(name) or later.unseen[name])
                for name in dict.fromkeys((*self.unseen, *later.unseen))
            },
        )

    @property
    def notes(self) -> tuple[Note, ...]:
        """The findings in sentences."""
        return (*self._about_extra(), *self._about_missing(), *self._about_unseen())

    def _about_extra(self) -> Iterator[Note]:
        if self.extra:
            yield Note(f"ignored, not in training: {enumerate_names(list(self.extra))}")

    def _about_missing(self) -> Iterator[Note]:
        """Say where training had no missing values; what to do then was not learnt."""
        for name, n_missing in self.missing.items():
            yield Note(
                f"column {quote(name)}: {count(n_missing, 'missing value')}, though none when "
                f"it was trained; {self.taken_as[name]}",
                column=name,
            )

    def _about_unseen(self) -> Iterator[Note]:
        """Say in one sentence which categories training did not see, by column and value."""
        total = sum(unseen.total for unseen in self.unseen.values())
        if total:
            verb = "is" if total == 1 else "are"
            by_column = "; ".join(
                f"column {quote(name)}: {unseen}" for name, unseen in self.unseen.items()
            )
            yield Note(
                f"{count(total, 'value')} not seen in training {verb} treated as missing "
                f"({by_column}); --strict refuses them",
                column=next(iter(self.unseen)) if len(self.unseen) == 1 else None,
            )
