"""The most floating-point work that the processor does: a loop of nothing but vector FMAs.

Shares of peak are shares of this figure, taken in the same run by the same clock, and not of a
data sheet's: a virtual machine's real frequency stands in no file. The loop is LLVM IR, because
a compiler could neither drop nor reorder it, and the same few lines serve every processor.
Twelve independent sums hide the latency of an FMA on all processors we know (4 cycles × at most
2 a cycle = 8) and fit into the 16 registers of AVX2.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import llvmlite.binding as llvm

from benchmarks.environment import THREADS

PACKAGES = ("llvmlite",)
SUMS = 12
TURNS_PER_LOOP = 4
SECONDS = 0.02

_LLVM_TYPES = {"float32": ("float", "f32", 4), "float64": ("double", "f64", 8)}
_C_TYPES = {"float32": ctypes.c_float, "float64": ctypes.c_double}


def gflops(dtype: str, threads: int) -> float:
    """Return the rate of one short run on that many threads at once."""
    loop = fma_loop(dtype)
    count = _count_for(loop)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(loop, [1000] * threads))  # the threads are there before the clock starts
        start = time.perf_counter()
        list(pool.map(loop, [count] * threads))
        seconds = time.perf_counter() - start
    return threads * count * flop_per_loop(dtype) / seconds / 1e9


def peaks(dtypes: tuple[str, ...] = ("float32", "float64")) -> list[dict[str, Any]]:
    """Return one figure for each dtype on one and on all threads."""
    return [
        {"dtype": dtype, "threads": threads, "gflops": gflops(dtype, threads)}
        for dtype in dtypes
        for threads in (1, THREADS)
    ]


def flop_per_loop(dtype: str) -> int:
    """Return the operations of one turn of the loop; an FMA is two."""
    return 2 * SUMS * TURNS_PER_LOOP * lanes(dtype)


def lanes(dtype: str) -> int:
    """Return how many numbers the host's widest vector holds."""
    features = llvm.get_host_cpu_features()
    width = next((n for name, n in (("avx512f", 64), ("avx", 32)) if features.get(name)), 16)
    return width // _LLVM_TYPES[dtype][2]


def _count_for(loop: Callable[[int], float]) -> int:
    """Return how many turns take about SECONDS."""
    start = time.perf_counter()
    loop(100_000)
    return int(100_000 * SECONDS / (time.perf_counter() - start)) + 1


@lru_cache
def fma_loop(dtype: str) -> Callable[[int], float]:
    """Compile the loop: its argument is the number of turns, its result keeps it alive.

    A call through ctypes gives the lock of the interpreter back, so two threads really run.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
    )
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(fma_source(dtype)), machine)
    engine.finalize_object()
    c_type = _C_TYPES[dtype]
    function = ctypes.CFUNCTYPE(c_type, ctypes.c_int64)(engine.get_function_address("fma_loop"))
    function.engine = engine  # type: ignore[attr-defined]  # its code lives as long as this
    return function


def fma_source(dtype: str) -> str:
    """Return the loop as LLVM IR: each sum s becomes s·½ + ½ again and again, and so stays near 1.

    Examples
    --------
    >>> "llvm.fma" in fma_source("float32")
    True
    """
    scalar, suffix, _ = _LLVM_TYPES[dtype]
    vector = f"<{lanes(dtype)} x {scalar}>"
    half = _splat(dtype, 0.5)
    fma = f"@llvm.fma.v{lanes(dtype)}{suffix}"
    return "\n".join(
        [
            f"declare {vector} {fma}({vector}, {vector}, {vector})",
            f"define {scalar} @fma_loop(i64 %count) {{",
            "entry:",
            "  br label %loop",
            "loop:",
            "  %i = phi i64 [ 0, %entry ], [ %next, %loop ]",
            *(
                f"  %s{s}_0 = phi {vector} [ {_splat(dtype, float(s))}, %entry ], "
                f"[ %s{s}_{TURNS_PER_LOOP}, %loop ]"
                for s in range(SUMS)
            ),
            *(
                f"  %s{s}_{t + 1} = call {vector} {fma}"
                f"({vector} %s{s}_{t}, {vector} {half}, {vector} {half})"
                for t in range(TURNS_PER_LOOP)
                for s in range(SUMS)
            ),
            "  %next = add i64 %i, 1",
            "  %more = icmp slt i64 %next, %count",
            "  br i1 %more, label %loop, label %end",
            "end:",
            *_total(vector),
            f"  %answer = extractelement {vector} %t{SUMS - 1}, i32 0",
            f"  ret {scalar} %answer",
            "}",
        ]
    )


def _splat(dtype: str, value: float) -> str:
    """Return a constant vector; sums that start apart cannot be taken for one."""
    return f"<{', '.join([f'{_LLVM_TYPES[dtype][0]} {value}'] * lanes(dtype))}>"


def _total(vector: str) -> Iterator[str]:
    yield f"  %t0 = fadd {vector} %s0_{TURNS_PER_LOOP}, zeroinitializer"
    for s in range(1, SUMS):
        yield f"  %t{s} = fadd {vector} %t{s - 1}, %s{s}_{TURNS_PER_LOOP}"
