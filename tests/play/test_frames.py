import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.activations import ACTIVATIONS
from chainrule.layers import Layer
from chainrule.losses import get_loss
from chainrule.perceptron import Perceptron
from chainrule.play.playground.data import draw
from chainrule.play.playground.frames import pack, unpack
from chainrule.play.playground.pictures import (
    BOUNDARY_SIZE,
    Blueprint,
    Grids,
    boundary,
    neurons,
    warnings,
)
from chainrule.play.playground.state import DataSettings

TYPES = {"f8": np.float64, "f4": np.float32, "u1": np.uint8, "i4": np.int32}


@given(
    st.dictionaries(
        st.text(max_size=9),
        st.tuples(st.sampled_from(sorted(TYPES)), st.lists(st.integers(0, 4), max_size=3)),
        max_size=5,
    ),
    st.text(max_size=40),
)
def test_a_message_comes_back_and_is_aligned(shapes, words):
    arrays = {
        name: np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(TYPES[kind])
        for name, (kind, shape) in shapes.items()
    }
    message = pack({"words": words}, arrays)
    header, found = unpack(message)
    assert header == {"words": words}
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)
    (length,) = struct.unpack_from("<I", message)
    places = json.loads(message[4 : 4 + length])["arrays"]
    assert all(place["offset"] % 8 == 0 for place in places)


def test_arrays_of_other_types_are_refused():
    with pytest.raises(TypeError, match="float16"):
        pack({}, {"half": np.zeros(2, np.float16)})


def test_nan_becomes_null_in_the_header():
    assert unpack(pack({"loss": np.nan}, {}))[0] == {"loss": None}


def _network(activation="tanh", last="sigmoid"):
    rng = np.random.default_rng(3)
    network = Perceptron([Layer(2, 5, activation, rng=rng), Layer(5, 3, last, rng=rng)])
    plan = Blueprint(
        (2, 5, 3),
        (ACTIVATIONS[activation], ACTIVATIONS[last]),
        get_loss("binary_cross_entropy").after(ACTIVATIONS[last]),
    )
    return network, plan


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_boundary_is_the_network_over_the_plane_from_the_top(activation):
    network, plan = _network(activation)
    points = draw(DataSettings(n=50))
    drawn = boundary(plan, network.theta, Grids.of(points))
    x0, x1, y0, y1 = points.domain
    corners = {(0, 0): (x0, y1), (0, -1): (x1, y1), (-1, 0): (x0, y0), (-1, -1): (x1, y0)}
    for (i, j), place in corners.items():
        assert np.allclose(drawn[:, i, j], network.forward(place)[:, 0], atol=1e-5)
    assert drawn.shape == (3, BOUNDARY_SIZE, BOUNDARY_SIZE)
    assert drawn.dtype == np.float32


def test_a_neurons_picture_is_its_a_over_the_plane():
    network, plan = _network()
    points = draw(DataSettings(n=50))
    drawn = neurons(plan, network.theta, Grids.of(points))
    x0, _, _, y1 = points.domain
    assert list(drawn) == ["neuron_1"]
    assert drawn["neuron_1"].shape == (5, 24, 24)
    a = network.layers[0].forward([x0, y1])
    assert np.allclose(drawn["neuron_1"][:, 0, 0], a[:, 0], atol=1e-5)


def test_the_picture_of_a_softmax_sums_to_one():
    network, plan = _network(last="identity")
    plan = plan._replace(loss=get_loss("softmax_cross_entropy"))
    drawn = boundary(plan, network.theta, Grids.of(draw(DataSettings(n=50))))
    assert np.allclose(drawn.sum(axis=0), 1, atol=1e-5)


def test_dead_and_saturated_neurons_are_named():
    x = draw(DataSettings(n=50)).x
    network, plan = _network("relu")
    network.layers[0].biases[1] = -100.0
    assert [(w["layer"], w["neuron"], w["what"]) for w in warnings(plan, network.theta, x)] == [
        (1, 1, "dead")
    ]
    network, plan = _network("tanh")
    network.layers[0].biases[[0, 4]] = [[50.0], [-50.0]]
    assert [(w["neuron"], w["what"]) for w in warnings(plan, network.theta, x)] == [
        (0, "saturated"),
        (4, "saturated"),
    ]
