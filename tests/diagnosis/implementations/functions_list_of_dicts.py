# ruff: noqa
# fmt: off
import numpy as np

ACT = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "id": (lambda z: z, lambda z: np.ones_like(z)),
}


def make_net(sizes):
    net = []
    for i in range(len(sizes) - 1):
        net.append({
            "W": np.random.randn(sizes[i + 1], sizes[i]),
            "b": np.zeros((sizes[i + 1], 1)),
            "act": "id" if i == len(sizes) - 2 else "tanh",
        })
    return net


def feed(net, x):
    for layer in net:
        layer["in"] = x
        layer["z"] = layer["W"] @ x + layer["b"]
        x = ACT[layer["act"]][0](layer["z"])
    return x


def half_mse(net, x, y):
    return 0.5 * np.sum((feed(net, x) - y) ** 2) / x.shape[1]


def train_step(net, x, y, lr):
    d = (feed(net, x) - y) / x.shape[1]
    for layer in net[::-1]:
        d = d * ACT[layer["act"]][1](layer["z"])
        d_next = layer["W"].T @ d
        layer["W"] -= lr * d @ layer["in"].T
        layer["b"] -= lr * d.sum(axis=1, keepdims=True)
        d = d_next
