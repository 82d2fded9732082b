"""Two runs side by side: what changed is told with its interval, what did not is not, other settings are named."""

from __future__ import annotations

import json

import pytest

from tests.report_workspace import HEALTHY, MODULES, OVERFIT, Ladder, fill_workspace, gated, judged
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.history import history, run_of
from tuneproof.datasets.workspace.runs import ingest
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.evaluate.comparison import Comparison, compare_runs
from tuneproof.reports.comparison_page import plain_lines, render_html, render_markdown
from tuneproof.tui.cli import run

BETTER = Ladder(train_gain=1.45, held_gain=1.6)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a healthy run, the same drawn again, an overfit one and a better one, in this order."""
    made = fill_workspace(tmp_path_factory.mktemp("compare") / "ws", modules=MODULES[:32])
    frozen = gated(made)
    for ladder, seed in ((HEALTHY, 0), (HEALTHY, 1), (OVERFIT, 2), (BETTER, 3)):
        judged(made, frozen, ladder, seed)
    return made


@pytest.fixture(scope="module")
def runs(workspace: Workspace) -> list[str]:
    """Ids of the four runs, told by their verdicts and gains."""
    with workspace.read() as con:
        found = sorted(history(con, workspace.runs_dir), key=lambda one: one.gain or 0)
    assert [one.verdict for one in found] == ["FAIL", "PASS", "PASS", "PASS"]
    return [one.run_id for one in found]


def compared(workspace: Workspace, first: str, second: str) -> Comparison:
    with workspace.read() as con:
        return compare_runs(con, first, second)


def test_a_run_that_overfits_is_worse_where_it_is_and_better_where_it_learnt_by_heart(
    workspace: Workspace, runs: list[str]
) -> None:
    found = compared(workspace, runs[1], runs[0])
    ways = {one.name: one.way for one in found.figures}
    assert ways["heldout"] == "worse"
    assert ways["train"] == "better"
    assert ways["text: prose"] == ways["text: pydoc_topics"] == "worse"
    held = next(one for one in found.figures if one.role == "heldout")
    assert held.interval is not None and held.interval.low is not None
    assert 0.2 < held.interval.low < held.change < 1.3
    assert held.groups < held.n
    assert found.checks
    assert found.same_base


def test_the_same_run_drawn_again_shows_no_difference_and_says_what_could_be_seen(
    workspace: Workspace, runs: list[str]
) -> None:
    found = compared(workspace, runs[1], runs[2])
    assert {one.way for one in found.figures if one.role in ("text", "general")} == {"same"}
    assert all(one.p is not None and one.detectable is not None and one.detectable > 0 for one in found.figures)
    assert "no difference seen" in "\n".join(plain_lines(found))


def test_turning_a_comparison_round_turns_every_figure_round(workspace: Workspace, runs: list[str]) -> None:
    there, back = compared(workspace, runs[0], runs[3]), compared(workspace, runs[3], runs[0])
    for one, other in zip(there.figures, back.figures, strict=True):
        assert one.change == pytest.approx(-other.change)
        assert one.p == pytest.approx(other.p)
        assert {one.way, other.way} in ({"better", "worse"}, {"same"})


def test_settings_that_differ_are_named_and_seconds_are_not(workspace: Workspace, runs: list[str]) -> None:
    path = workspace.runs_dir / runs[3] / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["settings"]["epochs"] = 5.0
    manifest["seconds"]["train"] = 1.0
    path.write_text(json.dumps(manifest), "utf-8")
    with workspace.write() as con:
        ingest(con, workspace.runs_dir)
    found = compared(workspace, runs[1], runs[3])
    assert found.settings == (("settings.epochs", "3.0", "5.0"),)
    assert "| settings.epochs | 3.0 | 5.0 |" in render_markdown(found)


def test_runs_without_scores_or_without_a_common_item_are_refused(workspace: Workspace, runs: list[str]) -> None:
    with workspace.write() as con:
        con.execute("INSERT INTO store.runs VALUES ('bare', NULL, 's', 'b', 'lora', 'finished', NULL)")
        con.execute("INSERT INTO store.runs VALUES ('other', NULL, 's2', 'b', 'lora', 'finished', NULL)")
        con.execute("INSERT INTO store.items VALUES ('x', 's2', 'heldout', '', NULL, NULL, 'q', 'a')")
        con.execute("INSERT INTO store.scores VALUES ('other', 'tuned', 'x', 'nll_per_token', 1.0)")
    try:
        with pytest.raises(DataError, match="never scored"):
            compared(workspace, runs[0], "bare")
        with pytest.raises(DataError, match="share no item"):
            compared(workspace, runs[0], "other")
    finally:
        with workspace.write() as con:
            con.execute("DELETE FROM store.runs WHERE run_id IN ('bare', 'other')")
            con.execute("DELETE FROM store.items WHERE snapshot_id = 's2'")
            con.execute("DELETE FROM store.scores WHERE run_id = 'other'")


def test_an_item_that_was_trained_on_in_one_run_only_is_left_out(workspace: Workspace, runs: list[str]) -> None:
    with workspace.write() as con:
        con.execute(
            "INSERT INTO store.runs SELECT 'twin', parent_id, 's3', base, method, status, manifest FROM store.runs "
            "WHERE run_id = ?", [runs[0]],
        )  # fmt: skip
        con.execute(
            "INSERT INTO store.items SELECT item_id, 's3', CASE WHEN role = 'heldout' THEN 'train' ELSE role END,"
            " suite, document_id, pair_id, prompt, reference FROM store.items WHERE snapshot_id <> 's3'"
        )
        con.execute("INSERT INTO store.scores SELECT 'twin', model, item_id, metric, value FROM store.scores WHERE "
                    "run_id = ?", [runs[0]])  # fmt: skip
    try:
        found = compared(workspace, runs[0], "twin")
        assert found.other_role > 30
        assert "heldout" not in {one.role for one in found.figures}
        assert "snapshot.id" in {name for name, _, _ in found.settings}
    finally:
        with workspace.write() as con:
            con.execute("DELETE FROM store.runs WHERE run_id = 'twin'")
            con.execute("DELETE FROM store.items WHERE snapshot_id = 's3'")
            con.execute("DELETE FROM store.scores WHERE run_id = 'twin'")


def test_the_command_prints_and_writes_all_three_forms(
    workspace: Workspace, runs: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace.root)
    assert run(["compare", runs[1][:9], runs[0]]) == 0
    said = capsys.readouterr()
    assert "heldout" in said.out and "worse, p < 0.001" in said.out
    folder = workspace.reports_dir / f"compare-{runs[1]}-{runs[0]}"
    assert str(folder / "compare.html") in said.err
    assert sorted(path.name for path in folder.iterdir()) == ["compare.html", "compare.json", "compare.md"]
    page = (folder / "compare.html").read_text("utf-8")
    assert page.count("<table") == page.count("<caption") and "<script" not in page
    assert "default-src 'none'" in page
    assert run(["compare", runs[1], runs[0], "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads((folder / "compare.json").read_text("utf-8"))
    assert document["verdicts"] == ["PASS", "FAIL"]
    assert run(["compare", runs[1], runs[0], "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("## On held-out questions the second run is worse, and it lost on")
    assert run(["compare", runs[0], runs[0]]) == 1
    assert run(["compare", "nope", runs[0]]) == 1


def test_all_runs_are_listed_with_what_was_set_and_what_became_of_them(
    workspace: Workspace, runs: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace.root)
    assert run(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert any("FAIL: overfitting, forgetting" in line and runs[0] in line for line in lines)
    assert run(["runs", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {one["run_id"] for one in found} == set(runs)
    with workspace.read() as con, pytest.raises(DataError, match="begins 4 runs"):
        run_of(con, "")


def test_hostile_settings_are_shown_and_do_nothing(workspace: Workspace, runs: list[str]) -> None:
    from dataclasses import replace

    found = replace(
        compared(workspace, runs[1], runs[0]), settings=(("settings.<script>", "\x1b[31m", "</style>|`x`"),)
    )
    page = render_html(found)
    assert "<script>" not in page and page.count("</style>") == 1 and "\x1b" not in page
    assert "\x1b" not in "\n".join(plain_lines(found))
    assert r"\|" in render_markdown(found)
