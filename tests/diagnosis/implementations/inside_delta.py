# ruff: noqa
# fmt: off
import numpy as np


class Layer:
    """delta is the derivative of the loss by this layer's z. The network
    multiplies what comes back by the slope() of the layer before."""

    def __init__(self, n_in, n_out):
        self.w = np.random.uniform(-1, 1, (n_out, n_in))
        self.b = np.zeros((n_out, 1))

    def forward(self, a):
        self.a_in = a
        self.z = self.w @ a + self.b
        self.a_out = 1 / (1 + np.exp(-self.z))
        return self.a_out

    def slope(self):
        return self.a_out * (1 - self.a_out)

    def backward(self, delta, lr):
        back = self.w.T @ delta
        self.w -= lr * delta @ self.a_in.T
        self.b -= lr * delta
        return back


class Network:
    def __init__(self, *sizes):
        self.layers = [Layer(a, b) for a, b in zip(sizes, sizes[1:])]

    def learn(self, x, t, lr):
        for layer in self.layers:
            x = layer.forward(x)
        delta = x - t                           # cross-entropy
        for i in range(len(self.layers) - 1, -1, -1):
            delta = self.layers[i].backward(delta, lr)
            if i:
                delta = delta * self.layers[i - 1].slope()
