"""The settings of an ensemble: chosen once, the same for every table."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Recipe:
    """How the networks of an ensemble are built and trained.

    The defaults were chosen on sixteen public tables at once (``python -m benchmarks quality``);
    docs/tabular.md says what each of them gains.

    Attributes
    ----------
    hidden : tuple of int
        Neurons of each hidden layer.
    activation : str
        Of the hidden layers.
    members : int
        How many networks there are. Each holds out a fold of its own.
    epochs : int
        Of tables up to `many_rows`.
    many_rows : int
        Above them there are fewer epochs, by the square root: with four times the rows half.
    batch_size : int
    least_steps : int
        Small tables have smaller batches, so that there are about as many steps.
    learning_rate : float
        The largest; it goes up and down in waves (`chainrule.schedules.CosLog`).
    beta_2 : float
        AdamW's.
    weight_decay : float
        AdamW's.
    dropout : float
        Share of the hidden layers' outputs that a step leaves out.
    n_bins : int
        Of a number's piecewise-linear embedding, at most.
    n_embedded : int
        Neurons of a category's embedding.
    most_bins : int
        Of all numbers together: where there are many, each has fewer, at least 4.
    most_numbers : int
        Tables with more of them have no bins.
    """

    hidden: tuple[int, ...] = (128, 128, 128)
    activation: str = "silu"
    members: int = 8
    epochs: int = 48
    many_rows: int = 30_000
    batch_size: int = 256
    least_steps: int = 1000
    learning_rate: float = 0.004
    beta_2: float = 0.95
    weight_decay: float = 0.03
    dropout: float = 0.15
    n_bins: int = 20
    n_embedded: int = 8
    most_bins: int = 400
    most_numbers: int = 256

    def rows_of_a_batch(self, n_rows: int) -> int:
        """Return the rows of a batch: the recipe's, or a half, a quarter … for a small table.

        Parameters
        ----------
        n_rows : int
            That a member trains on.
        """
        size = self.batch_size
        while size > _SMALLEST_BATCH and n_rows / size * self.epochs < self.least_steps:
            size //= 2
        return max(1, min(size, n_rows))

    def for_rows(self, n_rows: int) -> Recipe:
        """Return the recipe for a table of so many rows.

        Examples
        --------
        >>> [Recipe(epochs=64).for_rows(n).epochs for n in (1000, 30_000, 120_000, 10_000_000)]
        [64, 64, 32, 8]
        """
        share = min(1.0, (self.many_rows / n_rows) ** 0.5)
        least = min(_FEWEST_EPOCHS, self.epochs)
        return replace(self, epochs=max(least, round(self.epochs * share)))

    def bins_of_a_number(self, n_numbers: int) -> int:
        """Return how many bins each of so many numbers has; 0 where they go in as they are."""
        if n_numbers > self.most_numbers:
            return 0
        return min(self.n_bins, max(_FEWEST_BINS, self.most_bins // max(1, n_numbers)))


_SMALLEST_BATCH = 32
_FEWEST_EPOCHS = 8
_FEWEST_BINS = 4
