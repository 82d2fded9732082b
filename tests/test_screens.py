"""The other screens of the review, each verb against the workspace, and plain-text frames of all nine."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.review_workspace import (
    FRAMES,
    RUN,
    SIZES,
    asked,
    enrich,
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
from tuneproof.curate.checking.style_profile import Sample, learn
from tuneproof.datasets.workspace.config import Style
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.keys import SCREENS
from tuneproof.tui.queries.training import RunState
from tuneproof.tui.table import PagedTable


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.init(tmp_path / "shop")
    fill(made)
    enrich(made)
    return made


def number(name: str) -> str:
    return str(SCREENS.index(name) + 1)


async def test_without_a_pair_to_judge_the_review_starts_on_the_sources(tmp_path: Path) -> None:
    async with review(Workspace.init(tmp_path / "empty")) as (app, _):
        assert app.pane.id == "Sources"
        assert "tuneproof demo" in " ".join(app.pane.card.text.split())


async def test_sources_tell_why_a_document_was_skipped_and_lead_to_the_pairs_of_another(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "1")
        assert "failed: not UTF-8 at byte 3" in app.pane.card.text
        assert "5 documents · 4 current, 1 failed" in lines(app)[1]
        await press(pilot, "enter")
        assert "No pairs were made of this document" in told(app)
        await press(pilot, "j", "enter")
        assert app.pane is app.pairs
        assert list(app.pairs.table.ids) == ["p01", "p02", "p03", "p04"]
        assert "of returns.md" in told(app)


async def test_duplicates_stand_in_groups_with_the_words_that_differ(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "3")
        assert list(app.pane.table.ids) == ["p01", "p02", "p10", "p03", "p04", "p05", "p06"]
        assert "3 groups · 2 to look at, 7 pairs · threshold 0.81" in lines(app)[1]
        await press(pilot, "j")
        shown = "\n".join(lines(app))
        assert "How long may I keep a returned item?" in shown
        assert "What is needed to return an item?" in app.pane.card.text
        lit = [text for line in app.pane.card._lines for text, paint in line if paint == "mark"]
        assert "What is needed to return an" in "".join(lit)


async def test_a_merge_keeps_the_pair_under_the_cursor_and_one_undo_brings_the_others_back(
    workspace: Workspace,
) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "3", "j", "M")
        merged = "SELECT pair_id, kept_id FROM duplicates WHERE state = 'merged' ORDER BY 1"
        assert await asked(app, merged) == [("p01", "p02"), ("p06", "p05"), ("p10", "p02")]
        await press(pilot, "u")
        assert await asked(app, merged) == [("p06", "p05")]


async def test_a_pair_told_apart_leaves_its_merge(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "3", "G", "S")
        assert await asked(app, "SELECT state FROM duplicates WHERE pair_id = 'p06'") == [("variant",)]


async def test_all_proposed_merges_at_the_threshold_are_taken(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "3", *["+"] * 9)
        assert "threshold 0.90" in lines(app)[1]
        await press(pilot, "T")
        assert "Merged 1 pairs" in told(app)
        assert await asked(app, "SELECT state FROM duplicates WHERE pair_id = 'p02'") == [("merged",)]
        assert await asked(app, "SELECT state FROM duplicates WHERE pair_id = 'p04'") == [("suggested",)]


async def test_a_verdict_on_duplicates_is_the_verdict_of_pairs(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "3", "j", "x")
        assert await status(app, "p02") == "rejected"
        assert app.pane.table.current == "p10"
        await press(pilot, "2")
        assert "p02" not in app.pairs.table.ids


async def test_clusters_show_a_map_light_the_topic_and_lead_to_its_pairs(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "4")
        chart = app.pane.query_one("#map")
        assert 2 <= sum(chr(0x2800) < char <= chr(0x28FF) for char in chart.text) <= 11  # type: ignore[attr-defined]
        lit = {paint for line in chart._lines for text, paint in line if text.strip()}  # type: ignore[attr-defined]
        assert lit == {"dim", "message"}
        before = chart.text  # type: ignore[attr-defined]
        await press(pilot, "z")
        assert chart.text != before  # type: ignore[attr-defined]
        await press(pilot, "j", "enter")
        assert set(app.pairs.table.ids) == {"p02", "p04", "p06", "p08", "p10"}


async def test_a_proposed_mend_of_style_is_previewed_and_taken_as_an_edit(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "5", "T")
        assert "Nothing is proposed here" in told(app)
        await press(pilot, "j")
        assert "The shift lead signs it off." in app.pane.card.text
        await press(pilot, "T")
        assert await asked(app, "SELECT answer FROM pairs WHERE pair_id = 'p03'") == [("The shift lead signs it off.",)]
        assert await asked(app, "SELECT verb FROM decisions") == [("edit",)]
        await press(pilot, "k", "enter")
        assert set(app.pairs.table.ids) == {"p08", "p09", "p10"}


async def test_no_finding_on_style_is_said_plainly(tmp_path: Path) -> None:
    made = Workspace.init(tmp_path / "plain")
    fill(made)
    async with review(made) as (app, pilot):
        await press(pilot, "5")
        assert "No finding on style." in app.pane.card.text


async def test_coverage_counts_cells_names_holes_and_leads_to_a_cell(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "6")
        assert "1 hole · 3 of 4 documents and 4 of 4 passages have a selected pair" in lines(app)[1]
        assert "No pair asks about refunds above 500 euros." in " ".join(app.pane.card.text.split())
        assert "wiki: bare.md" in app.pane.card.text
        await press(pilot, "l")
        assert app.pane.kind == "limit"  # type: ignore[attr-defined]
        await press(pilot, "enter")
        assert list(app.pairs.table.ids) == ["p01"]


async def test_a_hole_leads_to_the_pairs_of_its_passage_or_else_to_its_document(workspace: Workspace) -> None:
    with workspace.write() as con:
        con.execute(
            "INSERT INTO store.findings VALUES ('h2', 'document', 'd5', 'coverage_hole', 'info', "
            "'Nothing asks about the bare page.', NULL, 0.1)"
        )
    async with review(workspace) as (app, pilot):
        await press(pilot, "6", "w", "enter")
        assert list(app.pairs.table.ids) == ["p03", "p04"]
        assert "No pair asks about refunds above 500 euros." in told(app)
        await press(pilot, "6", "w", "j", "enter")
        assert app.pane.id == "Sources"
        assert app.pane.table.current == "d5"
        assert "Nothing asks about the bare page." in told(app)


async def test_the_kinds_are_named_whole_where_there_is_room_and_can_all_be_reached(workspace: Workspace) -> None:
    async with review(workspace, (200, 60)) as (app, pilot):
        await press(pilot, "6")
        assert "what is" in lines(app)[2]
    async with review(workspace, (60, 16)) as (app, pilot):
        await press(pilot, "6")
        seen = set()
        for _ in range(app.pane.matrix and len(app.pane.matrix.kinds)):  # type: ignore[attr-defined]
            seen.add(app.pane.kind)  # type: ignore[attr-defined]
            assert app.pane.kind in app.pane._shown  # type: ignore[attr-defined]
            await press(pilot, "l")
        assert seen == {"what_is", "limit", "default", "error", "how_to", "parameter"}


async def test_the_profile_of_the_set_is_the_last_row_of_style_once_the_gate_froze_it(workspace: Workspace) -> None:
    folder = workspace.snapshots_dir / "s1"
    folder.mkdir(parents=True)
    answers = ["Open the relay first.", "Close the relay, then wait for the lamp."] * 20
    profile = learn([Sample(text) for text in answers], "set", Style(person="second"))
    (folder / "snapshot.json").write_text(json.dumps({"facts": {"style": profile.to_json()}}))
    with workspace.write() as con:
        con.execute("INSERT INTO store.snapshots SELECT 's1', 'x', now()::TIMESTAMP, 1, 1, 1, 'datasets/s1'")
    async with review(workspace) as (app, pilot):
        await press(pilot, "5")
        assert "profile of 40 answers" in lines(app)[1]
        await press(pilot, "G")
        shown = " ".join(app.pane.card.text.split())
        assert "learnt from 40 answers" in shown
        low, high = profile.overall["sentence_words"].range
        assert f"words a sentence {profile.overall['sentence_words'].centre:.3g} {low:.3g} to {high:.3g}" in shown
        assert "person: second" in shown
        assert "a filler at the start from 0.875" in shown
        await press(pilot, "T", "e", "enter")
        assert app.pane.id == "Style"
        assert await asked(app, "SELECT count(*) FROM decisions") == [(0,)]


async def test_evaluate_shows_base_beside_tuned_and_filters_what_got_worse(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "9")
        assert list(app.pane.table.ids) == ["i2", "i4", "i3", "i1"]
        assert "十日以内です。" in app.pane.card.text
        await press(pilot, "F")
        screen = app.screen.query_one(PagedTable)
        place = next(int(key) for key, way in app.screen.ways.items() if way.label == "items worse")  # type: ignore[attr-defined]
        screen.move_to(place)
        await press(pilot, "enter")
        assert list(app.pane.table.ids) == ["i2"]
        await press(pilot, "backslash")
        assert len(app.pane.table.ids) == 4


async def test_a_wrong_answer_is_sent_back_to_pairs_as_a_fix(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "9", "p")
        assert app.pane is app.pairs
        assert list(app.pairs.table.ids) == ["p08"]
        assert "answers: 十日以内です。" in app.pairs.card.text
        assert await asked(app, "SELECT verb, subject_id FROM decisions") == [("flag", "p08")]
        await press(pilot, "9", "j", "p")
        assert "none to mend" in told(app)


def write_run(workspace: Workspace, state: str, steps: int) -> None:
    folder = workspace.runs_dir / RUN
    folder.mkdir(parents=True, exist_ok=True)
    request = {"created_at": "2026-11-20T21:00:00+00:00", "snapshot_id": "s1", "base": "base",
               "train": {"method": "lora"}, "pairs": 9}  # fmt: skip
    (folder / "request.json").write_text(json.dumps(request))
    (folder / "status.json").write_text(
        json.dumps({"state": state, "pid": 1, "message": None, "hint": None, "steps": 40})
    )
    rows = [{"step": step, "name": "loss", "value": 4 / step} for step in range(1, steps + 1)]
    rows += [{"step": step, "name": "eval_loss", "value": 5 / step} for step in range(5, steps + 1, 5)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


async def test_a_run_in_training_is_read_again_as_it_goes_on(workspace: Workspace) -> None:
    from tuneproof.train.child import hold
    from tuneproof.train.progress import busy

    write_run(workspace, "running", 10)
    with hold(workspace.runs_dir / RUN, busy(workspace.runs_dir / RUN)):
        async with review(workspace) as (app, pilot):
            await press(pilot, "8")
            assert "running · step 10 of 40" in app.pane.card.text
            assert "loss 0.400" in app.pane.card.text
            assert "held-out 0.500" in app.pane.card.text
            write_run(workspace, "running", 20)
            app.pane._poll()  # type: ignore[attr-defined]
            await settle(pilot)
            assert "running · step 20 of 40" in app.pane.card.text
            assert "left" in app.pane.card.text


def test_watching_a_run_loads_no_model_library(workspace: Workspace) -> None:
    write_run(workspace, "finished", 40)
    program = (
        "import sys, pathlib; from tuneproof.tui.queries.training import RunsReader\n"
        "run = RunsReader(pathlib.Path(sys.argv[1])).read(sys.argv[2])\n"
        "print(run.step, run.total, sorted({'torch', 'transformers', 'peft'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(workspace.runs_dir), RUN], capture_output=True, text=True, check=True
    )
    assert done.stdout == "40 40 []\n"


async def test_a_run_that_is_slow_to_read_is_drawn_all_the_same(workspace: Workspace) -> None:
    from tuneproof.train.child import hold
    from tuneproof.train.progress import busy

    write_run(workspace, "running", 10)
    with hold(workspace.runs_dir / RUN, busy(workspace.runs_dir / RUN)):
        async with review(workspace) as (app, pilot):
            await app.action_screen(8)
            pane = app.pane
            read = pane.reader.read  # type: ignore[attr-defined]

            def slow(name: str, *, whole: bool = True) -> RunState:
                time.sleep(0.3 if whole else 0)
                return read(name, whole=whole)  # type: ignore[no-any-return]

            pane.reader.read = slow  # type: ignore[attr-defined]
            await settle(pilot)
            write_run(workspace, "running", 20)
            for _ in range(8):
                pane._poll()  # type: ignore[attr-defined]
                await asyncio.sleep(0.1)
            assert "running · step 20 of 40" in pane.card.text


async def test_the_latest_samples_of_a_run_stand_beside_their_reference(workspace: Workspace) -> None:
    write_run(workspace, "finished", 40)
    rows = [
        {"step": step, "question": "What opens the valve?", "reference": "The relay.", "answer": answer}
        for step, answer in ((20, "No idea."), (40, "The \x1b[31mrelay."))
    ]
    (workspace.runs_dir / RUN / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    async with review(workspace) as (app, pilot):
        await press(pilot, "8")
        shown = app.pane.card.text
        assert "SAMPLES at step 40" in shown
        assert shown.index("What opens the valve?") < shown.index("The relay.") < shown.index("The ␛[31mrelay.")
        assert "No idea." not in shown


async def test_training_is_shown_while_another_process_holds_the_workspace(workspace: Workspace) -> None:
    write_run(workspace, "finished", 40)
    async with review(workspace, idle_seconds=0.0) as (app, pilot):
        await app.desk.let_go()
        holder = hold(workspace)
        try:
            await press(pilot, "8")
            assert "finished · step 40 of 40" in app.pane.card.text
            assert any("\u2800" < char <= "\u28ff" for char in app.pane.card.text)
        finally:
            holder.communicate(b"\n")


async def test_undo_works_on_every_screen(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, "a")
        for name in SCREENS:
            await press(pilot, number(name), "u")
            assert await status(app, "p01") == "pending", name
            await press(pilot, "U")
            assert await status(app, "p01") == "accepted", name


async def test_the_mouse_chooses_tabs_and_rows(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await pilot.click("#tabs", offset=(3, 0))
        await settle(pilot)
        assert app.pane.id == "Sources"
        await pilot.click(app.pane.table, offset=(10, 2))
        await settle(pilot)
        assert app.pane.table.cursor == 2


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_frames_of_the_nine_screens_are_as_stored(workspace: Workspace, size: tuple[int, int]) -> None:
    store_verdict(workspace)
    write_run(workspace, "finished", 40)
    wrong = []
    async with review(workspace, size) as (app, pilot):
        for name in SCREENS:
            await press(pilot, number(name), *(["j"] if name in ("Pairs", "Duplicates", "Style") else []))
            await pilot.pause()
            frame = "\n".join(lines(app)) + "\n"
            path = FRAMES / f"{name.lower()}_{size[0]}x{size[1]}.txt"
            if os.environ.get("TUNEPROOF_WRITE_FRAMES"):
                path.write_text(frame, "utf-8")
            if frame != path.read_text("utf-8"):
                wrong.append(name)
    assert wrong == []
