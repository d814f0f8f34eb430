"""The sentence that says how sure the answer is: every case of sign, chance, cost and number of pairs."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from abm.page.bands import Pairs, Range
from abm.page.sureness import CHANCE, DRAWS, Answer, Money, answer_of, basis_of, sentence_of, verdict_of

NAN = math.nan
NOTHING = Range(0.0, 0.0, 0.0)
FREE = Money(0.0, 0.0, 0.0)
# a loss that the plan makes smaller, surely
SURE = Answer(
    country="Kazakhstan",
    pairs=16,
    differ=CHANCE,
    first=2026,
    years=(2046, 2050),
    has_plan=True,
    without=Range(-8_000.0, -7_200.0, -6_100.0),
    under=Range(-1_900.0, -1_100.0, -400.0),
    gap=Range(5_400.0, 6_100.0, 6_800.0),
    turned=(2041,) * 10 + (2039, 2040, 2042, 2042, 2043, 2045),
    turned_without=(None,) * 16,
    work=Range(11_000.0, 12_400.0, 14_000.0),
    cost=Range(108e6, 108e6, 108e6),
    asserted=Money(43e6, 108e6, 432e6),
    graduate_year=Range(7_763.0, 8_916.0, 10_472.0),
)


def but(**changes: object) -> Answer:
    return dataclasses.replace(SURE, **changes)  # type: ignore[arg-type]


def test_the_whole_sentence_of_a_loss_that_the_plan_makes_smaller() -> None:
    assert sentence_of(SURE) == (
        "Without reform Kazakhstan loses 7.2 [6.1, 8.0] thousand graduates a year by 2050; with this plan 1.1 "
        "[0.4, 1.9]. The plan adds 6.1 [5.4, 6.8]. Loss turns to gain in 2041 (2039 to 2045). It keeps 12 [11, 14] "
        "thousand more at work; it costs 108 million USD a year (43 to 432 plausible), 8,920 [7,760, 10,500] USD a "
        "graduate-year gained at home."
    )
    assert verdict_of(SURE) == "loss"


@pytest.mark.parametrize(
    ("ends", "said", "verdict"),
    [
        ((400.0, 1_100.0, 1_900.0), "; with this plan it gains 1.1 [0.4, 1.9].", "gain"),
        ((-500.0, 1_100.0, 1_900.0), "; with this plan it gains 1.1 (from a loss of 0.5 to a gain of 1.9).", "even"),
        ((-500.0, -100.0, 1_900.0), "; with this plan 0.1 (from a loss of 0.5 to a gain of 1.9).", "even"),
        ((0.0, 0.0, 0.0), "; with this plan it neither loses nor gains.", "even"),
        ((-84_000.0, -35_000.0, -30.0), "; with this plan 35 [0.03, 84].", "loss"),
    ],
)
def test_the_balance_with_the_plan_is_said_by_its_sign(ends: tuple[float, ...], said: str, verdict: str) -> None:
    answer = but(under=Range(*ends))
    assert said in sentence_of(answer)
    assert verdict_of(answer) == verdict


def test_the_colour_is_of_the_balance_whatever_the_plan_adds() -> None:
    assert verdict_of(but(gap=Range(-9.0, -8.0, -7.0), under=Range(1.0, 2.0, 3.0))) == "gain"
    assert verdict_of(but(gap=Range(7.0, 8.0, 9.0), under=Range(-3.0, -2.0, -1.0))) == "loss"
    assert verdict_of(but(pairs=1, under=Range(NAN, 184.0, NAN))) == "even"  # a single simulated graduate
    assert verdict_of(but(pairs=2, under=Range(NAN, -9_000.0, NAN))) == "even"


def test_what_a_plan_takes_away_and_what_chance_may_have_made() -> None:
    assert "The plan takes away 6.1 [5.4, 6.8]." in sentence_of(but(gap=Range(-6_800.0, -6_100.0, -5_400.0)))
    chance = sentence_of(but(gap=Range(-100.0, 300.0, 900.0)))
    assert "What the plan adds to that cannot be told from chance." in chance and "The plan adds" not in chance
    assert "cannot be told from chance" in sentence_of(but(gap=NOTHING))


def test_when_a_loss_turns_to_a_gain() -> None:
    never = (None,) * 16
    assert "Loss turns to gain by 2050 in none of 16." in sentence_of(but(turned=never))
    assert "Loss turns to gain in 2041." in sentence_of(but(turned=(2041,) * 16))
    some = (2041, 2044, *(None,) * 14)
    assert "Loss turns to gain in 2 of 16, in 2042 (2041 to 2044), and in 14 not by 2050." in sentence_of(
        but(turned=some)
    )
    by_itself = but(turned=(2030,) * 16, turned_without=(2035,) * 16)
    assert "Loss turns to gain in 2030; without reform in 2035." in sentence_of(by_itself)
    for nothing in (but(turned=(2026,) * 16, turned_without=(2026,) * 16), but(turned=(), turned_without=())):
        assert "turn" not in sentence_of(nothing)  # there is no loss, or there are too few years


def test_work_that_is_lost_or_chance_or_nothing() -> None:
    assert "It leaves 12 [11, 14] thousand fewer at work;" in sentence_of(
        but(work=Range(-14_000.0, -12_400.0, -11_000.0))
    )
    assert "Whether it keeps more at work cannot be told from chance;" in sentence_of(but(work=Range(-5.0, 1.0, 7.0)))
    assert "It keeps nobody more at work;" in sentence_of(but(work=NOTHING))


def test_costs_that_are_computed_asserted_or_unknown() -> None:
    assert "; nothing says what it costs." in sentence_of(but(cost=NOTHING, asserted=FREE))
    computed = but(cost=Range(900e6, 1_000e6, 1_200e6), asserted=FREE)
    assert "; it costs 1,000 [900, 1,200] million USD a year, 8,920" in sentence_of(computed)
    small = but(cost=Range(15_700.0, 15_700.0, 15_700.0), asserted=Money(5_240.0, 15_700.0, 52_400.0))
    assert "; it costs 15,700 USD a year (5,240 to 52,400 plausible), " in sentence_of(small)
    none = but(graduate_year=Range(NAN, NAN, NAN))
    assert "plausible), and no graduate-year gained at home can be told from chance." in sentence_of(none)


def test_without_a_plan_only_the_country_is_spoken_of() -> None:
    sentence = sentence_of(but(has_plan=False, under=SURE.without, gap=NOTHING))
    assert (
        sentence == "As it is Kazakhstan loses 7.2 [6.1, 8.0] thousand graduates a year by 2050. No reform is chosen."
    )
    some = but(has_plan=False, without=Range(-500.0, 200.0, 1_900.0))
    assert "gains 0.2 thousand graduates a year (from a loss of 0.5 to a gain of 1.9) by 2050" in sentence_of(some)


def test_few_graduates_are_counted_and_not_said_in_thousands() -> None:
    few = but(without=Range(-17.0, -13.2, -10.0), under=Range(-16.0, -12.6, -9.0), work=Range(1.0, 2.8, 4.0))
    assert "loses 13 [10, 17] graduates a year by 2050; with this plan 13 [9, 16]." in sentence_of(few)
    assert "It keeps 2.8 [1.0, 4.0] more at work;" in sentence_of(few)


def test_one_run_of_chance_is_never_told_as_the_answer() -> None:
    one = but(
        pairs=1,
        without=Range(NAN, -7_200.0, NAN),
        under=Range(NAN, 184.0, NAN),
        gap=Range(NAN, 7_384.0, NAN),
        turned=(None,),
        turned_without=(None,),
        work=Range(NAN, 184.0, NAN),
        graduate_year=Range(NAN, 8_916.0, NAN),
    )
    assert sentence_of(one) == (
        "In one run of chance, which is no answer yet: without reform Kazakhstan loses 7.2 thousand graduates a year "
        "by 2050; with this plan it gains 0.18. Loss has not turned to gain by 2050. It keeps 184 more at work; it "
        "costs 108 million USD a year (43 to 432 plausible)."
    )
    assert basis_of(one).startswith("One run of chance") and verdict_of(one) == "even"
    assert sentence_of(dataclasses.replace(one, has_plan=False)).startswith(
        "In one run of chance, which is no answer yet: as"
    )


def test_two_pairs_are_too_few_for_brackets() -> None:
    two = but(pairs=2, without=Range(NAN, -7_200.0, NAN), under=Range(NAN, -1_100.0, NAN), gap=Range(NAN, 6_100.0, NAN))
    assert "loses 7.2 thousand graduates a year by 2050; with this plan 1.1. Loss" in sentence_of(two)
    assert "too few to say how far others lie" in basis_of(two)


def test_the_basis_says_what_the_numbers_are_of() -> None:
    chance, drawn = basis_of(SURE), basis_of(but(differ=DRAWS))
    assert "16 pairs of runs of chance" in chance and "not calibrated" in chance
    assert "16 draws of what the past leaves open, chance included" in drawn and "posterior" in drawn
    assert "not calibrated" not in drawn
    assert all("nine of ten" in text for text in (chance, drawn))


def pairs_of(balance: np.ndarray, *, home: np.ndarray, cost: float) -> Pairs:
    """Return two pairs of ten years, with 10 more at home each year under the plan in one and 30 in the other."""
    years = np.arange(2026, 2036)
    values = {
        "net_brain_gain": balance,
        "graduates_at_home": home,
        "graduates_at_work": home / 2.0,
        "public_cost": np.stack([np.zeros((len(balance), 10)), np.full((len(balance), 10), cost)], axis=1),
    }
    return Pairs(2026 * 12, years, np.full(10, 12), values)


def test_numbers_are_of_the_last_five_years_of_the_last_and_of_all() -> None:
    """Without: -10 a year. With: from -4 up by one a year in each of three pairs, which turns it in 2031."""
    under = np.arange(10.0) - 4.0
    balance = np.array([[np.full(10, -10.0), under + shift] for shift in (-1.0, 0.0, 1.0)])
    home = np.array([[np.full(10, 100.0), np.full(10, 100.0 + more)] for more in (10.0, 20.0, 30.0)])
    found = answer_of(pairs_of(balance, home=home, cost=4_000.0), "Home", differ=CHANCE, has_plan=True, asserted=FREE)
    assert (found.pairs, found.first, found.years) == (3, 2026, (2031, 2035))
    assert found.without == Range(-10.0, -10.0, -10.0) and found.under.middle == np.mean([1, 2, 3, 4, 5])
    assert found.gap.middle == 13.0 and found.work.middle == 10.0 and found.cost.middle == 4_000.0
    assert found.turned_without == (None, None, None)
    # the balance must be above 0 for five years: in 2032 there are only four left
    assert found.turned == (None, 2031, 2030)
    # 40,000 over 100, 200 and 300 graduate-years; the range of those reaches below 0 with three pairs that far apart
    assert math.isnan(found.graduate_year.middle)
    near = np.array([[np.full(10, 100.0), np.full(10, 100.0 + more)] for more in (19.0, 20.0, 21.0)])
    found = answer_of(pairs_of(balance, home=near, cost=4_000.0), "Home", differ=CHANCE, has_plan=True, asserted=FREE)
    assert found.graduate_year.middle == 40_000.0 / 200.0 and found.graduate_year.known
