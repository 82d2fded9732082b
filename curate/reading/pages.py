"""The pages of a source on the web, kept in the workspace so that a build needs no network to be repeated.

Knows the table of pages, the folder ``sources/`` that holds their bytes under their SHA-256, and which pages belong to
a source: the named one, and with ``[sources] follow`` those that it links to below its own folder. How a page is
fetched is the business of ``web``; what is in one, that of the readers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tuneproof.curate.reading.addresses import FetchError, normalise
from tuneproof.curate.reading.formats import FORMATS, identify
from tuneproof.curate.reading.links import links_of
from tuneproof.curate.reading.patterns import matches
from tuneproof.curate.reading.sources import SourceFile
from tuneproof.curate.reading.web import Limits, Page, Web
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.atomic import write_bytes_atomic
from tuneproof.datasets.workspace.errors import SourceError
from tuneproof.datasets.workspace.identity import sha256
from tuneproof.datasets.workspace.records import Source
from tuneproof.datasets.workspace.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

FOLDER = "sources"
# The suffix that a page is kept under, by its media type; the readers go by the suffix.
SUFFIXES: Mapping[str, str] = {
    "text/html": ".html", "application/xhtml+xml": ".html", "text/markdown": ".md", "text/x-markdown": ".md",
    "text/x-rst": ".rst", "text/prs.fallenstein.rst": ".rst", "text/x-python": ".py", "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-ipynb+json": ".ipynb", "application/vnd.oai.openapi": ".yaml",
    "application/vnd.oai.openapi+json": ".json", "application/json": ".json", "application/openapi+json": ".json",
    "application/yaml": ".yaml", "application/x-yaml": ".yaml", "text/yaml": ".yaml", "text/x-yaml": ".yaml",
    "application/jsonl": ".jsonl", "application/x-ndjson": ".jsonl", "text/plain": ".txt",
}  # fmt: skip
# Types that servers give to whatever they don't know: the address says more, if it says anything.
VAGUE = frozenset({"", "text/plain", "application/octet-stream", "application/json", "binary/octet-stream"})

_KNOWN = """
SELECT url, path, final_url, sha256, format, etag, last_modified, fetched_at FROM store.pages WHERE source = ?
"""
_FORGET = "DELETE FROM store.pages WHERE source = ?"
_KEEP = "INSERT INTO store.pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_IN_USE = "SELECT sha256, format FROM store.pages"


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page as the workspace holds it; ``suffix`` says its format, ``fetched_at`` when its bytes came."""

    url: str
    path: str
    final_url: str
    sha256: str
    suffix: str
    etag: str | None
    last_modified: str | None
    fetched_at: datetime

    @property
    def name(self) -> str:
        """The name of the file that holds the bytes."""
        return self.sha256 + self.suffix


@dataclass(frozen=True, slots=True)
class Visited:
    """The files of a source on the web, and what a person should know of how they were had."""

    files: Sequence[SourceFile]
    notices: Sequence[str]


@dataclass(slots=True)
class _Visit:
    """One look at a source: what is known of it, what was had, what could not be."""

    folder: Path
    known: Mapping[str, KeptPage]
    web: Web
    kept: dict[str, KeptPage] = field(default_factory=dict)
    skipped: list[SourceFile] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    down: set[str] = field(default_factory=set)


def page_name(location: str) -> str:
    """Return the name of a source on the web that was given none: the last part of its path, or its host."""
    parts = urlsplit(normalise(location))
    return PurePosixPath(unquote(parts.path)).name or parts.netloc


def visit(workspace: Workspace, source: Source, settings: config.Sources) -> Visited:
    """Fetch what changed of a source on the web and return all its files; the DuckDB file is open only in between.

    A page that can't be had now, for reasons that may pass, is read from the copy that was kept, and a notice says so.

    Raises:
        SourceError: the named page can't be had and no copy may stand in for it.
    """
    with workspace.read() as connection:
        rows = connection.execute(_KNOWN, [source.name]).fetchall()
    limits = Limits(settings.max_bytes, settings.max_seconds, settings.allow_private)
    found = _Visit(workspace.root / FOLDER, {row[0]: KeptPage(*row) for row in rows}, Web(limits))
    first = normalise(source.location)
    _take(found, _fetch(found, first), first, _path_of(first, first))
    if settings.follow:
        _follow(found, first, settings)
    if found.kept != dict(found.known):
        with workspace.write() as connection:
            _record(connection, source, found)
            _sweep(connection, found.folder)
    files = [_file(found.folder, page, settings) for page in found.kept.values()]
    return Visited(sorted([*files, *found.skipped], key=lambda file: file.path), found.notices)


def forget(connection: duckdb.DuckDBPyConnection, source: str, folder: Path) -> None:
    """Take a source's pages out of the workspace, with their bytes where no other source has the same."""
    connection.execute(_FORGET, [source])
    _sweep(connection, folder)


def suffix_of(media_type: str, url: str) -> str | None:
    """Return the suffix that a page of ``media_type`` at ``url`` is kept under, or None if nothing reads it."""
    named = PurePosixPath(unquote(urlsplit(url).path)).suffix.lower()
    suffix = named if media_type in VAGUE and named in FORMATS else SUFFIXES.get(media_type)
    return suffix if suffix in FORMATS else None


def _wanted(media_type: str, url: str) -> bool:
    return suffix_of(media_type, url) is not None


def _fetch(found: _Visit, url: str) -> Page | KeptPage:
    """Return a page anew, or as it was kept if the site says that it holds or can't be asked now."""
    before = found.known.get(url)
    if before is not None and not _is_whole(found.folder, before):
        before = None
    origin = urlsplit(url).netloc
    try:
        if origin in found.down:
            raise FetchError(url, "its host does not answer", "Check the network.", down=True)
        page = found.web.fetch(url, _wanted, _validators(before), before.final_url if before else "")
    except FetchError as error:
        if error.down:
            found.down.add(origin)
        if before is None or error.lasting:
            raise
        found.notices.append(f"{error.message} The copy of {before.fetched_at:%Y-%m-%d %H:%M} UTC is read instead.")
        return before
    if page.body is not None:
        return page
    if before is None:
        raise FetchError(url, "it answers 304 to a first request", "Try again later.")
    return before


def _validators(before: KeptPage | None) -> dict[str, str]:
    if before is None:
        return {}
    asked = {"If-None-Match": before.etag, "If-Modified-Since": before.last_modified}
    return {name: value for name, value in asked.items() if value}


def _take(found: _Visit, page: Page | KeptPage, url: str, path: str) -> None:
    """Keep a page under ``path``; the bytes are on disk before the table names them."""
    if isinstance(page, KeptPage):
        found.kept[url] = page
        return
    body, suffix = page.body or b"", suffix_of(page.media_type, page.final_url) or ""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    kept = KeptPage(url, path, page.final_url, sha256(body), suffix, page.etag, page.last_modified, now)
    before = found.known.get(url)
    if before is not None and before.sha256 == kept.sha256:
        kept = replace(kept, fetched_at=before.fetched_at)
    if not _is_whole(found.folder, kept):
        found.folder.mkdir(exist_ok=True)
        write_bytes_atomic(found.folder / kept.name, body)
    found.kept[url] = kept


def _follow(found: _Visit, first: str, settings: config.Sources) -> None:
    """Take up to ``[sources] follow`` pages more, breadth first, below the folder of the first page."""
    start = found.kept[first]
    parts = urlsplit(start.final_url)
    within = f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}/"
    queue, paths = list(_links(found, start, within)), {start.path}
    asked = {first, start.final_url}
    left = settings.follow
    while queue and left:
        url = queue.pop(0)
        path = _path_of(url, within)
        if url in asked or path in paths or any(matches(path, pattern) for pattern in settings.exclude):
            continue
        asked.add(url)
        left -= 1
        time.sleep(found.web.delay(url))
        try:
            page = _fetch(found, url)
        except SourceError as error:
            reason = error.reason if isinstance(error, FetchError) else error.message
            found.skipped.append(SourceFile(path, found.folder, "unknown", reason))
            continue
        if not page.final_url.startswith(within) or page.final_url in asked - {url}:
            continue  # it led out of the folder, or to a page that is here already
        asked.add(page.final_url)
        paths.add(path)
        _take(found, page, url, path)
        queue.extend(_links(found, found.kept[url], within))


def _links(found: _Visit, page: KeptPage, within: str) -> Iterator[str]:
    """Yield the addresses below ``within`` that an HTML page links to, those with a query left out."""
    if page.suffix == ".html":
        for url in links_of((found.folder / page.name).read_bytes(), page.final_url):
            if url.startswith(within) and "?" not in url:
                yield url


def _path_of(url: str, within: str) -> str:
    """Return a page's path in its source: relative to the first page's folder; a folder's own page is index.html."""
    folder, parts = urlsplit(within).path.rpartition("/")[0] + "/", urlsplit(url)
    path = unquote(parts.path).removeprefix(unquote(folder))
    whole = "/".join(part for part in path.split("/") if part not in ("", ".", ".."))
    if not whole or path.endswith("/"):
        whole = f"{whole}/index.html".lstrip("/")
    return f"{whole}?{parts.query}" if parts.query else whole


def _file(folder: Path, page: KeptPage, settings: config.Sources) -> SourceFile:
    absolute = folder / page.name
    name, reason = identify(absolute)
    excluded = next((pattern for pattern in settings.exclude if matches(page.path, pattern)), None)
    return SourceFile(page.path, absolute, name, f"excluded by {excluded!r}" if excluded else reason)


def _is_whole(folder: Path, page: KeptPage) -> bool:
    path = folder / page.name
    return path.is_file() and sha256(path.read_bytes()) == page.sha256


def _record(connection: duckdb.DuckDBPyConnection, source: Source, found: _Visit) -> None:
    connection.execute("BEGIN TRANSACTION")
    connection.execute(_FORGET, [source.name])
    for page in found.kept.values():
        connection.execute(_KEEP, [source.name, *astuple(page)])
    connection.execute("COMMIT")


def _sweep(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Delete the bytes that no page is any more."""
    in_use = {sha + suffix for sha, suffix in connection.execute(_IN_USE).fetchall()}
    for path in folder.glob("*") if folder.is_dir() else ():
        if path.name not in in_use:
            path.unlink()
