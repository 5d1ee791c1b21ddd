"""What a training run leaves behind: a row of figures for each epoch, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chainrule.catalog import look_up

CALLBACK_ASKED = "a callback asked to stop"
"""Why a run ended that a callback ended without a reason of its own."""


@dataclass
class History:
    """The figures of each epoch.

    Attributes
    ----------
    rows : list of dict
        One for each whole epoch: "epoch" (from 1), "loss" (mean over the epoch, while the
        weights change), "learning_rate" (of its last step), "gradient_norm" (root mean square
        over its steps), "seconds"; with validation data also "validation_loss" and
        "validation_<metric>", taken at the end of the epoch.
    stopped : str
        Why the run ended, in a sentence.
    interrupted : bool
        Whether Ctrl-C ended it.
    weights_epoch : int
        The epoch at whose end the network had the weights that it has now; 0 means the
        initial ones.

    Examples
    --------
    >>> history = History([{"epoch": 1, "loss": 0.7}, {"epoch": 2, "loss": 0.6}])
    >>> history["loss"], len(history)
    ([0.7, 0.6], 2)
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    stopped: str = ""
    interrupted: bool = False
    weights_epoch: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, column: str) -> list[float]:
        """Return one column, a number for each epoch.

        Raises
        ------
        ValueError
            If there is no such column.
        """
        look_up(dict.fromkeys(self.columns), column, "column of the history")
        return [row[column] for row in self.rows]

    def interrupt(self, epochs: int) -> None:
        """Note that Ctrl-C ended the run before all its epochs were over."""
        self.interrupted = True
        self.stopped = f"interrupted when {len(self)} of {epochs} epochs were over"

    @property
    def columns(self) -> list[str]:
        """The names of the columns; none before the first epoch."""
        return list(self.rows[0]) if self.rows else []

    def as_columns(self) -> Mapping[str, list[float]]:
        """Return all the columns by name."""
        return {column: self[column] for column in self.columns}
