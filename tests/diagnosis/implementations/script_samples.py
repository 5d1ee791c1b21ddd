# ruff: noqa
# fmt: off
import numpy as np

rng = np.random.default_rng(5)
data = rng.normal(size=(6, 3))
answers = (data.sum(axis=1) > 0).astype(float)

wa = rng.normal(size=(4, 3))
ba = rng.normal(size=4)
wb = rng.normal(size=(1, 4))
bb = rng.normal(size=1)
eta = 0.2


def squash(q):
    return 1 / (1 + np.exp(-q))


for epoch in range(3):
    for x, t in zip(data, answers):
        h = squash(wa @ x + ba)
        p = squash(wb @ h + bb)
        dp = (p - t) * p * (1 - p)
        dh = wb.T @ dp
        wb = wb - eta * np.outer(dp, h)
        bb = bb - eta * dp
        wa = wa - eta * np.outer(dh, x)
        ba = ba - eta * dh
