"""The review as a person drives it: keys in, decisions in the workspace and frames of text out."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from rich.cells import cell_len
from rich.style import Style
from textual import events

from tests.review_workspace import (
    FRAMES,
    HOSTILE,
    QUEUE,
    RETURNS,
    SIZES,
    VERDICT,
    WIDE,
    Recorder,
    asked,
    fill,
    hold,
    lines,
    press,
    review,
    settle,
    status,
    store_verdict,
    told,
)
from tuneproof.datasets.workspace.errors import ConfigError
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.app import ReviewApp
from tuneproof.tui.display import visible
from tuneproof.tui.keys import KEYS, keymap
from tuneproof.tui.screens.help import HelpCard
from tuneproof.tui.screens.keysbar import KeysBar
from tuneproof.tui.screens.pane import NARROW
from tuneproof.tui.table import PAINTS, PagedTable, painted
from tuneproof.tui.themes import fitting_theme


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.init(tmp_path / "shop")
    fill(made)
    return made


@pytest.mark.parametrize(
    ("key", "verb", "expected", "letter"),
    [("a", "accept", "accepted", "A"), ("x", "reject", "rejected", "X"), ("space", "later", "pending", "L")],
)
async def test_a_verdict_key_is_journalled_shown_by_a_letter_and_moves_on(
    workspace: Workspace, key: str, verb: str, expected: str, letter: str
) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, key)
        assert await asked(app, "SELECT who, verb, subject_id FROM decisions") == [("ada", verb, "p01")]
        assert await status(app, "p01") == expected
        assert app.pairs.table.current == "p02"
        assert lines(app)[1].startswith(f" {letter}")
        assert "What is needed" in app.pairs.card.text


@pytest.mark.parametrize(("undo", "redo"), [("u", "U"), ("backspace", "ctrl+r")])
async def test_undo_and_redo_walk_the_whole_way_and_bring_the_pair_back(
    workspace: Workspace, undo: str, redo: str
) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "a", "x", "a")
        await press(pilot, undo, undo, undo)
        assert [await status(app, pair) for pair in ("p01", "p02", "p03")] == ["pending"] * 3
        assert app.pairs.table.current == "p01"
        assert lines(app)[1].startswith("›·")
        await press(pilot, undo)
        assert "There is nothing to undo." in told(app)
        await press(pilot, redo, redo, redo)
        assert [await status(app, pair) for pair in ("p01", "p02", "p03")] == ["accepted", "rejected", "accepted"]
        assert app.pairs.progress and app.pairs.progress.judged == 3
        await press(pilot, redo)
        assert "There is nothing to redo." in told(app)


async def test_the_card_shows_what_an_undo_brought_back(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "a", "k")
        judged = app.pairs.card.text
        assert "accepted" in judged
        await press(pilot, "j", "u")
        assert app.pairs.table.current == "p01"
        assert "accepted" not in app.pairs.card.text


async def test_undo_survives_a_restart_and_returns_the_pair_to_the_queue(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "a", "x")
    async with review(workspace) as (app, pilot):
        assert list(app.pairs.table.ids)[:2] == ["p03", "p04"]
        await press(pilot, "u")
        assert app.pairs.table.current == "p02"
        assert await status(app, "p02") == "pending"
        await press(pilot, "u")
        assert app.pairs.table.current == "p01"
        assert app.pairs.progress and (app.pairs.progress.judged, app.pairs.progress.journal) == (0, 4)


async def test_a_verdict_key_before_the_queue_is_read_is_not_lost(workspace: Workspace) -> None:
    app = ReviewApp(workspace, "ada")
    async with app.run_test(size=WIDE) as pilot:
        app.post_message(events.Key("a", "a"))
        app.post_message(events.Key("x", "x"))
        await settle(pilot)
        await pilot.pause()
        assert await status(app, "p01") == "accepted"
        assert await status(app, "p02") == "rejected"


async def test_pairs_set_aside_come_again_at_the_end_of_the_queue(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "space", "a")
    async with review(workspace) as (app, pilot):
        assert list(app.pairs.table.ids) == [*QUEUE[2:], "p01"]


async def test_the_last_pair_is_judged_and_said_to_be_the_last(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "G", "a")
        assert await asked(app, "SELECT count(*) FROM decisions") == [(1,)]
        assert app.pairs.table.cursor == len(app.pairs.table.ids) - 1
        assert "last pair" in told(app)
        assert "accepted" in app.pairs.card.text.splitlines()[0]


def test_a_decision_is_there_for_a_new_process_although_the_review_was_killed(workspace: Workspace) -> None:
    program = """
import asyncio, os, pathlib, signal, sys
from textual import events
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.app import ReviewApp

async def main():
    app = ReviewApp(Workspace(pathlib.Path(sys.argv[1])), "ada")
    async with app.run_test(size=(120, 40)):
        app.post_message(events.Key("a", "a"))
        while app.pairs.table.cursor == 0:
            await asyncio.sleep(0.001)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
    ended = subprocess.run([sys.executable, "-c", program, str(workspace.root)], check=False, timeout=60)
    assert ended.returncode == -9
    with workspace.read() as con:
        assert con.execute("SELECT status FROM pairs WHERE pair_id = 'p01'").fetchone() == ("accepted",)
        assert con.execute("SELECT verb FROM decisions").fetchall() == [("accept",)]


async def test_moving_follows_the_keys_of_vi(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        where: list[int] = []
        for key in ("j", "down", "k", "G", "up", "g", "pagedown", "pageup", "ctrl+d", "ctrl+u", "k"):
            await press(pilot, key)
            where.append(app.pairs.table.cursor)
        assert where == [1, 2, 1, 9, 8, 0, 9, 0, 9, 0, 0]


async def test_find_goes_to_the_hits_and_typing_it_judges_nothing(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "slash", *"xa days", "enter")
        assert "No pair of this queue holds “xa days”." in told(app)
        await press(pilot, "slash", *"DAYS", "enter")
        hits = []
        for key in ("n", "n", "n", "N"):
            hits.append(app.pairs.table.current)
            await press(pilot, key)
        assert len(set(hits[:3])) == 3
        assert {"p01", "p05"} < set(hits)
        assert await asked(app, "SELECT count(*) FROM decisions") == [(0,)]
        await press(pilot, "a")
        assert await asked(app, "SELECT count(*) FROM decisions") == [(1,)]


async def test_find_takes_wildcards_by_the_letter_and_escape_leaves_it(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "slash", "percent_sign", "enter")
        assert "No pair of this queue holds “%”." in told(app)
        await press(pilot, "slash", "a", "escape")
        assert not app.query_one("#ask").display
        await press(pilot, "x")
        assert await status(app, "p01") == "rejected"


async def test_the_filter_narrows_the_queue_and_the_backslash_clears_it(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "a", "a", "F")
        listed = "\n".join(lines(app))
        assert re.search(r"status +accepted +2", listed)
        await press(pilot, "j", "j", "j", "enter")
        assert list(app.pairs.table.ids) == ["p01", "p02"]
        assert "accepted, selected" in told(app)
        await press(pilot, "F", "escape")
        assert app.pairs.filter.status == "accepted"
        await press(pilot, "backslash")
        assert app.pairs.filter.status == "to judge"
        assert len(app.pairs.table.ids) == 8


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("split     test", {"p09", "p10"}),
        ("topic     1 refunds", {"p02", "p04", "p06", "p08", "p10"}),
        ("selected  no", {"p11"}),
    ],
)
async def test_each_side_of_the_filter_leaves_the_pairs_that_it_counts(
    workspace: Workspace, label: str, expected: set[str]
) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "F")
        ways = app.screen.ways  # type: ignore[attr-defined]
        place = next(int(number) for number, way in ways.items() if way.label == label)
        assert ways[str(place)].count == len(expected)
        app.screen.query_one(PagedTable).move_to(place)
        await press(pilot, "enter")
        assert set(app.pairs.table.ids) == expected


async def test_an_empty_queue_says_what_to_do_and_a_verdict_there_changes_nothing(tmp_path: Path) -> None:
    async with review(Workspace.init(tmp_path / "empty")) as (app, pilot):
        await press(pilot, "2")
        assert "Run: tuneproof build" in " ".join(app.pairs.card.text.split())
        await press(pilot, "a", "j", "G", "u", "n")
        assert await asked(app, "SELECT count(*) FROM decisions") == [(0,)]


async def test_the_card_shows_the_source_whole_and_why_the_pair_deserves_a_look(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "j")
        card = app.pairs.card.text
        assert " ".join(RETURNS.split()) in " ".join(card.split())
        assert "\n    refund(item, days=30)" in card
        assert "handbook: returns.md  Returns › How long" in card
        twin = "semantic duplicate, 0.93, suggested (cosine 0.93): How long may I keep a returned item?"
        assert twin in " ".join(card.split())
        assert "what_is · prose.heading · template · train" in card
        app.pairs.table.move_to(list(app.pairs.table.ids).index("p06"))
        await settle(pilot)
        assert "short_answer: the answer is 2 characters long" in app.pairs.card.text
        assert lines(app)[1 + app.pairs.table.cursor].startswith("›· !")


async def test_a_document_can_neither_mark_up_nor_steer_the_terminal(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        app.pairs.table.move_to(list(app.pairs.table.ids).index("p09"))
        await settle(pilot)
        shown = "\n".join(lines(app))
        assert visible(HOSTILE)[:30] in shown
        assert "[red]Loud[/red] ␛[2Jgone ‹U+202E›txt.exe ␇" in app.pairs.card.text
        sent = "".join(app.frames)
        assert not any(char in sent for char in ("\x07", "\u202e", "\x1b[2Jgone"))
        assert all(cell_len(line) <= WIDE[0] for line in lines(app))


async def test_a_narrow_screen_shows_the_card_or_the_list(workspace: Workspace) -> None:
    async with review(workspace, (80, 24)) as (app, pilot):
        assert app.pairs.card.display and not app.pairs.table.display
        await press(pilot, "j", "escape")
        assert app.pairs.table.display and not app.pairs.card.display
        assert lines(app)[2].startswith("›")
        await press(pilot, "enter", "x")
        assert await status(app, "p02") == "rejected"
        assert app.pairs.card.display


async def test_the_arrows_scroll_the_card_while_it_is_the_active_side(workspace: Workspace) -> None:
    async with review(workspace, (60, 16)) as (app, pilot):
        before = lines(app)
        await press(pilot, "down", "down")
        assert lines(app)[1:3] == before[3:5]
        assert app.pairs.table.cursor == 0
        await press(pilot, "pagedown", "pagedown", "pagedown")
        assert "refund(item, days=30)" in "\n".join(lines(app))
        await press(pilot, "tab", "down")
        assert app.pairs.table.cursor == 1


@pytest.mark.parametrize("size", [(59, 16), (60, 15), (20, 4)])
async def test_a_screen_that_is_too_small_says_so_and_judges_nothing(
    workspace: Workspace, size: tuple[int, int]
) -> None:
    async with review(workspace, size) as (app, pilot):
        assert lines(app)[0].startswith(f"Too small: {size[0]}x{size[1]}"[: size[0] - 1])
        assert set(lines(app)[1:]) == {""}
        await press(pilot, "a", "x")
        assert await asked(app, "SELECT count(*) FROM decisions") == [(0,)]
        await pilot.resize_terminal(*WIDE)
        await press(pilot, "a")
        assert await status(app, "p01") == "accepted"


async def test_what_lies_above_gives_way_to_the_sentence_too_and_keeps_what_was_typed(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "e")
        await press(pilot, "N", "o")
        await pilot.resize_terminal(50, 12)
        await settle(pilot)
        assert lines(app)[0].startswith("Too small: 50x12")
        assert set(lines(app)[1:]) == {""}
        await pilot.resize_terminal(*WIDE)
        await press(pilot, "ctrl+s")
        assert await asked(app, "SELECT answer FROM pairs WHERE pair_id = 'p01'") == [("NoThirty days from delivery.",)]
        await press(pilot, "F")
        await pilot.resize_terminal(50, 12)
        await press(pilot, "enter")
        assert len(app.screen_stack) == 2
        await press(pilot, "escape")
        assert len(app.screen_stack) == 1


async def test_a_verdict_while_another_process_holds_the_file_is_told_and_not_advanced(workspace: Workspace) -> None:
    async with review(workspace, idle_seconds=0.0) as (app, pilot):
        app.desk.release_if_idle()
        while app.desk.is_open:
            await asyncio.sleep(0.01)
        holder = hold(workspace)
        try:
            await press(pilot, "a")
            assert f"is held by process {holder.pid}" in told(app)
            assert app.pairs.table.current == "p01"
        finally:
            holder.communicate(b"\n")
        await press(pilot, "a")
        assert await asked(app, "SELECT verb, subject_id FROM decisions") == [("accept", "p01")]
        assert app.pairs.table.current == "p02"


async def test_a_review_that_finds_the_file_held_waits_and_starts_when_it_is_free(workspace: Workspace) -> None:
    holder = hold(workspace)
    app = ReviewApp(workspace, "ada")
    async with app.run_test(size=WIDE) as pilot:
        try:
            while "held by process" not in told(app):
                await asyncio.sleep(0.05)
            shown = " ".join(app.pairs.card.text.split())
            assert f"held by process {holder.pid}" in shown
            assert "no decision is lost" in shown
        finally:
            holder.communicate(b"\n")
        await settle(pilot)
        assert "could be read" in told(app)
        await press(pilot, "a")
        assert await status(app, "p01") == "accepted"


async def test_a_workspace_of_a_newer_version_is_told_whole_and_left_as_it_is(workspace: Workspace) -> None:
    with workspace.write() as con:
        con.execute("UPDATE store.meta SET value = '99' WHERE key = 'schema_version'")
    app = ReviewApp(workspace, "ada")
    async with app.run_test(size=(60, 16)):
        while "schema version 99" not in " ".join(app.pairs.card.text.split()):
            await asyncio.sleep(0.05)
        assert "Upgrade tuneproof: a newer version wrote this workspace." in " ".join(app.pairs.card.text.split())
        assert "Upgrade tuneproof: a newer version wrote this workspace." in told(app)
        # The queue is asked for again and again, so that there is no end of work to wait for.
        await app.action_screen(7)
        while "schema version 99" not in " ".join(app.pane.card.text.split()):
            await asyncio.sleep(0.05)
    with duckdb.connect(str(workspace.database)) as con:
        assert con.execute("SELECT value FROM store.meta WHERE key = 'schema_version'").fetchall() == [("99",)]
        assert con.execute("SELECT count(*) FROM store.decisions").fetchall() == [(0,)]


async def test_the_idle_review_lets_go_of_the_file_and_reads_anew_what_others_changed(workspace: Workspace) -> None:
    async with review(workspace, idle_seconds=0.0) as (app, pilot):
        await press(pilot, "j")
        app.desk.release_if_idle()
        while app.desk.is_open:
            await asyncio.sleep(0.01)
        program = (
            "import sys, duckdb; duckdb.connect(sys.argv[1]).execute(\"DELETE FROM store.pairs WHERE pair_id = 'p03'\")"
        )
        subprocess.run([sys.executable, "-c", program, str(workspace.database)], check=True)
        await press(pilot, "j")
        await press(pilot, "k")
        assert "p03" not in app.pairs.table.ids
        await press(pilot, "a")
        assert [row[0] for row in await asked(app, "SELECT verb FROM decisions")] == ["accept"]


async def test_a_busy_review_keeps_the_file_and_an_idle_one_waits_its_time(workspace: Workspace) -> None:
    async with review(workspace, idle_seconds=30.0) as (app, _):
        app.desk.release_if_idle()
        await asyncio.sleep(0.05)
        assert app.desk.is_open


GRAVEST_FIRST = ["duplicates", "test_groups", "short_answers", "hostile", "licence", "overlap"]


async def test_the_gate_shows_each_check_with_figure_limit_and_remedy(workspace: Workspace) -> None:
    store_verdict(workspace)
    async with review(workspace) as (app, pilot):
        assert "7 Gate FAIL" in lines(app)[0]
        await press(pilot, "7")
        shown = "\n".join(lines(app))
        for words in ("FAIL · 6 checks", "duplicates", "2 <= 0", "Two pairs say the same.", "Reject one"):
            assert words in shown
        assert "2 pairs, limit <= 0" in app.pane.card.text
        assert list(app.pane.table.ids) == GRAVEST_FIRST
        await press(pilot, "j", "j")
        assert "18%, limit <= 15%" in app.pane.card.text
        assert "95% interval 5% to 40%" in app.pane.card.text
        assert "11 rows in 3 groups" in app.pane.card.text
        await press(pilot, "j", "j")
        assert "by ada until 2031-01-01: our own text" in app.pane.card.text


@pytest.mark.parametrize(("check", "expected"), [("duplicates", {"p01", "p02"}), ("short_answers", {"p06", "p10"})])
async def test_enter_on_a_check_shows_the_pairs_behind_it(workspace: Workspace, check: str, expected: set[str]) -> None:
    store_verdict(workspace)
    async with review(workspace) as (app, pilot):
        await press(pilot, "7", *"j" * GRAVEST_FIRST.index(check), "enter")
        assert app.pane is app.pairs
        assert set(app.pairs.table.ids) == expected
        assert f"behind {check}" in told(app)
        await press(pilot, "a")
        assert await asked(app, "SELECT count(*) FROM decisions") == [(1,)]


@pytest.mark.parametrize(
    ("check", "words"),
    [("test_groups", "No single pairs stand behind “test groups”."), ("hostile", "no single SELECT")],
)
async def test_a_check_without_pairs_says_so_and_its_statement_can_change_nothing(
    workspace: Workspace, check: str, words: str
) -> None:
    store_verdict(workspace)
    async with review(workspace) as (app, pilot):
        await press(pilot, "7", *"j" * GRAVEST_FIRST.index(check), "enter")
        assert words in told(app)
        assert app.pane.id == "Gate"
        assert await asked(app, "SELECT count(*) FROM decisions") == [(0,)]


async def test_without_a_verdict_the_gate_names_the_command(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "7")
        assert "There is no data verdict yet. Run: tuneproof gate" in " ".join(app.pane.card.text.split())
        store = VERDICT.to_document()
        await app.desk.run(
            lambda con: con.execute(
                "INSERT INTO store.verdicts VALUES ('v', 'data', 's1', 'FAIL', now()::TIMESTAMP, '', ?)",
                [json.dumps(store)],
            )
        )
        await press(pilot, "r")
        assert "FAIL · 6 checks" in "\n".join(lines(app))


async def test_a_remapped_verb_obeys_its_new_key_and_help_shows_it(workspace: Workspace) -> None:
    with workspace.config_path.open("a", encoding="utf-8") as file:
        file.write('\n[keys]\naccept = "c,f5"\nnext = "f6"\n')
    async with review(Workspace(workspace.root)) as (app, pilot):
        await press(pilot, "a", "j")
        assert app.pairs.table.cursor == 0
        await press(pilot, "c", "f5", "f6")
        assert app.pairs.table.cursor == 3
        assert [await status(app, pair) for pair in ("p01", "p02", "p03")] == ["accepted", "accepted", "pending"]
        assert lines(app)[-1].startswith(" c accept x reject")
        await press(pilot, "question_mark")
        assert re.search(r"c f5 +accept", "\n".join(lines(app)))


@pytest.mark.parametrize(
    ("keys", "message", "hint"),
    [
        ({"acept": "c"}, "'acept' is no verb", "'accept'"),
        ({"accept": "x"}, "x would mean both 'accept' and 'reject'", "another key"),
        ({"open": "j"}, "j would mean both 'open' and 'next'", "another key"),
        ({"accept": "q"}, "q would mean both 'accept' and 'quit'", "another key"),
        ({"zoom": "a"}, "a would mean both 'accept' and 'zoom'", "another key"),
        ({"accept": "hyper+y"}, "'hyper+y' is no key", "ctrl+r"),
        ({"accept": ""}, "'' is no key", "ctrl+r"),
        ({"accept": "ctrl+q"}, "ctrl+q is kept for quit", "another key"),
    ],
)
def test_keys_that_can_not_be_are_refused(keys: dict[str, str], message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as error:
        keymap(keys)
    assert message in error.value.message
    assert hint in error.value.hint


def test_the_default_keys_do_not_clash_and_two_verbs_can_swap_theirs() -> None:
    assert keymap({}) == {}
    assert keymap({"accept": "x", "reject": "a"}) == {"accept": "x", "reject": "a"}
    assert len({key.id for key in KEYS}) == len(KEYS)


async def test_quitting_lets_go_of_the_workspace(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await pilot.press("q")
    assert not app.desk.is_open
    holder = hold(workspace)
    holder.communicate(b"\n")
    assert holder.returncode == 0


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_cursor_move_draws_row_and_card_in_one_frame_and_a_verdict_sends_little(
    workspace: Workspace, size: tuple[int, int]
) -> None:
    async with review(workspace, size) as (app, pilot):
        await press(pilot, "escape")
        # Whatever card comes next was read ahead while nothing was pressed.
        await app.workers.wait_for_complete()
        app.frames.clear()
        await press(pilot, "j")
        assert len(app.frames) == 1
        # Where the card is not beside the list, two rows are all that is drawn.
        assert 0 < len(app.frames[0].encode()) <= (1000 if size[0] < NARROW else 3000)
        app.frames.clear()
        await press(pilot, "a")
        assert 0 < sum(len(frame.encode()) for frame in app.frames) <= 4000


async def test_no_color_leaves_grey_and_the_letters(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with review(workspace) as (app, pilot):
        await press(pilot, "a", "x")
        assert [line[1] for line in lines(app)[1:3]] == ["A", "X"]
        assert not coloured(app)
    monkeypatch.delenv("NO_COLOR", raising=False)
    async with review(workspace) as (app, pilot):
        assert coloured(app)


def coloured(app: Recorder) -> bool:
    """Whether any colour that was sent is not a grey."""
    sent = re.findall(r"[34]8;2;(\d+);(\d+);(\d+)", "".join(app.frames))
    return any(not red == green == blue for red, green, blue in sent)


@pytest.mark.parametrize(
    ("value", "theme"),
    [("15;0", "textual-dark"), ("0;15", "textual-light"), ("0;default;7", "textual-light"), ("", "textual-dark")],
)
def test_the_theme_follows_the_background_of_the_terminal(value: str, theme: str) -> None:
    assert fitting_theme({"COLORFGBG": value} if value else {}) == theme


async def test_every_paint_can_be_read_in_every_theme_and_best_in_the_two_that_are_chosen(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        table, pale = app.pairs.table, []
        for theme in (name for name in app.available_themes if not name.startswith("ansi")):
            app.theme = theme
            await pilot.pause()
            for chosen, ground in ((False, table.rich_style), (True, table.get_component_rich_style("-cursor"))):
                for paint in ("", *PAINTS):
                    verdict = paint in ("good", "bad", "warn") and not chosen
                    least = 4.5 if verdict or theme in ("textual-dark", "textual-light") else 3.0
                    found = contrast(painted(table, paint, ground))
                    pale += [(theme, chosen, paint, round(found, 1))] if found < least else []
        assert pale == []


def contrast(style: Style) -> float:
    """Return the WCAG 2 contrast of a style's ink on its ground."""
    lights = []
    for colour in (style.color, style.bgcolor):
        assert colour and colour.triplet
        parts = [part / 255 for part in colour.triplet]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_the_command_line_does_not_load_textual() -> None:
    program = "import sys, tuneproof.tui.cli; sys.exit(7 * ('textual' in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


async def shot(workspace: Workspace, size: tuple[int, int], keys: str) -> str:
    async with review(workspace, size) as (app, pilot):
        await press(pilot, *keys)
        # A list opened above is filled by a message of its own.
        await pilot.pause()
        await settle(pilot)
        return "\n".join(lines(app)) + "\n"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("name", "keys"), [("help", "?"), ("filter", "F")])
async def test_the_frame_is_as_stored(workspace: Workspace, name: str, keys: str, size: tuple[int, int]) -> None:
    store_verdict(workspace)
    frame = await shot(workspace, size, keys)
    path = FRAMES / f"{name}_{size[0]}x{size[1]}.txt"
    if os.environ.get("TUNEPROOF_WRITE_FRAMES"):
        path.write_text(frame, "utf-8")
    assert frame == path.read_text("utf-8")


async def test_a_list_that_was_opened_above_closes_and_leaves_the_keys_working(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "F")
        assert len(app.screen_stack) == 2
        await press(pilot, "a", "question_mark", "2")
        assert await asked(app, "SELECT count(*) FROM decisions") == [(0,)]
        await press(pilot, "escape")
        assert len(app.screen_stack) == 1
        await press(pilot, "a")
        assert await asked(app, "SELECT count(*) FROM decisions") == [(1,)]


async def test_help_stands_beside_the_screen_and_every_key_works_on(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "?")
        assert "HELP  Pairs" in "\n".join(lines(app))
        await press(pilot, "a")
        assert await status(app, "p01") == "accepted"
        await press(pilot, "3")
        assert "HELP  Duplicates" in "\n".join(lines(app))
        assert "merge the group into this" in app.query_one(HelpCard).text
        await press(pilot, "escape")
        assert "HELP" not in "\n".join(lines(app))
        assert app.pane.id == "Duplicates"


async def test_the_help_key_turns_its_pages_and_then_takes_it_away(workspace: Workspace) -> None:
    async with review(workspace, (60, 16)) as (app, pilot):
        seen, turns = set(), 0
        await press(pilot, "?")
        whole = {f" {line}".rstrip() for line in app.query_one(HelpCard).text.splitlines()}
        while app.screen.has_class("-helping"):
            seen |= set(lines(app))
            await press(pilot, "?")
            turns += 1
            assert turns < 40
        assert whole <= seen


async def test_the_line_of_keys_leaves_out_whole_keys_only_and_never_help(workspace: Workspace) -> None:
    labels = {key.short or key.label for key in KEYS} | {key.group for key in KEYS}
    for width in (60, 75, 90, 120, 200):
        async with review(workspace, (width, 20)) as (app, pilot):
            for number in "123456789":
                await press(pilot, number)
                shown = app.query_one("#keys", KeysBar)
                ends = [piece for piece, _ in shown._pieces if piece in labels]
                assert "help" in ends
                assert len(shown.text) <= width
                assert shown.text.endswith(ends[-1])


async def test_the_mouse_presses_the_keys_of_the_last_line(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await pilot.click("#keys", offset=(lines(app)[-1].index("reject") + 1, 0))
        await settle(pilot)
        assert await status(app, "p01") == "rejected"
