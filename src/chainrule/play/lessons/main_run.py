"""The main part of a learner's file run in the sandbox: its losses, prints and boundary."""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, replace
from math import isfinite
from pathlib import Path
from typing import Any

from chainrule.course.chapters import Chapter
from chainrule.course.sandbox import Limits, run_task

RUN_LIMITS = Limits(seconds=60.0)


def run_file(chapter: Chapter, file: Path, stop: threading.Event | None = None) -> dict[str, Any]:
    """Run a learner's file as a script.

    Parameters
    ----------
    chapter : Chapter
    file : Path
    stop : threading.Event, optional
        Ends the run once set.

    Returns
    -------
    dict
        With losses, printed, trouble, boundary and seconds.

    Raises
    ------
    OSError
        If the file cannot be read.
    StoppedError
        If `stop` was set before the end.
    """
    verdict, transcript = run_task("run", chapter, file, RUN_LIMITS, stop)
    trouble = verdict.trouble
    if trouble is not None and trouble.key == "time":
        trouble = replace(trouble, right=f"a run may take {RUN_LIMITS.seconds:g} s")
    pictures = [told["picture"] for told in transcript.messages if "picture" in told]
    return {
        "losses": losses_in(verdict.printed),
        "printed": verdict.printed,
        "trouble": asdict(trouble) if trouble else None,
        "boundary": pictures[-1] if pictures else None,
        "seconds": round(verdict.seconds, 3),
    }


_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf)"
_LOSS = re.compile(rf"\bloss\b[^\n]*?[:=]\s*\[*({_NUMBER})", re.IGNORECASE)


def losses_in(printed: str) -> list[float | None]:
    r"""Return the losses that a program printed, one per line; None for a NaN or infinity.

    Examples
    --------
    >>> losses_in("Loss at epoch 1: 0.704\nLoss at epoch 2: nan\nready")
    [0.704, None]
    """
    losses = [float(found[1]) for found in _LOSS.finditer(printed)]
    return [loss if isfinite(loss) else None for loss in losses]
