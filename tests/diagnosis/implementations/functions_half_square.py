# ruff: noqa
# fmt: off
import numpy as np


def init(n_in, n_hidden, n_out):
    return [np.random.randn(n_in, n_hidden), np.zeros((1, n_hidden)),
            np.random.randn(n_hidden, n_out), np.zeros((1, n_out))]


def forward(X, theta):
    H = 1 / (1 + np.exp(-(X @ theta[0] + theta[1])))
    return H, H @ theta[2] + theta[3]


def mse_loss(Y_hat, Y):
    return np.mean((Y_hat - Y) ** 2)


def mse_loss_grad(Y_hat, Y):
    return (Y_hat - Y) / Y.size


def backward(X, Y, theta):
    H, Y_hat = forward(X, theta)
    D = mse_loss_grad(Y_hat, Y)
    E = (D @ theta[2].T) * H * (1 - H)
    return [X.T @ E, E.sum(axis=0, keepdims=True), H.T @ D, D.sum(axis=0, keepdims=True)]
