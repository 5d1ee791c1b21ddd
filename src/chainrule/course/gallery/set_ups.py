"""What both networks need so that a mistake can show: most need nothing but the page's own code.

The baseline of a mistake's row says which code is right there; the mistake alone is what differs.
"""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.diagnosis.book import GUARDED, MINI_BATCH, ONE_SAMPLE


@dataclass(frozen=True)
class SetUp:
    """What is other than on the page, for the right network as for the wrong one.

    Attributes
    ----------
    name, words : str
        In short, and as a sentence; both are empty if nothing is.
    batch_size : int, optional
        Without it the samples go one by one.
    faster, farther : float
        What the learning rate, and the first point, are multiplied by.
    """

    name: str = ""
    words: str = ""
    batch_size: int | None = None
    faster: float = 1.0
    farther: float = 1.0

    @property
    def unit(self) -> str:
        """What a step is made of."""
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
"""By the baseline of the mistake's row."""
