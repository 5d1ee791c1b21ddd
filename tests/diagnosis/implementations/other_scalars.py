# ruff: noqa
# fmt: off
import math
import random


class Value:
    def __init__(self, data, parents=(), back=lambda g: ()):
        self.data, self.grad = data, 0.0
        self.parents, self.back = parents, back

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), lambda g: (g, g))

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other),
                     lambda g: (g * other.data, g * self.data))

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, (self,), lambda g: (g * (1 - t * t),))

    def backward(self):
        order, seen = [], set()

        def visit(v):
            if v not in seen:
                seen.add(v)
                for p in v.parents:
                    visit(p)
                order.append(v)

        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            for p, g in zip(v.parents, v.back(v.grad)):
                p.grad += g


def make_mlp(n_in, n_hid):
    new = lambda: Value(random.uniform(-1, 1))
    return [new() for _ in range(n_hid * (n_in + 1) + n_hid + 1)]


def mlp(ps, xs, n_hid):
    it = iter(ps)
    out = next(it)
    for _ in range(n_hid):
        total = next(it)
        for x in xs:
            total = total + next(it) * Value(x)
        out = out + next(it) * total.tanh()
    return out
