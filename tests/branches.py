"""What tests of branching share: plans that begin later, and all that a run has come to, to the bit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from abm.reforms import Reform
from abm.scenario import month_name, month_number
from abm.simulation import Simulation


def later(reforms: Iterable[Reform], months: int) -> tuple[Reform, ...]:
    """Return reforms that begin, and end, so many months later."""
    moved = []
    for reform in reforms:
        months_of = {name: getattr(reform, name) for name in ("start", "end")}
        moved.append(
            reform.replaced({name: month_name(month_number(m) + months) for name, m in months_of.items() if m})
        )
    return tuple(moved)


def after(simulation: Simulation, months: int) -> Simulation:
    """Return a run after so many more months."""
    for _ in range(months):
        simulation.step()
    return simulation


def bits(simulation: Simulation) -> dict[str, bytes]:
    """Return all that a run has come to: persons, ties, lists, books and moves."""
    person = simulation.graduates.person
    found = {column: np.ascontiguousarray(person[column]).tobytes() for column in person.dtype.names or ()}
    found |= {
        "event_month": simulation.graduates.event_month.tobytes(),
        "belief": simulation.graduates.belief.tobytes(),
    }
    found |= {"ties": simulation.ties.tobytes(), "seekers": simulation.seekers.tobytes()}
    found |= {"tally": simulation.tally.tobytes(), "quota": simulation.quota.tobytes()}
    found |= {f"network {n}": getattr(simulation.network, n).tobytes() for n in ("first", "neighbour")}
    accounts = vars(simulation.accounts).items()
    found |= {f"accounts {name}": value.tobytes() for name, value in accounts if isinstance(value, np.ndarray)}
    for n, moves in enumerate(simulation.accounts.records):
        found |= {f"moves {n} {field}": moves[field].tobytes() for field in moves.dtype.names or ()}
    countries = simulation.environment.countries
    return found | {f"countries {n}": np.ascontiguousarray(countries[n]).tobytes() for n in countries.dtype.names or ()}


def difference(one: Simulation, other: Simulation) -> list[str]:
    """Return the names of what is not the same, to the bit, in two runs."""
    mine, its = bits(one), bits(other)
    return [name for name in mine.keys() | its.keys() if mine.get(name) != its.get(name)]
