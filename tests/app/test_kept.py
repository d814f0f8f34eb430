"""Nothing but a visitor's own hand changes a setting: each stays to its last digit, in a real browser, at rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from app.conftest import Visit

from abm.page.pair import Pair, series_csv
from abm.page.presets import NOTHING, presets
from abm.page.settings import Settings, from_query, ready, to_query
from abm.reforms import dumps, loads
from experiments.__main__ import main

pytestmark = pytest.mark.slow
MONTHS = 6
START = f"?scenario=kazakhstan&seed=7&months={MONTHS}"
# values off every step of a slider, and beyond its span
LINKS = {
    "off the steps": "&MeritReform.start=2026-01&MeritReform.target=0.333",
    "a third": "&PublicSalaryParity.start=2026-02&PublicSalaryParity.target=0.3333333333333333",
    "tiny": "&ReturnIncentive.start=2026-01&ReturnIncentive.cost_reduction=1e-6&ReturnIncentive.offers=1.000001",
    "beyond the span": "&ReturnIncentive.start=2026-01&ReturnIncentive.cost_reduction=7.77&JudicialReform.start=2026-01"
    "&JudicialReform.target=2.4321&JudicialReform.speed=0.0333",
    "timing": "&MeritReform.start=2026-01&MeritReform.ramp_months=7&MeritReform.fidelity=0.987654321"
    "&MeritReform.decay=0.0123",
}
ODD = """
[[reform]]
kind = "JudicialReform"
start = "2026-01"
speed = 0.0333
target = 0.123456789012345
fidelity = 0.3333333333333333

[[reform]]
kind = "PersonnelReserve"
start = "2026-02"
places = 33.3
merit = 0.0333
pay = 1.0333

[[reform]]
kind = "HostTightening"
start = "2026-01"
offers = 0.333
permit_prob = 1e-6
post_study_months = 7
"""


def _choose(visit: Visit, label: str, option: str) -> None:
    visit.page.locator(".v-select", has_text=label).first.click()
    visit.page.locator(".menuable__content__active").get_by_text(option, exact=True).click()


def _open_all(visit: Visit) -> None:
    """Open timing and delivery of every reform in force, so that all of its sliders and fields are there."""
    closed = visit.page.locator(".page-more", has_text="\N{BLACK DOWN-POINTING TRIANGLE}")
    while closed.count():
        before = closed.count()
        closed.first.click()
        visit.page.wait_for_function(
            "before => [...document.querySelectorAll('.page-more')].filter(b => b.innerText.includes('\u25bc')).length"
            " < before",
            arg=before,
        )


def _taken(visit: Visit, label: str, path: Path) -> Path:
    with visit.page.expect_download() as expected:
        visit.button(label).click()
    expected.value.save_as(path)
    return path


def _assert_kept(visit: Visit, settings: Settings, folder: Path) -> None:
    """Address, link, reforms and series are those that Python makes of the settings, to the last digit."""
    plan, problems = ready(settings)
    assert not problems
    query = to_query(settings, MONTHS)
    assert visit.page.evaluate("location.search") == f"?{query}"
    link = visit.page.get_by_role("link", name="Link to this page as it is").get_attribute("href")
    assert link == f"?{query}"
    assert _taken(visit, "reforms", folder / "reforms.toml").read_text() == (dumps(plan) or "# no reform\n")
    pair = Pair(settings.world, plan, settings.seed)
    for _ in range(MONTHS):
        pair.step()
    assert _taken(visit, "all series, monthly", folder / "series.csv").read_text() == series_csv(pair)


def test_every_programme_stays_as_it_is_defined(visit: Visit, tmp_path: Path) -> None:
    visit.open(START)
    settings = from_query(START[1:])[0]
    for name, preset in presets().items():
        if name == NOTHING:
            continue
        before = visit.page.url
        _choose(visit, "Start from a programme", name)
        visit.page.wait_for_function("before => location.href !== before", arg=before)
        _open_all(visit)
        visit.at_rest()
        settings = settings.with_plan(preset.plan(settings.world))
        _assert_kept(visit, settings, tmp_path)
        visit.page.locator(".v-select", has_text=name).first.wait_for()


@pytest.mark.parametrize("name", LINKS)
def test_a_link_stays_as_it_was_given(visit: Visit, tmp_path: Path, name: str) -> None:
    settings, _, problem = from_query((START + LINKS[name])[1:])
    assert not problem
    visit.open(START + LINKS[name])
    _open_all(visit)
    visit.at_rest()
    _assert_kept(visit, settings, tmp_path)


def test_an_uploaded_plan_stays_as_it_is_and_the_command_makes_the_same(visit: Visit, tmp_path: Path) -> None:
    visit.open(START)
    (tmp_path / "odd.toml").write_text(ODD)
    before = visit.page.url
    visit.page.locator("input[type=file]").set_input_files(tmp_path / "odd.toml")
    visit.page.wait_for_function("before => location.href !== before", arg=before)
    _open_all(visit)
    for field in visit.page.locator(".page-side input[type=text]:visible").all():  # visited, left, and not touched
        if field.get_attribute("readonly") is None:
            field.focus()
            field.press("Enter")
    visit.at_rest()
    plan = tuple(loads(ODD, "odd.toml"))
    _assert_kept(visit, from_query(START[1:])[0].with_plan(plan), tmp_path)
    _taken(visit, "scenario", tmp_path / "scenario.toml")
    arguments = ["replay", "--scenario", str(tmp_path / "scenario.toml"), "--reforms", str(tmp_path / "reforms.toml")]
    arguments += ["--seed", "7", "--months", str(MONTHS), "--out", str(tmp_path / "again.csv")]
    assert main(arguments) == 0
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "series.csv").read_bytes()


def _moved(visit: Visit, lever: str, move: Any) -> str:
    """Move a slider and return what the address says of its lever afterwards."""
    before = visit.page.url
    move(visit.page.get_by_role("slider", name=lever, exact=True))
    visit.page.wait_for_function("before => location.href !== before", arg=before)
    visit.at_rest()
    return str(visit.page.evaluate("new URLSearchParams(location.search).get('MeritReform.target')"))


def test_a_slider_that_is_moved_comes_to_a_multiple_of_its_step(visit: Visit) -> None:
    visit.open(START + LINKS["off the steps"])
    visit.at_rest()
    slider = "weight of ability"
    assert _moved(visit, slider, lambda it: it.press("ArrowRight")) == "0.35"
    assert _moved(visit, slider, lambda it: it.press("PageUp")) == "0.85"
    assert _moved(visit, slider, lambda it: it.press("End")) == "1.0"
    box = visit.page.get_by_role("slider", name=slider, exact=True).bounding_box()

    def drag(it: Any) -> None:
        it.hover()
        visit.page.mouse.down()
        visit.page.mouse.move(box["x"] + 0.317 * box["width"], box["y"] + box["height"] / 2, steps=5)
        visit.page.mouse.up()

    assert _moved(visit, slider, drag) == "0.3"
