"""What the page is set to: scenario, seed and reforms; what is wrong with it, and the link that restores it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from abm.environment import Environment
from abm.gate import Gate, Refusal, one_line, plain_number
from abm.page.levers import Sheet, sheets
from abm.page.uploads import refuse_too_large
from abm.reforms import KINDS, Reform, ReformError, remarks
from abm.scenario import Scenario, ScenarioError, toml_value

__all__ = ["GENERAL", "OPENING_MONTHS", "Problem", "Settings", "from_query", "notes", "ready", "to_query"]

LARGEST_SEED = 2**53 - 1  # which a browser can hold
OPENING_MONTHS = 60  # that are there when the page is opened: nobody should be met by empty axes
GENERAL = ""  # a problem of no single control

Problem = tuple[str, str]  # which reform (GENERAL: none), which parameter (GENERAL: the whole)


class LinkError(Refusal):
    """A link that does not say what the page was set to."""


LINK = Gate(LinkError, "a link", largest=20_000)


@dataclass(frozen=True)
class Settings:
    """What every control says.

    ``levers`` holds the values that differ from a reform's defaults, by reform and parameter, also of reforms that are
    switched off; ``on`` names those in force.
    """

    world: Scenario = field(default_factory=lambda: Scenario.load("kazakhstan-2010"))
    uploaded: str = ""  # name of the file that the world is from
    seed: int = 1
    on: tuple[str, ...] = ()
    levers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def value(self, reform: str, parameter: str) -> Any:
        """Return what a control says."""
        return self.given(reform).get(parameter, sheets()[reform].all_levers[parameter].default)

    def given(self, reform: str) -> dict[str, Any]:
        """Return what is said of a reform beside its defaults; it begins when reforms may, if a scenario says when."""
        begins = {} if self.world.reforms_from is None else {"start": self.world.reforms_from}
        return begins | dict(self.levers.get(reform, {}))

    def with_value(self, reform: str, parameter: str, value: Any) -> Settings:
        """Return settings with one control moved."""
        changed = dict(self.levers.get(reform, {})) | {parameter: value}
        return replace(self, levers=dict(self.levers) | {reform: changed})

    def switched(self, reform: str, on: bool) -> Settings:
        """Return settings with a reform in force or not; others keep their places."""
        kept = [name for name in KINDS if (name in self.on and name != reform) or (name == reform and on)]
        return replace(self, on=tuple(kept))

    def with_plan(self, plan: tuple[Reform, ...]) -> Settings:
        """Return settings with just these reforms in force.

        Raises
        ------
        ReformError
            If a kind stands there twice: the page has one set of controls for each.
        """
        levers: dict[str, dict[str, Any]] = {}
        for reform in plan:
            name = type(reform).__name__
            if name in levers:
                raise ReformError(f"{name} stands there twice, but the page holds one reform of each kind")
            levers[name] = {lever: getattr(reform, lever) for lever in sheets()[name].all_levers}
            extra = {key: getattr(reform, key) for key in ("cost_usd_per_year", "source")}
            levers[name] |= {key: value for key, value in extra.items() if value != _default(name, key)}
        return replace(self, on=tuple(name for name in KINDS if name in levers), levers=dict(self.levers) | levers)


def _default(reform: str, parameter: str) -> Any:
    return KINDS[reform].__dataclass_fields__[parameter].default


def ready(settings: Settings) -> tuple[tuple[Reform, ...], dict[Problem, str]]:
    """Return the reforms in force, and what is wrong with the settings: a sentence for each control concerned.

    With a problem nothing can be run.
    """
    plan: list[Reform] = []
    problems: dict[Problem, str] = {}
    if not 0 <= settings.seed <= LARGEST_SEED:
        problems[GENERAL, "seed"] = f"The seed is {settings.seed}, but must be from 0 to {LARGEST_SEED:,}."
    for name in settings.on:
        try:
            plan.append(KINDS[name](**settings.given(name)))
        except ReformError as error:
            problems[_place(str(error), sheets()[name])] = _sentence(str(error), name)
    if not problems:
        try:
            refuse_too_large(Environment(settings.world, plan))
        except ReformError as error:
            name = str(error).partition(":")[0]
            where = _place(str(error), sheets()[name]) if name in settings.on else (GENERAL, GENERAL)
            problems[where] = _sentence(str(error), name)
        except ScenarioError as error:
            problems[GENERAL, "scenario"] = str(error)
    return tuple(plan), problems


def notes(settings: Settings) -> dict[str, str]:
    """Return, by the name of a reform in force, what is to be known of it: that it changes nothing, and why."""
    try:
        return _notes(settings.world, tuple(KINDS[name](**settings.given(name)) for name in settings.on))
    except (ReformError, ScenarioError):
        return {}  # ready() says what is wrong


@functools.lru_cache(maxsize=16)  # every sheet of the panel asks, whenever it is drawn
def _notes(world: Scenario, plan: tuple[Reform, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for position, sentence in remarks(world, plan):
        name = type(plan[position]).__name__
        found[name] = f"{found[name]} {sentence}" if name in found else sentence
    return found


def _place(message: str, sheet: Sheet) -> Problem:
    """Return the control that a message about a reform is about: it names the parameter after the reform."""
    words = message.removeprefix(f"{sheet.reform}: ").split(" ")
    return sheet.reform, words[0] if words[0] in sheet.all_levers else GENERAL


def _sentence(message: str, reform: str) -> str:
    text = message.removeprefix(f"{reform}: ")
    return f"{text[:1].upper()}{text[1:]}."


def to_query(settings: Settings, months: int) -> str:
    """Return the settings as the query of a link; an uploaded scenario is only named."""
    world = ("uploaded", settings.uploaded) if settings.uploaded else ("scenario", settings.world.name)
    pairs = [world, ("seed", str(settings.seed))]
    for name in settings.on:
        pairs.append((f"{name}.start", str(settings.value(name, "start"))))
        for parameter, value in settings.levers.get(name, {}).items():
            if parameter != "start" and value is not None and value != _default(name, parameter):
                pairs.append((f"{name}.{parameter}", value if isinstance(value, str) else toml_value(value)))
    return urlencode([*pairs, ("months", str(months))])


def from_query(query: str) -> tuple[Settings, int, str]:
    """Return the settings of a link, how many months to run, and what could not be restored ('' for nothing)."""
    settings, months, problem = Settings(), OPENING_MONTHS, ""
    given: dict[str, dict[str, Any]] = {}
    try:
        for key, text in _pairs(query).items():
            reform, dot, parameter = key.partition(".")
            if key == "scenario":
                if text not in Scenario.bundled():  # a link must not make the server read files
                    raise ScenarioError(f"there is no scenario '{text[:60]}'")
                settings = replace(settings, world=Scenario.load(text))
            elif key == "uploaded":
                name = one_line(text[:60])
                problem = f"The link was made with {name}, which a link cannot hold: please upload it again."
            elif key == "seed":
                settings = replace(settings, seed=_whole("seed", text))
            elif key == "months":
                months = _whole("months", text)
            elif reform in KINDS:
                given.setdefault(reform, {})[parameter] = _value(reform, parameter, text)
            elif dot:
                raise ReformError(f"there is no reform '{reform[:60]}'")
        settings = settings.with_plan(tuple(_reform(name, values) for name, values in given.items()))
        _, problems = ready(settings)
        if problems:
            raise ReformError(next(iter(problems.values())))
    except Refusal as error:
        return Settings(), OPENING_MONTHS, f"The link could not be read ({error}), so the page begins afresh."
    return settings, min(months, settings.world.n_months - settings.world.past_months), problem


def _pairs(query: str) -> dict[str, str]:
    """Return what a link says, key by key."""
    if len(query) > LINK.largest:
        raise LinkError(f"it has {len(query):,} letters, but at most {LINK.largest:,} are allowed")
    pairs = parse_qsl(query, keep_blank_values=True)
    if len(dict(pairs)) < len(pairs):
        raise LinkError("it says something twice")
    return dict(pairs)


def _whole(key: str, text: str) -> int:
    number = plain_number(text)
    if not isinstance(number, int) or number < 0:
        raise LinkError(f"{key} is '{text[:60]}', but must be a whole number of at least 0")
    return number


def _reform(name: str, values: Mapping[str, Any]) -> Reform:
    try:
        return KINDS[name](**values)
    except TypeError:
        raise ReformError(f"{name} has no {', '.join(values)}") from None


def _value(reform: str, parameter: str, text: str) -> Any:
    lever = sheets()[reform].all_levers.get(parameter)
    if parameter != "cost_usd_per_year" and (lever is None or lever.kind in ("month", "text")):
        return text
    return LINK.parse_value(text, f"{reform}.{parameter}")
