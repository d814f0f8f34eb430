"""The page of answers: numbers come from published folders, and what is not there is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from experiments.commands.answers import PAGE, TEMPLATE, AnswersError, filled, main
from experiments.commands.check import check

PUBLISHED = Path(__file__).parents[2] / "results"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "pay"
    folder.mkdir()
    (folder / "effects.csv").write_text(
        "plan,measure,window,mean,mean_low,mean_high,effect,low,high\n"
        "no reform,net,yearly,-9000,-9500,-8500,0,0,0\n"
        "parity,net,yearly,-5000,-5500,-4500,4000,3000,5000\n",
        encoding="utf-8",
    )
    (folder / "table.md").write_text(
        "Text.\n\n| plan | met, % |\n|---:|---:|\n| parity | 12 [11, 13] |\n\n| world | plan | other |\n|---|---|---|\n"
        "| ring | parity | 7 |\n| none | parity | 8 |\n",
        encoding="utf-8",
    )
    return tmp_path


def test_effects_levels_and_cells_are_filled_in(results: Path) -> None:
    text = "{{effect pay | parity | net | yearly | 1000}}; {{level pay | no reform | net | yearly | 1000}}"
    assert filled(text, results) == "+4 [+3, +5]; -9 [-9.5, -8.5]"
    assert (
        filled("{{cell pay | parity | met, %}} and {{cell pay | none / parity | other}}", results)
        == "12 [11, 13] and 8"
    )


def test_what_a_plan_gains_is_said_in_moves_in_heads_and_in_work(results: Path) -> None:
    with (results / "pay" / "effects.csv").open("a", encoding="utf-8") as table:
        table.write("parity,net_brain_gain,cumulative,0,0,0,106000,104000,109000\n")
        table.write("parity,graduates_at_home,at end,0,0,0,83000,81000,85000\n")
        table.write("parity,graduates_at_work,at end,0,0,0,51000,49000,53000\n")
    said = filled("{{gains pay | parity}}", results)
    assert said == "+106 [+104, +109] gained, +83 [+81, +85] heads, +51 [+49, +53] at work"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("effect pay | parity | net | never | 1000", "names 0 rows"),
        ("effect jobs | parity | net | yearly | 1000", "is not there"),
        ("effect pay | wage=2 | net | yearly | 1", "has no factor wage"),
        ("cell pay | parity | cost", "has no row 'parity' under a head 'cost'"),
        ("cell jobs | parity | cost", "is not there"),
        ("sum pay", "is not known"),
    ],
)
def test_a_number_that_is_not_published_is_refused(asked: str, said: str, results: Path) -> None:
    with pytest.raises(AnswersError, match=said):
        filled(f"{{{{{asked}}}}}", results)


def test_a_wrong_page_leaves_the_old_one_alone(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / TEMPLATE).write_text("{{cell pay | nobody | met, %}}", encoding="utf-8")
    (results / PAGE).write_text("old", encoding="utf-8")
    assert main(["--results", str(results)]) == 2
    assert (results / PAGE).read_text(encoding="utf-8") == "old"
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_the_published_page_has_the_numbers_of_the_published_folders() -> None:
    page, template = ((PUBLISHED / name).read_text(encoding="utf-8") for name in (PAGE, TEMPLATE))
    assert filled(template, PUBLISHED) == page


PLANS = {  # rows of the project's README
    "none": "no reform",
    "10 % more private graduate jobs": "private jobs",
    "public pay on a par with private pay": "public pay",
    "the same, borne by graduates": "public pay, graduates pay",
    "rule of law rising for ten years as fast as Georgia's did": "rule of law",
    "law, pay (borne by nobody) and jobs": "law, pay and jobs",
}


@pytest.mark.parametrize("row", PLANS)
def test_the_readmes_own_table_is_what_is_published(row: str) -> None:
    """It is written by hand: nothing but this holds it to the folder."""
    effects = pd.read_csv(PUBLISHED / "how-sure" / "effects.csv")
    arm = effects[effects["plan"] == PLANS[row]].set_index(["measure", "window"])

    def said(measure: str, window: str, columns: tuple[str, str, str], digits: int) -> str:
        value, low, high = (f"{arm.loc[(measure, window), column] / 1000.0:+.{digits}f}" for column in columns)
        return f"{value} [{low}, {high}]"

    effect = ("effect", "low", "high")
    cells = [row, said("net_brain_gain", "last years", ("mean", "mean_low", "mean_high"), 1)]
    if row != "none":
        cells.append(said("net_brain_gain", "last years", effect, 1))
        cells += [said(measure, "at end", effect, 0) for measure in ("graduates_at_home", "graduates_at_work")]
    assert f"| {' | '.join(cells)} |" in (PUBLISHED.parent / "README.md").read_text(encoding="utf-8")


def test_the_readme_says_how_often_law_beats_pay_as_published() -> None:
    counted = [
        filled(f"{{{{cell how-sure | rule of law / public pay | more {of} in}}}}", PUBLISHED)
        for of in ("net brain gain", "at work")
    ]
    said = " ".join((PUBLISHED.parent / "README.md").read_text(encoding="utf-8").split())
    assert f"**Law beats pay in {counted[0]} draws**, and by who is at work in {counted[1].split()[0]}:" in said


def test_the_paper_says_what_is_published() -> None:
    effects = pd.read_csv(PUBLISHED / "how-sure" / "effects.csv").set_index(["plan", "measure", "window"])
    law, pay = (
        "{:+.0f} [{:+.0f}, {:+.0f}]".format(
            *effects.loc[(plan, "net_brain_gain", "cumulative"), ["effect", "low", "high"]] / 1000.0
        )
        for plan in ("rule of law", "public pay")
    )
    counted = filled("{{cell how-sure | rule of law / public pay | more net brain gain in}}", PUBLISHED)
    said = " ".join((PUBLISHED.parent / "docs" / "paper.md").read_text(encoding="utf-8").split())
    assert f"brings {law} thousand net brain gain in 25 years, public pay on a par with private pay {pay} if" in said
    assert f"law beats pay in {counted}." in said


@pytest.mark.parametrize("folder", [path.parent.name for path in sorted(PUBLISHED.glob("*/effects.csv"))])
def test_what_is_published_is_what_this_version_computes_of_its_runs(folder: str) -> None:
    """No run is made again: a changed statistic must not leave tables of the old one behind."""
    assert check(PUBLISHED / folder, sample=0) == []
