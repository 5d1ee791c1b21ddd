# ruff: noqa
# fmt: off
import numpy as np

np.random.seed(42)
inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]) * 1.0
targets = np.array([[0, 1, 1, 0]]).T * 1.0

w_hidden = np.random.randn(2, 2)
b_hidden = np.zeros((1, 2))
w_out = np.random.randn(2, 1)
b_out = np.zeros((1, 1))
rate = 0.4
act = lambda t: np.tanh(t)

for i in range(15):
    h = act(inputs.dot(w_hidden) + b_hidden)
    o = act(h.dot(w_out) + b_out)

    err = targets - o
    delta_o = err * (1 - o ** 2)
    w_out = w_out + rate * h.T.dot(delta_o)
    b_out = b_out + rate * delta_o.sum(axis=0)

    delta_h = delta_o.dot(w_out.T) * (1 - h ** 2)
    w_hidden = w_hidden + rate * inputs.T.dot(delta_h)
    b_hidden = b_hidden + rate * delta_h.sum(axis=0)

    if i % 5 == 0:
        print("step", i, "error", float((err ** 2).sum()))
