"""Coverage, edge cases and balance: what sources offer, what is asked, and what no passage could answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tuneproof.curate.checking.balance import balance, evenness
from tuneproof.curate.checking.coverage import Sources, covered_by_part, edges_by_kind, find_coverage_holes
from tuneproof.curate.checking.inputs import ChunkText
from tuneproof.curate.filling import fill
from tuneproof.curate.ingest import ingest
from tuneproof.curate.judging.gate import judge_data
from tuneproof.curate.judging.gate_inputs import GateInputs
from tuneproof.curate.pairing.absences import Absences
from tuneproof.curate.pairing.alterations import altered, states
from tuneproof.curate.pairing.edge_cases import Place, edge_drafts
from tuneproof.curate.pairing.opportunities import kind_of
from tuneproof.curate.registry import add_sources
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.bases import base_folder
from tuneproof.datasets.workspace.config import Config, Goal
from tuneproof.datasets.workspace.records import Chunk
from tuneproof.datasets.workspace.workspace import Workspace

_PAGE = """# Server

The server answers requests from the local network.

## Queue

The queue holds at most 512 requests before the server rejects new ones.

- `QUEUE_SIZE`: How many requests wait before new ones are turned away.
- `QUEUE_NAME`: The label under which the queue is listed.

## Cloud Sync

Cloud Sync copies every change to the second machine after it was written.

Encryption is required for each copy that leaves the machine.
"""


def _chunk(text: str, *headings: str, document: str = "d", number: int = 0) -> Chunk:
    return Chunk(f"{document}{number}", document, "section", headings, 0, len(text), text)


def _row(chunk: str, question: str, answer: str, case: str = "what_is") -> PairRow:
    return PairRow(f"p-{chunk}-{case}", question, answer, case, "t", "template", chunk_ids=(chunk,), document_id="d")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("The name must not be longer than 64 characters.", "limit"),
        ("The call raises `ValueError` for a name that is empty.", "error"),
        ("The context has 4096 tokens by default.", "default"),
        ("The old flag is deprecated and has no effect.", "deprecation"),
        ("Streaming was added in version 0.9 of the server.", "version_difference"),
        ("Structured output is not supported for images.", "negation"),
        ("Unlike the client, the server keeps every session open.", "comparison"),
        ("The server listens on a socket.", None),
        ("It is used if the cache does not exist yet.", None),
    ],
)
def test_a_sentence_is_told_by_the_edge_that_it_states(sentence: str, kind: str | None) -> None:
    found = kind_of(sentence)
    assert (found[0] if found else None) == kind


def test_a_pair_for_an_edge_answers_with_the_sentence_itself() -> None:
    sentence = "The queue holds at most 512 requests before the server rejects new ones."
    ((draft, one),) = edge_drafts(
        _chunk(f"## Queue\n\n{sentence}\n", "Server", "Queue"), Place("Server", "s", "a.md", "markdown")
    )
    assert (draft.case_type, draft.answer, one.sentence) == ("limit", sentence, sentence)
    assert "Queue" in draft.question
    assert "Server" in draft.question


def _unanswered(*chunks: Chunk) -> dict[str, str]:
    places = {
        chunk.document_id: Place(f"Page {chunk.document_id}", "s", f"{chunk.document_id}.md", "markdown")
        for chunk in chunks
    }
    return {
        draft.slot: draft.question for draft in Absences(chunks, places).drafts() if draft.case_type == "unanswerable"
    }


def test_a_question_that_any_passage_could_answer_is_no_unanswerable_one() -> None:
    entry = _chunk("- `QUEUE_NAME`: The label under which the queue is listed.\n", "Queue")
    said = (
        "`QUEUE_NAME` was added in version 2, has a maximum of 40 characters and a default, works on Windows and will"
        " be removed."
    )
    other = _chunk(said, "Names", document="e")
    assert "QUEUE_NAME" in _unanswered(entry)
    assert "QUEUE_NAME" not in _unanswered(entry, other)
    assert "QUEUE_NAME" in _unanswered(entry, replace(other, text=said.replace("QUEUE_NAME", "OTHER")))


def test_what_a_heading_above_says_may_answer_too() -> None:
    entry = _chunk("- `QUEUE_NAME`: The label under which the queue is listed.\n", "Queue", "Names")
    above = _chunk(
        "All names here came with version 2, have a maximum and a default, work on Windows and will be removed.",
        "Queue", number=1,
    )  # fmt: skip
    assert "QUEUE_NAME" not in _unanswered(entry, above)


def test_a_false_premise_names_a_figure_that_the_passage_does_not() -> None:
    chunk = _chunk("The queue holds at most 512 requests. A second one holds 1024.", "Queue")
    said = altered("The queue holds at most 512 requests.", chunk)
    assert said is not None
    changed = said.removeprefix("The queue holds at most ").removesuffix(" requests.")
    assert changed.isdigit()
    assert changed not in ("512", "1024")


def test_a_denial_is_turned_round_and_a_condition_is_left_alone() -> None:
    chunk = _chunk("", "Any")
    assert altered("PowerShell is not supported.", chunk) == "PowerShell is supported."
    assert altered("An account is required for the cloud.", chunk) == "An account is not required for the cloud."
    assert altered("The server stops if an account is required.", chunk) is None
    assert not states("Set the limit to 40 and start again.")


def test_a_name_on_several_pages_is_asked_back() -> None:
    both = [_chunk("The limits of the queue are strict.", "Queue limits", document=key) for key in "de"]
    places = {key: Place(title, "s", f"{key}.md", "markdown") for key, title in (("d", "Linux"), ("e", "Windows"))}
    (draft,) = [one for one in Absences(both, places).drafts() if one.case_type == "ambiguous"]
    assert '"Linux" or "Windows"' in draft.answer
    assert len(draft.chunks) == 2


def _passages() -> list[ChunkText]:
    texts = {
        "c0": "The queue holds at most 512 requests before the server rejects new ones; `--queue` sets another size.",
        "c1": "Run the server so:\n\n```bash\nserve --port 80\n```\n\nIt answers on every address of the machine.",
    }
    return [ChunkText(key, "d", "section", (key,), text, "s", "a.md", "markdown") for key, text in texts.items()]


def test_what_no_pair_takes_up_is_a_hole_with_its_place() -> None:
    rows = [
        _row("c0", "What is the queue?", "The queue holds at most 512 requests before the server rejects new ones.")
    ]
    holes = {one.subject_id: one for one in find_coverage_holes(_passages(), rows)}
    missing = {(one["part"], one["what"]) for one in holes["c0"].evidence["missing"]}  # type: ignore[attr-defined]
    assert ("flag", "--queue") in missing
    assert any(part == "edge" for part, _ in missing)
    assert ("code block", "serve --port 80") in {
        (one["part"], one["what"])
        for one in holes["c1"].evidence["missing"]  # type: ignore[attr-defined]
    }
    assert holes["c1"].evidence["where"] == {"source": "s", "path": "a.md", "headings": ["c1"]}
    assert {one.severity for one in holes.values()} == {"info"}


def test_what_pairs_take_up_is_no_hole() -> None:
    passages = _passages()
    rows = [
        _row("c0", "Which limit does `--queue` set?", "The queue holds at most 512 requests before.", "limit"),
        _row("c1", "How do I run it with `--port`?", "So:\n\n```bash\nserve --port 80\n```", "how_to"),
    ]
    assert list(find_coverage_holes(passages, rows)) == []
    offers = Sources(passages).offers(rows)
    assert all(one.covered == one.offered for one in covered_by_part(offers))
    assert edges_by_kind(offers)["limit"].offered == 1


def test_a_document_without_a_pair_is_one_hole() -> None:
    (hole,) = find_coverage_holes(_passages(), [])
    assert (hole.subject, hole.subject_id) == ("document", "d")


def test_a_kind_of_case_that_is_offered_and_never_asked_is_a_hole_of_the_set() -> None:
    text = "The queue number {0} holds at most {0} requests before the server on that side rejects new ones."
    passages = [
        ChunkText(f"c{at}", f"d{at}", "section", (f"Q{at}",), text.format(at), "s", f"{at}.md", "markdown")
        for at in range(3)
    ]
    asked = {"what_is", "limit", "unanswerable", "false_premise"}

    def missing(kinds: set[str]) -> set[str]:
        rows = [_row(f"c{at}", "How many?", text.format(at), kind) for at in range(3) for kind in kinds]
        return {one.subject_id for one in find_coverage_holes(passages, rows) if one.subject == "set"}

    assert missing(asked) == set()
    for kind in asked:
        assert missing(asked - {kind}) == {kind}


def test_balance_sees_sameness_and_whom_a_set_speaks_to() -> None:
    rows = [replace(_row(f"c{at}", "How on Linux?", "Use the same words again."), cluster=0) for at in range(9)]
    rows.append(replace(_row("c9", "And on Windows?", "Something quite different here."), cluster=1))
    vectors = np.eye(2, dtype=np.float32)[[0] * 9 + [1]]
    found = balance(rows, ["On Windows it runs.", "On macOS it runs."], vectors)
    assert found.neighbour == pytest.approx(0.9)
    assert found.audiences["Linux"] == pytest.approx(0.9)
    assert found.offered["Windows"] == pytest.approx(0.5)
    assert found.topic_evenness < evenness([5, 5]) == pytest.approx(1.0)


def _checks(config: Config, **facts: object) -> dict[str, str]:
    rows = [
        replace(_row(f"c{at}", f"What is {at}?", f"It is thing {at}."), split="train", status="accepted")
        for at in range(60)
    ]
    inputs = GateInputs("s", rows, **facts)  # type: ignore[arg-type]
    return {check.id: check.status for check in judge_data(inputs, config, date(2026, 1, 1).isoformat()).checks}


def test_a_sensitive_domain_needs_two_named_reviewers() -> None:
    sensitive = Config(goal=Goal(sensitive_domain=True))
    assert _checks(Config())["reviewers"] == "skipped"
    assert _checks(sensitive, reviewers=["ada"])["reviewers"] == "fail"
    assert _checks(sensitive, reviewers=["ada", "bob"])["reviewers"] == "pass"


def _workspace(folder: Path, pages: dict[str, str]) -> Workspace:
    docs = folder / "docs"
    docs.mkdir(parents=True)
    for name, text in pages.items():
        (docs / name).write_text(text, "utf-8")
    workspace = Workspace.init(folder / "ws")
    add_sources(workspace, [str(docs)])
    return workspace


def _edges(workspace: Workspace) -> dict[str, tuple[str, str]]:
    with workspace.read() as connection:
        found = connection.execute(
            "SELECT pair_id, question, answer FROM pairs WHERE generator LIKE 'edge.%' AND status <> 'stale'"
        ).fetchall()
    return {row[0]: (row[1], row[2]) for row in found}


def test_filling_is_the_same_every_time_and_leaves_with_its_passage(tmp_path: Path) -> None:
    workspace = _workspace(tmp_path, {"server.md": _PAGE})
    base = base_folder(workspace.config.base.model, workspace.root)
    ingest(workspace, base, lambda *_: None)
    first = fill(workspace, base)
    made = _edges(workspace)
    assert sum(first.filled.values()) == len(made) > 0
    assert all(first.left[kind] >= 0 for kind in first.wanted)
    assert fill(workspace, base) == first
    assert _edges(workspace) == made
    (tmp_path / "docs" / "server.md").write_text("# Server\n\nThe server answers requests from the network.\n", "utf-8")
    ingest(workspace, base, lambda *_: None)
    fill(workspace, base)
    assert not set(_edges(workspace)) & set(made)


def test_two_workspaces_over_the_same_pages_fill_alike(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        workspace = _workspace(tmp_path / name, {"server.md": _PAGE})
        base = base_folder(workspace.config.base.model, workspace.root)
        ingest(workspace, base, lambda *_: None)
        fill(workspace, base)
        found.append(json.dumps(_edges(workspace), sort_keys=True))
    assert found[0] == found[1]
