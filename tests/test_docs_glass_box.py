"""What the page on the glass box shows is what happens."""

import linecache
import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "glass-box.md"


def _plain(text):
    """Leave out how small an error of rounding is: it differs from processor to processor."""
    return re.sub(r"\d\.\de(-\d\d|\+00)", "tiny", text).strip()


def test_its_pieces_print_what_it_shows(capsys):
    text = PAGE.read_text(encoding="utf-8")
    names = {"__name__": "page"}
    shown = 0
    for kind, block in re.findall(r"```(python|text)\n(.*?)```", text, re.DOTALL):
        if kind == "python":
            name = f"<page {shown}>"
            linecache.cache[name] = len(block), None, block.splitlines(True), name
            capsys.readouterr()
            exec(compile(block, name, "exec"), names)
        else:
            assert _plain(capsys.readouterr().out) == _plain(block)
            shown += 1
    assert shown == 6
