"""The multilayer perceptron: layers in a row, trained by backpropagation.

This is a door: `Perceptron.fit` checks everything it is given, and what lies behind it trusts
its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from numbers import Real
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainrule.arrays import Array, RowsLike, finite_features, finite_rows, weights_of_rows
from chainrule.checkpoints import (
    Checkpoints,
    Identity,
    KeptRun,
    checkpoints_given,
    fingerprint,
    in_words,
)
from chainrule.drawing import network_svg
from chainrule.dropout import rates
from chainrule.engines import Engine, Task, get_engine
from chainrule.layers import Layer, joined, require_chain
from chainrule.losses import Loss, get_loss
from chainrule.optimizers import Optimizer, get_optimizer
from chainrule.penalties import Penalty, get_penalty
from chainrule.ranges import require_positive
from chainrule.schedules import Schedule, get_schedule
from chainrule.training import (
    Callback,
    EarlyStopping,
    History,
    Metric,
    Plan,
    RunState,
    Samples,
    print_loss,
    train,
)


class Perceptron:
    """A multilayer perceptron.

    Parameters
    ----------
    layers : sequence of Layer
        Each takes as many inputs as the one before has neurons; all of one dtype.

    Attributes
    ----------
    layers : list of Layer

    Raises
    ------
    ValueError, TypeError
        If the layers do not fit together.

    Examples
    --------
    >>> np.random.seed(10)
    >>> model = Perceptron([Layer(2, 3, "relu"), Layer(3, 1, "sigmoid")])
    >>> model.forward([0.5, -0.5]).shape
    (1, 1)
    >>> x, y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0], [1]])
    >>> history = model.fit(x, y, epochs=2, learning_rate=0.01)
    Loss at epoch 1: 0.770
    Loss at epoch 2: 0.769
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        if not isinstance(layers, Sequence):
            raise TypeError(f"a Perceptron is made of a list of layers, got {layers!r}")
        self.layers = list(layers)
        require_chain(self.layers)

    def __repr__(self) -> str:
        return f"Perceptron({self.layers!r})"

    def as_svg(self, output: str | None = None) -> str:
        """Return a drawing of the network: a column of neurons for each layer.

        Parameters
        ----------
        output : str, optional
            What is written below the outputs; without it the last layer's activation.

        Examples
        --------
        >>> model = Perceptron([Layer(2, 3, "relu", rng=0), Layer(3, 1, "sigmoid", rng=1)])
        >>> model.as_svg().count("<circle")
        6
        """
        sizes = [self.layers[0].n_inputs, *(layer.n_neurons for layer in self.layers)]
        *hidden, last = (repr(layer.activation) for layer in self.layers)
        return network_svg(sizes, ["inputs", *hidden, last if output is None else output])

    @property
    def theta(self) -> Array:
        """All weights and biases as one contiguous vector: W, b, layer by layer.

        Writing into it changes the layers; assigning copies the values in. It is the same memory
        for as long as the layers stay in this network; do not keep it beyond that.
        """
        require_chain(self.layers)
        return joined(self.layers)

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        theta, values = self.theta, np.asarray(values)
        if values.shape != theta.shape:
            raise ValueError(f"theta of {self!r} has {theta.size} numbers, got {values.shape}")
        theta[:] = values

    def forward(self, inputs: ArrayLike) -> Array:
        """Compute the network's output.

        Parameters
        ----------
        inputs : array of shape (n_inputs,), (n_inputs, 1) or (n_inputs, m)
            One sample, or one sample per column.

        Returns
        -------
        array of shape (n_outputs, m)
            ŷ, the last layer's a.

        Raises
        ------
        ValueError
            If the inputs have another size.
        """
        a = inputs
        for layer in self.layers:
            a = layer.forward(a)
        return np.asarray(a)

    def predict(
        self,
        x: RowsLike,
        *,
        loss: str | Loss | None = None,
        engine: str | Engine = "compiled",
    ) -> Array:
        """Compute the network's output for one sample per row.

        Unlike `forward` it checks the values, and leaves alone what `backward` needs.

        Parameters
        ----------
        x : array or SciPy sparse matrix of shape (n, n_inputs)
        loss : str or Loss, optional
            That of the training, for the prediction that it scores: under
            "softmax_cross_entropy" the classes' probabilities.
        engine : str or Engine
            A name from `chainrule.engines.ENGINES`.

        Returns
        -------
        array of shape (n, n_outputs)
            ŷ: the last layer's a, or the loss's link of its z.

        Raises
        ------
        ValueError, TypeError
            If the rows have another shape, or a value is no finite number.

        Examples
        --------
        >>> model = Perceptron([Layer(2, 3, "relu", rng=0), Layer(3, 1, "sigmoid", rng=1)])
        >>> model.predict([[0.5, -0.5], [1.0, 2.0]]).shape
        (2, 1)
        """
        engine = get_engine(engine)
        if loss is not None:
            given = get_loss(loss)
            loss = given.after(self.layers[-1].activation)
            if loss is not given:  # the loss is of a, whatever that is
                loss = None
        output = engine.output(self.layers, x, loss) if self.layers else None
        if output is not None:
            return output
        require_chain(self.layers)
        first, last = self.layers[0], self.layers[-1]
        rows = finite_features("x", x, first.n_inputs, first.dtype)
        if rows is not x:  # the same bits, whatever the rows lay in before
            output = engine.output(self.layers, rows, loss)
            if output is not None:
                return output
        z = engine.predict(self.layers, rows).T
        return (last.activation(z) if loss is None else loss.link(z)).T

    def fit(
        self,
        training_data: RowsLike,
        labels: ArrayLike,
        epochs: int,
        learning_rate: float,
        *,
        loss: str | Loss = "binary_cross_entropy",
        optimizer: str | Optimizer = "sgd",
        batch_size: int = 1,
        schedule: str | Schedule = "constant",
        shuffle: bool = True,
        sample_weight: ArrayLike | None = None,
        penalty: Penalty | None = None,
        dropout: float | Sequence[float] = 0.0,
        clip_norm: float | None = None,
        validation_data: tuple[RowsLike, ArrayLike] | None = None,
        metrics: Mapping[str, Metric] | None = None,
        callbacks: Sequence[Callback] = (),
        engine: str | Engine = "compiled",
        rng: Any = None,
        verbose: bool = True,
        resume: RunState | bool | None = None,
        checkpoint: str | PathLike[str] | Checkpoints | None = None,
    ) -> History:
        """Train by backpropagation; print the average loss of each epoch.

        As on the page, without the keywords: one sample a step, binary cross-entropy, plain
        gradient descent, a new random order every epoch from NumPy's global generator.

        Parameters
        ----------
        training_data : array or SciPy sparse matrix of shape (n, n_inputs)
        labels : array of shape (n, n_outputs) or, for one output, (n,)
        epochs : int
            At least 1; with `resume` those of earlier calls are among them.
        learning_rate : float
            Above 0.
        loss : str or Loss
            A name from `chainrule.losses.LOSSES`.
        optimizer : str or Optimizer
            A name from `chainrule.optimizers.OPTIMIZERS`; its memory starts anew.
        batch_size : int
            Samples per step; the gradient is that of their mean loss.
        schedule : str or Schedule
            A name from `chainrule.schedules.SCHEDULES`.
        shuffle : bool
            Whether every epoch has a new order.
        sample_weight : array of shape (n,), optional
            At least 0 each; the mean losses, of a batch and of an epoch, are weighted by them.
        penalty : Penalty, optional
            Added to the loss of every batch: ``Penalty(l2=1e-4)``.
        dropout : float or sequence of float
            The share of the hidden layers' outputs that is left out in every step, in [0, 1);
            or one share for each layer's inputs, from those of the network on.
        clip_norm : float, optional
            Above 0; a gradient with a larger norm ‖∂L/∂θ‖₂ is scaled down to it.
        validation_data : tuple of arrays (x, y), optional
            Rows on which the loss is taken after every epoch.
        metrics : mapping of str to callable, optional
            ``metric(y, prediction) -> float`` on the validation rows, arrays of shape
            (n, n_outputs); recorded as ``validation_<name>``.
        callbacks : sequence of callables
            Called with the `Run` after every epoch; the run ends when one returns True.
        engine : str or Engine
            A name from `chainrule.engines.ENGINES`.
        rng : int, numpy.random.Generator or RandomState, optional
            Draws the orders, and before them the seed of the dropout, if there is any. Without
            it NumPy's global generator does.
        verbose : bool
            Whether to print the loss of each epoch.
        resume : RunState or bool, optional
            A new ``RunState()`` remembers the run, besides the weights; the next call with it
            goes on from there, to the bit as if the run had never ended. Its generator is that
            of the first call, whatever `rng` is. Callbacks but for `EarlyStopping` begin anew.
            True goes on from the last checkpoint, in another process too, and begins a run where
            there is none yet.
        checkpoint : path-like or Checkpoints, optional
            A folder for the run's checkpoints: written every minute and at the end, or as
            ``Checkpoints(folder, every_epochs=10)`` says. A run that is killed goes on to the same
            bits, with the same call and ``resume=True``; more `epochs` may be asked for.

        Returns
        -------
        History
            Ctrl-C ends the run with the weights of the last whole epoch, and the history says
            so.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; nothing has been changed then.
        CheckpointError
            A ValueError: if the run cannot go on from what is in the folder.
        DivergenceError
            If a loss or weight is not finite any more; the network has the weights of the
            last whole epoch.
        """
        require_chain(self.layers)  # the list may have been changed
        metrics = {} if metrics is None else metrics
        _require_metrics(metrics, validation_data)
        _require_callbacks(callbacks)
        loss_of_z = get_loss(loss).after(self.layers[-1].activation)
        samples = self._samples("training_data", training_data, "labels", labels, loss_of_z)
        n, dtype = len(samples.y), samples.y.dtype
        if sample_weight is not None:
            sample_weight = weights_of_rows("sample_weight", sample_weight, n, dtype)
        _require_resume(resume, checkpoint)
        plan = Plan(
            epochs=_count("epochs", epochs),
            learning_rate=_positive("learning_rate", learning_rate),
            schedule=get_schedule(schedule),
            engine=get_engine(engine),
            shuffle=shuffle,
            validation=self._validation(validation_data, loss_of_z),
            metrics=metrics,
            callbacks=[print_loss, *callbacks] if verbose else list(callbacks),
        )
        task = Task(
            samples.x,
            samples.y,
            loss=loss_of_z,
            optimizer=get_optimizer(optimizer),
            batch_size=min(_count("batch_size", batch_size), n),
            sample_weight=sample_weight,
            penalty=get_penalty(penalty),
            dropout=rates(dropout, len(self.layers)),
            clip_norm=inf if clip_norm is None else _positive("clip_norm", clip_norm),
        )
        state = RunState(rng)
        if isinstance(resume, RunState):
            resume.require_of(task, joined(self.layers))
            if resume.state is None:
                resume.rng = state.rng
            state = resume
        kept = None
        if (folder := checkpoints_given(checkpoint)) is not None:
            identity = self._identity(task, plan, optimizer=task.optimizer, rng=state.rng)
            kept = KeptRun(folder, identity, resumes=resume is True)
            state.steps_of(task, self.theta)
            kept.resume(state, self.theta)
        if task.dropout:
            task = replace(task, seed=state.seed_of_dropout())
        if kept is None:
            return train(self.layers, task, plan, state, keeps_memory=isinstance(resume, RunState))
        return kept.train(self.layers, task, plan, state)

    def _identity(self, task: Task, plan: Plan, **given: Any) -> Identity:
        """Return all that the bits of a run depend on, but for the number of epochs."""
        stopping = [each for each in plan.callbacks if isinstance(each, EarlyStopping)]
        given |= {
            "network": self,
            "dtype": str(self.layers[0].dtype),
            "loss": task.loss,
            "learning_rate": plan.learning_rate,
            "schedule": plan.schedule,
            "batch_size": task.batch_size,
            "shuffle": plan.shuffle,
            "penalty": task.penalty,
            "dropout": task.dropout,
            "clip_norm": task.clip_norm,
            "early stopping": stopping,
            "metrics": dict(plan.metrics),
        }
        return {name: in_words(value) for name, value in given.items()} | {
            "training_data": fingerprint(task.x),
            "labels": fingerprint(task.y),
            "sample_weight": fingerprint(task.sample_weight),
            "validation_data": fingerprint(*(plan.validation or ())),
        }

    def _validation(self, data: tuple[RowsLike, ArrayLike] | None, loss: Loss) -> Samples | None:
        if data is None:
            return None
        if not isinstance(data, tuple | list) or len(data) != 2:
            raise TypeError("validation_data is a pair of arrays (x, y)")
        return self._samples("validation x", data[0], "validation y", data[1], loss)

    def _samples(self, x_name: str, x: RowsLike, y_name: str, y: ArrayLike, loss: Loss) -> Samples:
        """Check one set of rows and bring it to the network's dtype."""
        first, last = self.layers[0], self.layers[-1]
        x = finite_features(x_name, x, first.n_inputs, first.dtype)
        y = finite_rows(y_name, y, last.n_neurons, first.dtype)
        if x.shape[0] != len(y):
            raise ValueError(f"{x_name} has {x.shape[0]} rows and {y_name} has {len(y)}")
        place = loss.first_not_allowed(y)
        if place is not None:
            raise ValueError(
                f"{y_name} for {loss.name} are {loss.labels}, got {y[place]} in row {place[0]}, "
                f"column {place[1]}"
            )
        return Samples(x, y)


def _count(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} is a whole number, got {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value!r}")
    return int(value)


def _require_metrics(metrics: Mapping[str, Metric], validation_data: object) -> None:
    if not isinstance(metrics, Mapping) or not all(map(callable, metrics.values())):
        raise TypeError(
            f"metrics are functions metric(y, prediction) by their names, got {metrics!r}"
        )
    if metrics and validation_data is None:
        raise ValueError("metrics are taken on validation_data, which is missing")
    if "loss" in metrics:
        raise ValueError("no metric can be called 'loss': validation_loss is the loss itself")


def _require_callbacks(callbacks: Sequence[Callback]) -> None:
    if not isinstance(callbacks, Sequence):
        raise TypeError(f"callbacks is a list of functions, got {callbacks!r}")
    for callback in callbacks:
        if isinstance(callback, type) or not callable(callback):
            raise TypeError(
                f"a callback is a function of the run or an object such as ProgressBar(), got "
                f"{callback!r}"
            )


def _require_resume(resume: object, checkpoint: object) -> None:
    if resume is not None and not isinstance(resume, RunState | bool):
        raise TypeError(f"resume is a chainrule.training.RunState or True, got {resume!r}")
    if resume is True and checkpoint is None:
        raise ValueError("resume=True goes on from a checkpoint; give checkpoint= its folder too")


def _positive(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is a number, got {value!r}")
    require_positive(name, value)
    return float(value)
