"""The first screen where there is no workspace: each way to begin, what it refuses, and how it looks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.review_workspace import FRAMES, SIZES, press, settle, told_in
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.commands.review import _begun
from tuneproof.tui.welcome import Beginning, Welcome


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


async def chosen(*keys: str) -> tuple[Welcome, str]:
    app = Welcome()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, *keys)
        return app, told_in(app)


async def test_enter_alone_begins_with_the_demo_and_q_with_nothing() -> None:
    app, _ = await chosen("enter")
    assert app.return_value == Beginning("demo")
    app, _ = await chosen("j", "q")
    assert app.return_value is None


async def test_documentation_and_workspaces_are_asked_for_by_a_path_that_must_be_there(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    app, told = await chosen("j", "enter", *str(docs / "x"), "enter")
    assert app.return_value is None
    assert f"There is nothing at {docs}/x" in told
    app, _ = await chosen("j", "enter", *str(docs), "enter")
    assert app.return_value == Beginning("documentation", str(docs))
    app, told = await chosen("G", "enter", *str(docs), "enter")
    assert app.return_value is None
    assert "holds no tuneproof.toml" in told
    made = Workspace.init(tmp_path / "made")
    app, _ = await chosen("G", "enter", *str(made.root), "enter")
    assert app.return_value == Beginning("workspace", str(made.root))


async def test_escape_leaves_the_line_that_asks_and_keys_move_again() -> None:
    app, _ = await chosen("j", "enter", "q", "escape", "k", "enter")
    assert app.return_value == Beginning("demo")


def test_a_folder_of_documentation_becomes_a_workspace_beside_and_is_read(tmp_path: Path) -> None:
    docs = tmp_path / "handbook"
    docs.mkdir()
    (docs / "refunds.md").write_text(
        "# Refunds\n\nThe limit of a refund is 500 euros.\n\n## Transfer\n\nOpen the order.\n"
    )
    made = [_begun(Beginning("documentation", str(docs))) for _ in range(2)]
    assert [one.root.name for one in made] == ["handbook-tuneproof", "handbook-tuneproof-2"]
    assert sorted(path.name for path in docs.iterdir()) == ["refunds.md"]
    with made[0].read() as con:
        assert con.execute("SELECT count(*) > 0 FROM pairs").fetchone() == (True,)
    assert _begun(Beginning("workspace", str(made[1].root))).root == made[1].root


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_frame_of_the_first_screen_is_as_stored(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "cwd", staticmethod(lambda: Path("/home/ada")))
    app = Welcome()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.pause()
        frame = shown(pilot)
    path = FRAMES / f"welcome_{size[0]}x{size[1]}.txt"
    if os.environ.get("TUNEPROOF_WRITE_FRAMES"):
        path.write_text(frame, "utf-8")
    assert frame == path.read_text("utf-8")


def shown(pilot: Pilot[Any]) -> str:
    return "\n".join(strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips()) + "\n"
