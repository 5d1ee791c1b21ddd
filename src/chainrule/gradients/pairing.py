"""Which gradient belongs to which parameter: by their names, or else by their order.

W1: W1, dW1, d_W1, grad_W1, W1_grad, dL_dW1 …        weights: weights, d_weights, dW …
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from chainrule.gradients.parameters import Parameter, Path

_BEFORE = (
    "", "d", "grad", "g", "dl", "dj", "dc", "de", "dldf", "dld", "djd", "dcd", "ded", "dlossd",
    "dcostd", "dercost", "der", "deriv", "derivative", "derivativeof", "partial", "gradient",
    "gradients", "gradof", "grads", "nabla", "∂", "∇", "delta", "deltas", "diff",
)  # fmt: skip
_AFTER = ("", "grad", "grads", "gradient", "gradients", "deriv", "derivative", "prime", "d", "g",
          "delta", "update")  # fmt: skip
_WORDS = {"weights": "w", "weight": "w", "biases": "b", "bias": "b"}


class Pairs(NamedTuple):
    """Parameters with their gradients, and what has none.

    Attributes
    ----------
    of : list of (Parameter, Parameter)
        A parameter and its gradient.
    without : list of Parameter
    left : list of Parameter
        Gradients of nothing.
    """

    of: list[tuple[Parameter, Parameter]]
    without: list[Parameter]
    left: list[Parameter]


def paired(
    parameters: Sequence[Parameter], gradients: Sequence[Parameter], beside: bool = False
) -> Pairs:
    """Find every parameter's gradient.

    Parameters
    ----------
    parameters, gradients : sequence of Parameter
    beside : bool
        Whether the gradients are in the same object as the parameters: equal names are no pair.

    Raises
    ------
    ValueError
        If there are no names to go by, and not as many gradients as parameters.
    """
    by_name = _by_name(parameters, gradients, beside)
    return by_name if by_name.of else _by_order(parameters, gradients)


def _by_name(
    parameters: Sequence[Parameter], gradients: Sequence[Parameter], beside: bool
) -> Pairs:
    pairs, left = [], list(gradients)
    for parameter in parameters:
        fits = [
            (rank, index)
            for index, gradient in enumerate(left)
            if (rank := _rank(parameter.path, gradient.path)) is not None
            and not parameter.is_at(gradient)
            and not (beside and rank == 0)
        ]
        if fits:
            pairs.append((parameter, left.pop(min(fits)[1])))
    with_one = {id(parameter) for parameter, _ in pairs}
    return Pairs(pairs, [one for one in parameters if id(one) not in with_one], left)


def _rank(parameter: Path, gradient: Path) -> int | None:
    """Return how far apart the names are, 0 for equal ones; None if they do not fit.

    Where one is nested deeper, the ends of both are held to each other.
    """
    length = min(len(parameter), len(gradient))
    ends = list(zip(parameter[len(parameter) - length :], gradient[len(gradient) - length :],
                    strict=True))  # fmt: skip
    deeper = len(parameter) != len(gradient)
    if deeper and not any(isinstance(key, str) for key, _ in ends):
        return None
    ranks = [_apart(a, b) for a, b in ends]
    known = [rank for rank in ranks if rank is not None]
    return sum(known) + 100 * deeper if len(known) == len(ranks) else None


def _apart(name: str | int, gradient: str | int) -> int | None:
    if name == gradient:
        return 0
    if isinstance(name, int) or isinstance(gradient, int):
        return None
    core, whole = _plain(name), _plain(gradient)
    for rank, before in enumerate(_BEFORE):
        for more, after in enumerate(_AFTER):
            if whole == before + core + after:
                return 1 + rank + more
    return None


def _plain(name: str) -> str:
    """Return a name in small letters: weights and biases are w and b, and no _ is between."""
    letters = re.sub(r"[^a-z0-9∂∇]", "", name.lower())
    for word, short in _WORDS.items():
        letters = letters.replace(word, short)
    return letters


def _by_order(parameters: Sequence[Parameter], gradients: Sequence[Parameter]) -> Pairs:
    asked = [one for one in parameters if one.looks_like_one]
    rest = [one for one in parameters if not one.looks_like_one]
    if any(isinstance(key, str) for one in gradients for key in one.path) or len(gradients) != len(
        asked
    ):
        raise ValueError(
            f"no gradient has the name of a parameter: there are {_names(asked or parameters)}, "
            f"and gradients {_shown(gradients)}; give a dict of gradients with the parameters' "
            "names, as W1 or dW1"
        )
    gradients = _in_order(asked, gradients)
    return Pairs(list(zip(asked, gradients, strict=True)), rest, [])


def _in_order(parameters: Sequence[Parameter], gradients: Sequence[Parameter]) -> list[Parameter]:
    """Return gradients in the parameters' order; in another one if their shapes alone tell it."""
    shapes = [one.saved.shape for one in parameters]
    given = {one.saved.shape: one for one in gradients}
    if len(set(shapes)) == len(shapes) and set(shapes) == set(given):
        return [given[shape] for shape in shapes]
    return list(gradients)


def _shown(gradients: Sequence[Parameter]) -> str:
    names = [gradient_name(one) for one in gradients]
    return ", ".join(names[:8]) if names else "none"


def _names(parameters: Sequence[Parameter]) -> str:
    return ", ".join(one.name for one in parameters[:8])


def gradient_name(gradient: Any) -> str:
    """Return a gradient's name: ``dW1``, or ``gradients[0]``."""
    name: str = gradient.name
    return re.sub(r"^parameters", "gradients", name)
