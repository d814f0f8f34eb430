"""The browser page: ``solara run abm/app.py``, or ``make app``.

It asks nothing of the network once it is installed, and listens on this machine alone unless ``--host`` says otherwise.
Only pages of its own may speak to it, and only under this machine's names (:mod:`abm.page.guard`).
"""

from solara.server import settings as server

from abm.page.guard import stand_guard
from abm.page.layout import Page
from abm.page.memory import keep_little
from abm.sweep.work import simulate_years, warm_up

__all__ = ["Page"]

# the framework asks a page of its makers' whether all is well, and counts its users; neither is ours to send
server.main.mode = "production"
server.telemetry.mixpanel_enable = False
server.theme.show_banner = False
# what a closed tab held is given back after this long; its address restores it all the same
server.kernel.cull_timeout = "10m"
server.theme.title = "Brain gain"

stand_guard()
warm_up(simulate_years)
keep_little()
