"""Only this run's own pages reach the application, and every answer forbids what is elsewhere."""

import http.cookies

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from chainrule.play.web.guards import MOST_BYTES, NONCE, Guard

TOKEN = "the-secret_of-this-run"
PORT = 8127
ORIGIN = f"http://127.0.0.1:{PORT}"
SOCKET = f"ws://127.0.0.1:{PORT}/socket"
KEY = f"chainrule_{PORT}={TOKEN}"


async def echo(request: Request):
    return PlainTextResponse(await request.body() or b"reached")


async def nonce(request: Request):
    return PlainTextResponse(request.scope[NONCE])


async def broken(request: Request):
    raise RuntimeError("a defect")


async def greet(socket):
    await socket.accept()
    await socket.send_text("reached")
    await socket.close()


APP = Starlette(
    routes=[
        Route("/", echo),
        Route("/thing", echo, methods=["GET", "POST", "PUT", "DELETE"]),
        Route("/nonce", nonce),
        Route("/broken", broken),
        WebSocketRoute("/socket", greet),
    ]
)


@pytest.fixture
def client():
    """Give a client that sends nothing of its own but the right Host."""
    with TestClient(
        Guard(APP, TOKEN, PORT),
        base_url=ORIGIN,
        follow_redirects=False,
        raise_server_exceptions=False,
    ) as opened:
        yield opened


def with_key(**headers):
    return {"cookie": KEY, **headers}


# The token


def test_the_token_is_traded_for_a_cookie_that_scripts_and_other_sites_never_see(client):
    answer = client.get("/", params={"token": TOKEN})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    (cookie,) = http.cookies.SimpleCookie(answer.headers["set-cookie"]).values()
    assert (cookie.key, cookie.value) == (f"chainrule_{PORT}", TOKEN)
    assert cookie["httponly"] is True
    assert cookie["samesite"].lower() == "strict"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert client.get("/thing").text == "reached"


@pytest.mark.parametrize(
    "given", ["", "wrong", TOKEN[:-1], TOKEN + "x", "ü", "\x00", TOKEN.upper()]
)
def test_a_wrong_token_gets_a_sentence_and_no_cookie(client, given):
    answer = client.get("/", params={"token": given})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert "chainrule play printed" in answer.text


def test_the_token_opens_the_first_page_alone(client):
    assert client.get("/thing", params={"token": TOKEN}).status_code == 403
    answer = client.post("/", params={"token": TOKEN}, headers={"origin": ORIGIN})
    assert answer.status_code == 403


# The cookie


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        f"chainrule_{PORT}=",
        f"chainrule_{PORT}=wrong",
        f"chainrule_{PORT + 1}={TOKEN}",
        f"chainrule={TOKEN}",
        f'chainrule_{PORT}="{TOKEN}',
        "=;;;",
    ],
)
def test_without_the_right_cookie_nothing_is_reached(client, cookie):
    answer = client.get("/thing", headers={"cookie": cookie})
    assert answer.status_code == 403
    assert answer.text.count(".") == 1
    with pytest.raises(WebSocketDisconnect):
        client.websocket_connect(
            "/socket", headers={"cookie": cookie, "origin": ORIGIN}
        ).__enter__()


@pytest.mark.parametrize(
    "cookie", [KEY, f"a=1; {KEY}; b=2", f'broken="; {KEY}', f"bad name=1; {KEY}"]
)
def test_cookies_of_other_servers_of_this_machine_do_no_harm(client, cookie):
    assert client.get("/thing", headers={"cookie": cookie}).text == "reached"


# The host: a name of another's that resolves to this machine (DNS rebinding)


@pytest.mark.parametrize(
    "host",
    [
        "elsewhere.test",
        f"elsewhere.test:{PORT}",
        "127.0.0.1",
        "localhost",
        f"127.0.0.1:{PORT + 1}",
        f"127.0.0.1.elsewhere.test:{PORT}",
        f"localhost.:{PORT}",
        f"[::1]:{PORT}",
        f"0.0.0.0:{PORT}",
        f"user@127.0.0.1:{PORT}",
        "",
    ],
)
def test_another_host_is_refused_even_with_the_key(client, host):
    for path in ("/", f"/?token={TOKEN}", "/thing"):
        answer = client.get(path, headers=with_key(host=host))
        assert answer.status_code == 403
        assert "127.0.0.1 and localhost" in answer.text
        assert "set-cookie" not in answer.headers
    origin = f"http://{host}"
    answer = client.post("/thing", headers=with_key(host=host, origin=origin))
    assert answer.status_code == 403
    with pytest.raises(WebSocketDisconnect):
        client.websocket_connect(SOCKET, headers=with_key(host=host, origin=origin)).__enter__()


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"LocalHost:{PORT}"])
def test_both_names_of_this_machine_are_answered(client, host):
    origin = f"http://{host.lower()}"
    assert client.get("/thing", headers=with_key(host=host)).text == "reached"
    assert client.post("/thing", headers=with_key(host=host, origin=origin)).text == "reached"


def test_two_hosts_are_refused(client):
    headers = [("host", f"127.0.0.1:{PORT}"), ("host", f"127.0.0.1:{PORT}"), ("cookie", KEY)]
    assert client.get("/thing", headers=headers).status_code == 403


def test_port_80_is_left_out_of_addresses_as_browsers_do():
    with TestClient(Guard(APP, TOKEN, 80), base_url="http://localhost") as client:
        headers = {"cookie": f"chainrule_80={TOKEN}", "origin": "http://localhost"}
        assert client.post("/thing", headers=headers).text == "reached"


# The origin: a page of another site, or of another port of this machine


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "",
        "http://elsewhere.test",
        f"https://127.0.0.1:{PORT}",
        f"http://127.0.0.1:{PORT + 1}",
        "http://127.0.0.1",
        f"http://localhost:{PORT}",
        f"http://127.0.0.1:{PORT}/",
        f"http://127.0.0.1:{PORT}.elsewhere.test",
    ],
)
def test_another_origin_neither_writes_nor_opens_a_socket(client, origin):
    headers = with_key() if origin is None else with_key(origin=origin)
    for method in ("POST", "PUT", "DELETE"):
        answer = client.request(method, "/thing", headers=headers)
        assert answer.status_code == 403
        assert "another page" in answer.text
    with pytest.raises(WebSocketDisconnect) as closed:
        client.websocket_connect(SOCKET, headers=headers).__enter__()
    assert closed.value.code == 1008


def test_the_own_origin_writes_and_opens_a_socket(client):
    headers = with_key(origin=ORIGIN)
    assert client.post("/thing", content=b"words", headers=headers).text == "words"
    with client.websocket_connect(SOCKET, headers=headers) as socket:
        assert socket.receive_text() == "reached"


# The headers of every answer


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/thing", {}, 403),
        ("/thing", with_key(), 200),
        ("/thing", with_key(host="elsewhere.test"), 403),
        ("/missing", with_key(), 404),
        ("/broken", with_key(), 500),
        (f"/?token={TOKEN}", {}, 303),
        ("/?token=wrong", {}, 403),
    ],
)
def test_every_answer_carries_the_policy(client, path, headers, status):
    answer = client.get(path, headers=headers)
    assert answer.status_code == status
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers


def test_the_nonce_of_the_policy_is_the_pages_and_fresh_each_time(client):
    seen = set()
    for _ in range(3):
        answer = client.get("/nonce", headers=with_key())
        assert (
            f"style-src 'self' 'nonce-{answer.text}'" in answer.headers["content-security-policy"]
        )
        seen.add(answer.text)
    assert len(seen) == 3
    assert min(map(len, seen)) >= 20


# The size of a body


def pieces(size, piece=100_000):
    for start in range(0, size, piece):
        yield b"x" * min(piece, size - start)


@pytest.mark.parametrize("whole", [True, False], ids=["with its length", "in pieces"])
def test_a_body_is_read_up_to_the_limit(client, whole):
    def sent(size):
        content = b"x" * size if whole else pieces(size)
        return client.post("/thing", content=content, headers=with_key(origin=ORIGIN))

    assert len(sent(MOST_BYTES).content) == MOST_BYTES
    refused = sent(MOST_BYTES + 1)
    assert refused.status_code == 413
    assert "2 MB" in refused.text
    assert "content-security-policy" in refused.headers


@pytest.mark.parametrize("length", ["-1", "1e9", "x", "", "9" * 5000])
def test_a_senseless_length_is_refused(client, length):
    headers = with_key(origin=ORIGIN, **{"content-length": length})
    assert client.post("/thing", content=b"", headers=headers).status_code == 413


def test_a_stranger_is_told_of_the_origin_and_not_of_the_size(client):
    headers = {"origin": "http://elsewhere.test", "cookie": KEY}
    assert (
        client.post("/thing", content=b"x" * (MOST_BYTES + 1), headers=headers).status_code == 403
    )
