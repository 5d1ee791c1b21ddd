"""A small run of the playground, made at once and trained epoch by epoch."""

import msgspec

from chainrule.play.playground.data import draw
from chainrule.play.playground.runner import Run
from chainrule.play.playground.state import DataSettings, HiddenLayer, State

SMALL = State(
    data=DataSettings(n=60), layers=(HiddenLayer(3, "tanh"),), batch_size=7, validation=0.25
)


def begun(state=SMALL, **changes):
    """Return a run of the state with some settings changed."""
    state = msgspec.structs.replace(state, **changes)
    return Run(state, draw(state.data))


def after_epochs(run, count):
    """Train for some epochs and return a copy of the weights."""
    for _ in range(count):
        run.run_epoch()
    return run.theta.copy()
