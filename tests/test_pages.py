"""Sources on the web: kept in the workspace, asked whether they changed, readable again without a network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local_site import Site, serve
from tuneproof.curate.ingest import Ingested, ingest
from tuneproof.curate.reading.pages import suffix_of
from tuneproof.curate.registry import add_sources
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.errors import SourceError
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.cli import run

GUIDE = "# Kettle\n\nA kettle boils water for tea and coffee.\n\n## Limits\n\nThe kettle holds at most 1.7 litres.\n"


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as found:
        yield found


def workspace_for(folder: Path, **settings: object) -> Workspace:
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    return Workspace.init(folder, f"[sources]\nallow_private = true\nmax_seconds = 5\n{lines}")


def ingested(workspace: Workspace) -> Ingested:
    again = Workspace(workspace.root)
    return ingest(again, base_folder("tuneproof-base", again.root), lambda *_: None)


def documents(workspace: Workspace) -> dict[str, tuple[str, str]]:
    with workspace.read() as connection:
        rows = connection.execute("SELECT path, format, state FROM documents ORDER BY path").fetchall()
    return {row[0]: row[1:] for row in rows}


def test_a_page_is_read_kept_and_asked_whether_it_changed(site: Site, tmp_path: Path) -> None:
    site.page("/docs/guide.md", GUIDE, "text/plain", ETag='"1"')
    workspace = workspace_for(tmp_path / "ws")
    [added] = add_sources(workspace, [f"{site.url}/docs/guide.md"])
    assert (added.source.name, added.files) == ("guide.md", 1)
    first = ingested(workspace)
    assert (first.new, first.counts.new) == (1, first.pairs)
    assert first.pairs > 1
    assert documents(workspace) == {"guide.md": ("markdown", "new")}
    [kept] = (workspace.root / "sources").iterdir()
    assert kept.read_text() == GUIDE
    assert ingested(workspace).current == 1
    site.page("/docs/guide.md", GUIDE.replace("1.7 litres", "2 litres"), "text/plain", ETag='"2"')
    changed = ingested(workspace)
    assert (changed.changed, changed.counts.gone > 0, changed.counts.kept > 0) == (1, True, True)
    assert [path.read_text() for path in (workspace.root / "sources").iterdir()] == [
        GUIDE.replace("1.7 litres", "2 litres")
    ]


def test_a_build_without_the_network_reads_the_copy_and_says_so(tmp_path: Path) -> None:
    with serve() as site:
        site.page("/guide.md", GUIDE, "text/markdown")
        workspace = workspace_for(tmp_path / "ws")
        add_sources(workspace, [f"{site.url}/guide.md"])
        before = ingested(workspace)
    after = ingested(workspace)
    assert (after.current, after.pairs, after.stale) == (1, before.pairs, 0)
    [notice] = after.notices
    assert "is read instead" in notice
    assert f"{site.url}/guide.md" in notice


def test_a_page_in_trouble_is_read_from_its_copy_but_one_that_is_gone_is_an_error(site: Site, tmp_path: Path) -> None:
    site.page("/guide.md", GUIDE, "text/markdown")
    workspace = workspace_for(tmp_path / "ws")
    add_sources(workspace, [f"{site.url}/guide.md"])
    ingested(workspace)
    site.status("/guide.md", 503)
    assert "status 503" in ingested(workspace).notices[0]
    site.status("/guide.md", 404)
    with pytest.raises(SourceError, match="status 404") as caught:
        ingested(workspace)
    assert "tuneproof remove guide.md" in caught.value.hint


def test_a_copy_that_was_damaged_is_fetched_anew(site: Site, tmp_path: Path) -> None:
    site.page("/guide.md", GUIDE, "text/markdown", ETag='"1"')
    workspace = workspace_for(tmp_path / "ws")
    add_sources(workspace, [f"{site.url}/guide.md"])
    [kept] = (workspace.root / "sources").iterdir()
    kept.write_text("something else")
    ingested(workspace)
    assert kept.read_text() == GUIDE


def test_links_are_followed_below_the_folder_up_to_the_number(site: Site, tmp_path: Path) -> None:
    links = ["a", "b/", "b/c.html", "/other/x", "http://elsewhere.example/docs/y", "a#top", "d?page=2", "mailto:x@y",
             "private/p", "e", "f", "g"]  # fmt: skip
    anchors = "".join(f'<a href="{link}">{link}</a> ' for link in links)
    site.page("/robots.txt", "User-agent: *\nDisallow: /docs/private/\n", "text/plain")
    site.page("/docs/", f"<html><body><main><h1>Kettle</h1><p>Start here. {anchors}</p></main></body></html>")
    for name in ("a", "b/", "b/c.html", "e", "f", "g"):
        body = f"<html><body><main><h1>Page {name}</h1><p>The page {name} says how it works.</p></main></body></html>"
        site.page(f"/docs/{name}", body)
    workspace = workspace_for(tmp_path / "ws", follow=5)
    [added] = add_sources(workspace, [f"{site.url}/docs/"])
    assert (added.source.name, added.files) == ("docs", 5)
    ingested(workspace)
    assert documents(workspace) == {
        "a": ("html", "new"),
        "b/c.html": ("html", "new"),
        "b/index.html": ("html", "new"),
        "e": ("html", "new"),
        "index.html": ("html", "new"),
        "private/p": ("unknown", "excluded"),
    }
    assert not [path for path in site.asked if path.startswith(("/other", "/docs/d", "/docs/private", "/docs/f"))]


def test_a_page_that_can_not_be_had_leaves_nothing_behind(site: Site, tmp_path: Path) -> None:
    site.page("/guide.md", GUIDE, "text/markdown")
    workspace = workspace_for(tmp_path / "ws")
    with pytest.raises(SourceError):
        add_sources(workspace, [f"{site.url}/guide.md", f"{site.url}/missing.md"])
    with workspace.read() as connection:
        assert connection.execute("SELECT count(*) FROM sources").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM store.pages").fetchone() == (0,)
    assert not list((workspace.root / "sources").iterdir())


def test_a_local_address_is_refused_by_default_with_the_setting_named(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = Workspace.init(tmp_path / "ws")
    monkeypatch.chdir(workspace.root)
    assert run(["add", f"{site.url}/guide.md"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert "not on the internet" in said[0]
    assert "allow_private" in said[1]


@pytest.mark.parametrize(
    ("kind", "url", "suffix"),
    [
        ("text/html", "http://h/a.md", ".html"), ("text/plain", "http://h/a.md", ".md"),
        ("text/plain", "http://h/a", ".txt"),
        ("text/plain", "http://h/a.rst?raw=1", ".rst"), ("application/octet-stream", "http://h/a.pdf", ".pdf"),
        ("application/octet-stream", "http://h/a", None), ("", "http://h/a.ipynb", ".ipynb"),
        ("image/png", "http://h/a.md", None),
        ("application/json", "http://h/openapi", ".json"), ("application/json", "http://h/a.ipynb", ".ipynb"),
        ("application/pdf", "http://h/a.md", ".pdf"), ("text/plain", "http://h/pairs.jsonl", ".jsonl"),
    ],
)  # fmt: skip
def test_the_type_of_a_page_decides_its_format_and_the_address_only_where_the_type_is_vague(
    kind: str, url: str, suffix: str | None
) -> None:
    assert suffix_of(kind, url) == suffix
