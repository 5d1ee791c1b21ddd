# ruff: noqa
# fmt: off
import numpy as np

np.random.seed(8)
features = np.random.rand(5, 2)
goal = np.array([[0.0], [1.0], [1.0], [0.0], [1.0]])

layer1 = np.random.rand(2, 3)
layer2 = np.random.rand(3, 1)
bias1 = np.zeros(3)
bias2 = np.zeros(1)
speed = 0.1

for step in range(10):
    first = 1 / (1 + np.exp(-(features @ layer1 + bias1)))
    second = 1 / (1 + np.exp(-(first @ layer2 + bias2)))
    slope2 = (second - goal) / len(goal)
    slope1 = slope2 @ layer2.T * first * (1 - first)
    layer2 += speed * (first.T @ slope2)
    layer1 += speed * (features.T @ slope1)
    bias2 += speed * slope2.sum(axis=0)
    bias1 += speed * slope1.sum(axis=0)
