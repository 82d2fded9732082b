"""Why a run failed: causes from its records, each with evidence and a number to try next."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.report_workspace import HEALTHY, MODULES, OVERFIT, fill_workspace, gated, judged
from tuneproof.datasets.verdict.verdict import Check, Status, Verdict
from tuneproof.evaluate.diagnosis import CAUSES, Diagnosis, Points, diagnose
from tuneproof.reports.evidence import gather
from tuneproof.reports.report import write_report

AS_OF = "2026-11-20T10:00:00+00:00"


def check(name: str, status: Status = "fail", value: float | None = 0.0, message: str = "As measured.") -> Check:
    return Check(name, name, status, "block", value, "nats/token", ">", 0.0, message)


def model(*checks: Check, cause: tuple[str, ...] = ()) -> Verdict:
    return Verdict("model", "r", "FAIL", cause, AS_OF, "0" * 64, checks)


def manifest(
    pairs: int = 600, *, set_by_hand: bool = False, replay: int | None = None, **settings: Any
) -> dict[str, Any]:
    said = "set in the configuration" if set_by_hand else "chosen"
    chosen = {"epochs": 3.0, "learning_rate": 3e-4, "steps_per_epoch": 10, **settings,
              "reasons": {"epochs": said, "learning_rate": said}}  # fmt: skip
    rows = {"trained_pairs": pairs, "replay": pairs if replay is None else replay}
    return {"settings": chosen, "rows": rows, "replay": {"tokens": 90 * rows["replay"]}}


def data(*checks: Check) -> Verdict:
    return Verdict("data", "s", "PASS", (), AS_OF, "0" * 64, checks)


def curve(*values: float) -> dict[str, Points]:
    return {"eval_loss": [(10 * at, value) for at, value in enumerate(values)]}


def named(found: tuple[Diagnosis, ...]) -> list[str]:
    return [one.cause for one in found]


def test_fifty_epochs_on_fifteen_pairs_name_both_and_the_numbers_to_try() -> None:
    verdict = model(check("D4.overfitting"), check("D2.prose"), cause=("overfitting", "forgetting"))
    told = data(check("pairs_train", "fail", 15, "15 pairs are trained on; under 50 memorises."))
    turned = curve(3.0, 2.9, 2.95, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.05)
    found = diagnose(verdict, manifest(15, epochs=50.0, steps_per_epoch=2, set_by_hand=True), turned, told)
    assert named(found) == ["too_few_pairs", "too_many_epochs"]
    pairs, epochs = found
    assert (pairs.now, pairs.next) == ("15", "200")
    assert "under 50 memorises" in pairs.evidence[0]
    assert (epochs.setting, epochs.now, epochs.next) == ("[train] epochs", "50", "3")
    assert epochs.evidence[1] == (
        "Selection loss was lowest at step 10 of 100 (epoch 5.0) and rose by 0.150 nats a token after it."
    )
    assert set(epochs.checks) == {"D4.overfitting", "D2.prose"}


def test_the_epoch_of_the_lowest_selection_loss_is_the_next_one_to_try() -> None:
    verdict = model(check("D4.overfitting"), cause=("overfitting",))
    (found,) = diagnose(verdict, manifest(900, steps_per_epoch=20), curve(3.0, 2.8, 2.6, 2.65, 2.7, 2.8, 2.9))
    assert (found.cause, found.now, found.next) == ("too_many_epochs", "3", "1")


def test_a_rate_that_blew_up_is_named_before_all_that_follows_from_it() -> None:
    verdict = model(check("D1.trained"), check("D2.prose"), check("D1.gain"))
    rose: dict[str, Points] = {"loss": [(at, 3.0 + at / 5) for at in range(20)]}
    (found,) = diagnose(verdict, manifest(set_by_hand=True, learning_rate=3e-3), rose)
    assert (found.cause, found.now, found.next) == ("rate_too_high", "3.0e-03", "3.0e-04")
    assert found.evidence[1] == "Training loss rose from 3.10 to 6.70 nats a token."
    (chosen,) = diagnose(verdict, manifest(), rose)
    assert chosen.next == "3.0e-05"


def test_leaks_copies_and_style_come_from_the_data_gate() -> None:
    told = data(check("near_duplicates", "warn", message="40 pairs repeat."), check("style_split", "warn"),
                check("overlap_ngram", "warn", message="5 of 200 leak."))  # fmt: skip
    found = diagnose(model(check("D1.gain", "inconclusive")), manifest(), {}, told)
    assert named(found) == ["leak", "duplicates", "style_drift"]
    assert found[0].evidence == ("5 of 200 leak.",)
    leak = diagnose(model(check("D0.leakage", message="9 of 100 stand in train.")), manifest(), {})
    assert (named(leak), leak[0].evidence) == (["leak"], ("9 of 100 stand in train.",))


def test_forgetting_asks_for_replay_first_by_share_then_by_length() -> None:
    verdict = model(check("D2.prose"), cause=("forgetting",))
    (none,) = diagnose(verdict, manifest(replay=0), {})
    assert (none.cause, none.setting, none.now, none.next) == ("too_little_replay", "[train] replay", "0", "1")
    (short,) = diagnose(verdict, manifest(), {})
    assert (short.setting, short.now, short.next) == ("[train] replay_tokens", "96", "192")


def test_a_run_that_was_not_done_is_told_to_go_on() -> None:
    verdict = model(check("D1.gain", "inconclusive"), check("D1.trained", "warn", 0.08))
    (found,) = diagnose(verdict, manifest(), curve(3.0, 2.95, 2.9, 2.85))
    assert (found.cause, found.now, found.next) == ("too_little_training", "3", "6")
    (slow,) = diagnose(verdict, manifest(learning_rate=1e-5), curve(3.0, 2.95, 2.9, 2.85))
    assert (slow.setting, slow.next) == ("[train] learning_rate", "3.0e-04")


def test_nothing_is_named_where_nothing_failed_or_nothing_is_known() -> None:
    assert diagnose(model(check("D1.gain", "pass")), manifest(15, epochs=50.0), curve(3.0, 2.0, 9.0)) == ()
    assert diagnose(model(check("D2.prose")), {}, {}) == ()


def test_every_cause_has_words() -> None:
    source = (Path(__file__).parents[1] / "evaluate" / "diagnosis.py").read_text("utf-8")
    assert all(source.count(f'"{cause}"') >= 2 for cause in CAUSES)


def test_reports_of_a_failed_run_say_why_and_of_a_healthy_one_do_not(tmp_path: Path) -> None:
    workspace = fill_workspace(tmp_path / "ws", modules=MODULES[:24])
    frozen = gated(workspace)
    bad, good = judged(workspace, frozen, OVERFIT), judged(workspace, frozen, HEALTHY, 1)
    assert bad.cause[0] == "overfitting"
    with workspace.read() as con:
        evidence = gather(con, bad)
        files = write_report(con, bad, tmp_path / "bad")
        healthy = write_report(con, good, tmp_path / "good")
    assert evidence.model is not None and files.evidence is not None
    causes = [one.cause for one in evidence.model.diagnoses]
    assert "too_many_epochs" in causes
    assert [one["cause"] for one in json.loads(files.evidence.read_text("utf-8"))["causes"]] == causes
    assert "**Likely causes**" in files.markdown.read_text("utf-8")
    assert 'id="causes"' in files.html.read_text("utf-8")
    assert 'id="causes"' not in healthy.html.read_text("utf-8")
    assert replace(bad) == bad
