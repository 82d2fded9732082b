"""The bench measures what it names, and says what it can't."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tuneproof.tui import bench

PAGE = """# Kettle

A kettle boils water for tea and coffee.

## Limits

The kettle holds at most 1.7 litres. It must not be used without water.
"""


def test_a_folder_of_documentation_is_built_and_built_again_after_a_page_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    docs = tmp_path / "sets" / "kettles"
    docs.mkdir(parents=True)
    (docs / "kettle.md").write_text(PAGE, "utf-8")
    monkeypatch.setenv(bench.EXTRA_DOCS, str(docs.parent))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    bench._documentation(scratch)
    shown = capsys.readouterr().out
    for name in ("build of a documentation folder", "build after one page changed"):
        assert re.search(rf"^{name} +\d+\.\d\d +\d+\.\d\d +\d+ +0 ", shown, re.MULTILINE), shown
    assert (docs / "kettle.md").read_text("utf-8") == PAGE, "the bench wrote into the documentation itself"


def test_without_documentation_the_bench_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(bench.EXTRA_DOCS, raising=False)
    bench._documentation(tmp_path)
    assert "TUNEPROOF_EXTRA_DOCS names no folder" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
