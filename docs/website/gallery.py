"""Published results as pages, and all their figures on one."""

from __future__ import annotations

from pathlib import Path

from website.places import ROOT, between

RESULTS = ROOT / "results"
GALLERY = "gallery.md"


def folders() -> list[Path]:
    """Return the folders of published results that have a report."""
    return sorted(report.parent for report in RESULTS.glob("*/table.md"))


def figures(folder: Path) -> list[Path]:
    """Return the figures of a folder, one of each name."""
    found = sorted(folder.glob("figures/*.png")) or sorted(folder.glob("figures/*.svg"))
    return list(found)


def title(folder: Path) -> str:
    """Return what a folder is about: the question that its report begins with, else its name in words."""
    first = (folder / "table.md").read_text(encoding="utf-8").split("\n", 1)[0]
    return first if "?" in first else in_words(folder.name)


def in_words(name: str) -> str:
    """Return the name of a file or folder in words."""
    words = name.replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def report(folder: Path) -> str:
    """Return the page of a folder: its report under its name, then its figures."""
    text = (folder / "table.md").read_text(encoding="utf-8")
    head = f"---\ntitle: {in_words(folder.name)}\n---\n\n# {in_words(folder.name)}\n\n"
    page = f"results/{folder.name}/table.md"
    return "\n".join([head + text, *_section(folder, page, "Figures")])


def gallery() -> str:
    """Return the page of all figures, under the question that each answers."""
    lines = ["# Gallery", "", "Every published figure, under the question that it answers.", ""]
    for folder in folders():
        page = f"results/{folder.name}/table.md"
        lines += _section(folder, GALLERY, f"[{title(folder)}]({page})")
    return "\n".join(lines)


def _section(folder: Path, page: str, heading: str) -> list[str]:
    """Return a heading and the figures under it, each with its name in words; nothing where there are none."""
    shown = figures(folder)
    if not shown:
        return []
    lines = [f"## {heading} {{ #{folder.name} }}", "", '<div class="figures" markdown>', ""]
    for figure in shown:
        name, link = in_words(figure.stem), between(page, figure.relative_to(ROOT).as_posix())
        lines += [f"[![{name}]({link}){{ loading=lazy }} *{name}*]({link})", ""]
    return [*lines, "</div>", ""]
