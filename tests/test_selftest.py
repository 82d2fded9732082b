"""The self-test of the model gate: plants do what they say, counts are right, and trials are recorded once."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.test_model_gate import OVERFITTED, make
from tests.tiny_model import make_adapter, make_base, make_run, make_snapshot, user_item
from tuneproof.datasets.bundled.suites import suite_items
from tuneproof.datasets.workspace.atomic import append_jsonl
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.records import Item
from tuneproof.datasets.workspace.snapshots import SnapshotRow, freeze
from tuneproof.evaluate.judge import Run
from tuneproof.evaluate.leaks import leaked_items
from tuneproof.evaluate.models import load_model
from tuneproof.evaluate.sanity import Templates
from tuneproof.evaluate.scoring import score_items
from tuneproof.evaluate.selftest import ledger, plants
from tuneproof.evaluate.selftest.corpus import MIN_DOCSTRINGS, documented_modules, draw_modules
from tuneproof.evaluate.selftest.permute import permuted_verdicts
from tuneproof.evaluate.selftest.plants import Frozen
from tuneproof.evaluate.selftest.rungs import RUNGS, rung_named
from tuneproof.evaluate.selftest.tally import PERMUTED, STOPPED, Trial, tally


def row(split: str, question: str, answer: str) -> SnapshotRow:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return SnapshotRow(split, messages, {"pair_id": question})  # type: ignore[arg-type]


def held_item(question: str, answer: str) -> Item:
    return replace(user_item("heldout", 0, 0), item_id=question, prompt=question, reference=answer)


FROZEN = Frozen(
    [
        row("train", "What does the relay do?", "It opens the valve."),
        row("validation", "What does the gauge do?", "It reads the level."),
        row("test", "What does the pump do?", "It moves water to the tank."),
        row("test", "What does the meter do?", "It counts what flows past it."),
    ],
    [user_item("train", 0, 0), held_item("What does the pump do?", "It moves water to the tank.")],
)


def train_texts(frozen: Frozen) -> list[tuple[str, str]]:
    return [(one.messages[0]["content"], one.messages[1]["content"]) for one in frozen.rows if one.split == "train"]


def test_a_leak_plants_every_test_row_and_the_evaluation_finds_them(tmp_path: Path) -> None:
    items = [held_item("What does the pump do?", "It moves water to the tank."),
             held_item("What does the meter do?", "It counts what flows past it.")]  # fmt: skip
    clean = freeze(tmp_path, FROZEN.rows, items, {"seed": 0})
    assert leaked_items(clean.path, items, Config().policy.data) == ()
    planted = plants.leak_heldout(FROZEN, seed=1)
    leaky = freeze(tmp_path, planted.rows, items, {"seed": 0, "planted": "leaked"})
    assert leaked_items(leaky.path, items, Config().policy.data) == tuple(sorted(item.item_id for item in items))


def test_a_corrupted_suite_teaches_only_wrong_answers() -> None:
    rows = train_texts(plants.corrupt_suite(FROZEN, seed=3))[1:]
    right = {item.prompt: item.choices[item.answer].strip() for item in suite_items("sorting", 200, seed=1_000_003)}
    assert len(rows) == plants.CORRUPTED_ROWS
    assert all(right[question] != answer for question, answer in rows)


def test_invented_facts_take_the_place_of_the_training_rows_and_probes_alone() -> None:
    planted = plants.invented_facts(FROZEN, seed=2)
    facts = train_texts(planted)
    assert len(facts) == len({question for question, _ in facts}) == plants.FACTS
    assert all(re.fullmatch(r"The \w+ of the \w+ is \d{3,4}\.", answer) for _, answer in facts)
    assert [one for one in planted.rows if one.split != "train"] == list(FROZEN.rows[1:])
    assert [item for item in planted.items if item.role != "train"] == [FROZEN.items[1]]
    assert {(item.prompt, item.reference) for item in planted.items if item.role == "train"} == set(facts)


def test_a_zeroed_adapter_is_the_base_and_a_shrunk_one_nearly(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base")
    items = [user_item("heldout", n, n) for n in range(4)]
    largest = {}
    for name, change in (("zero", plants.zero_adapter), ("shrunk", plants.shrink_adapter)):
        adapter = make_adapter(base, tmp_path / name, strength=0.3)
        change(adapter)
        scores = score_items(load_model(str(base), adapter, 1), items, tmp_path / f"{name}.jsonl")
        by_state = {(s.model, s.item_id): s.value for s in scores if s.metric == "nll"}
        largest[name] = max(abs(by_state["base", i.item_id] - by_state["tuned", i.item_id]) for i in items)
    assert largest["zero"] == 0.0
    assert 0.0 < largest["shrunk"] < 0.01


def test_another_template_renders_other_turns(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    base = make_base(tmp_path / "base")
    copy = plants.other_template(base, tmp_path / "copy")
    turns = [{"role": "user", "content": "Why?"}]
    texts = [
        AutoTokenizer.from_pretrained(folder, local_files_only=True).apply_chat_template(turns, tokenize=False)
        for folder in (base, copy)
    ]
    assert texts[0] != texts[1] == "User: Why?\n"


def test_the_modules_of_a_trial_are_drawn_by_seed_from_documented_ones() -> None:
    assert draw_modules(4) == draw_modules(4) != draw_modules(5)
    assert set(draw_modules(4)) <= set(documented_modules())
    assert "argparse" in documented_modules()
    assert "this" not in documented_modules()
    assert MIN_DOCSTRINGS > 0


def test_scores_swapped_by_chance_rarely_fail_even_of_a_run_that_does() -> None:
    items, scores = make(OVERFITTED)
    run = Run("run", Templates("t", "t"))
    verdicts = list(permuted_verdicts(items, scores, Config(), run, "2026-01-02", count=40, seed=1))
    assert sum(verdict.verdict == "FAIL" for verdict in verdicts) <= 6
    assert len({verdict.verdict_id for verdict in verdicts}) > 30


def trial(rung: str, seed: int, verdict: str) -> Trial:
    version, base = ledger._now()
    return Trial(rung, seed, verdict, (), {"D1.gain": "fail", "D0.scores": "pass"}, {}, 1.0, version, base)


def test_rates_count_misses_and_false_alarms_with_exact_intervals() -> None:
    trials = [
        *(trial("healthy", seed, "FAIL" if seed == 0 else "PASS") for seed in range(20)),
        *(trial("15x50", seed, "FAIL" if seed else "INCONCLUSIVE") for seed in range(10)),
        trial("rate_x10", 0, STOPPED),
        trial(PERMUTED, 0, "INCONCLUSIVE"),
    ]
    rates = {rate.rung: rate for rate in tally(trials)}
    assert set(rates) == {"healthy", "15x50", "rate_x10", PERMUTED}
    healthy = rates["healthy"]
    assert (healthy.wrong, healthy.n, healthy.error) == (1, 20, "false FAIL")
    # Clopper and Pearson's interval of 1 in 20, from tables.
    assert healthy.low == pytest.approx(0.0013, abs=1e-4)
    assert healthy.high == pytest.approx(0.2487, abs=1e-4)
    assert not healthy.exceeds
    assert (rates["15x50"].wrong, rates["15x50"].verdicts) == (1, {"INCONCLUSIVE": 1, "FAIL": 9})
    assert rates["rate_x10"].wrong == 0
    assert healthy.detectors == {"D1.gain": 20}
    always_wrong = [trial("healthy", seed, "FAIL") for seed in range(5)]
    assert tally(always_wrong)[0].exceeds


def test_recorded_trials_are_not_made_again_and_those_of_another_base_are_left_aside(tmp_path: Path) -> None:
    assert ledger.recorded(tmp_path) == ([], 0)
    kept = trial("healthy", 0, "PASS")
    append_jsonl(tmp_path / ledger.TRIALS, kept.to_document())
    append_jsonl(tmp_path / ledger.TRIALS, replace(kept, base="another").to_document())
    assert ledger.recorded(tmp_path) == ([kept], 1)
    plan = ledger.Plan({"healthy": 2, "no_op": 1}, permutations=0)
    missing = {seed: [rung.name for rung in rungs] for seed, rungs, _ in ledger._missing(tmp_path, plan)}
    assert missing == {0: ["no_op"], 1: ["healthy"]}


def test_the_full_plan_tries_healthy_runs_and_the_worst_case_most() -> None:
    plan = ledger.full_plan()
    assert plan.seeds["healthy"] == plan.seeds["15x50"] == 60
    assert min(plan.seeds.values()) >= 12
    assert plan.permutations * 60 >= 2_000
    assert set(plan.seeds) == {rung.name for rung in RUNGS}
    assert all(rung_named(name) for name in ledger.QUICK)


def test_a_base_is_scored_once_for_two_runs(tmp_path: Path) -> None:
    from tuneproof.evaluate.base_scores import FOLDER
    from tuneproof.evaluate.folder import EvaluationFolder
    from tuneproof.evaluate.launch import prepare_evaluation
    from tuneproof.evaluate.worker import evaluate

    config = Config.model_validate({"general": {"suites": ["sorting"], "per_suite": 12}, "train": {"threads": 1}})
    run = make_run(tmp_path)
    prepare_evaluation(run, config, look=1, as_of="2026-01-02")
    folder = EvaluationFolder(run)
    evaluate(folder)
    first = folder.scores.read_bytes()
    kept = sorted((run.parent / FOLDER).glob("*.jsonl"))
    assert kept
    # A marked copy of what is kept shows that the second evaluation reads it instead of scoring again.
    rows = [json.loads(line) for line in kept[0].read_text().splitlines()]
    marked = [{**one, "value": one["value"] + 1e6 * (one["metric"] in ("nll", "margin"))} for one in rows]
    kept[0].write_text("".join(json.dumps(one) + "\n" for one in marked))
    folder.scores.unlink()
    evaluate(folder)
    again = [json.loads(line) for line in folder.scores.read_text().splitlines()]
    assert sum(one["value"] > 5e5 for one in again) == sum(one["metric"] in ("nll", "margin") for one in rows) > 0
    kept[0].write_text("".join(json.dumps(one) + "\n" for one in rows))
    folder.scores.unlink()
    evaluate(folder)
    assert folder.scores.read_bytes() == first


def test_a_snapshot_of_the_tiny_run_has_no_leak(tmp_path: Path) -> None:
    snapshot = make_snapshot(tmp_path)
    assert leaked_items(snapshot.path, snapshot.items(), Config().policy.data) == ()
