"""The model of Gürsoy and Badur (2021) as Mesa's agents, to be read beside their description.

Rules and draws are those of :mod:`experiments.replication.fast`, which it checks; who acts when, who dies, who is born
and who knows whom is written here once more, by objects.  Where their description leaves a choice, it is made as
follows.  Children are born one after the other, each with her links before the next, so that a later one may be linked
to an earlier one.  In networks of preference a person of whom all links there are is drawn again at the start; one who
is born so ends the run, as does a home of fewer than 33.
"""

from __future__ import annotations

from collections.abc import Iterator

import mesa

from experiments.replication.fast import (
    PERSONS,
    TICKS,
    TURNOVER,
    acting_order,
    advantage_abroad,
    age_at_start,
    attempt,
    attractiveness_gap,
    death_order,
    end_drawn,
    link_drawn,
    links_wanted,
    one_drawn,
    other_drawn,
    score,
)
from experiments.replication.settings import NETWORKS, Setting

__all__ = ["BrainDrain"]

RANDOM, PREFERENTIAL = list(NETWORKS)[1:]


class EmptyError(RuntimeError):
    """A run that the authors' program would have ended with an error of its own."""


class Person(mesa.Agent):
    """A skilled person, at home or abroad for good."""

    def __init__(self, model: BrainDrain, age: int) -> None:
        super().__init__(model)
        self.number = model.n_ever
        model.n_ever += 1
        self.age = age
        self.at_home = True
        self.luck = 1.0
        self.advantage = advantage_abroad(model.luck_seed, self.number)
        self.knows: set[Person] = set()

    def grow_older(self) -> None:
        """Work one more year."""
        self.age += 1

    def die(self) -> None:
        """Leave the world, and those she knows."""
        for other in self.knows:
            other.knows.remove(self)
        self.knows.clear()
        self.remove()

    def decide(self) -> None:
        """Try to leave, if the score is above the barrier; who fails is less lucky ever after."""
        setting, tick, seed = self.model.setting, self.model.tick, self.model.luck_seed
        utility = self.advantage + attractiveness_gap(setting.gap_start, setting.gap_end, tick)
        n_abroad = sum(not other.at_home for other in self.knows)
        p = score(utility, n_abroad, setting.network_coef)
        if p > setting.threshold:
            if attempt(seed, self.number, tick) < p * self.luck:
                self.at_home = False
            else:
                self.luck *= setting.luck_coef


class BrainDrain(mesa.Model):
    """A home country and one abroad; a step is a year.

    Parameters
    ----------
    setting : Setting
        Where the sliders stand.
    seed : int
        Seed of every draw.

    Attributes
    ----------
    datacollector : mesa.DataCollector
        ``at_home`` and ``abroad`` after each step.
    """

    def __init__(self, setting: Setting, seed: int) -> None:
        super().__init__(rng=seed)
        self.setting, self.luck_seed = setting, seed
        self.n_ever, self.tick = 0, 0
        self.links: list[tuple[Person, Person]] = []
        for number in range(PERSONS):
            Person(self, age_at_start(seed, number))
        self._first_links()
        self.datacollector = mesa.DataCollector(
            {
                "at_home": lambda model: len(model.agents.select(lambda person: person.at_home)),
                "abroad": lambda model: len(model.agents.select(lambda person: not person.at_home)),
            }
        )

    def step(self) -> None:
        """Let a year pass: ageing, deaths, births, and the decisions of all at home in random order."""
        if self.tick == TICKS:
            self.running = False
            return
        seed, tick = self.luck_seed, self.tick
        self.agents.do("grow_older")
        by_age = self.agents.sort(lambda one: death_order(seed, one.number, one.age, tick), ascending=False)
        by_age.select(at_most=TURNOVER).do("die")
        self.links = [(one, other) for one, other in self.links if other in one.knows]
        at_home = self.agents.select(lambda person: person.at_home)
        if len(at_home) < TURNOVER:
            raise EmptyError(f"only {len(at_home)} live at home in tick {tick}, too few for {TURNOVER} births")
        for _ in range(TURNOVER):
            self._be_born()
        at_home = self.agents.select(lambda person: person.at_home)
        at_home.sort(lambda one: acting_order(seed, one.number, tick), ascending=True).do("decide")
        self.tick += 1
        self.datacollector.collect(self)

    def _link(self, one: Person, other: Person) -> None:
        if other not in one.knows:
            one.knows.add(other)
            other.knows.add(one)
            self.links.append((one, other))

    def _first_links(self) -> None:
        persons, seed = list(self.agents), self.luck_seed
        wanted = PERSONS * self.setting.links_per_node
        if self.setting.network == RANDOM:
            number = 0
            while len(self.links) < wanted:
                one = one_drawn(seed, number, 0, PERSONS)
                self._link(persons[one], persons[other_drawn(seed, number, 0, one, PERSONS)])
                number += 1
        if self.setting.network == PREFERENTIAL:
            one = one_drawn(seed, 0, 0, PERSONS)
            self._link(persons[one], persons[other_drawn(seed, 0, 0, one, PERSONS)])
            for number in range(1, wanted + 1):
                drawn = (persons[one_drawn(seed, number, again, PERSONS)] for again in _ever())
                person = next(person for person in drawn if len(person.knows) < len(self.links))
                self._link(person, self._end_of_another_link(number, 0, person))

    def _end_of_another_link(self, number: int, which: int, person: Person) -> Person:
        seed, n = self.luck_seed, len(self.links)
        drawn = (self.links[link_drawn(seed, number, which, again, n)] for again in _ever())
        link = next(link for link in drawn if person not in link)
        return link[end_drawn(seed, number, which)]

    def _be_born(self) -> None:
        """Add somebody, who takes after her parent in nothing but being at home, so nobody asks whose she is."""
        child, seed = Person(self, age=0), self.luck_seed
        if self.setting.network not in (RANDOM, PREFERENTIAL):
            return
        persons = list(self.agents)
        for which in range(1, links_wanted(seed, child.number, self.setting.links_per_node) + 1):
            if self.setting.network == RANDOM:
                other = persons[other_drawn(seed, child.number, which, len(persons) - 1, len(persons))]
            elif len(child.knows) < len(self.links):
                other = self._end_of_another_link(child.number, which, child)
            else:
                raise EmptyError(f"all links there are in tick {self.tick} are of one who is just born")
            self._link(child, other)


def _ever() -> Iterator[int]:
    again = 0
    while True:
        yield again
        again += 1
