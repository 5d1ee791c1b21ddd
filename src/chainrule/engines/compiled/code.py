"""From a kernel's text to its address: machine code, kept on disk for the next process.

The key of a file is a hash of all that its content follows from: the kernel's LLVM text, the
processor and LLVM's version. So a changed formula, a new processor or a new LLVM never meets old
code. A folder that cannot be read or written costs time, nothing else: a warning names the remedy.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from chainrule.engines.compiled.machine import LLVM, Machine
from chainrule.engines.compiled.simd import Kernel
from chainrule.warning import warn

_DIGEST_BYTES = 32
_log = logging.getLogger("chainrule")
_addresses: dict[str, int] = {}


def address_of(kernel: Kernel) -> int:
    """Return where the kernel's machine code lies, making it if need be."""
    text = kernel.text()
    key = _key(kernel.machine, text)
    with LLVM:
        if key not in _addresses:
            _addresses[key] = _linked(kernel.name, _object_code(kernel.machine, text, key))
        return _addresses[key]


def function_at(address: int) -> Any:
    """Return the kernel as a function of Python; it runs without the interpreter's lock."""
    return ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)


def _key(machine: Machine, text: str) -> str:
    versions = (llvmlite.__version__, ".".join(map(str, llvm.llvm_version_info)))
    parts = (*versions, sys.platform, machine.cpu, machine.features, text)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _object_code(machine: Machine, text: str, key: str) -> bytes:
    code = _read(key)
    if code is None:
        start = time.perf_counter()
        code = _compile(machine, text)
        seconds = time.perf_counter() - start
        if _write(key, code):
            _announce.after(seconds)
    return code


class _Announcement:
    """Says once what takes so long, when it has taken a second."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def after(self, seconds: float) -> None:
        """Count the seconds."""
        if self._seconds <= 1 < self._seconds + seconds:
            _log.warning("making machine code for this processor; it will be kept in %s", folder())
        self._seconds += seconds


_announce = _Announcement()


class _Notice:
    """Says once that machine code is not kept, since every process makes it anew then."""

    def __init__(self) -> None:
        self._said = False

    def say(self, error: Exception, place: Path | None) -> None:
        """Name the folder, the reason and the remedy."""
        if self._said:
            return
        self._said = True  # first: a filter may make an error of the warning
        reason = getattr(error, "strerror", None) or str(error).rstrip(".")
        warn(
            "machine code is made anew in every process, as it cannot be kept"
            f"{f' in {place}' if place else ''} ({reason}); set CHAINRULE_CACHE_DIR to a folder "
            "that can be written to",
            RuntimeWarning,  # whoever is told of a fit's end elsewhere ignores UserWarning
        )


_notice = _Notice()


def _compile(machine: Machine, text: str) -> bytes:
    module = llvm.parse_assembly(text)
    module.verify()
    target = machine.target()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.slp_vectorization = False  # vectors are written out
    passes = llvm.create_pass_builder(target, options)
    passes.getModulePassManager().run(module, passes)
    return bytes(target.emit_object(module))


def _linked(name: str, code: bytes) -> int:
    target = llvm.Target.from_default_triple().create_target_machine(codemodel="jitdefault")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = int(engine.get_function_address(name))
    engine.detach()  # the code is never freed: a thread may run in it until the process ends
    return address


# The folder --------------------------------------------------------------------------------


def folder() -> Path:
    """Return where machine code is kept: CHAINRULE_CACHE_DIR, or the user's cache folder."""
    named = os.environ.get("CHAINRULE_CACHE_DIR")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "chainrule" / "kernels"


def _read(key: str) -> bytes | None:
    """Return the code if its file is there and whole."""
    try:
        content = (folder() / key).read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: a user without a home folder
        return None
    digest, code = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return code if hashlib.sha256(code).digest() == digest else None


def _write(key: str, code: bytes) -> bool:
    """Write the file under another name first, so that nobody sees half of it.

    Returns
    -------
    bool
        Whether it is there for the next process.
    """
    place = None
    try:
        place = folder()
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=place)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(code).digest() + code)
            Path(temporary).replace(place / key)
        except OSError:
            Path(temporary).unlink()
            raise
    except (OSError, RuntimeError) as error:  # RuntimeError: a user without a home folder
        _notice.say(error, place)
        return False
    return True
