"""Child processes: what they may import."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuneproof.train.child import spawn


def test_a_folder_named_like_a_package_where_the_user_stands_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "__init__.py").write_text("raise RuntimeError('imported from where the user stands')")
    (tmp_path / "given.json").write_text('{"kept": true}')
    monkeypatch.chdir(tmp_path)
    child = spawn("json.tool", tmp_path / "given.json", tmp_path / "log", threads=1, base="")
    assert child.wait(timeout=60) == 0
    assert '"kept": true' in (tmp_path / "log").read_text()
