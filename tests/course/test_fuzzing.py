"""Files with something wrong at random: the checks say what it is, and never fail themselves."""

import contextlib
import io
import json
import random
import re

import pytest
from course.writing import changed, keys, looked_at

from chainrule.course.chapters import chapters

ODD = [
    "None", "'x'", "[]", "{}", "lambda *a: None", "object()", "np.nan", "np.array(['a'])",
    "(1, 2, 3)", "np.zeros((0,))", "np.zeros((2, 2, 2))", "1j", "np.inf", "True", "range(3)",
    "[[1], [2, 3]]", "np.array(None)", "{'a': 1}", "iter([])", "...", "10**400",
    "np.ones((3, 1), dtype=object)",
]  # fmt: skip
WORDS = [
    "self", "z", "x", "w", "b", "dz", "da", "np", "layer", "inputs", "y", "y_hat", "n", "m",
    "+", "-",
    "*", "/", "axis=1", "T", "weights", "biases", "0", "1", "2", "6",
]  # fmt: skip


def mutated(source, draw):
    """Return a source with a line missing or twice, an odd value, or words exchanged."""
    lines = source.split("\n")
    kind = draw.choice(["line missing", "line twice", "odd value", "other word"])
    if kind == "other word":
        return source.replace(*draw.sample(WORDS, 2))
    places = range(len(lines))
    if kind == "odd value":
        places = [i for i, line in enumerate(lines) if re.search(r"return |^\s+[\w.]+ = ", line)]
    place = draw.choice(places)
    if kind == "odd value":
        head = re.match(r".*?(return |= )", lines[place])[0]
        lines[place] = head + draw.choice(ODD)
    elif kind == "line missing":
        del lines[place]
    else:
        lines.insert(place, lines[place])
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(6))
def test_a_check_never_fails_itself(seed):
    draw, looked = random.Random(seed), 0
    for chapter in [*chapters().values()] * 3:
        source = mutated(chapter.solution, draw)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                results = looked_at(chapter.name, source)
        except Exception:  # it could not be imported, as in test_sandbox
            continue
        looked += 1
        json.dumps(results, allow_nan=False)
        for result in results.values():
            for finding in result["findings"]:
                assert finding["title"]
                ours = finding["key"] == "raises" and not finding["line"]
                assert not ours or "argument" in finding["evidence"], (source, finding)
    assert looked > 7


@pytest.mark.parametrize(("chapter", "line", "huge"), [
    ("training", "da_prev = np.dot(self.weights.T, dz)", "da_prev = 10**400"),
    ("training", "return self.activation(self.outputs)", "return 10**400"),
    ("training", "        for layer in self.layers:\n            inputs = layer.forward(inputs)\n"
                 "        return inputs", "        return 10**400"),
    ("minibatches", "da_prev = np.dot(self.weights.T, dz)", "da_prev = 10**400"),
    ("forward", "return self.activation(self.outputs)", "return 10**400"),
    ("neuron", "return z, f(z)", "return z, 10**400"),
    ("loss", "return np.mean(loss(y_hats, y))", "return 10**400"),
    ("evaluating", "return np.mean(np.ravel(y) == np.ravel(predictions))", "return 10**400"),
])  # fmt: skip
def test_a_whole_number_beyond_all_floats_is_wrong_and_no_error_of_ours(chapter, line, huge):
    results = looked_at(chapter, changed(chapter, (line, huge)))
    assert keys(results)
    for result in results.values():
        assert all(finding["key"] != "raises" for finding in result["findings"])
