"""Every method and optimizer trains what it says, on answers alone; packing, noise, dropout and patience work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_model import make_base, user_item
from tuneproof.datasets.workspace.atomic import read_json
from tuneproof.datasets.workspace.config import Config, Train
from tuneproof.datasets.workspace.errors import ConfigError
from tuneproof.datasets.workspace.records import Split
from tuneproof.datasets.workspace.snapshots import SnapshotRow, freeze
from tuneproof.evaluate.launch import prepare_evaluation
from tuneproof.train.launch import prepare_run
from tuneproof.train.patience import Patience, best_step
from tuneproof.train.progress import RunFolder
from tuneproof.train.settings import resolve

RUNS: dict[str, dict[str, Any]] = {
    "lora": {},
    "again": {},
    "packing": {"packing": True},
    "rslora": {"method": "rslora"},
    "dora": {"method": "dora"},
    "qlora": {"method": "qlora"},
    "top_layers": {"method": "top_layers", "top_layers": 1},
    "full": {"method": "full"},
    "adamw_8bit": {"optimizer": "adamw_8bit"},
    "adafactor": {"optimizer": "adafactor"},
    "sgd": {"optimizer": "sgd", "learning_rate": 0.1},
    "dropout": {"dropout": 0.5},
    "neftune": {"neftune": 50.0},
    "decay": {"weight_decay": 5.0},
    # Steps too small to change anything: no evaluation is lower than the first.
    "patience": {"patience": 1, "learning_rate": 1e-30},
}
ADAPTERS = [name for name in RUNS if name not in ("top_layers", "full")]
SCRIPT = """
import sys
from pathlib import Path
from tuneproof.train import worker
from tuneproof.train.progress import RunFolder

for path in sys.argv[1:]:
    assert worker.train(RunFolder(Path(path)), worker.Stop())
    print("done", path, flush=True)
"""
GRADIENTS = """
import json, sys
import torch
from transformers import AutoModelForCausalLM
from peft import LoraConfig, get_peft_model
from tuneproof.train.base_facts import Device
from tuneproof.train.methods import keep_gradients, loading

device = Device("cpu", "test", True, False, "a test")
ids = torch.arange(3, 40).reshape(1, -1)

def norms(cured):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(sys.argv[1], **loading("qlora", device))
    layers = keep_gradients(model) if cured else 0
    tuned = get_peft_model(model, LoraConfig(r=4, target_modules="all-linear", init_lora_weights="gaussian"))
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight.data, std=0.1)

    def norm():
        tuned.train()
        tuned.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            tuned(input_ids=ids, labels=ids).loss.backward()
        return sum(float(w.grad.norm()) ** 2 for w in tuned.parameters() if w.grad is not None) ** 0.5

    before = norm()
    tuned.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        tuned(input_ids=ids)
    return layers, before, norm()

found = {"cured": norms(True)}
try:
    found["bare"] = norms(False)
except RuntimeError as error:
    found["bare"] = str(error)
print(json.dumps(found))
"""


def child(script: str, *arguments: str) -> str:
    environment = {
        **os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@dataclass(frozen=True)
class Trained:
    """A tiny base and a run folder for every entry of ``RUNS``."""

    base: Path
    runs: dict[str, RunFolder]

    def manifest(self, name: str) -> dict[str, Any]:
        manifest: dict[str, Any] = read_json(self.runs[name].manifest)
        return manifest

    def losses(self, name: str) -> list[float]:
        return [value for _, value in self.runs[name].series("loss")]

    def adapter(self, name: str) -> bytes:
        return (self.runs[name].adapter / "adapter_model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("methods")
    base = make_base(folder / "base")
    rows = []
    for n in range(20):
        split: Split = "validation" if n % 5 == 4 else "train"
        answer = f"It {('opens', 'closes', 'reads')[n % 3]} the {('valve', 'pump')[n % 2]}{' slowly' * (n % 4)}."
        messages = [{"role": "user", "content": f"What is {n}?"}, {"role": "assistant", "content": answer}]
        rows.append(SnapshotRow(split, messages, {"row": n}))
    snapshot = freeze(folder / "datasets", rows, [], {})
    (folder / "general.txt").write_text(" ".join(f"valve{n} near the pump" for n in range(400)), "utf-8")
    plain = Train(
        epochs=2, learning_rate=2e-3, rank=4, batch_size=4, max_length=96, replay=0.25, replay_tokens=24,
        replay_source=str(folder / "general.txt"), threads=1, warmup=0,
    )  # fmt: skip
    runs = {
        name: prepare_run(folder / "runs", snapshot.path, base, plain.model_copy(update=changes), None)
        for name, changes in RUNS.items()
    }
    child(SCRIPT, *map(str, runs.values()))
    return Trained(base, {name: RunFolder(path) for name, path in runs.items()})


@pytest.mark.parametrize("name", list(RUNS))
def test_every_run_proves_on_its_batches_that_only_answers_carry_loss(trained: Trained, name: str) -> None:
    manifest = trained.manifest(name)
    proof = manifest["loss_mask"]
    assert proof["pair_rows"] >= 4 and proof["replay_rows"] >= 1
    assert proof["example"]["trained_on"].startswith("It ") and "What is" in proof["example"]["not_trained_on"]
    assert manifest["settings"]["method"] == RUNS[name].get("method", "lora")
    product = "model" if name in ("top_layers", "full") else "adapter"
    assert manifest[product]["files"] and trained.runs[name].product.name == product


def test_the_same_request_twice_gives_the_same_adapter_bit_for_bit(trained: Trained) -> None:
    assert trained.adapter("lora") == trained.adapter("again")
    assert trained.manifest("lora")["adapter"] == trained.manifest("again")["adapter"]


def test_packing_gives_the_figures_that_padding_gives(trained: Trained) -> None:
    packed, padded = trained.losses("packing"), trained.losses("lora")
    # Before anything was trained the figures are equal; later bfloat16 rounds the two ways of adding up apart.
    assert packed[0] == pytest.approx(padded[0], abs=1e-3) and packed == pytest.approx(padded, abs=2e-2)
    assert trained.manifest("packing")["loss_mask"]["tokens_with_loss"] == pytest.approx(
        trained.manifest("lora")["loss_mask"]["tokens_with_loss"], abs=8
    )


def test_each_method_writes_its_kind_of_adapter(trained: Trained) -> None:
    configs = {name: read_json(trained.runs[name].adapter / "adapter_config.json") for name in ADAPTERS}
    assert configs["rslora"]["use_rslora"] and configs["rslora"]["lora_alpha"] == 8
    assert configs["dora"]["use_dora"] and not configs["lora"]["use_dora"]
    assert configs["dropout"]["lora_dropout"] == 0.5
    assert len({trained.adapter(name) for name in ADAPTERS if name != "again"}) == len(ADAPTERS) - 1
    for name in ADAPTERS:
        assert all(abs(loss) < 50 for loss in trained.losses(name))


def test_full_training_moves_every_weight_and_top_layers_only_the_last(trained: Trained) -> None:
    from safetensors.torch import load_file

    base = load_file(trained.base / "model.safetensors")
    full = load_file(trained.runs["full"].model / "model.safetensors")
    top = load_file(trained.runs["top_layers"].model / "model.safetensors")
    assert set(base) == set(full) == set(top)
    assert all(not base[name].equal(full[name]) for name in base if "embed" not in name)
    moved = {name for name in base if not base[name].equal(top[name])}
    assert moved and all(".layers.1." in name or name == "model.norm.weight" for name in moved)
    assert (trained.runs["full"].model / "tokenizer.json").is_file()
    assert (trained.runs["full"].model / "chat_template.jinja").is_file()


def test_noise_dropout_and_decay_are_at_work_from_the_first_steps(trained: Trained) -> None:
    plain = trained.losses("lora")
    for name in ("dropout", "neftune", "decay"):
        assert trained.losses(name)[1:] != plain[1:], name
    assert trained.losses("neftune")[0] != plain[0]


def test_patience_ends_a_run_that_gets_no_better_and_keeps_its_best_checkpoint(trained: Trained) -> None:
    manifest, run = trained.manifest("patience"), trained.runs["patience"]
    points = [point for point in run.series("eval_loss") if point[0] > 0]
    assert manifest["kept_step"] == best_step(points) < run.series("loss")[-1][0] < manifest["steps"]
    assert Patience(1).is_over(points) and not Patience(0).is_over(points)
    assert not Patience(2).is_over([(1, 3.0), (2, 2.0), (3, 2.5)])
    assert Patience(2).is_over([(1, 2.0), (2, 2.0), (3, 2.5)])


def test_four_bit_layers_keep_their_gradients_after_an_evaluation(trained: Trained) -> None:
    found = json.loads(child(GRADIENTS, str(trained.base)).splitlines()[-1])
    layers, before, after = found["cured"]
    assert layers == 14 and before > 0 and after == pytest.approx(before, rel=1e-5)
    cpu = Path("/proc/cpuinfo").read_text()
    if "avx512_bf16" in cpu:  # where the fault shows: without the cure an evaluation loses gradients, or breaks
        assert isinstance(found["bare"], str) or found["bare"][2] < 0.9 * found["bare"][1]


def test_what_has_no_sound_default_is_asked_for() -> None:
    with pytest.raises(ConfigError, match="sgd"):
        resolve(Train(optimizer="sgd"), 600, 900, 5_800_000)
    assert resolve(Train(method="full"), 600, 900, 1_000_000_000).learning_rate == pytest.approx(2e-5)
    assert "tenth" in resolve(Train(method="full"), 600, 900, 1_000_000_000).reasons["learning_rate"]


def test_a_run_that_trained_the_base_itself_is_scored_in_both_states_from_one_load(
    trained: Trained, tmp_path: Path
) -> None:
    from tuneproof.evaluate.models import load_model
    from tuneproof.evaluate.scoring import score_items

    items = [user_item("heldout", number, number) for number in range(3)]

    def scores(base: Path, tuned: Path | None, name: str) -> dict[str, list[float]]:
        found = score_items(load_model(str(base), tuned, 1), items, tmp_path / name)
        return {state: [one.value for one in found if one.model == state] for state in ("base", "tuned")}

    alone = scores(trained.base, None, "base.jsonl")["base"]
    for name in ("full", "top_layers"):
        model = trained.runs[name].model
        both, whole = scores(trained.base, model, f"{name}.jsonl"), scores(model, None, f"{name}-alone.jsonl")
        assert both["base"] == alone and both["tuned"] == whole["base"] != alone
    loaded = load_model(str(trained.base), trained.runs["top_layers"].model, 1)
    assert loaded.base_weights and all(".layers.1." in name or "norm" in name for name in loaded.base_weights)
    prepare_evaluation(trained.runs["full"].path, Config(), 1)
