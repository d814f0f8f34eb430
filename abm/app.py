"""The browser page: ``brain-gain app``, ``make app``, or ``solara run abm/app.py``.

It asks nothing of the network once it is installed, and listens on this machine alone unless ``--host`` says otherwise.
Only pages of its own may speak to it, and only under this machine's names (:mod:`abm.page.guard`).
"""

from abm.page.layout import Page
from abm.page.serving import prepare

__all__ = ["Page"]

prepare("Brain gain")
