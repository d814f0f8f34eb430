"""The controls: country, programmes, reforms with their levers, seed; what is wrong stands beside the one concerned."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import solara

from abm.page.desk import Desk
from abm.page.levers import Lever, Sheet, sheets
from abm.page.presets import presets
from abm.page.settings import GENERAL, notes, ready
from abm.page.uploads import LARGEST_UPLOAD
from abm.page.widgets import Hint, Slider, Upload, decoded
from abm.scenario import Scenario

__all__ = ["Panel", "ReformSheet"]

OWN = "Changed by hand"
EVERYWHERE = "all of them"
TITLES = {
    "kazakhstan-2010": "Kazakhstan since 2010, calibrated",
    "kazakhstan": "Kazakhstan, a projection from 2026",
    "two-country": "Two invented countries",
    "turkey": "Turkey, a history",
    "georgia": "Georgia, a history",
    "ireland": "Ireland, a history",
}
WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
DECIMAL = re.compile(r"[+-]?([0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})([eE][+-]?[0-9]{1,3})?")
EXACT = 2.0**53  # up to which every whole number is a floating-point number
GROUPS = (
    ("Institutions", ("institutions",)),
    ("Jobs, pay and people", ("gain", "train", "circulation", "linkage")),
    ("What happens to the country", ("shock",)),
)


@solara.component
def Panel(desk: Desk) -> None:
    """Show all controls."""
    Problems(desk, (GENERAL, GENERAL))
    Worlds(desk)
    Programmes(desk)
    for title, pillars in GROUPS:
        solara.v.Html(tag="h2", class_="page-group", children=[title])
        for sheet in sheets().values():
            if sheet.pillar in pillars:
                ReformSheet(desk, sheet)
    solara.v.Html(tag="h2", class_="page-group", children=["Luck"])
    Seed(desk)


@solara.component
def Problems(desk: Desk, where: tuple[str, str]) -> None:
    """Show what is wrong with one control, if anything is."""
    sentence = desk.problems.value.get(where)
    if sentence:
        solara.v.Html(
            tag="div",
            class_="page-problem",
            attributes={"role": "alert"},
            children=[f"\N{WARNING SIGN}\N{VARIATION SELECTOR-15} {sentence}"],
        )


@solara.component
def Worlds(desk: Desk) -> None:
    """Choose the country, or bring one."""
    settings = desk.settings.value
    titles = {name: Scenario.load(name) for name in solara.use_memo(Scenario.bundled, [])}
    names = {_title(name): name for name in titles}
    shown = f"uploaded: {settings.uploaded}" if settings.uploaded else _title(settings.world.name)
    solara.Select(
        label="Country",
        value=shown,
        values=[*names, *([shown] if settings.uploaded else [])],
        on_value=lambda title: desk.choose_world(titles[names[title]]) if title in names and title != shown else None,
    )
    solara.v.Html(tag="div", class_="page-note", children=[settings.world.description])
    Problems(desk, (GENERAL, "scenario"))
    Upload(
        label=f"or a file: a scenario or reforms (.toml, up to {LARGEST_UPLOAD // 1000} kB)",
        limit=LARGEST_UPLOAD,
        event_received=lambda file: desk.receive(decoded(file)),
    )
    if desk.upload.value is not None:
        solara.v.Html(tag="div", class_="page-note", children=[f"Reading {desk.upload.value.name} ..."])
    Problems(desk, (GENERAL, "upload"))


def _title(name: str) -> str:
    return TITLES.get(name, name)


@solara.component
def Programmes(desk: Desk) -> None:
    """Start from a programme."""
    settings, known = desk.settings.value, presets()
    plan, problems = ready(settings)
    same = (name for name, preset in known.items() if set(preset.plan(settings.world)) == set(plan))
    now = OWN if problems else next(same, OWN)

    def choose(name: str) -> None:
        if name in known and name != now:
            fresh = desk.settings.value.with_plan(known[name].plan(desk.settings.value.world))
            desk.change(fresh)

    solara.Select(
        label="Start from a programme", value=now, values=[*known, *([OWN] if now == OWN else [])], on_value=choose
    )
    about = known[now].about if now in known else "The switches below say what is in force."
    solara.v.Html(tag="div", class_="page-note", children=[about])


@solara.component
def ReformSheet(desk: Desk, sheet: Sheet) -> None:
    """Show one reform: a switch, and its levers while it is on."""
    on = sheet.reform in desk.settings.value.on
    timing, set_timing = solara.use_state(False)
    with solara.Column(gap="0px", classes=["page-sheet", "page-sheet-on"] if on else ["page-sheet"]):
        with solara.Tooltip(sheet.about):
            solara.Switch(
                label=sheet.title,
                value=on,
                on_value=lambda value: desk.change(desk.settings.value.switched(sheet.reform, value)),
            )
        if on:
            for lever in sheet.levers:
                LeverControl(desk, sheet, lever)
            solara.Button(
                "Timing and delivery "
                + ("\N{BLACK UP-POINTING TRIANGLE}" if timing else "\N{BLACK DOWN-POINTING TRIANGLE}"),
                text=True,
                classes=["page-more"],
                on_click=lambda: set_timing(not timing),
            )
            if timing or any((sheet.reform, lever.name) in desk.problems.value for lever in sheet.timing):
                for lever in sheet.timing:
                    LeverControl(desk, sheet, lever)
        Problems(desk, (sheet.reform, GENERAL))
        if on and (note := notes(desk.settings.value).get(sheet.reform)):
            solara.v.Html(tag="div", class_="page-note", attributes={"role": "status"}, children=[note])


@solara.component
def LeverControl(desk: Desk, sheet: Sheet, lever: Lever) -> None:
    """Show one lever: a slider, a switch, a choice or a field."""
    value = desk.settings.value.value(sheet.reform, lever.name)

    def change(new: Any) -> None:
        if new != desk.settings.value.value(sheet.reform, lever.name):
            desk.change(desk.settings.value.with_value(sheet.reform, lever.name, new))

    with solara.Column(gap="0px", classes=["page-lever"]):
        if lever.kind == "yes or no":
            solara.Checkbox(label=lever.label, value=bool(value), on_value=change)
        elif lever.name == "destination":
            Destination(desk, value, change)
        elif lever.slides:
            Hint(f"{lever.label}: {_shown(value)} {lever.unit}".rstrip(), lever.about)
            _slider(lever, value, change)
        else:
            Field(lever, value, change)
        Problems(desk, (sheet.reform, lever.name))


def _slider(lever: Lever, value: Any, change: Any) -> None:
    """Show a slider that spans the value too where somebody brought one from beyond."""
    number = float(value)
    low, high = min(lever.low, number), max(lever.high, number)

    def moved(position: Any) -> None:
        if isinstance(position, (int, float)) and math.isfinite(position):
            change(lever.nearest(float(position), low, high))

    Slider(label=lever.label, value=number, low=low, high=high, step=lever.step, unit=lever.unit, event_moved=moved)


@solara.component
def Destination(desk: Desk, value: str, change: Any) -> None:
    """Choose one of the destinations, or all of them."""
    names = {destination.name: key for key, destination in desk.settings.value.world.destinations}
    shown = next((name for name, key in names.items() if key == value), EVERYWHERE if not value else value)
    solara.Select(
        label="which country",
        value=shown,
        values=[EVERYWHERE, *names, *([shown] if shown not in names and shown != EVERYWHERE else [])],
        on_value=lambda name: change(names.get(name, "" if name == EVERYWHERE else name)),
        dense=True,
    )


@solara.component
def Field(lever: Lever, value: Any, change: Any) -> None:
    """Type a month, a text, or a number that may be left out."""

    def read(text: str) -> None:
        text = text.strip()
        change(None if not text and lever.optional else _number(text) if lever.kind in ("number", "whole") else text)

    hint = "YYYY-MM" if lever.kind == "month" else lever.unit
    left_out = (
        ", empty: as it is"
        if lever.optional and lever.kind != "month"
        else ", empty: for good"
        if lever.optional
        else ""
    )
    with solara.Tooltip(lever.about):
        solara.InputText(
            f"{lever.label} ({hint}{left_out})", value="" if value is None else _shown(value), on_value=read
        )


def _number(text: str) -> Any:
    """Return a number, or the text itself, of which the reform says what it should be.

    Only what is written as numbers are here counts (12, 0.5, 1e-6),
    neither 1_000 nor 0,5 nor nan nor digits of other alphabets.
    """
    if WHOLE.fullmatch(text):
        return int(text)
    number = float(text) if DECIMAL.fullmatch(text) else math.nan
    if not math.isfinite(number):
        return text
    return int(number) if number == int(number) else number


def _shown(value: Any) -> str:
    """Return a value to its last digit, so that reading it again gives the same."""
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < EXACT else repr(value)
    return str(value)


@solara.component
def Seed(desk: Desk) -> None:
    """Choose the luck that both runs share."""

    def read(text: str) -> None:
        number = _number(text.strip())
        if not isinstance(number, int):
            desk.problems.set({(GENERAL, "seed"): f"The seed is '{text[:30]}', but must be a whole number."})
        elif number != desk.settings.value.seed:
            desk.change(dataclasses.replace(desk.settings.value, seed=number))

    about = "Both runs meet the same luck, so that the gap between them is the reform's. Another seed is another luck."
    with solara.Tooltip(about):
        solara.InputText("seed (whole number)", value=str(desk.settings.value.seed), on_value=read)
    Problems(desk, (GENERAL, "seed"))
