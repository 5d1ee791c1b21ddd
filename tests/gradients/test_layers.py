"""Layers that are not the page's: refused in a sentence, or looked at as far as they go."""

import numpy as np
import pytest

from chainrule import Layer, Perceptron, check_gradients, sigmoid, tanh


class Base:
    def __init__(self, n_inputs, n_neurons, activation=sigmoid):
        rng = np.random.default_rng(n_inputs + 10 * n_neurons)
        self.weights = rng.uniform(-1, 1, (n_neurons, n_inputs))
        self.biases = rng.uniform(-1, 1, (n_neurons, 1))
        self.activation = activation

    def forward(self, inputs):
        self.inputs = np.array(inputs, float).reshape(-1, 1)
        self.outputs = self.weights @ self.inputs + self.biases
        return self.activation(self.outputs)

    def slope(self):
        return self.activation.derivative(self.outputs)

    def backward(self, da, learning_rate):
        dz = da * self.slope()
        back = self.weights.T @ dz
        self.weights -= learning_rate * dz @ self.inputs.T
        self.biases -= learning_rate * dz
        return back


class Bias(Base):
    def __init__(self, *args):
        super().__init__(*args)
        self.bias = self.__dict__.pop("biases")


class Short(Base):
    def __init__(self, *args):
        super().__init__(*args)
        self.W, self.b = self.__dict__.pop("weights"), self.__dict__.pop("biases")


class Params(Base):
    def __init__(self, *args):
        super().__init__(*args)
        self.params = {"W": self.__dict__.pop("weights"), "b": self.__dict__.pop("biases")}


class Lazy(Base):
    def __init__(self, *args):
        super().__init__(*args)
        self.weights = self.biases = None


class Rows:
    def __init__(self, n, m, activation=None):
        rng = np.random.default_rng(0)
        self.weights, self.biases = rng.normal(size=(n, m)), np.zeros((1, m))
        self.activation = sigmoid

    def forward(self, x):
        self.x = x
        return x @ self.weights + self.biases

    def backward(self, da, learning_rate):
        back = da @ self.weights.T
        self.weights -= learning_rate * self.x.T @ da
        self.biases -= learning_rate * da.sum(0, keepdims=True)
        return back


class FlatBiases(Rows):
    def __init__(self, n, m, activation=None):
        super().__init__(n, m)
        self.biases = np.zeros(m)


class NoBiases(Base):
    def __init__(self, *args):
        super().__init__(*args)
        del self.biases


class Unwritten(Base):
    def backward(self, da, learning_rate):
        raise NotImplementedError


class Broken(Base):
    def forward(self, inputs):
        return self.activaton(inputs)


class OneArgument(Base):
    def backward(self, da):
        return da


class Text(Base):
    def forward(self, inputs):
        super().forward(inputs)
        return "a"


LOOK_LIKE_ROWS = r"weights \(3, 2\) and biases {} .*look like \(n_inputs, n_neurons\): W is "
REFUSED = {
    Bias: (TypeError, r"needs weights and biases; it has `bias`$"),
    Short: (TypeError, r"needs weights and biases; it has `W` and `b`"),
    Params: (TypeError, r"needs weights and biases; it has `params`"),
    NoBiases: (TypeError, r"needs weights and biases; it has no biases"),
    Lazy: (TypeError, r"weights of layer 1 must be numbers.*got None"),
    Rows: (ValueError, LOOK_LIKE_ROWS.format(r"\(1, 2\)")),
    FlatBiases: (ValueError, LOOK_LIKE_ROWS.format(r"\(2,\)")),
    Unwritten: (ValueError, r"backward of layer 1 failed.*NotImplementedError"),
    Broken: (ValueError, r"forward of layer 1 failed.*AttributeError.*activaton"),
    OneArgument: (TypeError, r"backward\(da, learning_rate\) of layer 1 failed"),
    Text: (TypeError, r"forward of layer 1 must return numbers, got 'a'"),
}


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
def test_refused_in_one_sentence(make):
    error, told = REFUSED[make]
    with pytest.raises(error, match=told):
        check_gradients(make(3, 2))


class Net:
    def __init__(self, *layers):
        self.layers = list(layers)


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
def test_refused_in_a_network_too(make):
    error, told = REFUSED[make]
    told = told.replace("layer 1", "layer 2")
    with pytest.raises(error, match=told):
        check_gradients(Net(Base(4, 3), make(3, 2)), np.ones((2, 4)), np.ones((2, 2)))


def test_a_list_of_sizes_is_no_network():
    with pytest.raises(TypeError, match=r"check_gradients\(loss, parameters"):
        check_gradients(Net(3, 2, 1), [[1.0, 2.0, 3.0]], [1.0])


def test_square_rows_are_recognised_by_the_biases():
    square = Rows(3, 3)
    with pytest.raises(ValueError, match=r"look like \(n_inputs, n_neurons\)"):
        check_gradients(square)


def test_dropout_is_noticed():
    class Dropout(Base):
        def forward(self, inputs):
            a = super().forward(inputs)
            self.mask = (np.random.rand(*a.shape) > 0.5) / 0.5
            return a * self.mask

        def slope(self):
            return self.mask * super().slope()

    np.random.seed(0)
    told = r"forward of layer {} gives two results for the same input \(dropout"
    with pytest.raises(ValueError, match=told.format(1)):
        check_gradients(Dropout(3, 4))
    with pytest.raises(ValueError, match=told.format(2)):
        check_gradients(Net(Base(2, 3), Dropout(3, 1)), [[1.0, 2.0]], [1.0])


# Several samples at once ----------------------------------------------------------------------


class Batch(Base):
    of_biases = staticmethod(lambda dz: dz.sum(axis=1, keepdims=True))
    of_weights = staticmethod(lambda dz, x: dz @ x.T)

    def forward(self, inputs):
        self.inputs = np.asarray(inputs, float).reshape(self.weights.shape[1], -1)
        self.outputs = self.weights @ self.inputs + self.biases
        return self.activation(self.outputs)

    def backward(self, da, learning_rate):
        dz = da * self.slope()
        back = self.weights.T @ dz
        self.weights -= learning_rate * self.of_weights(dz, self.inputs)
        self.biases -= learning_rate * self.of_biases(dz)
        return back


class MixedBatch(Batch):
    of_biases = staticmethod(lambda dz: dz.mean(axis=1, keepdims=True))


class MeanBatch(MixedBatch):
    of_weights = staticmethod(lambda dz, x: dz @ x.T / x.shape[1])


class SumsWeights(Batch):
    of_biases = staticmethod(lambda dz: dz[:, :1])


class FailingBatch(Batch):
    def backward(self, da, learning_rate):
        if da.shape[1] > 1:
            raise ValueError("one at a time")
        return super().backward(da, learning_rate)


SIZES = [(3, 2), (2, 3), (4, 3), (3, 4)]


@pytest.mark.parametrize("sizes", SIZES)
def test_sums_of_several_samples_pass(sizes):
    check = check_gradients(Batch(*sizes))
    check.require()
    assert [one.name for one in check.compared] == ["dW", "db", "da_prev"]
    check = check_gradients(MeanBatch(*sizes))
    check.require()
    assert "samples at once dW and db are their means" in str(check)


@pytest.mark.parametrize("sizes", SIZES)
def test_sum_and_mean_mixed_are_told(sizes):
    check = check_gradients(MixedBatch(*sizes))
    assert not check
    assert "samples at once dW is the sum over them, db the mean" in str(check)
    assert "db of " in str(check)
    assert not check_gradients(SumsWeights(*sizes))


def test_one_sample_at_a_time_is_said():
    check = check_gradients(FailingBatch(3, 2))
    check.require()
    assert "looked at one sample at a time: with" in str(check)
    assert "at a time" not in str(check_gradients(Base(3, 2)))  # it takes no more


def test_networks_of_such_layers():
    x = np.random.default_rng(0).normal(size=(3, 2))
    for make, right in {Batch: True, MixedBatch: False, MeanBatch: True, Base: True}.items():
        net = Net(make(2, 3, tanh), make(3, 1))
        check = check_gradients(net, x, [1.0, 0.0, 1.0])
        assert bool(check) == right, str(check)
        assert ("layer 2" in str(check)) == (make in (MixedBatch, MeanBatch))
    check_gradients(Perceptron([Layer(2, 1, "sigmoid", rng=0)]), x, [1.0, 0.0, 1.0]).require()
