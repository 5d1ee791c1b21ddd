"""The pages and files of `chainrule play`; the command as a process: its first line, its end."""

import gzip
import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import urljoin

import pytest
from oracles.played import Played
from starlette.testclient import TestClient
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from chainrule.cli.app import run
from chainrule.course.chapters import chapters
from chainrule.play.web.guards import MOST_BYTES
from chainrule.play.web.listening import listen, make_token
from chainrule.play.web.pages import PAGES, STATIC
from chainrule.play.web.server import application

PORT = 8127
ADDRESSES = ["/learn/training", "/learn/neuron", "/playground", "/gallery"]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    with TestClient(
        application(folder, "secret", PORT),
        base_url=f"http://127.0.0.1:{PORT}",
        cookies={f"chainrule_{PORT}": "secret"},
        headers={"origin": f"http://127.0.0.1:{PORT}"},
        follow_redirects=False,
    ) as opened:
        yield opened


class Tags(HTMLParser):
    """All tags of a page with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


# Pages


def test_the_address_with_the_token_leads_to_the_challenge(client):
    client.cookies.clear()
    answer = client.get("/", params={"token": "secret"}, follow_redirects=True)
    assert [one.headers["location"] for one in answer.history] == ["/", "/learn/training"]
    assert answer.status_code == 200
    assert answer.url.query == b""


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_whole_and_loads_nothing_from_elsewhere(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "{{" not in answer.text
    page, size = Tags(answer.text), len(gzip.compress(answer.content))
    assert [tag for tag, _ in page.tags].count("title") == 1
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert dict(page.tags)["html"]["lang"] == "en"
    for tag, attributes in page.tags:
        assert "style" not in attributes, attributes
        assert tag != "style"
        assert not [name for name in attributes if name.startswith("on")]
        if tag == "script":
            assert attributes["src"]
        loaded = attributes.get("src") if tag != "link" else attributes["href"]
        if loaded and not loaded.startswith("data:"):
            found = urljoin(address, loaded)
            assert found.startswith("/static/")
            file = client.get(found)
            assert file.status_code == 200, loaded
            size += len(gzip.compress(file.content))
    assert size < 900_000


def test_every_chapter_has_its_page_and_no_other(client):
    for name in chapters():
        assert client.get(f"/learn/{name}").status_code == 200
    answer = client.get("/learn/trainign")
    assert answer.status_code == 404
    assert "'trainign'" in answer.text
    assert "minibatches" in answer.text


@pytest.mark.parametrize("address", [*ADDRESSES, "/static/icon.svg", "/favicon.ico"])
def test_head_has_no_body_and_writing_to_a_page_is_not_allowed(client, address):
    head = client.head(address)
    assert head.status_code == 200
    assert head.content == b""
    assert int(head.headers["content-length"]) > 0
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, address).status_code == 405


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("icon.svg", "image/svg+xml"),
        ("vendor/uplot/uPlot.iife.min.js", "text/javascript; charset=utf-8"),
        ("vendor/uplot/uPlot.min.css", "text/css; charset=utf-8"),
        ("vendor/codemirror/codemirror.min.js", "text/javascript; charset=utf-8"),
    ],
)
def test_a_file_has_its_type_and_is_asked_for_again_each_time(client, file, kind):
    answer = client.get(f"/static/{file}")
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.content == (STATIC / file).read_bytes()
    known = client.get(f"/static/{file}", headers={"if-none-match": answer.headers["etag"]})
    assert known.status_code == 304
    assert known.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/server.py",
        "/static/%2e%2e%2fserver.py",
        "/static/..%5cserver.py",
        "/static/....//server.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/vendor/../../server.py",
        "/static/vendor",
        "/static/",
        "/static/no%00thing",
        "/learn/..%2f..%2fserver.py",
        "/playground/../static/../server.py",
    ],
)
def test_nothing_but_the_static_files_is_given_out(running, path):
    connection = HTTPConnection("127.0.0.1", running.port)
    connection.putrequest("GET", path, skip_host=True)  # as it stands, without tidying the path
    connection.putheader("Host", f"127.0.0.1:{running.port}")
    connection.putheader("Cookie", f"chainrule_{running.port}={running.token}")
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status in (404, 405)
    assert b"import" not in body
    assert b"root:" not in body


def test_each_vendored_folder_holds_its_licence():
    folders = [path for path in (STATIC / "vendor").iterdir() if path.is_dir()]
    assert {path.name for path in folders} >= {"codemirror", "uplot"}
    readme = (STATIC / "vendor" / "README.md").read_text(encoding="utf-8")
    for folder in folders:
        assert "permission notice" in (folder / "LICENSE.txt").read_text(encoding="utf-8")
        for file in folder.glob("*.*s*"):
            assert f"`{file.name}`" in readme or file.suffix == ".txt"


def test_every_page_of_the_table_is_there():
    assert [file for file in PAGES.values() if not (STATIC / file).is_file()] == []


# The process


def answer_of(running, path="/", **headers):
    """Return status, headers and body of an answer."""
    request = urllib.request.Request(running.origin + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    one = Played(tmp_path_factory.mktemp("served") / "course", "--port", "0")
    yield one
    one.end()


def opened(running):
    """Open the socket as a page of the server does."""
    here = f"127.0.0.1:{running.port}"
    return connect(
        f"ws://{here}/socket",
        origin=f"http://{here}",
        additional_headers=running.key,
        proxy=None,
        close_timeout=2,
    )


def test_the_first_line_is_an_address_that_opens(running):
    status, _, body = answer_of(running, "/playground", **running.key)
    assert status == 200
    assert b"<h1" in body
    assert answer_of(running, "/playground")[0] == 403
    assert answer_of(running, f"/?token={running.token}x")[0] == 403


def test_a_real_socket_of_another_origin_is_refused(running):
    for origin, status in (("http://elsewhere.test", 403), (None, 403)):
        connection = HTTPConnection("127.0.0.1", running.port)
        headers = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            **running.key,
            **({"Origin": origin} if origin else {}),
        }
        connection.request("GET", "/socket", headers=headers)
        assert connection.getresponse().status == status
        connection.close()


def test_a_real_body_beyond_the_limit_is_refused(running):
    headers = {**running.key, "Origin": f"http://127.0.0.1:{running.port}"}
    connection = HTTPConnection("127.0.0.1", running.port)
    connection.request(
        "POST", "/playground", headers={**headers, "Content-Length": str(MOST_BYTES + 1)}
    )
    assert connection.getresponse().status == 413
    connection.close()
    assert answer_of(running, "/playground", **running.key)[0] == 200


def test_a_message_beyond_the_limit_closes_its_socket_and_no_more(running):
    with opened(running) as socket, opened(running) as other:
        socket.send("x" * (MOST_BYTES + 1))
        with pytest.raises(ConnectionClosed) as closed:
            list(socket)
        assert closed.value.rcvd.code == 1009  # too big
        assert other.recv(timeout=60)
    assert answer_of(running, "/playground", **running.key)[0] == 200


def test_the_server_says_nothing_of_its_make(running):
    _, headers, _ = answer_of(running, "/playground", **running.key)
    assert headers["server"] is None


def test_the_server_listens_on_this_machine_alone(running):
    with socket.socket() as outside:
        outside.settimeout(2)
        address = next(
            (one[4][0] for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)),
            "127.0.0.1",
        )
        if address.startswith("127."):
            pytest.skip("this machine has no other address than its own")
        assert outside.connect_ex((address, running.port)) != 0


def test_a_taken_port_is_one_line(running, capsys):
    assert run(["play", "--no-browser", "--port", str(running.port)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"chainrule: port {running.port} is taken: choose another, or leave --port out for a free "
        "one\n"
    )


def test_without_a_port_a_second_run_finds_a_free_one(tmp_path):
    first = Played(tmp_path / "course")
    second = Played(tmp_path / "course")
    assert first.port != second.port
    assert first.token != second.token
    assert answer_of(first, "/playground", **second.key)[0] == 403
    assert first.end()[0] == second.end()[0] == 130


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_ctrl_c_waits_for_no_connection_that_stays_open(tmp_path):
    running = Played(tmp_path / "course", "--port", "0")
    waiting = HTTPConnection("127.0.0.1", running.port)
    waiting.request("GET", "/playground", headers=running.key)
    assert waiting.getresponse().read()  # and the connection stays open
    assert running.end() == (130, "chainrule: interrupted\n")
    waiting.close()
    again = listen(running.port)  # the port is free for the next run
    again.close()


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_ctrl_c_ends_a_run_that_trains_for_open_pages(tmp_path):
    running = Played(tmp_path / "course", "--port", "0")
    with opened(running) as socket, opened(running) as other:
        for one in (socket, other):
            one.send('{"do": "play"}')
            assert one.recv(timeout=60)
        assert running.end() == (130, "chainrule: interrupted\n")


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_ctrl_c_before_any_request_ends_a_run(tmp_path):
    running = Played(tmp_path / "course", "--port", "0")
    code, complaints = running.end()
    assert code == 130
    assert "Traceback" not in complaints


# The command's refusals


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "70000"], "70000 is no port: 0 to 65535"),
        (["--port", "-1"], "-1 is no port: 0 to 65535"),
        (["--port", "x"], "integer"),
        (["--folder", __file__], "is a file, not a folder"),
    ],
)
def test_a_wrong_option_is_one_line(capsys, options, words):
    assert run(["play", "--no-browser", *options]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert said.err.count("\n") == 1


def test_what_is_missing_is_named_with_its_remedy(monkeypatch, capsys):
    found = importlib.util.find_spec
    missing = ("starlette", "websockets")
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in missing else found(name)
    )
    assert run(["play", "--no-browser"]) == 2
    assert capsys.readouterr().err == (
        "chainrule: chainrule play needs starlette, websockets: pip install 'chainrule[play]'\n"
    )


def test_the_command_loads_no_server_before_one_is_asked_for():
    code = (
        "import sys; from chainrule.cli.app import run; run(['--help']); "
        "sys.exit(any(name in sys.modules for name in ('starlette', 'uvicorn')))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode
        == 0
    )


def test_the_browser_is_opened_at_the_address(monkeypatch, tmp_path, capsys):
    from chainrule.cli import play
    from chainrule.play.web import server

    opened = []

    class Browser:
        def open(self, address):
            opened.append(address)

    def serve(listening, folder, token):
        assert folder == tmp_path
        listening.close()
        deadline = time.monotonic() + 60
        while not opened and time.monotonic() < deadline:
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr(play.webbrowser, "get", Browser)
    assert run(["play", "--port", "0", "--folder", str(tmp_path)]) == 130
    assert capsys.readouterr().out.splitlines()[0] == opened[0]
    opened.clear()
    monkeypatch.setattr(server, "serve", lambda listening, *_: listening.close())
    assert run(["play", "--port", "0", "--folder", str(tmp_path), "--no-browser"]) == 0
    assert opened == []


def test_a_browser_that_would_take_the_terminal_is_not_opened(monkeypatch):
    from chainrule.cli import play

    monkeypatch.delenv("BROWSER", raising=False)
    asked = []
    terminal_browser = play.webbrowser.GenericBrowser("w3m")
    monkeypatch.setattr(terminal_browser, "open", asked.append)
    monkeypatch.setattr(play.webbrowser, "get", lambda: terminal_browser)
    play._open_browser("http://127.0.0.1:1/")
    assert asked == []
    monkeypatch.setenv("BROWSER", "w3m")  # whoever names it wants it
    play._open_browser("http://127.0.0.1:1/")
    assert asked == ["http://127.0.0.1:1/"]


def test_no_browser_at_all_is_no_error(monkeypatch):
    from chainrule.cli import play

    def none():
        raise play.webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(play.webbrowser, "get", none)
    play._open_browser("http://127.0.0.1:1/")


def test_tokens_are_long_and_never_the_same():
    tokens = {make_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(one) for one in tokens} == {43}


def test_a_failure_to_listen_leaves_no_socket_open():
    taken = listen(0)
    with pytest.raises(OSError, match="in use"):  # a socket left open would be a warning
        listen(taken.getsockname()[1])
    taken.close()
