"""scikit-learn's callbacks (since 1.9) on a run: `set_callbacks`, told of every epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.training import Run

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Nothing: this scikit-learn has no callbacks."""

    def with_callbacks(method: Any) -> Any:
        """Return the method as it is."""
        return method


__all__ = ["CallbackSupportMixin", "SklearnCallbacks", "with_callbacks"]


class SklearnCallbacks:
    """Tells an estimator's scikit-learn callbacks of each epoch.

    Parameters
    ----------
    estimator : estimator
        With `_init_callback_context`, where scikit-learn has callbacks.
    given : tuple
        X, y and sample_weight as given to `fit`.
    epochs : int
        The most there will be; 0 tells of nothing, as in `partial_fit`.
    fitted : callable
        ``fitted() -> dict``: the attributes of the estimator as if the fit ended now.
    task_name : str
        What is counted.
    """

    def __init__(
        self,
        estimator: Any,
        given: tuple[Any, Any, Any],
        epochs: int,
        fitted: Callable[[], dict[str, Any]],
        task_name: str = "epoch",
    ) -> None:
        self._estimator, self._task_name = estimator, task_name
        X, y, sample_weight = given
        self._told = {"X": X, "y": y, "metadata": {"sample_weight": sample_weight}}
        self._fitted = fitted
        self._context: Any = None
        self._epoch: Any = None
        self._left = epochs

    def begin(self) -> None:
        """Tell that the fit begins."""
        estimator, epochs = self._estimator, self._left
        if epochs and hasattr(estimator, "_init_callback_context"):
            self._context = estimator._init_callback_context(max_subtasks=epochs)
            self._context.call_on_fit_task_begin(estimator=estimator, **self._told)
            self._begin_epoch()

    def _begin_epoch(self) -> None:
        if self._left and getattr(self._estimator, "_skl_callbacks", None):
            self._left -= 1
            self._epoch = self._context.subcontext(task_name=self._task_name)
            self._epoch.call_on_fit_task_begin(estimator=self._estimator, **self._told)

    def __call__(self, run: Run | None = None) -> bool:
        """Tell of the epoch that has ended; return True if a callback asks to stop."""
        if self._epoch is None:
            return False
        stop = self._epoch.call_on_fit_task_end(
            estimator=self._estimator, reconstruction_attributes=self._fitted, **self._told
        )
        if not stop:
            self._begin_epoch()
        return bool(stop)

    def end(self) -> None:
        """Tell that the fit has ended."""
        if self._context is not None:
            self._context.call_on_fit_task_end(
                estimator=self._estimator, reconstruction_attributes=self._fitted, **self._told
            )
