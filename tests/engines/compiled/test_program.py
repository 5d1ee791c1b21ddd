"""Programs: what is written for one worker becomes another one's."""

import numpy as np

from chainrule.engines.compiled.memory import Memory, address
from chainrule.engines.compiled.program import OWN, Program


def test_what_a_worker_has_to_itself_takes_the_place_of_the_first_ones():
    memory = Memory()
    first, own = ([memory.zeros(n, np.float64) for n in (3, 100, 7)] for _ in range(2))
    shared = memory.zeros(5, np.float64)
    pieces, program = Program(), Program()
    places = [(number, at) for number, array in enumerate(first) for at in (0, array.nbytes - 8)]
    pieces.call(11, [OWN + address(first[number]) + at for number, at in places])
    program.call(12, [address(shared), 2**32, 0])
    program.add(pieces)
    words = program.words_of_worker(first, own).tolist()
    assert words[:5] == [12, 40, address(shared), 2**32, 0]
    assert words[5:7] == [11, 64]
    assert words[7:-1] == [address(own[number]) + at for number, at in places]
    assert words[-1] == 0
    for_the_first = program.words_of_worker(first, first).tolist()
    assert for_the_first[7:-1] == [address(first[number]) + at for number, at in places]
