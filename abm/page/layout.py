"""The page as a whole: what plays the runs, the headline, the views, and the controls beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import solara

from abm.page.answer import AnswerFirst, Limits, use_pairs
from abm.page.controls import USUAL, Controls, use_player
from abm.page.desk import Desk, use_desk
from abm.page.figures import DOTS
from abm.page.panel import Panel
from abm.page.player import Player
from abm.page.presets import COURTS, presets
from abm.page.settings import OPENING_MONTHS, Settings, from_query, to_query
from abm.page.takeaway import TakeAway
from abm.page.views import Headline, Views
from abm.page.widgets import Window

__all__ = ["Page"]

STYLE = Path(__file__).with_name("page.css")
NARROW = 7.0  # inches of pictures, below which the controls fold away


@solara.component
def Page() -> None:
    """Show the page, set as the link says that opened it."""
    router = solara.use_router()
    settings, months, problem = solara.use_memo(lambda: _opening(router.search or ""), [])
    desk = use_desk(settings, months, problem)
    speed = solara.use_reactive(USUAL)
    player = use_player(desk, speed)
    use_pairs(desk)
    solara.Style(STYLE)
    solara.Title("Brain gain: see a country decide")
    with solara.Div(classes=["page"]):
        with solara.Div(classes=["page-top"]):
            solara.v.Html(tag="h1", children=["See a country decide"])
            AnswerFirst(desk)
            lead = (
                "Graduates weigh pay, work and rule of law at home and abroad, month by month: twice, with the same "
                "luck, without a reform and with it. Choose a reform; the difference is its effect."
            )
            solara.v.Html(tag="p", class_="page-about", children=[lead])
            Controls(desk, player, speed)
            Headline(desk)
        with solara.Div(classes=["page-side"]):
            Side(desk)
        with solara.Div(classes=["page-views"]):
            Views(desk)
            solara.v.Html(tag="h2", children=["Take it with you"])
            TakeAway(desk)
            Limits(desk)
        Address(desk, player)


def _opening(query: str) -> tuple[Settings, int, str]:
    """Return what a link says, and without one the first programme, so that there is an effect to look at."""
    if query:
        return from_query(query)
    settings = Settings()
    return settings.with_plan(presets()[COURTS].plan(settings.world)), OPENING_MONTHS, ""


@solara.component
def Side(desk: Desk) -> None:
    """Show our controls; on a narrow screen they are folded until asked for."""
    opened, set_opened = solara.use_state(False)
    if desk.width.value < NARROW:
        word = "Hide the settings" if opened else "Change country, reforms and luck"
        solara.Button(word, outlined=True, block=True, on_click=lambda: set_opened(not opened))
        if not opened:
            return
    Panel(desk)


@solara.component
def Address(desk: Desk, player: Player) -> None:
    """Keep the browser's address in step with the settings, and learn what the browser shows and how wide it is."""
    shown = desk.shown.get()

    def measured(pixels: Any) -> None:
        width = round(min(max(float(pixels), 300.0), 1400.0) / DOTS, 1)
        if abs(width - desk.width.value) > 0.15:
            desk.width.set(width)

    Window(
        query=to_query(desk.applied.value, desk.model.value.pair.months),
        shown=shown,
        event_measured=measured,
        event_seen=player.seen,
    )
