"""What a visitor takes along: scenario and reforms as files, the series, pictures, the command and the link."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import solara

from abm.page.desk import Desk
from abm.page.pair import series_csv
from abm.page.settings import to_query
from abm.page.views import VIEWS, file_of
from abm.reforms import dumps

__all__ = ["TakeAway"]

TYPES = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv", "toml": "application/toml"}


def command(seed: int, months: int) -> str:
    """Return the command line that runs the same again from the two files, to the same series."""
    words = ["python", "-m", "experiments", "replay", "--scenario", "scenario.toml", "--reforms", "reforms.toml"]
    return shlex.join([*words, "--seed", str(seed), "--months", str(months), "--out", "series.csv"])


@solara.component
def TakeAway(desk: Desk) -> None:
    """Show what there is to take along."""
    Files(desk)
    Again(desk)


@solara.component
def Files(desk: Desk) -> None:
    """Offer the files; each is made of what is shown when it is asked for."""
    key = desk.view.value
    with solara.Div(classes=["page-files"]):
        File("scenario.toml", "scenario", lambda: _scenario(desk))
        File("reforms.toml", "reforms", lambda: dumps(desk.model.value.pair.plan) or "# no reform\n")
        File("series.csv", "all series, monthly", lambda: _series(desk))
        for picture, name in (("headline", "headline"), (key, VIEWS[key].tab.lower())):
            for kind in ("png", "svg"):
                File(
                    f"{picture}.{kind}",
                    f"{name}, {kind.upper()}",
                    lambda picture=picture, kind=kind: file_of(picture, kind, desk),
                )


def _scenario(desk: Desk) -> str:
    return desk.model.value.pair.world.to_toml()


def _series(desk: Desk) -> str:
    with desk.model.value.still:
        return series_csv(desk.model.value.pair)


@solara.component
def Again(desk: Desk) -> None:
    """Say how to run the same again, and link to it."""
    desk.shown.get()
    pair = desk.model.value.pair
    about = "With scenario.toml and reforms.toml beside it, this command makes the same series.csv, to the last digit:"
    solara.v.Html(tag="div", class_="page-note", children=[about])
    solara.v.Html(tag="pre", class_="page-command", children=[command(pair.seed, pair.months)])
    query = to_query(desk.applied.value, pair.months)
    with solara.v.Html(tag="div", class_="page-note"):
        link = ["Link to this page as it is"]
        solara.v.Html(tag="a", attributes={"href": f"?{query}"}, class_="page-link", children=link)
        beyond = " (an uploaded scenario is not in it: keep scenario.toml)" if desk.applied.value.uploaded else ""
        solara.Text(f": it restores every control{beyond}. The browser's address is the same.")


@solara.component
def File(name: str, label: str, content: Callable[[], str | bytes]) -> None:
    """Offer a file that is made when it is asked for."""
    kind = name.rpartition(".")[2]
    with solara.FileDownload(content, filename=name, mime_type=TYPES[kind]):
        solara.Button(label, icon_name="mdi-download", outlined=True, small=True, classes=["page-file"])
