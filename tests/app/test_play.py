"""Playing in a real browser on a machine that has other things to do, and the loop that plays without one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from app.conftest import Server, Visit

BUSY = "import os, sys\nwhile os.getppid() == int(sys.argv[1]):\n    pass"
PRESSES = 20
PATIENCE = 30_000  # milliseconds; a page that froze never answers, one that is slow answers long before


@pytest.fixture
def starved() -> Iterator[None]:
    """Eight processes that take all the time they get, on however many processors."""
    busy = [subprocess.Popen([sys.executable, "-c", BUSY, str(os.getpid())]) for _ in range(8)]
    yield
    for process in busy:
        process.kill()
    for process in busy:
        process.wait()


@pytest.mark.slow
def test_every_press_of_play_shows_a_new_month_and_pause_answers_on_a_starved_machine(
    browser: Any, server: Server, starved: None
) -> None:
    visit = Visit(browser, server.url)
    visit.page.set_default_timeout(3 * PATIENCE)
    visit.open("?scenario=kazakhstan&seed=1&months=12&JudicialReform.start=2026-01", 3 * PATIENCE)
    for press in range(PRESSES):
        shown = visit.page.locator(".page-month").inner_text()
        visit.button("Play").click(timeout=PATIENCE)
        visit.page.wait_for_function(
            "shown => document.querySelector('.page-month').innerText !== shown", arg=shown, timeout=PATIENCE
        )
        visit.button("Pause").click(timeout=PATIENCE)
        visit.button("Play").wait_for(timeout=PATIENCE)
        assert visit.button("Step").is_enabled(), press
    visit.close()
