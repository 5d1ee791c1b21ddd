"""The processor at hand: what LLVM says of it, and how many numbers one of its vectors holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from chainrule.locks import lock_held_over_forks

LLVM = lock_held_over_forks()
"""Held by who calls LLVM: its binding has a lock that a forked child could not free."""

_BYTES_BY_FEATURE = {"avx512f": 64, "avx": 32, "sve": 16, "neon": 16}


@dataclass(frozen=True)
class Machine:
    """What code is made for.

    Attributes
    ----------
    cpu : str
        LLVM's name of the processor.
    features : str
        In LLVM's notation: ``"+avx2,+fma,-avx512f"``.
    vector_bytes : int
        The width of a vector register that the code uses: 64, 32 or 16.
    """

    cpu: str
    features: str
    vector_bytes: int

    @property
    def fused(self) -> bool:
        """Whether the processor multiplies and adds in one step (else LLVM calls a function)."""
        return "+fma," in self.features + "," or not self.is_x86

    @property
    def is_x86(self) -> bool:
        """Whether the processor speaks the language of Intel's and AMD's."""
        return _triple().startswith(("x86_64", "i686", "i386"))

    def lanes(self, dtype: np.dtype[Any]) -> int:
        """Return how many numbers of that type a vector holds."""
        return self.vector_bytes // dtype.itemsize

    def target(self) -> llvm.TargetMachine:
        """Return LLVM's code generator for it."""
        target = llvm.Target.from_default_triple()
        return target.create_target_machine(
            cpu=self.cpu, features=self.features, opt=3, reloc="pic", codemodel="jitdefault"
        )


@cache
def _triple() -> str:
    with LLVM:
        return str(llvm.get_default_triple())


@cache
def host(vector_bytes: int | None = None) -> Machine:
    """Return the machine this process runs on.

    Parameters
    ----------
    vector_bytes : int, optional
        Narrower vectors than the processor has, to test them here.
    """
    with LLVM:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        llvm.initialize_native_asmparser()
        features, cpu = llvm.get_host_cpu_features(), llvm.get_host_cpu_name()
    known = [size for name, size in _BYTES_BY_FEATURE.items() if features.get(name)]
    return Machine(
        cpu=cpu,
        features=features.flatten(),
        vector_bytes=vector_bytes or max(known, default=16),
    )
