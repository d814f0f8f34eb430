"""A visitor's desk: what the controls say, the two runs, and the work of bringing them up to date.

Every visit, that is every tab of a browser, has a desk of its own; nothing is shared between them.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import solara

from abm.network import NetworkError
from abm.page.bands import FEWEST, Pairs
from abm.page.many import Many
from abm.page.memory import release
from abm.page.model import PairModel, persons_held
from abm.page.people import Sample
from abm.page.pictures import Pictures
from abm.page.settings import GENERAL, OPENING_MONTHS, Problem, Settings, ready
from abm.page.uploads import UploadError, read_upload
from abm.reforms import ReformError
from abm.scenario import Scenario, ScenarioError

__all__ = ["Desk", "Work", "use_desk"]

LOOK_SECONDS = 0.3  # between looks at a long computation
SOON = 2.0  # seconds after a visit has ended, by which all that it had under way has stopped
AT_ONCE = 120  # months that are run before the page is first seen, half a second
MOST_HELD = 2_400_000  # persons in the runs of all visits together: some 1.5 GB
MOST_UPLOADS = 200  # of one visit
# a file may take much to read; one at a time, whoever brought it
_READING = threading.Lock()


@dataclass(frozen=True, eq=False)
class Work:
    """Months to be run: from the first on if the settings have changed, else from where the runs are."""

    months: int
    settings: Settings | None = None


@dataclass(frozen=True, eq=False)
class Upload:
    """A file that a visitor has brought."""

    name: str
    content: bytes | None
    size: int


class NoRoomError(ValueError):
    """Runs that the server cannot hold besides those of others, said in one sentence."""


@dataclass(frozen=True)
class Desk:
    """The state of one visit, each part of it reactive."""

    settings: solara.Reactive[Settings]  # what the controls say, possible or not
    applied: solara.Reactive[Settings]  # what the runs were made with
    problems: solara.Reactive[Mapping[Problem, str]]
    model: solara.Reactive[PairModel]
    work: solara.Reactive[Work | None]  # what is asked for; None once it was stopped
    done: solara.Reactive[Work | None]  # what was done last
    upload: solara.Reactive[Upload | None]  # the file that is being read
    progress: solara.Reactive[float]  # share of the work that is done
    width: solara.Reactive[float]  # of the pictures' place, inches
    view: solara.Reactive[str]
    person: solara.Reactive[tuple[int, int] | None]  # row of the graduate whose story is told, and of which month
    sample: solara.Reactive[tuple[Any, Sample] | None]  # whom the network shows, and of which runs
    many: solara.Reactive[Many | None]  # how sure the answer is: pairs of runs of what is shown, under way or done
    shown: solara.Reactive[int]  # number of what is shown: a new one has all that shows the runs brought up to date
    pictures: Pictures = field(default_factory=Pictures)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    uploads: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    # work that is overtaken may still end, but must not show its runs after those of the later one
    publishing: threading.Lock = field(default_factory=threading.Lock)

    def change(self, settings: Settings) -> None:
        """Take what a control says; if it can be run, run it up to the present month."""
        problem_free = self._take(settings)
        if problem_free:
            pending = self.work.value.months if self.busy and self.work.value else 0
            self.work.set(Work(max(self.model.value.pair.months, pending), settings))

    def choose_world(self, world: Scenario, uploaded: str = "") -> None:
        """Take another scenario, with the reforms as they are; begin it with its opening months."""
        settings = Settings(
            world, uploaded, self.settings.value.seed, self.settings.value.on, self.settings.value.levers
        )
        if self._take(settings):
            self.work.set(Work(min(OPENING_MONTHS, world.n_months - world.past_months), settings))
        else:  # the reforms do not fit the new world: what is wrong is said beside them, the old world stays
            self.settings.set(self.applied.value)

    def _take(self, settings: Settings) -> bool:
        self.settings.set(settings)
        _, problems = ready(settings)
        self.problems.set(problems)
        if not problems:
            self.forget_pairs()  # other runs will be shown
        return not problems

    def forget_pairs(self) -> None:
        """End the pairs of runs that are under way; what they have found is of no more use."""
        if self.many.value is not None:
            self.many.value.stop()
            self.many.set(None)

    @property
    def pairs(self) -> Pairs | None:
        """Many pairs of the runs that are shown, as far as they were told of; None while they are too few to say much.

        Their number is :attr:`pairs_number`.
        """
        many, pair = self.many.value, self.model.value.pair
        if many is None or not many.question.asks_of(pair.world, pair.plan, pair.seed):
            return None
        return many.told.pairs if many.told.done >= FEWEST else None

    @property
    def pairs_number(self) -> int:
        """What tells one answer of :attr:`pairs` from any other; -1 if there is none."""
        many = self.many.value
        return -1 if many is None or self.pairs is None else many.told.number

    def receive(self, file: Mapping[str, Any]) -> None:
        """Take an uploaded file, to be read by :meth:`read`: the thread of a click has others to answer."""
        if next(self.uploads) > MOST_UPLOADS:
            refusal = f"This visit has brought {MOST_UPLOADS} files, which is as many as it may; open the page anew."
            self.problems.set({(GENERAL, "upload"): refusal})
            return
        self.upload.set(Upload(str(file.get("name", ""))[:200], file.get("content"), int(file.get("size", 0))))

    def read(self) -> None:
        """Read the file that was uploaded; if it cannot be used, say why and change nothing."""
        upload = self.upload.value
        if upload is None:
            return
        try:
            with _READING:
                found = read_upload(upload.name, upload.content, upload.size)
            if self.upload.value is not upload:  # another one was brought meanwhile
                return
            if isinstance(found, Scenario):
                self.choose_world(found, upload.name)
            else:
                self._choose_plan(tuple(found), upload.name)
        except UploadError as error:
            self.problems.set({(GENERAL, "upload"): str(error)})
        except (MemoryError, RecursionError):
            refusal = f"{upload.name}: reading the file takes more than the page can give."
            self.problems.set({(GENERAL, "upload"): refusal})
        finally:
            if self.upload.value is upload:
                self.upload.set(None)

    def _choose_plan(self, plan: tuple[Any, ...], name: str) -> None:
        try:
            settings = self.settings.value.with_plan(plan)
        except ReformError as error:
            raise UploadError(f"{name}: {error}.") from None
        _, problems = ready(settings)
        if problems:
            raise UploadError(f"{name}: {next(iter(problems.values()))}")
        self.change(settings)

    def run_to_the_end(self) -> None:
        """Run all months that are left."""
        self.work.set(Work(self.model.value.pair.n_months))

    def stop(self) -> None:
        """Stop the work; what was run by now is shown."""
        self.work.set(None)

    def reset(self) -> None:
        """Begin the runs again, before their first month, set as the controls are if that can be run."""
        self.work.set(Work(0, self.applied.value if self.problems.value else self.settings.value))

    def show(self) -> int:
        """Bring up to date all that shows the runs, and return the number of what is shown then."""
        number = next(self.numbers)
        self.shown.set(number)
        return number

    @property
    def busy(self) -> bool:
        """Whether work is under way."""
        return self.work.value is not None and self.done.value is not self.work.value

    def carry_out(self) -> None:
        """Do the work that is asked for, unless other work is asked for in the meantime."""
        work = self.work.value
        if work is None:
            return
        self.progress.set(0.0)
        if work.settings is None:
            self._run(self.model.value, work)
            self.done.set(work)
            self.show()
            return
        try:
            model = _made(work.settings)
        except (ScenarioError, ReformError, NetworkError, NoRoomError) as error:
            self.settings.set(self.applied.value)
            self.problems.set({(GENERAL, "scenario"): f"{error}."})
            self.done.set(work)
            return
        self._run(model, work)
        with self.publishing:
            if self.work.value is work or self.work.value is None:  # else the controls have moved on
                self._publish(model, work.settings)
                self.done.set(work)

    def _publish(self, model: PairModel, settings: Settings) -> None:
        """Show other runs."""
        if settings.world is not self.applied.value.world:
            self.person.set(None)
        self.applied.set(settings)
        self.model.set(model)

    def _run(self, model: PairModel, work: Work) -> None:
        """Run months until the work is done or no longer asked for."""
        first, looked = model.pair.months, time.monotonic()
        while model.pair.months < work.months and self.work.value is work:
            model.step()
            if time.monotonic() - looked > LOOK_SECONDS:
                self.progress.set((model.pair.months - first) / (work.months - first))
                looked = time.monotonic()


def _parameters(settings: Settings) -> dict[str, Any]:
    plan, _ = ready(settings)
    return {"world": settings.world, "plan": plan, "rng": settings.seed}


def _made(settings: Settings) -> PairModel:
    """Return the runs that settings ask for, unless all visits' runs together take too much."""
    model = PairModel(**_parameters(settings))
    if persons_held() > MOST_HELD:
        release()
        held = persons_held()
        if held > MOST_HELD:
            raise NoRoomError(
                f"All visitors' runs together would hold {held:,} persons, but this server takes {MOST_HELD:,}; choose "
                "a scenario with fewer graduates, or try again later"
            )
    return model


def use_desk(settings: Settings, months: int, problem: str) -> Desk:
    """Return this visit's desk, set up once from the link that opened the page."""
    desk = solara.use_memo(lambda: _desk(settings, months, problem), [])
    solara.lab.use_task(desk.carry_out, dependencies=[desk.work.value])
    solara.lab.use_task(desk.read, dependencies=[desk.upload.value])
    solara.use_effect(lambda: lambda: _end(desk), [])
    return desk


def _end(desk: Desk) -> None:
    """Give back what a visit held, once all that it had under way has stopped."""
    desk.work.set(None)
    desk.forget_pairs()
    timer = threading.Timer(SOON, _let_go, [desk.model.value])
    timer.daemon = True
    timer.start()


def _let_go(model: PairModel) -> None:
    model.let_go()
    release()


def _desk(settings: Settings, months: int, problem: str) -> Desk:
    model = PairModel(**_parameters(settings))
    while model.pair.months < min(months, AT_ONCE):
        model.step()
    return Desk(
        settings=solara.Reactive(settings),
        applied=solara.Reactive(settings),
        problems=solara.Reactive({(GENERAL, GENERAL): problem} if problem else {}),
        model=solara.Reactive(model),
        work=solara.Reactive(Work(months) if months > AT_ONCE else None),
        done=solara.Reactive(None),
        upload=solara.Reactive(None),
        progress=solara.Reactive(0.0),
        width=solara.Reactive(9.6),
        view=solara.Reactive("rates"),
        person=solara.Reactive(None),
        sample=solara.Reactive(None),
        many=solara.Reactive(None),
        shown=solara.Reactive(0),
    )
