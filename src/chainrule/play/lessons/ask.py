"""Find the passages that answer a question, or say that none does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import log

from chainrule.play.lessons.ask_words import Asked, stems, taken_apart
from chainrule.play.lessons.passages import Passage, lasting

MOST = 4
"""The most answers to a question."""

_QUANTITY, _OTHER_QUANTITY = 4.0, -0.6
_KINDS = (5.0, 1.5, 1.0)
_OWN_CHAPTER, _OTHER_CHAPTER = 1.5, -1.0
_LEAST, _NEAR = 2.5, 0.6
_USUAL = {
    "formula": 1.0,
    "diagnosis": 0.8,
    "trace": 0.4,
    "statement": 0.3,
    "hint": 0.2,
    "book": 0.0,
}

TOPICS = (
    "a quantity and its formula (dz, dW, db, da_prev, the loss, the learning rate …)",
    "the numbers of a step (“dW with numbers”)",
    "what is wrong with your code",
    "a hint",
    "what happens with a mistake (“what if I update before da_prev?”)",
    "what a step of the exercise asks for",
)
"""What can be asked, in words."""


def ask(question: str, chapter: str, own: Sequence[Passage] = ()) -> list[Passage]:
    """Return the passages that answer a question, the best first; none where nothing fits.

    Parameters
    ----------
    question : str
    chapter : str
        The name of the chapter that the learner is in.
    own : sequence of Passage
        Of the learner: the diagnosis of the code, and hints.

    Examples
    --------
    >>> ask("What is the formula for the gradient of the weights?", "training")[0].text
    'dWˡ = dzˡ · (aˡ⁻¹)ᵀ'
    >>> ask("What is the capital of France?", "training")
    []
    """
    asked = taken_apart(question)
    passages = (*own, *lasting())
    rare = _rarity()
    scored = [(_score(asked, passage, chapter, rare), passage) for passage in passages]
    scored = [(score, passage) for score, passage in scored if score >= _LEAST]
    scored.sort(key=lambda pair: -pair[0])
    return _varied(scored)


def _score(asked: Asked, passage: Passage, chapter: str, rare: dict[str, float]) -> float:
    named = asked.quantities & passage.quantities
    words = set(asked.words) & set(_words(passage))
    said = sum(rare.get(word, 0.0) for word in words)
    about_code = passage.kind in asked.kinds and passage.kind in ("diagnosis", "hint")
    if not named and not about_code and not _says_enough(asked, words, said):
        return 0.0
    score = min(said, 3 * _QUANTITY)
    if asked.quantities:
        score += _QUANTITY * len(named) / len(asked.quantities) if named else -_QUANTITY / 2
        most = 2 if passage.kind == "statement" else 3
        score += _OTHER_QUANTITY * min(most, len(passage.quantities - asked.quantities))
    if passage.kind in asked.kinds:
        score += _KINDS[min(asked.kinds.index(passage.kind), len(_KINDS) - 1)]
    if passage.chapter:
        score += _OWN_CHAPTER if passage.chapter == chapter else _OTHER_CHAPTER
    return score + _USUAL[passage.kind]


def _says_enough(asked: Asked, words: set[str], said: float) -> bool:
    """Return True if a passage without the quantities has most of the question's other words."""
    if asked.words and words == set(asked.words) and not asked.quantities:
        return True
    rare = _rarity()
    known = [rare[word] for word in asked.words if word in rare]
    unknown = len(asked.words) - len(known)
    return len(words) > 1 and said >= max(3.5, 0.5 * sum(known) + 2.0 * unknown)


@lru_cache(maxsize=4096)
def _words(passage: Passage) -> tuple[str, ...]:
    return tuple(stems(f"{passage.title} {passage.text} {passage.note}"))


@lru_cache(maxsize=1)
def _rarity() -> dict[str, float]:
    """Return log(N / n) of every word that stands in n of the N passages."""
    counts = Counter(word for passage in lasting() for word in set(_words(passage)))
    return {word: log(len(lasting()) / n) for word, n in counts.items()}


def _varied(scored: Iterable[tuple[float, Passage]]) -> list[Passage]:
    """Return the best, and what comes near it from other sources, without saying a thing twice."""
    answers: list[Passage] = []
    best = 0.0
    for score, passage in scored:
        best = best or score
        kinds = Counter(one.kind for one in answers)
        repeated = any(passage.text == one.text for one in answers)
        most = 3 if passage.kind in ("book", "diagnosis") else 1
        if score >= _NEAR * best and not repeated and kinds[passage.kind] < most:
            answers.append(passage)
        if len(answers) == MOST:
            break
    return answers
