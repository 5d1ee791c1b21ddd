"""`LossCurveDisplay`: how a fit went, drawn in the style of scikit-learn's displays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from sklearn.utils.validation import check_is_fitted


class LossCurveDisplay:
    """The loss of every epoch, on the training rows and, where there are some, on others.

    Needs matplotlib (``pip install 'chainrule[plot]'``). `from_estimator` makes one and draws it.

    Parameters
    ----------
    loss : sequence of float
        One for each epoch.
    validation_loss : sequence of float, optional
    best_epoch : int, optional
        The epoch whose weights the estimator has, counted from 1.
    estimator_name : str, optional

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_, validation_line_ : matplotlib Line2D
        The second is None without validation losses.

    Examples
    --------
    >>> display = LossCurveDisplay([0.7, 0.4, 0.3], [0.8, 0.5, 0.6], best_epoch=2)
    >>> display.plot().validation_line_.get_xdata().tolist()
    [1, 2, 3]
    """

    def __init__(
        self,
        loss: Sequence[float],
        validation_loss: Sequence[float] | None = None,
        *,
        best_epoch: int | None = None,
        estimator_name: str | None = None,
    ) -> None:
        self.loss = loss
        self.validation_loss = validation_loss
        self.best_epoch = best_epoch
        self.estimator_name = estimator_name

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, name: str | None = None, ax: Any = None, **line: Any
    ) -> Self:
        """Draw the curves of a fitted estimator.

        Parameters
        ----------
        estimator : MLPClassifier or MLPRegressor
            Fitted in steps: with `loss_curve_`.
        name : str, optional
            In place of the class's.
        ax : matplotlib Axes, optional
            Without it a new figure is made.
        **line
            Passed on to matplotlib's ``plot``.

        Raises
        ------
        ValueError
            If the estimator has no loss curve.
        """
        check_is_fitted(estimator)
        if not hasattr(estimator, "loss_curve_"):
            raise ValueError(
                f"{type(estimator).__name__} has no loss_curve_: solver='lbfgs' goes in no epochs"
            )
        display = cls(
            estimator.loss_curve_,
            estimator.validation_loss_curve_,
            best_epoch=_epoch_of_the_weights(estimator),
            estimator_name=name or type(estimator).__name__,
        )
        return display.plot(ax=ax, **line)

    def plot(self, ax: Any = None, *, name: str | None = None, **line: Any) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        name : str, optional
        **line
            Passed on to matplotlib's ``plot``.

        Returns
        -------
        self

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        try:
            from matplotlib import cbook, pyplot
            from matplotlib.lines import Line2D
        except ImportError as error:
            raise ImportError("plots need matplotlib: pip install 'chainrule[plot]'") from error
        if ax is None:
            _, ax = pyplot.subplots()
        line = cbook.normalize_kwargs(line, Line2D)  # "c" is "color"
        name = line.pop("label", None) or name or self.estimator_name
        epochs = range(1, len(self.loss) + 1)
        (self.line_,) = ax.plot(epochs, self.loss, label=name or "training", **line)
        self.validation_line_ = None
        if self.validation_loss is not None:
            dashed = {"linestyle": "--", "color": self.line_.get_color()} | line
            label = f"{name}, validation" if name else "validation"
            held = epochs[-len(self.validation_loss) :]
            (self.validation_line_,) = ax.plot(held, self.validation_loss, label=label, **dashed)
        if self.best_epoch is not None:
            ax.axvline(self.best_epoch, color=self.line_.get_color(), linewidth=0.8, linestyle=":")
        ax.set(xlabel="Epoch", ylabel="Loss")
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _epoch_of_the_weights(estimator: Any) -> int | None:
    """Return the epoch whose weights an estimator has, if it was to keep the best ones."""
    asked = estimator.restore_best
    if not (estimator.early_stopping if asked == "auto" else asked):
        return None
    history = estimator.history_
    return history.weights_epoch + len(estimator.loss_curve_) - len(history)
