"""The answer first: a sentence of what the plan comes to, how sure it is, and the pairs of runs that say so."""

from __future__ import annotations

import solara

from abm.page.bands import Pairs
from abm.page.desk import Desk
from abm.page.many import ASKED, Many, Question, Sofar
from abm.page.pair import Pair
from abm.page.sureness import CHANCE, DRAWS, Answer, Money, answer_of, basis_of, sentence_of, verdict_of
from abm.page.views import draw_ahead
from abm.reforms.spending import asserted_costs

__all__ = ["AnswerFirst", "Limits", "answer", "ask", "use_pairs"]

SETTLED = 3.0  # seconds without a change, after which many pairs are asked for


def use_pairs(desk: Desk) -> None:
    """Ask for many pairs of what is shown, once it has been left alone for a while."""
    solara.use_effect(lambda: ask(desk, SETTLED), [desk.model.value, desk.done.value])


def ask(desk: Desk, patience: float = 0.0) -> None:
    """Ask for many pairs of what is shown, unless that was done: who stopped them begins them again by hand."""
    pair, many = desk.model.value.pair, desk.many.value
    if many is not None and many.question.asks_of(pair.world, pair.plan, pair.seed):
        return
    desk.forget_pairs()
    _begin(desk, Question(pair.world, pair.plan, pair.seed), patience)


def _begin(desk: Desk, question: Question, patience: float = 0.0, before: Many | None = None) -> None:
    def tell() -> None:
        if desk.many.value is many:
            draw_ahead(desk)
            desk.show()

    many = Many(question, tell, before=before)
    desk.many.set(many)
    many.start(patience)


def answer(pair: Pair, pairs: Pairs | None, question: Question | None) -> Answer | None:
    """Return the answer of many pairs or, without them, of the one that is shown; None where nothing was run."""
    if pairs is None:
        if not pair.months:
            return None
        pairs = Pairs.of(pair.first_month, [[arm.simulation.accounts.counted() for arm in pair.arms]])
        question = None
    return answer_of(
        pairs,
        pair.country_names[0],
        differ=DRAWS if question is not None and question.draws is not None else CHANCE,
        has_plan=bool(pair.plan),
        asserted=_asserted(pair, int(pairs.months.sum())),
    )


def _asserted(pair: Pair, months: int) -> Money:
    """Return what the plan is asserted to cost a year, over some months from the first on."""
    past = pair.world.past_months
    bill = asserted_costs(pair.world, pair.plan)[past : past + months]
    return Money(*(float(end) for end in 12.0 * bill.sum(axis=0) / months))


@solara.component
def AnswerFirst(desk: Desk) -> None:
    """Show the sentence, what it is of, and how far the pairs are."""
    desk.shown.get()
    model, many = desk.model.value, desk.many.value
    with model.still:
        found = answer(model.pair, desk.pairs, many.question if many is not None else None)
    verdict = verdict_of(found) if found is not None else "even"
    done = many is not None and not many.told.going_on
    with solara.Div(classes=["page-answer", f"page-{verdict}"]):
        solara.v.Html(
            tag="p",
            class_="page-sentence",
            attributes={"aria-live": "polite"} if done else {},  # one that changes all the while is not read out
            children=[sentence_of(found) if found is not None else "Nothing was run yet: press play or step."],
        )
        solara.v.Html(tag="div", class_="page-note", children=[basis_of(found) if found is not None else ""])
        HowFar(desk)


@solara.component
def HowFar(desk: Desk) -> None:
    """Show how many pairs are done, and let them be stopped, or asked for."""
    desk.shown.get()
    many = desk.many.value
    told = many.told if many is not None else None

    def stop() -> None:
        if many is not None:
            many.stop()
        desk.show()

    def again() -> None:
        if many is None:
            ask(desk)
        else:
            _begin(desk, many.question, before=many)

    with solara.Div(classes=["page-now"]):
        if told is not None and told.going_on:
            solara.Button("Stop these runs", outlined=True, small=True, on_click=stop)
            solara.v.ProgressLinear(value=100.0 * told.done / told.question.pairs, class_="page-progress")
        elif told is None or told.done + told.failed < told.question.pairs:
            solara.Button("How sure?", color="primary", small=True, on_click=again)
        solara.v.Html(tag="div", class_="page-note page-pairs", children=[_how_far(told)])
        if told is not None and told.failed:
            solara.v.Html(tag="div", class_="page-problem", attributes={"role": "status"}, children=[_failed(told)])


def _how_far(told: Sofar | None) -> str:
    """Return how many pairs are done, in words."""
    if told is None:
        return f"{ASKED} pairs of runs say how sure this is."
    asked = told.question.pairs
    if told.going_on and not told.done:
        return f"How sure? {asked} pairs of runs, to the end of the scenario, are being computed."
    what = f"{told.done} of {asked} pairs"
    return f"{what} so far" if told.going_on else f"{what} of runs" if told.done == asked else f"{what}, then stopped"


def _failed(told: Sofar) -> str:
    return f"{told.failed} of {told.question.pairs} pairs came to nothing. The first: {told.why}"


@solara.component
def Limits(desk: Desk) -> None:
    """Say what the numbers are of, and what they cannot say."""
    desk.shown.get()
    many = desk.many.value
    if many is not None and many.question.draws is not None:
        first = (
            "The runs shown are one run of chance at the scenario's own values. The bands are of draws of its "
            "posterior (results/calibration); what is outside the model is not in them."
        )
    else:
        first = (
            "The runs shown are one run of chance of an uncalibrated model: a sketch, not a forecast. The bands hold "
            "chance alone, not how far the parameters may be off; those of Kazakhstan since 2010 hold that too."
        )
    more = " docs/model.md says what the model cannot know, and the project's experiments vary what this page does not."
    solara.v.Html(tag="p", class_="page-note", children=[first + more])
