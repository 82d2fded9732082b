"""Two reviewers apart: their journals merge, the later word stands, clashes and agreement are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.journal import Journal, Verb, rebuild
from tuneproof.datasets.workspace.reviewers import Merged, compare, export_decisions, import_decisions
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.cli import run

PAIRS = tuple(f"p{number}" for number in range(10))
STATES = "SELECT pair_id, status, question, answer, flag, merged_into FROM store.judgements ORDER BY pair_id"


def made(root: Path) -> Workspace:
    workspace = Workspace.init(root)
    with workspace.write() as con:
        for pair in PAIRS:
            con.execute(
                "INSERT INTO store.pairs VALUES (?, NULL, NULL, 'q', 'a', 'what_is', 'x', 'template', false, 9)", [pair]
            )
    return workspace


@pytest.fixture
def two(tmp_path: Path) -> tuple[Workspace, Workspace]:
    return made(tmp_path / "ada"), made(tmp_path / "bob")


def judge(workspace: Workspace, who: str, verb: Verb, *pairs: str, **words: str) -> None:
    with workspace.write() as con:
        Journal(who).judge(con, verb, pairs, **words)


def status(workspace: Workspace, pair: str) -> str:
    with workspace.read() as con:
        row = con.execute("SELECT status FROM pairs WHERE pair_id = ?", [pair]).fetchone()
    assert row
    return str(row[0])


def carry(source: Workspace, target: Workspace) -> Merged:
    with source.read() as con:
        export_decisions(con, source.root / "journal.jsonl")
    with target.write() as con:
        return import_decisions(con, source.root / "journal.jsonl")


def test_the_later_word_stands_wherever_it_was_said_and_the_clash_is_listed(two: tuple[Workspace, Workspace]) -> None:
    ada, bob = two
    judge(ada, "ada", "accept", "p0", "p1")
    judge(bob, "bob", "reject", "p0", "p2")
    judge(ada, "ada", "accept", "p2")
    for source, target in ((bob, ada), (ada, bob)):
        merged = carry(source, target)
        assert {clash.pair_id: clash.stands for clash in merged.clashes} == {"p0": "bob", "p2": "ada"}
    for workspace in two:
        assert [status(workspace, pair) for pair in ("p0", "p1", "p2")] == ["rejected", "accepted", "accepted"]


def test_both_ways_lead_to_one_state_and_the_journal_alone_can_make_it_anew(two: tuple[Workspace, Workspace]) -> None:
    ada, bob = two
    judge(ada, "ada", "accept", "p0", "p1")
    judge(bob, "bob", "edit", "p0", answer="a better one")
    judge(bob, "bob", "flag", "p1", reason="odd")
    judge(ada, "ada", "merge", "p3", into="p4")
    judge(bob, "bob", "later", "p1")
    judge(ada, "ada", "edit", "p1", question="which?")
    with bob.write() as con:
        Journal("bob").undo(con)
    carry(bob, ada)
    carry(ada, bob)
    states = []
    for workspace in two:
        with workspace.write() as con:
            states.append(con.execute(STATES).fetchall())
            rebuild(con)
            states.append(con.execute(STATES).fetchall())
    assert states[0] == states[1] == states[2] == states[3]
    with ada.read() as con:
        assert con.execute("SELECT status, answer FROM pairs WHERE pair_id = 'p0'").fetchone() == (
            "accepted",
            "a better one",
        )


def test_taking_in_twice_is_the_same_as_once(two: tuple[Workspace, Workspace]) -> None:
    ada, bob = two
    judge(bob, "bob", "accept", *PAIRS[:4])
    assert (carry(bob, ada).new, carry(bob, ada).new) == (4, 0)
    with ada.read() as con:
        assert con.execute("SELECT count(*), count(DISTINCT seq) FROM decisions").fetchone() == (4, 4)


def test_undo_after_a_merge_takes_back_the_latest_and_leaves_what_the_other_said(
    two: tuple[Workspace, Workspace],
) -> None:
    ada, bob = two
    judge(ada, "ada", "accept", "p0")
    judge(bob, "bob", "reject", "p0")
    carry(bob, ada)
    with ada.write() as con:
        undone = Journal("ada").undo(con)
    assert undone and undone.verb == "reject"
    assert status(ada, "p0") == "accepted"


def test_a_word_said_after_a_colleagues_fast_clock_is_still_the_later(two: tuple[Workspace, Workspace]) -> None:
    ada, bob = two
    judge(bob, "bob", "reject", "p0")
    with bob.write() as con:
        con.execute("UPDATE store.decisions SET decided_at = decided_at + INTERVAL 3 DAY")
    carry(bob, ada)
    judge(ada, "ada", "accept", "p0")
    assert status(ada, "p0") == "accepted"
    with ada.write() as con:
        rebuild(con)
    assert status(ada, "p0") == "accepted"


def test_agreement_is_a_share_and_cohens_kappa(two: tuple[Workspace, Workspace]) -> None:
    ada, bob = two
    # The four cells: both accept 4, both reject 2, ada alone accepts 1, bob alone accepts 3.
    judge(ada, "ada", "accept", *PAIRS[:5])
    judge(ada, "ada", "reject", *PAIRS[5:])
    judge(bob, "bob", "accept", *PAIRS[:4], *PAIRS[5:8])
    judge(bob, "bob", "reject", PAIRS[4], *PAIRS[8:])
    merged = carry(bob, ada)
    one = merged.agreements[0]
    assert (one.one, one.other, one.n, one.share) == ("ada", "bob", 10, 0.6)
    chance = 0.5 * 0.7 + 0.5 * 0.3
    assert one.kappa == pytest.approx((0.6 - chance) / (1 - chance))
    assert len(merged.clashes) == 4


def test_where_both_use_one_word_only_kappa_is_undefined(two: tuple[Workspace, Workspace]) -> None:
    ada, bob = two
    judge(ada, "ada", "accept", "p0", "p1")
    judge(bob, "bob", "accept", "p0", "p1")
    one = carry(bob, ada).agreements[0]
    assert (one.share, one.kappa) == (1.0, None)


def test_decisions_on_pairs_that_are_not_here_are_kept_and_told(two: tuple[Workspace, Workspace]) -> None:
    ada, bob = two
    judge(bob, "bob", "accept", "p0", "p1")
    with ada.write() as con:
        con.execute("DELETE FROM store.pairs WHERE pair_id = 'p1'")
    assert carry(bob, ada).elsewhere == 1
    with ada.read() as con:
        assert con.execute("SELECT count(*) FROM decisions").fetchone() == (2,)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: row | {"verb": "bless"},
        lambda row: row | {"decided_at": "yesterday"},
        lambda row: {key: value for key, value in row.items() if key != "batch"},
        lambda row: row | {"after": "accepted"},
        lambda row: row | {"after": {"status": 1}},
    ],
)
def test_a_file_with_a_row_that_is_no_decision_changes_nothing(two: tuple[Workspace, Workspace], spoil: object) -> None:
    ada, bob = two
    judge(bob, "bob", "accept", "p0", "p1")
    path = bob.root / "journal.jsonl"
    with bob.read() as con:
        export_decisions(con, path)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in (rows[0], spoil(rows[1]))))  # type: ignore[operator]
    with ada.write() as con:
        with pytest.raises(DataError, match="line 2: this is no decision"):
            import_decisions(con, path)
        assert con.execute("SELECT count(*) FROM decisions").fetchone() == (0,)


def test_a_file_that_was_cut_off_is_refused(two: tuple[Workspace, Workspace]) -> None:
    ada, bob = two
    judge(bob, "bob", "accept", "p0", "p1")
    path = bob.root / "journal.jsonl"
    with bob.read() as con:
        export_decisions(con, path)
    path.write_bytes(path.read_bytes()[:-20])
    with ada.write() as con, pytest.raises(DataError, match="cut off"):
        import_decisions(con, path)


def test_the_commands_carry_a_journal_and_tell_agreement(
    two: tuple[Workspace, Workspace], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ada, bob = two
    judge(ada, "ada", "accept", "p0", "p1")
    judge(bob, "bob", "accept", "p0")
    judge(bob, "bob", "reject", "p1")
    monkeypatch.chdir(bob.root)
    assert run(["decisions", "export", "bob.jsonl", "--who", "bob"]) == 0
    monkeypatch.chdir(ada.root)
    assert run(["decisions", "import", "no.jsonl"]) == 1
    assert run(["decisions", "import", str(bob.root / "bob.jsonl")]) == 0
    captured = capsys.readouterr()
    assert "Took in 2 of 2 decisions" in captured.err
    assert "ada and bob: 50% of 2 pairs alike, Cohen's kappa 0.00" in captured.out
    assert "clash p1: ada accepted, bob rejected; bob's word is the later and stands" in captured.out
    assert run(["decisions", "agreement", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["agreements"][0]["n"] == 2
    with ada.read() as con:
        assert len(compare(con)[0]) == 1
