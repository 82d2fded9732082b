"""A model's card: metadata that Hugging Face reads, and the evidence behind the verdict, base beside tuned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from huggingface_hub import ModelCard

from tests.report_workspace import HEALTHY, MODULES, fill_workspace, gated, judged
from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.evaluate.selftest.tally import Trial, tally
from tuneproof.reports.card_evidence import licensed
from tuneproof.reports.cards import ModelFacts, model_card
from tuneproof.reports.evidence import gather


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelFacts, Verdict]:
    workspace = fill_workspace(tmp_path_factory.mktemp("card") / "ws", modules=MODULES[:24])
    data = gated(workspace)
    verdict = judged(workspace, data, HEALTHY)
    with workspace.read() as con:
        evidence = gather(con, verdict, workspace.snapshots_dir).model
    trials = [Trial("healthy", n, "PASS", (), {}, {}, 1.0, "v", "b") for n in range(20)]
    facts = ModelFacts(
        "kettles run", "org/base", "apache-2.0", "adapter", "peft", "en", verdict.subject_id, data.subject_id,
        {"settings": {"epochs": 3}}, "Use it.", evidence, data, (("python", "PSF-2.0", 120), ("notes", None, 9)),
        tally(trials),
    )  # fmt: skip
    return facts, verdict


def test_metadata_is_what_the_hub_reads(made: tuple[ModelFacts, Verdict]) -> None:
    facts, verdict = made
    card = ModelCard(model_card(facts, verdict, None))
    data: Any = card.data
    results = data.eval_results
    assert results is not None
    found = {(one.dataset_name, one.metric_type): one for one in results}
    held = found["Held-out documents", "loss"]
    assert facts.evidence is not None
    gain = next(one for one in facts.evidence.gains if one.label == "Held-out documents")
    assert held.metric_value == pytest.approx(gain.tuned, abs=1e-4)
    assert held.metric_name is not None and "base" in held.metric_name
    assert held.task_type == "text-generation"
    assert {f"general suite: {one.name}" for one in facts.evidence.suites} <= {one.dataset_name for one in results}
    assert all(isinstance(one.metric_value, int | float) for one in results)
    # What the library writes of what it read is what it read.
    again: Any = ModelCard(str(card)).data
    assert again.to_dict() == data.to_dict()
    assert (data.base_model, data.license) == ("org/base", "apache-2.0")


def test_evidence_stands_in_the_text_base_beside_tuned(made: tuple[ModelFacts, Verdict]) -> None:
    facts, verdict = made
    text = ModelCard(model_card(facts, verdict, None)).text
    for heading in ("Base beside tuned", "The data it was trained on", "How often this gate is wrong", "Using it"):
        assert f"## {heading}" in text
    assert facts.evidence is not None
    for one in (*facts.evidence.gains, *facts.evidence.texts):
        assert one.label.replace("_", r"\_") in text
    assert "| python | PSF-2.0 | 120 |" in text and "| notes | not stated | 9 |" in text
    assert "| healthy | false FAIL | 0 | 20 | 0% to 16.8% |" in text
    assert "Of 24 answers to held-out questions" in text
    held = next(line for line in text.splitlines() if line.startswith("| Held-out documents"))
    assert "−1." in held.split("|")[4], "a loss that falls is told as a fall"


def test_without_evidence_the_card_says_no_more_than_the_verdict(made: tuple[ModelFacts, Verdict]) -> None:
    facts, verdict = made
    bare = replace(facts, evidence=None, data_verdict=None, sources=(), rates=())
    card = ModelCard(model_card(bare, verdict, None))
    data: Any = card.data
    unjudged: Any = ModelCard(model_card(bare, None, None)).data
    assert "Base beside tuned" not in card.text and "planted" not in card.text
    assert data.eval_results is not None
    assert {one.dataset_type for one in data.eval_results} == {"tuneproof"}
    assert unjudged.eval_results is None


def test_sources_are_counted_by_rows_that_were_trained_on() -> None:
    splits = [("train", "a")] * 3 + [("train", "b"), ("test", "a"), ("train", None)]
    rows: list[dict[str, str | None]] = [{"split": split, "source": source} for split, source in splits]
    assert licensed(rows, {"a": "MIT"}) == [("a", "MIT", 3), ("b", None, 1), ("imported", None, 1)]
