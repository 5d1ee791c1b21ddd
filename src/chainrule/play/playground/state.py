"""All settings of the playground as one JSON object with strict limits."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from chainrule.activations import ACTIVATIONS
from chainrule.catalog import look_up
from chainrule.initializers import INITIALIZERS
from chainrule.losses import LOSSES
from chainrule.optimizers import OPTIMIZERS

DataName: TypeAlias = Literal[
    "circles", "moons", "spirals", "xor", "blobs", "plane", "waves", "own", "drawn"
]
Seed: TypeAlias = Annotated[int, Meta(ge=0, le=2**32)]
Share: TypeAlias = Annotated[float, Meta(ge=0.0, le=1.0)]
Penalty: TypeAlias = Annotated[float, Meta(ge=0.0, le=1e6)]


class DataSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data set: its name and the settings of its random draw.

    Attributes
    ----------
    name : str
        "own" is the uploaded table, "drawn" the points drawn on the page.
    noise : float in [0, 1]
    n : int
        Points.
    classes : int
        Of the blobs and the spirals.
    seed : int
        Of the draw.
    """

    name: DataName = "circles"
    noise: Share = 0.1
    n: Annotated[int, Meta(ge=20, le=5000)] = 300
    classes: Annotated[int, Meta(ge=2, le=6)] = 2
    seed: Seed = 0


class HiddenLayer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hidden layer: its number of neurons and its activation."""

    neurons: Annotated[int, Meta(ge=1, le=64)]
    activation: str

    def __post_init__(self) -> None:
        look_up(ACTIVATIONS, self.activation, "activation")


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of the playground.

    Attributes
    ----------
    data : DataSettings
    layers : tuple of HiddenLayer
        The last layer follows from data and loss.
    inputs : int
        Features of a point: 2, or more of an own table.
    loss : str, optional
        None is the usual loss of the data.
    optimizer : str
    learning_rate : float
    batch_size : int
    l1, l2, dropout : float
    seed : int
        Of weights, orders and dropout.
    initializer : str, optional
        None is the default of a `Layer`.
    validation : float in [0, 0.5]
        The share of points held out.

    Raises
    ------
    ValueError
        If a name is unknown.
    """

    data: DataSettings = DataSettings()
    layers: Annotated[tuple[HiddenLayer, ...], Meta(max_length=6)] = (
        HiddenLayer(4, "tanh"),
        HiddenLayer(3, "tanh"),
    )
    inputs: Annotated[int, Meta(ge=2, le=64)] = 2
    loss: str | None = "binary_cross_entropy"
    optimizer: str = "adam"
    learning_rate: Annotated[float, Meta(gt=0.0, le=1e6)] = 0.03
    batch_size: Annotated[int, Meta(ge=1, le=5000)] = 20
    l1: Penalty = 0.0
    l2: Penalty = 0.0
    dropout: Annotated[float, Meta(ge=0.0, le=0.95)] = 0.0
    seed: Seed = 0
    initializer: str | None = None
    validation: Annotated[float, Meta(ge=0.0, le=0.5)] = 0.2

    def __post_init__(self) -> None:
        if self.loss is not None:
            look_up(LOSSES, self.loss, "loss")
        look_up(OPTIMIZERS, self.optimizer, "optimizer")
        if self.initializer is not None:
            look_up(INITIALIZERS, self.initializer, "initializer")


_OF_NUMBERS = ("squared_error", "absolute_error", "huber", "log_cosh", "quantile")
SUITED_LOSSES: dict[str, tuple[str, ...]] = {
    "binary": ("binary_cross_entropy", "softmax_cross_entropy", *_OF_NUMBERS),
    "classes": ("softmax_cross_entropy", "binary_cross_entropy", *_OF_NUMBERS),
    "number": _OF_NUMBERS,
}
"""The losses for each kind of target; the first is the usual one."""


def suited_loss(loss: str | None, kind: str) -> str:
    """Return the loss, or the usual one where the loss does not suit the kind of target.

    Examples
    --------
    >>> suited_loss("binary_cross_entropy", "number")
    'squared_error'
    """
    suited = SUITED_LOSSES[kind]
    return loss if loss in suited else suited[0]


def as_json(state: State) -> dict[str, Any]:
    """Return the settings as JSON-compatible data."""
    built: dict[str, Any] = msgspec.to_builtins(state)
    return built


def from_json(text: str | bytes) -> State:
    """Read settings from JSON.

    Raises
    ------
    msgspec.MsgspecError
        If a field is unknown, or a value is beyond its limits.
    """
    return msgspec.json.decode(text, type=State)


def choices() -> dict[str, Any]:
    """Return the names to choose from for each setting.

    Examples
    --------
    >>> choices()["optimizers"][:2]
    ['sgd', 'momentum']
    """
    return {
        "activations": list(ACTIVATIONS),
        "losses": {kind: list(names) for kind, names in SUITED_LOSSES.items()},
        "optimizers": list(OPTIMIZERS),
        "initializers": list(INITIALIZERS),
    }
