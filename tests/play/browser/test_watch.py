"""The browser's own guards, and the watch over the pages that the other browser tests rely on."""

import functools
import http.server
import threading

import pytest
from oracles.played import Played

BARE = """<!doctype html><html lang="en"><head><title>An editor</title>
<link rel="stylesheet" href="/static/common.css"><link rel="icon" href="/static/icon.svg">
<script src="/static/vendor/codemirror/codemirror.min.js"></script></head>
<body><main><h1>An editor</h1><button>before</button><div id="box"></div></main></body></html>"""

MAKE_EDITOR = """(nonce) => {
  window.heard = [];
  window.editor = chainruleEditor.create(document.querySelector("#box"), {
    doc: "def f(x):\\n    return x\\n",
    nonce,
    label: "Your code",
    onChange: (text) => window.heard.push(text),
  });
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Give one server for all tests here: none of them leaves anything behind."""
    running = Played(tmp_path_factory.mktemp("watched") / "course", "--port", "0")
    yield running
    assert running.end()[1].strip() in ("", "chainrule: interrupted")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server of files without a log."""

    def log_message(self, *_):
        pass


@pytest.fixture
def neighbour(tmp_path):
    """Give the address of another page on this machine: to browsers, the same site."""
    (tmp_path / "neighbour").mkdir()
    (tmp_path / "neighbour" / "index.html").write_text("<link rel=icon href=data:,><p>hello")
    handler = functools.partial(Quiet, directory=tmp_path / "neighbour")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as other:
        threading.Thread(target=other.serve_forever).start()
        yield f"http://127.0.0.1:{other.server_port}/"
        other.shutdown()


@pytest.fixture
def editor(page, server):
    """Give an editor on a bare page, which comes with the headers of a real page."""
    page.route("**/gallery", lambda route: route.fulfill(response=route.fetch(), body=BARE))
    policy = page.goto(f"{server.origin}/gallery").headers["content-security-policy"]
    page.evaluate(MAKE_EDITOR, policy.partition("'nonce-")[2].partition("'")[0])
    return page.get_by_role("textbox", name="Your code")


def test_the_address_of_the_terminal_leads_to_a_page_without_the_token(page, server):
    assert page.url == f"{server.origin}/learn/training"
    cookie = {one["name"]: one for one in page.context.cookies()}
    (key,) = cookie.values()
    assert key["httpOnly"] is True
    assert key["sameSite"] == "Strict"
    assert page.evaluate("document.cookie") == ""


def test_a_browser_without_the_token_gets_a_sentence(browser, server):
    context = browser.new_context()
    stranger = context.new_page()
    answer = stranger.goto(f"{server.origin}/playground")
    assert answer.status == 403
    assert "chainrule play printed" in stranger.content()
    context.close()


def test_the_policy_lets_nothing_out_and_no_inline_script_in(page, watched, allowed_errors):
    allowed_errors += ["Content Security Policy", "Failed to fetch"]
    outcome = page.evaluate("fetch('http://localhost:9/').then(() => 'sent', () => 'refused')")
    assert outcome == "refused"
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.head.append(script);
        }"""
    )
    assert page.evaluate("window.ran") is None
    assert sum("Content Security Policy" in text for text in watched.errors) >= 2
    watched.asked = [url for url in watched.asked if "localhost:9" not in url]


def test_a_page_of_another_port_reaches_no_socket_and_no_answer(
    page, server, watched, allowed_errors, neighbour
):
    allowed_errors += ["403", "CORS policy", "ERR_FAILED", "NotSameOrigin"]
    other = page.context.new_page()
    other.goto(neighbour)
    opened = other.evaluate(
        """(address) => new Promise((resolve) => {
          const socket = new WebSocket(address);
          socket.onopen = () => resolve("open");
          socket.onerror = () => resolve("refused");
        })""",
        server.origin.replace("http", "ws") + "/socket",
    )
    assert opened == "refused"
    assert any("Unexpected response code: 403" in text for text in watched.errors)
    read = "(address) => fetch(address, { credentials: 'include' }).then(() => 'read', () => '-')"
    assert other.evaluate(read, f"{server.origin}/api/chapters") == "-"
    loaded = """(address) => new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = () => resolve("loaded");
      script.onerror = () => resolve("refused");
      document.head.append(script);
    })"""
    assert other.evaluate(loaded, f"{server.origin}/static/common.js") == "refused"
    watched.asked.remove(neighbour)


def test_the_watch_sees_requests_elsewhere_and_errors(page, watched, allowed_errors):
    allowed_errors.append("a word of the test's own")
    page.evaluate("console.error('a word of the test\\'s own')")
    page.evaluate("console.log('no error')")
    page.wait_for_timeout(50)
    assert watched.errors == ["a word of the test's own"]
    assert watched.elsewhere() == []
    assert len(watched.asked) >= 2
    watched.asked += ["http://elsewhere.test/x.js", "ws://127.0.0.1:1/", "data:image/png;base64,"]
    assert watched.elsewhere() == ["http://elsewhere.test/x.js", "ws://127.0.0.1:1/"]
    watched.asked.clear()


def test_axe_finds_a_picture_without_words(page, violations):
    page.evaluate("() => document.querySelector('main').append(document.createElement('img'))")
    assert any(line.startswith("image-alt: ") for line in violations(page))


def test_the_editor_is_written_in_and_keeps_the_policy(page, editor):
    assert editor.inner_text().splitlines()[0] == "def f(x):"
    editor.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("    y = 1")
    assert page.evaluate("editor.get()") == "def f(x):\n    return x\n    y = 1"
    assert page.evaluate("heard.at(-1)") == page.evaluate("editor.get()")
    page.evaluate("editor.replace('y = 2\\n')")
    page.keyboard.press("Control+z")  # a replaced text can be had back
    assert page.evaluate("editor.get()").startswith("def f(x):")
    page.evaluate("editor.set('x = 1\\n'.repeat(500))")
    page.evaluate("editor.goToLine(400)")
    page.keyboard.type("here ")
    assert page.evaluate("editor.get().split('\\n').indexOf('here x = 1')") == 399
    styled = page.locator(".cm-gutters").evaluate("element => getComputedStyle(element).display")
    assert styled == "flex"  # the editor's own styles came through the policy


def test_marked_lines_move_with_their_text(page, editor):
    def marked():
        return page.locator(".marked-line").all_inner_texts()

    page.evaluate("editor.set('a\\nb\\nc\\nd\\n')")
    page.evaluate("editor.mark([4, 2, 2, 99, 0])")
    assert marked() == ["b", "d"]
    editor.focus()
    page.keyboard.press("Control+Home")
    page.keyboard.type("\n")
    assert marked() == ["b", "d"]
    page.evaluate("editor.mark([])")
    assert marked() == []


def test_the_editor_is_left_with_escape_and_tab(page, editor):
    described = editor.get_attribute("aria-describedby")
    assert "press Escape, then Tab" in page.locator(f"#{described}").inner_text()
    editor.focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Tab")
    assert page.evaluate("editor.get()").startswith("    def f")
    page.keyboard.press("Escape")
    page.keyboard.type("z")  # whoever types on does not mean to leave
    page.keyboard.press("Tab")
    assert editor.evaluate("element => element === document.activeElement")
    page.keyboard.press("Escape")
    page.wait_for_timeout(2500)  # longer than the two seconds that CodeMirror itself gives
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_editor_can_be_read_in_light_and_in_dark(page, editor, violations, scheme):
    page.emulate_media(color_scheme=scheme)
    page.evaluate(
        "editor.set('# words\\nclass A:\\n    def f(self):\\n        return \"a\", 1.5, None\\n')"
    )
    page.evaluate("editor.mark([1, 4])")
    assert violations(page) == []
