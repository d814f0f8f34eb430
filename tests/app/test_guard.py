"""Who may speak to the page's server and who may not, as the server answers and as the guard alone does."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from app.conftest import Server, Visit

pytest.importorskip("solara", reason="the page needs the extra viz: pip install 'brain-gain[viz]'")

from abm.page import guard as guards  # noqa: E402
from abm.page.guard import HOSTS, LARGEST_MESSAGE, Guard, named_hosts  # noqa: E402
from abm.page.visits import IDLE_SECONDS, VISITS, GuardError, Visits, allowed_visits  # noqa: E402

PORT = 8765
SOCKET = "/jupyter/api/kernels/mine/channels"


def _answer(guard: Guard, kind: str = "http", path: str = "/", **headers: str) -> tuple[int, str]:
    """Return status and body that a request gets; 101 for a connection that is let through."""
    sent: list[Any] = []
    scope = {
        "type": kind,
        "path": path,
        "method": "GET",
        "scheme": "http" if kind == "http" else "ws",
        "server": ("10.0.0.5", PORT),
        "headers": [(key.lower().encode(), value.encode("latin-1")) for key, value in headers.items()],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    # in a thread of its own: the browser of other tests has a loop in this one
    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, guard(scope, receive, send)).result(60)
    if sent[0]["type"] == "websocket.accept":
        return 101, ""
    if sent[0]["type"] == "websocket.close":  # before a connection is accepted servers answer it with 403
        return 403, sent[0]["reason"]
    return sent[0]["status"], sent[1]["body"].decode()


async def _page(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Frame-Options", b"ALLOW")]})
    await send({"type": "http.response.body", "body": b"the page"})


def _guard(*hosts: str, most: int = 3) -> Guard:
    return Guard(_page, frozenset(hosts), Visits({}, most))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "10.0.0.5", "0.0.0.0", "[::]"])
def test_own_names_and_the_address_that_was_dialled_pass(host: str) -> None:
    at = f"{host}:{PORT}"
    assert _answer(_guard(), host=at)[0] == 200
    assert _answer(_guard(), host=host)[0] == 200
    assert _answer(_guard(), "websocket", SOCKET, host=at, origin=f"http://{at}")[0] == 101


@pytest.mark.parametrize(
    "host",
    ["example.org", f"example.org:{PORT}", "10.0.0.6", "localhost.example.org", "127.0.0.1.nip.io", "", "a b", "["],
)
def test_a_foreign_host_is_refused_in_a_sentence_unless_the_user_names_it(host: str) -> None:
    status, body = _answer(_guard(), host=host)
    assert status == 400 and HOSTS in body
    assert _answer(_guard(), "websocket", SOCKET, host=host, origin=f"http://{host}")[0] == 403
    if host.startswith("example.org"):
        assert _answer(_guard("example.org"), host=host)[0] == 200


def test_a_request_without_host_is_refused() -> None:
    assert _answer(_guard())[0] == 400


@pytest.mark.parametrize(
    "origin",
    [
        "http://example.org",
        "null",
        "",
        f"http://localhost:{PORT + 1}",
        "http://localhost",
        f"http://127.0.0.1:{PORT}",
        f"file://localhost:{PORT}",
        f"http://user@localhost:{PORT}",
        f"http://localhost:{PORT}/",
    ],
)
def test_a_page_of_another_origin_may_neither_ask_nor_connect(origin: str) -> None:
    at = f"localhost:{PORT}"
    assert _answer(_guard(), host=at, origin=origin)[0] == 403
    assert _answer(_guard(), "websocket", SOCKET, host=at, origin=origin)[0] == 403


def test_a_connection_without_origin_is_refused() -> None:
    assert _answer(_guard(), "websocket", SOCKET, host="localhost")[0] == 403


def test_behind_a_proxy_the_named_host_may_ask_whatever_name_the_proxy_uses() -> None:
    guard = _guard("model.example.org")
    for host in ("model.example.org", f"127.0.0.1:{PORT}"):
        assert _answer(guard, "websocket", SOCKET, host=host, origin="https://model.example.org")[0] == 101
    assert _answer(guard, "websocket", SOCKET, host="localhost", origin="https://other.example.org")[0] == 403


def test_hosts_and_visits_that_cannot_be_meant_are_refused_in_a_sentence() -> None:
    assert named_hosts(" Model.Example.org, [::2]:80 ,") == {"model.example.org", "[::2]:80"}
    for text in ("http://example.org", "a b", "*", "example.org:port"):
        with pytest.raises(GuardError, match="a host is written as"):
            named_hosts(text)
    assert allowed_visits("7") == 7 and allowed_visits("") > 1
    for text in ("0", "-1", "many", "1e3", "１２"):
        with pytest.raises(GuardError, match="must be a whole number from 1"):
            allowed_visits(text)


class _Context:
    """What the framework holds of a visit, as far as it is asked to end it."""

    def __init__(self, visits: dict[str, Any], key: str) -> None:
        self.visits, self.key, self.session_id = visits, key, f"browser of the {key}"

    def close(self) -> None:
        del self.visits[self.key]


def test_a_full_server_ends_what_is_idle_and_else_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "PATIENCE", 0.2)
    contexts: dict[str, Any] = {}
    visits = Visits(contexts, 2)
    guard = Guard(_page, frozenset(), visits)
    for key in ("first", "second"):
        contexts[key] = _Context(contexts, key)
        visits.heard(key)
    with visits.connected("first"), visits.connected("second"):
        status, body = _answer(guard, host="localhost")
        assert status == 503 and "taken (2 at once)" in body
        assert _answer(guard, "websocket", SOCKET, host="localhost", origin="http://localhost")[0] == 403
        known = SOCKET.replace("mine", "first")
        assert _answer(guard, "websocket", known, host="localhost", origin="http://localhost")[0] == 101
        assert _answer(guard, host="localhost", cookie="a=b; solara-session-id=browser of the first")[0] == 200
        visits._heard["first"] = time.monotonic() - 2 * IDLE_SECONDS
        assert _answer(guard, host="localhost")[0] == 200
        assert set(contexts) == {"second"}
    contexts["third"] = _Context(contexts, "third")
    with visits.connected("third"):  # the second's tab is gone
        assert _answer(guard, host="localhost")[0] == 200
    assert set(contexts) == {"third"}


def test_visits_that_are_only_about_to_begin_count() -> None:
    guard = _guard(most=1)
    with guard.visits.connected("about to begin"):
        assert _answer(guard, host="localhost")[0] == 503


def _asked(server: Server, path: str = "/", **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, {key.lower(): value for key, value in response.getheaders()}, response.read().decode()
    finally:
        connection.close()


@pytest.mark.slow
def test_the_server_answers_its_own_pages_alone_and_tells_browsers_to_keep_to_it(server: Server) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    status, headers, _ = _asked(server)
    assert status == 200
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
    assert _asked(server, Host="example.org")[0] == 400
    assert _asked(server, "/readyz", Origin="http://example.org")[0] == 403
    at = f"ws://127.0.0.1:{server.port}/jupyter/api/kernels/guest/channels?session_id=guest"
    for origin in ("http://example.org", None, f"http://127.0.0.1:{server.port + 1}"):
        with pytest.raises(InvalidStatus) as refused:
            connect(at, origin=origin).close()  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403


@pytest.mark.slow
def test_a_message_too_large_ends_the_connection_that_sent_it(server: Server) -> None:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    own: Any = f"http://127.0.0.1:{server.port}"
    at = f"ws://127.0.0.1:{server.port}/jupyter/api/kernels/large/channels?session_id=large"
    with connect(at, origin=own) as connection:
        connection.send(json.dumps({"header": {"msg_type": "x" * LARGEST_MESSAGE}, "channel": "shell"}))
        with pytest.raises(ConnectionClosed):
            while True:
                connection.recv(timeout=60)
    assert _asked(server, "/readyz")[0] == 200


@pytest.fixture
def small_server() -> Iterator[Server]:
    running = Server(**{VISITS: "1"})
    try:
        running.wait()
        yield running
    finally:
        running.close()


@pytest.mark.slow
def test_a_visitor_too_many_is_told_so_and_comes_in_when_another_leaves(browser: Any, small_server: Server) -> None:
    first, second = (Visit(browser, small_server.url) for _ in range(2))
    first.open("?scenario=two-country&months=1")
    second.page.goto(second.url)
    assert "Every place at this page is taken (1 at once)" in second.page.locator("p").inner_text()
    assert second.wrong and all("503" in wrong for wrong in second.wrong)
    second.wrong.clear()
    first.button("Step").click()
    first.month("February 2026")
    first.page.reload()  # which asks for the page before it gives up its own place
    first.button("Step").wait_for(timeout=60_000)
    first.close()
    while second.page.goto(second.url).status == 503:  # until the server has heard that the first is gone
        second.page.wait_for_timeout(200)
    second.wrong.clear()
    second.open("?scenario=two-country&months=1")
    second.close()


@pytest.mark.slow
def test_a_setting_of_the_guard_that_cannot_be_meant_ends_the_start_in_a_sentence() -> None:
    started = Server(**{HOSTS: "http://example.org"})
    ended = threading.Thread(target=started.process.wait, daemon=True)
    ended.start()
    ended.join(120)
    said = started.said()
    started.close()
    assert "but a host is written as a name" in said and "Traceback" not in said, said
    assert started.process.returncode == 2
