"""`describe`: what a model file holds, for `chainrule info` and model cards."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from chainrule.drawing import network_svg, network_text
from chainrule.saving.files import open_model
from chainrule.saving.kinds import KINDS
from chainrule.saving.purposes import Purpose
from chainrule.tensor_files import Stored


@dataclass(frozen=True)
class Description:
    """What a model file holds.

    Attributes
    ----------
    file : str
        The file's name.
    kind : str
    title : str
        The kind in words.
    stored : Stored
        The file's format, and who wrote it.
    written_with : mapping of str to str
        Versions of the libraries; empty before format 3.
    purpose : Purpose
    """

    file: str
    kind: str
    title: str
    stored: Stored
    written_with: Mapping[str, str]
    purpose: Purpose

    @property
    def sizes(self) -> list[int]:
        """The inputs, then the neurons of each layer of a network."""
        if not self.purpose.networks:
            return [self.purpose.n_inputs]
        layers = self.purpose.networks[0].layers
        return [layers[0].n_inputs, *(layer.n_neurons for layer in layers)]

    @property
    def functions(self) -> list[str]:
        """The activation of each hidden layer, then the function of the raw output."""
        if not self.purpose.networks:
            return []
        *hidden, _ = (repr(layer.activation) for layer in self.purpose.networks[0].layers)
        return [*hidden, self.purpose.output]

    @property
    def n_parameters(self) -> int:
        """How many weights and biases all networks have together."""
        return sum(network.theta.size for network in self.purpose.networks)

    @property
    def dtype(self) -> str:
        """The type of the weights; empty without any."""
        networks = self.purpose.networks
        return str(networks[0].theta.dtype) if networks else ""

    @property
    def shape(self) -> str:
        """The networks in words: ``"8 networks of 30 → 64 → 1"``."""
        n = len(self.purpose.networks)
        if not n:
            return "none, every row gets the same answer"
        return ("" if n == 1 else f"{n} networks of ") + " → ".join(map(str, self.sizes))

    def as_svg(self) -> str:
        """Return a drawing of the network."""
        return network_svg(self.sizes, ["inputs", *self.functions])

    def as_text_drawing(self) -> str:
        """Return a drawing of the network in characters."""
        return network_text(self.sizes, ["inputs", *self.functions])

    def as_dict(self) -> dict[str, Any]:
        """Return plain types for JSON, with None for numbers that are not finite."""
        purpose = self.purpose
        found = {
            "file": self.file,
            "kind": self.kind,
            "format": self.stored.format,
            "written_by": self.stored.written_by,
            "written_with": dict(self.written_with),
            "network": {
                "count": len(purpose.networks),
                "sizes": self.sizes,
                "functions": self.functions,
                "parameters": self.n_parameters,
                "dtype": self.dtype,
            },
            "predicts": purpose.predicts,
            "classes": purpose.classes,
            "inputs": [asdict(each) for each in purpose.inputs],
            "left_out": dict(purpose.left_out),
            "settings": dict(purpose.settings),
            "rows": dict(purpose.rows),
            "training": purpose.training(),
            "scores": dict(purpose.scores),
            "baseline": dict(purpose.baseline),
        }
        return {name: _finite(value) for name, value in found.items()}


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value


def describe(path: str | os.PathLike[str]) -> Description:
    """Return what a model file holds.

    Parameters
    ----------
    path : str or path

    Raises
    ------
    ModelFileError
        As by `load`.
    """
    stored, description, model = open_model(path)
    row = KINDS[stored.kind]
    home: Any = importlib.import_module(row.home)
    return Description(
        file=Path(path).name,
        kind=stored.kind,
        title=type(model).__name__ if stored.kind != "table model" else "Model for tables",
        stored=stored,
        written_with=description.written_with,
        purpose=home.purpose(model),
    )
