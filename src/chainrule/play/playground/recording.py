"""Recorded runs of the playground: frames and panels of some epochs, as a script for a page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import msgspec

from chainrule.play.playground import commands
from chainrule.play.playground.desk import Desk
from chainrule.play.playground.panel import panel
from chainrule.play.playground.snapshots import FrameMaker
from chainrule.play.playground.state import DataSettings, HiddenLayer, State

_STEPS = (0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 26, 33, 41, 50, 60, 72, 86, 102, 120, 140, 165, 200)
_POINTS = 2  # of each run whose steps are written out


@dataclass(frozen=True)
class Recorded:
    """A run to record.

    Attributes
    ----------
    name : str
        Of its page.
    title : str
    state : State
    epochs : int
        How long it trains.
    """

    name: str
    title: str
    state: State
    epochs: int = 200


def _layers(*neurons: int, activation: str = "tanh") -> tuple[HiddenLayer, ...]:
    return tuple(HiddenLayer(n, activation) for n in neurons)


RUNS = (
    Recorded("circles", "Circles", State(layers=_layers(6, 6, activation="relu"))),
    Recorded(
        "spirals",
        "Spirals",
        State(
            data=DataSettings(name="spirals", noise=0.05, n=400),
            layers=_layers(16, 16),
            optimizer="adam",
            learning_rate=0.01,
        ),
    ),
    Recorded(
        "blobs",
        "Five classes",
        State(data=DataSettings(name="blobs", noise=0.1, classes=5), layers=_layers(8)),
    ),
    Recorded(
        "waves",
        "A surface",
        State(
            data=DataSettings(name="waves", noise=0.05),
            layers=_layers(12, 12),
            optimizer="adam",
            learning_rate=0.01,
        ),
    ),
)
"""The runs of the static export."""


def record(run: Recorded) -> dict[str, Any]:
    """Train a run and return all that its page shows, as JSON-compatible data.

    Returns
    -------
    dict
        `name`, `title`, the `state` and `data` events, `epochs`, for each epoch a frame in base64,
        and `panels`, for each epoch those of some points.
    """
    events: list[dict[str, Any]] = []
    desk = Desk(events.append)
    try:
        desk.obey(commands.Configure(run.state))
        while desk.run.epoch < run.epochs and not desk.run.stopped:
            desk.run.run_epoch()
            desk.run.evaluate()  # every epoch, however long that takes: equal runs, equal records
        epochs = [step for step in _STEPS if step <= desk.run.epoch]
        frames, panels = _looked_at(desk, epochs)
    finally:
        desk.run.close()
    newest = {event["event"]: event for event in events}
    return {
        "name": run.name,
        "title": run.title,
        "state": newest["state"],
        "data": newest["data"],
        "epochs": epochs,
        "frames": frames,
        "panels": panels,
    }


def _looked_at(desk: Desk, epochs: Sequence[int]) -> tuple[list[str], list[list[dict[str, Any]]]]:
    """Return the frame and the panels of each epoch."""
    maker, frames, panels = FrameMaker(), [], []
    for version, epoch in enumerate(epochs):
        desk.obey(commands.Scrub(epoch))
        shot = desk.snapshot(version, playing=False, speed=nan)
        frames.append(base64.b64encode(maker.make(shot)).decode())
        panels.append([panel(shot, commands.Point(row=row)) for row in range(_POINTS)])
    return frames, panels


def as_script(recording: dict[str, Any]) -> str:
    """Return a recording as a script that hands it to the page."""
    text = msgspec.json.encode(recording).decode().replace("</", "<\\/")
    return f"(window.chainrule = window.chainrule || {{}}).recording = {text};\n"
