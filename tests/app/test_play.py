"""Playing in a real browser on a machine that has other things to do, and the loop that plays without one."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from app.conftest import Server, Visit

pytest.importorskip("solara", reason="the page needs the extra viz: pip install 'brain-gain[viz]'")

from abm.page import player as players  # noqa: E402
from abm.page.player import SILENCES, Player  # noqa: E402

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


class Film:
    """Pictures to play, and what was shown of them."""

    def __init__(self, pictures: int) -> None:
        self.pictures, self.shown, self.more = pictures, [], threading.Condition()  # type: ignore[var-annotated]

    def show_next(self, halt: threading.Event) -> int | None:
        if len(self.shown) == self.pictures:
            return None
        with self.more:
            self.shown.append(len(self.shown) + 1)
            self.more.notify_all()
        return len(self.shown)

    def wait_for(self, what: Callable[[], bool]) -> bool:
        with self.more:
            return self.more.wait_for(what, 60)


def _ended(player: Player) -> None:
    """Wait until nothing plays: the thread that does has its turn until then."""
    while player.playing.value:
        assert player._turn.acquire(timeout=60)
        player._turn.release()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players, "PATIENCE", 60.0)


def test_no_picture_is_shown_before_the_one_before_was_seen(patient: None) -> None:
    film = Film(5)
    player = Player(film.show_next, lambda: 0.0)
    player.play()
    for number in range(1, 6):
        assert film.wait_for(lambda number=number: len(film.shown) >= number)
        assert film.shown == list(range(1, number + 1))
        player.seen(number)
    _ended(player)
    assert film.shown == [1, 2, 3, 4, 5]


def test_pause_answers_at_once_while_an_answer_is_waited_for_and_play_goes_on_from_there(patient: None) -> None:
    film = Film(9)
    player = Player(film.show_next, lambda: 0.0)
    for number in range(1, 4):
        player.play()
        player.play()  # a second press changes nothing
        assert film.wait_for(lambda number=number: len(film.shown) == number)
        player.pause()
        assert not player.playing.value
        assert player._turn.acquire(timeout=30)  # the thread has ended, long before its patience has
        player._turn.release()
    assert film.shown == [1, 2, 3]


def test_playing_stops_when_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players, "PATIENCE", 0.001)
    film = Film(100)
    player = Player(film.show_next, lambda: 0.0)
    player.play()
    _ended(player)
    assert len(film.shown) == SILENCES


def test_playing_that_fails_is_over_and_can_begin_again() -> None:
    def broken(halt: threading.Event) -> int | None:
        raise ZeroDivisionError

    failed: queue.SimpleQueue[Any] = queue.SimpleQueue()
    told, threading.excepthook = threading.excepthook, failed.put
    try:
        player = Player(broken, lambda: 0.0)
        for _ in range(2):
            player.play()
            assert failed.get(timeout=60).exc_type is ZeroDivisionError
            assert not player.playing.value
    finally:
        threading.excepthook = told
