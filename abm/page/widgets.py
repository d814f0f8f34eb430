"""The few elements that the page's framework lacks: a picture one can point at, an upload, and the browser's window."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

import solara

__all__ = ["Hint", "Picture", "Slider", "Upload", "Window", "decoded"]


@solara.component_vue("picture.vue")
def Picture(
    source: str, words: str, pointable: bool = False, event_pointed: Callable[[Any], None] | None = None
) -> None:
    """Show an image with its words for those who cannot see it; a click says where, as shares from the left and top."""


@solara.component_vue("slider.vue")
def Slider(
    label: str,
    value: float,
    low: float,
    high: float,
    step: float,
    unit: str = "",
    event_moved: Callable[[Any], None] | None = None,
) -> None:
    """Show a value as exactly as it is, and tell where somebody moves it; it never tells of itself."""


@solara.component_vue("upload.vue")
def Upload(label: str, limit: int, event_received: Callable[[Any], None] | None = None) -> None:
    """Let the visitor choose a file; one larger than ``limit`` bytes is not sent."""


@solara.component_vue("window.vue")
def Window(
    query: str,
    shown: int,
    event_measured: Callable[[Any], None] | None = None,
    event_seen: Callable[[Any], None] | None = None,
) -> None:
    """Tell the width of the pictures' place in pixels and what was painted; keep the settings in the address."""


def decoded(file: Any) -> dict[str, Any]:
    """Return an uploaded file with its content as bytes; what is no such thing counts as not sent."""
    given = file if isinstance(file, dict) else {}
    content, size = given.get("content"), given.get("size")
    try:
        plain = base64.b64decode(content, validate=True) if isinstance(content, str) else None
    except binascii.Error:
        plain = None
    return {"name": given.get("name", ""), "size": size if isinstance(size, int) else 0, "content": plain}


@solara.component
def Hint(text: str, about: str) -> None:
    """Show a label that explains itself when pointed at."""
    with solara.Tooltip(about):
        solara.v.Html(
            tag="span", class_="page-label", children=[f"{text} \N{INFORMATION SOURCE}\N{VARIATION SELECTOR-15}"]
        )
