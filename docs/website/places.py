"""Where a file of the repository stands in the site, and links between files made into links between pages.

Documents link to each other, to sources and to results as they lie in the repository, so that they can be read there;
the site has the same links, to pages.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("abm", "experiments")

# what has a page of another name than its own; parameters are a table rather than a module
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CODE_OF_CONDUCT.md": "code_of_conduct.md",
    "SECURITY.md": "security.md",
    "results/README.md": "results/index.md",
    "abm/parameters.py": "parameters.md",
}
FENCE = re.compile(r"(^ *```.*?^ *```[^\n]*$)", re.MULTILINE | re.DOTALL)
KIND = re.compile(r"^( *```)(\w+) (\w+)$", re.MULTILINE)
LINK = re.compile(r'(\]\(|<img\s+src=")([^)"\s]+)')
SOURCE = re.compile(rf"(?<!\[)`((?:{'|'.join(PACKAGES)})/[\w/]+\.py)`")


def place_of(path: str) -> str:
    """Return the page or file of the site for a file or folder of the repository, each from its own root.

    Parameters
    ----------
    path : str
        Such as ``docs/model.md``, ``abm/decision.py`` or ``abm/reforms``.
    """
    if path in PAGES:
        return PAGES[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.startswith(PACKAGES) and (path.endswith(".py") or (ROOT / path).is_dir()):
        return f"reference/{path.removesuffix('.py').removesuffix('/__init__')}{'/index' * is_package(path)}.md"
    return path


def is_package(path: str) -> bool:
    """Return whether a path is that of a package, or of its first module."""
    return path.endswith("/__init__.py") or (ROOT / path).is_dir()


def links_of(text: str) -> Iterator[str]:
    """Yield where the links of a document lead, without those to other places of the world and to its own headings."""
    for part in FENCE.split(text)[::2]:
        for found in LINK.finditer(part):
            target = found[2].partition("#")[0]
            if target and ":" not in target:
                yield target


def with_pages(text: str, origin: str, page: str) -> str:
    """Return a document with its links led to pages of the site, and with links at the modules that it names.

    Parameters
    ----------
    text : str
        The document as Markdown.
    origin : str
        Its file in the repository.
    page : str
        Its page in the site.
    """

    def led(found: re.Match[str]) -> str:
        target, mark, heading = found[2].partition("#")
        if not target or ":" in target:
            return found[0]
        file = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
        return f"{found[1]}{between(page, place_of(file))}{mark}{heading}"

    def named(found: re.Match[str]) -> str:
        exists = (ROOT / found[1]).is_file()
        return f"[{found[0]}]({between(page, place_of(found[1]))})" if exists else found[0]

    parts = FENCE.split(text)
    parts[::2] = [SOURCE.sub(named, LINK.sub(led, part)) for part in parts[::2]]
    parts[1::2] = [KIND.sub(r"\1{ .\2 .\3 }", part) for part in parts[1::2]]  # a block's second word is a class
    return "".join(parts)


def between(page: str, other: str) -> str:
    """Return the link from one page of the site to another, or to a file of it."""
    return posixpath.relpath(other, posixpath.dirname(page) or ".")
