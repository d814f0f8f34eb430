"""Who becomes known when: home's students while they study, others when they appear; counts kept equal a recount."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from abm.codes import ABSENT, GROUP_COHORT, HOME
from abm.introductions import where_known
from abm.network import count_ties
from abm.perception import newcomer_belief
from abm.reforms import GraduateResearchFunding, JudicialReform
from abm.scenario import Scenario
from abm.simulation import Simulation

WORLD = Scenario.load("kazakhstan").replace({"graduates": 2_000, "end": "2031-12"})
STUDY = WORLD.education.study_months
# more graduates from the second year on, and rule of law that is another one when they begin to study
REFORMS = (GraduateResearchFunding(masters=0.2, graduates=0.3, start="2027-01"), JudicialReform(target=1.0, speed=0.1))


def run_for(months: int) -> Simulation:
    """Return a run under the reforms after so many months."""
    run = Simulation(WORLD, REFORMS, seed=8)
    for _ in range(months):
        run.step()
    return run


def months_known(run: Simulation) -> dict[int, int]:
    """Return the month from which on each row is known, of those who are there later than the first."""
    introductions, known = run.introductions, {}
    for month, (first, last) in enumerate(zip(introductions.until[:-1], introductions.until[1:], strict=True)):
        known |= dict.fromkeys(introductions.rows[first:last].tolist(), month)
    return known | dict.fromkeys(introductions.rows[: introductions.until[0]].tolist(), -1)


def test_students_at_home_are_known_while_they_study_and_others_when_they_appear() -> None:
    run = Simulation(WORLD, REFORMS, seed=8)
    known, person, ranks = months_known(run), run.graduates.person, defaultdict(list)
    appears = run.graduates.event_month
    waits = set()
    for row in range(run.n_networked):
        group, month = int(person.cohort[row]) >> 16, int(person.cohort[row]) & 0xFFFF
        if person.stage[row] != ABSENT:
            assert row not in known
            continue
        waits.add((group == GROUP_COHORT, int(appears[row]) - known[row]))
        if group == GROUP_COHORT and month >= STUDY:
            ranks[month].append((int(person.rank[row]), known[row]))
    # abroad nobody waits
    assert {wait for at_home, wait in waits if not at_home} == {0}
    n_usual, n_added = 0, 0
    for month, ranked in ranks.items():
        ordered = [since for _, since in sorted(ranked)]
        usual = ordered.count(month - STUDY)
        assert ordered == [month - STUDY] * usual + [month] * (len(ordered) - usual)
        n_usual, n_added = n_usual + usual, n_added + len(ordered) - usual
    # a reform adds three for every ten, of whom nobody knew
    assert n_added / n_usual == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize("months", [0, 1, 30, 72])
def test_counts_kept_by_movers_equal_a_recount(months: int) -> None:
    run = run_for(months)
    country = where_known(run.introductions, run.graduates.person, run.n_networked, months)
    assert np.array_equal(run.ties, count_ties(run.network, country, run.environment.n_countries))
    studying = np.flatnonzero((country == HOME) & (run.graduates.person.stage[: run.n_networked] == ABSENT))
    assert (len(studying) > 0) == (months < 72)  # in the last month all who come have come
    unknown = country < 0
    assert not run.graduates.belief[: run.n_networked][unknown].any()  # 0, so that whoever hears can add up all


def test_who_studies_believes_what_she_grew_up_with() -> None:
    run, known = run_for(20), months_known(run_for(0))
    levels = run.environment.rule_of_law.actual
    person, belief = run.graduates.person, run.graduates.belief
    studying = [row for row, month in known.items() if month < 20 and person.stage[row] == ABSENT]
    assert len(studying) > 100
    assert levels[19] > levels[0] + 0.05
    for row in studying:
        assert belief[row] == newcomer_belief(person[row], levels[max(known[row], 0)], run.rules[0])
