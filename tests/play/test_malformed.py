import json
import random

import msgspec
import pytest
from play.in_process import on_a_page

from chainrule.play.playground.commands import CommandError, read_command

MALFORMED = 10_000

GOOD = [
    {"do": "configure", "state": {"layers": [{"neurons": 3, "activation": "relu"}], "seed": 3}},
    {"do": "configure", "state": {"data": {"name": "blobs", "classes": 4, "n": 40}}},
    {"do": "play"},
    {"do": "pause"},
    {"do": "step", "unit": "batch"},
    {"do": "until", "epoch": 3, "loss": 0.1},
    {"do": "reset"},
    {"do": "scrub", "epoch": 3},
    {"do": "weight", "layer": 1, "row": 0, "column": 1, "value": 0.5},
    {"do": "point", "x": [0.1, 0.2], "y": [1.0], "row": None},
    {"do": "draw", "points": [[0.1, 0.2, 0], [0.3, -0.2, 1], [0.5, 0.5, "a"]]},
    {"do": "upload", "text": "a,b,y\n1,2,0\n3,1,1\n", "target": "y", "axes": ["a", "b"]},
    {"do": "export", "what": "weights"},
    {"do": "keep"},
    {"do": "engine", "name": "learner", "code": "", "chapter": "layer"},
    {"do": "ack", "frame": 1},
]
ODD = [None, True, -1, 0, 1e308, 2**70, 1.5, "", "x" * 300, [], {}, [[]], {"do": "play"}, "NaN"]
ODD_TEXTS = ["", " ", "null", "[]", "{", "NaN", '"', "{}" * 9, "[" * 5000, '{"do":' * 3000, "\0"]


def _malformed(rng):
    """Return a message that is no command: a good one with something wrong in it."""
    while True:
        text = _broken(rng)
        try:
            read_command(text)
        except CommandError:
            return text


def _broken(rng):
    kind = rng.randrange(5)
    command = dict(rng.choice(GOOD))
    if kind == 0:
        return rng.choice(ODD_TEXTS)
    if kind == 1:
        command[rng.choice([*command, "more", "state"])] = rng.choice(ODD)
        return json.dumps(command)
    text = json.dumps(command)
    if kind == 2:
        return text[: rng.randrange(len(text))]
    place = rng.randrange(len(text))
    if kind == 3:
        return text[:place] + chr(rng.choice([0, 34, 92, 123, 0x20AC, 0xD800])) + text[place + 1 :]
    return text.replace(rng.choice("0123ae:,"), rng.choice(["NaN", "-", "1e999", "]", '""']))


def test_ten_thousand_malformed_messages_cost_nothing_but_an_error_each():
    rng = random.Random(16)

    async def visit(browser):
        await browser.frame()
        for _ in range(MALFORMED):
            browser.send_raw(_malformed(rng))
        for _ in range(MALFORMED):
            error = await browser.event("error")
            assert error["message"]
        browser.send({"do": "until", "epoch": 4})
        assert (await browser.frame(lambda header: header["epoch"] == 4))[0]["frame"] > 1

    on_a_page(visit)


def test_commands_with_odd_values_leave_the_page_usable():
    rng = random.Random(17)

    async def visit(browser):
        await browser.frame()
        for _ in range(300):
            browser.send_raw(_broken(rng))
            browser.send(rng.choice(GOOD))
        browser.send({"do": "configure", "state": {}})
        browser.send({"do": "until", "epoch": 4})
        await browser.frame(lambda header: header["epoch"] == 4 and not header["playing"])

    on_a_page(visit)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ('{"do": "step", "unit": "day"}', "step"),
        ('{"do": "jump"}', "jump"),
        ('{"unit": "epoch"}', ""),
        ('{"do": 3}', ""),
        ('{"do": "play", "more": 1}', "play"),
        ('{"do": "weight", "layer": 1, "row": 0, "value": 1e300}', "weight"),
        ('{"do": "scrub", "epoch": -1}', "scrub"),
        ('{"do": "until", "loss": NaN}', ""),
        ("[" * 100_000, ""),
        ('{"do": "play"}\ud800', ""),
    ],
)
def test_an_error_names_its_command(text, command):
    with pytest.raises(CommandError) as caught:
        read_command(text)
    assert caught.value.command == command
    assert str(caught.value)


def test_the_limits_of_a_message():
    text = msgspec.json.encode({"do": "upload", "text": "x" * 2_000_001}).decode()
    with pytest.raises(CommandError, match="<= 2000000"):
        read_command(text)
    points = [[0, 0, 0]] * 5001
    with pytest.raises(CommandError, match="<= 5000"):
        read_command(msgspec.json.encode({"do": "draw", "points": points}).decode())
