"""Who may ask, and what every answer forbids the browser.

A page from elsewhere must reach nothing here: not by a guessed address (the token), not by a host
name that resolves to this machine (Host), not by a form or a WebSocket of its own (Origin). And our
pages must load nothing from elsewhere (the Content-Security-Policy).
"""

from __future__ import annotations

import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 2_000_000
"""The largest body of a request, and the largest message of a WebSocket."""
NONCE = "chainrule.nonce"
"""The key of an ASGI scope under which the nonce of the answer's styles stands."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_READING = ("GET", "HEAD")
_REFUSED = 1008  # the close code of a policy's violation

_WRONG_HOST = "This server answers to 127.0.0.1 and localhost alone."
_WRONG_ORIGIN = "This request comes from another page; only pages of this server may ask."
_NO_TOKEN = "Open the address that chainrule play printed in the terminal; it holds this run's key."
_TOO_LARGE = f"This is too large: at most {MOST_BYTES // 1_000_000} MB at once."


class Guard:
    """Let a request through to an application if it comes from this run's own pages.

    Parameters
    ----------
    app : ASGIApp
        The application behind the guard.
    token : str
        The run's secret; ``/?token=…`` trades it for a cookie.
    port : int
        The port of the server, part of every allowed Host.
    """

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app = app
        self._token = token.encode()
        self._cookie = f"chainrule_{port}"
        names = ("127.0.0.1", "localhost")
        self._hosts = {f"{name}:{port}" for name in names} | (set(names) if port == 80 else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse an ASGI connection, or pass the connection on to the application."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope[NONCE] = nonce
        guarded = _with_headers(send, nonce)
        refusal = self._refusal(scope)
        if refusal is None and scope["type"] == "http" and scope["method"] not in _READING:
            body = await _read_body(scope, receive)
            receive = _replay(body or b"", receive)
            refusal = PlainTextResponse(_TOO_LARGE, 413) if body is None else None
        if refusal is None:
            await self._app(scope, receive, guarded)
        elif scope["type"] == "http":
            await refusal(scope, receive, guarded)
        else:  # before it is accepted: the server answers 403
            await send({"type": "websocket.close", "code": _REFUSED})

    def _refusal(self, scope: Scope) -> Response | None:
        """Return the answer to a request that must not reach the application."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return PlainTextResponse(_WRONG_HOST, 403)
        is_socket = scope["type"] == "websocket"
        if is_socket or scope["method"] not in _READING:
            if headers.getlist("origin") != [f"http://{hosts[0].lower()}"]:
                return PlainTextResponse(_WRONG_ORIGIN, 403)
        elif scope["path"] == "/" and (given := _query_token(scope)) is not None:
            return self._welcome(given)
        if not self._is_token(_cookie(headers, self._cookie)):
            return PlainTextResponse(_NO_TOKEN, 403)
        return None

    def _welcome(self, given: str) -> Response:
        """Trade the right token for a cookie, in an address bar without the token."""
        if not self._is_token(given):
            return PlainTextResponse(_NO_TOKEN, 403)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self._cookie, given, path="/", httponly=True, samesite="strict")
        return answer

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token)


def _query_token(scope: Scope) -> str | None:
    values = parse_qs(scope["query_string"].decode("latin-1")).get("token")
    return values[0] if values else None


def _cookie(headers: Headers, name: str) -> str:
    """Return the value of a cookie, empty where there is none."""
    for header in headers.getlist("cookie"):
        for part in header.split(";"):  # each alone: a broken cookie of another server costs none
            try:
                cookies = SimpleCookie(part.strip())
            except CookieError:
                continue
            if name in cookies:
                return cookies[name].value
    return ""


async def _read_body(scope: Scope, receive: Receive) -> bytes | None:
    """Return the whole body, or None if the body is larger than allowed."""
    said = Headers(scope=scope).get("content-length", "0")
    if not said.isdecimal() or len(said) > 15 or int(said) > MOST_BYTES:
        return None
    pieces, size = [], 0
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > MOST_BYTES:
            return None
        if not message.get("more_body", False):  # a disconnection has no more either
            return b"".join(pieces)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body already read, then what else comes."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed


def _with_headers(send: Send, nonce: str) -> Send:
    """Return a `send` that adds the headers of every answer."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["content-security-policy"] = _POLICY.format(nonce=nonce)
            headers.update(_HEADERS)
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return guarded
