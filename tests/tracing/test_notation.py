"""One way to write a formula, and what is made of it."""

from xml.etree import ElementTree as ET

import pytest

from chainrule.tracing.notation import mathml, raised, substituted


def test_raised():
    assert raised(1234567890) == "¹²³⁴⁵⁶⁷⁸⁹⁰"


@pytest.mark.parametrize(("formula", "wanted"), [
    ("W¹ · a⁰ + b¹", "<msup><mi>W</mi><mn>1</mn></msup><mo>·</mo><msup><mi>a</mi><mn>0</mn></msup>"
     "<mo>+</mo><msup><mi>b</mi><mn>1</mn></msup>"),
    ("dz² · (a¹)ᵀ", "<msup><mi>dz</mi><mn>2</mn></msup><mo>·</mo><msup><mrow><mo>(</mo><msup>"
     "<mi>a</mi><mn>1</mn></msup><mo>)</mo></mrow><mo>⊤</mo></msup>"),
    ("(ŷ − y)²", "<msup><mrow><mo>(</mo><mi>ŷ</mi><mo>−</mo><mi>y</mi><mo>)</mo></mrow>"
     "<mn>2</mn></msup>"),
    ("f(z¹)", "<mi>f</mi><mrow><mo>(</mo><msup><mi>z</mi><mn>1</mn></msup><mo>)</mo></mrow>"),
    ("x < 1.5", "<mi>x</mi><mo>&lt;</mo><mn>1.5</mn>"),
    ("a)", "<mi>a</mi><mrow><mo>)</mo></mrow>"),
    ("(z)²ᵀ", "<msup><mrow><mo>(</mo><mi>z</mi><mo>)</mo></mrow><mrow><mn>2</mn><mo>⊤</mo></mrow>"
     "</msup>"),
])  # fmt: skip
def test_mathml(formula, wanted):
    assert mathml(formula) == f"<math>{wanted}</math>"
    ET.fromstring(mathml(formula))


def test_a_fraction():
    top, bottom = ET.fromstring(mathml("(ŷ − y) / (ŷ (1 − ŷ))"))[0]
    assert "".join(top.itertext()) == "ŷ−y"  # a fraction needs no brackets around its sides
    assert "".join(bottom.itertext()) == "ŷ(1−ŷ)"


@pytest.mark.parametrize(("formula", "parts"), [
    ("η dW²", "η, ,dW2"),
    ("Σ y log ŷ", "Σ, ,y, ,log, ,ŷ"),
    ("y log(1 − ŷ) + 1", "y, ,log,(1−ŷ),+,1"),
    ("ŷ (1 − ŷ)", "ŷ, ,(1−ŷ)"),
    ("W · a", "W,·,a"),
    ("−(a b)", "−,(a b)"),
    (" a ", "a"),
])  # fmt: skip
def test_factors_side_by_side_stay_apart(formula, parts):
    page = ET.fromstring(mathml(formula))
    for space in page.iter("mspace"):
        space.text = " "
    assert ["".join(part.itertext()) for part in page] == parts.split(",")


@pytest.mark.parametrize(("formula", "fractions"), [
    ("1 − y / ŷ", [("y", "ŷ")]),
    ("−y / ŷ", [("y", "ŷ")]),
    ("(1 − y / ŷ) / m", [("1−yŷ", "m"), ("y", "ŷ")]),
    ("Σ (ŷ − y + y log(y / ŷ))", [("y", "ŷ")]),
    ("f(x) / g(x)", [("f(x)", "g(x)")]),
    ("(a + b)² / 2", [("(a+b)2", "2")]),
    ("((a) b) / 2", [("(a)b", "2")]),
    ("y / ŷ / m", []),
    ("Σ ℓ / m", []),
    ("a b / c", []),
    ("a / b c", []),
    ("∂L/∂a²", []),
    ("a /", []),
    ("(a / b", []),
    ("a) / b", []),
])  # fmt: skip
def test_what_becomes_a_fraction(formula, fractions):
    page = ET.fromstring(mathml(formula))
    found = [tuple("".join(side.itertext()) for side in one) for one in page.iter("mfrac")]
    assert found == fractions
    if not fractions:  # all of it stays on the line
        written = formula.translate(str.maketrans("²", "2")).replace(" ", "")
        assert "".join(page.itertext()) == written


def test_names_within_names_stay_whole():
    assert substituted("y + ŷ + y¹", {"y": "1", "ŷ": "2"}) == "1 + 2 + y¹"
    assert substituted("log(1 − ŷ)", {"ŷ": "−2"}) == "log(1 − (−2))"
