"""Patterns: what a location asks for as a shell would read it, and what include and exclude cover."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuneproof.curate.reading.patterns import fits, matches
from tuneproof.curate.reading.sources import default_name, discover, resolve
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.errors import SourceError
from tuneproof.datasets.workspace.records import Source


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("docs/a.md", "docs/b.txt", "docs/api/c.md", "docs/api/v1/d.md", "docs/.hidden/e.md", "other/f.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("# Title\n\nText.\n")
    return tmp_path


def paths(location: str, **settings: object) -> list[str]:
    found = discover(Source("s", resolve(location).kept), config.Sources.model_validate(settings))
    return [file.path for file in found if file.skipped is None]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("docs/*.md", ["a.md"]),
        ("docs/**/*.md", ["a.md", "api/c.md", "api/v1/d.md"]),
        ("docs/**", ["a.md", "api/c.md", "api/v1/d.md", "b.txt"]),
        ("docs/*/*.md", ["api/c.md"]),
        ("docs/api/**/d.*", ["v1/d.md"]),
        ("docs/[ab].*", ["a.md", "b.txt"]),
        ("*/f.md", ["other/f.md"]),
        ("docs/.hidden/*.md", ["e.md"]),
    ],
)
def test_a_location_may_be_a_pattern(
    tree: Path, pattern: str, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree)
    assert paths(pattern) == found
    assert Path(resolve(pattern).kept).is_absolute()


def test_a_pattern_is_named_after_the_folder_it_begins_with(tree: Path) -> None:
    assert default_name(str(tree / "docs" / "**" / "*.md")) == "docs"
    assert default_name(str(tree / "docs" / "api" / "*.md")) == "api"
    assert default_name(str(tree / "docs" / "new.md")) == "new.md"


def test_a_folder_with_brackets_is_a_folder(tree: Path) -> None:
    (tree / "a[1]").mkdir()
    (tree / "a[1]" / "g.md").write_text("# G\n")
    assert paths(str(tree / "a[1]")) == ["g.md"]
    assert paths(str(tree / "a[1]" / "*.md")) == ["g.md"]


@pytest.mark.parametrize(("pattern", "words"), [("docs/**/*.rst", "No file is named"), ("nowhere/*.md", "There is no")])
def test_a_pattern_that_leads_nowhere_is_an_error(tree: Path, pattern: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        resolve(str(tree / pattern))
    assert caught.value.hint


def test_exclude_holds_inside_a_pattern_too(tree: Path) -> None:
    assert paths(str(tree / "docs" / "**" / "*.md"), exclude=["api/v1"]) == ["a.md", "api/c.md"]
    assert paths(str(tree / "docs"), include=["**/*.md"], exclude=["api/**/d.md"]) == ["a.md", "api/c.md"]


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("*.md", "a.md", True), ("*.md", "x/a.md", True), ("x/*.md", "x/y/a.md", True), ("**/*.md", "a.md", True),
        ("x/**/a.md", "x/a.md", True), ("x/**/a.md", "x/y/z/a.md", True), ("x/**/y/**/a.md", "x/y/z/a.md", True),
        ("x/**/y/**/a.md", "x/z/y/a.md", True), ("x", "x/a.md", True), ("x/", "x/y/a.md", True),
        ("x", "y/x/a.md", False), ("**/x", "y/x/a.md", True),
        ("./x", "x/a.md", True), ("X", "x/a.md", False), ("x*", "xy/a.md", True),
    ],
)  # fmt: skip
def test_include_and_exclude_cover_files_and_folders(pattern: str, path: str, covered: bool) -> None:
    assert matches(path, pattern) is covered


def test_a_star_of_a_location_stays_in_its_folder() -> None:
    assert fits("a/b.md", ("*", "*.md"))
    assert not fits("a/b.md", ("*.md",))
    assert not fits("b.md", ("*", "*.md"))
    assert fits("b.md", ("**", "**", "*.md"))
