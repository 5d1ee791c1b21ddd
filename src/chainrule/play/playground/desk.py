"""What lies before one page: settings, points, the run, the epoch shown, run A of a comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chainrule.activations import ACTIVATIONS
from chainrule.engines import Engine
from chainrule.play.playground import commands
from chainrule.play.playground.data import Points, draw, from_drawn
from chainrule.play.playground.memory import CurvePoint, Remembered
from chainrule.play.playground.pictures import Blueprint
from chainrule.play.playground.runner import Run
from chainrule.play.playground.snapshots import Kept, Snapshot
from chainrule.play.playground.state import State, as_json, choices, suited_loss

_OWN = {"own": "upload a table first", "drawn": "draw some points first"}


class Desk:
    """Settings, points and run of a page, for a single thread.

    Parameters
    ----------
    emit : callable
        ``emit(event)`` gets each event.

    Attributes
    ----------
    state : State
    points : Points
    run : Run
    """

    def __init__(self, emit: Callable[[dict[str, Any]], None]) -> None:
        self._emit = emit
        self._own: dict[str, Points] = {}  # uploaded and drawn points, by the data set's name
        self._scrubbed: tuple[Remembered, CurvePoint] | None = None
        self._kept: Kept | None = None
        self._engine: Engine | None = None  # a learner's
        state = State()
        self.state, self.points = state, draw(state.data)
        self.run = self._renew(state, self.points)
        self._say_state(choices=choices())
        self._emit(self.points.about())

    def ends_training(self, command: commands.Command) -> bool:
        """Say whether a command begins something anew, so that training has to pause."""
        if isinstance(command, commands.Configure):
            return not self._changes_only_rate(command.state)
        return isinstance(
            command, commands.Reset | commands.Draw | commands.Upload | commands.Engine
        )

    def obey(self, command: commands.Command) -> None:
        """Do what a command says.

        Raises
        ------
        ValueError
            If its values do not fit the run.
        """
        match command:
            case commands.Configure(state=state):
                self._configure(state)
            case commands.Reset():
                self._scrubbed = None
                self.run.reset()
            case commands.Scrub(epoch=epoch):
                self._scrub(epoch)
            case commands.Weight():
                self._scrubbed = None
                self.run.set_weight(command.layer, command.row, command.column, command.value)
            case commands.Draw(points=points):
                self._take("drawn", from_drawn(points))
            case commands.Upload():
                from chainrule.play.playground.own_data import read_points

                axes = command.axes
                self._take("own", read_points(command.text, command.name, command.target, axes))
            case commands.Export(what=what):
                from chainrule.play.playground.exports import export

                self._emit({"event": "export", **export(what, self.run)})
            case commands.Keep():
                run = self.run
                run.evaluate()
                n_inputs = self.points.x.shape[1]
                self._kept = Kept(self._plan, run.theta.copy(), run.curves.table(), n_inputs)
            case commands.Forget():
                self._kept = None
            case commands.Engine():
                self._use(command)

    def start(self) -> None:
        """Get ready to train: show the newest epoch and forget why training stopped."""
        self._scrubbed = None
        self.run.stopped = ""

    def step(self, unit: commands.Unit) -> None:
        """Train on a sample, a batch or to the end of an epoch."""
        self.start()
        if unit == "epoch":
            self.run.run_epoch()
        else:
            self.run.run_part(unit)
        if not self.run.position:
            self.run.evaluate()

    def snapshot(self, version: int, *, playing: bool, speed: float) -> Snapshot:
        """Return all that frames and panels need, copied."""
        run = self.run
        newest = Remembered(run.epoch, run.theta.copy(), run.loss)
        shown, figures = self._scrubbed or (newest, run.curves.last)
        if run.edited and not playing and self._scrubbed is None:
            figures = run.figures(newest)
        return Snapshot(
            version=version,
            state=self.state,
            points=self.points,
            held_out=run.held_out,
            plan=self._plan,
            epoch=run.epoch,
            step=run.step,
            playing=playing,
            stopped=run.stopped,
            speed=speed,
            shown=shown,
            figures=figures,
            curves=run.curves.table(),
            kept=self._kept,
        )

    def _configure(self, state: State) -> None:
        if self._changes_only_rate(state):
            self.state = self._normalised(state, self.points)
            self.run.set_rate(self.state.learning_rate, self.state)
        else:
            points = self._points_of(state)
            is_new = points is not self.points
            self._replace(state, points)
            if is_new:
                self._emit(points.about())
        self._say_state()

    def _changes_only_rate(self, state: State) -> bool:
        here = msgspec.structs.replace(self.state, learning_rate=state.learning_rate)
        same = self._normalised(state, self.points) == here
        return same and state.learning_rate != self.state.learning_rate

    def _points_of(self, state: State) -> Points:
        name = state.data.name
        if name in _OWN:
            if name not in self._own:
                raise ValueError(_OWN[name])
            return self._own[name]
        return self.points if state.data == self.state.data else draw(state.data)

    def _take(self, name: Any, points: Points) -> None:
        self._own[name] = points
        data = msgspec.structs.replace(self.state.data, name=name)
        self._replace(msgspec.structs.replace(self.state, data=data), points)
        self._emit(points.about())
        self._say_state()

    def _replace(self, state: State, points: Points) -> None:
        """Begin a run anew; an error leaves all as it was."""
        before, self.run = self.run, self._renew(state, points)
        before.close()

    def _renew(self, state: State, points: Points) -> Run:
        state = self._normalised(state, points)
        run = Run(state, points, self._engine)
        layers = run.network.layers
        self.state, self.points, self._scrubbed = state, points, None
        self._plan = Blueprint(
            (layers[0].n_inputs, *(layer.n_neurons for layer in layers)),
            tuple(ACTIVATIONS[str(layer.activation)] for layer in layers),
            run.task.loss,
        )
        return run

    def _normalised(self, state: State, points: Points) -> State:
        loss = suited_loss(state.loss, points.kind)
        return msgspec.structs.replace(state, loss=loss, inputs=points.x.shape[1])

    def _say_state(self, **more: Any) -> None:
        self._emit({"event": "state", "state": as_json(self.state), **more})

    def _scrub(self, epoch: int | None) -> None:
        self._scrubbed = None
        if epoch is not None and epoch < self.run.epoch:
            run, near = self.run, self.run.memory.nearest(epoch)
            if run.epoch - epoch < abs(near.epoch - epoch):
                near = Remembered(run.epoch, run.theta.copy(), run.loss)
            self._scrubbed = near, run.figures(near)

    def _use(self, command: commands.Engine) -> None:
        engine = None
        if command.name == "learner":
            from chainrule.play.lessons.learner_run import LearnerEngine

            engine = LearnerEngine(command.chapter, command.code)
        self._engine = engine
        self.run.use(engine)
