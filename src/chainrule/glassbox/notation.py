"""Formulas as people write them: in a terminal with Unicode's raised digits, in HTML as MathML.

A formula is one string, such as ``"dz² · (a¹)ᵀ"``. Everything that shows one reads this notation,
so that a formula is written once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_NAME = re.compile(rf"(?:ŷ|[A-Za-z_η]+)[{_RAISED}]*(?!′)")
_TOKEN = re.compile(
    rf"(?P<name>ŷ|Σ|½|ℓ|[A-Za-z_η]+′?)(?P<power>[{_RAISED}]*)"
    rf"|(?P<number>\d+(?:\.\d+)?)|(?P<close>\))(?P<after>[{_RAISED}ᵀ]*)|(?P<space>\s+)|(?P<mark>.)"
)


def raised(number: int) -> str:
    """Return a whole number as a superscript.

    Examples
    --------
    >>> "W" + raised(12)
    'W¹²'
    """
    return "".join(_RAISED[int(digit)] for digit in str(number))


def substituted(formula: str, numbers: Mapping[str, str]) -> str:
    """Return a formula with numbers in place of the names; those below 0 in brackets.

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
    """Say whether nothing stands before it that a minus sign could be read together with."""
    return formula[: token.start()].endswith("(") or not token.start()


def mathml(formula: str) -> str:
    """Return a formula as MathML, which browsers set without any script.

    Examples
    --------
    >>> mathml("η dW²")
    '<math><mi>η</mi><msup><mi>dW</mi><mn>2</mn></msup></math>'
    """
    top, slash, bottom = formula.partition(" / ")
    if slash:
        return f"<math><mfrac><mrow>{_row(top)}</mrow><mrow>{_row(bottom)}</mrow></mfrac></math>"
    return f"<math>{_row(formula)}</math>"


def _row(formula: str) -> str:
    parts: list[str] = []
    opened: list[int] = []  # where the brackets that are open begin in `parts`
    for token in _TOKEN.finditer(formula):
        kind = token.lastgroup
        if token["name"]:
            parts.append(_with_power(f"<mi>{token['name']}</mi>", token["power"]))
        elif token["number"]:
            parts.append(f"<mn>{token['number']}</mn>")
        elif token["close"]:
            first = opened.pop() if opened else len(parts)
            inner = "".join([*parts[first:], "<mo>)</mo>"])
            parts[first:] = [_with_power(f"<mrow>{inner}</mrow>", token["after"])]
        elif kind == "mark":
            if token["mark"] == "(":
                opened.append(len(parts))
            parts.append(f"<mo>{escape(token['mark'])}</mo>")
    return "".join(parts)


def _with_power(base: str, power: str) -> str:
    if not power:
        return base
    digits = "".join(str(_RAISED.index(digit)) for digit in power if digit in _RAISED)
    turned = "<mo>⊤</mo>" if "ᵀ" in power else ""
    inner = (f"<mn>{digits}</mn>" if digits else "") + turned
    return f"<msup>{base}{inner if not (digits and turned) else f'<mrow>{inner}</mrow>'}</msup>"
