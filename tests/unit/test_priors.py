"""Priors as a table: what is read is what was written, and what does not fit together is refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from scipy.stats import gamma

from experiments.study.priors import OUTCOME, Prior, PriorError, frame, read_priors

PUBLISHED = Path(__file__).parents[2] / "results" / "prior" / "priors.csv"
MODEL = Path(__file__).parents[2] / "docs" / "model.md"
MINE = (
    Prior("decision.rule_of_law_weight", 1.6, 0.16, relative_to="decision.income_weight", source="by hand"),
    Prior("diaspora elasticity", 3.0, 0.1, OUTCOME),
)


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    text = frame(MINE).to_csv(index=False)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (path := folder / "priors.csv").write_text(text, encoding="utf-8")
    return path


def said(number: float) -> str:
    return f"{number:.2f}".removeprefix("0")


def test_priors_come_back_as_they_were(tmp_path: Path) -> None:
    found = read_priors(written(tmp_path))
    assert list(found.values()) == list(MINE)
    law = found["decision.rule_of_law_weight"]
    assert law.mean == pytest.approx(0.256)
    assert law.quantile(0.95) == pytest.approx(gamma(1.6, scale=0.16).ppf(0.95))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind", "sort", "the columns are name, sort"),
        ("decision.rule_of_law_weight", "decision.law_weight", "line 2: 'decision.law_weight' is no parameter"),
        ("decision.income_weight", "decision.pay_weight", "line 2: 'decision.pay_weight' is no parameter"),
        ("outcome", "result", "line 3: kind is 'result', but must be parameter or outcome"),
        ("gamma,1.6", "normal,1.6", "line 2: law is 'normal', but must be gamma"),
        ("1.6,0.16,", "-1.6,0.16,", "line 2: shape is '-1.6', but must be a number above 0"),
        ("1.6,0.16,", "1.9,0.16,", "line 2: mean is 0.256, but that of the law is 0.304"),
        (",by hand", "", "line 2: there are 10 cells, but must be 11"),
        (
            "diaspora elasticity,outcome",
            "decision.rule_of_law_weight,outcome",
            "line 3: decision.rule_of_law_weight has",
        ),
    ],
)
def test_a_table_that_does_not_fit_together_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(PriorError, match=said):
        read_priors(written(tmp_path, (old, new)))


def test_the_published_priors_can_be_read() -> None:
    found = read_priors(PUBLISHED)
    law = found["decision.rule_of_law_weight"]
    assert law.relative_to == "decision.income_weight"
    assert 0.0 < law.quantile(0.05) < law.mean < law.quantile(0.95) < 1.0
    assert found["decision.home_income_weight"].quantile(0.5) < 1.0
    model = " ".join(MODEL.read_text(encoding="utf-8").split())
    assert (
        f"mean {said(law.mean)}, nine tenths between {said(law.quantile(0.05))} and {said(law.quantile(0.95))}" in model
    )
    home = found["decision.home_income_weight"]
    assert f"mean {said(home.mean)}, from {said(home.quantile(0.05))} to {said(home.quantile(0.95))}" in model
    assert [name for name, prior in found.items() if prior.kind == OUTCOME] == ["diaspora elasticity of departures"]
