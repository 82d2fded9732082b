"""The addresses that an HTML page links to.

Knows anchors and the base that they are relative to. It must not know which of them are followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin

from tuneproof.curate.reading.addresses import FetchError, normalise

MAX_LINKS = 5000  # of one page; more is a site map, and no page is followed that far


class _Anchors(HTMLParser):
    """Collects what ``a`` and ``base`` point to."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.base = ""
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a tag points to."""
        target = dict(attrs).get("href")
        if target and tag == "a" and len(self.targets) < MAX_LINKS:
            self.targets.append(target)
        elif target and tag == "base" and not self.base:
            self.base = target


def links_of(html: bytes, url: str) -> Iterator[str]:
    """Yield the http and https addresses that the page at ``url`` links to, in its order, each once."""
    parser = _Anchors()
    parser.feed(html.decode("utf-8", "replace"))
    seen = set()
    for target in parser.targets:
        try:
            found = normalise(urljoin(urljoin(url, parser.base), target))
        except (FetchError, ValueError):
            continue  # mailto:, javascript: and what is no address
        if found not in seen:
            seen.add(found)
            yield found
