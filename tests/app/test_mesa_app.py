"""The ordinary Mesa page in a real browser: started by its command, stepped, reset with another slider, and drawn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from app.conftest import ROOT, Server, Visit

pytestmark = pytest.mark.slow


class MesaServer(Server):
    """The server of Mesa's page, as its command starts it."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "experiments", "app", "--mesa", "--no-open", "--port", str(self.port)]
        environment = {key: value for key, value in os.environ.items() if key != "HOST"}
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self.log, stderr=self.log)
        self.url = f"http://127.0.0.1:{self.port}/"


@pytest.fixture(scope="module")
def mesa_server() -> Iterator[Server]:
    running = MesaServer()
    try:
        running.wait()
        yield running
    finally:
        running.close()


@pytest.fixture
def mesa_visit(browser: Any, mesa_server: Server) -> Iterator[Visit]:
    tab = Visit(browser, mesa_server.url, width=1500, height=1000)
    tab.page.goto(tab.url, wait_until="domcontentloaded")
    tab.button("Step").wait_for(timeout=60_000)
    tab.page.locator(DRAWN).nth(3).wait_for(timeout=60_000)
    yield tab
    tab.close()


DRAWN = "img[src^='data:image']"


def _at(visit: Visit, step: int) -> None:
    """Wait until Mesa says that so many months are run; its versions count in words of their own."""
    visit.page.wait_for_function(
        "step => new RegExp('(Step: ' + step + '|Time: ' + step + '.0)(?![0-9])').test(document.body.innerText)",
        arg=step,
        timeout=60_000,
    )


def _pictures(visit: Visit) -> list[str]:
    return [str(picture.get_attribute("src")) for picture in visit.page.locator(DRAWN).all()]


def test_a_step_draws_the_network_and_three_plots_anew(mesa_visit: Visit) -> None:
    before = _pictures(mesa_visit)
    assert len(before) == 4  # the sample of graduates, and three plots
    mesa_visit.button("Step").click()
    _at(mesa_visit, 1)
    mesa_visit.page.wait_for_function(
        "([drawn, before]) => [...document.querySelectorAll(drawn)].slice(1).every((p, k) => p.src !== before[k + 1])",
        arg=[DRAWN, before],
        timeout=60_000,
    )
    for picture in mesa_visit.page.locator(DRAWN).all():
        box = picture.bounding_box()
        assert box is not None and box["width"] > 300 and box["height"] > 200


def test_a_slider_takes_effect_with_reset(mesa_visit: Visit) -> None:
    luck = mesa_visit.page.get_by_role("slider").nth(2)  # after Mesa's own two
    before = _pictures(mesa_visit)[0]
    luck.focus()
    luck.press("ArrowRight")
    mesa_visit.page.wait_for_timeout(500)
    assert _pictures(mesa_visit)[0] == before
    mesa_visit.button("Reset").click()
    mesa_visit.page.wait_for_function(
        "([drawn, before]) => document.querySelector(drawn).src !== before", arg=[DRAWN, before], timeout=60_000
    )
    _at(mesa_visit, 0)


def test_playing_goes_on_until_it_is_paused(mesa_visit: Visit) -> None:
    mesa_visit.button("▶").click()
    mesa_visit.page.wait_for_function(
        "() => Number(/(Step|Time): ([0-9]+)/.exec(document.body.innerText)[2]) >= 3", timeout=60_000
    )
    mesa_visit.button("❚❚").click()
    mesa_visit.button("▶").wait_for(timeout=60_000)
    assert mesa_visit.page.get_by_text("error in step").count() == 0
