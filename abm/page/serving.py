"""What every page of ours does before it serves anybody."""

from __future__ import annotations

from solara.server import settings as server

from abm.page.guard import stand_guard
from abm.page.memory import keep_little
from abm.sweep.work import simulate_years, warm_up

__all__ = ["prepare"]


def prepare(title: str) -> None:
    """Keep the framework to itself, let no other page in, and compile the rules before a visitor waits for them."""
    # it asks a page of its makers' whether all is well, and counts its users; neither is ours to send
    server.main.mode = "production"
    server.telemetry.mixpanel_enable = False
    server.theme.show_banner = False
    # what a closed tab held is given back after this long; an address that holds the settings restores it all the same
    server.kernel.cull_timeout = "10m"
    server.theme.title = title
    stand_guard()
    warm_up(simulate_years)
    keep_little()
