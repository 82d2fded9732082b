"""Every verb of the Pairs screen against the workspace: edit, flag, marks, bulk, find, filter, sort, undo of all."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events
from textual.widgets import TextArea

from tests.review_workspace import WIDE, Recorder, asked, enrich, fill, lines, press, review, settle, status, told
from tuneproof.datasets.workspace.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.init(tmp_path / "shop")
    fill(made)
    enrich(made)
    return made


async def answer(app: Recorder, pair: str) -> str:
    return str((await asked(app, f"SELECT answer FROM pairs WHERE pair_id = '{pair}'"))[0][0])


async def test_an_edit_in_place_is_saved_shown_and_undone(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "e")
        app.screen.query_one("#answer", TextArea).load_text("Thirty days, no more.")
        await press(pilot, "ctrl+s")
        assert await answer(app, "p01") == "Thirty days, no more."
        assert "Thirty days, no more." in app.pairs.card.text
        assert "edited" in app.pairs.card.text
        assert app.pairs.table.current == "p01"
        await press(pilot, "u")
        assert await answer(app, "p01") == "Thirty days from delivery."


async def test_leaving_an_edit_asks_once_and_keeps_the_draft(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "e", "escape")
        assert len(app.screen_stack) == 1
        await press(pilot, "e", "Z", "escape")
        assert "Not saved" in "\n".join(lines(app))
        assert len(app.screen_stack) == 2
        await press(pilot, "escape")
        assert len(app.screen_stack) == 1
        assert await asked(app, "SELECT count(*) FROM decisions") == [(0,)]
        await press(pilot, "e")
        assert "Z" in app.screen.query_one("#answer", TextArea).text
        await press(pilot, "ctrl+s")
        assert "Z" in await answer(app, "p01")


async def test_an_edit_that_can_not_be_journalled_stays_open_with_its_text(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "e")
        app.screen.query_one("#answer", TextArea).load_text("   ")
        await press(pilot, "ctrl+s")
        assert "can't leave a question or an answer empty" in "\n".join(lines(app))
        assert len(app.screen_stack) == 2


async def test_editing_a_hostile_text_draws_no_control_character(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        app.pairs.table.move_to(list(app.pairs.table.ids).index("p09"))
        await settle(pilot)
        app.frames.clear()
        await press(pilot, "e")
        shown = "\n".join(lines(app))
        assert "[red]Loud[/red] ␛[2Jgone" in shown
        assert not any(char in "".join(app.frames) for char in ("\x07", "\u202e", "\x1b[2Jgone"))


class Suspending(Recorder):
    """The review on a terminal that can be handed to an editor, and that comes back only if nothing was raised."""

    handed_over = False

    @contextlib.contextmanager
    def suspend(self) -> Iterator[None]:
        self.handed_over = True
        yield
        self.handed_over = False


@pytest.mark.parametrize(
    ("program", "expected", "words"),
    [
        ("text = text.replace('Thirty', 'Fifty')", "Fifty days from delivery.", "Saved the edit"),
        ("pass", "Thirty days from delivery.", "Nothing was changed."),
        ("sys.exit(3)", "Thirty days from delivery.", "ended with code 3, so the pair is as it was. The text is in"),
        ("text = 'no line that parts'", "Thirty days from delivery.", "has no line '--- answer ---'"),
    ],
)
async def test_the_editor_changes_the_pair_and_a_failing_one_loses_nothing(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, expected: str, words: str
) -> None:
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys, pathlib\nfile = pathlib.Path(sys.argv[1])\ntext = file.read_text()\n"
        f"{program}\nfile.write_text(text)\n"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    monkeypatch.delenv("VISUAL", raising=False)
    app = Suspending(workspace, "ada")
    async with app.run_test(size=(200, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "E")
        assert words in told(app)
        assert not app.handed_over
        assert await answer(app, "p01") == expected


async def test_a_terminal_that_can_not_be_handed_over_says_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", os.devnull)
    async with review(workspace) as (app, pilot):
        await press(pilot, "E")
        assert "can't be handed to an editor: e edits here" in told(app)


async def test_a_flag_takes_a_reason_shows_it_and_leaves_the_verdict_alone(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "f", *"axe", "enter")
        assert await asked(app, "SELECT verb, subject_id, reason FROM decisions") == [("flag", "p01", "axe")]
        assert await status(app, "p01") == "pending"
        assert app.pairs.table.current == "p01"
        assert "flagged: axe" in app.pairs.card.text
        assert lines(app)[1].startswith("›· f")
        await press(pilot, "f", "escape")
        assert await asked(app, "SELECT count(*) FROM decisions") == [(1,)]
        await press(pilot, "u")
        assert "flagged" not in app.pairs.card.text


async def test_marked_pairs_are_judged_in_one_step_and_one_undo_takes_it_back(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "m", "j", "m", "m", "A")
        assert "Accepted 3 pairs in one step: u takes it back." in told(app)
        assert await asked(app, "SELECT subject_id FROM decisions ORDER BY seq") == [("p01",), ("p03",), ("p04",)]
        assert await asked(app, "SELECT count(DISTINCT batch) FROM decisions") == [(1,)]
        assert not app.pairs.table.marked
        await press(pilot, "u")
        assert "Undid accept of 3 pairs." in told(app)
        assert await asked(app, "SELECT count(*) FROM pairs WHERE status <> 'pending'") == [(0,)]


@pytest.mark.parametrize(
    ("keys", "marked"),
    [
        (("m", "j", "j", "v"), ["p01", "p02", "p03", "p04"]),
        (("j", "v", "k", "v"), ["p01", "p02"]),
        (("*",), [f"p{number:02}" for number in range(1, 11)]),
        (("*", "*"), []),
        (("m", "k", "m"), []),
        (("m", "backslash"), []),
    ],
)
async def test_marks_go_by_one_by_range_and_by_all(
    workspace: Workspace, keys: tuple[str, ...], marked: list[str]
) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, *keys)
        assert sorted(app.pairs.table.marked) == marked


@pytest.mark.parametrize(("key", "verb"), [("X", "reject"), ("L", "later")])
async def test_each_verdict_has_its_key_for_the_marked(workspace: Workspace, key: str, verb: str) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, key)
        assert "No pair is marked" in told(app)
        await press(pilot, "m", "m", key)
        assert await asked(app, "SELECT DISTINCT verb FROM decisions") == [(verb,)]


async def test_marked_pairs_are_flagged_with_one_reason(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "m", "m", "!", *"old", "enter")
        assert await asked(app, "SELECT verb, reason, count(*) FROM decisions GROUP BY ALL") == [("flag", "old", 2)]


async def test_a_typed_filter_narrows_the_queue_and_a_wrong_one_is_told(workspace: Workspace) -> None:
    async with review(workspace, (200, 40)) as (app, pilot):
        await press(pilot, "t")
        app.query_one("#ask").value = "type:limit source:handbook"  # type: ignore[attr-defined]
        await press(pilot, "enter")
        assert list(app.pairs.table.ids) == ["p01"]
        assert "limit, source handbook" in told(app)
        await press(pilot, "t")
        app.query_one("#ask").value = "colour:red"  # type: ignore[attr-defined]
        await press(pilot, "enter")
        assert "Pairs have no side 'colour'. Did you mean" in told(app)
        assert list(app.pairs.table.ids) == ["p01"]


async def test_the_order_is_chosen_from_a_list_and_the_cursor_stays_on_its_pair(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "j", "o", "j", "enter")
        assert list(app.pairs.table.ids)[:2] == ["p09", "p06"]
        assert app.pairs.table.current == "p02"
        assert "worst findings first" in told(app)


async def test_keys_typed_at_once_after_one_that_opens_a_line_judge_nothing(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        driver = app._driver
        assert driver
        for key in ("slash", "x", "a"):
            driver.send_message(events.Key(key, "/" if key == "slash" else key))
        await asyncio.sleep(0.05)
        await settle(pilot)
        assert await asked(app, "SELECT count(*) FROM decisions") == [(0,)]


async def test_the_palette_lists_the_verbs_and_runs_one(workspace: Workspace) -> None:
    async with review(workspace, WIDE) as (app, pilot):
        found = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        assert {"Accept", "Undo", "Coverage", "Colours"} <= set(found)
        await found["Accept"]()
        await settle(pilot)
        assert await status(app, "p01") == "accepted"


async def test_a_row_of_a_hundred_thousand_characters_is_shown_edited_and_judged(workspace: Workspace) -> None:
    long = "word " * 20_000
    with workspace.write() as con:
        con.execute("UPDATE store.pairs SET answer = ? WHERE pair_id = 'p01'", [long])
    async with review(workspace) as (app, pilot):
        assert "[cut for display: 80,000 more characters]" in app.pairs.card.text
        await press(pilot, "a")
        assert await status(app, "p01") == "accepted"
