"""The predictor of a network: which program a table of rows takes, and on how many threads.

A `Predictor` is made once for a network and used for one call at a time; idle ones wait for the
next call. It holds addresses of θ, so it looks first whether the layers are still those.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Sequence
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.arrays import Array, Rows
from chainrule.engines.compiled import batch
from chainrule.engines.compiled.back_off import BackOff
from chainrule.engines.compiled.cuts import work_of_step
from chainrule.engines.compiled.few_rows import OneRow
from chainrule.engines.compiled.forward import Ending, Network, as_read
from chainrule.engines.compiled.kernels import Kernels, is_ours
from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.panels import Call, Cut, Panels
from chainrule.engines.compiled.workers import Workers, give_back, lent
from chainrule.layers import Layer, parameters_of

_Prepared: TypeAlias = tuple[list[int], list[Any]]  # jobs of the workers, records of all programs


class Predictor:
    """Computes the outputs of a network, row by row or panel by panel.

    Parameters
    ----------
    layers : sequence of Layer
    kernels : Kernels
    ending : Ending
        What the outputs are.
    """

    def __init__(self, layers: Sequence[Layer], kernels: Kernels, ending: Ending) -> None:
        theta, parameters = parameters_of(layers)
        self._memory = Memory()
        self._kernels, self._ending = kernels, ending
        self._network = Network(layers, theta)
        self._n_outputs = layers[-1].n_neurons
        self._layers = [weakref.ref(layer) for layer in layers]  # it keeps no network alive
        self._thetas = [weakref.ref(part) for part in parameters]
        self._activations = [layer.activation for layer in layers]
        self._n_inputs = layers[0].n_inputs
        self.work_of_a_row = work_of_step(layers, 1) / 3  # of the step's three products, z's
        used = (group.activation for layer in layers for group in layer.groups)
        formulas = (*used, ending)
        self.stays_right = all(is_ours(f) for f in formulas if not isinstance(f, str))
        self.one = OneRow(self._network, kernels, ending=ending)
        self._call = Call(self._memory)
        self._panels: list[Panels] = []  # one for each worker
        self._last = 0, 0, False  # what they are prepared for: rows, workers, sparse or not
        self._ready: _Prepared = [], []
        self._alone = Workers(1, kernels)
        self._back_off = BackOff()

    def parameters(self, layers: Sequence[Layer]) -> list[NDArray[Any]] | None:
        """Return every layer's θ, if the programs are made for these layers and where θ lies now.

        Whoever holds them keeps them where they are.
        """
        if len(layers) != len(self._layers):
            return None
        found = []
        known = zip(layers, self._layers, self._thetas, self._activations)  # noqa: B905  # is slow
        for layer, same, theta, activation in known:
            if layer is not same():
                return None
            now = layer.theta
            if now is not theta() or layer.activation is not activation:
                return None
            found.append(now)
        return found

    def takes(self, x: Any) -> bool:
        """Say whether `x` is an array of rows as the kernels read them."""
        if type(x) is not np.ndarray or x.dtype != self._kernels.dtype:
            return False
        shape = x.shape
        return len(shape) == 2 and shape[1] == self._n_inputs and shape[0] > 0

    def many(self, x: Rows, workers: int) -> Array | None:
        """Return the outputs of a table's rows; None if a number of it is not finite.

        Parameters
        ----------
        x : array or SciPy CSR matrix of shape (n, n_inputs)
        workers : int
            How many threads share the rows, at most.
        """
        dtype = self._kernels.dtype
        outputs = np.empty((x.shape[0], self._n_outputs), dtype)
        held, inputs = as_read(x, dtype)
        workers = self._back_off.threads(workers)
        jobs, records = self._prepared(len(outputs), workers, sparse=len(inputs) == 3)
        self._call.begin(inputs, (address(outputs), self._n_outputs * dtype.itemsize))
        if workers == 1:
            self._alone.run(jobs)
        else:
            several, start = lent(workers, self._kernels), time.perf_counter()
            self._back_off.note(start, several.run(jobs, one_pool=True))
            give_back(several)
        del held
        if not any(map(batch.stopped, records)):
            return outputs
        for record in records:
            batch.forget(record)
        return None

    def _prepared(self, n: int, workers: int, *, sparse: bool) -> _Prepared:
        """Return the workers' jobs for so many rows; kept for the next call like this one."""
        key = n, workers, sparse
        if key == self._last:
            return self._ready
        self._last = 0, 0, False  # none, should this be broken off
        cut = Cut.of(n, workers, self._kernels.lanes, self.work_of_a_row)
        while len(self._panels) < workers:
            self._panels.append(
                Panels(self._network, self._kernels, self._call, ending=self._ending)
            )
        panels = self._panels[:workers]
        for each in panels:
            each.prepare(cut, sparse=sparse)
        self._ready = [each.job for each in panels], list(chain(*(p.records for p in panels)))
        self._last = key
        return self._ready
