"""Mesa's face of a run: the same :class:`abm.simulation.Simulation`, as a ``mesa.Model`` with agents one can ask."""

from __future__ import annotations

import copy
import difflib
import html
import math
import secrets
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import mesa
import numpy as np

from abm.accounts import Accounts
from abm.checks import number, whole
from abm.codes import ABSENT
from abm.measures import STOCK, measure, monthly
from abm.moves import MOVE
from abm.reforms import Diversification, JudicialReform, PublicSalaryParity, Reform
from abm.reforms.base import ReformError
from abm.reforms.decade import decade_of_rule_of_law
from abm.reforms.given import reforms_of
from abm.scenario import Scenario, month_name, shown
from abm.simulation import Simulation
from abm.view import View

__all__ = ["EmigrationModel", "Graduate"]

HEADLINES = (
    "graduates_at_home",
    "graduates_at_work",
    "graduates_abroad",
    "emigrants",
    "returns",
    "net_brain_gain",
    "rule_of_law",
)


class _Unnumbered:
    """Gives every agent the same number at first; its model has a number of its own for it."""

    def __getitem__(self, model: mesa.Model) -> Iterator[int]:
        return iter((0,))


class Graduate(View, mesa.Agent):
    """One graduate, as she is now: a view of one row of the population, in the field's words.

    She enters and leaves by the rules of the run, so that she is neither made nor removed by hand.
    """

    # Mesa 3.3 counts agents in a table of the class, which keeps every model for ever; later versions do not look here
    _ids = _Unnumbered()

    def __init__(self, model: EmigrationModel, row: int) -> None:
        if not isinstance(model, EmigrationModel):
            raise ValueError(f"the model is {shown(model)}, but must be an EmigrationModel")
        self.simulation = model.simulation
        self.row = whole("row", row, 0, len(model.simulation.graduates.person) - 1)
        super().__init__(model)

    def remove(self) -> None:
        """Refuse, as the accounts of a run are closed to the person.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError(
            "a graduate cannot be removed: the run's own rules say who leaves, and its accounts miss nobody; reforms "
            "and scenario change who does"
        )


class EmigrationModel(mesa.Model):
    """The emigration model as a Mesa model: a step is a month.

    Every draw is keyed by seed and person, so that nobody's luck depends on the order in which anybody is asked.
    Mesa's own generators, ``random`` and ``rng``, follow from the seed too, but serve only Mesa (such as the shuffling
    of agents) and agents of one's own: nothing drawn from them changes the run.

    Parameters
    ----------
    world : Scenario or str
        The world, or the name or path of one.
    reforms : Reform or sequence of Reform, optional
        What is changed in it.
    graduates : int, optional
        Simulated graduates at home at the start, in place of the scenario's.
    rule_of_law_speed : float
        Rise of rule of law from the first month on, index points a year, promised for ten years (0: no reform).
    public_salary_parity : float
        Public wage relative to the private one to reach over three years (0: no reform).
    private_jobs : float
        Additional private graduate posts to create over five years, share (0: no reform).
    threads : int
        Threads to share the work; the result does not depend on it.
    rng : int, sequence of int, numpy.random.SeedSequence, Generator or BitGenerator, optional
        Seed of every draw, as Mesa takes it: of a generator one number is drawn. Drawn afresh if left out, and kept in
        :attr:`seed_used`.
    seed : int, optional
        The same by its older name.

    Attributes
    ----------
    datacollector : mesa.DataCollector
        A row a month: the series of :meth:`abm.accounts.Accounts.monthly`.
    simulation : Simulation
        The run itself.

    Raises
    ------
    ValueError
        If an argument cannot be meant, in one sentence; its subclasses are ScenarioError and ReformError.
    """

    def __init__(
        self,
        world: Scenario | str = "kazakhstan",
        reforms: Reform | Sequence[Reform] | None = (),
        *,
        graduates: int | None = None,
        rule_of_law_speed: float = 0.0,
        public_salary_parity: float = 0.0,
        private_jobs: float = 0.0,
        threads: int = 1,
        rng: Any = None,
        seed: int | None = None,
    ) -> None:
        if rng is not None and seed is not None:
            raise ValueError("rng and seed are both given, but they mean the same")
        self.seed_used = _seed_of(rng, "rng") if seed is None else _seed_of(seed, "seed")
        super().__init__(rng=self.seed_used)
        chosen = world.checked() if isinstance(world, Scenario) else Scenario.load(world)
        if graduates is not None:
            chosen = chosen.replace({"graduates": graduates})
        self.world = chosen
        self.reforms = (*reforms_of(reforms), *_levers(chosen, rule_of_law_speed, public_salary_parity, private_jobs))
        self.simulation = Simulation(chosen, self.reforms, seed=self.seed_used, threads=threads)
        self._views: dict[int, Graduate] = {}
        self._synchronised = -1
        self._n_registered = 0
        self._row: dict[str, Any] = {}
        self._row_months = -1
        self._grid: Any = None
        self._told_of_the_end = False
        reporters = {name: partial(EmigrationModel.latest, series=name) for name in self.series}
        self.datacollector = mesa.DataCollector(model_reporters=reporters)

    @property
    def series(self) -> tuple[str, ...]:
        """What is counted month by month, by name."""
        return ("month", *monthly(*self.simulation.environment.labels))

    @property
    def latest_month(self) -> int:
        """The month of the run that was simulated last (0 before the first)."""
        return max(self.simulation.month - 1, 0)

    @property
    def month(self) -> str:
        """The calendar month that was simulated last; before the first step, the month before the run."""
        return month_name(self.simulation.environment.first_month + self.simulation.month - 1)

    def latest(self, series: str) -> Any:
        """Return the last month's value of a series; before the first step, the opening stocks, and 0 for flows.

        Raises
        ------
        ValueError
            If there is no such series.
        """
        if self._row_months != self.simulation.month:
            self._row, self._row_months = self._latest_row(), self.simulation.month
        if not isinstance(series, str) or series not in self._row:
            close = difflib.get_close_matches(str(series), self._row, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(self._row)}"
            raise ValueError(f"there is no series {shown(series)}; {hint}")
        return self._row[series]

    def _latest_row(self) -> dict[str, Any]:
        simulation = self.simulation
        accounts = simulation.accounts if simulation.month else _before(simulation)
        row = {name: values[-1].item() for name, values in accounts.monthly(since=self.latest_month).items()}
        return row | {"month": self.month}

    def step(self) -> None:
        """Simulate one month and collect its row; past the end of the scenario say so, once, and do nothing."""
        if self.simulation.finished:
            self.running = False
            if not self._told_of_the_end:
                self._told_of_the_end = True
                warnings.warn(
                    f"the run has reached the end of its scenario, {self.world.end}: further steps do nothing; "
                    "a loop may ask model.running",
                    stacklevel=3,  # past Mesa's own wrapping of a step
                )
            return
        self.simulation.step()
        self.datacollector.collect(self)
        self.running = not self.simulation.finished

    # Mesa's agents: views, made when somebody asks for them

    def _synchronise(self) -> None:
        """Give everybody in the population a view, and take it from those who have left."""
        if self._synchronised == self.simulation.month:
            return
        self._synchronised = self.simulation.month
        present = np.flatnonzero(self.simulation.graduates.person.stage != ABSENT).tolist()
        for row in self._views.keys() - set(present):
            self.deregister_agent(self._views[row])
        for row in present:
            if row not in self._views:
                Graduate(self, row)

    def register_agent(self, agent: mesa.Agent) -> None:
        """Take in an agent: a graduate's view, which the model makes itself, or one of one's own."""
        if isinstance(agent, Graduate):
            if agent.row in self._views:
                raise ValueError(f"the graduate in row {agent.row} has her agent already, among model.agents")
            self._views[agent.row] = agent
        super().register_agent(agent)
        self._n_registered += 1
        agent.unique_id = self._n_registered  # as later versions of Mesa number agents

    def deregister_agent(self, agent: mesa.Agent) -> None:
        """Let go of an agent."""
        if isinstance(agent, Graduate):
            del self._views[agent.row]
        super().deregister_agent(agent)

    def remove_all_agents(self) -> None:
        """Refuse, as the accounts of a run are closed to the person.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError(
            "graduates cannot be removed: they are the run's own people; make another EmigrationModel for another run"
        )

    @property
    def agents(self) -> Any:
        """All graduates now in the population (and retired ones), as Mesa's AgentSet of :class:`Graduate`."""
        if hasattr(self, "_views"):
            self._synchronise()
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """The graduates by agent type, as Mesa has it."""
        if hasattr(self, "_views"):
            self._synchronise()
        return super().agents_by_type

    @property
    def agent_types(self) -> list[type]:
        """The types of agents, as Mesa has it."""
        return list(self.agents_by_type)

    @property
    def grid(self) -> Any:
        """A sample of graduates and their ties, as the network that Mesa's space components draw; made when asked."""
        if self._grid is None:
            from abm.sample import sample_network

            self._grid = sample_network(self.simulation, self.random)
        return self._grid

    # Mesa's generators: nothing of a run is drawn from them

    def reset_rng(self, rng: Any = None) -> None:
        """Refuse, as it would change nothing.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError(_KEYED.format(name="rng"))

    def reset_randomizer(self, seed: Any = None) -> None:
        """Refuse, as it would change nothing.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError(_KEYED.format(name="random"))

    def __getstate__(self) -> dict[str, Any]:
        # a network of Mesa's cells is too deep for pickle; it is drawn anew, of the same graduates, when asked for
        return self.__dict__ | {"_grid": None}

    def __copy__(self) -> EmigrationModel:
        """Return a copy of its own: two models that shared one run would live one another's months."""
        return copy.deepcopy(self)

    def __repr__(self) -> str:
        names = ", ".join(type(reform).__name__ for reform in self.reforms)
        return (
            f"<EmigrationModel {self.world.name}: {self.simulation.month} of {self.world.n_months} months, "
            f"{self.world.graduates:,} graduates, seed {self.seed_used}, {names or 'no reform'}>"
        )

    def _repr_html_(self) -> str:
        shown_now = [measure(name) for name in HEADLINES]
        if self.simulation.month == 0:
            shown_now = [each for each in shown_now if each.kind == STOCK]
        cells = "".join(
            f"<tr><td>{html.escape(each.label)}</td><td>{self.latest(each.name):,.4g}</td></tr>" for each in shown_now
        )
        return f"<table><caption>{html.escape(repr(self)[1:-1])}; {self.month}</caption>{cells}</table>"


_KEYED = (
    "resetting model.{name} cannot change a run, as every draw is keyed by seed and person; make another "
    "EmigrationModel with another rng=... for other luck"
)


def _before(simulation: Simulation) -> Accounts:
    """Return accounts of a month in which nothing happened, with the stocks that a run opens with."""
    accounts = Accounts(simulation.environment)
    accounts.open(simulation.tally)
    accounts.job_finding_prob[0] = simulation.labour.job_finding_prob[0]
    accounts.vacancies[0] = simulation.labour.vacancies.sum()
    accounts.close(0, np.zeros(0, dtype=MOVE), simulation.tally, lambda: simulation.tally)
    return accounts


def _seed_of(given: Any, name: str) -> int:
    """Return the seed that Mesa's argument means.

    Raises
    ------
    ValueError
        If it means none.
    """
    if given is None:
        return secrets.randbits(62)
    if isinstance(given, np.ndarray) and given.ndim == 0:
        given = given.item()
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 20:
        given = int(given)  # a field of Mesa's page hands in text
    if isinstance(given, int | np.integer) and not isinstance(given, bool) and 0 <= given < 2**63:
        return int(given)
    if isinstance(given, np.random.BitGenerator):
        given = np.random.Generator(given)
    if isinstance(given, np.random.Generator):
        return int(given.integers(2**63))
    if isinstance(given, list | tuple | np.ndarray) and len(given):
        parts = [int(part) for part in given if isinstance(part, int | np.integer) and not isinstance(part, bool)]
        if len(parts) == len(given) and min(parts) >= 0:
            given = np.random.SeedSequence(parts)
    if isinstance(given, np.random.SeedSequence):
        return int(given.generate_state(1, np.uint64)[0] >> np.uint64(1))
    raise ValueError(
        f"{name} is {shown(given)}, but must be a whole number from 0 to 2**63 - 1, a sequence of such numbers, "
        "or one of numpy's SeedSequence, Generator and BitGenerator"
    )


def _levers(
    world: Scenario, rule_of_law_speed: float, public_salary_parity: float, private_jobs: float
) -> list[Reform]:
    """Turn the model's plain keyword levers into reforms from the first month on in which there may be any."""
    start = world.reforms_from or world.start
    # else what is no number, but counts as nothing, would mean no reform
    rule_of_law_speed = number("rule_of_law_speed", rule_of_law_speed, -math.inf, error=ReformError)
    public_salary_parity = number("public_salary_parity", public_salary_parity, -math.inf, error=ReformError)
    private_jobs = number("private_jobs", private_jobs, -math.inf, error=ReformError)
    reforms: list[Reform] = []
    if rule_of_law_speed:
        JudicialReform(start=start, speed=rule_of_law_speed)  # refuses what is no speed, before it is reckoned with
        reforms.append(decade_of_rule_of_law(world, start, rule_of_law_speed))
    if public_salary_parity:
        reforms.append(PublicSalaryParity(start=start, target=public_salary_parity, ramp_months=36))
    if private_jobs:
        reforms.append(Diversification(start=start, private_jobs=private_jobs))
    return reforms
