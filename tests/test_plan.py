"""The plan of a run: choices with reasons, counts that the run then keeps, memory by part."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny_model import make_base
from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import DataError, ModelError
from tuneproof.datasets.workspace.snapshots import Snapshot, SnapshotRow, freeze
from tuneproof.train import memory
from tuneproof.train.base_facts import Architecture, read_architecture
from tuneproof.train.plan import make_plan
from tuneproof.train.settings import resolve


def make_set(folder: Path, pairs: int = 20, answer: str = "It opens the valve.") -> Snapshot:
    def row(n: int) -> SnapshotRow:
        messages = [{"role": "user", "content": f"What is {n}?"}, {"role": "assistant", "content": answer}]
        return SnapshotRow("train", messages, {"row": n})

    return freeze(folder, [row(n) for n in range(pairs)], [], {})


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base") / "base")


def test_what_the_configuration_leaves_open_follows_the_size_of_data_and_base() -> None:
    small = resolve(Train(), pairs=600, rows=900, parameters=5_800_000)
    assert (small.epochs, small.learning_rate, small.steps, small.micro_batch) == (3.0, 3e-4, 171, 16)
    assert small.evaluate_at[-1] == small.steps and len(small.evaluate_at) == 7
    large = resolve(Train(), pairs=12_000, rows=12_000, parameters=8_000_000_000)
    assert (large.epochs, large.learning_rate, large.micro_batch, large.recompute_activations) == (1.0, 1e-4, 4, True)
    assert resolve(Train(), 5_000, 5_000, 1_000_000_000).learning_rate == 2e-4
    chosen = resolve(Train(epochs=2.5, learning_rate=1e-3), 600, 600, 5_800_000)
    assert (chosen.epochs, chosen.learning_rate, chosen.steps) == (2.5, 1e-3, 95)
    assert chosen.reasons["epochs"] == chosen.reasons["learning_rate"] == "set in the configuration"


def test_a_run_of_few_steps_wastes_none_on_a_rate_of_zero() -> None:
    few = resolve(Train(), pairs=16, rows=16, parameters=1_000_000)
    assert few.steps == 3 and few.warmup_steps == 0
    assert resolve(Train(), 600, 900, 1_000_000).warmup_steps == 9


def test_the_plan_counts_real_tokens_and_says_what_does_not_fit(tmp_path: Path, base: Path) -> None:
    short = make_plan(make_set(tmp_path / "a").path, base, Train(replay=0))
    assert (short.pairs, short.replay_rows, short.truncated, short.fits) == (20, 0, 0, True)
    assert short.tokens == 3 * short.tokens_per_epoch and 20 * 8 < short.tokens_per_epoch < 20 * 80
    long = make_plan(make_set(tmp_path / "b", answer="valve " * 400).path, base, Train(replay=0, max_length=64))
    assert long.truncated == 20 and long.tokens_per_epoch == 20 * 64
    assert any("max_length" in warning for warning in long.warnings)
    document = long.to_document()
    assert document["memory"]["total"] == long.memory.total and document["seconds"] is None


def test_the_plan_measures_steps_when_asked(tmp_path: Path, base: Path) -> None:
    plan = make_plan(make_set(tmp_path, 40).path, base, Train(replay=0, batch_size=4, threads=1), measure=True)
    assert plan.seconds is not None and plan.seconds.measured_steps == 3
    parts = plan.seconds.start + plan.seconds.training + plan.seconds.evaluation
    assert plan.seconds.total == pytest.approx(parts)
    assert plan.seconds.training == pytest.approx(plan.tokens / plan.seconds.tokens_per_second)


def test_the_memory_formula_counts_the_adapter_that_peft_makes(base: Path) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    shape = read_architecture(base)
    model = AutoModelForCausalLM.from_pretrained(base, local_files_only=True)
    assert shape.parameters == sum(weight.numel() for weight in model.parameters())
    tuned = get_peft_model(model, LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM"))
    trainable = sum(weight.numel() for weight in tuned.parameters() if weight.requires_grad)
    assert memory.adapter_parameters(shape, 4) == trainable


def test_an_eight_billion_base_in_bfloat16_needs_about_what_is_known_of_it() -> None:
    shape = Architecture(8_030_000_000, 32, 4096, 14336, 32, 8, 128_256, False)
    need = memory.estimate(shape, 16, 1, 2048, half_weights=True, autocast=True, recompute=True, cuda=True)
    assert 16.4e9 < need.total < 24e9  # 16.4 GiB without context, logits and fragmentation
    assert need.weights == 2 * shape.parameters and need.optimizer == 2 * need.gradients


def test_a_folder_that_is_no_model_and_an_empty_set_are_named(tmp_path: Path, base: Path) -> None:
    (tmp_path / "not_a_model").mkdir()
    snapshot = make_set(tmp_path / "a")
    with pytest.raises(ModelError, match=r"config\.json"):
        make_plan(snapshot.path, tmp_path / "not_a_model", Train(replay=0))
    with pytest.raises(DataError, match="no training rows"):
        make_plan(make_set(tmp_path / "b", 0).path, base, Train(replay=0))
    with pytest.raises(DataError, match="not tuneproof-base"):
        make_plan(snapshot.path, base, Train())
