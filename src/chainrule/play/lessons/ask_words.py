"""The words of a question: quantities by any of their names, stems of the rest, and what is asked.

A quantity has a symbol in the formulas (dW), a name in the code (d_weights) and names in prose
(the gradient of the weights). A question may use any of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_OF = (
    r"(?:\s+(?:of|for|by|to|at|in|with respect to|w\.?r\.?t\.?|towards?))?"
    r"(?:\s+(?:the|a|my|each|this))*"
)
_D = r"(?:gradients?|derivatives?|deltas?|partials?)"
_BEFORE = r"(?:previous|preceding|earlier)\s+(?:layer|activation|output)s?"
_ACTIVATIONS = r"(?:activations?(?:\s+functions?)?|sigmoids?|relus?|tanh|σ|f)"
_LOSS = r"(?:loss|cost|cross.?entropy)"
_BY = rf"{_D}{_OF}\s+{_LOSS}\s+(?:with respect to|w\.?r\.?t\.?|by|for|in|at)\s+(?:the\s+|its\s+)*"

_SPOKEN: tuple[tuple[str, str], ...] = (
    ("f′", rf"{_D}{_OF}\s+{_ACTIVATIONS}\b|activation\.derivative|\bf\s*['′’]|σ′|\bslopes?\b"
           r"|(?:activation|sigmoid|relu|tanh)(?:'s)?\s+(?:function'?s?\s+)?(?:derivative|slope)s?"
           r"|sigma prime"),
    ("dW", r"∂l\s*/\s*∂w|\bdl\s*/\s*dw\b|\bd_?weights?\b|\bdw[ˡ¹²³1-9]?(?![a-z])|outer products?"
           rf"|{_D}{_OF}\s+(?:weights?|w)\b|{_BY}(?:weights?|w)\b|weights?['’]?s?['’]?\s+{_D}"),
    ("db", r"∂l\s*/\s*∂b|\bdl\s*/\s*db\b|\bd_?bias(?:es)?\b|\bdb[ˡ¹²³1-9]?(?![a-z])"
           rf"|{_D}{_OF}\s+(?:bias(?:es)?|b)\b|{_BY}(?:bias(?:es)?|b)\b|bias(?:es)?['’]?\s+{_D}"),
    ("da_prev", r"\bd_?a_?prev(?:ious)?\b|\bdaˡ⁻¹|\bprevious da\b"
                rf"|{_D}{_OF}\s+(?:inputs?|{_BEFORE}|layer before)\b|\b{_BEFORE}|layers? before\b"
                r"|(?:passed|handed|given|sent|pass|hand)\s+(?:back|on)"
                r"|backward\s+(?:\w+\s+){0,2}(?:give|return)s?\b"),
    ("daⁿ", r"\bd_loss\b|\bdaⁿ|\bda_?n\b|∂l\s*/\s*∂ŷ|y_?hat\s*-\s*y\b|ŷ\s*[−-]\s*y\b"
            rf"|\bfirst da\b|{_D}{_OF}\s+{_LOSS}(?:\s+function)?|{_LOSS}(?:'s)?\s+{_D}"
            rf"|{_D}{_OF}\s+(?:last layer|prediction|y_?hat|ŷ)"),
    ("dz", r"∂l\s*/\s*∂z|\bdz[ˡ¹²³ⁿ1-9]?(?![a-z])|\bdeltas?\b|error signals?"
           rf"|(?:{_BY}|{_D}{_OF}\s+)(?:raw outputs?|pre-?activations?|z)\b"),
    ("da", rf"\bda[ˡ¹²³1-9]?(?![a-z_])|{_D}{_OF}\s+(?:layer'?s?\s+)?outputs?\b"),
    ("η", r"learning[ _-]?rates?|\beta\b|η|step ?sizes?|\blr\b"),
    ("accuracy", r"\baccurac(?:y|ies)\b|share of (?:the )?right"),
    ("ŷ", r"\by_?hats?\b|ŷ|\bpredictions?\b|\bpredicted\b|probabilit(?:y|ies)"),
    ("L", r"\b(?:average_?)?loss(?:es)?\b|\bcosts?\b|cross.?entropy|error functions?|\bbce\b"),
    ("z", r"raw outputs?|pre-?activations?|\bz[ˡ¹²³1-9]?(?![a-z])|weighted sums?|self\.outputs"),
    ("W", r"\bweights?\b|\bw[ˡ¹²³1-9]?(?![a-z])|self\.weights"),
    ("b", r"\bbias(?:es)?\b|\bb[ˡ¹²³](?![a-z])|self\.biases"),
    ("f", r"\bactivations?(?: functions?)?\b|\bsigmoids?\b|\brelus?\b|\btanh\b"),
    ("y", r"\blabels?\b|\btargets?\b"),
    ("rows", r"\brows?\b|\bpermutations?\b|\bshuffl\w+|mini.?batch(?:es)?|\bbatch(?:es)?\b"
             r"|\btest sets?\b|training sets?|test_size|\bsplit(?:ting|s)?\b"),
)  # fmt: skip
_PATTERNS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _SPOKEN)

_STOP = frozenset(
    re.findall(
        r"\w+",
        """
        a about again an and any are as at be been but by calculate calculated can compute
        computed could describe did do does doing done equal equation example explain for
        formula formulas from get give given gives go goes had happen happens has have here
        how i if in into is it its itself just like make matter matters may me mean means
        must my need needs no not now number numbers of on one only or our please right say
        says shall should show so tell than that the their them then there these they thing
        this those to us use used value values want was way we were what when where which
        who why will with would you your
        """,
    )
)
_ALIKE = {
    "backprop": "chain", "backpropagation": "chain", "backpropagate": "chain",
    "propagation": "pass", "derivatives": "derivative", "transposed": "transpose",
    "transposition": "transpose", "forgot": "missing", "forget": "missing", "forgotten": "missing",
    "omit": "missing", "omitted": "missing", "lacks": "missing", "without": "missing",
    "early": "before", "earlier": "before", "order": "order", "sequence": "order",
    "double": "twice", "plus": "added", "add": "added", "adding": "added", "subtract": "subtracted",
    "multiplication": "multiplied", "multiply": "multiplied", "times": "multiplied",
    "negative": "sign", "minus": "sign", "flipped": "sign", "elementwise": "entry",
    "rising": "fall", "falling": "fall", "decrease": "fall", "decreases": "fall", "decreasing":
    "fall", "falls": "fall", "dimension": "shape", "dimensions": "shape", "size": "shape",
    "updated": "update", "updating": "update", "dividing": "divided", "divide": "divided",
    "averaging": "average", "averaged": "average", "mean": "average", "summed": "sum",
    "summing": "sum", "printed": "print", "prints": "print", "returned": "return",
    "forwards": "forward", "backwards": "backward", "randomly": "random", "seeds": "seed",
}  # fmt: skip
_TOKEN = re.compile(r"[a-z][a-z_]*[a-z]|[0-9.]+", re.IGNORECASE)
_ENDINGS = ("ing", "ed", "es", "s")
_SHORTEST = 4


def quantities_in(text: str) -> tuple[frozenset[str], str]:
    """Return the quantities that a text names, and the text without these names.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> quantities_in("what is the gradient of the weights?")
    (frozenset({'dW'}), 'what is the  ?')
    """
    found = set()
    for name, pattern in _PATTERNS:
        text, count = pattern.subn(" ", text)
        if count:
            found.add(name)
    return frozenset(found), text


def stems(text: str) -> list[str]:
    """Return the words of a text without endings, and without words that say nothing.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> stems("When are the weights updated?")
    ['weight', 'update']
    """
    return [_stem(word) for word in _TOKEN.findall(text.lower()) if word not in _STOP]


def _stem(word: str) -> str:
    word = _ALIKE.get(word, word)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word.removesuffix(ending)
    return word


# What is asked --------------------------------------------------------------------------------

_PARTS = r"(?:fit|backward|forward|chain rule|epochs?|relu|sigmoid|neurons?|layers?|perceptron)"
_OWN = r"(?:code|backward|fit|forward|loss|da_?prev|d_?w\w*|d_?b\w*|dz|layer|function|file)"

_ASKED: tuple[tuple[str, str], ...] = (
    ("diagnosis", rf"\bmy {_OWN}|\bwrong\b|\bbugs?\b|\berrors?\b(?! function| signal)|\bfix\b"
                  r"|\bmend\b|\bfail\w*|\bcrash\w*|\bbroken\b|did i\b|am i\b|not work\w*"
                  r"|is (?:it|this|that) right|mistakes? (?:did|have|do) i|doesn.?t work"
                  r"|(?:which|what) line|\bcheck (?:say|complain|find)"),
    ("hint", r"\bhints?\b|\bstuck\b|\btips?\b|\bclues?\b|\bhelp\b|no idea"
             r"|where (?:do|should|to|can) (?:i )?(?:start|begin|look)"
             r"|how (?:do|should) i (?:start|begin)"),
    ("trace", r"\bnumbers?\b|\bexamples?\b|\bby hand\b|\bvalues?\b|\bin figures\b|\bconcrete\w*"
              r"|\bnumerical\w*|step by step|\btrace\b|\bworked out\b|\bshapes?\b|dimensions?"),
    ("book", r"what happens (?:if|when)|what if\b|\bif i\b|\bforgot\w*|\bforget\w*|instead of"
             r"|in place of|(?:common|usual|typical|known|possible|which) mistakes?"
             r"|mistakes? (?:with|in|about|of|are)|\btoo early\b|\btwice\b|the wrong way"),
    ("statement", r"(?:should|must|do|have) (?:i|we) (?:to )?(?:write|do|return|print|implement)"
                  r"|\btask\b|\bexercise\b|\bassignment\b|\bchallenge\b|supposed to|\bsteps?\b"
                  r"|(?:must|should|does|has|have|is) \w+ (?:have |has |supposed )?(?:to )?"
                  r"(?:return|print|give)"
                  rf"|what to write|asked (?:for|of)|what (?:does|is|are) (?:the |an? )?{_PARTS}"),
    ("formula", r"\bformulas?\b|\bformulae\b|\bequations?\b|\bdefin\w+|\bcomput\w+|\bexpress\w*"
                r"|\bcalculat\w+|what(?: is|'s| are)\b"
                r"|how (?:do|can|to|is|are)\b.*\b(?:get|obtain|find|made|built|updated?)\b"),
)  # fmt: skip
_INTENTS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _ASKED)


@dataclass(frozen=True)
class Asked:
    """A question taken apart.

    Attributes
    ----------
    quantities : frozenset of str
    words : tuple of str
        Stems of the other words.
    kinds : tuple of str
        The kinds of sources that are asked for, the surest first.
    """

    quantities: frozenset[str]
    words: tuple[str, ...]
    kinds: tuple[str, ...]


def taken_apart(question: str) -> Asked:
    """Return the quantities, words and kinds of sources of a question.

    Parameters
    ----------
    question : str

    Examples
    --------
    >>> taken_apart("What is the formula of d_weights?").kinds
    ('formula', 'statement')
    """
    kinds = [kind for kind, pattern in _INTENTS if pattern.search(question)]
    if "formula" in kinds and "statement" not in kinds:
        kinds.append("statement")  # what has no formula is said there in words
    quantities, rest = quantities_in(question.replace("⊙", " entry by entry "))
    functions = re.findall(r"relu|sigmoid|tanh", question.lower())
    return Asked(quantities, tuple(dict.fromkeys([*stems(rest), *functions])), tuple(kinds))
