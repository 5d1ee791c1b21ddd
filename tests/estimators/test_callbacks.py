"""scikit-learn's callbacks hear of a fit, and may end it."""

from __future__ import annotations

import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

from chainrule import MLPClassifier

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks since 1.9")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)


def model(**options):
    return MLPClassifier(
        **({"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0} | options)
    )


def bits(fitted):
    return b"".join(array.tobytes() for array in [*fitted.coefs_, *fitted.intercepts_])


class Watching:
    """A callback of scikit-learn's kind that writes down what it hears."""

    def __init__(self, stop_after=None):
        self.heard, self.scores, self.stop_after = [], [], stop_after

    def setup(self, estimator, context):
        self.heard.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.heard.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        self.heard.append(("end", context.task_name, context.task_id))
        self.scores.append(fitted_estimator.score(X, y))
        return context.task_name != "fit" and context.task_id + 1 == self.stop_after

    def teardown(self, estimator, context):
        self.heard.append("teardown")


class Ending:
    """A callback of scikit-learn's kind that raises after some epochs."""

    def __init__(self, after, error):
        self.after, self.error, self.seen = after, error, []

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        if context.task_name in {"epoch", "iteration"}:
            self.seen.append((fitted_estimator.n_iter_, fitted_estimator.loss_))
            if len(self.seen) == self.after:
                raise self.error

    def teardown(self, estimator, context):
        pass


def test_scikit_learn_s_callbacks_hear_of_every_epoch():
    watching = Watching()
    fitted = model(max_iter=3).set_callbacks(watching).fit(X, y)
    assert watching.heard == [
        "setup", ("begin", "fit", 0),
        *(word for i in range(3) for word in (("begin", "epoch", i), ("end", "epoch", i))),
        ("end", "fit", 0), "teardown",
    ]  # fmt: skip
    assert watching.scores[-1] == fitted.score(X, y)
    shorter = model(max_iter=2).fit(X, y)
    assert watching.scores[1] == shorter.score(X, y)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_callback_may_end_the_fit(solver):
    watching = Watching(stop_after=4)
    fitted = model(solver=solver).set_callbacks(watching).fit(X, y)
    assert fitted.n_iter_ == 4
    assert watching.heard[-2:] == [("end", "fit", 0), "teardown"]
    assert bits(fitted) == bits(model(solver=solver, max_iter=4).fit(X, y))


def test_scikit_learn_s_progress_bar_and_monitor():
    pytest.importorskip("rich", reason="scikit-learn's progress bar needs rich")
    monitor = callback.ScoringMonitor(scoring="accuracy")
    model(max_iter=3).set_callbacks(callback.ProgressBar(), monitor).fit(X, y)
    assert monitor.get_logs()


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_ctrl_c_keeps_what_is_whole(solver):
    ending = Ending(4, KeyboardInterrupt)
    interrupted = model(solver=solver).set_callbacks(ending)
    with pytest.warns(UserWarning, match="interrupted by user"):
        interrupted.fit(X, y)
    fewer = model(solver=solver, max_iter=4).fit(X, y)
    assert bits(interrupted) == bits(fewer)
    assert (interrupted.n_iter_, interrupted.loss_) == (4, fewer.loss_)
    assert ending.seen[-1] == (4, fewer.loss_)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_an_error_of_a_callback_leaves_what_is_whole(solver):
    ended = model(solver=solver).set_callbacks(Ending(4, RuntimeError("mine")))
    with pytest.raises(RuntimeError, match="mine"):
        ended.fit(X, y)
    assert bits(ended) == bits(model(solver=solver, max_iter=4).fit(X, y))


def test_partial_fit_after_an_interrupted_fit_begins_with_an_empty_memory():
    """A plain fit keeps no copy of the optimizer's memory, which may be of within an epoch."""
    interrupted = model(shuffle=False).set_callbacks(Ending(2, KeyboardInterrupt))
    with pytest.warns(UserWarning, match="interrupted"):
        interrupted.fit(X, y)
    first = interrupted.coefs_, interrupted.intercepts_
    other = model(shuffle=False, initial_weights=first).partial_fit(X, y, classes=[0, 1, 2])
    assert bits(interrupted.set_callbacks().partial_fit(X, y)) == bits(other)


def test_partial_fit_is_no_fit_to_tell_callbacks_of():
    watching = Ending(1, RuntimeError("told"))
    model().set_callbacks(watching).partial_fit(X, y, classes=[0, 1, 2])
    assert not watching.seen


@pytest.mark.parametrize("standardize", [False, True])
def test_what_a_callback_is_given_is_a_copy(standardize):
    class Meddling(Ending):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator):
            fitted_estimator.coefs_[0][...] = 0
            fitted_estimator.partial_fit(X, y)

    options = {"max_iter": 5, "standardize": standardize}
    meddled = model(**options).set_callbacks(Meddling(0, None)).fit(X, y)
    assert bits(meddled) == bits(model(**options).fit(X, y))
    watching = Watching()
    watched = model(**options).set_callbacks(watching).fit(X, y)
    assert watching.scores[-1] == watched.score(X, y)
