# ruff: noqa
# fmt: off
import numpy as np


def linear_forward(A, W, b):
    return W @ A + b, (A, W, b)


def relu_forward(Z):
    return np.maximum(0, Z), Z


def sigmoid_forward(Z):
    return 1 / (1 + np.exp(-Z)), Z


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    return W.T @ dZ, dZ @ A_prev.T / m, dZ.sum(axis=1, keepdims=True) / m


def relu_backward(dA, Z):
    return dA * (Z > 0)


def sigmoid_backward(dA, Z):
    s = 1 / (1 + np.exp(-Z))
    return dA * s * (1 - s)


def model_forward(X, parameters):
    A, caches = X, []
    L = len(parameters) // 2
    for l in range(1, L + 1):
        Z, linear = linear_forward(A, parameters["W" + str(l)], parameters["b" + str(l)])
        A, activation = (sigmoid_forward if l == L else relu_forward)(Z)
        caches.append((linear, activation))
    return A, caches


def model_backward(AL, Y, caches):
    grads = {}
    L = len(caches)
    dA = -(Y / AL) + (1 - Y) / (1 - AL)
    for l in reversed(range(L)):
        linear, activation = caches[l]
        dZ = sigmoid_backward(dA, activation) if l == L - 1 else relu_backward(dA, activation)
        dA, grads["dW" + str(l + 1)], grads["db" + str(l + 1)] = linear_backward(dZ, linear)
    return grads
