import copy
import pickle

import pytest

from chainrule import History

ROWS = [{"epoch": 1, "loss": 0.7}, {"epoch": 2, "loss": 0.6}, {"epoch": 3, "loss": 0.65}]


def test_a_column_has_a_number_for_each_epoch():
    history = History(ROWS)
    assert history["loss"] == [0.7, 0.6, 0.65]
    assert history["epoch"] == [1, 2, 3]
    assert len(history) == 3
    assert history.columns == ["epoch", "loss"]
    assert history.as_columns() == {"epoch": [1, 2, 3], "loss": [0.7, 0.6, 0.65]}


def test_an_unknown_column_is_named_with_the_nearest():
    with pytest.raises(
        ValueError,
        match=r"^unknown column of the history 'los'; did you mean 'loss'\? known: epoch, loss$",
    ):
        History(ROWS)["los"]


def test_before_the_first_epoch_there_is_nothing():
    history = History()
    assert (len(history), history.columns, history.as_columns()) == (0, [], {})
    assert (history.stopped, history.interrupted, history.weights_epoch) == ("", False, 0)
    with pytest.raises(ValueError, match="unknown column of the history 'loss'"):
        history["loss"]


def test_two_histories_share_no_rows():
    first, second = History(), History()
    first.rows.append({"epoch": 1})
    assert second.rows == []


@pytest.mark.parametrize("make_copy", [copy.deepcopy, lambda h: pickle.loads(pickle.dumps(h))])
def test_a_history_can_be_copied(make_copy):
    history = History(ROWS, stopped="all 3 epochs are over", weights_epoch=3)
    assert make_copy(history) == history
