"""Who may speak to the page's server, how much, and what browsers are told about it.

A browser sends the address that it was given (``Host``) and the page that asks (``Origin``).  The first tells apart a
stranger's domain that was made to point to this machine, the second another page that is open in the same browser.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import sys
from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from html import escape
from typing import Any

from abm.page.visits import VISITS, GuardError, Visits, allowed_visits

__all__ = ["HOSTS", "LARGEST_MESSAGE", "Guard", "named_hosts", "stand_guard"]

HOSTS = "BRAIN_GAIN_HOSTS"  # the environment variable that names further hosts
OWN = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "::"})  # the last two: what it listens on, if asked to
LARGEST_MESSAGE = 1_000_000  # bytes of one message; the largest upload takes 270,000
PATIENCE = (
    30.0  # seconds that a connection may wait for a place, which a page that is loaded anew on a busy server takes
)
ORIGIN = re.compile(r"(https?)://([^/?#@]+)")
SESSION = re.compile(r"(?:^|;\s*)solara-session-id=([^;]+)")  # the framework's cookie
KERNEL = "/jupyter/api/kernels/"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def named_hosts(text: str) -> frozenset[str]:
    """Return the hosts of a list with commas, in small letters.

    Raises
    ------
    GuardError
        If one of them is no ``name`` or ``name:port``.
    """
    hosts = frozenset(host.strip().lower() for host in text.split(",") if host.strip())
    for host in hosts:
        if not re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", host):
            raise GuardError(
                f"{HOSTS} names '{host[:80]}', but a host is written as a name or an address, and a port if need be: "
                "model.example.org,192.168.1.5:8765"
            )
    return hosts


class Guard:
    """Middleware (ASGI) before the page's server.

    Parameters
    ----------
    app : callable
        The server's application.
    hosts : collection of str
        Hosts that may be asked for besides this machine's own; their pages may ask.
    visits : Visits
        The visits that are there.
    """

    def __init__(self, app: App, hosts: Collection[str], visits: Visits) -> None:
        self.app, self.visits = app, visits
        machine = socket.gethostname().lower()
        self.named = frozenset(hosts)
        self.hosts = OWN | {machine, f"{machine}.local"} | self.named

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on what is allowed, and answer the rest with a sentence."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        status, sentence = self._refusal(scope)
        patience = PATIENCE if scope["type"] == "websocket" else 0.0
        if not status and self._begins_visit(scope) and not await self.visits.make_room(patience):
            status, sentence = 503, self.visits.full
        if status:
            await _refuse(scope, receive, send, status, sentence)
        elif scope["type"] == "http":
            await self.app(scope, receive, _with_headers(scope, send))
        else:
            with self.visits.connected(_kernel(str(scope["path"]))):
                await self.app(scope, self._measured(scope, receive), send)

    def _refusal(self, scope: Scope) -> tuple[int, str]:
        """Return status and sentence for who may not ask; 0 for those who may."""
        host, origin = _header(scope, b"host"), _header(scope, b"origin")
        if host is None or not self._is_ours(host, scope):
            return 400, (
                f"This page is not served under the name '{(host or '')[:80]}'. If it should be, start it with that "
                f"name in the environment variable {HOSTS}."
            )
        if origin is None and scope["type"] == "http":  # a browser sends it with all that changes anything
            return 0, ""
        if origin and (_host(origin) == _full(host, scope) or self._is_named(origin.partition("//")[2])):
            return 0, ""
        return 403, (
            f"A page of '{(origin or '')[:80]}' may not speak to this one. If it should, start this one with its host "
            f"in the environment variable {HOSTS}."
        )

    def _is_ours(self, host: str, scope: Scope) -> bool:
        """Whether a host is one of this machine's names, named by the user, or the very address that was dialled."""
        name = _name(host)
        if name in self.hosts or self._is_named(host):
            return True
        try:
            return bool(scope.get("server")) and _address(name) == _address(scope["server"][0])
        except ValueError:
            return False

    def _is_named(self, host: str) -> bool:
        return host.lower() in self.named or _name(host) in self.named

    def _begins_visit(self, scope: Scope) -> bool:
        """Whether it asks for the page itself, or for a connection to a visit that is not there."""
        path = str(scope["path"])
        if scope["type"] == "websocket":
            return path.startswith(KERNEL) and not self.visits.knows(_kernel(path))
        # a page that is loaded anew asks before it leaves its old place
        again = SESSION.search(_header(scope, b"cookie") or "")
        return path == "/" and scope["method"] == "GET" and not (again and self.visits.has_browser(again[1]))

    def _measured(self, scope: Scope, receive: Receive) -> Receive:
        """Return what receives a visit's messages, notes when, and ends the connection at one too large."""
        kernel = _kernel(str(scope["path"]))

        async def measured() -> Message:
            message = await receive()
            self.visits.heard(kernel)
            if len(message.get("bytes") or message.get("text") or "") > LARGEST_MESSAGE:
                return {"type": "websocket.disconnect", "code": 1009, "reason": "the message is too large"}
            return message

        return measured


def _address(text: str) -> Any:
    """Return an address; one of the older kind that is written as one of the newer is the older."""
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def _header(scope: Scope, name: bytes) -> str | None:
    """Return a header's value; None if it is missing, and nothing that can be allowed if it stands there twice."""
    values = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return values[0] if len(values) == 1 else "" if values else None


def _name(host: str) -> str:
    """Return a host without its port: localhost:8765 is localhost, [::1]:8765 is ::1."""
    inside = re.fullmatch(r"\[([^\]]*)\](:[0-9]*)?|([^:]*)(:[0-9]*)?", host.lower())
    return "" if inside is None else inside[1] or inside[3] or ""


def _host(origin: str) -> str:
    """Return the host and port of an origin; of one that is none, nothing."""
    parts = ORIGIN.fullmatch(origin.lower())
    return _with_port(parts[2], parts[1]) if parts else ""


def _full(host: str, scope: Scope) -> str:
    """Return a host with its port."""
    return _with_port(host.lower(), str(scope.get("scheme", "http")))


def _with_port(host: str, scheme: str) -> str:
    if re.search(r":[0-9]+$", host) or not host:
        return host
    return f"{host}:{443 if scheme in ('https', 'wss') else 80}"


def _kernel(path: str) -> str:
    return path.removeprefix(KERNEL).partition("/")[0]


def _headers(host: str) -> list[tuple[bytes, bytes]]:
    """Return what browsers are told: the page loads from here alone, speaks to here alone, and stands in no frame.

    The framework compiles its templates in the browser, which takes ``unsafe-eval``, and its page has scripts within.
    """
    policy = (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws://{host} wss://{host}; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
    said = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
    }
    return [(key.encode(), value.encode("latin-1")) for key, value in said.items()]


def _with_headers(scope: Scope, send: Send) -> Send:
    """Return what sends a response with our headers."""
    ours = _headers(_header(scope, b"host") or "")

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": _merged(message.get("headers", ()), ours)}
        await send(message)

    return with_headers


def _merged(given: Iterable[Any], ours: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    names = {name for name, _ in ours}
    return [(name, value) for name, value in given if name.lower() not in names] + ours


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, sentence: str) -> None:
    """Answer with a sentence instead of the page; to a connection with the refusal of its handshake."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1013 if status == 503 else 1008, "reason": sentence[:100]})
        return
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Brain gain</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        '</head><body style="font-family: sans-serif; margin: 2em; max-width: 40em">'
        f"<h1>Not now</h1><p>{escape(sentence)}</p></body></html>"
    ).encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(page)).encode()),
        (b"cache-control", b"no-store"),
        *_headers("localhost"),
    ]
    if status == 503:
        headers.append((b"retry-after", b"120"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": page})


def stand_guard() -> None:
    """Put the guard before the framework's server, once; end the server if :data:`HOSTS` and the like make no sense."""
    from solara.server import kernel_context, starlette

    try:
        hosts, most = named_hosts(os.environ.get(HOSTS, "")), allowed_visits(os.environ.get(VISITS, ""))
    except GuardError as error:
        print(f"{error}.", file=sys.stderr, flush=True)
        os._exit(2)  # the framework would meet any other exit with a traceback of its own
    stack = starlette.app.middleware_stack or starlette.app.build_middleware_stack()
    if not isinstance(stack, Guard):
        # middleware can no longer be added: the server runs by the time at which it loads the page
        starlette.app.middleware_stack = Guard(stack, hosts, Visits(kernel_context.contexts, most))
