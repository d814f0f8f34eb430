"""The page without a browser: its parts, its files, and its elements as the framework makes them."""

from __future__ import annotations

import csv
import dataclasses
import gc
import io
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app.bad_uploads import BAD, WORLD
from PIL import Image

from abm import Scenario, reforms
from abm.capability import open_by
from abm.codes import CLOSED, FOREIGN, HOME, POSTED
from abm.decision import utility, weighed
from abm.month import REVIEWERS
from abm.outlook import WORKING
from abm.page import figures, people, story
from abm.page.levers import sheets
from abm.page.pair import Pair, series_csv
from abm.page.presets import COURTS, PORTFOLIO, presets
from abm.page.rewind import moment_of_decision
from abm.page.settings import Settings, from_query, ready, to_query
from abm.page.uploads import LARGEST_UPLOAD, UploadError, read_upload
from abm.reforms import KINDS
from abm.reviewer import Month
from abm.simulation import Simulation
from experiments.__main__ import main

solara = pytest.importorskip("solara", reason="the page needs the extra viz: pip install '.[viz]'")
vuetify = pytest.importorskip("ipyvuetify")

MONTHS = 30


@pytest.fixture(scope="module")
def world() -> Scenario:
    return Scenario.load("kazakhstan")


def _larger(reform: reforms.Reform) -> reforms.Reform:
    sent = isinstance(reform, reforms.CirculationScheme)
    return dataclasses.replace(reform, places=60_000.0, months=6) if sent else reform


@pytest.fixture(scope="module")
def pair(world: Scenario) -> Pair:
    plan = (
        *presets()[PORTFOLIO].plan(world),
        reforms.ServiceObligation(share=0.2, placement=0.5),
        reforms.BondedScholarship(share=0.5),
        reforms.PersonnelReserve(places=5000.0),
    )
    both = Pair(world, tuple(_larger(reform) for reform in plan), 5)
    for _ in range(MONTHS):
        both.step()
    return both


def test_every_kind_of_reform_has_controls_within_its_range() -> None:
    assert set(sheets()) == set(KINDS)
    for name, sheet in sheets().items():
        own = {item.name for item in dataclasses.fields(KINDS[name])}
        assert set(sheet.all_levers) == own - {"cost_usd_per_year", "source"}
        for lever in sheet.all_levers.values():
            facts = KINDS[name].__dataclass_fields__[lever.name].metadata
            assert facts["low"] <= lever.low <= lever.high <= facts["high"]
            assert facts["meaning"] in lever.about
            assert "Source: " in lever.about
            if lever.slides:
                for value in (lever.low, lever.default, lever.high):
                    KINDS[name](**{lever.name: int(value) if lever.kind == "whole" else value})


def test_a_control_that_leaves_its_range_is_told_so_beside_it() -> None:
    settings = Settings().switched("MeritReform", True).with_value("MeritReform", "target", 7.0)
    assert set(ready(settings)[1]) == {("MeritReform", "target")}
    settings = Settings().switched("JudicialReform", True).with_value("JudicialReform", "speed", 0.5)
    _, problems = ready(settings)
    assert "no country on record" in problems["JudicialReform", "speed"]
    settings = Settings().switched("JudicialReform", True).with_value("JudicialReform", "start", "2026-1")
    assert "YYYY-MM" in ready(settings)[1]["JudicialReform", "start"]


@pytest.mark.parametrize("name", presets())
def test_every_programme_can_be_carried_out_in_every_world_and_restored_by_its_link(name: str) -> None:
    for bundled in Scenario.bundled():
        world = Scenario.load(bundled)
        settings = Settings(world, seed=77).with_plan(presets()[name].plan(world))
        plan, problems = ready(settings)
        if world.costs is None and problems:  # a history says of no reform what it costs, and that is said
            assert any("costs is missing" in problem for problem in problems.values())
            continue
        assert not problems
        assert bool(plan) == bool(presets()[name].reforms)
        restored, months, problem = from_query(to_query(settings, 24))
        assert not problem
        assert (restored.world, restored.seed, months, ready(restored)[0]) == (world, 77, 24, plan)


def test_a_link_restores_every_control_that_was_moved() -> None:
    for name, sheet in sheets().items():
        settings = Settings().switched(name, True)
        for lever in sheet.all_levers.values():
            moved = {"number": lever.high, "whole": int(lever.high), "yes or no": True, "month": "2030-06", "text": ""}
            settings = settings.with_value(name, lever.name, moved[lever.kind])
        plan, problems = ready(settings)
        assert not problems, name
        assert ready(from_query(to_query(settings, 3))[0])[0] == plan


@pytest.mark.parametrize(
    "query",
    ["scenario=../../etc/passwd", "seed=-1", "seed=x", "MeritReform.target=7", "MeritReform.nonsense=1", "%00=%ff"],
)
def test_a_link_that_cannot_be_read_begins_afresh_and_says_so(query: str) -> None:
    settings, _, problem = from_query(query)
    assert ready(settings)[1] == {}
    assert settings == Settings()
    assert ("could not be read" in problem) or query == "%00=%ff"


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(name: str) -> None:
    content, reason = BAD[name]
    with pytest.raises(UploadError) as refusal:
        read_upload(name, content if len(content) <= LARGEST_UPLOAD else None, len(content))
    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_limit_holds_whatever_size_a_browser_claims() -> None:
    with pytest.raises(UploadError, match="at most"):
        read_upload("liar.toml", b"#" * (LARGEST_UPLOAD + 1), 3)


def test_a_good_file_is_a_scenario_or_reforms() -> None:
    assert read_upload("mine.toml", WORLD.encode(), len(WORLD)) == Scenario.load("two-country")
    plan = [reforms.MeritReform(target=0.9)]
    text = reforms.dumps(plan)
    assert read_upload("plan.toml", text.encode(), len(text)) == plan


def test_without_reform_both_runs_are_the_same_and_with_one_they_are_those_of_the_engine(world: Scenario) -> None:
    nothing = Pair(world, (), 3)
    for _ in range(13):
        nothing.step()
    assert all(not both.gap.any() for both in nothing.series().values())
    plan = (reforms.PublicSalaryParity(),)
    alone, both = Simulation(world, plan, seed=3), Pair(world, plan, 3)
    for _ in range(13):
        alone.step()
        both.step()
    for name, values in alone.accounts.monthly().items():
        if name != "month":
            assert np.array_equal(values, both.series()[name].under)


def test_the_command_makes_the_same_series(pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scenario.toml").write_text(pair.world.to_toml())
    (tmp_path / "reforms.toml").write_text(reforms.dumps(pair.plan))
    arguments = ["replay", "--scenario", str(tmp_path / "scenario.toml"), "--reforms", str(tmp_path / "reforms.toml")]
    arguments += ["--seed", "5", "--months", str(MONTHS), "--out", str(tmp_path / "series.csv")]
    assert main(arguments) == 0
    assert (tmp_path / "series.csv").read_bytes() == series_csv(pair).encode()
    rows = [row for row in csv.DictReader(io.StringIO(series_csv(pair))) if row["run"] == "with reform"]
    for name, both in pair.series().items():
        assert [float(row[name]) for row in rows] == both.under.tolist(), name
    assert main([*arguments, "--months", "301"]) == 2
    assert "the scenario has 300 months" in capsys.readouterr().err


def test_the_page_of_a_world_with_a_past_opens_when_reforms_may_begin(
    world: Scenario, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = world.replace({"start": "2024-01", "reforms_from": "2026-03", "end": "2026-06", "graduates": 2_000})
    settings = Settings(world=long).switched("PublicSalaryParity", on=True)
    plan, problems = ready(settings)
    assert not problems and plan == (reforms.PublicSalaryParity(start="2026-03"),)
    early = settings.with_value("PublicSalaryParity", "start", "2026-01")
    assert "no reform may begin before 2026-03" in next(iter(ready(early)[1].values()))
    assert all(reform.start >= "2026-03" for preset in presets().values() for reform in preset.plan(long))
    both = Pair(long, plan, 5)
    assert (both.months, both.n_months, both.month, both.latest) == (0, 4, 26, "2026-03")
    while not both.finished:
        both.step()
    alone = Simulation(long, plan, seed=5).run().accounts
    assert both.months == 4 and both.years()[0] == pytest.approx(2026.25)
    for name, series in both.series().items():
        assert np.array_equal(series.under, alone.monthly()[name][26:])
    total = sum(band.under for band in figures._bands(both, ("emigrants",), both.country_names[1:]))
    assert total == pytest.approx(both.series()["emigrants"].under.sum())
    for found in story.candidates(both):
        assert both.as_of(found.month).month == found.month + 1 > 26
    query = to_query(settings, both.months)
    assert "PublicSalaryParity.start=2026-03" in query
    (tmp_path / "scenario.toml").write_text(long.to_toml())
    (tmp_path / "reforms.toml").write_text(reforms.dumps(plan))
    arguments = ["replay", "--scenario", str(tmp_path / "scenario.toml"), "--reforms", str(tmp_path / "reforms.toml")]
    arguments += ["--seed", "5", "--out", str(tmp_path / "series.csv")]
    assert main(arguments) == 0
    assert (tmp_path / "series.csv").read_bytes() == series_csv(both).encode()
    assert main([*arguments, "--months", "5"]) == 2
    assert "the scenario has 4 months from 2026-03 on" in capsys.readouterr().err


def test_the_story_of_one_of_a_group_says_so_and_her_series_are_taken_along(world: Scenario) -> None:
    few = world.replace({"graduates": 500, "end": "2026-12"}).to_dict()
    group = {"name": "Easterners", "share": 0.3, "destinations": {"russia": {"affinity": 9.0}}}
    both = Pair(Scenario.from_dict(few | {"groups": {"eastern": group}}), (), 5)
    for _ in range(3):
        both.step()
    arm, heritage = both.under, both.under.simulation.graduates.person.heritage
    for row, is_one in ((int(np.flatnonzero(heritage == 1)[0]), True), (int(np.flatnonzero(heritage == 0)[0]), False)):
        found = story.told(both, arm, row)
        assert found is not None and (("group", "Easterners") in found.facts) is is_one
    assert "graduates_at_home_of_eastern" in series_csv(both)


def test_the_latest_month_can_be_lived_once_more_without_touching_the_run(pair: Pair) -> None:
    for arm in pair.arms:
        state, lists = moment_of_decision(arm), arm.simulation.state.lists
        n = int(lists.lengths[REVIEWERS])
        assert n > 100
        for name in ("reviewers", "formed"):
            assert np.array_equal(getattr(lists, name)[:n], getattr(state.lists, name)[:n]), name
        for name in ("country", "path", "referred"):  # the match of those who stay is never written
            assert np.array_equal(lists.choices[name][:n], state.lists.choices[name][:n]), name
    before = series_csv(pair)
    pair._read = (-1, {})
    assert series_csv(pair) == before


def test_the_terms_of_a_story_add_up_to_what_everybody_chose(pair: Pair) -> None:
    moves, paths = 0, set()
    for arm in pair.arms:
        state, t = moment_of_decision(arm), pair.months - 1
        for place in range(int(state.lists.lengths[REVIEWERS])):
            row, choice = int(state.lists.reviewers[place]), state.lists.choices[place]
            person = state.people.person[row]
            if person.origin == FOREIGN:
                continue
            options = story._options(state, t, row, float(state.lists.formed[place]))
            best = max((option for option in options if option.terms), key=lambda option: option.total)
            assert (best.country, best.path) == (choice.country, story.PATHS[choice.path])
            moves += choice.country != person.country
            paths.add(best.path)
    assert moves > 2
    assert {"stay", "post abroad for a time", "back to a post", "place to serve"} <= paths


def test_the_terms_of_a_story_add_up_to_the_utility_of_the_rules(pair: Pair) -> None:
    """Of every open country to everybody who reviews, to rounding."""
    state, t, told = moment_of_decision(pair.under), pair.months - 1, 0
    now = Month(t, state.countries[t], state.outlook, state.rules[0])
    for place in range(0, int(state.lists.lengths[REVIEWERS]), 7):
        row, belief = int(state.lists.reviewers[place]), float(state.lists.formed[place])
        if state.people.person[row].origin == FOREIGN:
            continue
        her = story._reviewer(state, now, row, belief)
        for option in story._options(state, t, row, belief)[: len(now.countries)]:
            way = open_by(her, now, option.country)
            assert (way.path == CLOSED) == (not option.terms)
            if option.terms:
                _, _, terms, shock = weighed(her, now, way)
                assert option.total == pytest.approx(utility(terms) + shock, abs=1e-12)
                told += 1
    assert told > 50


def test_the_post_that_is_kept_is_told_of_with_its_own_pay(pair: Pair) -> None:
    """Of those on a post abroad: home means their own sector and match, in work from the first month, and no debt."""
    arm, t = pair.under, pair.months - 1
    state = moment_of_decision(arm)
    home, outlook, told = state.countries[t, HOME], state.outlook, 0
    for place in range(int(state.lists.lengths[REVIEWERS])):
        row = int(state.lists.reviewers[place])
        person = state.people.person[row]
        if person.permit != POSTED:
            continue
        option = story._options(state, t, row, float(state.lists.formed[place]))[HOME]
        years = min((t - int(person.career_month)) / 12.0, 30.0)
        scenario = pair.world
        ln_level = home.ln_wage + home.ln_wage_answer + home.return_to_ability * person.ability
        ln_level += scenario.labour.experience_return * (years - 15.0)
        ln_level += scenario.education.degree_premium * person.degree
        ln_wage = ln_level + person.match + home.ln_sector_ratio[person.sector]
        left = min(int(person.birth_month) + round(12 * scenario.decision.retirement_age) - t, len(outlook.annuity) - 1)
        ahead = outlook.ahead[HOME, left, WORKING + person.sector]
        ln_income = ln_level + np.log(ahead["job"] * np.exp(float(person.match)) + ahead["rest"])
        # who comes back is paid like all who come home
        ln_income = np.log(np.exp(ln_income) + home.return_sum / outlook.annuity[left])
        income = person.income_weight * (ln_income - home.ln_wage)
        assert option.path == "back to a post" and option.wage == pytest.approx(np.exp(ln_wage), rel=1e-6)
        assert option.terms["income"] == pytest.approx(float(income), rel=1e-6)
        told += 1
    assert told > 2


def test_a_story_that_the_reform_turned_is_told_of_the_month_in_which_it_did(world: Scenario) -> None:
    both = Pair(world, presets()[COURTS].plan(world), 5)
    for _ in range(60):
        both.step()
    turned = [each for each in story.candidates(both) if each.label.startswith("with the reform")]
    assert turned
    for each in turned:
        then = both.as_of(each.month)
        stories = [story.told(then, arm, each.row) for arm in then.arms]
        assert all(stories)
        lives = {told.lives for told in stories if told}
        assert len(lives) == 2
        for told in stories:
            assert told is not None and told.chosen.country == told.lives


def test_somebody_who_has_died_has_no_story_and_those_who_live_have_theirs(world: Scenario) -> None:
    """The moment of decision is the run's own in a month in which people die: its ties have let go of them."""
    both = Pair(world.replace({"mortality.adult_mortality": 0.9, "mortality.relative_to_table": 2.0}), (), 5)
    for _ in range(14):
        both.step()
    person = both.under.simulation.graduates.person
    dead = np.flatnonzero(person.death_month < both.months)
    assert (person.death_month == both.months - 1).sum() > 3
    for row in dead[:5].tolist():
        assert story.told(both, both.under, row) is None
        people.weighing(both, 5.0, (None, None))
    assert not {each.row for each in story.candidates(both)} & set(dead.tolist())
    shown = people.sample(both)
    people.network(both, 9.6, people.Sample(np.append(shown.rows[:-1], dead[0]), shown.places, shown.segments))
    run, counted = both.under.simulation, both.under.simulation.accounts.deaths.sum()
    state = moment_of_decision(both.under)
    assert run.accounts.deaths.sum() == counted > 0
    moved = np.isin(np.arange(run.n_networked), run.accounts.records[-1]["person"])
    rows = [row for row in range(run.n_networked) if not moved[run.network.neighbours(row)].any()]
    assert len(rows) > 1_000 and np.array_equal(state.ties.counts[rows], run.ties[rows])


@pytest.mark.parametrize("width", [3.6, 9.6])
@pytest.mark.parametrize("months", [0, 1, MONTHS])
def test_every_view_can_be_drawn_at_any_time_wide_and_narrow(
    world: Scenario, pair: Pair, width: float, months: int
) -> None:
    from abm.page.views import VIEWS, drawing_of

    both = pair if months == MONTHS else Pair(world, pair.plan, 5)
    while both.months < months:
        both.step()
    person = next(((each.row, each.month) for each in story.candidates(both)), None) if months else None
    for key in VIEWS:
        source = figures.encoded(drawing_of(key, both, width, person=person))
        assert source.startswith("data:image/png;base64,")
    picture = figures.saved(lambda: figures.headline(both, width), "png")
    assert Image.open(io.BytesIO(picture)).width == round(width * 200)
    assert b"<svg" in figures.saved(lambda: figures.headline(both, width), "svg")


def _text(element: Any) -> list[str]:
    """Return every text that an element and those within it show."""
    if isinstance(element, str):
        return [element]
    return [text for child in getattr(element, "children", None) or [] for text in _text(child)]


def _until(what: Callable[[], bool]) -> None:
    """Wait for what the page's own threads do."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < 60
        time.sleep(0.02)


def test_the_page_is_made_and_steps_and_resets() -> None:
    from abm.page.layout import Page

    box, rendered = solara.render(Page(), handle_error=False)
    try:
        step, reset = (rendered.find(vuetify.Btn, children=[name]) for name in ("Step", "Reset"))
        step.assert_single()
        assert "January 2026 to December 2030" in _text(box)
        step.widget.click()
        assert "January 2026 to January 2031" in _text(box)
        reset.widget.click()
        _until(lambda: "before January 2026" in _text(box))
        _until(lambda: not rendered.find(vuetify.Btn, children=["Stop"]))
        step.widget.click()
        assert "January 2026 to January 2026" in _text(box)
        assert any(text.startswith("python -m experiments replay") for text in _text(box))
    finally:
        rendered.close()


def test_work_that_is_overtaken_shows_nothing_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from abm.page import desk as desks

    start = Settings(Scenario.load("two-country"))
    desk, run = desks._desk(start, 1, ""), desks.Desk._run
    first, later = desks.Work(2, start.switched("MeritReform", True)), desks.Work(2, start)

    def run_and_be_overtaken(self: Any, model: Any, work: Any) -> None:
        run(self, model, work)
        self.work.set(later)

    monkeypatch.setattr(desks.Desk, "_run", run_and_be_overtaken)
    desk.work.set(first)
    desk.carry_out()
    assert desk.busy and desk.work.value is later
    assert desk.applied.value is start
    monkeypatch.undo()
    desk.carry_out()
    assert not desk.busy and desk.applied.value is later.settings and desk.model.value.pair.months == 2


def _desk() -> Any:
    from abm.page import desk as desks

    return desks._desk(Settings(Scenario.load("two-country")), 1, "")


def test_a_file_is_read_apart_from_the_click_that_brought_it_and_only_the_latest_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from abm.page import desk as desks

    desk, other = _desk(), WORLD.replace('name = "Home"', 'name = "Ruritania"').encode()
    before = desk.settings.value
    desk.receive({"name": "other.toml", "content": other, "size": len(other)})
    assert desk.settings.value is before and desk.upload.value is not None
    desk.read()
    assert desk.settings.value.world.home.name == "Ruritania" and desk.upload.value is None

    def read_and_be_overtaken(name: str, content: bytes | None, size: int) -> Any:
        desk.receive({"name": "later.toml", "content": b"", "size": 0})
        return read_upload(name, content, size)

    monkeypatch.setattr(desks, "read_upload", read_and_be_overtaken)
    now = desk.settings.value
    desk.receive({"name": "world.toml", "content": WORLD.encode(), "size": len(WORLD)})
    desk.read()
    assert desk.settings.value is now and desk.upload.value.name == "later.toml"


def test_a_visit_may_bring_so_many_files_and_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from abm.page import desk as desks

    desk = _desk()
    monkeypatch.setattr(desks, "MOST_UPLOADS", 1)
    for sentence in ("keys are missing", "has brought 1 files"):
        desk.receive({"name": "empty.toml", "content": b"", "size": 0})
        desk.read()
        assert sentence in desk.problems.value["", "upload"]


def test_a_file_whose_reading_takes_all_memory_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from abm.page import desk as desks

    def greedy(name: str, content: bytes | None, size: int) -> Any:
        raise MemoryError

    desk = _desk()
    monkeypatch.setattr(desks, "read_upload", greedy)
    desk.receive({"name": "greedy.toml", "content": b"", "size": 0})
    desk.read()
    assert "greedy.toml: reading the file takes more" in desk.problems.value["", "upload"]
    assert desk.upload.value is None


def test_runs_that_are_too_many_together_are_refused_and_the_old_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    from abm.page import desk as desks

    desk = _desk()
    model, settings = desk.model.value, desk.settings.value
    # not what is held now: that may be of visits of other tests, whose end is told only later
    monkeypatch.setattr(desks, "MOST_HELD", 1)
    desk.change(settings.switched("MeritReform", True))
    desk.carry_out()
    assert "runs together would hold" in desk.problems.value["", "scenario"]
    assert not desk.busy and desk.model.value is model and desk.settings.value == settings


@pytest.mark.parametrize("text", ["１２", "1_000", "nan", "inf", "0,5", "0x10", "1e400", "", "1 0"])
def test_what_is_not_written_as_numbers_are_here_is_no_number(text: str) -> None:
    from abm.page.panel import _number

    assert _number(text) == text
    settings = Settings().switched("HostTightening", True).with_value("HostTightening", "permits_per_year", text)
    assert "must be a number" in ready(settings)[1]["HostTightening", "permits_per_year"]


@pytest.mark.parametrize("value", [0.333, 1 / 3, 1e-6, 0.1 + 0.2, 12.0, 1e300, -0.0333, 5, 2**53 - 1])
def test_a_field_shows_a_value_to_its_last_digit(value: float) -> None:
    from abm.page.panel import _number, _shown

    assert _number(_shown(value)) == value


def test_a_slider_that_is_moved_comes_to_clean_multiples_of_its_step_and_to_both_ends() -> None:
    levers = sheets()["MeritReform"].all_levers
    target, ramp = levers["target"], levers["ramp_months"]
    assert [target.nearest(place, 0.0, 1.0) for place in (0.1512, 0.3000001, -4.0, 7.0)] == [0.15, 0.3, 0.0, 1.0]
    assert target.nearest(7.77, 0.0, 7.77) == 7.77
    assert (ramp.nearest(8.7, 0.0, 120.0), type(ramp.nearest(8.7, 0.0, 120.0))) == (6, int)


def test_the_views_are_components_of_mesas_own_page() -> None:
    from mesa.visualization import SolaraViz

    from abm.page.model import PairModel
    from abm.page.widgets import Picture

    def rates(model: PairModel) -> Any:
        with model.still:
            source = figures.encoded(lambda: figures.rates(model.pair, 9.6))
        return Picture(source=source, words=f"{model.pair.months} months")

    model = PairModel(world=Scenario.load("two-country"), rng="3")
    page = SolaraViz(model, components=[rates], model_params={"world": "two-country", "rng": 3}, name="Pair")
    _, rendered = solara.render(solara.AppLayout(children=[page]), handle_error=False)
    try:
        rendered.find(vuetify.Btn, children=["Step"]).widget.click()
        assert model.pair.months == 1
    finally:
        rendered.close()


def test_a_visit_that_has_ended_gives_back_its_runs_and_their_persons() -> None:
    from abm.page.model import PairModel, persons_held

    gc.collect()
    before = persons_held()
    model = PairModel(world="two-country", rng=1)
    run = weakref.ref(model.pair.under.simulation)
    assert persons_held() > before
    model.let_go()
    gc.collect()
    assert run() is None  # though the model itself is still held
    assert persons_held() <= before
