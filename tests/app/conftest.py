"""What tests of the page share: the page in plain Python, and a server with a real browser in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Server:
    """The page's own server, as a user starts it, with what the environment says; and how much memory it holds."""

    def __init__(self, **said: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "solara", "run", "abm/app.py", "--host", "127.0.0.1", "--production"]
        command += ["--no-check-version", "--no-open", "--port", str(self.port)]
        environment = {key: value for key, value in os.environ.items() if key != "HOST"} | said
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self.log, stderr=self.log)
        self.url = f"http://127.0.0.1:{self.port}/"

    def wait(self, seconds: float = 180.0) -> None:
        """Wait until it answers; the first time it compiles the model."""
        began = time.monotonic()
        while time.monotonic() - began < seconds and self.process.poll() is None:
            try:
                urllib.request.urlopen(self.url + "readyz", timeout=2).read()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        pytest.fail(f"the page's server did not start:\n{self.said()}")

    def said(self) -> str:
        """Return what it has printed."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def megabytes(self) -> float:
        """Return its resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024.0

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    running = Server()
    try:
        running.wait()
        yield running
    finally:
        running.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here; Debian and Ubuntu have it: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(QUIET))
        yield chromium
        chromium.close()


class Visit:
    """One tab of the browser at the page, and everything that went wrong in it."""

    def __init__(self, browser: Any, url: str, width: int = 1400, height: int = 900) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        self.page = self.context.new_page()
        self.url = url
        self.wrong: list[str] = []
        self.page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", self._note_failure)
        self.page.on("request", self._refuse_others)
        self.page.on(
            "response", lambda got: self.wrong.append(f"{got.status}: {got.url}") if got.status >= 400 else None
        )

    def _note_failure(self, request: Any) -> None:
        # the page's farewell, which nobody waits for; and what a page that is left no longer loads
        if "/_solara/api/close/" not in request.url and request.failure != "net::ERR_ABORTED":
            self.wrong.append(f"failed: {request.url}")

    def _refuse_others(self, request: Any) -> None:
        own = self.url.removeprefix("http://")
        if not request.url.startswith((f"http://{own}", f"ws://{own}", "data:", "blob:")):
            self.wrong.append(f"external: {request.url}")

    def open(self, query: str = "", patience: float = 60_000) -> float:
        """Open the page; return the seconds until it can be used."""
        began = time.monotonic()
        self.page.goto(self.url + query, wait_until="domcontentloaded")
        self.button("Step").wait_for(timeout=patience)
        self.page.locator("img.page-picture").nth(1).wait_for(timeout=patience)
        return time.monotonic() - began

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def month(self, text: str, seconds: float = 60.0) -> None:
        """Wait until the page says that it has come to a month."""
        self.page.locator(".page-month", has_text=text).wait_for(timeout=1000 * seconds)

    def played_until(self, year: int) -> None:
        """Wait until the runs have passed the end of a year; a month is seen for a moment only while they play."""
        self.page.wait_for_function(
            "year => Number(document.querySelector('.page-month').innerText.match(/\\d{4}(?!.*\\d{4})/)[0]) > year",
            arg=year,
            timeout=60_000,
        )

    def settled(self) -> tuple[str, str]:
        """Return address and gap once they no longer change: the parts of the page are brought up to date in turn."""
        shown: tuple[str, str] = ("", "")
        while shown != (shown := (self.page.url, self.gap())):
            self.page.wait_for_timeout(700)
        return shown

    def at_rest(self) -> None:
        """Wait until nothing is under way, and a second more, in which nothing may change."""
        self.button("Stop").wait_for(state="detached")
        shown = self.settled()
        self.page.wait_for_timeout(1000)
        assert (self.page.url, self.gap()) == shown

    def gap(self) -> str:
        return str(self.page.locator(".page-tile-gap").first.inner_text())

    def close(self) -> None:
        self.context.close()
        assert not self.wrong, self.wrong


@pytest.fixture
def visit(browser: Any, server: Server) -> Iterator[Visit]:
    tab = Visit(browser, server.url)
    yield tab
    tab.close()
