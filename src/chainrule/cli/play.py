"""`chainrule play`: the challenge and the playground as a local page."""

from __future__ import annotations

import errno
import importlib.util
import os
import socket
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from chainrule.cli.errors import INTERRUPTED, BadInputError, speaking
from chainrule.play.web.listening import address, listen, make_token

_NEEDED = ("starlette", "uvicorn", "websockets", "msgspec", "markdown_it")
_USUAL_PORT = 8127
_LAST_PORT = 65535


def _port(number: int | None) -> int | None:
    if number is not None and not 0 <= number <= _LAST_PORT:
        raise typer.BadParameter(f"{number} is no port: 0 to {_LAST_PORT}")
    return number


def play(
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            callback=_port,
            help=f"Listen at this port; by default {_USUAL_PORT}, or a free one if that is taken.",
            show_default=False,
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address; open no browser.")
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            "-f",
            "--serve-course",
            metavar="DIR",
            help="The course's folder, where your code and progress are kept.",
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write statements, gallery and recorded runs as plain files, and serve nothing.",
        ),
    ] = None,
) -> None:
    """Open the challenge, the playground and the gallery of mistakes in your browser.

    The page is served from this machine to this machine alone. Ctrl-C ends it.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise BadInputError(
            f"chainrule play needs {', '.join(missing)}: pip install 'chainrule[play]'"
        )
    if export is not None:
        _export(export)
        return
    if folder is not None and folder.exists() and not folder.is_dir():
        raise BadInputError(f"{folder} is a file, not a folder")
    try:
        _serve(port, folder, no_browser)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


def _export(folder: Path) -> None:
    from rich.console import Console
    from rich.progress import track

    from chainrule.play.static_site import FolderError
    from chainrule.play.static_site import export as written

    console = Console(stderr=True)
    try:
        pages = list(
            track(
                written(folder),
                "exporting",
                console=console,
                transient=True,
                disable=not console.is_terminal,
            )
        )
    except FolderError as error:
        raise BadInputError(str(error)) from None
    except OSError as error:
        raise BadInputError(f"{folder} cannot be written: {error.strerror or error}") from None
    n_pages = sum(page.suffix == ".html" for page in pages)
    with speaking():
        print(f"{n_pages} pages in {folder}: open index.html")


def _serve(port: int | None, folder: Path | None, no_browser: bool) -> None:
    listening, token = _listen(port), make_token()
    with speaking():
        print(address(listening, token), flush=True)
        print("Ctrl-C ends it.", flush=True)
    if not no_browser:
        arguments = (address(listening, token),)
        threading.Thread(target=_open_browser, args=arguments, daemon=True).start()

    from chainrule.play.web.server import serve  # the browser starts meanwhile

    serve(listening, folder or _usual_folder(), token)


def _usual_folder() -> Path:
    """Return the course's folder as `chainrule course` finds it, or else a new one's path."""
    from chainrule.cli.course_folder import found
    from chainrule.course.folder import NAME

    return found(None) or Path(NAME)


def _listen(port: int | None) -> socket.socket:
    """Return a listening socket at the port asked for, or else at the usual one or a free one."""
    try:
        return listen(_USUAL_PORT if port is None else port)
    except OSError as error:
        if port is None:
            return listen(0)
        taken = error.errno == errno.EADDRINUSE
        why = "is taken" if taken else f"cannot be used ({error.strerror})"
        raise BadInputError(
            f"port {port} {why}: choose another, or leave --port out for a free one"
        ) from error


def _open_browser(url: str) -> None:
    """Open the address in a browser with a window of its own, where there is one."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    in_terminal = type(browser) is webbrowser.GenericBrowser and "BROWSER" not in os.environ
    if not in_terminal:  # such a browser would take this terminal
        browser.open(url)
