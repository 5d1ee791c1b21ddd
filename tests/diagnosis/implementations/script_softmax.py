# ruff: noqa
# fmt: off
"""three clouds of points, one hidden layer"""
import numpy as np

np.random.seed(0)
centres = np.array([[0, 2], [2, 0], [-2, -1]])
labels = np.arange(12) % 3
points = centres[labels] + np.random.randn(12, 2)
one_hot = np.eye(3)[labels]

W1 = np.random.randn(2, 5) * 0.5
b1 = np.zeros((1, 5))
W2 = np.random.randn(5, 3) * 0.5
b2 = np.zeros((1, 3))
learning_rate = 0.05

for epoch in range(10):
    Z1 = points @ W1 + b1
    A1 = np.maximum(Z1, 0)
    S = np.exp(A1 @ W2 + b2)
    P = S / S.sum(axis=1, keepdims=True)
    cost = -np.mean(np.log(P[np.arange(12), labels]))

    dZ2 = P - one_hot
    dW2 = A1.T @ dZ2
    db2 = dZ2.sum(axis=0, keepdims=True)
    dZ1 = dZ2 @ W2.T * (Z1 > 0)
    dW1 = points.T @ dZ1
    db1 = dZ1.sum(axis=0, keepdims=True)

    W1 -= learning_rate * dW1
    b1 -= learning_rate * db1
    W2 -= learning_rate * dW2
    b2 -= learning_rate * db2

print("cost of the last epoch", round(float(cost), 4))
