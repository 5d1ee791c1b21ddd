"""The error for a table that cannot be used: a single line with a remedy."""

from __future__ import annotations

_LONGEST_QUOTE = 40


class TableError(ValueError):
    """A table cannot be used; the message is a single line."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.splitlines()))


def quote(value: object) -> str:
    r"""Return `value` in quotes for a message, on one line and shortened where it is long.

    Examples
    --------
    >>> quote("two\nlines")
    "'two\\nlines'"
    """
    text = str(value)
    return repr(text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…")


def enumerate_names(names: list[str], at_most: int = 10) -> str:
    """Return names in quotes, parted by commas; of many only the first `at_most`.

    Examples
    --------
    >>> enumerate_names(["a", "b", "c"], at_most=2)
    "'a', 'b' and 1 more"
    """
    shown = ", ".join(quote(name) for name in names[:at_most])
    return shown if len(names) <= at_most else f"{shown} and {len(names) - at_most} more"


def count(number: int, thing: str) -> str:
    """Return a number with its noun: ``"1 row"``, ``"2 rows"``.

    Examples
    --------
    >>> count(1, "row"), count(1200, "row")
    ('1 row', '1200 rows')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
