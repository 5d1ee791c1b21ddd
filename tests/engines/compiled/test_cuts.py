"""A step's work is cut without gaps or overlaps, by the shapes alone."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chainrule import Layer
from chainrule.engines.compiled.cuts import (
    cut_batch,
    cut_weights,
    grouped,
    has_copy_of_weights,
    shared_out,
    width_of_panels,
)

lanes = st.sampled_from([2, 4, 8, 16])
neurons = st.sampled_from([1, 7, 130])


def network(widths):
    return [Layer(*sizes, "relu", rng=0) for sizes in pairwise(widths)]


@given(rows=st.integers(1, 5000), lanes=lanes, neurons=neurons)
def test_panels_and_their_groups_cover_the_batch_in_order(rows, lanes, neurons):
    width = width_of_panels(network([4, neurons, 3]), rows, lanes)
    panels = cut_batch(rows, width, lanes)
    groups = grouped(panels)
    assert [panel for group in groups for panel in group] == panels
    assert [panel.number for panel in panels] == list(range(len(panels)))
    assert all(b.first == a.first + a.samples for a, b in pairwise(panels))
    assert sum(panel.samples for panel in panels) == rows
    assert all(panel.samples <= panel.width <= width for panel in panels)
    assert all(panel.width % lanes == 0 for panel in panels)


@given(rows=st.integers(1, 5000), lanes=lanes, neurons=neurons)
def test_groups_are_even_and_two_at_least_where_there_are_two_panels(rows, lanes, neurons):
    width = width_of_panels(network([4, neurons, 3]), rows, lanes)
    panels = cut_batch(rows, width, lanes)
    sizes = [len(group) for group in grouped(panels)]
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) >= min(2, len(panels))


@given(
    widths=st.lists(
        st.one_of(st.integers(1, 300), st.sampled_from([256, 512])), min_size=2, max_size=5
    ),
    batch_size=st.sampled_from([32, 64]),
    lanes=lanes,
)
def test_tasks_cover_all_parameters_in_order(widths, batch_size, lanes):
    layers = network(widths)
    tasks = cut_weights(layers, batch_size, lanes)
    starts = [task.start for task in tasks]
    ends = [task.start + task.parameters for task in tasks]
    assert starts == [0, *ends[:-1]]
    assert ends[-1] == sum(layer.theta.size for layer in layers)
    for number, layer in enumerate(layers):
        parts = [part for task in tasks for part in task.parts if part.layer == number]
        rows = [(part.first, part.stop) for part in parts]
        assert [row for first, stop in rows for row in range(first, stop)] == list(
            range(layer.n_neurons)
        )
        if has_copy_of_weights(layers, number, batch_size, lanes):  # no square belongs to two
            assert all(first % lanes == 0 for first, _ in rows)


@given(sizes=st.lists(st.integers(1, 1000), min_size=1, max_size=70), workers=st.integers(1, 16))
def test_workers_share_out_neighbouring_pieces_evenly(sizes, workers):
    shares = shared_out(sizes, workers)
    assert len(shares) == workers
    assert [number for share in shares for number in share] == list(range(len(sizes)))
    for share in shares:
        done = sum(sizes[number] for number in share)
        assert done <= sum(sizes) / workers + max(sizes)


def test_a_share_is_what_has_its_middle_there():
    assert shared_out([5, 5, 5, 5], 2) == [range(2), range(2, 4)]
    assert shared_out([1000, 1000, 302], 2) == [range(1), range(1, 3)]
    assert shared_out([7], 3) == [range(0), range(1), range(1, 1)]
