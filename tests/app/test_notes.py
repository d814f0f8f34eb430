"""What the page says of a reform that changes nothing, beside its controls."""

from __future__ import annotations

from typing import Any

import pytest

from abm import reforms
from abm.page.settings import Settings, notes, ready

solara = pytest.importorskip("solara", reason="the page needs the extra viz: pip install 'brain-gain[viz]'")

QUIET = (reforms.PublicSalaryParity(target=0.4), reforms.HostTightening(destination="russia", permit_prob=0.0))


def test_a_reform_that_changes_nothing_has_a_note_and_no_problem() -> None:
    settings = Settings().with_plan((*QUIET, reforms.Diversification()))
    assert ready(settings)[1] == {}
    said = notes(settings)
    assert set(said) == {"PublicSalaryParity", "HostTightening"}
    assert "is 0.6 already, and 0.4 is not above it" in said["PublicSalaryParity"]
    assert notes(settings.with_value("PublicSalaryParity", "target", 0.9)).keys() == {"HostTightening"}


def test_where_something_is_wrong_there_are_no_notes() -> None:
    settings = Settings().with_plan(QUIET)
    assert notes(settings.with_value("PublicSalaryParity", "target", 99.0)) == {}
    assert notes(settings.with_value("PublicSalaryParity", "start", "2099-01")) == {}


def _text(element: Any) -> list[str]:
    if isinstance(element, str):
        return [element]
    return [text for child in getattr(element, "children", None) or [] for text in _text(child)]


def test_the_note_stands_beside_the_reform_and_goes_when_it_acts() -> None:
    from abm.page.desk import use_desk
    from abm.page.levers import sheets
    from abm.page.panel import ReformSheet

    kept: list[Any] = []

    @solara.component
    def Sheet() -> None:
        desk = use_desk(Settings(), 0, "")
        kept.append(desk)
        ReformSheet(desk, sheets()["PublicSalaryParity"])

    box, rendered = solara.render(Sheet(), handle_error=False)
    try:
        desk = kept[0]
        assert not any("changes nothing" in text for text in _text(box))
        desk.settings.set(Settings().with_plan(QUIET))
        assert any("PublicSalaryParity from 2026-01 changes nothing: " in text for text in _text(box))
        desk.settings.set(desk.settings.value.with_value("PublicSalaryParity", "target", 0.9))
        assert not any("changes nothing" in text for text in _text(box))
    finally:
        rendered.close()
