"""The machine in words, as far as it decides speed; nothing that names it."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe() -> dict[str, str]:
    """Return processor, caches, memory, system and Python."""
    return {
        "processor": _processor(),
        "processors": str(os.cpu_count()),
        "caches": _caches(),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
    }


def _processor() -> str:
    return _after("model name", Path("/proc/cpuinfo")) or platform.processor() or "unknown"


def _memory() -> str:
    kibibytes = _after("MemTotal", Path("/proc/meminfo")).removesuffix(" kB")
    return f"{int(kibibytes) / 2**20:.0f} GiB" if kibibytes else "unknown"


def _after(key: str, file: Path) -> str:
    """Return what stands behind the first ``key:`` of a file, if there is one."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "")


def _caches() -> str:
    folders = sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"))
    return ", ".join(map(_cache, folders)) or "unknown"


def _cache(folder: Path) -> str:
    level, kind, size = (
        (folder / name).read_text(encoding="utf-8").strip() for name in ("level", "type", "size")
    )
    letter = {"Data": "d", "Instruction": "i"}.get(kind, "")
    return f"L{level}{letter} {size}iB"
