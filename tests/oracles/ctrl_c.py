"""A script that a real Ctrl-C strikes."""

import signal
import subprocess
import sys


def after_ctrl_c(script):
    """Send SIGINT when the script has printed "ready"; return what it prints then, and its code."""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    return output, process.returncode
