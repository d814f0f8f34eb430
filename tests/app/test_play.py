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
# within the browser, so that nothing but the page itself is waited for
PRESS = """async ({presses, patience}) => {
  const month = () => document.querySelector(".page-month").innerText;
  const button = (name) => document.querySelector(`button[aria-label="${name}"]:not([disabled])`);
  const until = async (what, found) => {
    const began = performance.now();
    for (let it = found(); ; it = found()) {
      if (it) return it;
      if (performance.now() - began > patience) throw new Error(what + " at " + month());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const seconds = [];
  for (let press = 1; press <= presses; press++) {
    const shown = month(), began = performance.now();
    (await until("press " + press + ": no play", () => button("Play"))).click();
    await until("press " + press + ": no new month", () => month() !== shown);
    const seen = performance.now();
    (await until("press " + press + ": no pause", () => button("Pause"))).click();
    await until("press " + press + ": no answer to pause", () => button("Play"));
    seconds.push([seen - began, performance.now() - seen].map((time) => Math.round(time) / 1000));
  }
  return seconds;
}"""


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
    visit.open("?scenario=kazakhstan&seed=1&months=12&JudicialReform.start=2026-01", 3 * PATIENCE)
    assert len(visit.page.evaluate(PRESS, {"presses": PRESSES, "patience": PATIENCE})) == PRESSES
    visit.close()
