"""The address of a run: a socket on 127.0.0.1 and a fresh secret.

Both are made before anything large is imported: a browser that opens meanwhile waits for its
answer.
"""

from __future__ import annotations

import os
import secrets
import socket

HOST = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """Return a socket that listens on 127.0.0.1, at a free port if `port` is 0.

    Parameters
    ----------
    port : int

    Raises
    ------
    OSError
        The port is taken, or not allowed.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # a port just left may be taken again; elsewhere it means to share
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def make_token() -> str:
    """Return a fresh secret of 256 bits, for use in an address."""
    return secrets.token_urlsafe(32)


def address(listening: socket.socket, token: str) -> str:
    """Return the address that lets a browser in.

    Parameters
    ----------
    listening : socket.socket
    token : str
        The run's secret.
    """
    return f"http://{HOST}:{listening.getsockname()[1]}/?token={token}"
