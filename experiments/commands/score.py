"""Score published predictions against outcomes: interval scores, widths and coverage of the model and of each null."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments import called
from experiments.study.options import Parser, file_name, folder_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["main"]

TABLE = "predictions.csv"


def main(arguments: Sequence[str]) -> int:
    """Score as the command line asks and return 0, or 2 for a mistake."""
    from experiments.predicting.scoring import ScoreError, read_outcomes, read_predictions, scores

    parser = Parser(prog=called("score"), description="Score published predictions against outcomes")
    parser.add_argument("folder", type=folder_name, help=f"folder with a {TABLE}")
    what = "CSV with columns country, quantity, year, value and, if an outcome is of one only, variant"
    parser.add_argument("outcomes", type=file_name, metavar="FILE", help=what)
    options = parser.parse_args(arguments)
    try:
        table = scores(read_predictions(options.folder / TABLE), read_outcomes(options.outcomes))
    except ScoreError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(_said(table)))
    return 0


def _said(table: pd.DataFrame) -> list[str]:
    """Return the scores as a table in Markdown, and what they come to over all quantities."""
    from experiments.predicting.scoring import MODEL
    from experiments.study.tables import markdown, plain

    heads = ("country", "quantity", "variant", "forecast", "outcomes", "score, 90 %", "width", "score, 50 %", "width")
    rows: list[tuple[str, ...]] = [(*heads, "in 90 %", "in 50 %", "model better by")]
    for one in table.to_dict("records"):
        names = (one["country"], f"{one['quantity']}, {one['unit']}", one["variant"], one["forecast"], str(one["n"]))
        scored = (plain(one[name]) for name in ("score_90", "width_90", "score_50", "width_50"))
        shares = (f"{100.0 * one[f'covered_{share}']:.0f} %" for share in (90, 50))
        better = (
            "" if one["forecast"] == MODEL or one["skill_90"] != one["skill_90"] else f"{100 * one['skill_90']:+.0f} %"
        )
        rows.append((*names, *scored, *shares, better))
    model = table[table["forecast"] == MODEL]
    inside = [100.0 * float((model[f"covered_{share}"] * model["n"]).sum() / model["n"].sum()) for share in (90, 50)]
    nulls = table[table["forecast"] != MODEL]
    wins = int((nulls["skill_90"] > 0.0).sum())
    return [
        *markdown(rows),
        "",
        f"Of {int(model['n'].sum())} outcomes the model's 90 % intervals hold {inside[0]:.0f} %, its 50 % intervals "
        f"{inside[1]:.0f} %. It has the better 90 % score in {wins} of {len(nulls)} comparisons with a null.",
        "Scores are means over years in the unit of the quantity, less is better; better by: 1 - model's / null's",
        "score, over the years of which the null says anything.",
    ]
