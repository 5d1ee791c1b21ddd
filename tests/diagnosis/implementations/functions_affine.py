# ruff: noqa
# fmt: off
import numpy as np


def affine_forward(x, w, b):
    cache = (x, w, b)
    return x.reshape(len(x), -1).dot(w) + b, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T.dot(dout)
    return dx, dw, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def softmax_loss(scores, y):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    n = len(y)
    dx = np.exp(log_p)
    dx[range(n), y] -= 1
    return -log_p[range(n), y].mean(), dx / n


def loss_and_grads(params, X, y):
    h, c1 = affine_forward(X, params["W1"], params["b1"])
    h, c2 = relu_forward(h)
    s, c3 = affine_forward(h, params["W2"], params["b2"])
    loss, ds = softmax_loss(s, y)
    grads = {}
    dh, grads["W2"], grads["b2"] = affine_backward(ds, c3)
    _, grads["W1"], grads["b1"] = affine_backward(relu_backward(dh, c2), c1)
    return loss, grads
