"""Functions of one's own: elementwise, of all numbers at once, or neither."""

import math
from functools import partial

import numpy as np
import pytest

from chainrule import check_gradients

P, Y = np.array([0.2, 0.7, 0.6, 0.4]), np.array([1.0, 0.0, 1.0, 0.0])


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / e.sum()


def bce(p, y=Y):
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def mse(y, p):
    return np.mean((y - p) ** 2)


def mse_prime(y, p):
    return 2 * (p - y) / p.size


def two_layers(theta):
    W, b, v = theta[:6].reshape(2, 3), theta[6:8], theta[8:]
    return float(v @ np.tanh(W @ np.array([0.5, -1.0, 0.3]) + b)) ** 2


def slope_of_two_layers(theta):
    W, b, v = theta[:6].reshape(2, 3), theta[6:8], theta[8:]
    x = np.array([0.5, -1.0, 0.3])
    a = np.tanh(W @ x + b)
    dz = 2 * (v @ a) * v * (1 - a**2)
    return np.concatenate([np.outer(dz, x).ravel(), dz, 2 * (v @ a) * a])


THETA = np.random.default_rng(3).normal(size=10)

# One number of many: a gradient, every entry moved in the whole x ------------------------------

RIGHT_OF_ALL = {
    "mean of squares": (lambda p: np.mean((p - Y) ** 2), P, lambda p: 2 * (p - Y) / p.size),
    "a product": (lambda t: (t[0] * t[1] - 2) ** 2, np.ones(2),
                  lambda t: 2 * (t[0] * t[1] - 2) * t[::-1]),
    "cross-entropy, mean": (bce, P, lambda p: (p - Y) / (p * (1 - p)) / p.size),
    "cross-entropy, sum": (lambda p: -np.sum(Y * np.log(p) + (1 - Y) * np.log(1 - p)), P,
                           lambda p: (p - Y) / (p * (1 - p))),
    "square of the sum": (lambda t: np.sum(t) ** 2, P, lambda t: 2 * np.sum(t) * np.ones(4)),
    "a cost that reshapes": (two_layers, THETA, slope_of_two_layers),
    "bound by lambda": (lambda p: mse(Y, p), P, lambda p: mse_prime(Y, p)),
    "bound by partial": (partial(mse, Y), P, partial(mse_prime, Y)),
    "float32": (lambda p: mse(Y, p), P.astype(np.float32), lambda p: mse_prime(Y, p)),
    "whole numbers": (lambda t: np.sum(t**3), [1, 2, 3], lambda t: 3 * t**2),
    "two axes": (lambda W: np.sum(W @ W.T), np.arange(6.0).reshape(2, 3),
                 lambda W: 2 * np.ones((2, 2)) @ W),
    "a column, (1, 1)": (lambda v: v.T @ v, np.array([[1.0], [2.0], [-1.0]]), lambda v: 2 * v),
    "(1,)": (lambda v: np.array([np.sum(v**2)]), P, lambda v: 2 * v),
    "a list's floats": (lambda v: math.fsum(float(a) ** 2 for a in v), P,
                        lambda v: [2 * float(a) for a in v]),
    "without x": (lambda w: np.mean(w**2), None, lambda w: 2 * w / w.size),
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHT_OF_ALL)
def test_right_gradients_of_one_number(case):
    f, x, derivative = RIGHT_OF_ALL[case]
    check = check_gradients(f, x, derivative=derivative)
    check.require()
    (one,) = check.compared
    assert one.name == "∂f"
    assert not one.skipped.any()
    assert one.formula.shape == np.shape(np.linspace(-6, 6, 49) if x is None else x)


@pytest.mark.parametrize("factor", [2.0, -1.0, 0.999])
@pytest.mark.parametrize("case", RIGHT_OF_ALL)
def test_wrong_gradients_of_one_number(case, factor):
    f, x, derivative = RIGHT_OF_ALL[case]
    check = check_gradients(f, x, derivative=lambda x: factor * np.asarray(derivative(x)))
    assert not check
    assert "∂f[" in str(check)


def test_wrong_by_the_number_of_entries_is_told():
    check = check_gradients(lambda w: np.mean(w**2), P, derivative=lambda w: 2 * w)
    assert not check
    assert "note: ∂f is the differences times 4: a sum in place of a mean?" in str(check)
    check = check_gradients(lambda w: np.sum(w**2), P, derivative=lambda w: w / 2)
    assert "note: ∂f is the differences times 1/4" in str(check)
    check = check_gradients(lambda w: np.sum(w**2), P, derivative=lambda w: -2 * w)
    assert "∂f is the differences times −1: the sign" in str(check)


# Elementwise ------------------------------------------------------------------------------------

RIGHT_ELEMENTWISE = {
    "of an array that is bound": (lambda p: (p - Y) ** 2, P, lambda p: 2 * (p - Y)),
    "math": (math.exp, [0.1, 2.0], math.exp),
    "math alone in f": (math.tanh, None, lambda z: 1 - np.tanh(z) ** 2),
    "if": (lambda z: z if z > 0 else 0.01 * z, None, lambda z: 1.0 if z > 0 else 0.01),
    "one number": (lambda z: z**3, 2.0, lambda z: 3 * z**2),
    "one number, if": (lambda z: z**3 if z > 0 else z, 2.0, lambda z: 3 * z**2 if z > 0 else 1),
    "(1, 1)": (np.sin, [[0.3]], np.cos),
    "two axes": (np.sin, np.arange(6.0).reshape(2, 3), np.cos),
    "float32": (np.sin, np.float32([0.5, 1.0]), np.cos),
    "whole numbers": (lambda z: z**2, [1, 2], lambda z: 2 * z),
    "where f is no number": (np.log, None, lambda z: 1 / z),
    "an edge": (np.sqrt, [0.0, 1.0], lambda z: 0.5 / np.sqrt(z)),
}


@pytest.mark.parametrize("case", RIGHT_ELEMENTWISE)
def test_right_elementwise(case):
    f, x, derivative = RIGHT_ELEMENTWISE[case]
    check = check_gradients(f, x, derivative=derivative)
    check.require()
    (one,) = check.compared
    assert one.name == ("f′(z)" if x is None else "f′")
    assert one.formula.shape == np.shape(np.linspace(-6, 6, 49) if x is None else x)


@pytest.mark.parametrize("case", RIGHT_ELEMENTWISE)
def test_wrong_elementwise(case):
    f, x, derivative = RIGHT_ELEMENTWISE[case]
    one_by_one = np.vectorize(derivative, otypes=[float])
    slope = derivative if case == "of an array that is bound" else one_by_one
    wrong = check_gradients(f, x, derivative=lambda z: slope(z) * 1.001)
    assert not wrong
    assert "f′" in str(wrong)


def test_number_by_number_is_said():
    assert "f takes no arrays: it got number by number" in str(
        check_gradients(math.exp, [0.1, 2.0], derivative=np.exp)
    )


def test_where_f_is_not_finite_is_said():
    text = str(check_gradients(np.log, derivative=lambda z: 1 / z))
    assert "f is not finite at 25 of 49 numbers" in text


def test_one_derivative_for_all():
    check = check_gradients(lambda z: 3 * z, P, derivative=lambda z: 3.0)
    check.require()
    assert "one number for 4: it is taken for each" in str(check)
    with pytest.raises(ValueError, match=r"the derivative is one number .* ∂f has one for each"):
        check_gradients(bce, P, derivative=lambda p: 1.0)


def test_a_derivative_of_another_shape():
    with pytest.raises(ValueError, match=r"the derivative of \(4,\) numbers .* shape \(4, 1\)"):
        check_gradients(bce, P, derivative=lambda p: (p - Y).reshape(-1, 1))
    with pytest.raises(ValueError, match="the derivative of"):
        check_gradients(np.sin, P, derivative=lambda z: np.cos(z)[:2])
    with pytest.raises(TypeError, match="derivative must return numbers, got None"):
        check_gradients(np.sin, P, derivative=lambda z: None)
    with pytest.raises(TypeError, match=r"derivative fails .*ZeroDivisionError"):
        check_gradients(np.sin, P, derivative=lambda z: 1 / 0)


def test_a_derivative_written_for_a():
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    for x in (None, [0.3, 2.0]):
        check = check_gradients(sigmoid, x, derivative=lambda a: a * (1 - a))
        assert not check
        assert "note: it agrees if it is given a = f(z)" in str(check)
        assert "NOT ALL AGREE" in str(check)
    assert "given a" not in str(check_gradients(sigmoid, derivative=lambda a: a))

    class Tanh:
        def __call__(self, z):
            return np.tanh(z)

        def derivative(self, a):
            return 1 - a**2

    assert "given a = f(z)" in str(check_gradients(Tanh()))


# Neither ----------------------------------------------------------------------------------------


class Softmax:
    def __call__(self, z):
        return softmax(z)

    def derivative(self, z):
        return softmax(z) * (1 - softmax(z))


@pytest.mark.parametrize("x", [None, [0.1, 0.5, -1.0], [[0.1], [0.5], [-1.0]]])
def test_softmax_is_not_elementwise(x):
    told = r"output 1.* depends on input 0.*no elementwise function.*np\.sum"
    with pytest.raises(ValueError, match=told):
        check_gradients(Softmax(), x)
    with pytest.raises(ValueError, match=told):
        check_gradients(softmax, x, derivative=lambda z: softmax(z) * (1 - softmax(z)))


def test_entries_that_depend_on_a_later_one_alone():
    def f(z):  # the last output depends on the one before it
        out = z**2
        out[-1] += out[-2]
        return out

    with pytest.raises(ValueError, match=r"output 3 .*depends on input 2"):
        check_gradients(f, P, derivative=lambda z: 2 * z)


def test_a_matrix_of_derivatives():
    def jacobian(z):
        p = softmax(z)
        return np.diag(p) - np.outer(p, p)

    check = check_gradients(softmax, [0.1, 0.5, -1.0], derivative=jacobian)
    check.require()
    assert check.compared[0].formula.shape == (3, 3)
    assert not check_gradients(softmax, [0.1, 0.5, -1.0], derivative=lambda z: 1.01 * jacobian(z))
    A = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]])
    check_gradients(lambda x: A @ x, [1.0, 2.0, 3.0], derivative=lambda x: A).require()
    assert not check_gradients(lambda x: A @ x**2, [1.0, 2.0, 3.0], derivative=lambda x: A)


def test_what_keeps_no_shape_is_refused():
    with pytest.raises(ValueError, match=r"f makes \(2,\) of \(4,\)"):
        check_gradients(lambda x: x[:2], P, derivative=lambda x: np.ones(4))
    with pytest.raises(TypeError, match="f must return numbers, got None"):
        check_gradients(lambda x: None, P, derivative=lambda x: x)
    with pytest.raises(TypeError, match=r"f fails on an array .*number by number"):
        check_gradients(lambda x: x.nothing, P, derivative=lambda x: x)
    with pytest.raises(TypeError, match="bind y"):
        check_gradients(mse, P, Y, derivative=mse_prime)
    with pytest.raises(ValueError, match="f is not finite at any"):
        check_gradients(lambda x: np.nan * np.sum(x), P, derivative=lambda x: x)
    with pytest.raises(TypeError, match="float32"):
        check_gradients(lambda x: np.sin(x).astype(np.float32), P, derivative=np.cos)


# Chance -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [
    lambda z: z * (np.random.default_rng().random(z.shape) > 0.5),
    lambda z: z + np.random.default_rng().normal(size=z.shape),
    lambda z: np.sum(z**2) + np.random.default_rng().normal(),
])  # fmt: skip
def test_chance_is_noticed(f):
    with pytest.raises(ValueError, match=r"f gives two results for the same input \(dropout"):
        check_gradients(f, P, derivative=np.ones_like)


def test_inputs_that_f_overwrites():
    def f(z):
        z *= z
        return z

    check_gradients(f, P, derivative=lambda z: 2 * z).require()
