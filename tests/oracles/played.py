"""A real process of `chainrule play`: started, known by its first line, ended by Ctrl-C."""

import re
import signal
import subprocess
import sys

PLAY = [sys.executable, "-m", "chainrule", "play", "--no-browser"]
FIRST_LINE = re.compile(r"(http://127\.0\.0\.1:(\d+))/\?token=([\w-]{43})\n")


class Played:
    """A process of `chainrule play` that has printed its address.

    Attributes
    ----------
    address, origin : str
        With the token; without.
    port : int
    token : str
    folder : Path
        The course's folder.
    process : subprocess.Popen
    """

    def __init__(self, folder, *options):
        self.folder = folder
        self.process = subprocess.Popen(
            [*PLAY, "--folder", str(folder), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        first_line = self.process.stdout.readline()
        found = FIRST_LINE.fullmatch(first_line)
        assert found, first_line or self.process.communicate(timeout=60)
        self.address, self.origin = first_line.strip(), found[1]
        self.port, self.token = int(found[2]), found[3]

    @property
    def key(self):
        """The header with the cookie that opens everything."""
        return {"Cookie": f"chainrule_{self.port}={self.token}"}

    def end(self):
        """End the process as Ctrl-C does; return its exit code and its complaints.

        The code is the shell's, 128 + n after signal n: where the signal strikes while a module
        runs `exec`, Python ends itself by the signal although the program has handled it.
        """
        if self.process.poll() is None and sys.platform == "win32":
            self.process.terminate()
        elif self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            _, complaints = self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        code = self.process.returncode
        return 128 - code if code < 0 else code, complaints
