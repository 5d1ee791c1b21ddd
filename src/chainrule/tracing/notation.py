"""Formulas as Unicode text and as MathML.

A formula is one string, such as ``"dz² · (a¹)ᵀ"``. Text and MathML are both made from
that string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_NAME = re.compile(rf"(?:ŷ|[A-Za-z_η]+)[{_RAISED}]*(?!′)")
_TOKEN = re.compile(
    rf"(?P<name>ŷ|Σ|½|ℓ|[A-Za-z_η]+′?)(?P<power>[{_RAISED}]*)"
    rf"|(?P<number>\d+(?:\.\d+)?)|(?P<close>\))(?P<after>[{_RAISED}ᵀ]*)|(?P<slash>\s/\s)"
    r"|(?P<space>\s+)|(?P<mark>.)"
)


def raised(number: int) -> str:
    """Return an integer in superscript digits.

    Examples
    --------
    >>> "W" + raised(12)
    'W¹²'
    """
    return "".join(_RAISED[int(digit)] for digit in str(number))


def substituted(formula: str, numbers: Mapping[str, str]) -> str:
    """Replace the names in a formula by numbers; negative numbers get brackets.

    Examples
    --------
    >>> substituted("da² ⊙ tanh′(z²)", {"da²": "−3", "z²": "0.5"})
    '−3 ⊙ tanh′(0.5)'
    >>> substituted("b² − η db²", {"b²": "1", "η": "0.1", "db²": "−2"})
    '1 − 0.1 × (−2)'
    """

    def number(token: re.Match[str]) -> str:
        found = numbers.get(token[0])
        if found is None:
            return token[0]
        bare = not found.startswith("−") or _begins(formula, token)
        return found if bare else f"({found})"

    return _SIDE_BY_SIDE.sub(" × ", _NAME.sub(number, formula))


_SIDE_BY_SIDE = re.compile(r"(?<=[\d)]) (?=[\d(])")


def _begins(formula: str, token: re.Match[str]) -> bool:
    """Return True if a name begins the formula or a bracket: a minus sign is clear there."""
    return formula[: token.start()].endswith("(") or not token.start()


def mathml(formula: str) -> str:
    """Return a formula as MathML, which browsers render without a script.

    The sides of " / " become a fraction if both are a single factor: a name, a number, a bracket,
    or a function of a bracket. Longer sides stay on the line. A bracket around a whole side is
    left out. A space between factors stays as a thin space.

    Examples
    --------
    >>> mathml("η dW²")
    '<math><mi>η</mi><mspace width="0.2em"/><msup><mi>dW</mi><mn>2</mn></msup></math>'
    >>> mathml("y / ŷ").removeprefix('<math><mfrac displaystyle="true">')
    '<mrow><mi>y</mi></mrow><mrow><mi>ŷ</mi></mrow></mfrac></math>'
    """
    levels = [_Level()]
    name_ended = -1
    for token in _TOKEN.finditer(formula):
        items = levels[-1].items
        if token["name"]:
            items.append((_FACTOR, _with_power(f"<mi>{token['name']}</mi>", token["power"])))
            name_ended = token.end()
        elif token["number"]:
            items.append((_FACTOR, f"<mn>{token['number']}</mn>"))
        elif token["close"]:
            _close(levels, token["after"])
        elif token["space"]:
            items.append((_SPACE, '<mspace width="0.2em"/>'))
        elif token["slash"]:
            items.append((_SLASH, "<mo>/</mo>"))
        elif token["mark"] == "(":
            levels.append(_Level(of_a_function=token.start() == name_ended))
        elif token["mark"]:
            kind = _SIGN if token["mark"] in _SIGNS else _OTHER
            items.append((kind, f"<mo>{escape(token['mark'])}</mo>"))
    while len(levels) > 1:  # brackets that are never closed
        rest = levels.pop().items
        levels[-1].items += [(_OTHER, "<mo>(</mo>"), *rest]
    return f"<math>{_row(levels[0].items)}</math>"


_FACTOR, _SLASH, _SIGN, _OTHER, _SPACE = "factor", "slash", "sign", "other", "space"
_SIGNS = "+−-=<>,"  # between them stand terms

_Item = tuple[str, str]
"""The kind of an item, and the item as MathML."""


@dataclass
class _Level:
    """The items read so far between two brackets."""

    items: list[_Item] = field(default_factory=list)
    of_a_function: bool = False


def _close(levels: list[_Level], after: str) -> None:
    """Join the innermost bracket, with any function name before it, into a single factor."""
    if len(levels) == 1:
        levels[0].items.append((_OTHER, _with_power("<mrow><mo>)</mo></mrow>", after)))
        return
    level = levels.pop()
    bracket = _with_power(f"{_OPEN}{_row(level.items)}{_CLOSE}", after)
    if level.of_a_function:
        _, name = levels[-1].items.pop()
        bracket = name + bracket
    levels[-1].items.append((_FACTOR, bracket))


def _row(items: Sequence[_Item]) -> str:
    """Join terms and the signs between them."""
    parts: list[str] = []
    term: list[_Item] = []
    for item in items:
        if item[0] == _SIGN:
            parts += [_term(term), item[1]]
            term = []
        else:
            term.append(item)
    return "".join([*parts, _term(term)])


def _term(items: Sequence[_Item]) -> str:
    items = list(_spaced(items))
    if [kind for kind, _ in items] == [_FACTOR, _SLASH, _FACTOR]:
        top, bottom = (f"<mrow>{_bare(items[side][1])}</mrow>" for side in (0, 2))
        return f'<mfrac displaystyle="true">{top}{bottom}</mfrac>'  # else it is set very small
    return "".join(xml for _, xml in items)


def _spaced(items: Sequence[_Item]) -> Iterator[_Item]:
    """Yield a term's items without spaces, except between two factors."""
    kinds = ["", *(kind for kind, _ in items), ""]
    for place, item in enumerate(items):
        if item[0] != _SPACE or kinds[place] == kinds[place + 2] == _FACTOR:
            yield item


_OPEN, _CLOSE = "<mrow><mo>(</mo>", "<mo>)</mo></mrow>"


def _bare(factor: str) -> str:
    """Return a factor without its outer brackets, if any."""
    return factor.removeprefix(_OPEN).removesuffix(_CLOSE) if factor.startswith(_OPEN) else factor


def _with_power(base: str, power: str) -> str:
    if not power:
        return base
    digits = "".join(str(_RAISED.index(digit)) for digit in power if digit in _RAISED)
    transposed = "<mo>⊤</mo>" if "ᵀ" in power else ""
    inner = (f"<mn>{digits}</mn>" if digits else "") + transposed
    return f"<msup>{base}{inner if not (digits and transposed) else f'<mrow>{inner}</mrow>'}</msup>"
