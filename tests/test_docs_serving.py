"""What the page on serving shows is what happens."""

import json
import re
import shlex
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from oracles.served import untrained_model

from chainrule.cli.app import run
from chainrule.saving import save
from chainrule.tables import read_table

PAGE = (Path(__file__).parents[1] / "docs" / "serving.md").read_text(encoding="utf-8")
ROW = {"rooms": 3, "area": 71.5, "city": "Bern", "built": "1987-05-01"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with a model for the page's rows, and some of them."""
    monkeypatch.chdir(tmp_path)
    lines = ["rooms,area,city,built,price"]
    for i in range(40):
        city = "Bern" if i % 3 else "Basel"
        lines.append(f"{i % 5 + 1},{40 + 7.5 * (i % 11)},{city},19{50 + i}-05-01,{100 + i / 8}")
    Path("new.csv").write_text("\n".join(lines))
    save(untrained_model(read_table(Path("new.csv")), "price"), Path("model"))


def test_its_pieces_run(folder, capsys):
    names = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for block in blocks:
        exec(block, names)
    assert len(blocks) == 3
    wanted = names["model"].predict(ROW).frame
    assert f"{wanted['prediction'][0]}\n()\n" in capsys.readouterr().out
    names["Predicting"].log_message = lambda *_: None
    with names["server"] as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            assert posted(server, ROW) == (200, wanted.to_dicts())
            assert posted(server, [ROW, ROW]) == (200, wanted.to_dicts() * 2)
            status, said = posted(server, {**ROW, "area": "large"})
            assert status == 422
            assert "column 'area': 'large' is not a number" in said["error"]
            assert posted(server, 5)[0] == 422
        finally:
            server.shutdown()


def posted(server, rows):
    """Return the status and the answer of a server."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.server_port}", json.dumps(rows).encode(), method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.slow
def test_its_commands_run(folder):
    commands = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
    function = f'chainrule() {{ {shlex.quote(sys.executable)} -m chainrule "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-euc", function + commands], capture_output=True, text=True, check=True
    )
    assert list(json.loads(done.stdout)) == ["prediction"]
    assert Path("answers.csv").read_text().startswith("prediction\n")
    assert Path("answers.csv").read_text().count("\n") == 41


def test_its_options_are_the_commands(capsys):
    assert run(["predict", "--help"]) == 0
    known = capsys.readouterr().out
    options = set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert len(options) > 8
    assert {option for option in options if option not in known} == set()
