"""Questions in a learner's words, each with the source and the text that answer it."""

from __future__ import annotations

import threading

import pytest

from chainrule.course.chapters import get_chapter
from chainrule.course.progress import ChapterProgress
from chainrule.play.lessons.answers import Answers
from chainrule.play.lessons.ask import TOPICS, ask
from chainrule.play.lessons.passages import hints, lasting

TRAINING = get_chapter("training")
TOO_EARLY = TRAINING.solution.replace("        da_prev = np.dot(self.weights.T, dz)\n", "").replace(
    "        return da_prev\n",
    "        da_prev = np.dot(self.weights.T, dz)\n        return da_prev\n",
)

# The question, the kind of the first answer, and a part of its text.
QUESTIONS = [
    ("What is the formula for dW?", "formula", "dWˡ = dzˡ · (aˡ⁻¹)ᵀ"),
    ("How do I compute d_weights?", "formula", "dWˡ = dzˡ · (aˡ⁻¹)ᵀ"),
    ("gradient of the weights", "formula", "dWˡ = dzˡ · (aˡ⁻¹)ᵀ"),
    ("how is the weights' gradient computed", "formula", "dWˡ = dzˡ · (aˡ⁻¹)ᵀ"),
    ("derivative of the loss with respect to the weights?", "formula", "dWˡ ="),
    ("what is ∂L/∂W", "formula", "dWˡ ="),
    ("What is dz?", "formula", "dzˡ = daˡ ⊙ f′ˡ(zˡ)"),
    ("how do I get the delta of a layer", "formula", "dzˡ = daˡ ⊙ f′ˡ(zˡ)"),
    ("gradients of the biases?", "formula", "dbˡ = dzˡ"),
    ("equation for d_biases please", "formula", "dbˡ = dzˡ"),
    ("What does da_prev equal?", "formula", "daˡ⁻¹ = (Wˡ)ᵀ · dzˡ"),
    ("How do I compute the gradient for the previous layer?", "formula", "daˡ⁻¹ = (Wˡ)ᵀ · dzˡ"),
    ("What is the derivative of the loss?", "formula", "daⁿ = (ŷ − y)"),
    ("formula of the loss", "formula", "L = −(y log ŷ + (1 − y) log(1 − ŷ))"),
    ("How is the cross-entropy defined?", "formula", "L = −(y log ŷ"),
    ("how do I calculate the raw output z", "formula", "z = W · a_prev + b"),
    ("What is the derivative of the sigmoid?", "formula", "σ′(z) = σ(z) (1 − σ(z))"),
    ("What is the update of the weights?", "formula", "W ← W − η dW"),
    ("how are biases updated", "formula", "b ← b − η db"),
    ("Show me dW with numbers", "trace", "dW²[0, 0] ="),
    ("An example of da_prev in numbers", "trace", "da¹[0, 0] ="),
    ("What is the loss by hand, an example?", "trace", "L ="),
    ("Which shape does d_weights have?", "trace", "dW² has the shape (1, 2)"),
    ("dz step by step", "trace", "dz"),
    ("I am stuck", "hint", "Look at Layer.backward"),
    ("Give me a hint", "hint", "Look at Layer.backward"),
    ("Where do I start?", "hint", "Look at Layer.backward"),
    ("a tip for fit?", "hint", "Look at Perceptron.fit"),
    ("What happens if I update the weights before da_prev?", "book", "updated before da_prev"),
    ("what if I forget the learning rate", "book", "the learning rate η is missing"),
    ("What if W is not transposed in da_prev?", "book", "W is not transposed in da_prev"),
    ("What happens if f′ is missing in dz?", "book", "f′(z) is missing"),
    ("what happens when the step is added instead of subtracted", "book", "step is added"),
    ("what if dW is made of da, not dz", "book", "dW is made of da, not of dz"),
    ("Which mistakes are known with d_biases?", "book", "db is"),
    ("What if nothing is returned?", "book", "nothing is returned"),
    ("what happens if data and labels are shuffled apart?", "book", "shuffled"),
    ("What should I write in step 2?", "statement", "In every epoch set the loss to 0"),
    ("What does backward have to return?", "statement", "return da_prev"),
    ("what must I print at the end of an epoch?", "statement", "print the average loss"),
    ("What is the chain rule?", "statement", "the chain rule, layer by layer"),
    ("In which order do I update?", "statement", "Mind the order"),
    ("Must the loss fall in every epoch?", "statement", "the loss should go down"),
    ("explain backpropagation", "statement", "the way back"),
    ("Why does the order matter?", "statement", "Mind the order"),
    ("what does ⊙ mean", "formula", "⊙"),
    ("What is da?", "statement", "Each layer gets da = ∂L/∂a"),
    ("What is an epoch?", "statement", "In every epoch"),
    ("derivative of relu", "formula", "f′(z) = 1 for z > 0"),
    ("tanh derivative", "book", "tanh"),
    ("what is a neuron", "statement", "A neuron weighs its inputs"),
    ("how to compute the accuracy", "formula", "accuracy ="),
    ("show an example of the update of the bias", "trace", "b² new[0, 0] ="),
    ("what is the learning rate", "statement", "a small step downhill"),
    ("my loss does not go down", "statement", "the loss should go down"),
    ("my loss is nan", "book", "log of a ŷ that is rounded to 0 or 1"),
]
OF_THE_CODE = [
    ("What is wrong with my code?", "the weights are updated before da_prev is computed"),
    ("why is my da_prev wrong", "the weights are updated before da_prev is computed"),
    ("Where is the bug?", "the weights are updated before da_prev is computed"),
    ("Which line is wrong?", "line 27"),
    ("What did I do wrong in backward?", "seen: on a layer of 3 inputs"),
    ("the check fails, help me fix it", "the weights are updated before da_prev is computed"),
]
OUT_OF_PLACE = [
    "What is the capital of France?",
    "Who won the football match yesterday?",
    "How do I bake bread?",
    "tell me a joke",
    "What time is it?",
    "asdf qwer",
    "Is it going to rain tomorrow in London?",
    "who made this course",
    "hello",
    "thanks",
    "what is overfitting",
    "",
    "???",
]


@pytest.mark.parametrize(("question", "kind", "text"), QUESTIONS)
def test_a_question_finds_its_source(question: str, kind: str, text: str) -> None:
    own = list(hints(TRAINING, ChapterProgress()))
    found = ask(question, "training", own)
    assert found, question
    shown = [f"{one.kind}: {one.text[:70]}" for one in found]
    assert found[0].kind == kind, shown
    assert any(text in one.text for one in found if one.kind == kind), shown


@pytest.fixture(scope="module")
def answers() -> Answers:
    return Answers()


@pytest.mark.parametrize(("question", "text"), OF_THE_CODE)
def test_a_question_about_the_code_is_answered_by_its_check(
    answers: Answers, question: str, text: str
) -> None:
    found = answers.answer(TRAINING, question, TOO_EARLY, ChapterProgress())
    first = found["answers"][0]
    assert first["source"]["kind"] == "diagnosis"
    assert text in first["text"]


@pytest.mark.parametrize("question", OUT_OF_PLACE)
def test_what_nothing_answers_is_said_to_be_so(answers: Answers, question: str) -> None:
    found = answers.answer(TRAINING, question, TOO_EARLY, ChapterProgress())
    assert found == {"answers": [], "none": True, "topics": list(TOPICS)}


def test_every_answer_is_a_quotation() -> None:
    own = list(hints(TRAINING, ChapterProgress()))
    known = {one.text for one in (*lasting(), *own)}
    for question, _, _ in QUESTIONS:
        for one in ask(question, "training", own):
            assert one.text in known
            assert one.title


def test_an_unread_hint_is_not_given_away() -> None:
    done = ChapterProgress()
    assert [one.title[:6] for one in hints(TRAINING, done)] == ["Hint 1"] * 3
    done.hints["backward"] = {"finding": "", "level": 3}
    of_backward = [one for one in hints(TRAINING, done) if "Step 1" in one.title]
    assert [one.text for one in of_backward] == list(TRAINING.steps[0].hints[:3])


def test_the_answer_to_right_code_is_that_all_is_right(answers: Answers) -> None:
    found = answers.answer(TRAINING, "is my code wrong?", TRAINING.solution, ChapterProgress())
    assert found["answers"][0]["text"].startswith("✓ Step 1")


def test_a_question_about_formulas_runs_no_code(answers: Answers) -> None:
    code = "raise SystemExit  # never run"
    assert not answers.needs_check(TRAINING, "what is dW?", code)
    assert answers.needs_check(TRAINING, "what is wrong with my code?", code)
    found = answers.answer(TRAINING, "what is dW?", code, ChapterProgress(), threading.Event())
    assert found["answers"][0]["mathml"].startswith("<math>")


def test_the_same_question_in_another_chapter_has_that_chapter_s_answer() -> None:
    of_batches = ask("formula of dW", "minibatches")
    assert of_batches[0].text == "dW = (1/m) dz · a_prevᵀ"
    of_labels = ask("What is the accuracy?", "evaluating")
    assert any("accuracy" in one.text for one in of_labels)
