"""Links inside the site lead somewhere, read from the files as they are served."""

from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
import serving
from building import SITE
from site_pages import PAGES as READ

PAGES = [*READ, "index.html"]

SITE_ADDRESS = f"https://site.invalid{serving.PREFIX}/"
CARRIERS = {"href", "src", "poster", "data"}


class Reader(HTMLParser):
    """Collect the links and the anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag, attrs) -> None:
        for name, value in attrs:
            if name in CARRIERS and value and tag != "base":
                self.links.append((tag, value))
            if name == "id" or (name == "name" and tag == "a"):
                self.ids.add(value or "")


@cache
def read(page: str) -> Reader:
    reader = Reader()
    reader.feed((SITE / page).read_text(encoding="utf-8"))
    return reader


@pytest.mark.parametrize("address", PAGES)
def test_internal_links_lead_somewhere(address):
    broken = []
    for _, link in read(address).links:
        target, anchor = urldefrag(urljoin(SITE_ADDRESS + address, link))
        if not target.startswith(SITE_ADDRESS):
            continue
        path = unquote(urlsplit(target).path.removeprefix(f"{serving.PREFIX}/")) or "index.html"
        file = SITE / path
        missing_anchor = (
            anchor and file.suffix == ".html" and file.is_file() and anchor not in read(path).ids
        )
        if not file.is_file() or missing_anchor:
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("address", PAGES)
def test_links_stay_below_the_sub_path(address):
    absolute = [link for _, link in read(address).links if link.startswith("/")]
    assert all(link.startswith(f"{serving.PREFIX}/") for link in absolute)
    anywhere = ("404.html", "offline.html")  # these are shown at any address
    assert address in anywhere or absolute == []


@pytest.mark.parametrize("address", PAGES)
def test_links_to_other_sites_are_secure_and_no_sub_resources(address):
    for tag, link in read(address).links:
        if urlsplit(link).scheme in ("http", "https"):
            assert tag in ("a", "link"), link
            assert link.startswith("https://"), link


@pytest.mark.parametrize("address", PAGES)
def test_ids_are_unique(address):
    text = (SITE / address).read_text(encoding="utf-8")
    counter = Reader()
    seen: list[str] = []
    counter.handle_starttag = lambda tag, attrs: seen.extend(v for n, v in attrs if n == "id")
    counter.feed(text)
    assert len(seen) == len(set(seen)), sorted({i for i in seen if seen.count(i) > 1})
