# ruff: noqa
# fmt: off
import numpy as np


def sigmoid(z, deriv=False):
    s = 1 / (1 + np.exp(-z))
    if deriv:
        return s * (1 - s)
    return s


def feed_forward(x, weights, biases):
    activations = [x]
    for w, b in zip(weights, biases):
        activations.append(sigmoid(activations[-1] @ w + b))
    return activations


def error(x, y, weights, biases):
    return np.sum((feed_forward(x, weights, biases)[-1] - y) ** 2) / 2


def back_propagate(x, y, weights, biases):
    a = feed_forward(x, weights, biases)
    delta = (a[-1] - y) * sigmoid(a[-1], deriv=True)
    w_grads, b_grads = [], []
    for i in range(len(weights), 0, -1):
        w_grads.append(a[i - 1].T @ delta)
        b_grads.append(delta.sum(axis=0))
        delta = (delta @ weights[i - 1].T) * sigmoid(a[i - 1], deriv=True)
    w_grads.reverse()
    b_grads.reverse()
    return w_grads, b_grads
