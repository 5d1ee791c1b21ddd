# ruff: noqa
# fmt: off
import numpy as np

np.random.seed(3)

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]], dtype=float)

W1 = np.random.uniform(size=(2, 3))
b1 = np.random.uniform(size=(1, 3))
W2 = np.random.uniform(size=(3, 1))
b2 = np.random.uniform(size=(1, 1))
lr = 0.5


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


for epoch in range(20):
    # forward
    hidden = sigmoid(X @ W1 + b1)
    output = sigmoid(hidden @ W2 + b2)
    # backward
    d_output = (output - y) * output * (1 - output)
    d_hidden = d_output @ W2.T * hidden * (1 - hidden)
    # update
    W2 -= lr * hidden.T @ d_output
    b2 -= lr * d_output.sum(axis=0, keepdims=True)
    W1 -= lr * X.T @ d_hidden
    b1 -= lr * d_hidden.sum(axis=0, keepdims=True)

print("error after training: %.3f" % np.mean(np.abs(output - y)))
