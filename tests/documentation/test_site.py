"""The documentation as a site: built without warning or network, it holds what documents and declarations do."""

from __future__ import annotations

import dataclasses
import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from sources import PACKAGES, ROOT, modules

from abm.measures import MEASURES
from abm.reforms import KINDS
from abm.scenario import Scenario

for library in ("mkdocs", "material", "mkdocstrings", "mkdocstrings_handlers.python", "latex2mathml"):
    pytest.importorskip(library, reason="the site needs the extra docs")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / "results").is_dir(), reason="published results, which are pages too, are not here"),
]
# documents, and the page that each is
PAGES = {
    "README.md": "index.html",
    "CHANGELOG.md": "changelog.html",
    "CODE_OF_CONDUCT.md": "code_of_conduct.html",
    "SECURITY.md": "security.html",
    "results/README.md": "results/index.html",
    **{
        path.relative_to(ROOT).as_posix(): path.relative_to(ROOT / "docs").with_suffix(".html").as_posix()
        for path in sorted((ROOT / "docs").rglob("*.md"))
    },
}
COUNTED = ("h1", "h2", "h3", "h4", "li", "ol", "ul", "table", "tr", "td", "blockquote", "img", "p", "strong")
FORMULA = re.compile(r"```math\n.*?```|\$[^$`]+\$", re.DOTALL)
# attributes by which a browser fetches something without being asked
FETCHED = {
    "link": "href",
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "object": "data",
}


class Page(HTMLParser):
    """What a page links to, fetches, and can be linked to by."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if given.get(FETCHED.get(tag, "")) and given.get("rel") not in ("canonical", "prev", "next"):
            self.fetched.append(given[FETCHED[tag]])


def build(project: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of a project, with every way to the network shut as far as the environment can."""
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    environment = os.environ | nowhere | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(project)}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """Return all pages by their place in the site; the one for what is not found knows no place."""
    found = {path.relative_to(site).as_posix(): path for path in site.rglob("*.html") if path.name != "404.html"}
    return {place: Page(path.read_text(encoding="utf-8")) for place, path in found.items()}


def article(site: Path, page: str) -> str:
    """Return the part of a page that is its document."""
    found = re.search(r"<article[^>]*>(.*?)</article>", (site / page).read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def words(text: str) -> str:
    """Return the words of HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def leading_nowhere(site: Path, pages: dict[str, Page]) -> Iterator[str]:
    """Yield links to pages, files and headings that are not there."""
    for place, page in pages.items():
        for link in {*page.links, *page.fetched}:
            address = urlsplit(link)
            if address.scheme or address.netloc:
                continue
            target = (site / place).parent / unquote(address.path) if address.path else site / place
            name = os.path.relpath(target, site)
            if not target.is_file() or (name in pages and unquote(address.fragment) not in pages[name].anchors):
                yield f"{place}: {link}"


def test_every_link_leads_to_a_page_a_file_or_a_heading_that_is_there(site: Path, pages: dict[str, Page]) -> None:
    assert sum(len(page.links) for page in pages.values()) > 10_000
    assert sorted(leading_nowhere(site, pages)) == []


def test_no_page_fetches_anything_from_elsewhere(site: Path, pages: dict[str, Page]) -> None:
    fetched = {link for page in pages.values() for link in page.fetched}
    assert any(link.endswith(".js") for link in fetched) and any(link.endswith(".css") for link in fetched)
    assert {link for link in fetched if urlsplit(link).netloc} == set()
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert [
        found for style in styles for found in re.findall(r"url\(\s*[\"']?(?:https?:)?//[^)]*|@import[^;]*", style)
    ] == []


@pytest.mark.parametrize("document", PAGES)
def test_a_page_has_all_parts_of_its_document_as_it_is_read_in_the_repository(site: Path, document: str) -> None:
    """The site reads another Markdown than those who show the repository; documents are written so that both agree."""
    reader = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    text = FORMULA.sub("x", (ROOT / document).read_text(encoding="utf-8"))
    made = re.sub(r"<div class=\"formula\">.*?</div>", "<p>x</p>", article(site, PAGES[document]), flags=re.DOTALL)
    assert counts(made) == counts(reader.render(text))


def counts(text: str) -> dict[str, int]:
    """Return how often each element stands in HTML."""
    return {name: len(re.findall(rf"<{name}[ >]", text)) for name in COUNTED}


def test_formulas_are_drawn_and_none_is_left_as_it_is_written(site: Path, pages: dict[str, Page]) -> None:
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    made = (site / "model.html").read_text(encoding="utf-8")
    assert made.count('<div class="formula">') == text.count("```math") > 30
    assert made.count("<math") > 300
    left = re.compile(r"arithmatex|\\\[|\\\(|\.\. math::|:math:")
    assert [place for place in pages if left.search(words(documented(site / place)))] == []
    assert "arithmatex" not in made


def test_every_parameter_of_scenarios_and_reforms_stands_in_the_table_as_it_is_declared(site: Path) -> None:
    said = words(article(site, "parameters.html"))
    world = Scenario.load("kazakhstan-2010")
    items = [item for _, item in world.parameters()]
    items += [item for kind in KINDS.values() for item in dataclasses.fields(kind)]
    assert len(items) > 150
    assert [
        item.name
        for item in items
        if f"{item.name} {words(item.metadata['meaning'])} {item.metadata['unit']}" not in said
    ] == []


def test_every_measure_stands_in_the_model_as_it_is_declared(site: Path) -> None:
    said = words(article(site, "model.html"))
    assert [each.name for each in MEASURES if words(each.meaning) not in said] == []


def test_every_module_has_a_page_that_begins_as_its_docstring_does(site: Path) -> None:
    for name, path in modules(*PACKAGES).items():
        if name == "abm.parameters":
            continue  # a table
        package = path.name == "__init__.py"
        page = f"reference/{name.replace('.', '/')}{'/index' if package else ''}.html"
        assert name in words(article(site, page)).split(maxsplit=1)[0], page


def test_names_in_docstrings_lead_to_what_they_name(site: Path) -> None:
    assert 'href="reviewer.html#abm.reviewer"' in article(site, "reference/abm/decision.html")
    left = [
        path for path in site.glob("reference/**/*.html") if re.search(r":(?:func|mod|class|data):", documented(path))
    ]
    assert left == []


def documented(path: Path) -> str:
    """Return a page of a module without its source."""
    return re.sub(r"<details.*?</details>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_every_published_figure_is_in_the_gallery(site: Path, pages: dict[str, Page]) -> None:
    figures = {path.relative_to(ROOT).as_posix() for path in (ROOT / "results").glob("*/figures/*.png")}
    assert len(figures) > 100
    assert figures <= set(pages["gallery.html"].fetched)


def test_what_is_linked_to_and_is_not_there_stops_the_build(tmp_path: Path) -> None:
    small = tmp_path / "project"
    (small / "docs").mkdir(parents=True)
    for name in ("README.md", "CHANGELOG.md", "mkdocs.yml"):
        shutil.copy(ROOT / name, small / name)
    (small / "mkdocs.yml").write_text(
        "site_name: small\nplugins: []\nvalidation: {links: {not_found: warn, anchors: warn}}\n", encoding="utf-8"
    )
    (small / "docs" / "index.md").write_text("# Start\n\n[gone](gone.md) and [no heading](#gone)\n", encoding="utf-8")
    done = build(small, tmp_path / "built")
    assert done.returncode != 0 and "gone.md" in done.stderr and "#gone" in done.stderr


@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_reads_it_from_the_disk_asks_nobody_and_never_scrolls_sideways(site: Path, width: int) -> None:
    pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no browser")
    # the browser of the page's tests keeps this thread to itself as long as the suite runs
    with ThreadPoolExecutor(1) as apart:
        asked = apart.submit(read_in_browser, site, width, chromium).result()
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:", "blob:"))] == []


def read_in_browser(site: Path, width: int, chromium: str) -> list[str]:
    """Open pages from the disk, none wider than the window, search, and return what was asked for."""
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": 844})
        page.on("request", lambda request: asked.append(request.url))
        for name in (
            "index",
            "model",
            "parameters",
            "gallery",
            "contributing",
            "results/salary/table",
            "notebooks/sweep",
        ):
            page.goto((site / f"{name}.html").as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        if width == 390:
            page.click("label[for=__search].md-header__button")
        page.locator(".md-search__input").press_sequentially("credibility")
        page.wait_for_selector(".md-search-result__item", timeout=30_000)
        browser.close()
    return asked
