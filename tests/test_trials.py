"""Folds, sizes, sweeps, runs made again: whole documents, figures that add up, the same bits from a manifest."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tiny_model import make_base
from tuneproof.datasets.workspace.atomic import write_json_atomic
from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import DataError, RunError, UsageError
from tuneproof.datasets.workspace.records import Split
from tuneproof.datasets.workspace.snapshots import Snapshot, SnapshotRow, freeze
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.train.again import differences, machine, read_pinned, refuse_differences
from tuneproof.train.folds import fold_of, freeze_fold, freeze_share, grouped_rows
from tuneproof.train.launch import prepare_run, start
from tuneproof.train.manifest import versions
from tuneproof.train.tracking import check_installed, open_trackers
from tuneproof.train.trials import Trial, more_pairs_help, run_trial, spread
from tuneproof.tui.cli import run


def make_set(folder: Path, documents: int = 8, each: int = 5) -> Snapshot:
    rows = []
    for document in range(documents):
        split: Split = "validation" if document == 0 else "train"
        for n in range(each + document % 3):
            answer = f"It {('opens', 'closes', 'reads')[n % 3]} the {('valve', 'pump')[document % 2]}."
            messages = [
                {"role": "user", "content": f"What is {document}.{n}?"}, {"role": "assistant", "content": answer},
            ]  # fmt: skip
            rows.append(SnapshotRow(split, messages, {"pair_id": f"p{document}.{n}", "document_id": f"d{document}"}))
    return freeze(folder, rows, [], {"seed": 0, "system_prompt": ""})


def test_folds_keep_documents_whole_and_cover_every_row_once(tmp_path: Path) -> None:
    snapshot = make_set(tmp_path)
    rows = grouped_rows(snapshot)
    places = fold_of(rows, 3, seed=0)
    assert places == fold_of(rows, 3, seed=0)
    by_group: dict[str, set[int]] = {}
    for row, place in zip(rows, places, strict=True):
        by_group.setdefault(row.group, set()).add(place)
    assert all(len(found) == 1 for found in by_group.values())
    sizes = Counter(places)
    assert len(sizes) == 3 and max(sizes.values()) - min(sizes.values()) <= 7
    held = []
    for fold in range(3):
        part = freeze_fold(tmp_path / "folds", snapshot, rows, places, fold)
        assert part.counts["train"] + part.counts["validation"] == len(rows)
        documents = {row.group for row in grouped_rows(part)} & {row.group for row in grouped_rows(part, "validation")}
        assert not documents
        held += part.rows("validation")
    assert sorted(map(str, held)) == sorted(map(str, snapshot.rows("train")))
    with pytest.raises(DataError, match="7 documents, which makes no 9 folds"):
        fold_of(rows, 9, seed=0)


def test_smaller_shares_lie_inside_larger_ones_and_are_scored_on_the_same_rows(tmp_path: Path) -> None:
    snapshot = make_set(tmp_path)
    shares = [freeze_share(tmp_path / "shares", snapshot, share, 0) for share in (0.25, 0.5, 1.0)]
    trained = [{str(row) for row in part.rows("train")} for part in shares]
    assert trained[0] < trained[1] < trained[2] == {str(row) for row in snapshot.rows("train")}
    assert all(part.rows("validation") == snapshot.rows("validation") for part in shares)
    with pytest.raises(DataError, match="too few"):
        freeze_share(tmp_path / "shares", snapshot, 0.01, 0)


def trial(rows: int, best: float, base: float = 3.0) -> Trial:
    return Trial(f"{rows}", "r", rows, base, best, 1.0, best, 1.0)


def test_a_curve_that_still_falls_asks_for_more_pairs_and_a_flat_one_does_not() -> None:
    assert more_pairs_help([trial(50, 2.6), trial(100, 2.3), trial(200, 2.0)])[0]
    helps, why = more_pairs_help([trial(50, 2.2), trial(100, 2.02), trial(200, 2.0)])
    assert not helps and "2% of the whole gain" in why
    assert "mend the set" in more_pairs_help([trial(100, 3.1), trial(200, 3.2)])[1]
    assert "no lower than" in more_pairs_help([trial(100, 2.1), trial(200, 2.2)])[1]
    with pytest.raises(RunError, match="no curve"):
        more_pairs_help([trial(50, 2.0)])
    assert spread([1.0, 3.0]).error == pytest.approx(1.0) and spread([2.0]).error == 0


def plain(site: Path, **changes: object) -> Train:
    (site / "general.txt").write_text(" ".join(f"valve{n} near the pump" for n in range(400)), "utf-8")
    settings = Train(
        epochs=2, learning_rate=2e-3, rank=4, batch_size=8, max_length=96, replay=0.25, replay_tokens=24,
        replay_source=str(site / "general.txt"), threads=1,
    )  # fmt: skip
    return settings.model_copy(update=changes)


def test_a_run_is_made_again_from_its_manifest_bit_for_bit_or_refused_with_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = Workspace.init(tmp_path / "ws")
    base = make_base(tmp_path / "base")
    snapshot = make_set(workspace.snapshots_dir)
    first = prepare_run(workspace.runs_dir, snapshot.path, base, plain(tmp_path), None)
    assert start(first).wait(600) == 0, (first / "train.log").read_text()[-2000:]
    monkeypatch.chdir(workspace.root)
    assert run(["train", "--from", str(first / "manifest.json")]) == 0
    assert "bit for bit" in capsys.readouterr().err
    runs = sorted(path.parent for path in workspace.runs_dir.glob("*/manifest.json"))
    assert len(runs) == 2
    weights = [(path / "adapter" / "adapter_model.safetensors").read_bytes() for path in runs]
    assert weights[0] == weights[1]

    pinned = read_pinned(first / "manifest.json")
    assert differences(pinned, snapshot.path, machine(), versions()) == []
    changed = {**pinned.manifest, "code": "0" * 64, "versions": {**pinned.manifest["versions"], "torch": "1.0"}}
    changed["hardware"] = {**changed["hardware"], "processor": "another"}
    other = make_set(tmp_path / "other", each=6)
    found = differences(replace(pinned, manifest=changed), other.path, machine(), versions())
    assert len(found) == 4 and any("torch was 1.0" in line for line in found) and any("rows" in line for line in found)
    with pytest.raises(RunError, match=r"torch was 1\.0"):
        refuse_differences(found)
    (base / "config.json").write_text((base / "config.json").read_text() + "\n")
    assert run(["train", "--from", str(first / "manifest.json")]) == 1
    assert "config.json is another file" in capsys.readouterr().err
    write_json_atomic(tmp_path / "old.json", {"schema": "tuneproof.manifest/1"})
    with pytest.raises(DataError, match="pins no train"):
        read_pinned(tmp_path / "old.json")


def test_a_trial_that_was_run_is_read_and_one_that_falls_behind_is_stopped(tmp_path: Path) -> None:
    base, snapshot = make_base(tmp_path / "base"), make_set(tmp_path / "datasets")
    made = run_trial("first", tmp_path / "runs", snapshot.path, base, plain(tmp_path))
    assert made.gain > 0 and made.rows == snapshot.counts["train"] and 0 < made.best_epoch <= 2
    again = run_trial("again", tmp_path / "runs", snapshot.path, base, plain(tmp_path))
    assert again == replace(made, name="again") and len(list((tmp_path / "runs").iterdir())) == 1


def test_a_sweep_keeps_its_trials_and_carries_on(tmp_path: Path) -> None:
    pytest.importorskip("optuna", reason="the extra sweep is not installed")
    from tuneproof.train.sweep import search

    base, snapshot = make_base(tmp_path / "base"), make_set(tmp_path / "datasets")
    told: list[tuple[int, str]] = []
    on = (tmp_path / "sweep", snapshot.path, base, plain(tmp_path))

    def tell(number: int, chosen: object, state: str) -> None:
        told.append((number, state))

    first = search(*on, trials=1, minutes=5, tell=tell)
    again = search(*on, trials=1, minutes=5, tell=tell)
    assert first == again and first.finished == 1 and {number for number, _ in told} == {0}
    assert set(first.best) == {"learning_rate", "rank", "epochs", "optimizer"}
    more = search(*on, trials=2, minutes=5, tell=tell)
    assert more.finished + more.pruned == 2 and more.trial.best_loss <= first.trial.best_loss


def test_a_tracker_that_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="asks for wandb") as refused:
        check_installed(["wandb"])
    assert "tuneproof[tracking]" in refused.value.hint
    assert open_trackers([], "run", Path(), {}) == []


def test_tensorboard_gets_every_figure_of_every_step(tmp_path: Path) -> None:
    reading = "tensorboard.backend.event_processing.event_accumulator"
    accumulator = pytest.importorskip(reading, reason="the extra tracking is not installed").EventAccumulator
    [tracker] = open_trackers(["tensorboard"], "run-1", tmp_path, {"rank": 4})
    for step in (1, 2, 3):
        tracker.record(step, {"loss": 3.0 / step, "eval_loss": 1.0})
    tracker.close()
    events = accumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [(event.step, round(event.value, 4)) for event in events.Scalars("loss")] == [(1, 3.0), (2, 1.5), (3, 1.0)]


def test_folds_and_from_do_not_go_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = Workspace.init(tmp_path / "ws")
    monkeypatch.chdir(workspace.root)
    assert run(["train", "--folds", "2", "--learning-curve"]) == 1
    assert "three different things" in capsys.readouterr().err
