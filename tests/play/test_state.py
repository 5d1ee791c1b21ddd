import msgspec
import pytest

from chainrule.activations import ACTIVATIONS
from chainrule.initializers import INITIALIZERS
from chainrule.losses import LOSSES
from chainrule.optimizers import OPTIMIZERS
from chainrule.play.playground.state import (
    SUITED_LOSSES,
    HiddenLayer,
    State,
    as_json,
    choices,
    from_json,
    suited_loss,
)


def test_the_state_comes_back_from_json():
    state = State(
        layers=(HiddenLayer(16, "relu"),), loss=None, learning_rate=0.5, initializer="he_normal"
    )
    assert from_json(msgspec.json.encode(as_json(state))) == state


def test_an_empty_object_is_the_default():
    assert from_json("{}") == State()


@pytest.mark.parametrize(
    "text",
    [
        '{"learning_rate": 0}',
        '{"learning_rate": 1e999}',
        '{"learning_rate": NaN}',
        '{"learning_rate": "0.1"}',
        '{"batch_size": 0}',
        '{"batch_size": 1.5}',
        '{"dropout": 1}',
        '{"validation": 0.6}',
        '{"l1": -1}',
        '{"seed": -1}',
        '{"inputs": 1}',
        '{"layers": [{"neurons": 0, "activation": "tanh"}]}',
        '{"layers": [{"neurons": 65, "activation": "tanh"}]}',
        '{"layers": [{"neurons": 3}]}',
        '{"layers": [{"neurons": 3, "activation": "tanh", "more": 1}]}',
        '{"data": {"name": "rings"}}',
        '{"data": {"noise": 1.1}}',
        '{"data": {"n": 19}}',
        '{"data": {"n": 5001}}',
        '{"data": {"classes": 7}}',
        '{"unknown": 1}',
        "[]",
        "null",
    ],
)
def test_what_is_beyond_the_limits_is_refused(text):
    with pytest.raises(msgspec.MsgspecError):
        from_json(text)


def test_too_many_layers_are_refused():
    layers = [{"neurons": 1, "activation": "tanh"}] * 7
    with pytest.raises(msgspec.ValidationError):
        from_json(msgspec.json.encode({"layers": layers}))


@pytest.mark.parametrize("field", ["loss", "optimizer", "initializer"])
def test_a_wrong_name_gets_the_nearest_right_one(field):
    right = {"loss": "huber", "optimizer": "momentum", "initializer": "orthogonal"}[field]
    with pytest.raises(msgspec.ValidationError, match=f"did you mean '{right}'"):
        from_json(msgspec.json.encode({field: right[:-1]}))


def test_a_wrong_activation_gets_the_nearest_right_one():
    with pytest.raises(msgspec.ValidationError, match="did you mean 'softplus'"):
        from_json('{"layers": [{"neurons": 1, "activation": "softpluss"}]}')


def test_the_choices_are_the_rows_of_the_tables():
    offered = choices()
    assert offered["activations"] == list(ACTIVATIONS)
    assert offered["optimizers"] == list(OPTIMIZERS)
    assert offered["initializers"] == list(INITIALIZERS)
    assert {name for names in SUITED_LOSSES.values() for name in names} <= set(LOSSES)


@pytest.mark.parametrize("kind", SUITED_LOSSES)
@pytest.mark.parametrize("loss", [None, *LOSSES])
def test_a_loss_that_does_not_suit_gives_way_to_the_usual_one(kind, loss):
    suited = SUITED_LOSSES[kind]
    assert suited_loss(loss, kind) == (loss if loss in suited else suited[0])
