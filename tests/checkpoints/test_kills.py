"""A run that is killed, at any moment, goes on to what it would have come to.

``CHAINRULE_KILLS=50 pytest -m slow tests/checkpoints/test_kills.py`` kills fifty runs.
"""

import os
import random
import time

import pytest
from oracles.killed import CASES, killed_once, result_of

KILLS = int(os.environ.get("CHAINRULE_KILLS", "4"))


@pytest.mark.slow
def test_killed_runs_come_to_the_same(tmp_path):
    chance, whole, killed = random.Random(5), {}, 0
    for number in range(KILLS):
        case, threads = CASES[number % len(CASES)], 1 + number // len(CASES) % 2
        if case not in whole:
            begin = time.perf_counter()
            whole[case] = result_of(case, 1), time.perf_counter() - begin
        expected, seconds = whole[case]
        folder = tmp_path / str(number)
        folder.mkdir()
        found, was_killed = killed_once(case, threads, folder, chance.uniform(0.05, 0.1 + seconds))
        assert found == expected, (number, case, threads)
        killed += was_killed
    assert killed > KILLS / 2
    print(f"{KILLS} runs, of which {killed} were killed before their end: all come to the same")  # noqa: T201
