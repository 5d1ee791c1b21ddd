# ruff: noqa
# fmt: off
import numpy as np

# fit sin(x) with one hidden layer of tanh units
np.random.seed(10)
x = np.linspace(-2, 2, 9).reshape(1, -1)
t = np.sin(x)
N = x.shape[1]
H = 4

u = np.random.randn(H, 1)
c = np.random.randn(H, 1)
v = np.random.randn(1, H)
d = 0.0 * np.ones((1, 1))
alpha = 0.05


def net(x):
    h = np.tanh(u * x + c)
    return h, v @ h + d


for k in range(25):
    h, f = net(x)
    r = (f - t) / N
    dv = r @ h.T
    dd = r.sum().reshape(1, 1)
    q = v.T @ r * (1 - h * h)
    du = (q * x).sum(axis=1, keepdims=True)
    dc = q.sum(axis=1, keepdims=True)
    u, c, v, d = u - alpha * du, c - alpha * dc, v - alpha * dv, d - alpha * dd
