"""Small runs that the tests of training share: data, a network, a task, and what strikes them."""

import numpy as np

from chainrule import Layer, Perceptron
from chainrule.engines import Task, get_engine
from chainrule.losses import get_loss
from chainrule.optimizers import Adam
from chainrule.schedules import get_schedule
from chainrule.training import Plan

source = np.random.default_rng(2)
X, X_TEST = source.normal(0, 1, (9, 2)), source.normal(0, 1, (5, 2))
Y, Y_TEST = ((x[:, :1] > x[:, 1:]).astype(float) for x in (X, X_TEST))


def network(output="sigmoid"):
    rng = np.random.default_rng(0)
    return Perceptron([Layer(2, 4, "tanh", rng=rng), Layer(4, 1, output, rng=rng)])


def fit(net, epochs=4, rate=0.3, x=X, y=Y, **options):
    return net.fit(
        x, y, epochs, rate, **{"rng": 0, "verbose": False, "engine": "reference"} | options
    )


class Thetas(list):
    """A callback that keeps θ at the start, which it is made with, and after every epoch."""

    def __init__(self, net):
        super().__init__([net.theta.copy()])

    def __call__(self, run):
        self.append(run.theta.copy())


class Room:
    """A callback that is a context manager and keeps what happens to it."""

    def __init__(self, name, events, error=None):
        self.name, self.events, self.error = name, events, error

    def __enter__(self):
        self.events.append(f"enter {self.name}")

    def __exit__(self, *exception):
        self.events.append(f"leave {self.name}")

    def __call__(self, run):
        self.events.append(f"call {self.name}")
        if self.error:
            raise self.error


def interrupt_at(count):
    """Return a function that raises KeyboardInterrupt when it is called for the n-th time."""
    calls = []

    def call(*arguments):
        calls.append(None)
        if len(calls) == count:
            raise KeyboardInterrupt
        return 0.0

    return call


WEIGHTS = np.random.default_rng(4).uniform(0, 2, 9)


def task_of():
    loss = get_loss("binary_cross_entropy")
    return Task(X, Y, loss, Adam(), 4, sample_weight=WEIGHTS, dropout=(0.0, 0.3), seed=5)


def plan_of(epochs, callbacks=()):
    schedule = get_schedule("cosine")
    return Plan(epochs, 0.1, schedule, get_engine("reference"), callbacks=callbacks)
