"""The page as a whole: Mesa's controls of a model, the headline, the views, and our own controls beside them."""

from __future__ import annotations

from pathlib import Path

import solara
from mesa.visualization.solara_viz import ModelController
from mesa.visualization.utils import update_counter

from abm.page.desk import Desk, use_desk
from abm.page.figures import DOTS
from abm.page.memory import release
from abm.page.panel import Panel
from abm.page.presets import COURTS, presets
from abm.page.settings import OPENING_MONTHS, Settings, from_query, to_query
from abm.page.takeaway import TakeAway
from abm.page.views import Headline, Views, named
from abm.page.widgets import Window

__all__ = ["Page"]

STYLE = Path(__file__).with_name("page.css")
NARROW = 7.0  # inches of pictures, below which the controls fold away
# name: milliseconds between pictures, months a picture
SPEEDS = {"slow": (500, 1), "a month a picture": (40, 1), "a year a picture": (40, 12)}
USUAL = "a month a picture"


@solara.component
def Page() -> None:
    """Show the page, set as the link says that opened it."""
    router = solara.use_router()
    settings, months, problem = solara.use_memo(lambda: _opening(router.search or ""), [])
    desk = use_desk(settings, months, problem)
    solara.Style(STYLE)
    solara.Title("Brain gain: see a country decide")
    with solara.Div(classes=["page"]):
        with solara.Div(classes=["page-top"]):
            solara.v.Html(tag="h1", children=["See a country decide"])
            lead = (
                "Graduates weigh pay, work and rule of law at home and abroad, month by month: twice, with the same "
                "luck, without a reform and with it. Choose a reform; the difference is its effect."
            )
            solara.v.Html(tag="p", class_="page-about", children=[lead])
            Controls(desk)
            Headline(desk)
        with solara.Div(classes=["page-side"]):
            Side(desk)
        with solara.Div(classes=["page-views"]):
            Views(desk)
            solara.v.Html(tag="h2", children=["Take it with you"])
            TakeAway(desk)
            limits = (
                "One run of luck of an uncalibrated model: a sketch, not a forecast. Other seeds give other numbers; "
                "the project's experiments give intervals, and docs/model.md says what the model cannot know."
            )
            solara.v.Html(tag="p", class_="page-note", children=[limits])
        Address(desk)


def _opening(query: str) -> tuple[Settings, int, str]:
    """Return what a link says, and without one the first programme, so that there is an effect to look at."""
    if query:
        return from_query(query)
    settings = Settings()
    return settings.with_plan(presets()[COURTS].plan(settings.world)), OPENING_MONTHS, ""


@solara.component
def Controls(desk: Desk) -> None:
    """Show Mesa's reset, play and step, the speed, and how far the runs are."""
    speed, threads = solara.use_reactive(USUAL), solara.use_reactive(False)
    interval, months = solara.use_reactive(SPEEDS[USUAL][0]), solara.use_reactive(SPEEDS[USUAL][1])

    solara.use_effect(release, [desk.model.value])

    def pace(name: str) -> None:
        speed.set(name)
        interval.set(SPEEDS[name][0])
        months.set(SPEEDS[name][1])

    with solara.Div(classes=["page-controls"]):
        # a new scenario begins with Mesa's controls as new: those of a run that has ended stay switched off
        ModelController(
            desk.model,
            model_parameters=desk.parameters,
            play_interval=interval,
            render_interval=months,
            use_threads=threads,
        ).key(f"world {desk.worlds.value}")
        solara.Select(
            label="Speed", value=speed.value, values=list(SPEEDS), on_value=pace, dense=True, classes=["page-speed"]
        )
        Progress(desk)


@solara.component
def Progress(desk: Desk) -> None:
    """Show the month, and let the rest be run at once, with its progress and a way to stop."""
    update_counter.get()
    pair = desk.model.value.pair
    until = f"{named(pair.world.start)} to {named(pair.latest)}" if pair.months else f"before {named(pair.world.start)}"
    ended = ": the end. Reset begins again." if pair.finished else ""
    with solara.Div(classes=["page-now"]):
        if desk.work.value is not None:
            solara.Button("Stop", color="warning", on_click=desk.stop)
            solara.v.ProgressLinear(value=100.0 * desk.progress.value, class_="page-progress")
        elif not pair.finished:
            solara.Button("Run to the end", outlined=True, on_click=desk.run_to_the_end)
        solara.v.Html(tag="div", class_="page-month", attributes={"aria-live": "polite"}, children=[until + ended])


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
def Address(desk: Desk) -> None:
    """Keep the browser's address in step with the settings, and learn how wide the pictures may be."""
    update_counter.get()

    def measured(pixels: float) -> None:
        width = round(min(max(float(pixels), 300.0), 1400.0) / DOTS, 1)
        if abs(width - desk.width.value) > 0.15:
            desk.width.set(width)

    Window(query=to_query(desk.applied.value, desk.model.value.pair.months), event_measured=measured)
