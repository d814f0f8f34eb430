"""What the site has besides the pages in this folder.

These are the repository's other documents, published results, tables that follow from declarations, and a page for each
module.  ``mkdocs.yml`` names this file; ``docs/website`` does the work.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from mkdocs.structure.files import File, Files
from website import declarations, formulas, gallery, notebooks, reference
from website.places import ROOT, links_of, place_of, with_pages

# documents that lie elsewhere in the repository
ELSEWHERE = ("README.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "SECURITY.md", "results/README.md")


def on_config(config: Any) -> Any:
    """Put published results among the pages, in the order of their names."""
    (results,) = (pages for part in config.nav for name, pages in part.items() if name == "Results")
    results += [f"results/{folder.name}/table.md" for folder in gallery.folders()]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add what is not in this folder, and the files that documents link to."""
    written = {file.src_uri: f"docs/{file.src_uri}" for file in files.documentation_pages()}
    for page, text in _made():
        files.append(File.generated(config, page, content=text))
    for origin in ELSEWHERE:
        text = (ROOT / origin).read_text(encoding="utf-8")
        files.append(File.generated(config, place_of(origin), content=text))
        written[place_of(origin)] = origin
    for page, text in _documents(written):
        if page.startswith("notebooks/"):
            name = page.replace(".md", ".ipynb")
            files.append(File.generated(config, name, content=notebooks.as_file(text)))
    for path in _linked(written.values()):
        if files.get_file_from_path(place_of(path)) is None and (ROOT / path).is_file():
            files.append(File.generated(config, place_of(path), abs_src_path=str(ROOT / path)))
    config.extra["written"] = written
    return files


def _made() -> Iterator[tuple[str, str]]:
    """Yield the pages that nobody writes, and their text."""
    yield "parameters.md", declarations.parameters()
    yield "sources.md", declarations.page_of_sources()
    yield gallery.GALLERY, gallery.gallery()
    yield reference.INDEX, reference.index()
    yield from (reference.page_of_module(path) for path in reference.modules())
    for folder in gallery.folders():
        yield f"results/{folder.name}/table.md", gallery.report(folder)


def _documents(written: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield pages that are written, with the text of their documents, links led to pages."""
    for page, origin in written.items():
        yield page, with_pages((ROOT / origin).read_text(encoding="utf-8"), origin, page)


def _linked(origins: Any) -> Iterator[str]:
    """Yield the files of the repository that documents link to, and the figures of published results."""
    for origin in origins:
        for link in links_of((ROOT / origin).read_text(encoding="utf-8")):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(origin), link))
    for folder in gallery.folders():
        yield from (figure.relative_to(ROOT).as_posix() for figure in gallery.figures(folder))


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Lead the links of a document to pages, and offer a notebook as a file."""
    place = page.file.src_uri
    origin = config.extra["written"].get(place)
    text = markdown if origin is None else with_pages(markdown, origin, place)
    if not place.startswith("notebooks/"):
        return text
    name = posixpath.basename(place).replace(".md", ".ipynb")
    return f'{text}\n<div class="notebook"><a href="{name}" download>This page as a Jupyter notebook</a></div>\n'


def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:
    """Draw formulas."""
    return formulas.drawn(html)
