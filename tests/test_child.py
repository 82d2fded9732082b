"""Child processes: what they may import, and that they step back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tuneproof.train.child import NICENESS, spawn


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


def test_a_child_steps_back_where_something_else_wants_the_processor(tmp_path: Path) -> None:
    (tmp_path / "given.json").write_text("{}")
    child = spawn("json.tool", tmp_path / "given.json", tmp_path / "log", threads=1, base="")
    stepped_back = os.getpriority(os.PRIO_PROCESS, child.pid)
    assert child.wait(timeout=60) == 0
    assert stepped_back == max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0))
