"""What formulas say to symbols, and what symbols refuse to answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.special

from chainrule.activations import ACTIVATIONS
from chainrule.engines.compiled import nodes
from chainrule.engines.compiled.nodes import (
    ELEMENT,
    SAMPLE,
    UNIFORM,
    TraceError,
    leaf,
    parts,
    reductions,
    uses,
)
from chainrule.engines.compiled.tracing import Rows, Symbol, trace
from chainrule.losses import LOSSES, softmax_cross_entropy

FLOAT32 = np.dtype(np.float32)


def array(name="z", n_outputs=3):
    return Symbol(leaf(name, ELEMENT), FLOAT32, n_outputs)


def number(name="t"):
    return Symbol(leaf(name, UNIFORM))


def of_z(formula):
    return trace(formula, array())


# What is the same ---------------------------------------------------------------------------

SAME = {
    "in place": (lambda z: z.copy().__iadd__(1), lambda z: z + 1),
    "out=": (lambda z: np.exp(z, out=z.copy()), np.exp),
    "a mask": (lambda z: np.where(z < 0, 0, z), lambda z: assigned(z, z < 0, 0)),
    "all of it": (lambda z: 2 * z, lambda z: assigned(z, slice(None), 2 * z)),
    "an ellipsis": (lambda z: 2 * z, lambda z: assigned(z, ..., 2 * z)),
    "clip": (lambda z: np.minimum(np.maximum(z, -1), 2), lambda z: np.clip(z, -1, 2)),
    "clip by words": (lambda z: z.clip(-1, 2), lambda z: np.clip(z, a_min=-1, a_max=2)),
    "clip by new words": (lambda z: z.clip(min=-1, max=2), lambda z: np.clip(z, min=-1, max=2)),
    "clip from below": (lambda z: np.maximum(z, -1), lambda z: np.clip(z, -1, None)),
    "mean": (lambda z: z.sum(axis=0) / 3, lambda z: np.mean(z, axis=0)),
    "mean by shape": (lambda z: z.sum(axis=0) / z.shape[0], lambda z: z.mean(axis=-2)),
    "mean by length": (lambda z: z.sum(axis=0) / len(z), lambda z: z.mean(0, keepdims=True)),
    "np.sum": (lambda z: z.sum(axis=0), lambda z: np.sum(z, 0, keepdims=True)),
    "np.max": (lambda z: z.max(axis=0), lambda z: np.max(z, axis=0)),
    "np.min": (lambda z: z.min(axis=0), lambda z: np.min(z, axis=0)),
    "np.copy": (lambda z: z, np.copy),
    "np.abs": (abs, np.abs),
    "np.shape": (lambda z: z * np.shape(z)[0] * np.ndim(z), lambda z: z * 3 * 2),
    "full_like": (lambda z: z * 0 + 2 * z, lambda z: z * np.zeros_like(z) + np.full_like(z, 2) * z),
    "ones_like": (lambda z: z + 1, lambda z: z + np.ones_like(z, dtype=z.dtype)),
    "constants": (lambda z: z * 6.0, lambda z: z * (np.ones_like(z) * 2 * np.float32(3))),
    "numbers of numbers": (lambda z: z + 1, lambda z: z.astype(z.dtype) + np.array(1)),
    "sums of masks": (lambda z: (z > 0) | (z < -1), lambda z: (z > 0) + (z < -1)),
    "products of masks": (lambda z: (z > 0) & (z < 1), lambda z: (z > 0) * (z < 1)),
    "true and a mask": (lambda z: np.ones_like(z, dtype=bool) & (z > 0), lambda z: True & (z > 0)),
    "bool": (lambda z: z != 0, lambda z: z.astype(bool)),
    "int": (lambda z: (z > 0).astype(z.dtype), lambda z: (z > 0).astype(int)),
    "a constant choice": (lambda z: z, lambda z: np.where(True, z, 0)),
    "scipy": (lambda z: z * 0.5, lambda z: z * scipy.special.expit(0.0)),
}


def assigned(z, key, value):
    a = z.copy()
    a[key] = value
    return a


@pytest.mark.parametrize("formulas", SAME.values(), ids=SAME)
def test_two_ways_of_writing_are_one_expression(formulas):
    written, other = map(of_z, formulas)
    assert other is written


def test_a_formula_may_not_change_its_argument_for_others():
    z = array()
    kept = z.copy()
    z += 1
    assert kept.node is leaf("z", ELEMENT)
    view = z[:]
    view *= 2
    assert z.node is view.node


def test_numbers_keep_their_sign_and_kind():
    assert of_z(lambda z: np.where(z > 0, z, 0.0)) is not of_z(lambda z: np.where(z > 0, z, -0.0))
    assert of_z(lambda z: z + True) is not of_z(lambda z: z + 2)
    assert trace(lambda: np.float32(0.1)).content == float(np.float32(0.1))


def test_types_are_those_of_the_arrays():
    z, t, mask = array(), number(), array() > 0
    for both in (t * z, z * t, np.where(mask, t, z), (1 - 0.9**t) * z.sum(axis=0)):
        assert both.dtype == FLOAT32
    assert (t + 1).dtype == np.float64
    assert mask.dtype == bool
    assert mask.astype(z.dtype).dtype == FLOAT32


def test_the_level_is_the_operands_highest():
    def level(symbol):
        return symbol.node.level

    z, t = array(), number()
    assert [level(t + 1), level(z.sum(axis=0) * t), level(z + t)] == [UNIFORM, SAMPLE, ELEMENT]


def test_in_place_on_a_number_leaves_the_old_one():
    t = number()
    before = t
    t += 1
    assert before.node is leaf("t", UNIFORM)
    assert t.node is (before + 1).node


def test_rows_stand_for_an_array_of_rows():
    m, v = state = Rows([array("m"), array("v")])
    v += 1
    assert state[1] is v
    assert len(state) == 2
    state[0] = 2 * m
    assert m.node is (2 * array("m")).node
    assert [row.node for row in state[:]] == [m.node, v.node]


# The graph ----------------------------------------------------------------------------------


def test_a_loss_and_its_dz_share_their_reductions():
    loss = softmax_cross_entropy(0.1)
    formulas = [trace(f, array("z"), array("y")) for f in (loss.value, loss.dz)]
    alone = [len(reductions(formula)) for formula in formulas]
    assert alone == [3, 3]
    together = [node.operation for node in reductions(*formulas)]
    assert sorted(together) == ["max", "sum", "sum", "sum"]  # max z, Σ exp, Σ y log ŷ, Σ y


def test_parts_come_after_what_they_need():
    loss = softmax_cross_entropy()
    order = parts(trace(loss.value, array("z"), array("y")))
    for place, node in enumerate(order):
        assert all(order.index(operand) < place for operand in node.operands)
    assert len(set(order)) == len(order)


def test_what_is_known_is_left_out_with_what_it_needs():
    z = array()
    shared = np.exp(z)
    assert parts((shared + 1).node, known={shared.node}) == parts((shared + 1).node)[-2:]


def test_uses():
    by_a = {name for name, f in ACTIVATIONS.items() if not uses(derivative(f), "z")}
    assert by_a == {"identity", "sigmoid", "tanh", "ramp"}
    assert uses(derivative(ACTIVATIONS["elu"]), "a")


def derivative(activation):
    return trace(activation.df, array("z"), array("a"))


def test_an_expression_that_doubles_every_round_stays_small():
    def rounds(z):
        for _ in range(200):
            z = z * z + 0.5 * z
        return z

    node = of_z(rounds)
    assert of_z(rounds) is node
    assert len(parts(node)) == 2 + 3 * 200
    assert not uses(node, "y")


def test_deep_expressions_do_not_exhaust_the_stack():
    def long(z):
        for _ in range(20_000):
            z = 0.99 * z
        return z

    assert len(parts(of_z(long))) == 20_002


def test_expressions_that_nobody_holds_are_forgotten():
    before = len(nodes._nodes)
    of_z(lambda z: np.tanh(z + 123.456))
    assert len(nodes._nodes) == before


# What is refused ----------------------------------------------------------------------------


REFUSED = {
    "if": (lambda z: z if z > 0 else 0 * z, "values of an array.*whether one is true"),
    "max": (lambda z: max(z, 0), "values of an array.*whether one is true"),
    "float": (float, "values of an array.*as Python numbers"),
    "math": (math.exp, "values of an array.*as Python numbers"),
    "loop": (list, "values of an array.*one after the other"),
    "asarray": (np.asarray, "values of an array.*as an ordinary array"),
    "vectorize": (np.vectorize(math.exp), "values of an array.*as an ordinary array"),
    "an array beside": (lambda z: z * np.ones(3), "uses ndarray beside"),
    "an ordinary target": (lambda z: np.add(z, 1, out=np.ones(3)), "into an ordinary array"),
    "m": (lambda z: z.sum(axis=0) / z.shape[1], "number of samples"),
    "unpacked shape": (lambda z: z * z.shape[-1], "number of samples"),
    "a sample's shape": (lambda z: z / z.sum(axis=0).shape[0], "number of samples"),
    "size": (lambda z: z / z.size, "number of values"),
    "T": (lambda z: z.T, "transposes"),
    "a part": (lambda z: z[0], "takes a part"),
    "a masked part": (lambda z: z[z > 0], "takes a part"),
    "a part written": (lambda z: assigned(z, 0, 1), "writes to a part"),
    "a float as mask": (lambda z: assigned(z, z, 1), "writes to a part"),
    "other axes": (lambda z: z.sum(axis=1), r"sum\(axis=1\)"),
    "all axes": (lambda z: z.max(), r"max\(axis=None\)"),
    "a sum of sums": (lambda z: z.sum(axis=0).sum(axis=0), r"sum\(axis=0\)"),
    "a sum where": (lambda z: z.sum(axis=0, where=z > 0), "sum with where"),
    "a sum into": (lambda z: np.sum(z, axis=0, out=z), "sum with out"),
    "a largest of at least": (lambda z: np.max(z, axis=0, initial=0), "max with initial"),
    "a clip into": (lambda z: np.clip(z, 0, 1, out=z), "out"),
    "a ufunc's where": (lambda z: np.exp(z, where=z > 0), "where"),
    "reduce": (lambda z: np.add.reduce(z, axis=0), "reduce"),
    "matmul": (lambda z: z @ np.ones((3, 3)), "np.matmul is not known"),
    "several results": (np.modf, "several arrays"),
    "one-armed where": (lambda z: np.where(z > 0), "values of an array"),
    "whole numbers": (lambda z: z.astype(int), "rounds to int"),
    "bits of numbers": (lambda z: z & 1, "bitwise_and of numbers"),
    "less masks": (lambda z: (z > 0) - (z < 0), "subtract of truth values"),
    "a function": (lambda z: np.cumsum(z, axis=0), "cumsum"),
    "an option": (lambda z: np.zeros_like(z, shape=(3,)), "shape"),
    "a method": (lambda z: z.reshape(-1), "reshape"),
    "no array": (lambda z: None, "uses NoneType"),
    "any error": (lambda z: {}["key"], "KeyError: 'key'"),
    "scipy": (lambda z: scipy.special.softmax(z, axis=0), "could not be traced|not known|array"),
}


@pytest.mark.parametrize(("formula", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_down_says_why(formula, message):
    with pytest.raises(TraceError, match=message):
        of_z(formula)


def test_an_activation_has_no_axis_to_reduce():
    with pytest.raises(TraceError, match=r"only the outputs.*of a loss"):
        trace(lambda z: z - z.max(axis=0), array(n_outputs=None))


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_every_loss_gives_a_number_for_each_sample(loss):
    levels = [trace(f, array("z"), array("y")).level for f in (loss.value, loss.dz)]
    assert levels == [SAMPLE, ELEMENT]
