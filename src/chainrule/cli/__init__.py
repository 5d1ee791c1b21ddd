"""The command `chainrule`."""

from __future__ import annotations

import importlib.util
import sys

_NEEDED = ("typer", "rich", "polars", "safetensors", "msgspec", "matplotlib", "jinja2")


def main() -> None:
    """Run the command; say what to install where the extra `cli` is missing."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(f"chainrule: the command needs {', '.join(missing)}: pip install 'chainrule[cli]'")
    try:
        from chainrule.cli.app import run

        sys.exit(run())
    except KeyboardInterrupt:  # while the libraries were loaded
        sys.exit(130)
