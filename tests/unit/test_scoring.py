"""Predictions are scored by interval scores, beside every null, from a table of outcomes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from experiments.__main__ import main
from experiments.predicting.scoring import (
    MODEL,
    NULLS,
    POINTS,
    ScoreError,
    interval_score,
    read_outcomes,
    read_predictions,
    scores,
)

SPREAD = {"p5": -2.0, "p25": -1.0, "p50": 0.0, "p75": 1.0, "p95": 2.0}


def row(year: int, centre: float, null: float, *, variant: str = "", quantity: str = "leavers") -> dict[str, object]:
    """Return a prediction around a number; the constant number has half the width around another, other nulls none."""
    found: dict[str, object] = {"country": "Here", "quantity": quantity, "definition": "", "year": year}
    found |= {"unit": "thousand", "variant": variant} | {name: centre + off for name, off in SPREAD.items()}
    for name in NULLS:
        says = name == "constant_number"
        found |= {f"{name}_{point}": null + off / 2.0 if says else None for point, off in SPREAD.items()}
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [row(2021, 10.0, 12.0), row(2022, 20.0, 12.0)]
    rows += [row(2021, 5.0, 5.0, variant=which, quantity="share") for which in ("with", "without")]
    pd.DataFrame(rows).to_csv(tmp_path / "predictions.csv", index=False)
    return tmp_path


def outcomes(folder: Path, text: str) -> Path:
    path = folder / "outcomes.csv"
    path.write_text(text, encoding="utf-8")
    return path


def scored(folder: Path, text: str) -> pd.DataFrame:
    found = scores(read_predictions(folder / "predictions.csv"), read_outcomes(outcomes(folder, text)))
    return found.set_index(["quantity", "variant", "forecast"])


def test_the_interval_score_is_the_width_and_what_is_missed_dearly() -> None:
    """Of Gneiting and Raftery (2007), equation 43: [1, 3] at 90 % for outcomes inside, on an end, below and above."""
    inside = [interval_score(1.0, 3.0, outcome, 0.1) for outcome in (2.0, 1.0, 3.0)]
    assert inside == [2.0, 2.0, 2.0]
    assert interval_score(1.0, 3.0, 0.5, 0.1) == pytest.approx(2.0 + 20.0 * 0.5)
    assert interval_score(1.0, 3.0, 4.0, 0.5) == pytest.approx(2.0 + 4.0 * 1.0)
    for low, high, alpha in ((3.0, 1.0, 0.1), (1.0, 3.0, 0.0), (1.0, 3.0, 1.0)):
        with pytest.raises(ValueError, match="no interval"):
            interval_score(low, high, 2.0, alpha)


def test_quantiles_of_the_truth_have_a_better_expected_score_than_wider_narrower_or_shifted_ones() -> None:
    """The score is proper: over 2,000 equally likely outcomes of a uniform law the true 90 % interval is the best."""
    equally_likely = [(k + 0.5) / 2000 for k in range(2000)]

    def expected(low: float, high: float) -> float:
        return sum(interval_score(low, high, outcome, 0.1) for outcome in equally_likely) / 2000

    best = expected(0.05, 0.95)
    assert best == pytest.approx(0.9 + 20.0 * 0.05**2 / 2.0 * 2.0, abs=1e-4)
    assert all(expected(*ends) > best for ends in ((0.02, 0.98), (0.1, 0.9), (0.08, 0.98), (0.02, 0.92)))


def test_model_and_null_are_scored_over_the_same_years_by_hand(folder: Path) -> None:
    """Outcomes 11 and 23: the model's [8, 12] and [18, 22], the null's [11, 13] twice."""
    text = "country,quantity,year,value\nHere,leavers,2021,11\nHere,leavers,2022,23\n"
    found = scored(folder, text)
    model, null = found.loc[("leavers", "", MODEL)], found.loc[("leavers", "", "constant number")]
    assert (model["n"], null["n"]) == (2, 2)
    assert model["score_90"] == pytest.approx((4.0 + 4.0 + 20.0 * 1.0) / 2)
    assert null["score_90"] == pytest.approx((2.0 + 2.0 + 20.0 * 10.0) / 2)
    assert model["score_50"] == pytest.approx((2.0 + 2.0 + 4.0 * 2.0) / 2)
    assert (model["covered_90"], model["covered_50"], null["covered_90"]) == (0.5, 0.5, 0.5)
    assert null["skill_90"] == pytest.approx(1.0 - 14.0 / 102.0)
    assert (model["width_90"], null["width_90"]) == (4.0, 2.0)
    assert set(found.index.get_level_values("forecast")) == {MODEL, "constant number"}


def test_an_outcome_is_one_of_every_variant_unless_it_names_one(folder: Path) -> None:
    every = scored(folder, "country,quantity,year,value\nHere,share,2021,5\n")
    assert set(every.index.get_level_values("variant")) == {"with", "without"}
    one = scored(folder, "country,quantity,year,variant,value\nHere,share,2021,with,5\n")
    assert set(one.index.get_level_values("variant")) == {"with"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("country,quantity,value\nHere,leavers,1\n", "no column year"),
        ("country,quantity,year,value\nHere,leavers,2021,many\n", "line 2: value is 'many'"),
        ("country,quantity,year,value\nHere,leavers,2021,\n", "line 2: value is ''"),
        ("country,quantity,year,value\nHere,leavers,2021,1\nHere,leavers,2021,2\n", "line 3: this outcome is there"),
        ("country,quantity,year,value\nThere,leavers,2021,1\n", "nothing was predicted of There, leavers, 2021"),
        ("country,quantity,year,value\nHere,leavers,1999,1\n", "of Here, leavers, 1999; there is 2021; 2022"),
        ("country,quantity,year,value\nHere,comers,2021,1\n", "of Here, comers, 2021; there is leavers; share"),
        ("country,quantity,year,value\nThere,leavers,2021,1\n", "of There, leavers, 2021; there is Here"),
        ("country,quantity,year,value\n", "there are no outcomes"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_one_sentence(folder: Path, text: str, said: str) -> None:
    with pytest.raises(ScoreError, match=said):
        scored(folder, text)


def test_the_command_prints_scores_and_coverage(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = outcomes(folder, "country,quantity,year,value\nHere,leavers,2021,11\nHere,leavers,2022,23\n")
    assert main(["score", str(folder), str(path)]) == 0
    said = capsys.readouterr().out
    assert "Of 2 outcomes the model's 90 % intervals hold 50 %, its 50 % intervals 50 %" in said
    assert "better 90 % score in 1 of 1 comparisons" in said and "+86 %" in said
    assert main(["score", str(folder / "nowhere"), str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_columns_of_a_table_are_those_that_are_read(folder: Path) -> None:
    table = read_predictions(folder / "predictions.csv")
    assert table[list(POINTS)].notna().all(axis=None) and table["law_zero_p50"].isna().all()
