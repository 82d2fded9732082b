"""Which base: facts with their sources, licences that block, memory by method, bases ranked on the user's own pairs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.tiny_model import make_base, user_item
from tuneproof.datasets.workspace.errors import DataError, GateRefused, ModelError
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.evaluate.models import load_model
from tuneproof.evaluate.probe import probe
from tuneproof.train import memory
from tuneproof.train.advice import advise
from tuneproof.train.base_facts import Architecture, read_architecture
from tuneproof.train.candidates import candidate
from tuneproof.train.known_bases import known_base, known_names, known_shape, terms
from tuneproof.train.licences import licence_of, require_licence
from tuneproof.tui.cli import run

WANTED = ("Llama-3.1-8B", "Llama-2-7b", "Llama-2-70b", "Mistral-7B", "neural-chat-7b", "Llama-3.2-1B", "Llama-3.2-3B",
          "Qwen3-", "SmolLM2-", "SmolLM3-", "gemma-3-", "Phi-4-mini")  # fmt: skip


def test_every_known_fact_says_where_and_when_it_was_read_and_what_is_unknown_is_null() -> None:
    names = known_names()
    assert all(any(wanted in name for name in names) for wanted in WANTED)
    for name in names:
        base = known_base(name)
        assert base is not None
        for key, fact in base.facts.items():
            assert (fact.value is None) == (fact.where is None), (name, key)
            assert fact.where is None or re.fullmatch(r"20\d\d-\d\d-\d\d", fact.read or ""), (name, key)
        licence = base.facts["licence"].value
        found = terms(licence) if licence else None
        assert licence is None or (found and found.commercial.where and found.restrictions.where), name


def test_a_shape_of_the_list_counts_to_the_size_that_the_card_states() -> None:
    for name, billions in (("meta-llama/Llama-3.2-1B", 1.23), ("META-LLAMA/llama-3.2-3b-instruct", 3.21)):
        base = known_base(name)
        shape = known_shape(base) if base else None
        assert shape is not None and base is not None
        counted = shape.linear + shape.embeddings + (2 * shape.layers + 1) * shape.hidden
        assert counted / 1e9 == pytest.approx(billions, abs=0.01)
        assert shape.parameters == base.facts["parameters"].value
    assert known_base("nobody/nothing") is None


def test_a_folder_speaks_for_itself_and_a_list_for_what_is_not_here(tmp_path: Path) -> None:
    folder = make_base(tmp_path / "base", context=256)
    found = candidate("base", folder)
    assert (found.context.value, found.chat_template.value, found.licence.licence) == (256, "its own", "unknown")
    assert found.parameters.value == read_architecture(folder).parameters
    unknown = candidate("HuggingFaceTB/SmolLM2-360M-Instruct", None).to_document()
    assert unknown["licence"]["value"] == "unknown" and unknown["chat_template"]["value"] is None
    with pytest.raises(ModelError, match="no hub name"):
        candidate("./nowhere", None)


def test_an_unknown_or_forbidding_licence_blocks_until_it_is_acknowledged_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    folder.mkdir()
    with pytest.raises(GateRefused, match="Nobody says") as refused:
        require_licence("base", folder, "")
    assert 'accept_licence = "unknown"' in refused.value.hint
    assert require_licence("base", folder, "unknown").licence == "unknown"
    (folder / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n# A base\n", "utf-8")
    for accepted in ("", "unknown"):
        with pytest.raises(GateRefused, match="forbids commercial use"):
            require_licence("base", folder, accepted)
    assert require_licence("base", folder, "CC-BY-NC-4.0").licence == "cc-by-nc-4.0"
    (folder / "README.md").write_text("---\nlicense: a-new-one\n---\n", "utf-8")
    with pytest.raises(GateRefused, match="not known here"):
        require_licence("base", folder, "")
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n", "utf-8")
    assert require_licence("base", folder, "").settled
    (folder / "README.md").write_text("---\nlicense: [\n---\n", "utf-8")
    with pytest.raises(ModelError, match="no YAML"):
        licence_of("base", folder)
    assert licence_of("mistralai/Mistral-7B-v0.3", None).settled


def test_memory_falls_from_full_training_over_lora_to_qlora_and_with_smaller_optimizers() -> None:
    shape = Architecture(8_030_000_000, 32, 4096, 14336, 32, 8, 128_256, False)
    found = memory.by_method(shape, 16, 1, 2048, cuda=True, autocast=True)
    assert 115e9 < found["full"].total < 160e9  # 120 GB before fragmentation and context
    assert 16.4e9 < found["lora"].total < 24e9 and 6.3e9 < found["qlora"].total < 12e9
    work = memory.Work(1, 2048, True, True, True, True, method="full")
    kept = [
        memory.estimate_work(
            shape, memory.Work(1, 2048, True, True, True, True, method="full", optimizer=name)
        ).optimizer
        for name in ("adamw", "adamw_8bit", "adafactor", "sgd")
    ]
    assert kept == sorted(kept, reverse=True) and kept[0] == 8 * shape.parameters and kept[-1] == 0
    top = memory.trained_parameters(shape, memory.Work(1, 2048, True, True, True, True, method="top_layers"))
    assert top < memory.trained_parameters(shape, work) / 10


def test_advice_is_no_for_few_pairs_and_for_facts_that_the_passage_holds() -> None:
    few = advise(20, "style", 0)
    assert few[0].level == "no" and "system prompt" in few[0].do
    assert "retrieval" in advise(20, "domain", 0)[0].do
    lacking = advise(600, "domain", 0, passage_gain=0.9)
    assert lacking[0].level == "no" and "retrieval" in lacking[0].do
    assert all(one.level != "no" for one in advise(600, "domain", 0, passage_gain=0.1))
    assert any("--folds" in one.do for one in advise(120, "style", 0))
    assert advise(600, "style", 0)[-1].level == "yes"


def test_a_base_that_knows_the_answers_is_ranked_above_one_that_does_not(tmp_path: Path) -> None:
    folder = make_base(tmp_path / "base")
    loaded = load_model(str(folder), None, 1)
    items = [
        user_item("heldout", n, n, f"The {word} opens.") for n, word in enumerate(("relay", "pump", "meter", "gauge"))
    ]
    shots = [user_item("train", n, 9) for n in range(3)]
    found = probe(loaded, items, shots, {f"pheldout{n}": "The relay opens." for n in range(4)})
    assert found.items == 4 and 0 <= found.few_shot <= 1 and found.bits_per_byte > 1
    assert found.passage_gain is not None
    # A head of zeros makes every token equally likely: exactly log2 of the vocabulary for each token.
    loaded.model.lm_head.weight.data.zero_()
    flat = probe(loaded, items, shots, {})
    assert flat.passage_gain is None and flat.bits_per_byte < found.bits_per_byte
    with pytest.raises(DataError, match="different held-out answers"):
        probe(loaded, items[:2], shots, {})


def test_plan_compares_bases_offline_with_their_licences_and_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = Workspace.init(tmp_path / "ws")
    make_base(workspace.root / "own")
    monkeypatch.chdir(workspace.root)
    names = ["--base", "meta-llama/Llama-3.1-8B-Instruct", "--base", "tuneproof-base", "--base", "own"]
    assert run(["plan", *names]) == 0
    shown = capsys.readouterr().out
    assert "llama3.1" in shown and "700 million" in shown and 'accept_licence = "unknown"' in shown
    assert shown.count("memory") == 3 and "qlora" in shown
    assert run(["plan", *names, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["licence"]["value"] for row in rows] == ["llama3.1", "apache-2.0", "unknown"]
    assert rows[0]["context"]["read"] and rows[0]["parameters"]["where"].startswith("counted from the shape")
