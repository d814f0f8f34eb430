"""How sure the answer is, on the page: asked when the runs have settled, forgotten when they change, and drawn."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from abm import Scenario
from abm.page import figures
from abm.page.bands import Pairs
from abm.page.many import Many, Question
from abm.page.pair import Pair
from abm.page.settings import Settings
from abm.page.sureness import CHANCE, DRAWS, sentence_of
from abm.reforms import MeritReform, ReturnIncentive
from abm.reforms.spending import asserted_costs
from abm.sweep.shared_past import together

pytest.importorskip("solara", reason="the page needs the extra viz: pip install 'brain-gain[viz]'")

# these need it
from abm.page import answer  # noqa: E402
from abm.page import desk as desks  # noqa: E402
from abm.page.tiles import UNDER, Sure, _said, _word, shown_of, sure_of  # noqa: E402
from abm.page.views import VIEWS, drawing_of  # noqa: E402

PLAN = (MeritReform(start="2026-01"),)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A desk whose pairs are asked for, and never begin."""
    monkeypatch.setattr(Many, "start", lambda self, patience=0.0: None)
    yield desks._desk(Settings(Scenario.load("two-country")).switched("MeritReform", True), 24, "")


def test_pairs_are_asked_of_what_is_shown_and_not_again_when_it_is_shown_anew(desk: Any) -> None:
    answer.ask(desk)
    many, pair = desk.many.value, desk.model.value.pair
    assert many.question.asks_of(pair.world, pair.plan, pair.seed) and len(pair.plan) == 1
    assert desk.pairs is None and desk.pairs_number == -1
    desk.reset()
    desk.carry_out()
    assert desk.model.value.pair is not pair
    answer.ask(desk)
    assert desk.many.value is many and not many._halt.is_set()


@pytest.mark.parametrize("how", ["a lever", "a switch", "the seed", "the country"])
def test_whatever_is_changed_ends_the_pairs_at_once_and_asks_for_others(desk: Any, how: str) -> None:
    answer.ask(desk)
    many, settings = desk.many.value, desk.settings.value
    if how == "the country":
        desk.choose_world(Scenario.load("two-country").replace({"graduates": 500}))
    else:
        desk.change(
            {
                "a lever": settings.with_value("MeritReform", "target", 0.5),
                "a switch": settings.switched("MeritReform", False),
                "the seed": dataclasses.replace(settings, seed=99),
            }[how]
        )
    assert many._halt.is_set() and desk.many.value is None
    desk.carry_out()
    answer.ask(desk)
    pair = desk.model.value.pair
    assert desk.many.value is not many and desk.many.value.question.asks_of(pair.world, pair.plan, pair.seed)


def test_what_cannot_be_run_ends_no_pairs_and_the_end_of_a_visit_does(desk: Any) -> None:
    answer.ask(desk)
    many = desk.many.value
    desk.change(desk.settings.value.with_value("MeritReform", "target", 7.0))
    assert desk.problems.value and desk.many.value is many and not many._halt.is_set()
    desks._end(desk)
    assert many._halt.is_set() and desk.many.value is None


def test_pairs_of_other_runs_are_never_shown(desk: Any) -> None:
    pair = desk.model.value.pair
    runs = dict(together(pair.world, [(), pair.plan], 3))
    three = Pairs.of(pair.first_month, [(runs[0], runs[1])] * 3)
    few = Pairs.of(pair.first_month, [(runs[0], runs[1])] * 2)
    for question, found, shown in (
        (Question(pair.world, pair.plan, pair.seed), three, three),
        (Question(pair.world, pair.plan, pair.seed), few, None),  # which say nothing of how far others lie
        (Question(pair.world, pair.plan, pair.seed + 1), three, None),
        (Question(pair.world, (), pair.seed), three, None),
    ):
        many = Many(question, lambda: None)
        many.told = dataclasses.replace(many.told, pairs=found)
        desk.many.set(many)
        assert desk.pairs is shown
        assert desk.pairs_number == (many.told.number if shown else -1)


def test_without_pairs_the_answer_is_of_the_run_that_is_shown_and_says_so(desk: Any) -> None:
    pair = desk.model.value.pair
    found = answer.answer(pair, None, None)
    assert found is not None and (found.pairs, found.years, found.differ) == (1, (2026, 2027), CHANCE)
    assert sentence_of(found).startswith("In one run of chance, which is no answer yet: without reform Home ")
    gap = pair.series()["net_brain_gain"].gap
    assert found.gap.middle == gap.sum() / 2.0
    assert answer.answer(Pair(pair.world, pair.plan, 1), None, None) is None  # nothing was run


def test_the_answer_has_draws_where_its_question_has() -> None:
    world = Scenario.load("kazakhstan-2010").replace({"graduates": 1_000})
    pair = Pair(world, PLAN, 1)
    runs = dict(together(world, [(), PLAN], 3))
    pairs = Pairs.of(pair.first_month, [(runs[0], runs[1])])
    for asked, differ in ((world, DRAWS), (world.replace({"decision.ties_weight": 0.3}), CHANCE)):
        found = answer.answer(pair, pairs, Question(asked, PLAN, 1))
        assert found is not None and found.differ == differ


def test_what_is_asserted_is_what_the_plan_costs_a_year_over_the_months_of_the_answer() -> None:
    world = Scenario.load("kazakhstan").replace({"graduates": 1_000, "end": "2029-12"})
    plan = (MeritReform(start="2027-01"), ReturnIncentive(start="2026-01", months_of_pay=12.0))
    pair = Pair(world, plan, 1)
    bill = asserted_costs(world, plan)
    assert answer._asserted(pair, 48) == pytest.approx(tuple(bill.sum(axis=0) / 4.0))
    assert answer._asserted(pair, 12) == pytest.approx(tuple(bill[:12].sum(axis=0)))


@pytest.fixture(scope="module")
def small() -> tuple[Pair, Pairs]:
    world = Scenario.load("kazakhstan").replace({"graduates": 1_000, "end": "2029-12"})
    pair = Pair(world, PLAN, 3)
    while pair.months < 30:
        pair.step()
    runs = [dict(together(world, [(), PLAN], seed)) for seed in range(3, 7)]
    return pair, Pairs.of(pair.first_month, [(run[0], run[1]) for run in runs])


@pytest.mark.parametrize("width", [3.6, 9.6])
@pytest.mark.parametrize("pairs", [1, 4])
def test_bands_are_drawn_wide_and_narrow_up_to_the_end(small: tuple[Pair, Pairs], width: float, pairs: int) -> None:
    pair, found = small
    found = dataclasses.replace(found, values={name: values[:pairs] for name, values in found.values.items()})
    for draw in (figures.headline, *(VIEWS[key].draw for key in ("rates", "stocks"))):
        assert draw is not None
        with_bands, without = draw(pair, width, found), draw(pair, width)
        for axis, other in zip(with_bands.axes, without.axes, strict=True):
            assert axis.get_xlim()[1] == pytest.approx(max(2031.0, 2030.02)) and len(axis.lines) > len(other.lines)
        assert figures.encoded(drawing_of("rates", pair, width, pairs=found)).startswith("data:image/png;base64,")
        legend = [text.get_text() for text in with_bands.legends[0].get_texts()]
        assert any(("90 % of 4 pairs" if pairs == 4 else "middle of 1") in text for text in legend)
        with_bands.canvas.draw()
        assert with_bands.legends[0].get_window_extent().width <= with_bands.bbox.width


def test_the_drawn_band_is_the_range_of_the_pairs(small: tuple[Pair, Pairs]) -> None:
    pair, pairs = small
    band = pairs.so_far("net_brain_gain")[2]
    area = figures.headline(pair, 9.6, pairs).axes[1].collections[0].get_paths()[0].vertices
    assert area[:, 1].min() == pytest.approx(band.low.min() / 1000.0)
    assert area[:, 1].max() == pytest.approx(band.high.max() / 1000.0)


def test_a_tile_says_what_pairs_are_sure_of_by_the_end_of_the_last_whole_year(small: tuple[Pair, Pairs]) -> None:
    pair, pairs = small
    sure = sure_of(pairs, "net_brain_gain", pair.months, of=UNDER)
    assert sure is not None and (sure.year, sure.pairs) == (2027, 4)
    gaps = pairs.gap("net_brain_gain")[:, :2].sum(axis=1)
    assert sure.gap.middle == np.median(gaps)
    under = pairs.values["net_brain_gain"][:, 1, :2].sum(axis=1)
    assert sure.sign == (-1 if under.max() < 0.0 and pairs.so_far("net_brain_gain")[1].high[2] < 0.0 else 0)
    work = sure_of(pairs, "graduates_at_work", pair.months)
    assert work is not None and work.gap.middle == np.median(pairs.gap("graduates_at_work")[:, 1])
    assert sure_of(pairs, "net_brain_gain", 11) is None and sure_of(None, "net_brain_gain", 30) is None


def test_a_tile_tells_few_simulated_graduates_and_chance_as_what_they_are(small: tuple[Pair, Pairs]) -> None:
    pair, _ = small
    both = pair.series()["net_brain_gain"].so_far()
    one = dataclasses.replace(shown_of("gap", "graduates", both, pair.months, pair.weight), gap=184.0, simulated=1)
    assert _word(one) == "more graduates (1 simulated graduate)"
    assert _word(dataclasses.replace(one, gap=-9e4, simulated=0)) == "fewer graduates"
    chance = Sure(figures_range(-5.0, 1.0, 7.0), 2030, -1, 16)
    assert _said(one, chance) == (
        "graduates, 16 pairs, by the end of 2030; cannot be told from chance; with the reform the country still loses"
    )
    gain = Sure(figures_range(1.0, 2.0, 3.0), 2030, 1, 16)
    assert _said(one, gain) == "graduates, 16 pairs, by the end of 2030; with the reform the country gains"


def figures_range(low: float, middle: float, high: float) -> Any:
    from abm.page.bands import Range

    return Range(low, middle, high)


def test_pairs_are_told_of_with_their_pictures_drawn_already(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that answers clicks draws none: whoever tells has drawn what is shown next."""
    order: list[str] = []
    monkeypatch.setattr(answer, "draw_ahead", lambda desk: order.append("drawn"))
    monkeypatch.setattr(desks.Desk, "show", lambda self: order.append("shown"))
    answer.ask(desk)
    many = desk.many.value
    thread = threading.Thread(target=many._tell)
    thread.start()
    thread.join()
    assert order == ["drawn", "shown"]
    desk.many.set(None)  # it was overtaken
    many._told_at = -10.0
    many._tell()
    assert order == ["drawn", "shown"]
