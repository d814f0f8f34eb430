"""The ordinary Mesa page in a real browser: started by its command, stepped, reset with another slider, and drawn."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from app.conftest import ROOT, Server, Visit

pytestmark = pytest.mark.slow


HEEDING = """import signal, sys
from experiments.__main__ import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
"""


class MesaServer(Server):
    """The server of Mesa's page, as its command starts it."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = ["app", "--mesa", "--no-open", "--port", str(self.port)]
        environment = {key: value for key, value in os.environ.items() if key != "HOST"}
        self.log = tempfile.TemporaryFile()
        # started in the background, as `nohup make test &` is, a process would ignore Ctrl-C
        self.process = subprocess.Popen(
            [sys.executable, "-c", HEEDING, *command], cwd=ROOT, env=environment, stdout=self.log, stderr=self.log
        )
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


DRAWN = "img[src^='blob:']"


def _at(visit: Visit, step: int) -> None:
    """Wait until Mesa says that so many months are run; its versions count in words of their own."""
    visit.page.wait_for_function(
        "step => new RegExp('(Step: ' + step + '|Time: ' + step + '.0)(?![0-9])').test(document.body.innerText)",
        arg=step,
        timeout=60_000,
    )


# what is in the pictures: an address changes with every drawing, also of the same
CONTENTS = f"""() => [...document.querySelectorAll({DRAWN!r})].map(picture => {{
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
    canvas.getContext('2d').drawImage(picture, 0, 0);
    return canvas.toDataURL();
}})"""


def _pictures(visit: Visit) -> list[str]:
    return list(visit.page.evaluate(CONTENTS))


def _redrawn(visit: Visit, before: list[str], first: int) -> None:
    """Wait until every picture from the first of these on shows something else."""
    for _ in range(300):
        now = _pictures(visit)
        if len(now) == len(before) and all(new != old for new, old in list(zip(now, before, strict=True))[first:]):
            return
        visit.page.wait_for_timeout(200)
    pytest.fail("the pictures stay as they were")


def test_a_step_draws_the_network_and_three_plots_anew(mesa_visit: Visit) -> None:
    before = _pictures(mesa_visit)
    assert len(before) == 4  # the sample of graduates, and three plots
    mesa_visit.button("Step").click()
    _at(mesa_visit, 1)
    _redrawn(mesa_visit, before, first=1)
    for picture in mesa_visit.page.locator(DRAWN).all():
        box = picture.bounding_box()
        assert box is not None and box["width"] > 300 and box["height"] > 200


def test_a_slider_takes_effect_with_reset(mesa_visit: Visit) -> None:
    luck = mesa_visit.page.get_by_role("slider").nth(2)  # after Mesa's own two
    before = _pictures(mesa_visit)
    luck.focus()
    luck.press("ArrowRight")
    mesa_visit.page.wait_for_timeout(1000)
    assert _pictures(mesa_visit) == before
    mesa_visit.button("Reset").click()
    _redrawn(
        mesa_visit, before[:1] + [""] * 3, first=0
    )  # other luck, other graduates; the plots are as empty as before
    _at(mesa_visit, 0)


def test_playing_goes_on_until_it_is_paused(mesa_visit: Visit) -> None:
    mesa_visit.button("▶").click()
    mesa_visit.page.wait_for_function(
        "() => Number(/(Step|Time): ([0-9]+)/.exec(document.body.innerText)[2]) >= 3", timeout=60_000
    )
    mesa_visit.button("❚❚").click()
    mesa_visit.button("▶").wait_for(timeout=60_000)
    assert mesa_visit.page.get_by_text("error in step").count() == 0


def test_ctrl_c_closes_the_page_with_one_line() -> None:
    server = MesaServer()
    try:
        server.wait()
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(60) == 130
        assert server.said().endswith("The page is closed.\n") and "Traceback" not in server.said()
    finally:
        server.close()
