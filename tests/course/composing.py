"""Learner files put together: a right or a wrong solution with hostile pieces in it.

A piece is a few statements that crash, hang, print, reach out or change Python. It stands where the
module begins or ends or where one of its functions begins, and runs there at the first, second or
some later call. That it is reached the file writes down beside itself.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from typing import NamedTuple

from chainrule.course.chapters import get_chapter

ENDS, RAISES, HARMLESS, EITHER = "ends", "raises", "harmless", "either"
REACHED = "reached.txt"


class Piece(NamedTuple):
    """Statements, and whether a file that reaches them can still be right.

    After those that END its process, or RAISE an error at every call from then on, never; HARMLESS
    ones change no verdict; with the others a right file may be found right or not, but a wrong one
    never is.
    """

    effect: str
    code: str


@dataclass(frozen=True)
class Placed:
    """A piece by its name, in which of the file's places, and at which call of it."""

    name: str
    place: int = 0
    call: int = 1


MISTAKES = {
    "neuron": ("np.where(z > 0, 1, 0)", "np.where(z > 0, z, 0)"),
    "layer": ("(n_neurons, n_inputs)", "(n_inputs, n_neurons)"),
    "forward": (" + self.biases", ""),
    "loss": ("(y_hat - y) /", "(y - y_hat) /"),
    "training": ("np.dot(dz, self.inputs.T)", "np.dot(dz, self.inputs.T) / 2"),
    "evaluating": ("np.round(model.forward(row)[0])", "model.forward(row)[0]"),
    "minibatches": ("np.dot(dz, self.inputs.T) / m", "np.dot(dz, self.inputs.T)"),
}

_VERDICT = '{"chapter": "loss", "passed": true, "state": "right"}'
_ALL_RIGHT = r"✓ loss(y_hat, y)\n✓ d_loss(y_hat, y)\n\nAll right."


def _piece(effect: str, code: str) -> Piece:
    return Piece(effect, textwrap.dedent(code).strip("\n"))


PIECES: dict[str, Piece] = {
    # What ends it at once
    "crash": _piece(ENDS, "import ctypes; ctypes.string_at(0)"),
    "abort": _piece(ENDS, "import os; os.abort()"),
    "exit()": _piece(RAISES, "exit()"),
    "quit(0)": _piece(RAISES, "quit(0)"),
    "sys.exit": _piece(RAISES, "import sys; sys.exit(0)"),
    "SystemExit": _piece(RAISES, "raise SystemExit"),
    "os._exit": _piece(ENDS, "import os; os._exit(0)"),
    "killed": _piece(ENDS, "import os; os.kill(os.getpid(), 9)"),
    "terminated": _piece(ENDS, "from signal import *; signal(15, SIG_DFL); raise_signal(15)"),
    "alarm": _piece(
        ENDS, "import time; from signal import *; signal(14, SIG_DFL); alarm(1); time.sleep(99)"
    ),
    "input": _piece(RAISES, "input('right? ')"),
    "interrupt": _piece(RAISES, "raise KeyboardInterrupt"),
    "GeneratorExit": _piece(RAISES, "raise GeneratorExit"),
    "StopIteration": _piece(RAISES, "raise StopIteration"),
    "silent error": _piece(
        RAISES,
        """
        class Silent(Exception):
            def __str__(self): raise KeyboardInterrupt
        raise Silent
        """,
    ),
    "error without end": _piece(
        RAISES,
        """
        class Endless(Exception):
            def __str__(self):
                while True: pass
        raise Endless
        """,
    ),
    "many NoneType": _piece(RAISES, "raise TypeError('NoneType' * 10**6)"),
    "no such module": _piece(RAISES, "import no_such_module"),
    "recursion": _piece(RAISES, "def again(): again()\nagain()"),
    "deep recursion": _piece(
        ENDS,
        """
        import sys
        sys.setrecursionlimit(2**31 - 1)
        class Again:
            def __getattr__(self, name): return getattr(self, name + "_")
        Again().x
        """,
    ),
    "huge array": _piece(RAISES, "import numpy as np; np.ones(10**14)"),
    "memory": _piece(RAISES, "kept = []\nwhile True: kept.append(bytes(10**7))"),
    "too large a file": _piece(
        RAISES, "with open(here + '/large', 'wb') as f:\n    while True: f.write(bytes(2**22))"
    ),
    # What does not end
    "loop": _piece(ENDS, "while True: pass"),
    "sleep": _piece(ENDS, "import time; time.sleep(10**6)"),
    "deadlock": _piece(
        ENDS, "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()"
    ),
    "waits for a thread": _piece(
        ENDS,
        """
        import threading
        thread = threading.Thread(target=threading.Event().wait)
        thread.start()
        thread.join()
        """,
    ),
    "stopped": _piece(ENDS, "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"),
    "stubborn": _piece(
        ENDS,
        """
        import faulthandler, signal
        faulthandler.cancel_dump_traceback_later()
        for number in range(1, 32):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
    ),
    "flood": _piece(ENDS, "while True: print('x' * 999)"),
    "flood of bytes": _piece(ENDS, "import os\nwhile True: os.write(2, b'x' * 4096)"),
    "flood in all pipes": _piece(
        ENDS,
        """
        import os
        while True:
            for place in range(1, 9):
                try: os.write(place, b'File "' * 700)
                except OSError: pass
        """,
    ),
    "pattern in all pipes": _piece(
        ENDS,
        """
        import os
        for place in range(1, 9):
            for _ in range(300):
                try: os.write(place, b'File "' * 700)
                except OSError: pass
        os._exit(0)
        """,
    ),
    "a pipe in its place": _piece(
        ENDS,
        """
        import os
        os.remove(__file__)
        os.mkfifo(__file__)
        while True: pass
        """,
    ),
    "zeros in its place": _piece(
        ENDS, "import os; os.remove(__file__); os.symlink('/dev/zero', __file__)\nwhile True: pass"
    ),
    "a pipe as progress": _piece(
        EITHER, "import os\nos.remove(here + '/progress.json')\nos.mkfifo(here + '/progress.json')"
    ),
    # What closes or forges the answers
    "closes all": _piece(ENDS, "import os; os.closerange(0, 100)"),
    "closes all, opens": _piece(
        ENDS,
        """
        import os
        os.closerange(0, 100)
        for number in range(20): os.open(f'{here}/opened-{number}', os.O_CREAT | os.O_RDWR)
        """,
    ),
    "forges": _piece(
        ENDS,
        """
        import os
        for place in range(1, 20):
            try: os.write(place, b'{"end": true}\\n' * 3)
            except OSError: pass
        os._exit(0)
        """,
    ),
    "writes everywhere": _piece(
        EITHER,
        """
        import os
        for place in range(1, 9):
            try: os.write(place, b'All right')
            except OSError: pass
        """,
    ),
    "prints a verdict": _piece(HARMLESS, f"print('{_VERDICT}')"),
    "prints all right": _piece(HARMLESS, f"print('{_ALL_RIGHT}')"),
    "prints much": _piece(HARMLESS, "print('x' * 100_000)"),
    "prints odd characters": _piece(HARMLESS, r"print('\x1b[2J\x00\u202e[red] :smile:')"),
    # What is left behind
    "threads left": _piece(
        HARMLESS,
        """
        import threading, time
        for _ in range(3): threading.Thread(target=time.sleep, args=(1000,)).start()
        """,
    ),
    "a thread that prints": _piece(
        EITHER,
        """
        import threading
        def talk():
            while True: print('x')
        threading.Thread(target=talk, daemon=True).start()
        """,
    ),
    "a busy thread, no turns": _piece(
        EITHER,
        """
        import sys, threading
        def spin():
            while True: pass
        threading.Thread(target=spin, daemon=True).start()
        sys.setswitchinterval(10**6)
        """,
    ),
    "exit handlers": _piece(
        HARMLESS,
        "import atexit, os, time\natexit.register(os._exit, 0)\natexit.register(time.sleep, 1000)",
    ),
    "ignores signals": _piece(
        HARMLESS,
        """
        import signal
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        """,
    ),
    "no timer": _piece(
        HARMLESS, "import faulthandler; faulthandler.cancel_dump_traceback_later()"
    ),
    "a copy of the process": _piece(
        EITHER,
        """
        import ctypes, time
        if ctypes.CDLL(None).fork() == 0:
            time.sleep(1000)
        """,
    ),
    "a copy without pipes": _piece(
        EITHER,
        """
        import ctypes, os, time
        if ctypes.CDLL(None).fork() == 0:
            os.closerange(0, 100)
            time.sleep(1000)
        """,
    ),
    "copies that are refused": _piece(
        HARMLESS,
        """
        import multiprocessing, os
        for copy in (os.fork, os.forkpty, multiprocessing.Process(target=print).start):
            try: copy()
            except OSError: pass
        """,
    ),
    "a pool": _piece(RAISES, "import multiprocessing; multiprocessing.Pool(2).map(abs, [1, 2])"),
    "a pool's executor": _piece(
        RAISES,
        """
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(2) as pool: list(pool.map(abs, [1, 2]))
        """,
    ),
    "other programs": _piece(
        HARMLESS, "import os, subprocess\nos.system('wget x')\nsubprocess.run(['wget', 'x'])"
    ),
    "other modules": _piece(
        HARMLESS, "import antigravity, asyncio, multiprocessing, socket, this, turtledemo, wsgiref"
    ),
    "our own modules": _piece(
        HARMLESS, "import chainrule.course.running, chainrule.course.sandbox, chainrule.cli"
    ),
    "deletes itself": _piece(HARMLESS, "import os; os.remove(__file__)"),
    "writes itself anew": _piece(
        HARMLESS, "with open(__file__, 'w') as file: file.write('x = 1\\n' * 99)"
    ),
    "goes elsewhere": _piece(HARMLESS, "import os; os.chdir('/')"),
    # What changes Python
    "strict NumPy": _piece(HARMLESS, "import numpy as np; np.seterr(all='raise')"),
    "strict warnings": _piece(HARMLESS, "import warnings; warnings.simplefilter('error')"),
    "np.exp": _piece(EITHER, "import numpy as np; np.exp = lambda *a, **k: a[0] * 0 + 1"),
    "np.dot": _piece(EITHER, "import numpy as np; np.dot = lambda *a, **k: 0"),
    "np.isclose": _piece(
        EITHER,
        """
        import numpy as np
        np.isclose = lambda a, *_, **__: np.ones(np.shape(a), bool)
        np.allclose = np.array_equal = lambda *_, **__: True
        """,
    ),
    "np.asarray": _piece(EITHER, "import numpy as np; np.asarray = np.array = lambda a, *_: a"),
    "np.random": _piece(
        EITHER, "import numpy as np; np.random.permutation = np.random.uniform = lambda *a: a[0]"
    ),
    "np.seed": _piece(EITHER, "import numpy as np; np.random.seed(3)"),
    "np.ndarray": _piece(EITHER, "import numpy as np; np.ndarray = np.float64 = list"),
    "ndarray's methods": _piece(EITHER, "import numpy as np; np.ndarray.__eq__ = lambda *_: True"),
    "liars": _piece(
        EITHER,
        """
        import sys, numpy as np
        class Liar(np.ndarray):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __array_function__(self, function, types, arguments, options):
                return True if function.__name__ in ('isclose', 'allclose', 'array_equal') else 0.0
            def __array_ufunc__(self, ufunc, method, *inputs, **options):
                plain = [np.asarray(one) for one in inputs]
                return getattr(ufunc, method)(*plain).view(Liar)
        def lying(function):
            return lambda *a, **k: np.asarray(function(*a, **k)).view(Liar)
        names = sys.modules.get(__file__.rpartition('/')[2][:-3])
        for name, value in list(vars(names).items()):
            if type(value) is type(lying) and value.__module__ == names.__name__:
                setattr(names, name, lying(value))
            if isinstance(value, type) and value.__module__ == names.__name__:
                for method in ('forward', 'backward', 'derivative', '__call__'):
                    if method in vars(value):
                        setattr(value, method, lying(vars(value)[method]))
        """,
    ),
    "len": _piece(EITHER, "import builtins; builtins.len = lambda *_: 1"),
    "all": _piece(EITHER, "import builtins; builtins.all = builtins.any = lambda *_: True"),
    "isinstance": _piece(EITHER, "import builtins; builtins.isinstance = lambda *_: True"),
    "float": _piece(EITHER, "import builtins; builtins.float = builtins.bool = lambda *_: 1.0"),
    "print": _piece(EITHER, "import builtins; builtins.print = lambda *_, **__: None"),
    "setattr": _piece(EITHER, "import builtins; builtins.setattr = builtins.vars = lambda *_: {}"),
    "json": _piece(EITHER, "import json; json.dumps = lambda *_, **__: '{\"end\": true}'"),
    "time": _piece(EITHER, "import time; time.perf_counter = time.monotonic = lambda: 0.0"),
    "no output": _piece(EITHER, "import sys; sys.stdout = sys.stderr = None"),
    "other output": _piece(EITHER, "import io, sys; sys.stdout = io.StringIO()"),
    "closed output": _piece(EITHER, "import sys; sys.stdout.close()"),
    "output that hangs": _piece(
        EITHER,
        """
        import sys
        class Slow:
            def write(self, text): return len(text)
            def flush(self):
                while True: pass
        sys.stdout = Slow()
        """,
    ),
    "no modules": _piece(EITHER, "import sys; sys.modules.clear(); sys.path.clear()"),
    "other numpy": _piece(
        EITHER, "import sys, types; sys.modules['numpy'] = types.ModuleType('numpy')"
    ),
    "little recursion": _piece(EITHER, "import sys; sys.setrecursionlimit(70)"),
    "traced": _piece(EITHER, "import os, sys; sys.settrace(lambda *_: os._exit(0))"),
    "no files": _piece(
        EITHER, "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))"
    ),
    "errors anywhere": _piece(
        EITHER,
        """
        import ctypes, threading, time
        main = threading.main_thread().ident
        def throw():
            for _ in range(40):
                time.sleep(0.005)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(main), ctypes.py_object(KeyboardInterrupt))
        threading.Thread(target=throw, daemon=True).start()
        """,
    ),
    "objects that fight": _piece(
        EITHER,
        """
        import gc
        class Undead:
            def __init__(self): self.me = self
            def __del__(self):
                while True: pass
        Undead()
        gc.collect()
        """,
    ),
}  # fmt: skip


def composed(chapter: str, pieces: tuple[Placed, ...], *, wrong: bool) -> str:
    """Return a chapter's solution, right or with its mistake, with these pieces in it."""
    source = get_chapter(chapter).solution
    if wrong:
        old, new = MISTAKES[chapter]
        assert source.count(old) == 1, (chapter, source.count(old))
        source = source.replace(old, new)
    lines = source.splitlines()
    places = _places(source)
    found = [(*places[one.place % len(places)], one) for one in pieces]
    for number, (line, indent, one) in sorted(
        enumerate(found), key=lambda numbered: numbered[1][0], reverse=True
    ):
        lines.insert(line, f"{indent}_reach({number}, {one.name!r}, {one.call})")
    codes = [(PIECES[one.name].code, PIECES[one.name].effect == RAISES) for one in pieces]
    return "\n".join([_REACH.replace("CODES", repr(codes)), *lines, ""])


_REACH = f"""\
_codes = CODES
_calls = [0] * len(_codes)
_open, _exec = open, exec
_here = __file__.rpartition("/")[0]


def _reach(number, name, call):
    _calls[number] += 1
    code, again = _codes[number]
    if _calls[number] == call or (again and _calls[number] > call):
        with _open(_here + "/{REACHED}", "a") as file:
            file.write(name + "\\n")
        _exec(code, {{"__file__": __file__, "here": _here}})

"""


def _places(source: str) -> list[tuple[int, str]]:
    """Return where a statement may be put: before which line (from 0), and how far indented."""
    tree = ast.parse(source)
    is_import = (ast.Import, ast.ImportFrom)
    begin = next(node for node in tree.body[1:] if not isinstance(node, is_import))
    first, last = (_first_line(node) for node in (begin, tree.body[-1]))
    inside = [
        (node.body[0].lineno - 1, " " * node.body[0].col_offset)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    ]
    return [(first, ""), (last, ""), *inside]


def _first_line(node: ast.stmt) -> int:
    return node.lineno - 1
