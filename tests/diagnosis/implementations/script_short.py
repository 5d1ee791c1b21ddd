# ruff: noqa
# fmt: off
import numpy as np
def squash(v, slope=False):
    return v*(1-v) if slope else 1/(1+np.exp(-v))
np.random.seed(1)
A = np.array([[0,1,1],[1,1,0],[1,0,1],[0,0,1],[1,1,1]], dtype=float)
T = np.array([[0,1,1,0,1]], dtype=float).T
P = np.random.uniform(-1, 1, (3,4))
Q = np.random.uniform(-1, 1, (4,1))
for turn in range(30):
    B = squash(A @ P)
    C = squash(B @ Q)
    dC = (T - C) * squash(C, slope=True)
    dB = (dC @ Q.T) * squash(B, slope=True)
    Q += B.T @ dC
    P += A.T @ dB
