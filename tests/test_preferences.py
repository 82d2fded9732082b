"""Blind preference: sides that tell nothing, choices on disk at each key, undone like any decision."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scipy.stats import beta

from tests.review_workspace import CHECKS, RUN, enrich, fill, lines, press, review, told
from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace.errors import DataError, UsageError
from tuneproof.datasets.workspace.journal import Journal
from tuneproof.datasets.workspace.reviewers import export_decisions, import_decisions
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.evaluate.preferences import comparisons, prefer, tally, tuned_side
from tuneproof.reports.evidence import gather
from tuneproof.reports.html import render_html
from tuneproof.reports.markdown import render_markdown
from tuneproof.reports.preference_page import preference_line
from tuneproof.tui.cli import run
from tuneproof.tui.keys import SCREENS
from tuneproof.tui.table import PagedTable

ADA = Journal("ada")
EVALUATE = str(SCREENS.index("Evaluate") + 1)


def write(root: Path) -> Workspace:
    """A workspace whose run answered twelve items, one of them alike on both sides."""
    made = Workspace.init(root)
    fill(made)
    enrich(made)
    with made.write() as con:
        for number in range(11):
            item = f"q{number:02}"
            con.execute(
                "INSERT INTO store.items (item_id, snapshot_id, role, suite, document_id, pair_id, prompt, reference) "
                "VALUES (?, 's1', 'heldout', '', 'd1', 'p01', ?, 'Thirty days.')",
                [item, f"Question {number}?"],
            )
            tuned = "Thirty days." if number else "Ten base days."
            con.execute("INSERT INTO store.outputs VALUES (?, 'base', ?, 'Ten base days.')", [RUN, item])
            con.execute("INSERT INTO store.outputs VALUES (?, 'tuned', ?, ?)", [RUN, item, tuned])
            for model, loss in (("base", 2.0), ("tuned", 1.0)):
                con.execute("INSERT INTO store.scores VALUES (?, ?, ?, 'nll_per_token', ?)", [RUN, model, item, loss])
    return made


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return write(tmp_path / "shop")


def test_the_tuned_model_stands_on_either_side_as_by_a_fair_coin_and_always_on_the_same() -> None:
    sides = [tuned_side("run", f"item-{number}") for number in range(2_000)]
    assert 900 < sides.count("a") < 1_100
    assert sides == [tuned_side("run", f"item-{number}") for number in range(2_000)]
    assert sides != [tuned_side("other", f"item-{number}") for number in range(2_000)]


def test_choices_add_up_with_the_exact_interval_and_ties_apart(workspace: Workspace) -> None:
    with workspace.write() as con:
        asked = [one for one in comparisons(con, RUN) if not one.alike]
        assert len(asked) == 11
        for number, one in enumerate(asked[:9]):
            other = "b" if one.tuned == "a" else "a"
            prefer(con, ADA, RUN, one.item_id, one.tuned if number < 6 else other if number < 7 else "tie")
        prefer(con, ADA, RUN, asked[9].item_id, "skip")
        found = tally(comparisons(con, RUN))
    assert (found.tuned, found.base, found.ties, found.skipped, found.waiting, found.alike) == (6, 1, 2, 1, 1, 1)
    assert found.share == pytest.approx(6 / 7)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(beta.ppf(0.025, 6, 2))
    assert found.interval.high == pytest.approx(beta.ppf(0.975, 7, 1))
    assert found.people == ("ada",)


def test_the_latest_choice_stands_and_undo_brings_the_one_before_back(workspace: Workspace) -> None:
    def choice(item: str) -> str | None:
        return next(one.choice for one in comparisons(con, RUN) if one.item_id == item)

    with workspace.write() as con:
        prefer(con, ADA, RUN, "q01", "a")
        prefer(con, Journal("bob"), RUN, "q01", "b")
        assert choice("q01") == "b"
        undone = ADA.undo(con)
        assert undone is not None
        assert (undone.subject, undone.verb, undone.pair_ids) == ("answers", "prefer", (f"{RUN}:q01",))
        assert choice("q01") == "a"
        ADA.undo(con)
        assert choice("q01") is None
        ADA.redo(con)
        assert choice("q01") == "a"
        assert con.execute("SELECT count(*) FROM store.judgements").fetchone() == (0,)


def test_what_can_not_be_chosen_is_refused_and_nothing_is_written(workspace: Workspace) -> None:
    with workspace.write() as con:
        with pytest.raises(DataError, match="the same"):
            prefer(con, ADA, RUN, "q00", "a")
        with pytest.raises(DataError, match="no two answers"):
            prefer(con, ADA, RUN, "i1", "a")
        with pytest.raises(UsageError, match="no choice"):
            prefer(con, ADA, RUN, "q01", "tuned")
        assert con.execute("SELECT count(*) FROM decisions").fetchone() == (0,)


def test_choices_of_another_person_are_taken_in(workspace: Workspace, tmp_path: Path) -> None:
    other = write(tmp_path / "other")
    with other.write() as con:
        prefer(con, Journal("bob"), RUN, "q02", "tie")
        export_decisions(con, tmp_path / "bob.jsonl")
    with workspace.write() as con:
        assert import_decisions(con, tmp_path / "bob.jsonl").new == 1
        assert tally(comparisons(con, RUN)).people == ("bob",)


def test_the_report_has_a_section_on_the_choices_only_where_there_are_some(workspace: Workspace) -> None:
    verdict = Verdict("model", RUN, "PASS", (), "2026-11-21T00:00:00+00:00", "0" * 64, CHECKS[:1])
    with workspace.write() as con:
        evidence = gather(con, verdict)
        assert "Preferred blind" not in render_html(verdict, evidence)
        assert "Compared blind" not in render_markdown(verdict, evidence)
        for one in comparisons(con, RUN)[:4]:
            prefer(con, ADA, RUN, one.item_id, one.tuned) if not one.alike else None
        evidence = gather(con, verdict)
    assert evidence.model is not None and evidence.model.preferences is not None
    line = preference_line(evidence.model.preferences)
    assert line.startswith(f"tuned preferred in {evidence.model.preferences.tuned} of ")
    assert "95%" in line
    assert "Preferred blind" in render_html(verdict, evidence)
    assert f"Compared blind: {line}" in render_markdown(verdict, evidence)


async def test_a_comparison_on_the_screen_tells_nothing_until_it_is_left(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, EVALUATE, "b")
        assert "blind comparison · 0 of 11 chosen" in lines(app)[1]
        order = list(app.pane.table.ids)
        assert len(order) == 11
        for key in ("<", ">", "=", "s", ",", "."):
            before = "\n".join(lines(app))
            assert "ANSWER A" in before
            for word in ("base 2", "tuned 1", "BASE", "TUNED", "better ·", "worse ·"):
                assert word not in before
            await press(pilot, key)
        assert app.pane.table.cursor == 6
        assert "5 of 11 chosen, 1 skipped" in lines(app)[1]
        assert not any("%" in line for line in lines(app)[:-2])
        await press(pilot, "p")
        assert app.pane.id == "Evaluate"
        await press(pilot, "b")
        assert "preferred in" in lines(app)[1]
        assert "95%" in lines(app)[1]
    with workspace.read() as con:
        said = {one.item_id: one.choice for one in comparisons(con, RUN)}
    assert [said[item] for item in order[:7]] == ["a", "b", "tie", "skip", "a", "b", None]


async def test_a_choice_is_undone_by_its_key_after_a_restart(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, EVALUATE, "b", "<", ">")
        order = list(app.pane.table.ids)
    async with review(workspace) as (app, pilot):
        await press(pilot, EVALUATE, "b")
        assert app.pane.table.cursor == 2
        await press(pilot, "u")
        assert app.pane.table.current == order[1]
        assert "Undid one choice between two answers." in told(app)
        assert "1 of 11 chosen" in lines(app)[1]
        await press(pilot, "2", "u")
        assert "Undid one choice" in told(app)
        await press(pilot, EVALUATE)
        assert "0 of 11 chosen" in lines(app)[1]
        await press(pilot, "U")
        assert "1 of 11 chosen" in lines(app)[1]


async def test_wrong_answers_are_grouped_and_a_group_leads_to_its_items(workspace: Workspace) -> None:
    async with review(workspace) as (app, pilot):
        await press(pilot, EVALUATE, "w")
        ways = app.screen.ways  # type: ignore[attr-defined]
        labels = [way.label for way in ways.values()]
        assert {label.split()[0] for label in labels} >= {"kind", "type", "document"}
        assert any("wrong" in label and "%" in label for label in labels)
        place = next(int(key) for key, way in ways.items() if way.label.startswith("kind"))
        app.screen.query_one(PagedTable).move_to(place)
        await press(pilot, "enter")
        assert set(app.pane.table.ids) == set(ways[str(place)].value.item_ids)
        assert "the tuned answer" in app.pane.card.text
        await press(pilot, "backslash")
        assert len(app.pane.table.ids) == 15


def test_commands_choose_without_a_terminal(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(workspace.root)
    assert run(["preferences", "list", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert len(shown) == 11
    assert "tuned" not in shown[0] and set(shown[0]) >= {"a", "b", "prompt", "choice"}
    for row in shown[:3]:
        assert run(["prefer", row["item_id"], "a" if "Thirty" in row["a"] else "b", "--as", "ada"]) == 0
    assert run(["prefer", "nothing", "a"]) == 1
    assert run(["pairs", "undo"]) == 0
    capsys.readouterr()
    assert run(["preferences", "list", "--waiting", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) == 9
    assert run(["preferences", "result", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    # On item i2 neither answer says thirty days, wherever it came in the order.
    assert result["tuned"] + result["base"] == 2
    assert result["interval"]["low"] is not None
    assert run(["preferences", "result"]) == 0
    assert "95%" in capsys.readouterr().out
