"""Kinds of reforms of one's own: whatever they say that cannot be is refused in one sentence that names the kind."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest

from abm.environment import Environment
from abm.institutions import Announcement, Revocation
from abm.reforms import Change, PersonnelReserve, Reform, ReformError, describe, remarks
from abm.reforms.quantities import QUANTITIES
from abm.reforms.quantity import Place
from abm.scenario import Scenario

WORLD = Scenario.load("kazakhstan").replace({"end": "2030-12"})
BASE = Environment(WORLD)
MONTHS = BASE.n_months
DESTINATIONS = range(1, BASE.n_countries)


def mine(changes: Callable[[Any], Any] | None = None, strength: Callable[[Any], Any] | None = None) -> Reform:
    """Return a reform of a kind of one's own that answers as it is told to."""
    methods: dict[str, Any] = {}
    if changes is not None:
        methods["changes"] = lambda self, environment: changes(environment)
    if strength is not None:
        methods["strength"] = lambda self, first_month, n_months: strength(n_months)
    return type("Mine", (Reform,), methods)()


def changing(*changes: Any) -> Reform:
    return mine(lambda environment: list(changes))


def refusal(reform: Reform) -> str:
    with pytest.raises(ReformError) as caught:
        Environment(WORLD, [reform])
    sentence = str(caught.value)
    assert sentence.startswith("Mine: ") and sentence.isprintable() and len(sentence) < 1500
    return sentence


def fails(environment: Environment) -> Any:
    raise KeyError("wages")


def announcing(**values: Any) -> Announcement:
    given = {"start": 0, "target": 0.5, "speed": 0.05, "ramp_months": 0, "fidelity": 1.0}
    return Announcement(**given | values)


fresh = count()

WRONG: dict[str, tuple[Reform, str]] = {
    "no changes()": (mine(), "must define changes()"),
    "None": (mine(lambda e: None), "returned None, but must return a list"),
    "one change": (mine(lambda e: Change("merit", 0.8)), "must return a list"),
    "a generator": (mine(lambda e: (Change("merit", 0.8) for _ in range(1))), "must return a list"),
    "text": (mine(lambda e: "merit"), "must return a list"),
    "a dictionary": (mine(lambda e: {"merit": 0.8}), "must return a list"),
    "odd objects": (changing(("merit", 0.8)), "may hold only Change, Announcement and Revocation"),
    "a name": (changing("merit"), "may hold only Change"),
    "an error": (mine(fails), "changes() failed with KeyError: 'wages'"),
    "something else each time": (
        mine(lambda e: [Change("merit", 0.5 + 0.001 * next(fresh))]),
        "answers differently when it is asked again",
    ),
    "more each time": (
        mine(lambda e: [Change("merit", 0.8)] * (1 + next(fresh) % 2)),
        "answers differently when it is asked again",
    ),
    "unknown quantity": (changing(Change("wages", 1.0)), "it changes 'wages', which is no quantity; quantities are "),
    "quantity that is no name": (changing(Change(3, 1.0)), "it changes 3, which is no quantity"),  # type: ignore[arg-type]
    "quantity that cannot be looked up": (changing(Change([], 1.0)), "it changes [], which is no"),  # type: ignore[arg-type]
    "value that is no number": (changing(Change("merit", math.nan)), "by nan, but that must be a finite number"),
    "endless value": (changing(Change("private_posts", math.inf)), "by inf, but that must be a finite number"),
    "larger than any": (changing(Change("private_posts", 10**400)), "must be a finite number"),
    "text as a value": (changing(Change("merit", "0.8")), "by '0.8', but that must"),  # type: ignore[arg-type]
    "truth as a value": (changing(Change("merit", True)), "by True, but that must"),
    "level off its range": (changing(Change("merit", 5.0)), "by 5.0, but that must be a finite number between 0 and 1"),
    "negative factor": (changing(Change("oil_price", -1.0)), "by -1.0, but that must be"),
    "no country": (
        changing(Change("offer_rate", 3.0)),
        "in country 0, but each destination has its own, so country must be one of 1 (russia)",
    ),
    "a country beyond": (changing(Change("offer_rate", 3.0, 99)), "in country 99"),
    "negative country": (changing(Change("offer_rate", 3.0, -1)), "in country -1"),
    "country by name": (changing(Change("offer_rate", 3.0, "russia")), "in country 'russia'"),  # type: ignore[arg-type]
    "country as a truth": (changing(Change("offer_rate", 3.0, True)), "in country True"),
    "half a country": (changing(Change("offer_rate", 3.0, 1.5)), "in country 1.5"),  # type: ignore[arg-type]
    "a country where there is none": (
        changing(Change("merit", 0.8, 1)),
        "in country 1, but it has no country, so country must be 0, or left out",
    ),
    "a country where only home has one": (changing(Change("service_pay", 2.0, 2)), "but only home has it"),
    "announced target": (changing(announcing(target=math.nan)), "announces a target of nan"),
    "announced speed": (changing(announcing(speed=0.5)), "a speed of 0.5, but that must lie between 0 and 0.108"),
    "announced start": (changing(announcing(start=0.5)), "start of what it states is 0.5"),
    "losses of another length": (changing(Revocation(3, 9, np.zeros(2))), f"must have {MONTHS} numbers"),
    "losses below 0": (changing(Revocation(3, 9, np.full(MONTHS, -1.0))), "a loss below 0"),
    "strength of another length": (mine(lambda e: [], lambda n: np.ones(n + 1)), f"an array of {MONTHS} shares"),
    "strength that is no array": (mine(lambda e: [], lambda n: [1.0] * n), "strength() returned list"),
    "strength above 1": (mine(lambda e: [], lambda n: np.full(n, 1.5)), "strength() is 1.5 in month 0 of the run"),
    "strength below 0": (mine(lambda e: [], lambda n: -np.ones(n)), "strength() is -1 in month 0"),
    "strength that is no number": (mine(lambda e: [], lambda n: np.full(n, np.nan)), "strength() is nan in month 0"),
    "strength as text": (mine(lambda e: [], lambda n: np.full(n, "1")), "strength() returned an array of"),
    "strength that fails": (mine(lambda e: [], lambda n: 1 / 0), "strength() failed with ZeroDivisionError"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_a_kind_of_ones_own_cannot_mean_is_refused_in_one_sentence(name: str) -> None:
    reform, words = WRONG[name]
    assert words in refusal(reform)


def test_every_quantity_can_be_changed_where_it_is_and_nowhere_else() -> None:
    for name, quantity in QUANTITIES.items():
        value = max(quantity.low, 0.0)
        where = DESTINATIONS if quantity.path.place is Place.ABROAD else [0]
        for country in range(BASE.n_countries):
            reform = changing(Change(name, value, country))
            if country in where:
                Environment(WORLD, [reform])
            else:
                assert f"it changes {name} in country {country}" in refusal(reform)
    assert {quantity.path.place for quantity in QUANTITIES.values()} == set(Place)


def test_two_countries_never_share_a_path_so_that_no_conflict_is_missed() -> None:
    environment = Environment(WORLD)
    seen: dict[int, str] = {}
    for name, quantity in QUANTITIES.items():
        for country in DESTINATIONS if quantity.path.place is Place.ABROAD else [0]:
            path = quantity.path(environment, country)
            at = path.__array_interface__["data"][0]
            assert at not in seen, f"{name} of {country} is {seen.get(at)}"
            seen[at] = f"{name} of {country}"


def test_two_that_set_one_quantity_are_refused_however_they_say_it() -> None:
    with pytest.raises(ReformError, match="both set reserve_pay"):
        Environment(WORLD, [PersonnelReserve(), changing(Change("reserve_pay", 2.0))])
    with pytest.raises(ReformError, match="it changes reserve_pay in country 2"):
        Environment(WORLD, [PersonnelReserve(), changing(Change("reserve_pay", 2.0, 2))])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shared(Reform):
    """A reform whose changes depend on what it finds."""

    def changes(self, environment: Environment) -> list[Change]:
        """Return as many posts as there are private posts added."""
        return [Change("private_posts", 100.0 + float(environment.additional_private_posts.max()))]


def test_a_reform_is_asked_in_the_world_without_any_so_that_order_does_not_matter() -> None:
    first, second = changing(Change("private_posts", 50.0)), Shared()
    both = [Environment(WORLD, order).additional_private_posts for order in ([first, second], [second, first])]
    assert np.array_equal(*both) and both[0][-1] == 150.0


def test_numbers_of_other_libraries_are_numbers() -> None:
    one = Environment(WORLD, [changing(Change("merit", np.float32(0.75), np.int64(0)))])
    assert one.merit[-1] == 0.75


@pytest.mark.parametrize("ask", [describe, remarks])
def test_tables_and_remarks_refuse_what_a_run_refuses(ask: Callable[..., Any]) -> None:
    with pytest.raises(ReformError, match="which is no quantity"):
        ask(WORLD, [changing(Change("wages", 1.0))])
