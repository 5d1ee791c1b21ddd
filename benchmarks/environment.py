"""The process layout that all share: two threads on the same two processors."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

THREADS = 2
_SECONDS_AT_REST, _MOST_SECONDS_TO_REST = 0.005, 1.0
ENGINE_VARIABLE = "BENCHMARKS_ENGINE"

_HERE = Path(__file__).resolve().parent
ROOT = _HERE.parent
PEERS_HOME = _HERE / ".peers"
RESULTS = _HERE / "results"

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def peers_python() -> Path:
    """Return the Python beside the peers, or this one where they are not installed."""
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    installed = PEERS_HOME / folder / name
    return installed if installed.exists() else Path(sys.executable)


def worker_environment(engine: str = "") -> dict[str, str]:
    """Return the environment of a worker; libraries read thread counts when they are loaded."""
    threads = dict.fromkeys(_THREAD_VARIABLES, str(THREADS))
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    return {**os.environ, **threads, "PYTHONPATH": path, ENGINE_VARIABLE: engine}


def stay_on_few_processors() -> None:
    """Keep this process on two processors: libraries count those when they make their threads."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])


def peak_bytes() -> int:
    """Return the most memory that the process ever had.

    On Linux not by `getrusage`: there a process starts with the peak of the one that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024
    import resource

    peak_so_far = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_so_far if sys.platform == "darwin" else peak_so_far * 1024


def come_to_rest() -> None:
    """Wait until this process takes no processor any more.

    Many libraries' threads go on looking for work when theirs is done, OpenBLAS's for a tenth of a
    second. Whoever is measured next would have to share a processor with them.
    """
    end = time.perf_counter() + _MOST_SECONDS_TO_REST
    while time.perf_counter() < end:
        before = time.process_time()
        time.sleep(_SECONDS_AT_REST)
        if time.process_time() - before < _SECONDS_AT_REST / 10:
            return
