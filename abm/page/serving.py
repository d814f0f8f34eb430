"""What every page of ours does before it serves anybody."""

from __future__ import annotations

import sys

from solara.server import settings as server

from abm.sweep.work import is_compiled, simulate_years, warm_up

__all__ = ["prepare"]


def prepare(title: str) -> None:
    """Keep the framework to itself, and compile the model's rules before the first visitor waits for them."""
    # it asks a page of its makers' whether all is well, and counts its users; neither is ours to send
    server.main.mode = "production"
    server.telemetry.mixpanel_enable = False
    server.theme.show_banner = False
    # what a closed tab held is given back after this long
    server.kernel.cull_timeout = "10m"
    server.theme.title = title
    if not is_compiled():
        print("Compiling the model's rules, once: about half a minute.", file=sys.stderr, flush=True)
    warm_up(simulate_years)
