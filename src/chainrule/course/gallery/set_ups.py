"""The set-ups of the trainings: most mistakes show in the page's own code.

A mistake's baseline selects the set-up. In a set-up, both networks differ only by the mistake.
"""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.diagnosis.book import GUARDED, MINI_BATCH, ONE_SAMPLE


@dataclass(frozen=True)
class SetUp:
    """The differences from the page, for both networks alike.

    Attributes
    ----------
    name, words : str
        A short name, and a sentence; both are empty without a difference.
    batch_size : int, optional
        None for single samples.
    faster, farther : float
        Factors of the learning rate and of the first point.
    """

    name: str = ""
    words: str = ""
    batch_size: int | None = None
    faster: float = 1.0
    farther: float = 1.0

    @property
    def unit(self) -> str:
        """The name of a step's rows."""
        return "sample" if self.batch_size is None else "batch"


AS_ON_THE_PAGE = SetUp()

_M = 20
_FARTHER = 100.0

SET_UPS: dict[str, SetUp] = {
    ONE_SAMPLE: AS_ON_THE_PAGE,
    MINI_BATCH: SetUp(
        "mini-batches",
        f"Both networks learn in mini-batches of {_M} samples, a column each, by the code of "
        f"chapter 7, at {_M} times the learning rate: a step is that of the average.",
        batch_size=_M,
        faster=_M,
    ),
    GUARDED: SetUp(
        "an outlier",
        f"One point of the outer circle lies {_FARTHER:g} times as far out, as if it were typed in "
        "another unit: sooner or later its ŷ is rounded to 0. The right network guards loss and "
        "daⁿ against that, with np.clip.",
        farther=_FARTHER,
    ),
}
"""The set-ups by the baseline of a mistake's row."""
