"""The scales of inputs and targets in a model, and a warning for those who need scales."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from chainrule.arrays import Array, Rows, dense, is_sparse
from chainrule.estimators.rows import TrainingRows
from chainrule.losses import Loss
from chainrule.warning import warn

_ROWS_TO_LOOK_AT = 10_000
_FAR = 100.0  # between the widest feature and the narrowest
_LARGE = 1000.0


class Scales(NamedTuple):
    """How inputs and targets are brought to mean 0 and variance 1; None leaves them alone."""

    inputs: Any = None
    targets: Any = None

    def __bool__(self) -> bool:
        """Say whether anything is scaled."""
        return self.inputs is not None or self.targets is not None

    def of_rows(self, x: Rows) -> Rows:
        """Return the rows as the network sees them.

        Raises
        ------
        ValueError
            If they are sparse, and those were not that the scales were learnt from.
        """
        if self.inputs is None:
            return x
        if self.inputs.with_mean and is_sparse(x):
            raise ValueError(
                "sparse rows cannot be shifted by their mean, as standardize=True does in a model "
                "that was fitted on dense rows; give X.toarray(), or fit the model on sparse rows"
            )
        return self.inputs.transform(x)

    def of_targets(self, y: Array) -> Array:
        """Return the targets as the network learns them."""
        return y if self.targets is None else self.targets.transform(y)

    def in_units(self, outputs: Array) -> Array:
        """Return outputs of the network in the units of the targets."""
        return outputs if self.targets is None else self.targets.inverse_transform(outputs)

    def of_gradients(self, gradients: Array) -> Array:
        """Return ∂output/∂x in the units of both; the axes are outputs, samples, features."""
        if self.targets is not None:
            gradients = gradients * self.targets.scale_[:, None, None].astype(gradients.dtype)
        if self.inputs is not None:
            gradients = gradients / self.inputs.scale_.astype(gradients.dtype)
        return gradients

    def folded_into(
        self, coefs: Sequence[Array], intercepts: Sequence[Array]
    ) -> tuple[list[Array], list[Array]]:
        """Return weights and biases that take inputs and give outputs in their own units.

        With z = Wᵀ·(x − μ)/σ + b the first layer has W/σ and b − (W/σ)ᵀ·μ; with ŷ = σ·z + μ the
        last one has W·σ and b·σ + μ.

        Parameters
        ----------
        coefs : sequence of arrays of shape (n_in, n_out)
        intercepts : sequence of arrays of shape (n_out,)
            Returned as they are where nothing is scaled, else copied.
        """
        if not self:
            return list(coefs), list(intercepts)
        W, b = _in_float64(coefs, intercepts)
        if self.inputs is not None:
            W[0] = W[0] / self.inputs.scale_[:, None]
            b[0] = b[0] - _mean(self.inputs) @ W[0]
        if self.targets is not None:
            W[-1] = W[-1] * self.targets.scale_
            b[-1] = b[-1] * self.targets.scale_ + self.targets.mean_
        return _as_they_were(W, coefs), _as_they_were(b, intercepts)

    def taken_out_of(
        self, coefs: Sequence[Array], intercepts: Sequence[Array]
    ) -> tuple[list[Array], list[Array]]:
        """Return the network's weights and biases, of which `folded_into` makes these."""
        if not self:
            return list(coefs), list(intercepts)
        W, b = _in_float64(coefs, intercepts)
        if self.targets is not None:
            W[-1] = W[-1] / self.targets.scale_
            b[-1] = (b[-1] - self.targets.mean_) / self.targets.scale_
        if self.inputs is not None:
            b[0] = b[0] + _mean(self.inputs) @ W[0]
            W[0] = W[0] * self.inputs.scale_[:, None]
        return _as_they_were(W, coefs), _as_they_were(b, intercepts)


def _in_float64(*lists: Sequence[Array]) -> tuple[list[Array], ...]:
    return tuple([np.asarray(array, np.float64) for array in arrays] for arrays in lists)


def _as_they_were(numbers: Sequence[Array], before: Sequence[Array]) -> list[Array]:
    return [a.astype(b.dtype) for a, b in zip(numbers, before, strict=True)]


def _mean(inputs: Any) -> Any:
    """Return what is subtracted of each feature: nothing where rows are sparse."""
    return inputs.mean_ if inputs.with_mean else np.zeros_like(inputs.scale_)


def learn_scales(data: TrainingRows, *, targets: bool) -> Scales:
    """Learn the scales of the rows to train on.

    Raises
    ------
    ValueError
        If they are beyond what the type can hold.
    """
    inputs = StandardScaler(with_mean=not is_sparse(data.x))
    y = StandardScaler() if targets else None
    for name, scaler, values in (("X", inputs, data.x), ("y", y, data.y)):
        if scaler is None:
            continue
        with np.errstate(over="ignore", invalid="ignore"):  # looked at below
            scaler.fit(values, sample_weight=data.sample_weight)
        if not np.isfinite(scaler.scale_).all():
            column = int(np.argmin(np.isfinite(scaler.scale_)))
            raise ValueError(
                f"the numbers of {name} in column {column} (counted from 0) are too large to be "
                "standardized: their variance overflows; divide them by a power of 10"
            )
    return Scales(inputs, y)


def warn_of_scales(data: TrainingRows, loss: Loss, reached: float) -> None:
    """Name the remedy, if training went badly on numbers of very different or far scales.

    Parameters
    ----------
    data : TrainingRows
        As training saw it.
    loss : Loss
    reached : float
        The training loss at the end.
    """
    if reached < _loss_of_a_constant(data, loss):
        return
    why = [*_of_features(data.x), *_of_targets(data.y, loss)]
    if why:
        warn(
            f"the network has learnt nothing that a constant would not say, and {'; '.join(why)}; "
            "bring the numbers to one scale with standardize=True, or StandardScaler in a pipeline",
            ConvergenceWarning,
        )


def _of_features(x: Rows) -> Iterator[str]:
    rows = x[:_ROWS_TO_LOOK_AT]
    some = dense(rows) if is_sparse(rows) else rows
    with np.errstate(over="ignore", invalid="ignore"):  # an infinite spread is a large one
        spread = some.std(axis=0)
    spread = spread[spread > 0]
    if len(spread) and spread.max() > _FAR * spread.min():
        yield (
            f"its features have very different spreads ({spread.min():.3g} to {spread.max():.3g})"
        )
    elif np.abs(some).max() > _LARGE:
        yield f"its features are as large as {np.abs(some).max():.3g}"


def _of_targets(y: Array, loss: Loss) -> Iterator[str]:
    mean, spread = np.abs(y.mean(axis=0)).max(), y.std(axis=0).max()
    if loss.is_of_raw_output and (mean > _FAR or spread > _FAR):
        yield f"its targets are far from 0 (mean {mean:.3g}, spread {spread:.3g})"


def _loss_of_a_constant(data: TrainingRows, loss: Loss) -> float:
    """Return the loss of the best output that is the same for all rows; ∞ if none is known."""
    y = data.y.T
    z = loss.best_constant(y, data.sample_weight)
    return np.inf if z is None else float(np.average(loss.value(z, y), weights=data.sample_weight))
