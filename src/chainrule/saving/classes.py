"""The classes of a classifier, of any type of NumPy, as a description and a tensor, and back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainrule.saving.networks import Arrays

_MOST_BYTES = 16 * 2**20  # of classes that are texts: NumPy gives each as many as the longest


class Classes(msgspec.Struct, frozen=True, kw_only=True):
    """The classes: the tensor ``classes``, or texts.

    Attributes
    ----------
    dtype : str
        "tensor" for that of the tensor; "text" with `width` characters at most; "object".
    texts : tuple
    width : int
    """

    dtype: Literal["tensor", "text", "object"]
    texts: tuple[str | bool | int | float, ...] = ()
    width: Annotated[int, msgspec.Meta(ge=0, le=_MOST_BYTES // 4)] = 0


def classes_apart(classes: NDArray[Any], tensors: dict[str, NDArray[Any]]) -> Classes:
    """Return the description of classes, and put their tensor, if they have one, into `tensors`.

    Raises
    ------
    ValueError
        If they are of a type that no file holds, or too long.
    """
    kind, texts = classes.dtype.kind, classes.tolist()
    if kind in "biuf" and classes.dtype.itemsize <= 8:
        tensors["classes"] = classes.astype(classes.dtype.newbyteorder("="))
        return Classes(dtype="tensor")
    if kind not in "UOT" or not all(isinstance(x, str | bool | int | float) for x in texts):
        raise ValueError(
            f"classes_ of the type {classes.dtype} cannot be saved; fit the classifier on texts or "
            "numbers in their place"
        )
    if kind == "U":
        width = classes.dtype.itemsize // 4
        _require_fits(len(texts), width)
        return Classes(dtype="text", texts=tuple(texts), width=width)
    return Classes(dtype="object", texts=tuple(texts))


def _require_fits(count: int, width: int) -> None:
    if 4 * count * width > _MOST_BYTES:
        raise ValueError(
            f"{count} classes of {width} characters are more than a file has room for; fit the "
            "classifier on shorter names, or on numbers"
        )


def classes_built(classes: Classes, tensors: Arrays) -> NDArray[Any]:
    """Return the classes, and take their tensor out of the mapping.

    Raises
    ------
    KeyError, ValueError
        If description and tensor do not fit each other.
    """
    if classes.dtype == "tensor":
        found = tensors.pop("classes")
        if found.ndim != 1 or found.dtype.kind not in "biuf":
            raise ValueError(f"classes are no array of {found.shape} and {found.dtype}")
        return found
    texts: Any = classes.texts
    if classes.dtype == "object":
        made = np.empty(len(texts), dtype=object)
        made[:] = texts
        return made
    longest = max(map(len, texts), default=0)
    _require_fits(len(texts), max(longest, classes.width))
    if longest > classes.width or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"classes are no texts of {classes.width} characters")
    return np.array(texts, dtype=f"<U{classes.width}").astype(f"=U{classes.width}")
