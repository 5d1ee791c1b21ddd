# ruff: noqa
# fmt: off
import numpy as np


def forward(params, x):
    W1, b1, W2, b2 = params
    z1 = x @ W1 + b1
    a1 = np.maximum(0, z1)
    z2 = a1 @ W2 + b2
    return z1, a1, z2


def mse(params, x, y):
    return np.mean(np.square(forward(params, x)[-1] - y))


def grad(params, x, y):
    W1, b1, W2, b2 = params
    z1, a1, z2 = forward(params, x)
    g2 = 2 * (z2 - y) / z2.size
    g1 = (g2 @ W2.T) * (z1 > 0)
    return x.T @ g1, g1.sum(0), a1.T @ g2, g2.sum(0)


def update(params, grads, lr):
    return tuple(p - lr * g for p, g in zip(params, grads))
