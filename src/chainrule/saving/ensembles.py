"""An `Ensemble` as a description and tensors, and back: what table models and estimators share.

The tensors of network i are ``networks.<i>.layers.…``, as those of a lone network; beside them
``inputs.features`` (n_inputs,), ``inputs.low``, ``inputs.high`` and ``constant`` (n_outputs,).
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainrule.ensembles import Ensemble, NetworkInputs
from chainrule.losses import get_loss
from chainrule.saving.networks import Arrays, Name, Names, network_apart, network_built
from chainrule.saving.values import loss_name

_Count = Annotated[int, msgspec.Meta(ge=1, le=2**31)]


class EnsembleDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of an ensemble beside its numbers.

    Attributes
    ----------
    networks : tuple
        Of each network the activations of its layers.
    loss : str
    n_features : int
    bins, levels : tuple of int
        As of `chainrule.ensembles.NetworkInputs`.
    """

    networks: tuple[Names, ...]
    loss: Name
    n_features: _Count
    bins: tuple[_Count, ...] = ()
    levels: tuple[_Count, ...] = ()


def ensemble_apart(ensemble: Ensemble) -> tuple[EnsembleDescription, dict[str, NDArray[Any]]]:
    """Return an ensemble's description and its tensors.

    Raises
    ------
    ValueError
        If an activation or the loss is not in the tables, or a weight is not finite.
    """
    apart = [network_apart(each, f"networks.{i}.") for i, each in enumerate(ensemble.networks)]
    inputs = ensemble.inputs
    tensors = {name: array for _, arrays in apart for name, array in arrays.items()} | {
        "inputs.features": inputs.features.astype(np.int64),
        "inputs.low": inputs.low,
        "inputs.high": inputs.high,
        "constant": ensemble.constant,
    }
    description = EnsembleDescription(
        networks=tuple(names for names, _ in apart),
        loss=loss_name(ensemble.loss),
        n_features=inputs.n_features,
        bins=inputs.bins,
        levels=inputs.levels,
    )
    return description, tensors


def ensemble_built(description: EnsembleDescription, tensors: Arrays) -> Ensemble:
    """Return the ensemble, and take its tensors out of the mapping.

    Raises
    ------
    KeyError, ValueError
        If the description contradicts itself or the tensors.
    """
    inputs = _inputs_built(description, tensors)
    constant = tensors.pop("constant")
    _require_numbers("constant", constant, np.float64)
    if not len(constant):
        raise ValueError("an ensemble has an output")
    networks = [
        network_built(names, tensors, f"networks.{i}.")
        for i, names in enumerate(description.networks)
    ]
    for network in networks:
        found = network.layers[0].n_inputs, network.layers[-1].n_neurons, network.theta.dtype
        wanted = len(inputs.features), len(constant), inputs.low.dtype
        if found != wanted:
            raise ValueError(f"a network is of {found}, but the ensemble's are of {wanted}")
    return Ensemble(inputs, networks, get_loss(description.loss), constant)


def _inputs_built(description: EnsembleDescription, tensors: Arrays) -> NetworkInputs:
    features, low, high = (tensors.pop(f"inputs.{name}") for name in ("features", "low", "high"))
    n = description.n_features
    if features.dtype != np.int64 or features.ndim != 1 or not len(features):
        raise ValueError(f"inputs.features is no array of {features.shape} and {features.dtype}")
    if features.min() < 0 or features.max() >= n:
        raise ValueError(f"an input is none of the {n} features")
    for name, array in (("low", low), ("high", high)):
        _require_numbers(f"inputs.{name}", array, low.dtype)
    if low.dtype not in (np.float32, np.float64) or not len(low) == len(high) == len(features):
        raise ValueError("the inputs' ranges do not fit their number")
    if len(description.bins) + sum(description.levels) > len(features):
        raise ValueError("more inputs are embedded than there are")
    return NetworkInputs(
        features.astype(np.intp), low, high, description.bins, description.levels, n
    )


def _require_numbers(name: str, array: NDArray[Any], dtype: Any) -> None:
    """Raise ValueError unless the array is a row of finite numbers of this type."""
    if array.ndim != 1 or array.dtype != dtype or not np.isfinite(array).all():
        raise ValueError(f"{name} is no row of finite numbers of {np.dtype(dtype)}")
