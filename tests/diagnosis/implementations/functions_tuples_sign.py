# ruff: noqa
# fmt: off
import numpy as np


def predict(params, x):
    (w1, b1), (w2, b2) = params
    h = np.tanh(w1 @ x + b1)
    return h, w2 @ h + b2


def objective(params, x, y):
    _, out = predict(params, x)
    return 0.5 * np.mean(np.sum((y - out) ** 2, axis=0))


def backprop(params, x, y):
    (w1, b1), (w2, b2) = params
    h, out = predict(params, x)
    m = x.shape[1]
    d_out = (y - out) / m
    d_hid = w2.T @ d_out * (1 - h ** 2)
    return (
        (d_hid @ x.T, d_hid.sum(axis=1, keepdims=True)),
        (d_out @ h.T, d_out.sum(axis=1, keepdims=True)),
    )
