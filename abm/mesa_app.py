"""An ordinary Mesa page of the model: ``solara run abm/mesa_app.py``, or ``brain-gain app --mesa``.

Everything on it is Mesa's own: :class:`SolaraViz`, sliders, plots of the data collector, and the space component that
draws ``model.grid``.  The page that shows two runs side by side is ``abm/app.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import solara
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, StrMethodFormatter
from mesa.visualization import Slider, SolaraViz, make_plot_component, make_space_component
from mesa.visualization.components import AgentPortrayalStyle

from abm.analysis.figures import ABROAD, BLACK, BLUE, GREEN, HOME, ORANGE, VERMILION
from abm.environment import Environment
from abm.measures import measure
from abm.model import EmigrationModel
from abm.page.serving import prepare
from abm.sample import SampledGraduate, places
from abm.scenario import Scenario, month_name

__all__ = ["Page"]

TITLE = "Brain gain: the model in Mesa's own page"
WORLD = Scenario.load("kazakhstan")
NAMES = Environment(WORLD).names
PRINTED = {"home": WORLD.home.name, **{key: destination.name for key, destination in WORLD.destinations}}
COLOURS: dict[str | None, str] = {None: "#FFFFFF", **dict(zip(NAMES, (HOME, *ABROAD), strict=False))}
LATELY = 12  # months in which a move still shows
SIZE = (7.0, 4.4)  # inches of a figure, such that it fits its place in Mesa's grid
GREY = "#777777"

PAY = WORLD.labour.public_wage_ratio
PARAMETERS: dict[str, Any] = {
    "world": WORLD,
    "rng": {"type": "SliderInt", "label": "Luck (seed)", "value": 1, "min": 1, "max": 50, "step": 1},
    "graduates": Slider("Simulated graduates", 10_000, 1000, 20_000, 1000),
    "rule_of_law_speed": Slider("Rule of law", 0.0, 0.0, 0.108, 0.012),
    "public_salary_parity": Slider("Public pay", PAY, PAY, 1.2, 0.05),
    "private_jobs": Slider("Private jobs", 0.0, 0.0, 0.5, 0.05),
}
EXPLAINED = (
    "A step is a month. Sliders take effect with Reset.",
    "Rule of law: index points (RL.EST) it rises in a year, for ten years.",
    f"Public pay: relative to private pay, reached in three years; {PAY:g} is today's.",
    "Private jobs: graduate posts added in five years, as a share.",
)


def portrayal(graduate: SampledGraduate) -> AgentPortrayalStyle:
    """Say how a graduate of the sample is drawn: by where she lives, ringed if she moved lately."""
    moved = graduate.country is not None and graduate.months_in_place < LATELY and graduate.stage != "student"
    return AgentPortrayalStyle(
        color=COLOURS[graduate.country],
        size=70 if graduate.country not in ("home", None) else 40,
        marker="o",
        edgecolors=BLACK if moved else GREY,
        linewidths=1.8 if moved else 0.4,
    )


def network(model: EmigrationModel) -> Any:
    """Draw the sample of graduates with Mesa's space component."""
    draw = make_space_component(portrayal, post_process=partial(_key, model), layout_alg=places, layout_kwargs={})
    return draw(model)


def _key(model: EmigrationModel, axis: Axes) -> None:
    """Say what the network shows."""
    countries = [graduate.country for graduate in model.grid.agents]
    away = sum(country not in ("home", None) for country in countries)
    _head(axis, f"A sample of {len(countries)} graduates and whom they know: {away} live abroad")
    names = model.simulation.environment.names
    marks = [_dot(COLOURS[name], PRINTED[name], GREY, 0.4) for name in names]
    marks.append(_dot("#FFFFFF", "moved within a year", BLACK, 1.8))
    axis.legend(handles=marks, loc="upper center", bbox_to_anchor=(0.5, 0.02), ncols=4, frameon=False, fontsize=8)


def _head(axis: Axes, title: str) -> None:
    if isinstance(axis.figure, Figure):
        axis.figure.set_size_inches(*SIZE)
    axis.set_title(title, loc="left")


def _dot(fill: str, label: str, edge: str, width: float) -> Line2D:
    return Line2D([], [], ls="", marker="o", mfc=fill, mec=edge, mew=width, ms=7, label=label)


def _plot(title: str, lines: dict[str, tuple[str, str, str]], numbers: str) -> Any:
    """Return Mesa's plot of some series of one unit, by name: label, colour and style of its line."""
    unit = measure(next(iter(lines))).unit_over("month")

    def finish(axis: Axes) -> None:
        _head(axis, title)
        for line, (label, _, style) in zip(axis.get_lines(), lines.values(), strict=True):
            n_months = np.size(line.get_xdata())
            line.set(label=label, linestyle=style, marker="o" if n_months == 1 else "")
        if n_months == 0:
            axis.set_axis_off()
            axis.text(0.5, 0.5, "press Step or ▶", transform=axis.transAxes, ha="center", color=GREY)
        axis.set_ylabel(unit)
        axis.yaxis.set_major_formatter(StrMethodFormatter(numbers))
        axis.xaxis.set_major_formatter(FuncFormatter(_calendar))
        axis.xaxis.label.set_visible(False)  # Mesa's "Step"; the calendar says more
        axis.tick_params(axis="x", labelrotation=30)
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.3)
        axis.legend(loc="best", framealpha=0.8, fontsize=9)

    return make_plot_component({name: colour for name, (_, colour, _) in lines.items()}, post_process=finish)


def _calendar(step: float, _: int) -> str:
    return month_name(WORLD.first_month + int(step)) if step >= 0 and step == int(step) else ""


COMPONENTS: list[Callable[[EmigrationModel], Any] | tuple[Any, int]] = [
    network,
    _plot(
        "Who leaves and who returns",
        {"emigrants": ("emigrants", VERMILION, "-"), "returns": ("returns", GREEN, "-")},
        "{x:,.0f}",
    ),
    _plot("Graduates abroad", {"graduates_abroad": ("living abroad", BLUE, "-")}, "{x:,.0f}"),
    _plot(
        "Rule of law at home",
        {
            "rule_of_law": ("as it is", BLACK, "-"),
            "announced_rule_of_law": ("as announced", ORANGE, "--"),
            "mean_perceived_rule_of_law": ("as graduates believe it is", BLUE, "-"),
        },
        "{x:g}",
    ),
]


@solara.component
def Page() -> None:
    """Every visitor has a model of her own."""
    model = solara.use_memo(lambda: EmigrationModel(**_first_values()), [])
    SolaraViz(model, components=COMPONENTS, model_params=PARAMETERS, name=TITLE, play_interval=100)
    with solara.Sidebar(), solara.Column(gap="2px"):
        for sentence in EXPLAINED:
            solara.Text(sentence, style={"font-size": "0.9rem", "margin": "0 1rem"})


def _first_values() -> dict[str, Any]:
    """Return what the controls say at first."""
    return {
        name: given["value"] if isinstance(given, dict) else getattr(given, "value", given)
        for name, given in PARAMETERS.items()
    }


prepare(TITLE)
