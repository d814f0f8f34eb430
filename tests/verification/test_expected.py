"""Each kind of reform does in a small world what the table beside its class states: what changes when, what moves."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from abm.plans import expected
from abm.plans.expected import Expected, ExpectedError, computed, disagreements, place_of, read, text_of
from abm.reforms import KINDS, JudicialReform, PublicSalaryParity, Reform
from abm.reforms.files import BUNDLED


@cache
def found(name: str) -> Expected:
    return computed(read(KINDS[name]))


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind in BUNDLED])
def test_a_reform_does_what_its_expected_table_states(name: str) -> None:
    assert disagreements(read(KINDS[name]), found(name)) == []


def test_no_table_is_left_of_a_reform_that_is_not_there() -> None:
    tables = set(place_of(JudicialReform).parent.glob("*.toml"))
    assert tables == {place_of(kind) for kind in BUNDLED}


STATED = read(JudicialReform)
PROMISE, *OTHER_CHANGES = STATED.changes
LEAVING, *OTHER_FLOWS = STATED.flows
WRONG = {
    "a change too many": (
        replace(STATED, changes=(*STATED.changes, replace(PROMISE, quantity="merit"))),
        "merit of home is not changed, as is stated",
    ),
    "a change too few": (replace(STATED, changes=tuple(OTHER_CHANGES)), "rule_of_law of home is changed, which is not"),
    "a month too early": (
        replace(STATED, changes=(replace(PROMISE, first="2026-01"), *OTHER_CHANGES)),
        "rule_of_law of home changes otherwise",
    ),
    "another level": (
        replace(STATED, changes=(replace(PROMISE, after=PROMISE.after + 1e-4), *OTHER_CHANGES)),
        "rule_of_law of home changes otherwise",
    ),
    "the other way": (
        replace(STATED, flows=(replace(LEAVING, direction="up", effect=-LEAVING.effect), *OTHER_FLOWS)),
        "emigrants goes down",
    ),
    "twice as far": (
        replace(STATED, flows=(replace(LEAVING, effect=2.0 * LEAVING.effect), *OTHER_FLOWS)),
        "emigrants moves by",
    ),
    "what may be luck": (
        replace(STATED, flows=(replace(LEAVING, standard_error=abs(LEAVING.effect)), *OTHER_FLOWS)),
        "may be luck",
    ),
    "no flow at all": (replace(STATED, flows=()), "no flow is stated"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_table_that_states_something_else_is_contradicted(name: str) -> None:
    stated, sentence = WRONG[name]
    now = found("JudicialReform")
    said = disagreements(stated, replace(now, flows=now.flows[: len(stated.flows)]))
    assert len(said) == 1 and sentence in said[0]


def test_a_reform_of_less_strength_than_stated_is_found_out() -> None:
    said = disagreements(STATED, computed(replace(STATED, reform=dict(STATED.reform) | {"fidelity": 0.0})))
    assert any("rule_of_law of home is not changed" in sentence for sentence in said)
    assert any(sentence.startswith("emigrants ") for sentence in said)


def test_the_stated_band_never_reaches_nothing() -> None:
    for kind in BUNDLED:
        for flow in read(kind).flows:
            assert 0.0 < flow.tolerance < abs(flow.effect), f"{kind.__name__}: {flow.measure}"
            assert flow.direction == ("up" if flow.effect > 0.0 else "down"), f"{kind.__name__}: {flow.measure}"


def test_a_written_table_is_read_back_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in BUNDLED:
        place = tmp_path / place_of(kind).name
        place.write_text(text_of(read(kind)), encoding="utf-8")
        monkeypatch.setattr(expected, "place_of", lambda _, place=place: place)
        again = read(kind)
        monkeypatch.undo()
        assert again == read(kind)


class Unexpected(Reform):
    """A kind of one's own, in a file without a table."""


def test_a_kind_without_a_table_is_told_how_to_make_one() -> None:
    with pytest.raises(
        ExpectedError, match="Unexpected has no expected table: python -m abm.plans.expected Unexpected"
    ):
        read(Unexpected)


def test_a_table_with_unknown_parts_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a.expected.toml"
    monkeypatch.setattr(expected, "place_of", lambda _: place)
    for text, said in (("seeds = 3\n", "seeds is not known"), ('flows = [{mesure = "returns"}]\n', "other keys")):
        place.write_text(text, encoding="utf-8")
        with pytest.raises(ExpectedError, match=said):
            read(JudicialReform)


def test_a_new_table_states_what_moves_most_clearly(capsys: pytest.CaptureFixture[str]) -> None:
    new = computed(Expected(PublicSalaryParity, replicates=4))
    assert {flow.measure for flow in new.flows} & {"emigrants", "net_brain_gain"}
    assert disagreements(new, new) == []
    assert expected.main(["PublicSalaryParity"]) == 0
    assert capsys.readouterr().out == place_of(PublicSalaryParity).read_text(encoding="utf-8")
