"""A page's training on its own thread, with commands obeyed between epochs.

The thread alone touches the run. Others put commands in its queue and ask for snapshots, so that
the event loop never waits for an epoch.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from math import nan
from queue import Empty, SimpleQueue
from typing import Any

from chainrule.play.playground import commands
from chainrule.play.playground.desk import Desk
from chainrule.play.playground.snapshots import Snapshot
from chainrule.play.playground.turns import SECONDS, at_the_cores

_SPEED_WINDOW = 0.3  # seconds


class _End:
    """The command that ends the thread."""


class _Turn:
    """The message that it is the session's turn to train."""


class _Wish:
    """A wish for a snapshot that is newer than a version."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.answer: Future[Snapshot] = Future()


class Session:
    """The training of one page.

    Parameters
    ----------
    emit : callable
        ``emit(event)`` gets each event, a JSON-compatible dict, on the session's thread.

    Examples
    --------
    >>> session = Session(lambda event: None)
    >>> session.request().result().epoch
    0
    >>> session.close()
    """

    def __init__(self, emit: Callable[[dict[str, Any]], None]) -> None:
        self._version, self._speed = 1, nan
        self._told = emit
        self._desk = Desk(self._emit)
        self._queue: SimpleQueue[commands.Command | _Wish | _Turn | _End] = SimpleQueue()
        self._wishes: list[_Wish] = []
        self._goal: commands.Until | None = None  # without numbers: until further notice
        self._since = (0.0, 0)  # time and epoch from which the speed is measured
        self._has_turn = self._waits = False
        self._turn_ends = 0.0
        self._is_cold = True
        self._thread = threading.Thread(target=self._work, name="chainrule-training", daemon=True)
        self._thread.start()

    def _emit(self, event: dict[str, Any]) -> None:
        self._told({**event, "version": self._version})

    @property
    def backlog(self) -> int:
        """How many commands wait."""
        return self._queue.qsize()

    @property
    def is_alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def submit(self, command: commands.Command) -> None:
        """Have a command obeyed between two epochs."""
        self._queue.put(command)

    def request(self, after: int = 0) -> Future[Snapshot]:
        """Ask for a snapshot whose version is above a number; it may come much later."""
        wish = _Wish(after)
        self._queue.put(wish)
        return wish.answer

    def close(self) -> None:
        """End the training after the current epoch; nothing waits for it."""
        self._queue.put(_End())

    def join(self, timeout: float) -> bool:
        """Wait for the thread's end and return whether it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            while not isinstance(command := self._next(), _End):
                if isinstance(command, _Wish):
                    self._wishes.append(command)
                elif isinstance(command, _Turn):
                    self._begin_turn()
                elif command is not None:
                    self._obey(command)
                elif self._goal is not None:
                    self._train(self._goal)
                if self._wishes:
                    self._answer()
        finally:
            self._goal = None
            self._end_turn()
            while not self._queue.empty():
                if isinstance(self._queue.get_nowait(), _Turn):
                    at_the_cores.pass_on()
            self._desk.run.close()
            for wish in self._wishes:
                wish.answer.cancel()

    def _next(self) -> commands.Command | _Wish | _Turn | _End | None:
        """Return the next command; only while the session trains, None where none waits."""
        if self._goal is None or not self._may_train():
            return self._queue.get()
        if self._queue.empty():
            return None
        try:
            return self._queue.get_nowait()
        except Empty:
            return None

    def _may_train(self) -> bool:
        if self._has_turn and time.perf_counter() >= self._turn_ends and at_the_cores.are_wanted:
            self._has_turn = False
            at_the_cores.pass_on()
        if not self._has_turn and not self._waits:
            if at_the_cores.ask(self._granted):
                self._begin_turn()
            else:
                self._waits = True
        return self._has_turn

    def _granted(self) -> None:
        self._queue.put(_Turn())

    def _begin_turn(self) -> None:
        if self._goal is None or self._has_turn:  # paused meanwhile
            at_the_cores.pass_on()
            return
        self._has_turn, self._waits = True, False
        self._turn_ends = time.perf_counter() + SECONDS

    def _end_turn(self) -> None:
        """Give the turn up, or stop waiting; a turn on its way is passed on."""
        if self._waits:
            self._waits = False
            at_the_cores.withdraw(self._granted)
        if self._has_turn:
            self._has_turn = False
            at_the_cores.pass_on()

    def _obey(self, command: commands.Command) -> None:
        self._version += 1
        name = type(command).__name__.lower()
        try:
            self._do(command)
        except Exception as error:  # the page stays usable, whatever a learner's code does
            self._say_error(error, name)

    def _do(self, command: commands.Command) -> None:
        match command:
            case commands.Play():
                self._start(commands.Until())
            case commands.Pause():
                self._pause()
            case commands.Until(epoch=None, loss=None):
                raise ValueError("until needs an epoch or a loss")
            case commands.Until():
                self._start(command)
            case commands.Step():
                self._pause()
                self._desk.step(command.unit)
            case _:
                if self._desk.ends_training(command):
                    self._pause()
                self._desk.obey(command)

    def _say_error(self, error: Exception, command: str) -> None:
        is_ours = type(error).__module__.startswith("chainrule.")
        plain = is_ours or isinstance(error, ValueError | TypeError)
        words = str(error) if plain else f"{type(error).__name__}: {error}"
        message = " ".join(words.split())[:2000]
        self._emit({"event": "error", "message": message, "command": command})

    def _start(self, goal: commands.Until) -> None:
        self._goal = goal
        self._since, self._speed = (time.perf_counter(), self._desk.run.epoch), nan
        self._desk.start()
        self._stop_at_goal(goal)

    def _pause(self) -> None:
        self._goal, self._speed = None, nan
        self._end_turn()
        self._desk.run.evaluate()

    def _train(self, goal: commands.Until) -> None:
        self._version += 1
        try:
            self._desk.run.run_epoch()
        except Exception as error:  # of a learner's engine
            self._pause()
            self._say_error(error, "play")
            return
        if self._desk.run.stopped:
            self._pause()
        self._stop_at_goal(goal)

    def _stop_at_goal(self, goal: commands.Until) -> None:
        run = self._desk.run
        if goal.epoch is not None and run.epoch >= goal.epoch:
            run.stopped = run.stopped or f"epoch {run.epoch} is over"
        elif goal.loss is not None and run.loss <= goal.loss:
            run.stopped = run.stopped or f"the loss is at most {goal.loss:g}"
        else:
            return
        self._pause()

    def _answer(self) -> None:
        """Give a snapshot to each wish that a change has come for."""
        ready = [wish for wish in self._wishes if self._version > wish.after]
        if not ready:
            return
        self._wishes = [wish for wish in self._wishes if self._version <= wish.after]
        self._measure()
        shot = self._desk.snapshot(self._version, playing=self._goal is not None, speed=self._speed)
        for wish in ready:
            if wish.answer.set_running_or_notify_cancel():
                wish.answer.set_result(shot)
        if self._is_cold:  # the first training need not wait for the compiler
            self._is_cold = False
            self._desk.run.prepare()

    def _measure(self) -> None:
        now, epoch = time.perf_counter(), self._desk.run.epoch
        since, from_epoch = self._since
        if self._goal is not None and now - since >= _SPEED_WINDOW:
            self._speed = (epoch - from_epoch) / (now - since)
            self._since = (now, epoch)
