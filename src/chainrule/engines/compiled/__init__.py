"""The same numbers as `chainrule.engines.reference`, in machine code made for the processor.

The way of a step, from the top: `trainer` lets Python see an epoch. For batches, `step` writes the
formulas down as a program of kernel calls; `minibatch` has `program` run it, on the threads of
`workers`, which take its pieces by `sharing`. For batches of one, `one_by_one` has a kernel made
that runs the epoch by itself: with the weights in `registers`, or `streaming` them. A table's
`prediction` goes by `panels` and a `few_rows`.

The kernels of a program: `products` (the micro-kernel), `dots`, `movement`, `elementwise` (the
formulas of the tables, by way of `tracing` and `expressions`), `masks`, `totals`; their exp, log,
tanh … are `elementary`'s. Below them: `simd` and `values`, the words they are written in, `code`,
which makes machine code of them, and `machine`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chainrule.arrays import Array, Rows
from chainrule.engines import reference
from chainrule.engines.compiled.cuts import WORK_WORTH_A_THREAD, work_of_step
from chainrule.engines.compiled.forward import Ending
from chainrule.engines.compiled.kernels import Kernels
from chainrule.engines.compiled.machine import host
from chainrule.engines.compiled.minibatch import MiniBatches
from chainrule.engines.compiled.nodes import TraceError
from chainrule.engines.compiled.one_by_one import Online, is_online
from chainrule.engines.compiled.pace import Pace
from chainrule.engines.compiled.prediction import Predictor
from chainrule.engines.compiled.trainer import CompiledTrainer, Path
from chainrule.engines.compiled.workers import Workers
from chainrule.engines.cores import available_cores, taken
from chainrule.engines.task import Task, Trainer, TrainingState
from chainrule.layers import Layer, require_chain
from chainrule.losses import LOSSES, Loss
from chainrule.warning import warn

_WORK_WORTH_WAKING_A_THREAD = 1e7  # floating-point operations of a prediction
_ROWS_WORTH_A_THREAD = 48
_TRIES = 10  # to make a predictor while another thread moves the layers
_WORK_TO_TRY = 2e8  # floating-point operations: some milliseconds


@lru_cache(maxsize=64)
def _idle_predictors(*key: Any) -> list[Predictor]:
    """Return the predictors that wait for the next call with that key."""
    return []


_BY_LINK = {loss.link: loss for loss in LOSSES.values()}


def _row_with_link_of(loss: Loss) -> Loss:
    """Return the table's loss with the same link, if there is one: predictions are the same."""
    try:
        return _BY_LINK.get(loss.link, loss)
    except TypeError:  # it cannot be hashed
        return loss


def _taken_from(idle: list[Predictor]) -> Predictor | None:
    try:
        return idle.pop()
    except IndexError:  # another thread may have been sooner
        return None


@dataclass(frozen=True)
class Compiled:
    """The compiled engine.

    Parameters
    ----------
    n_threads : int, optional
        As many as the machine, its container, or an enclosing joblib or threadpoolctl allow.
        The numbers do not depend on it.
    vector_bytes : int, optional
        Narrower vectors than the processor has: 64, 32 or 16.
    adaptive : bool
        Whether fewer threads than that run where they turn out to be faster.
    """

    n_threads: int | None = None
    vector_bytes: int | None = None
    adaptive: bool = True

    name = "compiled"

    def start(self, layers: Sequence[Layer], task: Task, state: TrainingState) -> Trainer:
        """Get ready to train the layers in place.

        What cannot be written as machine code trains in NumPy, and a warning says why.
        """
        cores = self.n_threads or taken.free()  # before this run has taken any
        try:
            return CompiledTrainer(
                layers, task, state, lambda: self._path(layers, task, state), cores
            )
        except TraceError as error:
            warn(f"this training runs in NumPy, more slowly: {error}", RuntimeWarning)
            return reference.start(layers, task, state)

    def _path(self, layers: Sequence[Layer], task: Task, state: TrainingState) -> Path:
        kernels = Kernels(host(self.vector_bytes), layers[0].dtype)
        if is_online(layers, task):
            return Online(layers, task, state.slots, kernels)
        workers = self._workers(work_of_step(layers, task.batch_size), kernels)
        try:
            steps = max(1, int(_WORK_TO_TRY / work_of_step(layers, task.batch_size)))
            pace = Pace(workers.count, steps, adaptive=self.adaptive)
            return MiniBatches(layers, task, state.slots, kernels, workers, pace)
        except BaseException:
            workers.close()
            raise

    def predict(self, layers: Sequence[Layer], x: Rows) -> Array:
        """Return the last layer's z, of shape (n, n_outputs), for the rows of `x`."""
        try:
            z = self._predicted(layers, x, "z")
        except TraceError:
            z = None
        return reference.predict(layers, x) if z is None else z

    def output(self, layers: Sequence[Layer], x: Any, loss: Loss | None = None) -> Array | None:
        """Return the last layer's a, or the loss's link of its z.

        None says that the table has to be looked at first.
        """
        try:
            return self._predicted(layers, x, "a" if loss is None else _row_with_link_of(loss))
        except TraceError:
            return None

    def _predicted(self, layers: Sequence[Layer], x: Any, ending: Ending) -> Array | None:
        idle = _idle_predictors(id(layers[0]), id(ending), self.vector_bytes)
        predictor = _taken_from(idle)
        held = predictor.parameters(layers) if predictor else None
        if predictor is None or held is None:
            predictor, held = self._predictor_of(layers, ending)
        as_it_is = predictor.takes(x)
        if as_it_is and len(x) == 1:
            outputs = predictor.one(x)
        elif as_it_is or ending == "z":  # for that, the table has been looked at
            threads = self._threads_to_predict(predictor.work_of_a_row, x.shape[0])
            outputs = predictor.many(x, threads)
        else:
            outputs = None
        if predictor.stays_right:  # one whose call was broken off is not used again
            idle.append(predictor)
        del held
        return outputs

    def _predictor_of(
        self, layers: Sequence[Layer], ending: Ending
    ) -> tuple[Predictor, list[Array]]:
        """Return a new predictor, and every layer's θ: it stays while the machine code runs."""
        require_chain(layers)
        kernels = Kernels(host(self.vector_bytes), layers[0].dtype)
        for _ in range(_TRIES):
            predictor = Predictor(layers, kernels, ending)
            held = predictor.parameters(layers)
            if held is not None:  # else another thread has moved them meanwhile
                return predictor, held
        return predictor, [layer.theta for layer in layers]

    def _threads_to_predict(self, work_of_a_row: float, rows: int) -> int:
        if work_of_a_row * rows < _WORK_WORTH_WAKING_A_THREAD:
            return 1
        return min(self.n_threads or available_cores(), -(-rows // _ROWS_WORTH_A_THREAD))

    def _workers(self, work: float, kernels: Kernels) -> Workers:
        count = self.n_threads or (None if work >= WORK_WORTH_A_THREAD else 1)
        return Workers.for_a_fit(count, kernels)


compiled = Compiled()
