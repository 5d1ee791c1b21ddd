# ruff: noqa
# fmt: off
import numpy as np


def init_params(dims):
    params = {}
    for l in range(1, len(dims)):
        params[f"W{l}"] = np.random.randn(dims[l], dims[l - 1]) / np.sqrt(dims[l - 1])
        params[f"b{l}"] = np.zeros((dims[l], 1))
    return params


def forward(X, params):
    cache = {"A0": X}
    for l in range(1, len(params) // 2 + 1):
        Z = params[f"W{l}"] @ cache[f"A{l - 1}"] + params[f"b{l}"]
        cache[f"A{l}"] = 1 / (1 + np.exp(-Z))
    return cache


def cost(A, Y):
    return np.sum(-Y * np.log(A) - (1 - Y) * np.log(1 - A)) / Y.shape[1]


def backward(params, cache, Y):
    grads = {}
    L = len(params) // 2
    m = Y.shape[1]
    dZ = cache[f"A{L}"] - Y
    for l in range(L, 0, -1):
        grads[f"dW{l}"] = 1 / m * dZ @ cache[f"A{l - 1}"].T
        grads[f"db{l}"] = np.sum(dZ, axis=1, keepdims=True)
        if l > 1:
            A = cache[f"A{l - 1}"]
            dZ = params[f"W{l}"].T @ dZ * A * (1 - A)
    return grads
