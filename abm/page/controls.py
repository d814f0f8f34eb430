"""Reset, play, step and speed, how far the runs are, and the rest of them at once."""

from __future__ import annotations

import threading

import solara

from abm.months import month_name
from abm.page.desk import Desk
from abm.page.memory import release
from abm.page.player import Player
from abm.page.views import draw_ahead, named

__all__ = ["USUAL", "Controls", "use_player"]

# name: seconds between pictures, months a picture
SPEEDS = {"slow": (0.5, 1), "a month a picture": (0.04, 1), "a year a picture": (0.04, 12)}
USUAL = "a month a picture"


def use_player(desk: Desk, speed: solara.Reactive[str]) -> Player:
    """Return this visit's player; another world, or the end of the visit, ends its playing."""

    def show_next(halt: threading.Event) -> int | None:
        if desk.model.value.pair.finished:
            return None
        _run(desk, speed.value, halt)
        if not halt.is_set():
            draw_ahead(desk)
        return desk.show()

    player = solara.use_memo(lambda: Player(show_next, lambda: SPEEDS[speed.value][0]), [])
    solara.use_effect(lambda: player.halt, [])
    solara.use_effect(player.pause, [desk.applied.value.world])
    return player


def _run(desk: Desk, speed: str, halt: threading.Event | None = None) -> None:
    """Run as many months as one picture goes on by; not more of them once halted."""
    for _ in range(SPEEDS[speed][1]):
        desk.model.value.step()
        if halt is not None and halt.is_set():
            return


@solara.component
def Controls(desk: Desk, player: Player, speed: solara.Reactive[str]) -> None:
    """Show reset, play and step, the speed, and how far the runs are."""
    solara.use_effect(release, [desk.model.value])
    desk.shown.get()
    playing, finished = player.playing.value, desk.model.value.pair.finished

    def step() -> None:
        _run(desk, speed.value)
        desk.show()

    def reset() -> None:
        player.pause()
        desk.reset()

    with solara.Div(classes=["page-controls"]):
        with solara.Row(justify="space-between"):
            solara.Button("Reset", color="primary", on_click=reset)
            solara.Button(
                "❚❚" if playing else "▶",
                color="primary",
                on_click=player.pause if playing else player.play,
                disabled=finished and not playing,
                attributes={"aria-label": "Pause" if playing else "Play"},
            )
            solara.Button("Step", color="primary", on_click=step, disabled=playing or finished)
        solara.Select(
            label="Speed",
            value=speed.value,
            values=list(SPEEDS),
            on_value=speed.set,
            dense=True,
            classes=["page-speed"],
        )
        Progress(desk)


@solara.component
def Progress(desk: Desk) -> None:
    """Show the month, and let the rest be run at once, with its progress and a way to stop."""
    desk.shown.get()
    pair = desk.model.value.pair
    first = named(month_name(pair.first_month))
    until = f"{first} to {named(pair.latest)}" if pair.months else f"before {first}"
    ended = ": the end. Reset begins again." if pair.finished else ""
    with solara.Div(classes=["page-now"]):
        if desk.busy:
            solara.Button("Stop", color="warning", on_click=desk.stop)
            solara.v.ProgressLinear(value=100.0 * desk.progress.value, class_="page-progress")
        elif not pair.finished:
            solara.Button("Run to the end", outlined=True, on_click=desk.run_to_the_end)
        solara.v.Html(tag="div", class_="page-month", attributes={"aria-live": "polite"}, children=[until + ended])
