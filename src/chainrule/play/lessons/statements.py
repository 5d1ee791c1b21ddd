"""The chapters' statements as HTML, with the formulas of indented blocks as MathML."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from chainrule.tracing.notation import mathml


@cache
def statement_html(markdown: str) -> str:
    r"""Return a statement as HTML; its title, which the page shows itself, is left out.

    Parameters
    ----------
    markdown : str

    Examples
    --------
    >>> statement_html("# Title\n\nSay `z`.")
    '<p>Say <code>z</code>.</p>\n'
    """
    parser = MarkdownIt("commonmark", {"html": False})
    parser.add_render_rule("code_block", _block)
    text = re.sub(r"\A# .*\n+", "", markdown)
    return str(parser.render(text))


def _block(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    content = tokens[index].content
    if _is_python(content):
        return f"<pre><code>{escape(content)}</code></pre>\n"
    rows = "".join(_row(line) for line in content.splitlines() if line.strip())
    return f'<div class="formulas">{rows}</div>\n'


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return "(" in text and text.isascii()


_GAP = re.compile(r" {2,}")


def _row(line: str) -> str:
    cells = "".join(f"<span>{formula_html(part)}</span>" for part in _GAP.split(line.strip()))
    return f'<div class="formulas-row">{cells}</div>'


_WORD = re.compile(r"[A-Za-z]{2,}")
_NAMES = frozenset(
    ["da", "dz", "db", "dW", "prev", "log", "sigmoid", "max", "tanh", "da_prev", "a_prev",
     "n_inputs", "n_neurons", "inputs", "neurons"]
)  # fmt: skip
_SIGNS = re.compile(r"[=←·⊙∂]")


def formula_html(text: str) -> str:
    """Return a formula as MathML; words, and what is no formula, as text.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> formula_html("what the layer before gets")
    'what the layer before gets'
    >>> formula_html("db = dz")
    '<math><mi>db</mi><mo>=</mo><mi>dz</mi></math>'
    """
    if not is_formula(text):
        return escape(text)
    return _DECODED.sub(_script, mathml(_SCRIPTS.sub(_encoded, text)))


def is_formula(text: str) -> bool:
    """Return True if a text has a sign of mathematics and no word of a sentence.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> is_formula("dz = da ⊙ f′(z)"), is_formula("dz is da itself")
    (True, False)
    """
    words = set(_WORD.findall(text)) - _NAMES
    return bool(_SIGNS.search(text)) and not words


# `mathml` raises digits alone. Other raised and lowered signs travel through it as part of a name.

_RAISED = {"ˡ": "l", "ⁿ": "n", "ᵀ": "T", "⁻": "m", "¹": "1", "ᶻ": "z"}
_LOWERED = {"₁": "1", "₂": "2", "ₙ": "n"}
_SCRIPTS = re.compile(
    rf"(?<![)\d])(′?)([{''.join(_RAISED)}]*[ˡⁿᵀ⁻ᶻ][{''.join(_RAISED)}]*|[₁₂ₙ]+)(?=([A-Za-z]?))"
)
_DECODED = re.compile(r"<mi>([^<]*?)_(up|low)_([a-zA-Z0-9]+)_(′?)</mi>")


def _encoded(found: re.Match[str]) -> str:
    prime, signs, following = found.groups()
    kind, table = ("low", _LOWERED) if signs[0] in _LOWERED else ("up", _RAISED)
    letters = "".join(_LETTERS.get(table[sign], table[sign]) for sign in signs)
    return f"_{kind}_{letters}_{prime}{' ' if following else ''}"


_LETTERS = {"1": "i", "2": "j"}  # a digit would end the name


def _script(found: re.Match[str]) -> str:
    name, kind, letters, prime = found.groups()
    inner = "".join(_MARKS.get((kind, letter), f"<mi>{letter}</mi>") for letter in letters)
    tag = "msup" if kind == "up" else "msub"
    return f"<{tag}><mi>{name}{prime}</mi><mrow>{inner}</mrow></{tag}>"


_MARKS = {
    ("up", "T"): "<mo>⊤</mo>",
    ("up", "m"): "<mo>−</mo>",
    ("up", "i"): "<mn>1</mn>",
    ("low", "i"): "<mn>1</mn>",
    ("low", "j"): "<mn>2</mn>",
}
