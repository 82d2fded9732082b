"""Building again: only what a change touches is stale, what people decided stands, and nothing is lost in between."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tuneproof.curate.ingest import Ingested, ingest
from tuneproof.curate.registry import add_sources
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.errors import UsageError
from tuneproof.datasets.workspace.journal import Journal, rebuild
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.cli import run

KETTLE = """# Kettle

A kettle boils water for tea and coffee.

## Descale the kettle

Fill it with vinegar and water, boil it once, and rinse it twice.

## Limits

The kettle holds at most 1.7 litres.

## Cord

The cord is 75 cm long and can be taken off.
"""
TOASTER = "# Toaster\n\nA toaster browns bread on both sides.\n\n## Crumbs\n\nEmpty the tray below once a week.\n"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "kettle.md").write_text(KETTLE)
    (folder / "toaster.md").write_text(TOASTER)
    return folder


def made(folder: Path, docs: Path) -> Workspace:
    workspace = Workspace.init(folder)
    add_sources(workspace, [str(docs)], name="docs")
    return workspace


def read(workspace: Workspace) -> Ingested:
    return ingest(workspace, base_folder("tuneproof-base", workspace.root), lambda *_: None)


def pairs(workspace: Workspace) -> dict[str, tuple[str, str, str]]:
    """Return question, answer and status of every pair."""
    with workspace.read() as connection:
        rows = connection.execute("SELECT pair_id, question, answer, status FROM pairs").fetchall()
    return {row[0]: row[1:] for row in rows}


def standing(workspace: Workspace) -> set[str]:
    return {pair_id for pair_id, (_, _, status) in pairs(workspace).items() if status != "stale"}


def asking(workspace: Workspace, words: str) -> str:
    """Return a pair whose answer holds ``words``."""
    return min(pair_id for pair_id, (_, answer, _) in pairs(workspace).items() if words in answer)


def judge(workspace: Workspace, verb: str, pair_id: str, **texts: str) -> None:
    with workspace.write() as connection:
        Journal("ann").judge(connection, verb, [pair_id], **texts)  # type: ignore[arg-type]


def by_machine(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """Return what the machine made of every pair that stands, edits left out."""
    with workspace.read() as connection:
        rows = connection.execute(
            "SELECT pair_id, chunk_id, document_id, question, answer, case_type, generator FROM store.pairs "
            "WHERE NOT stale"
        ).fetchall()
    return {row[0]: row[1:] for row in rows}


def same_as_from_scratch(workspace: Workspace, folder: Path, docs: Path) -> None:
    """Prove that what stands is what a workspace made now would hold, and that everything else is stale."""
    fresh = made(folder, docs)
    read(fresh)
    assert by_machine(workspace) == by_machine(fresh)
    assert set(pairs(workspace)) - set(pairs(fresh)) == {
        pair_id for pair_id, (_, _, status) in pairs(workspace).items() if status == "stale"
    }
    passages = (
        "SELECT l.pair_id, l.chunk_id, l.ordinal FROM store.pair_chunks l JOIN store.pairs USING (pair_id) "
        "WHERE NOT stale"
    )
    chunks = "SELECT chunk_id, document_id, ordinal, start_byte, end_byte, text, tokens FROM store.chunks"
    for statement in (passages, chunks):
        with workspace.read() as here, fresh.read() as there:
            assert set(here.execute(statement).fetchall()) == set(there.execute(statement).fetchall())


def test_nothing_changed_means_every_pair_is_kept(docs: Path, tmp_path: Path) -> None:
    workspace = made(tmp_path / "ws", docs)
    first = read(workspace)
    assert (first.counts.new, first.counts.kept, first.counts.gone) == (first.pairs, 0, 0)
    again = read(workspace)
    assert (again.counts.new, again.counts.kept, again.counts.stale, again.counts.orphaned) == (0, first.pairs, 0, 0)
    assert again.touched == 0


def test_a_changed_section_makes_only_its_own_pairs_stale(docs: Path, tmp_path: Path) -> None:
    workspace = made(tmp_path / "ws", docs)
    read(workspace)
    before = standing(workspace)
    touched = {pair_id for pair_id, (_, answer, _) in pairs(workspace).items() if "1.7 litres" in answer}
    (docs / "kettle.md").write_text(KETTLE.replace("1.7 litres", "2 litres"))
    counts = read(workspace).counts
    assert before - standing(workspace) == touched
    assert (counts.gone, counts.stale, counts.orphaned) == (len(touched), len(touched), 0)
    assert counts.kept == len(before) - len(touched)
    assert counts.new == len(standing(workspace) - before) > 0
    same_as_from_scratch(workspace, tmp_path / "fresh", docs)


def test_moved_text_keeps_its_pairs_and_their_decisions(docs: Path, tmp_path: Path) -> None:
    workspace = made(tmp_path / "ws", docs)
    read(workspace)
    cord, limits = asking(workspace, "75 cm"), asking(workspace, "1.7 litres")
    judge(workspace, "accept", cord)
    judge(workspace, "edit", limits, answer="It holds 1.7 litres.")
    head, _, tail = KETTLE.partition("## Limits")
    limits_text, _, cord_text = tail.partition("## Cord")
    head = head.replace("## Descale", "A new remark.\n\n## Descale")
    (docs / "kettle.md").write_text(f"{head}## Cord{cord_text}\n## Limits{limits_text}")
    read(workspace)
    held = pairs(workspace)
    assert held[cord][2] == "accepted"
    assert held[limits][1] == "It holds 1.7 litres."
    assert {cord, limits} <= standing(workspace)
    same_as_from_scratch(workspace, tmp_path / "fresh", docs)


def test_a_decided_pair_whose_passage_vanished_is_orphaned_and_comes_back_with_it(docs: Path, tmp_path: Path) -> None:
    workspace = made(tmp_path / "ws", docs)
    read(workspace)
    edited, rejected = asking(workspace, "75 cm"), asking(workspace, "1.7 litres")
    judge(workspace, "edit", edited, answer="75 cm.")
    judge(workspace, "reject", rejected)
    (docs / "kettle.md").write_text(KETTLE.partition("## Limits")[0])
    counts = read(workspace).counts
    assert counts.orphaned == 2
    assert counts.gone == counts.stale + counts.orphaned
    assert pairs(workspace)[edited][1:] == ("75 cm.", "stale")
    (docs / "kettle.md").write_text(KETTLE)
    back = read(workspace).counts
    assert (back.stale, back.orphaned) == (0, 0)
    assert pairs(workspace)[edited][1:] == ("75 cm.", "pending")
    assert pairs(workspace)[rejected][2] == "rejected"


def test_a_removed_file_orphans_only_what_was_decided(docs: Path, tmp_path: Path) -> None:
    workspace = made(tmp_path / "ws", docs)
    read(workspace)
    judge(workspace, "accept", asking(workspace, "browns bread"))
    (docs / "toaster.md").unlink()
    done = read(workspace)
    assert (done.missing, done.counts.orphaned) == (1, 1)
    same_as_from_scratch(workspace, tmp_path / "fresh", docs)


def test_a_decision_on_text_that_changed_under_it_is_open_again_and_the_journal_says_why(
    docs: Path, tmp_path: Path
) -> None:
    workspace = made(tmp_path / "ws", docs)
    read(workspace)
    accepted, edited = asking(workspace, "75 cm"), asking(workspace, "1.7 litres")
    judge(workspace, "accept", accepted)
    judge(workspace, "edit", edited, answer="1.7 litres.", question="How much goes in?")
    judge(workspace, "accept", edited)
    # What the machine says may change although the passage stands: here as if an older version had made it.
    with workspace.write() as connection:
        connection.execute("UPDATE store.pairs SET answer = 'older words'")
        connection.execute("UPDATE store.documents SET sha256 = 'older' WHERE path = 'kettle.md'")
    assert read(workspace).counts.reopened == 1
    held = pairs(workspace)
    assert held[accepted][2] == "pending"
    assert held[edited] == ("How much goes in?", "1.7 litres.", "accepted")
    with workspace.write() as connection:
        [(who, verb, reason)] = connection.execute(
            "SELECT who, verb, reason FROM decisions WHERE subject_id = ? ORDER BY seq DESC LIMIT 1", [accepted]
        ).fetchall()
        rebuild(connection)
    assert (who, verb) == ("tuneproof build", "later")
    assert "changed" in reason
    assert pairs(workspace) == held


def test_what_a_model_wrote_stands_as_long_as_its_passages_do(docs: Path, tmp_path: Path) -> None:
    workspace = made(tmp_path / "ws", docs)
    read(workspace)
    with workspace.write() as connection:
        chunks = connection.execute("SELECT chunk_id, document_id, text FROM chunks").fetchall()
        for name, words in (("cord", "75 cm"), ("limit", "1.7 litres")):
            chunk, document = next(row[:2] for row in chunks if words in row[2])
            connection.execute(
                "INSERT INTO store.pairs VALUES (?, ?, ?, 'Q?', 'A.', 'what_is', 'llm.x', 'llm', false, 9)",
                [name, chunk, document],
            )
            connection.execute("INSERT INTO store.pair_chunks VALUES (?, ?, 0)", [name, chunk])
    (docs / "kettle.md").write_text(KETTLE.replace("1.7 litres", "2 litres"))
    read(workspace)
    assert "cord" in standing(workspace)
    assert "limit" not in standing(workspace)
    (docs / "kettle.md").write_text(KETTLE)
    read(workspace)
    assert {"cord", "limit"} <= standing(workspace)


def test_a_file_that_can_not_be_read_is_told_in_one_line_and_costs_no_other(docs: Path, tmp_path: Path) -> None:
    workspace = made(tmp_path / "ws", docs)
    before = read(workspace)
    (docs / "toaster.md").write_bytes(b"# Toaster\n\n\xff\xfe broken\n")
    done = read(workspace)
    assert done.notices == ("docs/toaster.md: not valid UTF-8 at byte 11",)
    assert 0 < done.pairs < before.pairs


def test_a_source_that_lies_elsewhere_now_keeps_its_name_and_ids(docs: Path, tmp_path: Path) -> None:
    workspace = made(tmp_path / "ws", docs)
    read(workspace)
    shutil.copytree(docs, tmp_path / "next")
    with pytest.raises(UsageError) as caught:
        add_sources(workspace, [str(tmp_path / "next")], name="docs")
    assert "--move" in caught.value.hint
    add_sources(workspace, [str(tmp_path / "next")], name="docs", move=True)
    assert read(workspace).touched == 0


def test_build_says_how_many_pairs_are_new_kept_stale_and_orphaned(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = made(tmp_path / "ws", docs)
    monkeypatch.chdir(workspace.root)
    assert run(["build"]) == 0
    assert " new, 0 kept; 0 stale, 0 orphaned" in capsys.readouterr().out
    judge(workspace, "accept", asking(workspace, "1.7 litres"))
    (docs / "kettle.md").write_text(KETTLE.replace("1.7 litres", "2 litres"))
    assert run(["build", "--json"]) == 0
    said = capsys.readouterr()
    assert "orphaned: " in said.err
    built = json.loads(said.out)
    counts = built["pairs"]
    [orphan] = built["orphans"]
    assert (orphan["path"], orphan["status"]) == ("kettle.md", "accepted")
    assert orphan["successor"] in standing(workspace)
    assert counts["orphaned"] == 1
    assert counts["new"] > 0
    assert counts["kept"] > 0
    assert counts["gone"] == counts["stale"] + counts["orphaned"]


EXTRA = Path(os.environ.get("TUNEPROOF_EXTRA_DOCS", ""))


@pytest.mark.skipif(not (EXTRA / "ollama-2026-02").is_dir(), reason="TUNEPROOF_EXTRA_DOCS names no folder with them")
def test_half_a_year_of_real_documentation_keeps_what_was_decided(tmp_path: Path) -> None:
    workspace = made(tmp_path / "ws", EXTRA / "ollama-2026-02")
    read(workspace)
    before = pairs(workspace)
    chosen = sorted(before)[::7]
    with workspace.write() as connection:
        Journal("ann").judge(connection, "accept", chosen[::2])
        for pair_id in chosen[1::4]:
            Journal("ann").judge(connection, "edit", [pair_id], answer=f"In other words: {before[pair_id][1]}")
        Journal("ann").judge(connection, "reject", chosen[3::4])
    decided, told = pairs(workspace), by_machine(workspace)
    add_sources(workspace, [str(EXTRA / "ollama")], name="docs", move=True)
    counts = read(workspace).counts
    after, now = pairs(workspace), standing(workspace)
    assert counts.kept == len(now & set(before)) > 0
    assert counts.new == len(now - set(before)) > 0
    assert counts.orphaned == len(set(chosen) - now) > 0
    assert counts.stale + counts.orphaned == counts.gone == len(set(before) - now)
    # A page that has another title asks some of its questions in other words: those are to be looked at again.
    said = by_machine(workspace)
    reworded = {pair_id for pair_id in set(chosen) & now if said[pair_id] != told[pair_id]}
    assert all(after[pair_id] == decided[pair_id] for pair_id in set(chosen) & now - reworded)
    assert counts.reopened == sum(decided[pair_id][2] != "pending" for pair_id in reworded)
    assert all(after[pair_id][2] == "pending" for pair_id in reworded)
    same_as_from_scratch(workspace, tmp_path / "fresh", EXTRA / "ollama")
