"""Before the first month: who there is, whom they know, and who is out of work.

What is set up depends on the scenario, the seed and, of the reforms, on whom they add to it; so runs of one scenario
and one seed can share the most of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abm.engine.generators import build
from abm.engine.swaps import kept_within
from abm.engine.workers import Workers
from abm.environment import Environment
from abm.graduates import create
from abm.heritage import heritage_in, ties_kept_within
from abm.human_capital import update_human_capital
from abm.introductions import Introductions, believe, introductions_of, where_known
from abm.network import Network, NetworkError, count_ties
from abm.person import Graduates
from abm.roster import Enrolled, Roster, enrol, with_classmates
from abm.rules import rules_of
from abm.scenario import Scenario

__all__ = ["Population", "same_people", "same_traits", "set_up", "set_up_persons"]

BLOCK_KINDS = ("stochastic_block", "homophilous")


class Population(NamedTuple):
    """All who may ever appear, in the state in which they are, and their network."""

    graduates: Graduates
    network: Network  # of the first rows; foreign specialists come after them
    ties: np.ndarray  # how many each of the network knows in each country, uint16 of shape (n, countries)
    introductions: Introductions


def set_up(environment: Environment, seed: int, own: Network | None, workers: Workers) -> Population:
    """Return the population before the first month; ``own`` ties take the place of the scenario's.

    Raises
    ------
    NetworkError
        If the own ties are not of as many persons as there are.
    """
    rules = rules_of(environment, seed)
    enrolled = enrol(environment, rules, workers, heritage_in(own, environment))
    # the network before the graduates, whose memory is then free for building it
    network = _network(environment, own, enrolled, seed, workers)
    introductions = introductions_of(environment, enrolled)
    graduates = _persons(environment, enrolled.roster, introductions, rules, workers)
    country = where_known(introductions, graduates.person, network.n_persons, 0)
    ties = count_ties(network, country, environment.n_countries, workers)
    return Population(graduates, network, ties, introductions)


def set_up_persons(
    environment: Environment, introductions: Introductions, seed: int, own: Network | None, workers: Workers
) -> Graduates:
    """Return the persons of :func:`set_up`, who become known like that, without their network."""
    rules = rules_of(environment, seed)
    roster = enrol(environment, rules, workers, heritage_in(own, environment)).roster
    return _persons(environment, roster, introductions, rules, workers)


def same_people(one: Environment, other: Environment) -> bool:
    """Return whether two environments of a scenario have the same rows and the same network."""
    return np.array_equal(one.additional_rate, other.additional_rate) and np.array_equal(
        one.candidates_rates, other.candidates_rates
    )


def same_traits(one: Environment, other: Environment) -> bool:
    """Return whether two environments of a scenario make the same persons of the same rows: degrees, grants, jobs."""
    return all(np.array_equal(*pair) for pair in zip(_makings(one), _makings(other), strict=True))


def _makings(environment: Environment) -> list[np.ndarray]:
    """Return what of an environment's paths persons are drawn from (:func:`abm.graduates.Given`)."""
    start = environment.countries[0]
    return [
        environment.master_share,
        environment.doctorate_share,
        environment.scholarship_share,
        environment.grantee_share,
        environment.rule_of_law.actual[:1],
        *(start[name] for name in ("unemployment", "separation_prob", "graduate_job_share", "free_entry")),
        start.job_finding_prob[1:],  # home's is filled in by the labour market
    ]


def _persons(
    environment: Environment, roster: Roster, introductions: Introductions, rules: np.recarray, workers: Workers
) -> Graduates:
    graduates = create(environment, roster, rules, workers)
    person = graduates.person
    update_human_capital(person, 0, len(person), 0, rules[0])
    study_at_home = introductions.rows[: introductions.until[0]]
    believe(graduates, study_at_home, rules.rule_of_law_at_start[0], rules[0])
    return graduates


def _network(environment: Environment, own: Network | None, enrolled: Enrolled, seed: int, workers: Workers) -> Network:
    """Return the scenario's network, or one's own, by row."""
    roster, row, n_additional = enrolled
    n_usual = len(row) - n_additional
    usual, kept = roster.ordered(row[:n_usual]), ties_kept_within(environment)
    if own is not None:
        by_graduation = own
    else:
        built = _built(environment.scenario, usual.graduation, seed, workers)
        by_graduation = kept_within(built, usual.heritage, kept, seed)
    if by_graduation.n_persons != n_usual:
        raise NetworkError(
            f"the network has {by_graduation.n_persons:,} persons, but this run needs one for each of its "
            f"{n_usual:,} graduates, students and newcomers"
        )
    if n_additional:
        by_graduation = with_classmates(by_graduation, roster.ordered(row), n_additional, seed, kept)
    return by_graduation.renamed(row, workers)


def _built(scenario: Scenario, graduation: np.ndarray, seed: int, workers: Workers) -> Network:
    """Build the scenario's network of those who graduate in these months; blocks are of the same ten years."""
    given = scenario.network
    return build(
        given.kind,
        len(graduation),
        mean_degree=given.mean_degree,
        rewiring=given.rewiring,
        homophily=given.homophily,
        blocks=np.floor(graduation).astype(np.int64) // 120 if given.kind in BLOCK_KINDS else None,
        seed=seed,
        workers=workers,
    )
