import functools
import threading
import time
from queue import Queue

import msgspec
import numpy as np
import pytest
from play.small_runs import SMALL, after_epochs, begun

from chainrule.course.chapters import get_chapter
from chainrule.engines import get_engine
from chainrule.play.playground import commands
from chainrule.play.playground.session import Session
from chainrule.play.playground.state import DataSettings, State
from chainrule.play.playground.turns import Turns, at_the_cores, cores


@pytest.fixture
def session():
    events = Queue()
    session = Session(events.put)
    session.events = events
    yield session
    session.close()
    assert session.join(30)  # the compiler may be at work


def _event(session, name):
    while (event := session.events.get(timeout=10))["event"] != name:
        pass
    return event


def _shot(session, after=0):
    return session.request(after).result(timeout=10)


def _ended(session):
    """Return the snapshot after the training has ended."""
    version = 0
    while (shot := _shot(session, version)).playing:
        version = shot.version
    return shot


def test_a_session_begins_with_the_default_state(session):
    event = _event(session, "state")
    assert event["state"]["data"]["name"] == "circles"
    assert "tanh" in event["choices"]["activations"]
    assert _event(session, "data")["n"] == 300


def test_a_session_trains_until_an_epoch(session):
    session.submit(commands.Configure(SMALL))
    session.submit(commands.Until(epoch=30))
    shot = _ended(session)
    assert (shot.epoch, shot.stopped) == (30, "epoch 30 is over")
    assert np.array_equal(shot.shown.theta, after_epochs(begun(), 30))
    assert shot.curves[-1, 0] == 30


def test_a_session_trains_until_a_loss(session):
    session.submit(commands.Configure(SMALL))
    session.submit(commands.Until(loss=0.5))
    shot = _ended(session)
    assert shot.shown.loss <= 0.5
    assert shot.stopped == "the loss is at most 0.5"


def test_play_pause_and_steps_are_one_run(session):
    session.submit(commands.Configure(SMALL))
    session.submit(commands.Play())
    while _shot(session).epoch < 5:
        time.sleep(0.001)
    session.submit(commands.Pause())
    paused = _ended(session)
    session.submit(commands.Step("epoch"))
    session.submit(commands.Until(epoch=paused.epoch + 3))
    shot = _ended(session)
    assert np.array_equal(shot.shown.theta, after_epochs(begun(), paused.epoch + 3))


def test_a_begun_epoch_is_brought_to_its_end(session):
    session.submit(commands.Configure(SMALL))
    session.submit(commands.Step("batch"))
    session.submit(commands.Step("sample"))
    assert _shot(session).epoch == 0
    session.submit(commands.Until(epoch=2))
    assert _ended(session).epoch == 2


def test_scrubbing_shows_a_kept_epoch_exactly(session):
    session.submit(commands.Configure(SMALL))
    session.submit(commands.Until(epoch=20))
    _ended(session)
    session.submit(commands.Scrub(7))
    shot = _shot(session)
    assert (shot.epoch, shot.shown.epoch) == (20, 7)
    assert np.array_equal(shot.shown.theta, after_epochs(begun(), 7))
    assert shot.figures.epoch == 7
    session.submit(commands.Scrub(None))
    assert _shot(session).shown.epoch == 20


def test_scrubbing_shows_the_newest_epoch_where_it_is_nearest(session):
    session.submit(commands.Configure(SMALL))
    session.submit(commands.Until(epoch=1023))
    _ended(session)
    session.submit(commands.Scrub(1022))
    assert _shot(session).shown.epoch == 1023
    session.submit(commands.Scrub(1016))
    assert _shot(session).shown.epoch == 1016


def test_only_a_changed_learning_rate_keeps_the_weights_and_the_training(session):
    session.submit(commands.Configure(SMALL))
    session.submit(commands.Until(epoch=3))
    _ended(session)
    session.submit(commands.Configure(msgspec.structs.replace(SMALL, learning_rate=0.2)))
    assert _shot(session).epoch == 3
    session.submit(commands.Configure(msgspec.structs.replace(SMALL, seed=2)))
    assert _shot(session).epoch == 0


def test_run_a_is_kept_for_comparison(session):
    session.submit(commands.Configure(SMALL))
    session.submit(commands.Until(epoch=3))
    theta = _ended(session).shown.theta
    session.submit(commands.Keep())
    session.submit(commands.Reset())
    kept = _shot(session).kept
    assert np.array_equal(kept.theta, theta)
    assert kept.curves[-1, 0] == 3
    session.submit(commands.Forget())
    assert _shot(session).kept is None


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (commands.Until(), "needs an epoch or a loss"),
        (commands.Weight(7, 0, 1.0), "there is no layer 7"),
        (commands.Configure(State(data=DataSettings("own"))), "upload a table first"),
        (commands.Configure(State(data=DataSettings("drawn"))), "draw some points first"),
        (commands.Upload("a,b\n1,2"), "table.csv"),
        (commands.Draw(()), "at least 2 points"),
        (commands.Engine("learner"), "no code"),
    ],
)
def test_what_cannot_be_done_is_an_error_event(session, command, words):
    before = _shot(session).shown.theta
    session.submit(command)
    event = _event(session, "error")
    assert words in event["message"]
    assert event["command"] == type(command).__name__.lower()
    assert np.array_equal(_shot(session).shown.theta, before)


def test_divergence_is_a_reason_to_stop(session):
    state = State(data=DataSettings("plane", n=60), layers=(), optimizer="sgd", learning_rate=1e6)
    session.submit(commands.Configure(state))
    session.submit(commands.Play())
    assert "is not finite" in _ended(session).stopped


def test_a_closed_session_stops_within_a_second(session):
    session.submit(commands.Play())
    _shot(session)
    session.close()
    assert session.join(1)


def test_a_wish_waits_for_the_next_change(session):
    version = _shot(session).version
    wish = session.request(version)
    assert not wish.done()
    session.submit(commands.Step())
    assert wish.result(timeout=10).epoch == 1


def test_an_engine_that_fails_pauses_with_an_error(session, monkeypatch):
    class Broken:
        leaves_a_core = True

        def run_epoch(self, order, rates):
            raise KeyError("own mistake")

        def close(self):
            pass

    monkeypatch.setattr(type(get_engine("compiled")), "start", lambda *_: Broken())
    session.submit(commands.Play())
    assert "own mistake" in _event(session, "error")["message"]
    assert not _shot(session).playing


def test_no_thread_stays(session):
    session.close()
    assert session.join(30)  # the compiler may be at work
    assert "chainrule-training" not in {one.name for one in threading.enumerate()}


def test_more_sessions_than_cores_all_train_and_obey_and_leave_no_turn_behind():
    sessions = [Session(lambda event: None) for _ in range(3 * cores() + 1)]
    for session in sessions:
        session.submit(commands.Configure(SMALL))
        session.submit(commands.Play())
    for session in sessions:
        while _shot(session).epoch < 20:
            time.sleep(0.001)
    for session in sessions[::2]:
        for _ in range(20):
            session.submit(commands.Pause())
            session.submit(commands.Play())
    for session in sessions:
        session.submit(commands.Pause())
        assert not _ended(session).playing
    for session in sessions:
        session.submit(commands.Play())
        session.close()
    assert all(session.join(5) for session in sessions)
    held = [at_the_cores.ask(print) for _ in range(cores())]
    assert all(held)
    for _ in held:
        at_the_cores.pass_on()


def test_turns_go_to_who_has_waited_longest():
    turns, told = Turns(2), []
    first, second, third = (functools.partial(told.append, i) for i in range(3))
    assert turns.ask(print)
    assert turns.ask(print)
    assert not any(turns.ask(one) for one in (first, second, third))
    assert turns.are_wanted
    turns.withdraw(first)
    turns.pass_on()
    turns.pass_on()
    assert told == [1, 2]
    turns.pass_on()
    assert turns.ask(print)


SOLUTION = get_chapter("training").solution


def test_a_learners_code_trains_and_stays_the_engine_of_a_new_network(session):
    session.submit(commands.Configure(SMALL))
    session.submit(commands.Engine("learner", "training", SOLUTION))
    session.submit(commands.Until(epoch=2))
    first = _ended(session)
    assert (first.epoch, first.stopped) == (2, "epoch 2 is over")
    assert not np.array_equal(first.shown.theta, after_epochs(begun(), 2))
    session.submit(commands.Reset())
    session.submit(commands.Until(epoch=2))
    assert _ended(session).epoch == 2
    session.submit(commands.Engine("chainrule"))
    session.submit(commands.Reset())
    session.submit(commands.Until(epoch=2))
    assert np.array_equal(_ended(session).shown.theta, after_epochs(begun(), 2))


def test_a_learners_mistake_pauses_with_its_sentence(session):
    session.submit(commands.Engine("learner", "training", "x = 1 / 0"))
    session.submit(commands.Play())
    event = _event(session, "error")
    assert event["command"] == "play"
    assert event["message"]
    assert not _shot(session).playing
