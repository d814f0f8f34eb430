"""What the page shows: the headline, and a view at a time of both runs and the gap between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import solara
from matplotlib.figure import Figure

from abm.codes import PATHS, SERVE
from abm.measures import CAPITAL, GRADUATES, measure
from abm.page import figures, people
from abm.page.bands import Pairs
from abm.page.desk import Desk
from abm.page.figures import Drawing, encoded, saved, signed
from abm.page.pair import ARMS, Both, Pair
from abm.page.people import Sample
from abm.page.story import Candidate, Story, candidates, decided, told
from abm.page.tiles import UNDER, Tile, shown_of, sure_of
from abm.page.widgets import Picture
from abm.scenario import Scenario, month_name

__all__ = ["VIEWS", "Headline", "Views", "draw_ahead", "drawing_of", "file_of", "named"]

FILE_WIDTH = 9.6  # inches, of figures that are taken away


@dataclass(frozen=True)
class View:
    """One way of looking: its tab, its file, what it shows in words, and how it is drawn."""

    key: str
    tab: str
    about: str
    draw: Callable[..., Figure] | None = None  # None: people's views, which need more than the runs
    banded: bool = False  # whether it draws bands of many pairs too


VIEWS = {
    view.key: view
    for view in (
        View(
            "rates",
            "Rates",
            "Who leaves and who returns within a year, what it comes to, unemployment, and what reforms cost the "
            "public purse, and graduates by a tax. Leaving is counted per 1,000 at home, returning per 1,000 abroad.",
            figures.rates,
            banded=True,
        ),
        View(
            "stocks",
            "Stocks",
            "Where graduates of working age live and how many of them are at work at home, and what they can do: human "
            "capital counts a mean new graduate as 1, an able or experienced one as more.",
            figures.stocks,
            banded=True,
        ),
        View(
            "flows",
            "Flows",
            "How many came in and went out since the first month, by country; students who finish abroad count as in "
            "when they come home and as out when they stay. Numbers in brackets are the gap to no reform.",
            figures.flows,
        ),
        View(
            "network",
            "People and ties",
            "A few hundred people who know each other, around those who left. Lines are ties. Click on a person to "
            "read her story.",
        ),
        View(
            "law",
            "Rule of law",
            "What is announced, what is delivered, and what graduates believe, on the scale of the World Bank's "
            "indicator (-2.5 to 2.5). A promise is believed as far as earlier ones were kept.",
            figures.rule_of_law,
        ),
        View(
            "who",
            "Who leaves",
            "Ability and age of those who work or look for work, at home and abroad. If the curve abroad lies further "
            "right than that at home, it is the able who are away.",
            figures.who_leaves,
        ),
        View(
            "pillars",
            "Four pillars",
            f"Net brain gain so far in four parts that add up to it, in {GRADUATES.printed}: returns after five years "
            "abroad and foreign specialists; students; short stays abroad, out and back; returns through "
            "people one knows.",
            figures.pillars,
        ),
        View(
            "person",
            "One graduate",
            "One decision in both runs, in the same month and with the same luck: what spoke for each country, "
            "compared with the one she lived in. The largest sum wins; chance is what no term explains.",
        ),
    )
}
MONTHS = "January February March April May June July August September October November December".split()


def named(month: str) -> str:
    """Return a month in words: 2030-12 is December 2030."""
    year, number = month.split("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def drawing_of(
    key: str,
    pair: Pair,
    width: float,
    *,
    pairs: Pairs | None = None,
    shown: Sample | None = None,
    person: tuple[int, int] | None = None,
) -> Drawing:
    """Return what draws a view; some draw bands of many pairs too, and the people's views need whom they show."""
    draw, more = VIEWS[key].draw, (pairs,) if VIEWS[key].banded else ()
    if draw is not None:
        return lambda: draw(pair, width, *more)
    if key == "network":
        whom = shown or people.sample(pair)
        return lambda: people.network(pair, width, whom)
    stories = _stories(pair, person)
    return lambda: people.weighing(pair, width, stories)


def _stories(pair: Pair, person: tuple[int, int] | None) -> tuple[Story | None, Story | None]:
    """Return somebody's story in both runs, in the month in which it was decided."""
    if person is None:
        return None, None
    row, month = person
    then = pair.as_of(month)
    return told(then, then.without, row), told(then, then.under, row)


def draw_ahead(desk: Desk) -> None:
    """Draw what the page shows of the runs as they are now, so that showing it takes no time."""
    _headline_picture(desk)
    view = desk.view.value
    if view == "network":
        _network_picture(desk)
    elif view != "person":  # whose story is drawn once
        _view_picture(desk, view)


def _picture(desk: Desk, what: Hashable, draw: Callable[[Pair, float], Figure]) -> str:
    """Return a picture of the runs as they are now and as wide as its place, drawn unless it just was."""
    model, width = desk.model.value, desk.width.value

    def make() -> str:
        with model.still:
            return encoded(lambda: draw(model.pair, width))

    return desk.pictures.get((what, model.number, model.pair.months, width), make)


def _headline_picture(desk: Desk) -> str:
    number, pairs = desk.pairs_number, desk.pairs
    return _picture(desk, ("headline", number), lambda pair, width: figures.headline(pair, width, pairs))


def _view_picture(desk: Desk, key: str) -> str:
    number, pairs = desk.pairs_number if VIEWS[key].banded else -1, desk.pairs
    return _picture(desk, (key, number), lambda pair, width: drawing_of(key, pair, width, pairs=pairs)())


def _network_picture(desk: Desk) -> str:
    shown = shown_sample(desk)
    return _picture(desk, ("network", shown.rows.tobytes()), lambda pair, width: people.network(pair, width, shown))


@solara.component
def Headline(desk: Desk) -> None:
    """Show the gap: in persons and human capital so far, at work now, and what it has cost; and its course."""
    desk.shown.get()
    pair, pairs, source = desk.model.value.pair, desk.pairs, _headline_picture(desk)
    with desk.model.value.still:
        series, months, words = pair.series(), pair.months, _headline_words(pair)
    with solara.Div(classes=["page-tiles"]):
        for title, name, unit in (
            ("Net brain gain so far: what the reform adds", "net_brain_gain", GRADUATES.said),
            ("The same in human capital", "net_human_capital_gain", CAPITAL.said),
        ):
            Tile(
                shown_of(title, unit, series[name].so_far(), months, pair.weight),
                sure_of(pairs, name, months, of=UNDER),
            )
        both, unit = series["graduates_at_work"], GRADUATES.said
        what = shown_of("At work at home now: what the reform adds", unit, both, months, pair.weight)
        Tile(dataclasses.replace(what, balance=False), sure_of(pairs, "graduates_at_work", months))
        both, paid = series["public_cost"].so_far(), measure("public_cost").unit
        scaled = Both(paid.scaled(both.without), paid.scaled(both.under))
        what = shown_of("What it has cost the public purse so far", paid.printed, scaled, months)
        Tile(
            dataclasses.replace(what, balance=False, welcome=False),
            sure_of(pairs, "public_cost", months, scale=paid.divide_by),
        )
    Picture(source=source, words=words)


def _headline_words(pair: Pair) -> str:
    if not pair.months:
        return "Net brain gain: nothing has been run yet."
    both, work = pair.series()["net_brain_gain"].so_far(), float(pair.series()["graduates_at_work"].gap[-1])
    ends = f"with the reform {signed(float(both.under[-1]))}, without it {signed(float(both.without[-1]))}"
    gap = signed(float(both.gap[-1]))
    return (
        f"Lines over time: net brain gain until {named(pair.latest)} is {ends}, so the gap is {gap} {GRADUATES.said}; "
        f"at work at home the gap is {signed(work)}."
    )


@solara.component
def Views(desk: Desk) -> None:
    """Show the tabs and the view that is chosen; only what is seen is drawn."""
    with solara.v.Html(tag="div", class_="page-tabs", attributes={"role": "tablist"}):
        for key, other in VIEWS.items():
            Tab(other.tab, key == desk.view.value, lambda key=key: desk.view.set(key))
    view = VIEWS[desk.view.value]
    solara.v.Html(tag="p", class_="page-about", children=[view.about])
    if view.key == "network":
        Network(desk)
    elif view.key == "person":
        Person(desk)
    else:
        Plain(desk, view.key)


@solara.component
def Tab(label: str, chosen: bool, on_click: Callable[[], None]) -> None:
    """Show the tab of a view; on a narrow screen they stand in several rows."""
    attributes = {"role": "tab", "aria-selected": "true" if chosen else "false", "type": "button"}
    button = solara.v.Html(tag="button", class_="page-tab", attributes=attributes, children=[label])
    solara.v.use_event(button, "click", lambda *_: on_click())


@solara.component
def Plain(desk: Desk, key: str) -> None:
    """Show a view of the two runs."""
    desk.shown.get()
    source = _view_picture(desk, key)
    with desk.model.value.still:
        words = _headline_words(desk.model.value.pair)
    Picture(source=source, words=f"{VIEWS[key].about} {words}")


def shown_sample(desk: Desk) -> Sample:
    """Return whom the network shows: laid out once for a scenario, a seed and a choice of the visitor's."""
    pair = desk.model.value.pair
    of = (id(desk.applied.value.world), pair.seed)
    kept = desk.sample.value
    if kept is None or kept[0] != of:
        with desk.model.value.still:
            kept = (of, people.sample(pair))
        desk.sample.set(kept)
    return kept[1]


@solara.component
def Network(desk: Desk) -> None:
    """Show people and ties; a click tells somebody's story."""
    desk.shown.get()
    pair, width = desk.model.value.pair, desk.width.value
    source = _network_picture(desk)
    with desk.model.value.still:
        shown = shown_sample(desk)
        abroad = [int((arm.simulation.graduates.person.country[shown.rows] > 0).sum()) for arm in pair.arms]

    def point(place: dict[str, float]) -> None:
        row = people.nearest(width, shown, float(place["x"]), float(place["y"]))
        if row is not None:
            desk.person.set((row, decided(pair, row)))
            desk.view.set("person")

    words = (
        f"Of {len(shown.rows)} people who know each other {abroad[1]} live abroad with the reform, {abroad[0]} without."
    )
    Picture(
        source=source,
        words=words,
        pointable=True,
        event_pointed=point,
    )
    solara.Button("Show others, around those who have left", text=True, on_click=lambda: desk.sample.set(None))


def chosen_person(desk: Desk, found: Sequence[Candidate]) -> tuple[int, int] | None:
    """Return whose story is told and of which month: the visitor's choice, or the first worth telling."""
    pair, chosen = desk.model.value.pair, desk.person.value
    if chosen is not None and chosen[1] < pair.month:
        return chosen
    return (found[0].row, found[0].month) if found else None


@solara.component
def Person(desk: Desk) -> None:
    """Show one graduate's story in both runs."""
    desk.shown.get()
    pair = desk.model.value.pair
    with desk.model.value.still:
        found = candidates(pair) if pair.months else []
        person = chosen_person(desk, found)
    if person is None:
        solara.Text("Press play or step: a story begins with a decision.")
        return
    by_label = {candidate.label: (candidate.row, candidate.month) for candidate in found}
    label = next((label for label, other in by_label.items() if other == person), f"no. {person[0]}, as chosen")
    solara.Select(
        label="Whose story",
        value=label,
        values=[*([label] if label not in by_label else []), *by_label],
        on_value=lambda chosen: desk.person.set(by_label.get(chosen, person)),
    )
    Told(desk, person)


@solara.component
def Told(desk: Desk, person: tuple[int, int]) -> None:
    """Show a story that was chosen; it is worked out once, however often the runs go on."""
    pair, width = desk.model.value.pair, desk.width.value
    plan = (id(pair.world), pair.plan, pair.seed)
    stories = solara.use_memo(lambda: _stories(pair, person), [plan, person])
    source = solara.use_memo(lambda: encoded(lambda: people.weighing(pair, width, stories)), [plan, person, width])
    when = named(month_name(pair.world.first_month + person[1]))
    with solara.Div(classes=["page-tiles"]):
        for name, story in zip(ARMS, stories, strict=True):
            Facts(pair.world, pair.country_names, name, when, story)
    if all(stories):
        solara.v.Html(tag="p", class_="page-about", children=[turned(pair.country_names, stories)])
    words = "Bars, one row a country: what spoke for it and against it when she decided, term by term."
    Picture(source=source, words=words)


@solara.component
def Facts(world: Scenario, names: tuple[str, ...], run: str, when: str, story: Story | None) -> None:
    """Show who she is in one run, what she earns here and there, and what she did."""
    with solara.Div(classes=["page-tile"]):
        solara.v.Html(tag="div", class_="page-tile-title", children=[run.capitalize()])
        if story is None:
            solara.Text("She is a student, has retired, has died, or is not in this run: nothing was decided.")
            return
        solara.v.Html(tag="p", class_="page-decision", children=[decision(names, when, story)])
        unit = "USD PPP" if world.decision.income_basis == "ppp" else "USD"
        earns = ", ".join(f"{names[option.country]} {option.wage:,.0f}" for option in story.options)
        with solara.v.Html(tag="table", class_="page-facts"):
            for fact, value in (*story.facts, (f"would earn, {unit} a month", earns)):
                with solara.v.Html(tag="tr"):
                    solara.v.Html(tag="th", children=[fact])
                    solara.v.Html(tag="td", children=[value])


def turned(names: tuple[str, ...], stories: Sequence[Story | None]) -> str:
    """Return in a sentence which term the reform changed most in what she weighed."""
    without, under = (
        {(option.country, option.path, term): value for option in story.options for term, value in option.terms.items()}
        for story in stories
        if story is not None
    )
    changes = {key: under[key] - without[key] for key in under.keys() & without.keys()}
    key = max(changes, key=lambda key: (abs(changes[key]), key), default=None)
    if key is None or abs(changes[key]) < 0.005:
        return "The reform changed nothing in what she weighed."
    return f"What the reform changed most in what she weighed: {key[2]} in {names[key[0]]} ({signed(changes[key])})."


def decision(names: tuple[str, ...], when: str, story: Story) -> str:
    """Return in a sentence what she did and what tipped it."""
    chosen, here = story.chosen, names[story.here]
    rivals = [option for option in story.options if option.terms and option is not chosen]
    when = f"In {when} she" if story.reviewed else f"Had she been asked in {when}, she"
    if chosen.country == story.here and chosen.path == PATHS[SERVE]:
        verb = f"{'went' if story.reviewed else 'would have gone'} to serve where she owed it"
    elif chosen.country == story.here:
        verb = f"{'stayed in' if story.reviewed else 'would have stayed in'} {here}"
    else:
        verb = f"{'left' if story.reviewed else 'would have left'} {here} for {names[chosen.country]} ({chosen.path})"
    if not rivals:
        reason = ": no other country was open to her."
    else:
        at_hand = [option for option in rivals if option.country == story.here]
        rival = max(at_hand or rivals, key=lambda option: option.total)
        weighed = {term: chosen.terms[term] - rival.terms[term] for term in chosen.terms}
        best = max(weighed, key=lambda term: weighed[term])
        reason = f": against {names[rival.country]}, {best} spoke most for it ({signed(weighed[best])})."
    refused = " The permits of the month were used up, so it came to nothing." if story.refused else ""
    return f"{when} {verb}{reason}{refused}"


def file_of(key: str, kind: str, desk: Desk) -> bytes:
    """Return a view, or the headline, as a file to take away."""
    pair = desk.model.value.pair
    with desk.model.value.still:
        if key == "headline":
            return saved(lambda: figures.headline(pair, FILE_WIDTH, desk.pairs), kind)
        shown = shown_sample(desk) if key == "network" else None
        person = chosen_person(desk, candidates(pair)) if key == "person" and pair.months else None
        return saved(drawing_of(key, pair, FILE_WIDTH, pairs=desk.pairs, shown=shown, person=person), kind)
